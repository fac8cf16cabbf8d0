package rehearsal

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/callqueue"
)

func TestSameSeedSameDay(t *testing.T) {
	c := Config{Agents: 5, PerHour: 80, Handle: 4 * time.Minute, Patience: 3 * time.Minute, Calls: 3000, Seed: 9}
	a, err := Run(c)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := Run(c)
	ja, _ := json.Marshal(a)
	jb, _ := json.Marshal(b)
	if !bytes.Equal(ja, jb) {
		t.Errorf("%s\n%s", ja, jb)
	}
	c.Seed = 10
	if other, _ := Run(c); other.MeanWait == a.MeanWait {
		t.Error("another seed gives the same day")
	}
}

// TestReportKeys are a promise to scripts.
func TestReportKeys(t *testing.T) {
	r, err := Run(Config{Agents: 5, PerHour: 80, Handle: 4 * time.Minute, Patience: 3 * time.Minute, Calls: 500, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]any
	if err := json.Unmarshal(b, &keys); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"calls", "answered", "abandoned", "abandonment", "mean_wait_s", "p90_wait_s",
		"service_level", "occupancy", "told_p90_coverage"} {
		if _, ok := keys[k].(float64); !ok {
			t.Errorf("%s is %v", k, keys[k])
		}
	}
	var out strings.Builder
	if err := r.Print(&out); err != nil || !strings.Contains(out.String(), "occupancy") {
		t.Errorf("%v\n%s", err, out.String())
	}
	none, _ := json.Marshal(Report{MeanWait: ratio(0, 0)})
	if !bytes.Contains(none, []byte(`"mean_wait_s":null`)) {
		t.Errorf("%s", none)
	}
}

func TestFlags(t *testing.T) {
	o, err := ParseFlags(strings.Fields("--agents 3 --calls-per-hour 60 --aht 2m --patience none --calls 10 --seed 4 --target 30s --json --flow f.yaml"), os.Stderr)
	want := Options{Config: Config{Agents: 3, PerHour: 60, Handle: 2 * time.Minute, Calls: 10, Seed: 4, Target: 30 * time.Second}, Flow: "f.yaml", JSON: true}
	if err != nil || !reflect.DeepEqual(o, want) {
		t.Errorf("%+v, %v", o, err)
	}
	for _, bad := range []string{"--patience soon", "--patience -3s", "--agents many", "ten", "--day nowhere.yaml"} {
		if _, err := ParseFlags(strings.Fields(bad), &strings.Builder{}); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
	if _, err := ParseFlags([]string{"-h"}, &strings.Builder{}); !errors.Is(err, flag.ErrHelp) {
		t.Error(err)
	}
	for _, bad := range []Config{{}, {Agents: 1}, {Agents: 1, PerHour: 1}, {Agents: 1, PerHour: 1, Handle: 1}} {
		if _, err := Run(bad); err == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
}

const monday = `
opens: 9h
every: 1h
aht: 3m
patience: 4m
queues:
  support: {calls: [200, 300, 100], wrap_up: 10s}
  french: {calls: [10, 20, 10], skill: french, level: 2}
shifts:
  - {name: day, agents: 16, from: 9h, until: 12h}
  - {name: bilingual, agents: 2, from: 9h, until: 11h, skills: {french: 3}}
`

// TestDay: calls, shifts and skills of a file.
func TestDay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "monday.yaml")
	if err := os.WriteFile(path, []byte(monday), 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := ParseFlags([]string{"--day", path, "--seed", "3"}, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(o.Config)
	if err != nil {
		t.Fatal(err)
	}
	if r.Calls < 560 || r.Calls > 720 || r.Answered+r.Abandoned != r.Calls || r.Waiting != 0 {
		t.Errorf("%+v", r)
	}
	if r.Abandonment < .005 || r.Abandonment > .3 || float64(r.Hours) > 4 {
		t.Errorf("%.3f abandoned in %.1f hours", float64(r.Abandonment), float64(r.Hours))
	}
}

func TestBadDays(t *testing.T) {
	for name, text := range map[string]string{
		"not YAML":        ":",
		"unknown key":     monday + "colour: red\n",
		"no queues":       "shifts: [{agents: 1, from: 0h, until: 1h}]",
		"no calls":        "queues: {a: {calls: [0]}}\nshifts: [{agents: 1, from: 0h, until: 1h}]",
		"fewer than none": "queues: {a: {calls: [-4, 9]}}\nshifts: [{agents: 1, from: 0h, until: 1h}]",
		"before opening":  "opens: 9h\nqueues: {a: {calls: [5]}}\nshifts: [{agents: 1, from: 8h, until: 10h}]",
		"patience":        monday + "\n", // replaced below
	} {
		if name == "patience" {
			text = strings.Replace(monday, "4m", "soon", 1)
		}
		var c Config
		if err := c.ReadDay([]byte(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// BenchmarkRun is 100,000 calls: under 10 s on one core.
func BenchmarkRun(b *testing.B) {
	for b.Loop() {
		r, err := Run(Config{Agents: 30, PerHour: 472, Handle: 4 * time.Minute, Patience: 5 * time.Minute, Calls: 100_000, Seed: 1})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(r.Events)/100_000, "events/call")
	}
}

// TestLimitsAreRehearsed: who is sent back by a full queue, or after too long a
// wait, is gone from the day, though nobody loses patience; a queue that asks
// for a skill is served by agents of whom nothing is said.
func TestLimitsAreRehearsed(t *testing.T) {
	for name, c := range map[string]struct {
		queue callqueue.Settings
		lost  bool
	}{
		"full":     {callqueue.Settings{MaxWaiting: 3, Full: call.Exit{Node: "m"}}, true},
		"too long": {callqueue.Settings{MaxWait: time.Minute, TooLong: call.Exit{Node: "m"}}, true},
		"skill":    {callqueue.Settings{Skill: "german", Level: 8}, false},
	} {
		c.queue.Name = "support"
		perHour := 90.0 // for five agents, who can do 75
		if !c.lost {
			perHour = 60
		}
		r, err := Run(Config{Agents: 5, PerHour: perHour, Handle: 4 * time.Minute, Calls: 2000, Seed: 5, Queues: []callqueue.Settings{c.queue}})
		if err != nil {
			t.Fatal(err)
		}
		if lost := r.Calls - r.Answered; r.Calls != 2000 || (lost > 100) != c.lost || !c.lost && lost > 0 {
			t.Errorf("%s: %d of %d calls are lost: %+v", name, lost, r.Calls, r)
		}
	}
}
