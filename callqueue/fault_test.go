package callqueue

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"presszero/call"
)

// bomb is a machine that fails over one event of a kind, or over one fact.
type bomb struct {
	over func(call.Event) bool
	fact func(call.Fact) bool
	left int
}

func (b *bomb) Step(_ *call.Step, ev call.Event) {
	if b.left > 0 && b.over != nil && b.over(ev) {
		b.left--
		panic("bomb")
	}
}
func (b *bomb) Heard(_ *call.Step, e call.Entry) {
	if b.left > 0 && b.fact != nil && b.fact(e.Fact) {
		b.left--
		panic("bomb")
	}
}
func (*bomb) Replay(call.Entry)                             {}
func (*bomb) Forget(*call.Step, call.ID)                    {}
func (*bomb) Free(*call.Step, call.AgentID, bool) []call.ID { return nil }

// faultyDay is a day with ana at work, one caller, and a machine that fails.
type faultyDay struct {
	*day
	bomb *bomb
	told int
}

func newFaultyDay(t *testing.T, first bool) *faultyDay {
	d := &faultyDay{day: newDay(t), bomb: &bomb{}}
	machines := []call.Machine{menus{}, d.bomb, d.line, call.NewRegister()}
	if !first {
		machines = []call.Machine{menus{}, d.line, d.bomb, call.NewRegister()}
	}
	d.loop = call.NewLoop(machines...)
	d.loop.OnPanic = func(_ call.Event, reason any) {
		if reason != "bomb" {
			t.Fatalf("a second failure: %v", reason)
		}
		d.told++
	}
	d.line.queues.group(d.line.queues.lineNamed("support"), "", 0)
	d.works("ana")
	return d
}

func (d *faultyDay) works(a call.AgentID) {
	d.postEvent(call.SignedIn{Agent: a, Shift: call.ID("s-" + a)})
	d.postEvent(call.MediaUp{Agent: a, Address: "x"})
	d.postEvent(call.Chose{Agent: a, Presence: call.Available})
}

// stages lead the caller c1 and ana to where the failure finds them.
var stages = map[call.AgentState]func(*faultyDay){
	call.Idle:       func(*faultyDay) {},
	call.Ringing:    func(d *faultyDay) { d.calls1() },
	call.Connecting: func(d *faultyDay) { d.calls1(); d.accept1() },
	call.Talking:    func(d *faultyDay) { d.calls1(); d.accept1(); d.bridge1() },
	call.WrapUp: func(d *faultyDay) {
		d.calls1()
		d.accept1()
		d.bridge1()
		d.hangsUp("c1")
	},
}

func (d *faultyDay) calls1() {
	d.up["c1"] = true
	d.postEvent(call.Arrived{Call: "c1", To: "support", From: "+34600000001"})
}
func (d *faultyDay) accept1() { d.postEvent(call.Accepted{Agent: "ana", Offer: call.OfferID("c1", 1)}) }
func (d *faultyDay) bridge1() {
	d.postEvent(call.Bridged{Call: "c1", Leg: call.LegID(call.OfferID("c1", 1))})
}

// failing are the events over which a decision fails, each about ana or c1.
var failing = []call.Event{
	call.SignedIn{Agent: "ana", Shift: "s-again"},
	call.Assigned{Agent: "ana", Queues: []string{"support", "billing"}},
	call.MediaUp{Agent: "ana", Address: "y"},
	call.MediaDown{Agent: "ana"},
	call.Chose{Agent: "ana", Presence: call.Away, Reason: "lunch"},
	call.Chose{Agent: "ana", Presence: call.Available},
	call.Accepted{Agent: "ana", Offer: call.OfferID("c1", 1)},
	call.Declined{Agent: "ana", Offer: call.OfferID("c1", 1)},
	call.GaveUp{Agent: "ana", Offer: call.OfferID("c1", 1)},
	call.Dialed{Agent: "ana", Call: "own", Number: "600000009"},
	call.AgentHungUp{Agent: "ana", Call: "c1"},
	call.Wrapped{Agent: "ana"},
	call.Left{Agent: "ana", Lost: true},
	call.TimerFired{Timer: call.Timer{Kind: ringTimer, Of: call.OfferID("c1", 1), Agent: "ana"}},
	call.TimerFired{Timer: call.Timer{Kind: connectTimer, Of: call.OfferID("c1", 1), Agent: "ana"}},
	call.TimerFired{Timer: call.Timer{Kind: wrapUpTimer, Of: "ana", Agent: "ana"}},
	call.TimerFired{Timer: call.Timer{Kind: mediaTimer, Of: "ana", Agent: "ana"}},
	call.TimerFired{Timer: call.Timer{Kind: speakTimer, Of: "c1", Gen: 1}},
	call.TimerFired{Timer: call.Timer{Kind: unstaffedTimer, Of: "support"}},
	call.DigitPressed{Call: "c1", Digit: "1"},
	call.PlayEnded{Call: "c1"},
	call.LegMade{Call: "c1", Leg: call.LegID(call.OfferID("c1", 1))},
	call.Bridged{Call: "c1", Leg: call.LegID(call.OfferID("c1", 1))},
	call.LegEnded{Call: "c1", Leg: call.LegID(call.OfferID("c1", 1))},
	call.Failed{Call: "c1", Leg: call.LegID(call.OfferID("c1", 1)), Command: "connect"},
	call.Resumed{Call: "c1"},
	call.HungUp{Call: "c1", Side: call.SideCaller},
	call.Learned{Queue: "support", Handle: 200},
	call.CallbackCancelled{Callback: "c1"},
}

// TestFailedDecisionBindsNobody: whatever the event is about, and whatever goes
// on, when a decision fails the agent is free (or signed out) and her page says
// so, the caller waits, talks or is in the fallback, and both can go on.
func TestFailedDecisionBindsNobody(t *testing.T) {
	for stage, lead := range stages {
		for _, ev := range failing {
			for _, first := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s/%T%+v/first=%v", stage, ev, ev, first), func(t *testing.T) {
					d := newFaultyDay(t, first)
					lead(d)
					kind := reflect.TypeOf(ev)
					d.bomb.over, d.bomb.left = func(e call.Event) bool { return reflect.TypeOf(e) == kind }, 1
					if gone, is := ev.(call.HungUp); is {
						delete(d.up, gone.Call)
					}
					d.postEvent(ev)
					if d.told != 1 {
						t.Fatalf("failed %d times", d.told)
					}
					d.nobodyBound(t, ev)
					if d.line.floor.agents["ana"] == nil {
						d.works("ana")
					}
					d.postEvent(call.MediaUp{Agent: "ana", Address: "x"})
					d.postEvent(call.Wrapped{Agent: "ana"})
					d.postEvent(call.Chose{Agent: "ana", Presence: call.Available})
					d.serves(t)
					d.evening()
				})
			}
		}
	}
}

// nobodyBound: an agent's own event leaves her with nobody.
func (d *faultyDay) nobodyBound(t *testing.T, ev call.Event) {
	t.Helper()
	a := d.line.floor.agents["ana"]
	if call.AgentOf(ev) != "ana" {
		return
	}
	if _, left := ev.(call.Left); left {
		if a != nil {
			t.Fatalf("her page is gone, and she is %s", a.state)
		}
		return
	}
	// Where the line had decided before the failure, she may be signed out.
	if a != nil && (a.visit != nil || a.state != call.Idle || a.reason != call.ReasonFault) {
		t.Fatalf("she is %s (%s) with %v", a.state, a.reason, a.visit)
	}
	if c := d.line.callers["c1"]; c != nil && c.visit != nil && c.visit.state != Waiting {
		t.Fatalf("her caller is %s", c.visit.state)
	}
}

