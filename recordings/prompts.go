package recordings

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"presszero/call"
)

// Prompts prepares the sounds of prompts. A prompt is named as a Play names
// it: "main" in the flow's own language, "ko/main" in another.
type Prompts struct {
	// Recorded holds the operator's own recordings, NAME.wav, and ko/NAME.wav
	// for Korean. They take precedence. "" when there are none.
	Recorded string
	// Core holds Asterisk's recorded sounds, for texts of the form "core:NAME".
	Core string
	// Sounds is where the finished files go: into its folder "made", with a
	// name for each prompt beside.
	Sounds string
	// Language is the flow's own, such as "en", "ko", "pt-br".
	Language string
	// Speak is the command that speaks a text; see DefaultSpeak.
	Speak []string
	// Damaged, if set, is told of every prompt that cannot be made as it should
	// be, by several goroutines. Such a prompt is then no error: the sound that
	// it had before takes its place, or its text is spoken, or it is left out.
	Damaged func(prompt string, why error)
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

var (
	validName     = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)
	validKey      = regexp.MustCompile(`^[0-9a-f]{32}$`)
	validLanguage = regexp.MustCompile(`^[a-z]{2,3}(-[a-z]{2,4})?$`)
)

// wordless are core sounds that need no translation.
var wordless = map[string]bool{"beep": true, "beeperr": true, "ascending-2tone": true, "descending-2tone": true}

// Unmade tells which prompts cannot become sounds, because of their text, their
// recording, or a voice that does not know the language. It is the error of
// Prepare; the name of a prompt is as a Play has it.
type Unmade map[string]error

func (u Unmade) Error() string {
	names := slices.Sorted(maps.Keys(u))
	lines := make([]string, len(names))
	for i, name := range names {
		lines[i] = fmt.Sprintf("prompt %q: %v", name, u[name])
	}
	return strings.Join(lines, "\n")
}

