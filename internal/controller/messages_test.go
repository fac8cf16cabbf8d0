package controller

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"presszero/internal/audio"
	"presszero/internal/person"
	"presszero/internal/retention"
	"presszero/internal/settings"
	"presszero/recordings"
	"presszero/recordings/archive"
	"presszero/web"
)

// said writes a recording as Asterisk leaves it.
func said(t *testing.T, file string, long time.Duration, at time.Time) {
	t.Helper()
	var wav bytes.Buffer
	must(t, audio.WriteWAV(&wav, make([]int16, int(long.Seconds()*audio.SampleRate))))
	must(t, os.MkdirAll(filepath.Dir(file), 0o700))
	must(t, os.WriteFile(file, wav.Bytes(), 0o600))
	must(t, os.Chtimes(file, at, at))
}

// keptMessages is an archive of messages, with nothing in it.
func keptMessages(t *testing.T) recordings.Messages {
	t.Helper()
	dir := t.TempDir()
	a, err := openArchives(settings.Settings{StateDir: dir, Archive: filepath.Join(dir, "archive")}, slog.New(slog.DiscardHandler))
	must(t, err)
	return a.plain
}

// TestMissingIsNotSilence: a recording that is not there is an error and a
// warning, and only one in which nothing was said is nothing.
func TestMissingIsNotSilence(t *testing.T) {
	defer func(before []time.Duration) { takePauses = before }(takePauses)
	takePauses = []time.Duration{0, 0}
	spool := filepath.Join(t.TempDir(), "spool")
	m := mailbox{kept: keptMessages(t), spool: spool}
	p := &Controller{log: slog.New(slog.DiscardHandler), mailbox: m}
	now := time.Now()
	if err := m.take("a", now); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	said(t, filepath.Join(spool, "short.wav"), 200*time.Millisecond, now)
	if err := m.take("short", now); err != nil {
		t.Errorf("nothing said: %v", err)
	}
	if err := m.take("a", now); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := m.length("a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the length of nothing: %v", err)
	}
	p.keepMessage("a", now)
	if p.unkept.Load() != 1 {
		t.Error("nobody is told of what was lost")
	}
	said(t, filepath.Join(spool, "a.wav"), 3*time.Second, now)
	p.keepMessage("a", now)
	p.keepMessage("a", now) // again does no harm
	if p.unkept.Load() != 1 {
		t.Error("what is kept counts as lost")
	}
	if a, err := m.audio(t.Context(), "a"); err != nil || a.Content.Close() != nil {
		t.Error(err)
	}
}

// TestPolicy: for how long what is kept, as the settings say it.
func TestPolicy(t *testing.T) {
	k := person.Keeper{Messages: messageStore{}}
	job, err := NewRetention(settings.Settings{}, k)
	if want := (retention.Policy{Messages: retention.Days{All: 30}, Recordings: retention.Days{All: 90}}); err != nil || fmt.Sprint(job.Policy) != fmt.Sprint(want) {
		t.Errorf("unset: %+v, %v", job.Policy, err)
	}
	job, err = NewRetention(settings.Settings{KeepMessages: -1, KeepRecordings: 7, KeepNumbers: 365, KeepFacts: 800,
		KeepIn: []string{"support:recordings=365", " billing:numbers=-1"}}, k)
	want := retention.Policy{Recordings: retention.Days{All: 7, Of: map[string]int{"support": 365}}, Numbers: retention.Days{All: 365, Of: map[string]int{"billing": 0}}, Facts: 800}
	if err != nil || fmt.Sprint(job.Policy) != fmt.Sprint(want) {
		t.Errorf("set: %+v, %v", job.Policy, err)
	}
}

// TestHoldOfAMessage: what is not there cannot be held.
func TestHoldOfAMessage(t *testing.T) {
	spool := t.TempDir()
	m := mailbox{kept: keptMessages(t), spool: spool}
	said(t, filepath.Join(spool, "held.wav"), 2*time.Second, time.Now())
	must(t, m.take("held", time.Now()))
	hold := messages{kept: m.kept}
	must(t, hold.Hold(t.Context(), "held", "court order 7"))
	if err := hold.Hold(t.Context(), "none", "x"); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("a hold of nothing: %v", err)
	}
	if err := m.kept.Remove(t.Context(), "held"); !errors.Is(err, archive.ErrHeld) {
		t.Errorf("what is on hold is removed: %v", err)
	}
	must(t, hold.Release(t.Context(), "held"))
	must(t, m.kept.Remove(t.Context(), "held"))
}
