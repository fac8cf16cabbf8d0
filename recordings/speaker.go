package recordings

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"presszero/call"
)

// Speaker finds the sound of everything that a Play says: prompts that were
// prepared, and texts that are known only now. It is safe for use by many.
type Speaker struct {
	prompts Prompts
	max     int64         // bytes of spoken texts that are kept
	within  time.Duration // for speaking a text; a caller hears nothing meanwhile

	mu       sync.Mutex
	editions []edition // newest first
	kept     int64     // bytes in the folder of spoken texts…
	counted  bool      // …once they have been counted

	speaking singleflight.Group // two callers with one text wait for one voice
	voices   chan struct{}      // as many voices at once as there are places
}

// edition is the sounds of one version of the flow.
type edition struct {
	version string
	sounds  map[string]Sound
}

const (
	spokenKept     = 256 << 20 // bytes, some nine hours of speech
	spokenWithin   = 3 * time.Second
	voicesAtOnce   = 4
	editionsKept   = 16
	justSpoken     = time.Minute // Asterisk may be about to open it
	spokenKeptLeft = 0.9         // of the most, after making room
)

// NewSpeaker returns a Speaker that speaks as p says, and has no prompts yet.
func NewSpeaker(p Prompts) *Speaker {
	return &Speaker{prompts: p, max: spokenKept, within: spokenWithin, voices: make(chan struct{}, voicesAtOnce)}
}

// Publish makes the sounds of a version of the flow the ones that new calls
// hear. Those of earlier versions stay known to calls that began with them.
func (s *Speaker) Publish(version string, sounds map[string]Sound) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.editions = slices.DeleteFunc(s.editions, func(e edition) bool { return e.version == version })
	s.editions = slices.Insert(s.editions, 0, edition{version, sounds})
	s.editions = s.editions[:min(len(s.editions), editionsKept)]
}

// Length returns how long a prompt of a version is; 0 when it is not known.
func (s *Speaker) Length(version, prompt string) time.Duration {
	sound, _ := s.findSound(version, prompt)
	return sound.Length
}

// Key returns the content key of the sound that Sound or SoundOf finds for a prompt; "" when
// there is none. An empty version is the newest flow.
func (s *Speaker) Key(version, prompt string) string {
	sound, ok := s.findSound(version, prompt)
	if !ok {
		return ""
	}
	return sound.Key()
}

// Sound returns the sound of what a Play says, as of the newest flow: its
// absolute path without the extension, and its length. Speaking a text takes
// some 50 ms with espeak-ng, and at most 3 s.
func (s *Speaker) Sound(ctx context.Context, prompt string) (path string, length time.Duration, err error) {
	return s.SoundOf(ctx, "", prompt)
}

// Kept finds a sound by its key, the name of its file in Sound's path: of a prompt, a
// recording, or a text that was spoken.
func (s *Speaker) Kept(key string) (path string, err error) {
	if path, _, err = s.prompts.recording(key); err == nil || !validKey.MatchString(key) {
		return path, err
	}
	path = filepath.Join(s.prompts.Sounds, "spoken", key)
	_, err = os.Stat(path + ".ulaw")
	return path, err
}

// SoundOf is Sound for a call that began with an earlier version of the flow.
func (s *Speaker) SoundOf(ctx context.Context, version, prompt string) (path string, length time.Duration, err error) {
	if language, text, ok := call.SpokenText(prompt); ok {
		return s.speak(ctx, language, text)
	}
	if key, ok := call.RecordingKey(prompt); ok {
		return s.prompts.recording(key)
	}
	sound, ok := s.findSound(version, prompt)
	if !ok {
		return "", 0, fmt.Errorf("no flow has a prompt called %q", prompt)
	}
	return sound.Path, sound.Length, nil
}

// findSound looks in the version's sounds, and then in the others, newest first: a
// sound of another day is better than silence.
func (s *Speaker) findSound(version, prompt string) (Sound, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := Sound{}, false
	for _, e := range s.editions {
		if sound, has := e.sounds[prompt]; has && (!ok || e.version == version) {
			found, ok = sound, true
		}
	}
	return found, ok
}

// speak returns the sound of a text, spoken now or before.
func (s *Speaker) speak(ctx context.Context, language, text string) (string, time.Duration, error) {
	if language == "" {
		language = s.prompts.Language
	}
	if !validLanguage.MatchString(language) {
		return "", 0, fmt.Errorf("%q is not a language that can be spoken", language)
	}
	text = oneLine(text)
	path := filepath.Join(s.prompts.Sounds, "spoken", s.prompts.spokenKey(language, text))
	if info, err := os.Stat(path + ".ulaw"); err == nil && info.Size() > 0 {
		now := time.Now()
		_ = os.Chtimes(path+".ulaw", now, now) // used: the last to be thrown away
		return path, mulaw(info.Size()), nil
	}
	done := s.speaking.DoChan(path, func() (any, error) {
		// Not the first caller's ctx: others may be waiting for this voice too.
		ctx, cancel := context.WithTimeout(context.Background(), s.within)
		defer cancel()
		select {
		case s.voices <- struct{}{}:
			defer func() { <-s.voices }()
		case <-ctx.Done():
			return nil, fmt.Errorf("too much is being spoken at once: %w", ctx.Err())
		}
		length, err := s.prompts.makeSound(ctx, path, "", language, text)
		if err == nil {
			s.makeRoom(int64(length * rate / time.Second))
		}
		return length, err
	})
	select {
	case r := <-done:
		if r.Err != nil {
			return "", 0, fmt.Errorf("a text in %s could not be spoken: %w", language, r.Err)
		}
		return path, r.Val.(time.Duration), nil
	case <-ctx.Done():
		return "", 0, ctx.Err()
	}
}

// makeRoom counts what was spoken, and throws away what was not used for
// longest when there is too much.
func (s *Speaker) makeRoom(fresh int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept += fresh; s.counted && s.kept <= s.max {
		return
	}
	folder := filepath.Join(s.prompts.Sounds, "spoken")
	var files []fs.FileInfo
	s.kept, s.counted = 0, true
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			files = append(files, info)
			s.kept += info.Size()
		}
	}
	if s.kept <= s.max {
		return
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int {
		return cmp.Or(a.ModTime().Compare(b.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	for _, f := range files {
		if s.kept <= int64(float64(s.max)*spokenKeptLeft) || time.Since(f.ModTime()) < justSpoken {
			return
		}
		if os.Remove(filepath.Join(folder, f.Name())) == nil {
			s.kept -= f.Size()
		}
	}
}
