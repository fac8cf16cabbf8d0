package callqueue

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"presszero/call"
	"presszero/call/calltest"
)

// day is a random day: callers, agents and a switch that do whatever people
// and switches do, in any order, and a judge who knows what must hold.
type day struct {
	t      *rapid.T
	loop   *call.Loop
	line   *Machine
	now    time.Time
	past   []call.Entry
	calls  int
	up     map[call.ID]bool        // channels that exist
	legs   map[string]call.ID      // legs that were ordered and not dropped
	offers map[call.AgentID]string // open offer, as the page shows it
	talks  map[call.AgentID]call.ID
	shifts int

	outcomes map[string]call.Outcome // by visit
	open     map[string]call.ID      // visits without an outcome
	ended    map[call.ID]bool
}

func newDay(t *rapid.T) *day {
	d := &day{t: t, now: calltest.Start, up: map[call.ID]bool{}, legs: map[string]call.ID{},
		offers: map[call.AgentID]string{}, talks: map[call.AgentID]call.ID{},
		outcomes: map[string]call.Outcome{}, open: map[string]call.ID{}, ended: map[call.ID]bool{}}
	d.begin()
	return d
}

func (d *day) begin() {
	d.line = queues()
	d.loop = call.NewLoop(menus{}, d.line, call.NewRegister())
	d.loop.OnPanic = func(ev call.Event, reason any) { d.t.Fatalf("%#v: %v", ev, reason) }
}

func (d *day) post(ev call.Event) { d.judge(d.loop.Step(d.now, ev)) }

// pass lets time pass; timers fire on their way.
func (d *day) pass(by time.Duration) {
	until := d.now.Add(by)
	for {
		at, ok := d.loop.Next()
		if !ok || at.After(until) {
			break
		}
		d.now = at
		fx, _ := d.loop.Fire(at)
		d.judge(fx)
	}
	d.now = until
}

// judge checks what must hold after every step.
func (d *day) judge(fx call.Effects) {
	for _, e := range fx.Facts {
		d.past = append(d.past, e)
		switch f := e.Fact.(type) {
		case call.QueueEntered:
			d.open[f.Visit] = e.Call
		case call.QueueLeft:
			if had, ok := d.outcomes[f.Visit]; ok {
				d.t.Fatalf("visit %s ended twice: %s, then %s", f.Visit, had, f.Outcome)
			}
			if _, ok := d.open[f.Visit]; !ok {
				d.t.Fatalf("visit %s ended without having begun", f.Visit)
			}
			delete(d.open, f.Visit)
			d.outcomes[f.Visit] = f.Outcome
		case call.OfferStarted:
			d.firstInLine(f)
		case call.CallEnded:
			if d.ended[e.Call] {
				d.t.Fatalf("call %s ended twice", e.Call)
			}
			d.ended[e.Call] = true
			for v, c := range d.open {
				if c == e.Call {
					d.t.Fatalf("call %s is over and its visit %s has no outcome", c, v)
				}
			}
		default:
			if d.ended[e.Call] {
				d.t.Fatalf("%s after the end of %s", f.Kind(), e.Call)
			}
		}
	}
	for _, c := range fx.Commands {
		d.carry(c)
	}
	d.floor()
}

// carry does to the outside what was ordered.
func (d *day) carry(c call.Command) {
	switch c := c.(type) {
	case call.Connect:
		d.legs[c.Leg] = c.Call
	case call.DropLeg:
		delete(d.legs, c.Leg)
	case call.HangUp:
		if d.up[c.Call] {
			delete(d.up, c.Call)
			defer d.post(call.HungUp{Call: c.Call, Side: call.SideUs})
		}
	case call.Show:
		delete(d.offers, c.Agent)
		delete(d.talks, c.Agent)
		if c.Desk.Offer != nil && c.Desk.State == call.Ringing {
			d.offers[c.Agent] = c.Desk.Offer.Offer
		}
		if c.Desk.Talk != nil {
			d.talks[c.Agent] = c.Desk.Talk.Call
		}
	}
}

// firstInLine: who is offered must have the smallest key of all who wait in
// that queue.
func (d *day) firstInLine(f call.OfferStarted) {
	v := d.line.offers[f.Offer]
	if v == nil {
		return // over within the same step
	}
	for _, g := range d.line.lines[v.queue].groups {
		if len(g.waiting) == 0 {
			continue
		}
		w := g.waiting[0]
		if w.before(v) && w.entered.Before(d.now) && d.line.agents[f.Agent].serves(g) && !w.hasTried(f.Agent) {
			d.t.Fatalf("%s was offered before %s, who stands in front", v.id, w.id)
		}
	}
}

// floor: nobody waits for a free agent, no agent has two callers, no caller
// two agents.
func (d *day) floor() {
	for _, a := range d.line.agents {
		if !a.free() {
			continue
		}
		for _, g := range d.line.groups {
			for _, v := range g.waiting {
				if a.serves(g) && d.line.may(v, a, d.now) {
					d.t.Fatalf("%s waits while %s is free", v.id, a.id)
				}
			}
		}
	}
	with := map[*visit]call.AgentID{}
	for id, a := range d.line.agents {
		busy := a.state == call.Ringing || a.state == call.Connecting || a.state == call.Talking
		if busy != (a.visit != nil) {
			d.t.Fatalf("%s is %s with visit %v", id, a.state, a.visit)
		}
		if a.visit != nil {
			if other, ok := with[a.visit]; ok {
				d.t.Fatalf("%s and %s both have %s", id, other, a.visit.id)
			}
			with[a.visit] = id
			if a.visit.agent != id {
				d.t.Fatalf("%s has %s, which thinks it is with %q", id, a.visit.id, a.visit.agent)
			}
		}
	}
}

func pick[T comparable](t *rapid.T, from []T, label string) (T, bool) {
	var none T
	if len(from) == 0 {
		return none, false
	}
	return rapid.SampledFrom(from).Draw(t, label), true
}

func (d *day) callers() []call.ID {
	var ids []call.ID
	for i := 1; i <= d.calls; i++ {
		if id := call.ID(fmt.Sprintf("c%d", i)); d.up[id] {
			ids = append(ids, id)
		}
	}
	return ids
}

var staff = []call.AgentID{"ana", "ben", "cho"}

func TestRandomDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newDay(t)
		agent := func() call.AgentID { return rapid.SampledFrom(staff).Draw(t, "agent") }
		legOf := func() (string, call.ID, bool) {
			for _, c := range d.callers() {
				for _, leg := range slices.Sorted(maps.Keys(d.legs)) {
					if d.legs[leg] == c && rapid.Bool().Draw(t, "this leg") {
						return leg, c, true
					}
				}
			}
			return "", "", false
		}
		t.Repeat(map[string]func(*rapid.T){
			"arrive": func(t *rapid.T) {
				d.calls++
				id := call.ID(fmt.Sprintf("c%d", d.calls))
				d.up[id] = true
				d.post(call.Arrived{Call: id, To: rapid.SampledFrom([]string{"support", "billing"}).Draw(t, "queue")})
			},
			"hang up": func(t *rapid.T) {
				if c, ok := pick(t, d.callers(), "caller"); ok {
					delete(d.up, c)
					side := rapid.SampledFrom([]call.Side{call.SideCaller, call.SideCaller, call.SideSystem}).Draw(t, "side")
					d.post(call.HungUp{Call: c, Side: side})
					d.post(call.HungUp{Call: c, Side: side}) // told twice
				}
			},
			"sign in": func(t *rapid.T) {
				a := agent()
				d.shifts++
				q := rapid.SampledFrom([][]string{nil, {"support"}, {"billing"}}).Draw(t, "queues")
				d.post(call.SignedIn{Agent: a, Queues: q, Shift: call.ID(fmt.Sprintf("s%d", d.shifts))})
				d.post(call.MediaUp{Agent: a, Address: "x"})
				d.post(call.Chose{Agent: a, Presence: call.Available})
			},
			"choose":      func(t *rapid.T) { d.post(call.Chose{Agent: agent(), Presence: call.Available}) },
			"break":       func(t *rapid.T) { d.post(call.Chose{Agent: agent(), Presence: call.Away, Reason: "lunch"}) },
			"tab closed":  func(t *rapid.T) { d.post(call.Left{Agent: agent(), Lost: true}) },
			"media down":  func(t *rapid.T) { d.post(call.MediaDown{Agent: agent()}) },
			"media up":    func(t *rapid.T) { d.post(call.MediaUp{Agent: agent(), Address: "y"}) },
			"wrapped":     func(t *rapid.T) { d.post(call.Wrapped{Agent: agent()}) },
			"stale offer": func(t *rapid.T) { d.post(call.Accepted{Agent: agent(), Offer: "c1.o1"}) },
			"accept": func(t *rapid.T) {
				a := agent()
				d.post(call.Accepted{Agent: a, Offer: d.offers[a]})
			},
			"accept and bridge": func(t *rapid.T) {
				a := agent()
				offer := d.offers[a]
				d.post(call.Accepted{Agent: a, Offer: offer})
				leg := call.LegID(offer)
				if c, ok := d.legs[leg]; ok && d.up[c] {
					d.post(call.LegMade{Call: c, Leg: leg, Remote: "r"})
					d.post(call.Bridged{Call: c, Leg: leg})
				}
			},
			"decline": func(t *rapid.T) {
				a := agent()
				d.post(call.Declined{Agent: a, Offer: d.offers[a]})
			},
			"agent hangs up": func(t *rapid.T) {
				a := agent()
				d.post(call.AgentHungUp{Agent: a, Call: d.talks[a]})
			},
			"bridged": func(t *rapid.T) {
				if leg, c, ok := legOf(); ok {
					d.post(call.Bridged{Call: c, Leg: leg})
				}
			},
			"leg broke": func(t *rapid.T) {
				if leg, c, ok := legOf(); ok {
					d.post(call.LegEnded{Call: c, Leg: leg})
				}
			},
			"connect failed": func(t *rapid.T) {
				if leg, c, ok := legOf(); ok {
					d.post(call.Failed{Call: c, Command: "Connect", Leg: leg, Why: "busy"})
				}
			},
			"restart": func(t *rapid.T) {
				d.begin()
				d.loop.Replay(d.past)
				d.offers, d.talks = map[call.AgentID]string{}, map[call.AgentID]call.ID{}
				for _, c := range d.callers() {
					leg := ""
					if talk, ok := d.line.Talks()[c]; ok && rapid.Bool().Draw(t, "leg lives") {
						leg = talk.Leg
					}
					d.post(call.Resumed{Call: c, Leg: leg})
				}
			},
			"time": func(t *rapid.T) {
				d.pass(time.Duration(rapid.IntRange(1, 20_000).Draw(t, "ms")) * time.Millisecond)
			},
			"": func(t *rapid.T) {},
		})
		d.evening()
	})
}

// evening: everybody hangs up, and the books must balance.
func (d *day) evening() {
	for _, c := range d.callers() {
		delete(d.up, c)
		d.post(call.HungUp{Call: c, Side: call.SideCaller})
	}
	d.pass(time.Hour)
	if len(d.open) > 0 {
		d.t.Fatalf("visits without an outcome: %v", d.open)
	}
	if len(d.ended) != d.calls {
		d.t.Fatalf("%d calls, %d ended", d.calls, len(d.ended))
	}
	if len(d.legs) > 0 {
		d.t.Fatalf("legs left behind: %v", d.legs)
	}
	if n := len(d.line.callers) + len(d.line.offers); n > 0 {
		d.t.Fatalf("%d callers and offers left in memory", n)
	}
	for id, a := range d.line.agents {
		if a.visit != nil || a.state != call.Idle {
			d.t.Fatalf("%s is %s when all have gone home", id, a.state)
		}
	}
}
