package controller

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"presszero/call"
	"presszero/internal/audio"
	"presszero/ivr"
	"presszero/recordings"
	"presszero/web"
)

// sounds shows the pages what callers are told, and takes recordings of it.
type sounds struct{ flows *flows }

// Prompts implements web.Prompts.
func (p sounds) Prompts(context.Context) ([]web.Prompt, error) {
	now := p.flows.current()
	var list []web.Prompt
	house := now.flow.Texts()
	for name, text := range allTexts(now.flow) {
		language, short := spokenIn(now, name)
		sound := now.sounds[name]
		list = append(list, web.Prompt{Language: language, Name: short, Text: text, Source: sound.Source, House: has(house, name), Length: sound.Length.Seconds()})
	}
	return list, nil
}

func has(texts map[string]string, name string) bool {
	_, ok := texts[name]
	return ok
}

// spokenIn parts "ko/main"; a prompt without a language is in the flow's own.
func spokenIn(now *served, prompt string) (language, name string) {
	if language, name, ok := strings.Cut(prompt, "/"); ok {
		return language, name
	}
	return now.flow.Language, prompt
}

// named is the name that a Play uses.
func named(now *served, language, name string) string {
	if language == now.flow.Language {
		language = ""
	}
	return call.Prompt(language, name)
}

// Sound implements web.Prompts.
func (p sounds) Sound(_ context.Context, language, name string) (web.Audio, error) {
	now := p.flows.current()
	s, ok := now.sounds[named(now, language, name)]
	if !ok {
		return web.Audio{}, web.ErrNotFound
	}
	return ulawAsWAV(s.Path + ".ulaw")
}

// Record implements web.Prompts.
func (p sounds) Record(ctx context.Context, language, name string, sound io.Reader, _ string) (web.Prompt, error) {
	var prompt web.Prompt
	err := p.change(ctx, language, name, func(now *served, file string) error {
		folder := language
		if language == now.flow.Language {
			folder = ""
		}
		_, err := p.flows.prompts(now.flow.Language).Upload(ctx, name, folder, sound)
		var unfit recordings.Unusable
		if errors.As(err, &unfit) {
			return web.Unfit(unfit)
		}
		return err
	})
	if err == nil {
		now := p.flows.current()
		play := named(now, language, name)
		made := now.sounds[play]
		prompt = web.Prompt{Language: language, Name: name, Text: allTexts(now.flow)[play], Source: made.Source, House: has(now.flow.Texts(), play), Length: made.Length.Seconds()}
	}
	return prompt, err
}

// Unrecord implements web.Prompts.
func (p sounds) Unrecord(ctx context.Context, language, name, _ string) error {
	return p.change(ctx, language, name, func(_ *served, file string) error {
		root, err := os.OpenRoot(p.flows.s.Prompts)
		if err != nil {
			return err
		}
		defer root.Close()
		return root.Remove(file)
	})
}

// change lets do put a recording in its place or take it away. If the flow must
// not be served after that, what was there before is put back.
func (p sounds) change(ctx context.Context, language, name string, do func(now *served, file string) error) error {
	p.flows.changing.Lock()
	defer p.flows.changing.Unlock()
	now := p.flows.current()
	if _, ok := now.sounds[named(now, language, name)]; !ok {
		return web.ErrNotFound
	}
	file := name + ".wav"
	if language != now.flow.Language {
		file = filepath.Join(language, file)
	}
	before, err := os.ReadFile(filepath.Join(p.flows.s.Prompts, file))
	had := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // what cannot be kept must not be replaced
	}
	if err := do(now, file); errors.Is(err, fs.ErrNotExist) {
		return web.ErrNotFound
	} else if err != nil {
		return err
	}
	refused := p.flows.again(ctx)
	if refused == nil {
		return nil
	}
	if err := p.restore(file, before, had); err != nil {
		return errors.Join(refused, err)
	}
	p.flows.publishSounds(now)
	if errors.As(refused, new(ivr.Findings)) {
		return web.Unfit("With this change the flow must not be served, so all stays as it was: " + refused.Error())
	}
	return refused
}

// restore puts the recording of before back, or takes away one that is new.
func (p sounds) restore(file string, before []byte, had bool) error {
	root, err := os.OpenRoot(p.flows.s.Prompts)
	if err != nil {
		return err
	}
	defer root.Close()
	if !had {
		return root.Remove(file)
	}
	fresh := filepath.Join(filepath.Dir(file), ".restored-"+filepath.Base(file))
	if err := root.WriteFile(fresh, before, 0o644); err != nil {
		return errors.Join(err, root.Remove(fresh))
	}
	return root.Rename(fresh, file)
}

// ulawAsWAV opens a finished prompt as something that a browser plays.
func ulawAsWAV(path string) (web.Audio, error) {
	ulaw, err := os.ReadFile(path)
	if err != nil {
		return web.Audio{}, err
	}
	var wav bytes.Buffer
	if err := audio.WriteWAV(&wav, audio.AppendFromUlaw(nil, ulaw)); err != nil {
		return web.Audio{}, err
	}
	return web.Audio{Type: "audio/wav", Changed: time.Now(), Content: memory{bytes.NewReader(wav.Bytes())}}, nil
}

// memory is a file that needs no closing.
type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }
