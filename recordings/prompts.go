package recordings

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Prompts prepares the sounds of prompts.
type Prompts struct {
	// Recorded holds the operator's own recordings, NAME.wav in any format
	// that sox reads. They take precedence. "" when there are none.
	Recorded string
	// Core holds Asterisk's recorded sounds, for texts of the form "core:NAME".
	Core string
	// Sounds is where the finished files go: NAME.ulaw, beside a note of what
	// each was made from, so that nothing is made twice.
	Sounds string
	// Language is the voice for spoken texts, as espeak-ng names it.
	Language string
}

// Sound is a finished prompt.
type Sound struct {
	Path   string        // absolute, without the extension, as Asterisk wants it
	Length time.Duration // of the real sound
	Source string        // recorded, core or spoken
}

// rate is that of G.711 mu-law: 8,000 samples of one byte a second.
const rate = 8000

// makeLimit is how long making one prompt may take. A page of text takes a second.
const makeLimit = 30 * time.Second

// Prepare makes the sound of every prompt, or finds it made. texts are by
// prompt name.
func (p Prompts) Prepare(ctx context.Context, texts map[string]string) (map[string]Sound, error) {
	if err := os.MkdirAll(p.Sounds, 0o755); err != nil {
		return nil, fmt.Errorf("the folder for prompts cannot be made: %w", err)
	}
	sounds := make(map[string]Sound, len(texts))
	for name, text := range texts {
		s, err := p.one(ctx, name, text)
		if err != nil {
			return nil, fmt.Errorf("prompt %q: %w", name, err)
		}
		sounds[name] = s
	}
	return sounds, nil
}

func (p Prompts) one(ctx context.Context, name, text string) (Sound, error) {
	source, file, key, err := p.source(name, text)
	if err != nil {
		return Sound{}, err
	}
	s := Sound{Path: filepath.Join(p.Sounds, name), Source: source}
	done, note := s.Path+".ulaw", s.Path+".from"
	if had, err := os.ReadFile(note); err != nil || string(had) != key {
		ctx, cancel := context.WithTimeout(ctx, makeLimit)
		defer cancel()
		if file == "" {
			file = s.Path + ".spoken.wav"
			defer os.Remove(file)
			if err := run(ctx, text, "espeak-ng", "-v", p.Language, "-s", "155", "-w", file, "--stdin"); err != nil {
				return Sound{}, err
			}
		}
		// gain -n brings every prompt to one loudness, a little under the limit.
		if err := run(ctx, "", "sox", file, "-t", "ul", "-r", "8000", "-c", "1", done+".new", "gain", "-n", "-3"); err != nil {
			return Sound{}, err
		}
		if err := os.Rename(done+".new", done); err != nil {
			return Sound{}, err
		}
		if err := os.WriteFile(note, []byte(key), 0o644); err != nil {
			return Sound{}, err
		}
	}
	info, err := os.Stat(done)
	if err != nil {
		return Sound{}, err
	}
	if info.Size() == 0 {
		return Sound{}, fmt.Errorf("the sound made from %s is empty; check the text or the recording", source)
	}
	s.Length = time.Duration(info.Size()) * time.Second / rate
	return s, nil
}

// source decides where a prompt's sound comes from. key changes whenever the
// sound has to be made anew.
func (p Prompts) source(name, text string) (source, file, key string, err error) {
	if p.Recorded != "" {
		file = filepath.Join(p.Recorded, name+".wav")
		info, err := os.Stat(file)
		if err == nil {
			return "recorded", file, fmt.Sprintf("recorded %s %d %d", file, info.Size(), info.ModTime().UnixNano()), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", "", "", err
		}
	}
	if core, ok := strings.CutPrefix(text, "core:"); ok {
		file = filepath.Join(p.Core, filepath.Base(core)+".wav")
		if _, err := os.Stat(file); err != nil {
			return "", "", "", fmt.Errorf("no recorded sound of Asterisk is called %q: %w", core, err)
		}
		return "core", file, "core " + file, nil
	}
	if strings.TrimSpace(text) == "" {
		return "", "", "", errors.New("there is neither a recording nor a text to speak")
	}
	sum := sha256.Sum256([]byte(p.Language + "\x00" + text))
	return "spoken", "", "spoken " + hex.EncodeToString(sum[:8]), nil
}

// run runs a helper program; its own words come back in the error.
func run(ctx context.Context, stdin, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%s is not installed; `make run` installs it, or use your package manager", name)
	}
	if err != nil {
		return fmt.Errorf("%s failed: %w: %s", name, err, strings.TrimSpace(string(out)))
	}
	return nil
}
