package controller

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/callqueue"
	"presszero/internal/settings"
	"presszero/internal/starttest"
	"presszero/ivr"
	"presszero/ivr/lookup"
	"presszero/journal"
)

const startFlow = `version: 1
language: en
person: support
include: [more/queues.yaml]
numbers:
  "100": main
nodes:
  main:
    menu: main
    keys:
      "1": hours
  hours: {say: hours, then: main}
prompts:
  main: For our opening hours, press 1. For a person, press 0.
  hours: We are here from nine to five.
`

const startQueues = `queues:
  support: {wrap_up: 20s}
`

// atStart is a centre's folder with all that is read at a start.
type atStart struct {
	settings.Settings
	t *testing.T
}

// newAtStart makes one; sounds that were made before are used again.
func newAtStart(t *testing.T, sounds string) atStart {
	t.Helper()
	dir := t.TempDir()
	s := usualSettings()
	s.StateDir, s.Flow, s.Prompts = filepath.Join(dir, "state"), filepath.Join(dir, "flow.yaml"), filepath.Join(dir, "prompts")
	s.CoreSounds = filepath.Join(sounds, "core")
	must(t, os.MkdirAll(s.StateDir, 0o700))
	must(t, os.Symlink(sounds, s.Path("sounds")))
	must(t, os.MkdirAll(filepath.Join(dir, "more"), 0o700))
	must(t, os.WriteFile(s.Flow, []byte(startFlow), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "more", "queues.yaml"), []byte(startQueues), 0o600))
	a := atStart{s, t}
	if !exists(s.CoreSounds) {
		flow, err := ivr.Load(s.Flow)
		must(t, err)
		starttest.Tone(a.t, filepath.Join(s.CoreSounds, "tone.wav"))
		for _, text := range allTexts(flow) {
			if core, ok := strings.CutPrefix(text, "core:"); ok && !exists(filepath.Join(s.CoreSounds, core+".wav")) {
				must(t, os.Symlink("tone.wav", filepath.Join(s.CoreSounds, core+".wav")))
			}
		}
	}
	return a
}

func (a atStart) file(name string) string { return filepath.Join(filepath.Dir(a.Flow), name) }

// open opens the flow as a start does.
func (a atStart) open() (*flows, error) {
	f := newFlowFiles(a.Settings)
	f.log = slog.New(slog.DiscardHandler)
	return servedFlows(context.Background(), f)
}

// servedFlows serves what the files say to a loop of its own.
func servedFlows(ctx context.Context, files *flowFiles) (*flows, error) {
	first, err := files.open(ctx, false)
	if err != nil {
		return nil, err
	}
	menus, line := ivr.New(first.flow, "", files.length(first.flow.Version)), callqueue.New(LineSettings(first.flow)...)
	return newFlows(ctx, files, first, nil, flowUsers{menus: menus, line: line, services: lookup.New(lookup.Config{}),
		ask:    func(_ context.Context, f func(time.Time)) error { f(time.Now()); return nil },
		keep:   func(context.Context, string, string, string) error { return nil },
		record: func(*ivr.Flow) {}}), nil
}

// record puts a recording of a second in the prompts' folder.
func (a atStart) record(name string) {
	a.t.Helper()
	starttest.Tone(a.t, filepath.Join(a.Prompts, name+".wav"))
}

// TestFilesAtTheStart is the table of the files that a start reads: file ×
// damage × (first start, restart), with what happens. A first start refuses
// what it cannot serve and names the file; a restart comes up with the last
// good version, and says so.
func TestFilesAtTheStart(t *testing.T) {
	t.Parallel()
	sounds := t.TempDir()
	made := newAtStart(t, sounds)
	if _, err := made.open(); err != nil {
		t.Fatal(err)
	}
	const quietly, loudly = false, true
	for _, row := range []struct {
		file    func(atStart) string
		name    string
		first   string // in the refusal of a first start; "": it starts
		restart bool   // loudly: a warning
		but     map[string]bool
	}{
		{func(a atStart) string { return a.Flow }, "flow file", "flow.yaml", loudly, nil},
		{func(a atStart) string { return a.file("more/queues.yaml") }, "included file", "queues.yaml", loudly, nil},
		{func(a atStart) string { return filepath.Join(a.Prompts, "main.wav") }, "recording", "main", loudly,
			map[string]bool{"missing": quietly}}, // then its text is spoken
		{func(a atStart) string { return a.Path("flows", "current") }, "flows/current", "", quietly, nil},
		{func(a atStart) string { kept, _ := filepath.Glob(a.Path("flows", "*.yaml")); return kept[0] }, "kept flow", "", quietly, nil},
	} {
		for damage, do := range starttest.Damages {
			t.Run(row.name+" "+damage, func(t *testing.T) {
				a := newAtStart(t, sounds)
				a.t = t
				a.record("main")
				if !strings.Contains(row.file(newFake(a)), "/flows/") {
					do(t, row.file(a))
					_, err := a.open()
					starts := row.first == "" || row.name == "recording" && damage == "missing"
					if starts && err != nil || !starts && (err == nil || !strings.Contains(err.Error(), row.first)) {
						t.Errorf("first start: %v", err)
					}
				}

				a = newAtStart(t, sounds)
				a.t = t
				a.record("main")
				before, err := a.open()
				must(t, err)
				do(t, row.file(a))
				after, err := a.open()
				if err != nil {
					t.Fatalf("restart: %v", err)
				}
				if after.now.flow.Version != before.now.flow.Version {
					t.Errorf("restart: version %s is served, want %s", after.now.flow.Version, before.now.flow.Version)
				}
				loud := row.restart
				if but, is := row.but[damage]; is {
					loud = but
				}
				if said := after.warnings(); loud != (len(said) > 0) {
					t.Errorf("restart: it says %q", said)
				}
				if row.name == "recording" && damage != "missing" && filepath.Base(after.now.sounds["main"].Path) != filepath.Base(before.now.sounds["main"].Path) {
					t.Errorf("restart: callers hear %v, want %v", after.now.sounds["main"], before.now.sounds["main"])
				}
				again, err := a.open()
				if err != nil || again.now.flow.Version != before.now.flow.Version {
					t.Errorf("one more restart: %v", err)
				}
				if _, err := newFlowFiles(a.Settings).open(t.Context(), true); loud && err == nil {
					t.Error("a controller in standby takes it, though all could stay as it is")
				}
			})
		}
	}
}

