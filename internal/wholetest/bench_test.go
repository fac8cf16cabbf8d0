package wholetest

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/audio"
	"presszero/internal/deskclient"
)

// BenchmarkFirstCall measures what people feel, on the real parts, one call
// after another. All clocks are this machine's. In milliseconds:
//
//	digit-to-music   the last packet of the 0 sent -> the first frame of music
//	                 arrived (the greeting is a recording of silence)
//	ready-to-ring    "available" sent with a caller waiting -> the offer read
//	accept-to-voice  "accept" sent -> both hear the other's tone, the later one
//	bye-to-row       BYE sent -> the commit of the call's last fact
//	                 (pg_xact_commit_timestamp)
func BenchmarkFirstCall(b *testing.B) {
	if trialRun(b) {
		return
	}
	prompts := b.TempDir()
	var wav bytes.Buffer
	must(b, audio.WriteWAV(&wav, make([]int16, 7*audio.SampleRate)))
	must(b, os.WriteFile(filepath.Join(prompts, "greeting.wav"), wav.Bytes(), 0o644))
	h := build(b, "PRESSZERO_PROMPTS="+prompts)
	offered := make(chan time.Time, 1)
	o := h.employ("ana")
	o.OnDesk = func(d call.Desk) {
		if d.State == call.Ringing {
			offered <- time.Now()
		}
	}
	a := h.agent(o)
	must(b, a.Away("between"))
	figures := map[string][]float64{}
	note := func(what string, from, to time.Time) {
		figures[what] = append(figures[what], float64(to.Sub(from).Microseconds())/1000)
	}
	b.ResetTimer()
	for range b.N {
		oneCall(b, h, a, offered, note)
	}
	b.StopTimer()
	for what, ms := range figures {
		slices.Sort(ms)
		b.ReportMetric(ms[len(ms)/2], what+"-p50-ms")
		b.ReportMetric(ms[len(ms)*99/100], what+"-p99-ms")
	}
}

func oneCall(b *testing.B, h *building, a *deskclient.Client, offered <-chan time.Time, note func(string, time.Time, time.Time)) {
	c := h.call("+34600")
	pressed, err := c.Press(soon(b), '0')
	must(b, err)
	music, err := c.WaitSound(soon(b), pressed)
	must(b, err)
	note("digit-to-music", pressed, music)

	ready := time.Now()
	must(b, a.Available())
	note("ready-to-ring", ready, <-offered)
	d, err := a.WaitDesk(soon(b), func(d call.Desk) bool { return d.State == call.Ringing })
	must(b, err)

	a.Phone().Forget()
	accept := time.Now()
	must(b, a.Accept(d.Offer.Offer))
	caller, err := c.WaitToneAfter(soon(b), accept, deskclient.RobotTone)
	must(b, err)
	agent, err := a.Phone().WaitTone(soon(b), 440)
	must(b, err)
	if agent.After(caller) {
		caller = agent
	}
	note("accept-to-voice", accept, caller)

	must(b, a.Away("between"))
	d, err = a.WaitDesk(soon(b), func(d call.Desk) bool { return d.Talk != nil })
	must(b, err)
	bye := time.Now()
	must(b, c.Hangup())
	var committed time.Time
	h.wait(10*time.Second, "the row", func() bool {
		return h.db.QueryRow(`SELECT pg_xact_commit_timestamp(xmin) FROM call_event WHERE type = 'call.ended' AND call_id = $1`,
			string(d.Talk.Call)).Scan(&committed) == nil
	})
	note("bye-to-row", bye, committed)
	_, err = a.WaitDesk(soon(b), func(d call.Desk) bool { return d.State == call.WrapUp })
	must(b, err)
	must(b, a.Wrapped())
	_, err = a.WaitDesk(soon(b), func(d call.Desk) bool { return d.State == call.Idle })
	must(b, err)
}

// trialRun reports whether this is the run of one iteration with which the testing
// package begins every benchmark. One that starts the whole program passes it
// over: -benchtime=2x is its smallest run.
func trialRun(b *testing.B) bool { return b.N == 1 }
