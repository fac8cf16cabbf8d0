package ivr

import (
	"slices"
	"testing"
	"time"

	"presszero/call"
)

const directedFlow = `version: 1
language: en
languages: [en, ko]
person: support
queues: {support: {}, billing: {}, sales: {}}
numbers:
  "100": welcome
  "200": {node: welcome, language: ko}
  "300": other
nodes:
  welcome: {say: greeting, short: hello, then: main}
  main: {menu: main, keys: {"1": billing, "2": welcome}}
  billing: {queue: billing}
  other: {say: greeting, short: hello, then: sales}
  sales: {queue: sales}
prompts:
  greeting: {en: "Welcome to the house of many words.", ko: "어서 오십시오. 고객 상담실입니다."}
  hello: {en: Hello., ko: 안녕하세요.}
  main: {en: "For billing, press 1. For the greeting, press 2. For a person, press 0.", ko: "결제는 1번, 인사말은 2번, 상담원은 0번을 눌러 주십시오."}
`

// directed is a caller in the menus, and a supervisor.
type directed struct {
	*testing.T
	loop  *call.Loop
	now   time.Time
	past  []call.Entry
	plays []call.Play
}

func newDirected(t *testing.T, past ...call.Entry) *directed {
	t.Helper()
	flow, err := Parse("flow.yaml", []byte(directedFlow))
	if err != nil {
		t.Fatal(err)
	}
	m := New(flow, "e", func(string) time.Duration { return 2 * time.Second })
	d := &directed{T: t, loop: call.NewLoop(call.NewDirectives(), m, call.NewRegister()), now: monday, past: past}
	d.loop.OnPanic = func(ev call.Event, reason any) { t.Errorf("%#v: %v", ev, reason) }
	d.loop.Replay(past)
	return d
}

func (d *directed) post(ev call.Event) { d.take(d.loop.Step(d.now, ev)) }

func (d *directed) take(fx call.Effects) {
	d.past = append(d.past, fx.Facts...)
	for _, c := range fx.Commands {
		if p, is := c.(call.Play); is {
			d.plays = append(d.plays, p)
		}
	}
}

// wait lets time pass, and timers fire.
func (d *directed) wait(long time.Duration) {
	until := d.now.Add(long)
	for at, set := d.loop.Next(); set && !at.After(until); at, set = d.loop.Next() {
		d.now = at
		fx, _ := d.loop.Fire(at)
		d.take(fx)
	}
	d.now = until
}

// heard has the caller hear what is said to its end, and returns what it is.
func (d *directed) heard(c call.ID) []string {
	d.Helper()
	if len(d.plays) == 0 {
		d.Fatal("nothing is said")
	}
	p := d.plays[len(d.plays)-1]
	d.plays = nil
	d.post(call.PlayEnded{Call: c, Play: p.Play})
	return p.Prompts
}

// hears checks what the caller hears next.
func (d *directed) hears(c call.ID, want ...string) {
	d.Helper()
	if got := d.heard(c); !slices.Equal(got, want) {
		d.Errorf("%s hears %q, want %q", c, got, want)
	}
}

func (d *directed) direct(id call.ID, o call.Directive, long time.Duration) {
	o.By, o.Until = "eva", d.now.Add(long)
	d.post(call.DirectiveSet{ID: id, Directive: o})
}

// TestShortAtPeak: a node says its short prompt while a queue to which it leads has a
// peak, or that of the person, to whom 0 leads from anywhere.
func TestShortAtPeak(t *testing.T) {
	d := newDirected(t)
	d.direct("d1", call.Directive{What: call.PeakDirective, Queue: "billing"}, time.Hour)
	d.post(call.Arrived{Call: "c1", To: "100"})
	d.hears("c1", "hello")
	d.post(call.Arrived{Call: "c2", To: "300"})
	d.hears("c2", "greeting")
	d = newDirected(t, d.past...)
	d.wait(time.Minute)
	d.post(call.Arrived{Call: "c3", To: "100"})
	d.hears("c3", "hello")
	d.post(call.DirectiveLifted{What: call.PeakDirective, Queue: "billing", By: "eva"})
	d.post(call.Arrived{Call: "c4", To: "100"})
	d.hears("c4", "greeting")
	d.direct("d2", call.Directive{What: call.PeakDirective, Queue: "support"}, time.Hour)
	d.post(call.Arrived{Call: "c5", To: "300"})
	d.hears("c5", "hello")
}

