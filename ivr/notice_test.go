package ivr

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"presszero/call"
)

const noticedFlow = `version: 1
language: en
languages: [en, ko]
person: support
queues: {support: {}, quiet: {recording: {talks: off}}}
numbers: {"100": main, "200": {node: support, language: ko}, "300": {node: support, recording: {talks: off}}}
nodes:
  main: {menu: main, keys: {"1": support, "2": quiet}}
  support: {queue: support}
  quiet: {queue: quiet}
prompts:
  main: {en: "For support, press 1. For silence, press 2. For a person, press 0.", ko: "지원은 1번, 조용은 2번, 상담원은 0번을 눌러 주십시오."}
  told: {en: We record. Press 9 if you do not want it., ko: 녹음합니다. 원하지 않으시면 9번을 눌러 주십시오.}
recording: {talks: all, notice: told, consent: CONSENT, key: "9"}
`

// noticed is a caller who comes into a queue that records.
type noticed struct {
	*directed
}

func newNoticed(t *testing.T, consent call.ConsentAsked, past ...call.Entry) *noticed {
	t.Helper()
	flow, err := Parse("flow.yaml", []byte(strings.ReplaceAll(noticedFlow, "CONSENT", string(consent))))
	if err != nil {
		t.Fatal(err)
	}
	m := New(flow, fmt.Sprint("e", len(past)), func(string) time.Duration { return 5 * time.Second })
	m.SoundKey = func(version, prompt string) string {
		return "key of " + prompt + map[bool]string{false: "?"}[version == flow.Version]
	}
	d := &directed{T: t, loop: call.NewLoop(m, call.NewRegister()), now: monday, past: past}
	d.loop.OnPanic = func(ev call.Event, reason any) { t.Errorf("%#v: %v", ev, reason) }
	d.loop.Replay(past)
	return &noticed{directed: d}
}

func (n *noticed) arrives(to string) {
	n.post(call.Arrived{Call: "c", To: to, From: "+34600000001"})
	n.post(call.Picked{Call: "c"})
}

func (n *noticed) press(digit string) { n.post(call.DigitPressed{Call: "c", Digit: digit}) }

// over has what is being said come to its end.
func (n *noticed) over(failed bool) {
	n.post(call.PlayEnded{Call: "c", Play: n.plays[len(n.plays)-1].Play, Failed: failed})
}

// story tells what was stated of the notice, and where the caller went.
func (n *noticed) story() string {
	var list []string
	for _, e := range n.past {
		switch f := e.Fact.(type) {
		case call.NoticePlayed:
			list = append(list, fmt.Sprintf("heard %s in %s %gs %v", f.Sound, f.Language, f.Heard, f.ToEnd))
		case call.ConsentGiven:
			list = append(list, "agreed "+f.How)
		case call.ConsentRefused:
			list = append(list, "refused "+f.How)
		case call.MenuLeft:
			list = append(list, "waits for "+f.Queue+" at "+e.At.Sub(monday).String())
		case call.CallEnded:
			list = append(list, "is gone")
		}
	}
	return strings.Join(list, ", ")
}

