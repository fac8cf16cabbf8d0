package controller

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"presszero/internal/audio"
	"presszero/internal/settings"
	"presszero/recordings"
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

// TestRetention: messages go when the setting says so, except those on hold.
func TestRetention(t *testing.T) {
	for _, c := range []struct {
		set  int
		gone []string // of 10, 40 and 400 days
	}{{0, []string{"d40", "d400"}}, {-1, nil}, {365, []string{"d400"}}, {1, []string{"d10", "d40", "d400"}}} {
		spool := t.TempDir()
		m := mailbox{kept: keptMessages(t), spool: spool}
		for id, days := range map[string]int{"d10": 10, "d40": 40, "d400": 400, "held": 400} {
			at := time.Now().AddDate(0, 0, -days)
			said(t, filepath.Join(spool, id+".wav"), 2*time.Second, at)
			must(t, m.take(id, at))
		}
		hold := messages{kept: m.kept}
		must(t, hold.Hold(t.Context(), "held", "court order 7"))
		if err := hold.Hold(t.Context(), "none", "x"); !errors.Is(err, web.ErrNotFound) {
			t.Errorf("a hold of nothing: %v", err)
		}
		removed, err := expire(t.Context(), m.kept, c.set, time.Now())
		if slices.Sort(removed); err != nil || !slices.Equal(removed, slices.Sorted(slices.Values(c.gone))) {
			t.Errorf("KEEP_MESSAGES=%d: told as removed: %v, %v", c.set, removed, err)
		}
		for _, id := range []string{"d10", "d40", "d400", "held"} {
			sound, _, err := m.kept.Open(t.Context(), id)
			gone := errors.Is(err, fs.ErrNotExist)
			if err == nil {
				sound.Close()
			}
			want := false
			for _, g := range c.gone {
				want = want || g == id
			}
			if gone != want {
				t.Errorf("KEEP_MESSAGES=%d: %s is gone: %v, %v", c.set, id, gone, err)
			}
		}
		must(t, hold.Release(t.Context(), "held"))
		_, err = expire(t.Context(), m.kept, c.set, time.Now())
		must(t, err)
		if _, _, err := m.kept.Open(t.Context(), "held"); errors.Is(err, fs.ErrNotExist) != (c.set >= 0) {
			t.Errorf("KEEP_MESSAGES=%d: after its release: %v", c.set, err)
		}
	}
}
