package controller

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"presszero/call"
	"presszero/internal/audio"
	"presszero/ivr"
	"presszero/report"
	"presszero/web"
)

// hearings plays the pages what callers heard: the facts are the database's, the words
// the flow's, the sounds those on disk. A prompt that was recorded anew since then sounds
// as it does now, since a recording does not change the version of the flow.
type hearings struct {
	timeline func(ctx context.Context, call string) ([]report.Fact, error)
	flows    *flows
}

// Heard implements web.Hearings.
func (h hearings) Heard(ctx context.Context, id string) ([]web.HeardSound, error) {
	list, err := h.timeline(ctx, id)
	if err != nil {
		return nil, err
	}
	facts, err := entries(list)
	if err != nil {
		return nil, err
	}
	if len(facts) == 0 {
		return nil, web.ErrNotFound
	}
	type edition struct {
		*served
		texts map[string]string
	}
	editions := map[string]edition{}
	version := func(name string) edition {
		if _, known := editions[name]; !known {
			s := h.flows.version(ctx, name)
			editions[name] = edition{s, allTexts(s.flow)}
		}
		return editions[name]
	}
	return hear(facts, wording{
		flow: func(name string) *ivr.Flow { return version(name).flow },
		sound: func(name, prompt string) (web.HeardSound, bool) {
			s, ok := h.sound(ctx, version(name).served, prompt)
			s.Text = version(name).texts[prompt]
			return s, ok
		},
		emergency: func(id call.ID) (call.Directive, bool) { return h.directive(ctx, id) },
	}), nil
}

// entries are the facts of the call itself.
func entries(list []report.Fact) ([]call.Entry, error) {
	var facts []call.Entry
	for _, f := range list {
		if f.Call != "" {
			continue // somebody was asked during a talk; the caller did not hear that
		}
		fact, err := call.DecodeFact(f.Kind, f.Data)
		if err != nil {
			return nil, err
		}
		facts = append(facts, call.Entry{Seq: f.Seq, At: f.At, Fact: fact})
	}
	return facts, nil
}

// sound finds what a Play of a flow names.
func (h hearings) sound(ctx context.Context, of *served, prompt string) (web.HeardSound, bool) {
	if s, ok := of.sounds[prompt]; ok {
		return web.HeardSound{Sound: s.Key(), LengthS: s.Length.Seconds()}, true
	}
	path, length, err := h.flows.speaker.SoundOf(ctx, of.flow.Version, prompt)
	if err != nil {
		return web.HeardSound{}, false
	}
	return web.HeardSound{Sound: filepath.Base(path), LengthS: length.Seconds()}, true
}

// directive is what a supervisor had ordered to be heard.
func (h hearings) directive(ctx context.Context, id call.ID) (call.Directive, bool) {
	list, err := h.timeline(ctx, string(id))
	if err != nil {
		return call.Directive{}, false
	}
	facts, _ := entries(list)
	for _, e := range facts {
		if f, ok := e.Fact.(call.DirectiveBegan); ok {
			return f.Directive, true
		}
	}
	return call.Directive{}, false
}

// version is a version of the flow with its sounds; the present one where that cannot be
// served any more.
func (f *flows) version(ctx context.Context, version string) *served {
	f.mu.Lock()
	now, old := f.now, f.old[version]
	f.mu.Unlock()
	if version == "" || version == now.flow.Version {
		return now
	}
	if old != nil {
		return old
	}
	s, err := f.prepare(ctx, f.earlier(version), "")
	if err != nil {
		return now
	}
	return s
}

// Kept implements web.Hearings.
func (h hearings) Kept(_ context.Context, key string) (web.Audio, error) {
	path, err := h.flows.speaker.Kept(key)
	if err != nil {
		return web.Audio{}, web.ErrNotFound
	}
	return ulawAsWAV(path + ".ulaw")
}

// Music implements web.Hearings. A class is a folder in that of the music; the default
// class is that folder itself. The first piece stands for all: which one a caller heard
// is in no fact.
func (h hearings) Music(_ context.Context, class string) (web.Audio, error) {
	flow, usual := h.flows.current().flow, call.UsualQueue().Music
	known := class == usual || slices.ContainsFunc(flow.Queues, func(q ivr.Queue) bool { return q.Music == class })
	if h.flows.s.Music == "" || !known || !filepath.IsLocal(class) {
		return web.Audio{}, web.ErrNotFound
	}
	folder := h.flows.s.Music
	if class != usual {
		folder = filepath.Join(folder, class)
	}
	list, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return web.Audio{}, web.ErrNotFound
	}
	if err != nil {
		return web.Audio{}, fmt.Errorf("the music cannot be read: %w", err)
	}
	for _, entry := range list {
		path := filepath.Join(folder, entry.Name())
		switch filepath.Ext(path) {
		case ".ulaw":
			return ulawAsWAV(path)
		case ".wav":
			return wavFile(path)
		}
	}
	return web.Audio{}, web.ErrNotFound
}

// wavFile opens a file of sound, if it is one.
func wavFile(path string) (web.Audio, error) {
	file, err := os.Open(path)
	if err != nil {
		return web.Audio{}, err
	}
	if _, err := audio.ReadWAV(file); err != nil {
		return web.Audio{}, errors.Join(web.ErrNotFound, file.Close())
	}
	return web.Audio{Type: "audio/wav", Changed: time.Now(), Content: file}, nil
}