// Prepare makes the sound of every prompt, or finds it made; Name then lets the
// dialplan find them. texts are by the
// names that a Play uses, and so is the answer. The error is Unmade where some
// prompts cannot be sounds, and another one where this machine cannot make any.
func (p Prompts) Prepare(ctx context.Context, texts map[string]string) (map[string]Sound, error) {
	sounds, unmade := make(map[string]Sound, len(texts)), Unmade{}
	var mu sync.Mutex
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	for prompt, text := range texts {
		group.Go(func() error {
			s, err := p.prepareSound(groupCtx, prompt, text)
			if err != nil && p.Damaged != nil && groupCtx.Err() == nil {
				p.Damaged(prompt, err)
				var ok bool
				if s, ok = p.instead(groupCtx, prompt, text); !ok {
					return nil
				}
				err = nil
			}
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				sounds[prompt] = s
			case errors.As(err, new(Unusable)), errors.As(err, new(*exec.ExitError)) && groupCtx.Err() == nil:
				unmade[prompt] = err
			default:
				return fmt.Errorf("prompt %q: %w", prompt, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if len(unmade) > 0 {
		return nil, unmade
	}
	return sounds, nil
}

// origin is what a sound is made from. The key changes with it.
type origin struct {
	source string // recorded, core or spoken
	file   string // "" for a text
	key    string
}

func (p Prompts) prepareSound(ctx context.Context, prompt, text string) (Sound, error) {
	language, name, err := p.parse(prompt)
	if err != nil {
		return Sound{}, err
	}
	from, err := p.origin(language, name, text)
	if err != nil {
		return Sound{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, makeLimit)
	defer cancel()
	path := filepath.Join(p.Sounds, "made", from.key)
	length, err := p.makeSound(ctx, path, from.file, language, text)
	if err != nil {
		return Sound{}, err
	}
	return Sound{path, length, from.source}, nil
}

// instead finds a sound for a prompt that cannot be made as it should be: the
// one that it had before, or else its text spoken.
func (p Prompts) instead(ctx context.Context, prompt, text string) (Sound, bool) {
	if _, _, err := p.parse(prompt); err != nil {
		return Sound{}, false
	}
	link := filepath.Join(p.Sounds, filepath.FromSlash(prompt)+".ulaw")
	if target, err := os.Readlink(link); err == nil {
		made := filepath.Join(p.Sounds, "made", filepath.Base(target))
		if info, err := os.Stat(made); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
			return Sound{strings.TrimSuffix(made, ".ulaw"), mulaw(info.Size()), "recorded"}, true
		}
	}
	p.Recorded = ""
	s, err := p.prepareSound(ctx, prompt, text)
	return s, err == nil
}

// parse takes a prompt's name apart; a name may not leave its folder.
func (p Prompts) parse(prompt string) (language, name string, err error) {
	language, name, other := strings.Cut(prompt, "/")
	if !other {
		language, name = p.Language, prompt
	}
	if !validLanguage.MatchString(language) {
		return "", "", Unusable(fmt.Sprintf("%q is not a language; use its short name, like en, ko or pt-br", language))
	}
	if !validName.MatchString(name) {
		return "", "", Unusable(fmt.Sprintf("%q is not a prompt's name; use small letters, digits, - and _, at most 64", name))
	}
	return language, name, nil
}

// prompt is the name that a Play uses.
func (p Prompts) prompt(language, name string) string {
	if language == p.Language {
		language = ""
	}
	return call.Prompt(language, name)
}

// origin decides where a prompt's sound comes from.
func (p Prompts) origin(language, name, text string) (origin, error) {
	if p.Recorded != "" {
		file := filepath.Join(p.Recorded, filepath.FromSlash(p.prompt(language, name))+".wav")
		from, err := ofFile("recorded", file)
		if !errors.Is(err, fs.ErrNotExist) {
			return from, err
		}
	}
	if core, ok := strings.CutPrefix(text, "core:"); ok {
		if language != "en" && !strings.HasPrefix(language, "en-") && !wordless[core] {
			return origin{}, Unusable(fmt.Sprintf("core:%s is spoken in English; give a text in %s, or record it", core, language))
		}
		if !filepath.IsLocal(core) {
			return origin{}, Unusable(fmt.Sprintf("core:%s is not the name of a sound of Asterisk", core))
		}
		from, err := ofFile("core", filepath.Join(p.Core, core+".wav"))
		if err != nil {
			return from, Unusable(fmt.Sprintf("no recorded sound of Asterisk is called %q (%v)", core, err))
		}
		return from, nil
	}
	if strings.TrimSpace(text) == "" {
		return origin{}, Unusable("there is neither a recording nor a text to speak")
	}
	return origin{source: "spoken", key: p.spokenKey(language, text)}, nil
}

// ofFile names a sound by the content of the file that it is made from.
func ofFile(source, file string) (origin, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return origin{}, err
	}
	// A program that writes to a pipe cannot know the length and claims the most.
	const unknown = 1<<31 - 1<<16
	if w, err := readWAV(bytes.NewReader(content), int64(len(content))); err == nil && w.declared > w.bytes && w.declared < unknown {
		return origin{}, Unusable(fmt.Sprintf("%s is cut off: %d of %d bytes of sound are there", file, w.bytes, w.declared))
	}
	return origin{source, file, contentKey("file", string(content))}, nil
}

// spokenKey names a spoken sound by all that it depends on.
func (p Prompts) spokenKey(language, text string) string {
	return contentKey(append([]string{"spoken", language, text}, p.voice()...)...)
}

func contentKey(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// Name gives sounds names that do not change, for the dialplan, which speaks the
// apology on its own, and for people who look into the folder.
func (p Prompts) Name(sounds map[string]Sound) error {
	for prompt, s := range sounds {
		if err := p.linkName(prompt, filepath.Base(s.Path)); err != nil {
			return fmt.Errorf("the sound of prompt %q cannot be named: %w", prompt, err)
		}
	}
	return nil
}

func (p Prompts) linkName(prompt, key string) error {
	name := filepath.Join(p.Sounds, filepath.FromSlash(prompt)+".ulaw")
	target := filepath.Join(strings.Repeat("../", strings.Count(prompt, "/")), "made", key+".ulaw")
	if had, err := os.Readlink(name); err == nil && had == target {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	fresh := name + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Symlink(target, fresh); err != nil {
		return err
	}
	return os.Rename(fresh, name) // at once: the dialplan finds the old or the new
}

// recording finds the sound of a recording that belongs to no flow, by its key.
func (p Prompts) recording(key string) (path string, length time.Duration, err error) {
	if !validKey.MatchString(key) {
		return "", 0, fmt.Errorf("%q is not the key of a recording", key)
	}
	path = filepath.Join(p.Sounds, "made", key)
	info, err := os.Stat(path + ".ulaw")
	if err != nil {
		return "", 0, fmt.Errorf("a recording is not there: %w", err)
	}
	return path, mulaw(info.Size()), nil
}

// Key is the key of the sound, by which it is found without a flow.
func (s Sound) Key() string { return filepath.Base(s.Path) }