// TestEmergency: whoever comes while it holds hears it before anything else, in the voice
// of the number's language, also after a restart; who is in the menus already does not.
func TestEmergency(t *testing.T) {
	d := newDirected(t)
	d.post(call.Arrived{Call: "c0", To: "100"})
	d.hears("c0", "greeting")
	before := len(d.plays)
	d.direct("d1", call.Directive{What: call.EmergencyDirective, Text: "No power."}, time.Hour)
	if len(d.plays) != before {
		t.Errorf("a caller in the menus hears %v", d.plays)
	}
	for what, d := range map[string]*directed{"": d, "after a restart ": newDirected(t, d.past...)} {
		d.plays = nil
		d.post(call.Arrived{Call: "c1", To: "100"})
		d.hears("c1", "say:en:No power.")
		d.hears("c1", "greeting")
		d.post(call.Arrived{Call: "c2", To: "200"})
		d.hears("c2", "say:ko:No power.")
		d.hears("c2", "ko/greeting")
		d.post(call.Arrived{Call: "c3", To: "999"}) // a number that no flow has
		d.hears("c3", "say:en:No power.")
		if len(d.plays) > 0 {
			t.Errorf("%swho waits for a person hears %v", what, d.plays)
		}
		d.wait(time.Hour)
		d.plays = nil
		d.post(call.Arrived{Call: "c4", To: "100"})
		d.hears("c4", "greeting")
	}
}

// TestEmergencyKeys: 0 leads to a person during the text; another key is meant for the
// menu. A text that is never told to be over, or cannot be played, leads on; a recording
// is as good as a text.
func TestEmergencyKeys(t *testing.T) {
	left := func(d *directed, c call.ID) (queue string) {
		for _, e := range d.past {
			if f, is := e.Fact.(call.MenuLeft); is && e.Call == c {
				queue = f.Queue + " by " + f.Reason
			}
		}
		return queue
	}
	d := newDirected(t)
	d.direct("d1", call.Directive{What: call.EmergencyDirective, Sound: "5f0c", Length: 4}, time.Hour)
	d.post(call.Arrived{Call: "c1", To: "100"})
	d.post(call.DigitPressed{Call: "c1", Digit: "0"})
	if got := left(d, "c1"); got != "support by zero" {
		t.Errorf("0 leads to %q", got)
	}
	d.post(call.Arrived{Call: "c2", To: "100"})
	d.post(call.DigitPressed{Call: "c2", Digit: "1"})
	d.hears("c2", "recording:5f0c")
	if got := left(d, "c2"); got != "" {
		t.Errorf("1 leads past the greeting to %q", got)
	}
	d.hears("c2", "greeting")
	if got := left(d, "c2"); got != "billing by chosen" {
		t.Errorf("1 leads to %q", got)
	}
	d.post(call.Arrived{Call: "c3", To: "100"})
	d.plays = nil
	d.wait(4*time.Second + patience)
	d.hears("c3", "greeting")
	d.post(call.Arrived{Call: "c4", To: "100"})
	d.post(call.PlayEnded{Call: "c4", Play: d.plays[len(d.plays)-1].Play, Failed: true})
	d.hears("c4", "greeting")
	d.post(call.Arrived{Call: "c5", To: "100"})
	d.post(call.HungUp{Call: "c5", Side: call.SideCaller})
	if end, is := d.past[len(d.past)-1].Fact.(call.CallEnded); !is || end.Outcome != call.AbandonedIVR {
		t.Errorf("who hangs up during it is %+v", d.past[len(d.past)-1])
	}
}