// TestNoticeMatrix: consent by what the caller does and when. Whatever that is, the caller
// comes into the same queue.
func TestNoticeMatrix(t *testing.T) {
	whole, half, cut := "heard key of told in en 5s true", "heard key of told in en 2s false", "heard key of told in en 0.5s false"
	for name, c := range map[string]struct {
		does             func(*noticed)
		stay, optOut, in string
	}{
		"hears it and waits": {func(n *noticed) { n.wait(5 * time.Second); n.over(false); n.wait(10 * time.Second) },
			whole + ", agreed stayed, waits for support at 5s", whole + ", agreed stayed, waits for support at 8s", whole + ", waits for support at 8s"},
		"presses its key": {func(n *noticed) { n.wait(2 * time.Second); n.press("9"); n.wait(20 * time.Second) },
			"heard key of told in en 8s false, waits for support at 8s", half + ", refused key, waits for support at 2s", half + ", agreed key, waits for support at 2s"},
		"presses it too soon": {func(n *noticed) { n.wait(500 * time.Millisecond); n.press("9"); n.wait(20 * time.Second) },
			"heard key of told in en 8s false, waits for support at 8s", cut + ", refused key, waits for support at 500ms", "heard key of told in en 8s false, waits for support at 8s"},
		"presses it after the end": {func(n *noticed) {
			n.wait(5 * time.Second)
			n.over(false)
			n.wait(2 * time.Second)
			n.press("9")
		}, whole + ", agreed stayed, waits for support at 5s", whole + ", refused key, waits for support at 7s", whole + ", agreed key, waits for support at 7s"},
		"presses other keys": {func(n *noticed) {
			n.wait(2 * time.Second)
			for _, digit := range []string{"0", "1", "#", "*"} {
				n.press(digit)
			}
			n.wait(3 * time.Second)
			n.over(false)
			n.press("0")
			n.wait(10 * time.Second)
		}, whole + ", agreed stayed, waits for support at 5s", whole + ", agreed stayed, waits for support at 8s", whole + ", waits for support at 8s"},
		"hears nothing": {func(n *noticed) { n.over(true); n.wait(10 * time.Second) },
			"heard key of told in en 0s false, waits for support at 0s", "heard key of told in en 0s false, waits for support at 0s", "heard key of told in en 0s false, waits for support at 0s"},
		"is not told of its end": {func(n *noticed) { n.wait(30 * time.Second) },
			"heard key of told in en 8s false, waits for support at 8s", "heard key of told in en 8s false, waits for support at 8s", "heard key of told in en 8s false, waits for support at 8s"},
		"hangs up": {func(n *noticed) { n.wait(2 * time.Second); n.post(call.HungUp{Call: "c", Side: call.SideCaller}) },
			half + ", is gone", half + ", is gone", half + ", is gone"},
		"hangs up after it": {func(n *noticed) {
			n.wait(5 * time.Second)
			n.over(false)
			n.post(call.HungUp{Call: "c", Side: call.SideCaller})
		}, whole + ", agreed stayed, waits for support at 5s, is gone", whole + ", is gone", whole + ", is gone"},
	} {
		for consent, want := range map[call.ConsentAsked]string{call.ConsentStay: c.stay, call.ConsentOptOut: c.optOut, call.ConsentOptIn: c.in} {
			n := newNoticed(t, consent)
			n.arrives("100")
			n.press("1")
			if last := n.plays[len(n.plays)-1].Prompts[0]; last != "told" {
				t.Fatalf("%s: %q is said", name, last)
			}
			c.does(n)
			if got := n.story(); got != want {
				t.Errorf("%s, %s:\n%s\nand not\n%s", name, consent, got, want)
			}
		}
	}
}

// TestNoticeOnce: it is heard before each queue that records, once in a call, and also after
// a restart that has cut it.
func TestNoticeOnce(t *testing.T) {
	heard := func(n *noticed) int {
		count := 0
		for _, p := range n.plays {
			count += strings.Count(strings.Join(p.Prompts, " "), "told")
		}
		return count
	}
	n := newNoticed(t, call.ConsentOptOut)
	n.arrives("100")
	n.press("2")
	if heard(n) != 0 || !strings.Contains(n.story(), "waits for quiet") {
		t.Errorf("a queue that does not record: %s", n.story())
	}
	n = newNoticed(t, call.ConsentOptOut)
	n.arrives("300")
	if heard(n) != 0 || !strings.Contains(n.story(), "waits for support") {
		t.Errorf("a number that is not recorded: %s", n.story())
	}
	n = newNoticed(t, call.ConsentOptOut)
	n.arrives("999")
	n.press("9")
	if heard(n) != 1 || !strings.HasSuffix(n.story(), "refused key, waits for support at 0s") {
		t.Errorf("who has dialled a number that is not in the flow: %s", n.story())
	}
	n = newNoticed(t, call.ConsentOptOut)
	n.arrives("200")
	if heard(n) != 1 || n.plays[0].Prompts[0] != "ko/told" {
		t.Errorf("in the caller's language: %v", n.plays)
	}
	again := newNoticed(t, call.ConsentOptOut, n.past...)
	again.post(call.Resumed{Call: "c"})
	if heard(again) != 1 {
		t.Errorf("after a restart: %v", again.plays)
	}
	again.press("9")
	if !strings.HasSuffix(again.story(), "refused key, waits for support at 0s") {
		t.Error(again.story())
	}
	last := newNoticed(t, call.ConsentOptOut, again.past...)
	last.post(call.Resumed{Call: "c"})
	last.loop.Step(last.now, call.HungUp{Call: "c", Side: call.SideCaller})
	if heard(last) != 0 {
		t.Errorf("who has refused is asked again: %v", last.plays)
	}
	back := newNoticed(t, call.ConsentOptOut, append(again.past, call.Entry{Call: "c", Seq: 90, At: monday, Fact: call.SentBack{Queue: "support", Node: "support", Reason: "nobody"}})...)
	back.post(call.Resumed{Call: "c"})
	if heard(back) != 0 || strings.Count(back.story(), "waits for support") != 2 {
		t.Errorf("who comes back to the line is asked again: %s", back.story())
	}
}
