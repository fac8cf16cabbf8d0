package wholetest

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"presszero/internal/audio"
	"presszero/web"
)

// TestHeardAgain: what the pages play of a call is what the telephone of the caller has
// heard: the greeting to its end, the menu until a key, and music until the caller gave
// up, each at its time. The sounds are the recordings, and there is music.
func TestHeardAgain(t *testing.T) {
	t.Parallel()
	const greeting, menu, number = 1300, 1700, "+34911000078"
	prompts, flow := t.TempDir(), filepath.Join(t.TempDir(), "flow.yaml")
	record(t, prompts, "greeting", greeting)
	record(t, prompts, "main", menu)
	example, err := os.ReadFile("../../ivr/example.yaml")
	must(t, err)
	must(t, os.WriteFile(flow, example, 0o644))
	b := build(t, "PRESSZERO_FLOW="+flow, "PRESSZERO_PROMPTS="+prompts)
	api := b.admin()

	caller := b.dial(t, "100", number)
	first, err := caller.WaitTone(soon(t), greeting)
	must(t, err)
	second, err := caller.WaitTone(soon(t), menu)
	must(t, err)
	pressed, err := caller.Press(soon(t), '0')
	must(t, err)
	_, err = caller.WaitSound(soon(t), pressed.Add(2*time.Second)) // music has begun
	must(t, err)
	over := time.Now()
	must(t, caller.Hangup())
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id) WHERE caller_number = $1 AND v.outcome = 'abandoned_queue'`, number)
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM call_event WHERE type = 'call.ended'`)

	var id string
	must(t, b.db.QueryRow(`SELECT call_id FROM report.call WHERE caller_number = $1`, number).Scan(&id))
	var heard struct{ Sounds []web.HeardSound }
	must(t, json.Unmarshal([]byte(api.get(t, "/api/v1/calls/"+id+"/heard")), &heard))
	if len(heard.Sounds) < 3 {
		t.Fatalf("heard is %+v", heard.Sounds)
	}
	near := func(what string, s float64, at time.Time) {
		t.Helper()
		const apart = 0.6 // s: the lead-in, and what packets and Asterisk take
		if is := at.Sub(caller.Answered).Seconds(); s < is-apart || s > is+apart {
			t.Errorf("%s: at %.2f s by the facts, at %.2f s in the telephone", what, s, is)
		}
	}
	byName := map[string]web.HeardSound{}
	for _, s := range heard.Sounds {
		byName[s.Name] = s
	}
	near("the greeting", byName["greeting"].AtS, first)
	near("the menu", byName["main"].AtS, second)
	near("the key", byName["main"].AtS+byName["main"].LengthS, pressed)
	last := heard.Sounds[len(heard.Sounds)-1]
	near("the end", last.AtS+last.LengthS, over)
	if last.Kind != "music" || last.Name != "default" || byName["greeting"].LengthS < 5.9 {
		t.Errorf("heard is %+v", heard.Sounds)
	}
	for path, hz := range map[string]float64{"/api/v1/sounds/" + byName["greeting"].Sound: greeting, "/api/v1/sounds/" + byName["main"].Sound: menu, "/api/v1/music/" + last.Name: 0} {
		samples, err := audio.ReadWAV(bytes.NewReader([]byte(api.get(t, path))))
		must(t, err)
		if len(samples) < 6*audio.SampleRate-100 || hz > 0 && math.Abs(float64(crossings(samples[:audio.SampleRate]))-2*hz) > 10 {
			t.Errorf("%s has %d samples, and in its first second %d passes through 0", path, len(samples), crossings(samples[:audio.SampleRate]))
		}
	}
}

// crossings counts how often a sound passes through 0: a tone twice in each swing.
func crossings(samples []int16) (n int) {
	for i := 1; i < len(samples); i++ {
		if (samples[i-1] < 0) != (samples[i] < 0) {
			n++
		}
	}
	return n
}