// serves: a further caller is served by ana, after those who wait.
func (d *faultyDay) serves(t *testing.T) {
	t.Helper()
	d.up["c2"] = true
	d.postEvent(call.Arrived{Call: "c2", To: "support", From: "+34600000002"})
	for range 5 {
		if offer := d.offers["ana"]; offer != "" {
			d.postEvent(call.Accepted{Agent: "ana", Offer: offer})
		}
		for _, leg := range sorted(d.legs) {
			if c := d.legs[leg]; d.up[c] {
				d.postEvent(call.Bridged{Call: c, Leg: leg})
				if d.talks["ana"] == "c2" {
					return
				}
				d.hangsUp(c)
			}
		}
		d.passTime(30 * time.Second) // after-call work
		d.postEvent(call.Chose{Agent: "ana", Presence: call.Available})
	}
	t.Fatalf("c2 was never served; ana is %+v", d.line.floor.agents["ana"])
}

// TestCallThatFailsEveryAgent: a caller over whom every decision about an agent
// fails does not take one agent after another away from work.
func TestCallThatFailsEveryAgent(t *testing.T) {
	d := newFaultyDay(t, true)
	for _, a := range []call.AgentID{"ben", "cho", "dee"} {
		d.works(a)
	}
	d.bomb.over, d.bomb.left = func(ev call.Event) bool { _, is := ev.(call.Accepted); return is }, 99
	d.calls1()
	for range 4 {
		for _, a := range sorted(d.offers) {
			d.postEvent(call.Accepted{Agent: a, Offer: d.offers[a]})
		}
	}
	away := 0
	for _, a := range d.line.floor.agents {
		if a.presence == call.Away {
			away++
		}
	}
	if away != 2 || d.up["c1"] {
		t.Errorf("%d agents are set aside, the caller is here: %v; want two agents and the fallback", away, d.up["c1"])
	}
	d.bomb.left = 0
	d.evening()
}

// TestFactThatFails: a fact that another machine cannot hear ends its call, and
// the rest of the step is done.
func TestFactThatFails(t *testing.T) {
	d := newFaultyDay(t, true)
	d.bomb.fact, d.bomb.left = func(f call.Fact) bool { _, is := f.(call.OfferStarted); return is }, 1
	d.calls1()
	if a := d.line.floor.agents["ana"]; d.up["c1"] || a.state != call.Idle || !a.canTakeOffer() {
		t.Fatalf("the caller is here: %v; ana is %s %s", d.up["c1"], a.presence, a.state)
	}
	d.serves(t)
	d.evening()
}

// failingPolicy fails where the real one answers.
type failingPolicy struct {
	policy
	left *int
}

func (p failingPolicy) Permit(now time.Time, number string, by call.AgentID) error {
	if *p.left > 0 {
		*p.left--
		panic("bomb")
	}
	return p.policy.Permit(now, number, by)
}

func (p failingPolicy) Awake(now time.Time, number string, from, until time.Duration) time.Time {
	if *p.left > 0 {
		*p.left--
		panic("bomb")
	}
	return p.policy.Awake(now, number, from, until)
}

// TestFailedCallbackIsOwed: a decision fails in the middle of an offer of a
// callback, for whatever event; the promise stands, and she is free.
func TestFailedCallbackIsOwed(t *testing.T) {
	for fails := 1; fails <= 2; fails++ {
		left := 0
		d := newFaultyDay(t, true)
		d.line.Outbound = failingPolicy{left: &left}
		d.postEvent(call.Chose{Agent: "ana", Presence: call.Away})
		d.postEvent(call.CallbackOrdered{Callback: "cb", Queue: "support", Number: "600000001", Since: d.now})
		d.passTime(time.Second)
		left = fails
		d.postEvent(call.Chose{Agent: "ana", Presence: call.Available})
		if c := d.line.callers["cb"]; c == nil || c.visit == nil || c.visit.state != Parked {
			t.Fatalf("the promise is %+v", c)
		}
		left = 0
		d.postEvent(call.Chose{Agent: "ana", Presence: call.Available})
		d.serves(t)
		d.evening()
	}
}
