package recordings

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"presszero/internal/atomicfile"
)

// Limits of an upload.
const (
	uploadMax    = 10 << 20 // bytes
	uploadLength = 120 * time.Second
	uploadLimit  = 20 * time.Second // for decoding it
	quiet        = 200              // of 32,767: what never gets louder is silence
)

// Upload takes an operator's recording of a prompt (WAV, FLAC, Ogg, AIFF or
// AU), in a language ("" is the flow's own). What is kept is not the file
// given but what was heard in it: 8 kHz, mono, 16 bit. It replaces an earlier
// recording at once or not at all; calls hear it from the next Publish on.
// A recording that cannot be taken is an Unusable.
func (p Prompts) Upload(ctx context.Context, name, language string, from io.Reader) (Sound, error) {
	if language == "" {
		language = p.Language
	}
	prompt := p.prompt(language, name)
	if _, _, err := p.parse(language + "/" + name); err != nil {
		return Sound{}, err
	}
	if p.Recorded == "" {
		return Sound{}, errors.New("there is no folder for recordings; set PRESSZERO_PROMPTS")
	}
	ctx, cancel := context.WithTimeout(ctx, uploadLimit)
	defer cancel()
	heard, err := decode(ctx, from)
	if err != nil {
		return Sound{}, err
	}
	if err := os.MkdirAll(p.Recorded, 0o755); err != nil {
		return Sound{}, fmt.Errorf("the folder for recordings cannot be made: %w", err)
	}
	root, err := os.OpenRoot(p.Recorded)
	if err != nil {
		return Sound{}, err
	}
	defer root.Close()
	file := filepath.FromSlash(prompt) + ".wav"
	if err := atomicfile.Replace(root, file, bytes.NewReader(heard), 0o755, 0o644, nil); err != nil {
		return Sound{}, fmt.Errorf("the recording could not be kept: %w", err)
	}
	s, err := p.prepareSound(ctx, prompt, "")
	if err != nil {
		return Sound{}, err
	}
	return s, p.Name(map[string]Sound{prompt: s})
}

// decode returns what is heard in an upload, as a wav file.
func decode(ctx context.Context, from io.Reader) ([]byte, error) {
	given, kind, err := readUpload(from)
	if err != nil {
		return nil, err
	}
	work, err := os.MkdirTemp("", "presszero-upload-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	in, out := filepath.Join(work, "given"), filepath.Join(work, "heard.wav")
	if err := os.WriteFile(in, given, 0o600); err != nil {
		return nil, err
	}
	// trim ends the decoding of a small file that claims to last for days.
	longest := fmt.Sprint(uploadLength.Seconds() + 1)
	err = runCommand(ctx, "", "sox", "-t", kind, in, "-t", "wav", "-r", "8000", "-c", "1", "-b", "16", "-e", "signed", out, "trim", "0", longest)
	if exit := new(exec.ExitError); errors.As(err, &exit) && ctx.Err() == nil {
		return nil, Unusable("This is not a recording that can be read; it is damaged, or of a kind that is not known. Save it as WAV.")
	}
	if err != nil {
		return nil, err
	}
	heard, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	return heard, checkUpload(heard)
}

// readUpload returns the file given, and its kind as sox calls it.
func readUpload(from io.Reader) (given []byte, kind string, err error) {
	given, err = io.ReadAll(io.LimitReader(from, uploadMax+1))
	if err != nil {
		return nil, "", fmt.Errorf("the upload broke off: %w", err)
	}
	if len(given) > uploadMax {
		return nil, "", Unusable(fmt.Sprintf("The recording is larger than %d MB; make it shorter, or save it as 8 kHz mono.", uploadMax>>20))
	}
	kind, known := soundKind(given)
	if !known {
		return nil, "", Unusable("This is not a recording that can be read; save it as WAV, FLAC, Ogg, AIFF or AU.")
	}
	return given, kind, nil
}

// checkUpload says why a decoded recording, a wav file, must not be taken.
func checkUpload(heard []byte) error {
	w, err := readWAV(bytes.NewReader(heard), int64(len(heard)))
	switch {
	case err != nil:
		return err
	case w.length() > uploadLength:
		return Unusable(fmt.Sprintf("The recording is longer than %.0f seconds; no caller would listen to it.", uploadLength.Seconds()))
	case silent(heard[w.data : w.data+w.bytes]):
		return Unusable("Nothing is heard in the recording; check the microphone.")
	}
	return nil
}

// silent reports whether 16-bit samples never get loud.
func silent(samples []byte) bool {
	for i := 0; i+1 < len(samples); i += 2 {
		if v := int(int16(uint16(samples[i]) | uint16(samples[i+1])<<8)); v > quiet || v < -quiet {
			return false
		}
	}
	return true
}
