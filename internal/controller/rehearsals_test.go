package controller

import (
	"errors"
	"log/slog"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"presszero/call"
	"presszero/ivr"
	"presszero/web"
)

// aDay is a morning of 400 callers.
func aDay() web.RehearsalDay {
	d := web.RehearsalDay{Queue: "support", HandleS: 195, PatienceS: 120, Callers: make([]float64, 48), Agents: make([]int, 48)}
	for i := 20; i < 24; i++ {
		d.Callers[i], d.Agents[i] = 100, 14
	}
	return d
}

// over waits until a rehearsal is.
func over(t *testing.T, r *rehearsals, id string) web.Rehearsal {
	t.Helper()
	timeout := time.After(time.Minute)
	for tick := time.Tick(5 * time.Millisecond); ; {
		made, err := r.Rehearsal(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if made.State != "running" {
			return made
		}
		select {
		case <-tick:
		case <-timeout:
			t.Fatalf("it never ends: %+v", made)
		}
	}
}

// TestRehearsalOfADay: a day is played by the program itself, with the flow's queue, in
// a process that gives way; one at a time.
func TestRehearsalOfADay(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "presszero")
	if out, err := exec.Command("go", "build", "-o", program, "presszero/cmd/presszero").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	file := "../../ivr/testdata/flows/queues.yaml"
	flow, err := ivr.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	r := &rehearsals{program: []string{"nice", "-n", "19", program, "rehearse"}, flow: file, log: slog.New(slog.DiscardHandler),
		queue: func(name string) (ivr.Queue, bool) { return queueOf(flow, name) }}
	begun, err := r.Begin(t.Context(), aDay())
	if err != nil || begun.State != "running" || begun.Queue != "support" {
		t.Fatalf("%+v, %v", begun, err)
	}
	if _, err := r.Begin(t.Context(), aDay()); !errors.Is(err, web.ErrTaken) {
		t.Errorf("two at a time: %v", err)
	}
	made := over(t, r, begun.ID)
	if got := made.Result; made.State != "done" || made.Progress != 1 || got == nil || got.Calls < 340 || got.Calls > 460 || got.Answered < 300 || got.Answered+got.Abandoned+got.NotServed > got.Calls ||
		*got.ServiceLevel < 0.5 || *got.Occupancy > 1 || *got.Occupancy < 0.3 || got.TookS <= 0 {
		t.Errorf("%+v, %+v", made, got)
	}
	if again, err := r.Begin(t.Context(), aDay()); err != nil || over(t, r, again.ID).State != "done" {
		t.Errorf("another one: %+v, %v", again, err)
	}
	if _, err := r.Rehearsal(t.Context(), "nobody's"); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("one that never was: %v", err)
	}
}

// TestRehearsalFails: one whose process fails is told as failed, with how far it came,
// and the next may begin; only the newest are kept.
func TestRehearsalFails(t *testing.T) {
	t.Parallel()
	r := &rehearsals{program: []string{"sh", "-c", "echo 0.25 >&2; echo out of memory >&2; exit 3"}, log: slog.New(slog.DiscardHandler),
		queue: func(string) (ivr.Queue, bool) { return ivr.Queue{}, false }}
	first := ""
	for range rehearsalsKept + 1 {
		begun, err := r.Begin(t.Context(), aDay())
		if err != nil {
			t.Fatal(err)
		}
		if made := over(t, r, begun.ID); made.State != "failed" || made.Progress != 0.25 || made.Result != nil {
			t.Fatalf("%+v", made)
		}
		if first == "" {
			first = begun.ID
		}
	}
	if _, err := r.Rehearsal(t.Context(), first); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("the oldest is kept: %v", err)
	}
}

// TestRehearsedShifts: the agents of equal half hours are one shift, with the skill
// that the queue asks for, and after-call work is not counted twice.
func TestRehearsedShifts(t *testing.T) {
	t.Parallel()
	r := &rehearsals{queue: func(string) (ivr.Queue, bool) {
		return ivr.Queue{QueueSettings: call.QueueSettings{Name: "support", Skill: "german", WrapUp: 15 * time.Second}}, true
	}}
	d := aDay()
	d.Callers[24], d.Agents[24] = 1, 3
	text, err := r.dayFile(d)
	if err != nil {
		t.Fatal(err)
	}
	var day struct {
		AHT    string
		Shifts []struct {
			Agents      int
			From, Until string
			Skills      map[string]int
		}
	}
	if err := yaml.Unmarshal(text, &day); err != nil {
		t.Fatal(err)
	}
	if s := day.Shifts; day.AHT != "180.000s" || len(s) != 2 || s[0].Agents != 14 || s[0].From != "0m" || s[0].Until != "120m" || s[1].Until != "150m" || s[0].Skills["german"] != 10 {
		t.Errorf("%s", text)
	}
}
