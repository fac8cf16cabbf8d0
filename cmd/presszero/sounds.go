package main

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

	"presszero/audio"
	"presszero/call"
	"presszero/recordings"
	"presszero/web"
)

// sounds shows the pages what callers are told, and takes recordings of it.
type sounds struct{ flows *flows }

// Prompts implements web.Prompts.
func (p sounds) Prompts(context.Context) ([]web.Prompt, error) {
	now := p.flows.current()
	var list []web.Prompt
	for name, text := range allTexts(now.flow) {
		language, short := spokenIn(now, name)
		sound := now.sounds[name]
		list = append(list, web.Prompt{Language: language, Name: short, Text: text, Source: sound.Source, Length: sound.Length.Seconds()})
	}
	return list, nil
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
	now := p.flows.current()
	play := named(now, language, name)
	if _, ok := now.sounds[play]; !ok {
		return web.Prompt{}, web.ErrNotFound
	}
	folder := language
	if language == now.flow.Language {
		folder = ""
	}
	_, err := p.flows.prompts(now.flow.Language).Upload(ctx, name, folder, sound)
	var unfit recordings.Unusable
	if errors.As(err, &unfit) {
		return web.Prompt{}, web.Unfit(unfit)
	}
	if err != nil {
		return web.Prompt{}, err
	}
	if err := p.flows.again(ctx); err != nil {
		_ = p.drop(now, language, name)
		return web.Prompt{}, web.Unfit("With this recording the flow must not be served: " + err.Error())
	}
	now = p.flows.current()
	made := now.sounds[play]
	return web.Prompt{Language: language, Name: name, Text: allTexts(now.flow)[play], Source: made.Source, Length: made.Length.Seconds()}, nil
}

// Unrecord implements web.Prompts.
func (p sounds) Unrecord(ctx context.Context, language, name, _ string) error {
	now := p.flows.current()
	if err := p.drop(now, language, name); errors.Is(err, fs.ErrNotExist) {
		return web.ErrNotFound
	} else if err != nil {
		return err
	}
	return p.flows.again(ctx)
}

func (p sounds) drop(now *served, language, name string) error {
	if _, ok := now.sounds[named(now, language, name)]; !ok {
		return fs.ErrNotExist
	}
	root, err := os.OpenRoot(p.flows.s.Prompts)
	if err != nil {
		return err
	}
	defer root.Close()
	file := name + ".wav"
	if language != now.flow.Language {
		file = filepath.Join(language, file)
	}
	return root.Remove(file)
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

// mailbox is what callers have said: from Asterisk's spool into our keeping.
type mailbox struct {
	kept  recordings.Messages
	spool string // where Asterisk records
}

// take keeps a recording. It is tried again at every start, for what was left.
func (m mailbox) take(id string, at time.Time) error {
	_, err := m.kept.Take(m.spool, id, at)
	var unfit recordings.Unusable
	if errors.As(err, &unfit) || errors.Is(err, fs.ErrNotExist) {
		return nil // nothing was said
	}
	return err
}

// length is how much has been said in a recording that is over; Asterisk's own
// count is in whole seconds.
func (m mailbox) length(id string) (time.Duration, error) {
	info, err := os.Stat(filepath.Join(m.spool, filepath.Base(id)+".wav"))
	if err != nil {
		return 0, err
	}
	const header, second = 44, 2 * audio.SampleRate
	return time.Duration(max(0, info.Size()-header)) * time.Second / second, nil
}

// takeAll keeps what an earlier run has left in the spool.
func (m mailbox) takeAll() error {
	files, err := filepath.Glob(filepath.Join(m.spool, "*.wav"))
	for _, file := range files {
		if info, statErr := os.Stat(file); statErr == nil && time.Since(info.ModTime()) > 10*time.Minute {
			err = errors.Join(err, m.take(strings.TrimSuffix(filepath.Base(file), ".wav"), info.ModTime()))
		}
	}
	return err
}

// audio opens a message to be heard.
func (m mailbox) audio(_ context.Context, id string) (web.Audio, error) {
	content, is, err := m.kept.Open(id)
	if errors.Is(err, fs.ErrNotExist) {
		return web.Audio{}, web.ErrNotFound
	}
	return web.Audio{Type: "audio/wav", Changed: is.At, Content: content}, err
}