// newFake has a kept flow to be named by.
func newFake(a atStart) atStart {
	must(a.t, os.MkdirAll(a.Path("flows"), 0o700))
	if kept, _ := filepath.Glob(a.Path("flows", "*.yaml")); len(kept) > 0 {
		return a
	}
	a.Settings.StateDir = filepath.Join(a.t.TempDir(), "x")
	must(a.t, os.MkdirAll(a.Path("flows"), 0o700))
	must(a.t, os.WriteFile(a.Path("flows", "v.yaml"), nil, 0o600))
	return a
}

// TestAllOfTheFlowIsDamaged: the file and what tells which version was served
// last; the newest that is whole is found.
func TestAllOfTheFlowIsDamaged(t *testing.T) {
	t.Parallel()
	a := newAtStart(t, t.TempDir())
	old, err := a.open()
	must(t, err)
	must(t, os.Chtimes(old.path(old.now.flow.Version), time.Now(), time.Now().Add(-time.Hour)))
	must(t, os.WriteFile(a.Flow, []byte(strings.Replace(startFlow, "nine to five", "ten to six", 1)), 0o600))
	fresh, err := a.open()
	must(t, err)
	starttest.Damages["noise"](t, a.Flow)
	starttest.Damages["half"](t, a.Path("flows", "current"))
	f, err := a.open()
	must(t, err)
	if f.now.flow.Version != fresh.now.flow.Version {
		t.Errorf("version %s is served, want the newest, %s", f.now.flow.Version, fresh.now.flow.Version)
	}
	starttest.Damages["half"](t, f.path(fresh.now.flow.Version))
	if f, err = a.open(); err != nil || f.now.flow.Version != old.now.flow.Version {
		t.Errorf("with the newest damaged too: %v", err)
	}
	must(t, os.WriteFile(a.Flow, []byte(startFlow), 0o600))
	f, err = a.open()
	must(t, err)
	if said := f.warnings(); len(said) > 0 {
		t.Errorf("when the file is good again it says %q", said)
	}
}

// TestJournalAtTheStart: no damage to one of its files keeps it from opening,
// and the calls that the others tell of are restored.
func TestJournalAtTheStart(t *testing.T) {
	t.Parallel()
	for damage, do := range starttest.Damages {
		for _, file := range []string{"id", "epoch", "lock", "reserve", "0000000001.journal", "0000000002.journal"} {
			t.Run(file+" "+damage, func(t *testing.T) {
				dir := t.TempDir()
				o := journal.Options{SegmentSize: 1, Log: slog.New(slog.DiscardHandler), Reserve: 1 << 16,
					Wait: 10 * time.Second} // a program that another test starts may have the lock for a moment
				j, err := journal.Open(dir, o)
				must(t, err)
				for i := range 2 {
					j.Append([]call.Entry{{Call: call.ID(fmt.Sprint("c", i+1)), Day: "2026-03-01", Seq: 1, At: time.Now(), Fact: call.CallStarted{Channel: "x"}}})
					must(t, j.Sync(t.Context()))
				}
				must(t, j.Close())
				do(t, filepath.Join(dir, file))
				for round := range 2 {
					j, err := journal.Open(dir, o)
					if err != nil {
						t.Fatalf("start %d: %v", round+1, err)
					}
					past, err := j.Unfinished(t.Context())
					must(t, err)
					want := 2
					if strings.HasSuffix(file, ".journal") {
						want = 1
					}
					if len(past) != want+round {
						t.Errorf("start %d: %d calls are restored, want %d", round+1, len(past), want+round)
					}
					j.Append([]call.Entry{{Call: "new", Day: "2026-03-01", Seq: 1, At: time.Now(), Fact: call.CallStarted{Channel: "y"}}})
					must(t, j.Sync(t.Context()))
					must(t, j.Close())
				}
			})
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// usualSettings are settings as they are by default.
func usualSettings() settings.Settings {
	return settings.Settings{HTTPAddr: "127.0.0.1:8080", SIPAddr: "127.0.0.1:5060", RTPPorts: "10000-20000", CallersFrom: []string{"127.0.0.1"},
		FallbackAfter: 15 * time.Minute, LogSize: 200}
}
