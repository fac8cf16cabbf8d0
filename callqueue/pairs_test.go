package callqueue

import (
	"flag"
	"fmt"
	"math/big"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/calltest"
	"presszero/ivr"
)

// The moments that cost callers are those in which two things happen at once:
// a caller hangs up while an agent accepts. One goroutine decides, so of two
// such things one comes first, and every order can be tried: a transcript is
// played with a hang-up after each of its steps and, beside it, something of
// the agent's or the leg's after each other step.

// thorough has all pairs played and all orders of six events. It takes minutes
// and is for who has changed something here:
//
//	go test ./callqueue -run 'Beside|Orders' -v -thorough
var thorough = flag.Bool("thorough", false, "play all pairs of events and all orders of six")

// beside is what happens beside the hang-up. It comes to whoever it may come
// to at that moment; where nobody is offered a caller, it is about an offer of
// before.
var beside = map[string]func(*day){
	"accept": func(d *day) {
		d.answers(func(a call.AgentID, o string) call.Event { return call.Accepted{Agent: a, Offer: o} })
	},
	"decline": func(d *day) {
		d.answers(func(a call.AgentID, o string) call.Event { return call.Declined{Agent: a, Offer: o} })
	},
	"agent gone": func(d *day) { d.allAgents(func(a call.AgentID) { d.postEvent(call.Left{Agent: a, Lost: true}) }) },
	"media lost": func(d *day) { d.allAgents(func(a call.AgentID) { d.postEvent(call.MediaDown{Agent: a}) }) },
	"bridged": func(d *day) {
		d.allLegs(func(c call.ID, leg string) call.Event { return call.Bridged{Call: c, Leg: leg} })
	},
	"bridge failed": func(d *day) {
		d.allLegs(func(c call.ID, leg string) call.Event {
			return call.Failed{Call: c, Command: "connect", Leg: leg, Why: "busy"}
		})
	},
	"restart": func(d *day) { d.restart(func() bool { return true }) },
}

func (d *day) answers(with func(call.AgentID, string) call.Event) {
	if len(d.offers) == 0 {
		d.allAgents(func(a call.AgentID) { d.postEvent(with(a, "c1.o1")) })
		return
	}
	for _, a := range sorted(d.offers) {
		d.postEvent(with(a, d.offers[a]))
	}
}

func (d *day) allAgents(f func(call.AgentID)) {
	for _, a := range sorted(d.line.floor.agents) {
		f(a)
	}
}

func (d *day) allLegs(news func(call.ID, string) call.Event) {
	for _, leg := range sorted(d.legs) {
		if c := d.legs[leg]; d.up[c] || d.answer[c] {
			d.postEvent(news(c, leg))
		}
	}
}

// hangsUp: the phone of this caller or customer goes down, if it is up.
func (d *day) hangsUp(c call.ID) {
	if d.up[c] || d.answer[c] {
		delete(d.up, c)
		delete(d.answer, c)
		delete(d.playing, c)
		d.postEvent(call.HungUp{Call: c, Side: call.SideCaller})
	}
}

// happens lets the outside be as a transcript says. News that no switch could
// tell any more, because things have gone another way, is left out; what it
// might still tell late is not.
func (d *day) happens(ev call.Event) {
	if isJoin(call.CallOf(ev)) {
		if d.joinHappens(ev) {
			d.postEvent(ev)
		}
		return
	}
	switch ev := ev.(type) {
	case call.Arrived:
		d.up[ev.Call] = true
	case call.HungUp:
		delete(d.up, ev.Call)
		delete(d.answer, ev.Call)
		delete(d.playing, ev.Call)
	case call.PlayEnded:
		if d.playing[ev.Call] == ev.Play {
			delete(d.playing, ev.Call)
		}
	case call.DialRinging:
		if d.dials[ev.Dial] == "" {
			return
		}
	case call.DialAnswered:
		if d.dials[ev.Dial] == "" {
			return
		}
		delete(d.dials, ev.Dial)
		d.answer[ev.Call] = true
	case call.DialFailed:
		if d.dials[ev.Dial] == "" {
			return
		}
		delete(d.dials, ev.Dial)
	case call.Resumed:
		return // restart has told it
	}
	d.postEvent(ev)
}

// pause is what a step of a day is, beside what happens: the moment at which it
// does, which may be that of a timer only.
type pause struct {
	at time.Duration
	calltest.Step
}

func (d *day) playStep(p pause) {
	d.passTime(calltest.Start.Add(p.at).Sub(d.now))
	switch {
	case p.Restart:
		d.restart(func() bool { return true })
	case p.Event != nil:
		d.happens(p.Event)
	}
}

// script is a transcript to be played again and again.
type script struct {
	steps []pause
	who   map[call.ID]int // callers, and customers called, each with the step at which they are first there
}

