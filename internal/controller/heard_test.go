package controller

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/audio"
	"presszero/internal/calltest"
	"presszero/internal/settings"
	"presszero/ivr"
	"presszero/report"
	"presszero/web"
)

// TestHeardSounds: a call sounds by the flow that it was on, also when another is served;
// each of its sounds is there under its key, and music of the flow's classes alone.
func TestHeardSounds(t *testing.T) {
	dir := t.TempDir()
	s := settings.Settings{Flow: filepath.Join(dir, "flow.yaml"), StateDir: dir, Prompts: filepath.Join(dir, "prompts"), CoreSounds: coreFolder(t), Music: t.TempDir()}
	must(t, os.WriteFile(s.Flow, ivr.Example, 0o600))
	f, err := servedFlows(soon(t), newFlowFiles(s))
	must(t, err)
	began := f.now.flow.Version
	longer := strings.Replace(string(ivr.Example), "Welcome to the support line.", "Good morning, and welcome to the new support line of this house.", 1)
	if check, err := f.Publish(soon(t), []byte(longer), began, "ann"); err != nil || check.Refused {
		t.Fatal(check, err)
	}
	delete(f.old, began) // as after a restart: it is found among the files
	facts := map[string][]report.Fact{}
	state := func(id string, after time.Duration, fact call.Fact) {
		data, err := json.Marshal(fact)
		must(t, err)
		facts[id] = append(facts[id], report.Fact{Seq: len(facts[id]) + 1, At: calltest.Start.Add(after), Kind: fact.Kind(), Data: data})
	}
	for id, version := range map[string]string{"then": began, "now": f.now.flow.Version} {
		state(id, 0, call.CallStarted{To: "100"})
		state(id, 0, call.EmergencyHeard{Directive: "d"})
		state(id, 0, call.CallAnswered{})
		state(id, 20*time.Second, call.NodeEntered{Node: "welcome", Flow: version})
		state(id, time.Minute, call.CallEnded{})
	}
	state("d", 0, call.DirectiveBegan{Directive: call.Directive{What: call.EmergencyDirective, Text: "The water is off."}})
	h := hearings{func(_ context.Context, id string) ([]report.Fact, error) {
		if facts[id] == nil {
			return nil, web.ErrNotFound
		}
		return facts[id], nil
	}, f}
	lengths := map[string]float64{}
	for id, want := range map[string]string{"then": "Welcome to the support line.", "now": "Good morning, and welcome to the new support line of this house."} {
		heard, err := h.Heard(soon(t), id)
		must(t, err)
		if len(heard) != 4 || heard[0].Kind != "spoken" || heard[0].Text != "The water is off." || heard[2].Name != "greeting" || heard[2].Text != want {
			t.Errorf("%s: heard is\n%s", id, written(heard))
			continue
		}
		for _, s := range []web.HeardSound{heard[0], heard[2]} {
			sound, err := h.Kept(soon(t), s.Sound)
			must(t, err)
			samples, err := audio.ReadWAV(sound.Content)
			must(t, err)
			must(t, sound.Content.Close())
			if long := float64(len(samples)) / 8000; long < s.LengthS-0.01 || long > s.LengthS+0.01 {
				t.Errorf("%q is heard for %g s and lasts %g s", s.Text, s.LengthS, long)
			}
		}
		lengths[id] = heard[2].LengthS
	}
	if lengths["then"] >= lengths["now"] {
		t.Errorf("the old greeting is heard for %g s, the new for %g s", lengths["then"], lengths["now"])
	}
	if _, err := h.Heard(soon(t), "nobody's"); !errors.Is(err, web.ErrNotFound) {
		t.Error(err)
	}
	for _, key := range []string{"", "greeting", "../greeting", strings.Repeat("0", 32)} {
		if _, err := h.Kept(soon(t), key); !errors.Is(err, web.ErrNotFound) {
			t.Errorf("a sound of the key %q: %v", key, err)
		}
	}
	music(t, h, s.Music)
}

func music(t *testing.T, h hearings, folder string) {
	t.Helper()
	if _, err := h.Music(soon(t), "default"); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("music from an empty folder: %v", err)
	}
	must(t, os.WriteFile(filepath.Join(folder, "a.txt"), []byte("no music"), 0o600))
	must(t, os.WriteFile(filepath.Join(folder, "b.ulaw"), make([]byte, 8000), 0o600))
	must(t, os.Mkdir(filepath.Join(folder, "other"), 0o755))
	must(t, os.WriteFile(filepath.Join(folder, "other", "c.ulaw"), make([]byte, 8000), 0o600))
	a, err := h.Music(soon(t), "default")
	must(t, err)
	if all, err := io.ReadAll(a.Content); err != nil || len(all) != 44+2*8000 {
		t.Errorf("the music has %d bytes, %v", len(all), err)
	}
	for _, class := range []string{"other", "..", ".", ""} { // other is no queue's
		if _, err := h.Music(soon(t), class); !errors.Is(err, web.ErrNotFound) {
			t.Errorf("music of the class %q: %v", class, err)
		}
	}
}
