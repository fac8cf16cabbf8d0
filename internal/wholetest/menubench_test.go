package wholetest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"presszero/internal/audio"
	"presszero/internal/customer"
	"presszero/internal/privatetest"
)

// The two prompts of the measured menu, as tones that cannot be mistaken.
const mainTone, subTone = 600, 1300

// twoMenus is a menu whose key 1 leads to another, whose key 1 leads back.
const twoMenus = `version: 1
person: support
queues: {support: {}}
numbers: {"100": main}
nodes:
  main: {menu: main, keys: {"1": sub}}
  sub: {menu: sub, keys: {"1": main}}
prompts: {main: "For more, press 1. For a person, press 0.", sub: "To go back, press 1. For a person, press 0."}
`

// native is the same two menus in Asterisk's own dialplan. Each has a context
// of its own, so that a key is known at once: beside the number 100 it would
// wait for more digits.
const native = `[from-trunk]
exten => 100,1,Answer()
 same => n,Goto(main,s,1)
[main]
exten => s,1,Background(%[1]s/main)
 same => n,WaitExten(5)
exten => 1,1,Goto(sub,s,1)
[sub]
exten => s,1,Background(%[1]s/sub)
 same => n,WaitExten(5)
exten => 1,1,Goto(main,s,1)
`

// BenchmarkMenuKey measures, in milliseconds, from the last packet of a key to
// the first frame of the next menu's prompt: ours and Asterisk's own dialplan,
// side by side in one run, in turn, the same Asterisk, the same sounds.
func BenchmarkMenuKey(b *testing.B) {
	if trialRun(b) {
		return
	}
	sounds := b.TempDir()
	for name, hz := range map[string]float64{"main": mainTone, "sub": subTone} {
		samples := make([]int16, 8*audio.SampleRate)
		audio.NewTone(hz, 8000).Fill(samples)
		var wav bytes.Buffer
		must(b, audio.WriteWAV(&wav, samples))
		must(b, os.WriteFile(filepath.Join(sounds, name+".wav"), wav.Bytes(), 0o644))
		must(b, os.WriteFile(filepath.Join(sounds, name+".ulaw"), audio.AppendUlaw(nil, samples), 0o644))
	}
	flow := filepath.Join(b.TempDir(), "flow.yaml")
	must(b, os.WriteFile(flow, []byte(twoMenus), 0o644))
	h := build(b, "PRESSZERO_FLOW="+flow, "PRESSZERO_PROMPTS="+sounds)

	pbx := privatetest.Start(b)
	must(b, os.WriteFile(filepath.Join(pbx.Config().Dir, "etc", "extensions.conf"), fmt.Appendf(nil, native, sounds), 0o600))
	if _, err := pbx.CLI(soon(b), "dialplan reload"); err != nil {
		b.Fatal(err)
	}
	arms := map[string]*customer.Call{"ours": menuCall(b, h.sip), "native": menuCall(b, pbx.Config().SIPAddr)}
	figures := map[string][]float64{}
	b.ResetTimer()
	for i := range b.N {
		next := float64(subTone)
		if i%2 == 1 {
			next = mainTone
		}
		for _, arm := range []string{"ours", "native"} {
			figures[arm] = append(figures[arm], pressFor(b, arms[arm], next))
		}
	}
	b.StopTimer()
	for arm, ms := range figures {
		slices.Sort(ms)
		b.ReportMetric(ms[len(ms)/2], arm+"-p50-ms")
		b.ReportMetric(ms[len(ms)*99/100], arm+"-p99-ms")
	}
}

func menuCall(b *testing.B, server string) *customer.Call {
	b.Helper()
	c, err := customer.Dial(soon(b), customer.Options{To: "100", Server: server, From: "+34600"})
	must(b, err)
	b.Cleanup(func() { c.Hangup() })
	_, err = c.WaitTone(soon(b), mainTone)
	must(b, err)
	return c
}

// pressFor presses 1 and returns how many milliseconds later the tone began.
func pressFor(b *testing.B, c *customer.Call, tone float64) float64 {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	pressed, err := c.Press(ctx, '1')
	must(b, err)
	heard, err := c.WaitToneAfter(ctx, pressed, tone)
	must(b, err)
	return float64(heard.Sub(pressed).Microseconds()) / 1000
}