// readSteps returns the transcript's steps and, between them, those at which a timer
// does something.
func (c *script) readSteps(t *testing.T, path string, d *day) {
	lines, err := calltest.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	c.who = map[call.ID]int{}
	for _, s := range lines {
		for due, ok := d.loop.Next(); ok && due.Sub(calltest.Start) < s.At; due, ok = d.loop.Next() {
			said := d.did
			if d.passTime(due.Sub(d.now)); d.did > said {
				c.steps = append(c.steps, pause{at: due.Sub(calltest.Start)})
			}
		}
		c.steps = append(c.steps, pause{s.At, s})
		d.playStep(c.steps[len(c.steps)-1])
		for _, there := range append(sorted(d.up), sorted(d.answer)...) {
			if _, known := c.who[there]; !known {
				c.who[there] = len(c.steps) - 1
			}
		}
	}
	d.evening()
}

// wrong is a judgement, on its way to whoever knows what was played.
type wrong string

type court struct{}

func (court) Fatalf(format string, args ...any) { panic(wrong(fmt.Sprintf(format, args...))) }

// judged runs f and returns what was wrong, "" if nothing.
func judged(f func()) (what string) {
	defer func() {
		if r := recover(); r != nil {
			w, ok := r.(wrong)
			if !ok {
				panic(r)
			}
			what = string(w)
		}
	}()
	f()
	return ""
}

// TestHangUpBesideAll plays every transcript with a hang-up of each caller
// after every step, and beside it an accept, a refusal, a lost page, a broken
// or made bridge, or a restart after every step: all pairs.
func TestHangUpBesideAll(t *testing.T) {
	var total atomic.Int64
	for _, path := range transcripts(t) {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(path), "../"), ".txt")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var c script
			c.readSteps(t, path, dayFor(path, t))
			total.Add(int64(c.pairs(t, path)))
		})
	}
	t.Cleanup(func() { t.Logf("%d combinations", total.Load()) })
}

// mostPairs is about how many pairs of a transcript are played, unless all are.
const mostPairs = 400

// every returns which of the pairs are played: each so-manieth, a prime number,
// so that each step and kind has its turn.
func (c *script) every() int {
	if *thorough {
		return 1
	}
	all := 0
	for _, first := range c.who {
		all += len(beside) * (len(c.steps) - first) * len(c.steps)
	}
	n := max(11, all/mostPairs)
	for !big.NewInt(int64(n)).ProbablyPrime(0) {
		n++
	}
	return n
}

// pairs plays some of the pairs, or all, and returns how many.
func (c *script) pairs(t *testing.T, path string) (played int) {
	n, every := 0, c.every()
	for _, victim := range sorted(c.who) {
		for _, kind := range sorted(beside) {
			for i := c.who[victim]; i < len(c.steps); i++ {
				for j := range c.steps {
					for _, first := range []bool{true, false}[:1+boolToInt(i == j)] {
						if n++; n%every != 0 {
							continue
						}
						played++
						if what := judged(func() { playPair(dayFor(path, court{}), c.steps, victim, kind, i, j, first) }); what != "" {
							t.Fatalf("%s hangs up after step %d (%s), %s after step %d (%s):\n%s",
								victim, i, c.steps[i].at, kind, j, c.steps[j].at, what)
						}
					}
				}
			}
		}
	}
	return played
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// playPair plays the steps with the two things in between.
func playPair(d *day, all []pause, victim call.ID, kind string, i, j int, hangUpFirst bool) {
	for k, p := range all {
		d.playStep(p)
		if k == i && (i != j || hangUpFirst) {
			d.hangsUp(victim)
		}
		if k == j {
			beside[kind](d)
		}
		if k == i && i == j && !hangUpFirst {
			d.hangsUp(victim)
		}
	}
	d.evening()
}

func transcripts(t *testing.T) []string {
	var all []string
	calendar := "../ivr/testdata/site/dst-night.txt" // weeks in few steps
	for _, pattern := range []string{"testdata/*.txt", "testdata/whole/*.txt", "../ivr/testdata/*.txt", "../ivr/testdata/site/*.txt"} {
		paths, _ := filepath.Glob(pattern)
		if len(paths) < 3 {
			t.Fatalf("only %d transcripts match %s", len(paths), pattern)
		}
		all = append(all, slices.DeleteFunc(paths, func(p string) bool { return p == calendar })...)
	}
	return all
}

// dayFor begins the day of a transcript: the line alone, or behind the real
// menus, with two agents at work.
func dayFor(path string, j judge) *day {
	d := newDay(j)
	if !strings.Contains(path, "testdata/site") && !strings.Contains(path, "testdata/whole") && !strings.HasPrefix(path, "../ivr") {
		return d
	}
	flow := shippedFlow()
	if strings.Contains(path, "testdata/site") {
		flow = siteFlow()
	}
	d.menus = func() call.Machine { return ivr.New(flow, "e", seconds2) }
	d.begin()
	if strings.HasPrefix(path, "../ivr") {
		for i, a := range []call.AgentID{"ana", "ben"} {
			d.postEvent(call.SignedIn{Agent: a, Shift: call.ID(fmt.Sprint("s", i))})
			d.postEvent(call.MediaUp{Agent: a, Address: "x"})
			d.postEvent(call.Chose{Agent: a, Presence: call.Available})
		}
	}
	return d
}
