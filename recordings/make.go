package recordings

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unicode"

	"presszero/call"
)

// DefaultSpeak is the command that speaks texts when no other is given. In a
// command, {language} stands for the language ("en", "ko", "pt-br"), {file}
// for the wav file to write and {text} for the text. Without {text} the text
// comes by standard input, in one line of UTF-8; without {file} the sound is
// taken from standard output. There is no shell: each word is one argument.
//
// With Piper and one voice file for each language in /voices:
//
//	piper --model /voices/{language}.onnx --output_file {file}
//
// A service on the net needs a script that asks it; it has three seconds for
// what is known only during a call.
var DefaultSpeak = []string{"espeak-ng", "-v", "{language}", "-s", "155", "-w", "{file}", "--stdin"}

// voice returns the command that speaks.
func (p Prompts) voice() []string {
	if len(p.Speak) == 0 {
		return DefaultSpeak
	}
	return p.Speak
}

// makeSound makes path.ulaw of a file or, when there is none, of a text, unless it
// is there. It is there completely or not at all.
func (p Prompts) makeSound(ctx context.Context, path, file, language, text string) (time.Duration, error) {
	done := path + ".ulaw"
	if info, err := os.Stat(done); err == nil && info.Size() > 0 {
		return mulaw(info.Size()), nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return 0, fmt.Errorf("the folder for prompts cannot be made: %w", err)
	}
	work, err := os.MkdirTemp(filepath.Dir(path), ".making-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(work)
	if file == "" {
		file = filepath.Join(work, "spoken.wav")
		if err := p.speak(ctx, language, text, file); err != nil {
			return 0, err
		}
	}
	fresh := filepath.Join(work, "sound.ulaw")
	// gain -n brings every prompt to one loudness, a little under the limit.
	if err := runCommand(ctx, "", "sox", "-t", kindOf(file), file, "-t", "ul", "-r", "8000", "-c", "1", fresh, "gain", "-n", "-3"); err != nil {
		return 0, err
	}
	info, err := os.Stat(fresh)
	if err != nil {
		return 0, err
	}
	if info.Size() == 0 {
		return 0, Unusable("the sound is empty; check the text or the recording")
	}
	return mulaw(info.Size()), os.Rename(fresh, done)
}

// mulaw is how long so many bytes of mu-law last.
func mulaw(bytes int64) time.Duration { return time.Duration(bytes) * time.Second / rate }

// speak writes a spoken text to a wav file.
func (p Prompts) speak(ctx context.Context, language, text, file string) error {
	text = oneLine(text)
	if text == "" {
		return Unusable("there is nothing to speak in the text")
	}
	if n := len([]rune(text)); n > call.LongestSpoken {
		return Unusable(fmt.Sprintf("a text of %d characters is too long to be spoken; at most %d", n, call.LongestSpoken))
	}
	stdin, toFile := text, false
	fill := strings.NewReplacer("{language}", language, "{file}", file, "{text}", text)
	var argv []string
	for _, word := range p.voice() {
		if strings.Contains(word, "{text}") {
			stdin = ""
		}
		toFile = toFile || strings.Contains(word, "{file}")
		argv = append(argv, fill.Replace(word))
	}
	if toFile {
		return runCommand(ctx, stdin, argv[0], argv[1:]...)
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer out.Close()
	return runTo(ctx, out, stdin, argv[0], argv[1:]...)
}

// oneLine leaves out what is not to be spoken: line ends, which some voices
// take for the end of the text, and control characters.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// kindOf tells sox the format of a sound file by its first bytes, so that it
// never has to guess: among its guesses are play lists, which make it read
// other files. "wav" for what is unknown; sox says what is wrong with it.
func kindOf(file string) string {
	f, err := os.Open(file)
	if err != nil {
		return "wav"
	}
	defer f.Close()
	head := make([]byte, 12)
	n, _ := f.Read(head)
	kind, _ := soundKind(head[:n])
	return kind
}

func soundKind(head []byte) (name string, known bool) {
	for _, k := range []struct{ begins, name string }{{"fLaC", "flac"}, {"OggS", "ogg"}, {"FORM", "aiff"}, {".snd", "au"}, {"RIFF", "wav"}} {
		if bytes.HasPrefix(head, []byte(k.begins)) {
			return k.name, true
		}
	}
	return "wav", false
}

// runCommand runs a helper program; its own words come back in the error.
func runCommand(ctx context.Context, stdin, name string, args ...string) error {
	return runTo(ctx, nil, stdin, name, args...)
}

// runTo runs it with its output going to a file. When ctx is over it ends with
// all that it has started.
func runTo(ctx context.Context, out *os.File, stdin, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if out != nil {
		cmd.Stdout = out
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("%s is not installed; `make run` installs it, or use your package manager", name)
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("%s took too long: %w", name, ctx.Err())
	case err != nil:
		return fmt.Errorf("%s failed: %w: %s", name, err, strings.TrimSpace(said.String()))
	}
	return nil
}
