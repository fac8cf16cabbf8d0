package callqueue

import (
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/calltest"
)

// TestConfigure: settings change under those who wait. An agent who answers
// after the change wraps up as the new settings say; a new queue is served.
func TestConfigure(t *testing.T) {
	m := New(Settings{Name: "support", WrapUp: time.Hour})
	loop := call.NewLoop(menus{}, m, call.NewRegister())
	loop.OnPanic = func(ev call.Event, reason any) { t.Fatalf("%#v: %v", ev, reason) }
	step := func(ev call.Event) call.Effects { return loop.Step(calltest.Start, ev) }
	step(call.Arrived{Call: "c1", To: "support"})
	m.Configure(Settings{Name: "support"}, Settings{Name: "sales", WrapUp: time.Minute})
	step(call.SignedIn{Agent: "ana", Shift: "s"})
	step(call.MediaUp{Agent: "ana", Address: "x"})
	step(call.Chose{Agent: "ana", Presence: call.Available})
	for _, c := range []struct {
		id   call.ID
		then call.AgentState
	}{{"c1", call.Idle}, {"c2", call.WrapUp}} {
		if c.id == "c2" {
			step(call.Arrived{Call: "c2", To: "sales"})
		}
		offer := call.OfferID(c.id, 1)
		step(call.Accepted{Agent: "ana", Offer: offer})
		step(call.Bridged{Call: c.id, Leg: call.LegID(offer)})
		if m.floor.agents["ana"].state != call.Talking {
			t.Fatalf("with %s ana is %s", c.id, m.floor.agents["ana"].state)
		}
		step(call.HungUp{Call: c.id, Side: call.SideCaller})
		if got := m.floor.agents["ana"].state; got != c.then {
			t.Errorf("after %s ana is %s, want %s", c.id, got, c.then)
		}
	}
}

// TestConfigureWeights: the weight of a queue counts from the next caller on,
// also for agents who are there and callers who wait.
func TestConfigureWeights(t *testing.T) {
	m := New(Settings{Name: "support"}, Settings{Name: "vip"})
	loop := call.NewLoop(menus{}, m, call.NewRegister())
	loop.OnPanic = func(ev call.Event, reason any) { t.Fatalf("%#v: %v", ev, reason) }
	now := calltest.Start
	step := func(ev call.Event) {
		now = now.Add(time.Second)
		loop.Step(now, ev)
	}
	step(call.SignedIn{Agent: "ana", Shift: "s"})
	step(call.MediaUp{Agent: "ana", Address: "x"})
	step(call.Arrived{Call: "c1", To: "support"})
	step(call.Arrived{Call: "c2", To: "vip"})
	m.Configure(Settings{Name: "vip", Weight: 2})
	step(call.Chose{Agent: "ana", Presence: call.Available})
	if v := m.floor.agents["ana"].visit; v == nil || v.queue != "vip" {
		t.Errorf("ana is offered %+v", v)
	}
}

// TestConfigurePatience: a caller who waits is let wait as long as the settings
// of now say, not those of when the wait began.
func TestConfigurePatience(t *testing.T) {
	m := New(Settings{Name: "support", MaxWait: time.Minute, TooLong: call.Exit{Node: "message"}})
	loop := call.NewLoop(menus{}, m, call.NewRegister())
	loop.Step(calltest.Start, call.Arrived{Call: "c1", To: "support"})
	m.Configure(Settings{Name: "support", MaxWait: 5 * time.Minute, TooLong: call.Exit{Node: "message"}})
	for {
		at, ok := loop.Next()
		if !ok || m.callers["c1"].visit == nil {
			break
		}
		loop.Fire(at)
		if waited := at.Sub(calltest.Start); m.callers["c1"].visit == nil && waited != 5*time.Minute {
			t.Errorf("sent back after %s", waited)
		}
	}
	if m.callers["c1"].visit != nil {
		t.Error("was never sent back")
	}
}

// TestOneAttempt: a queue may call back only once; what nobody could notice
// does not count as that once.
func TestOneAttempt(t *testing.T) {
	m := New(Settings{Name: "support", Callback: call.CallbackSettings{Pauses: []time.Duration{}, Later: []time.Duration{}}})
	m.Outbound = policy{}
	loop := call.NewLoop(menus{}, m, call.NewRegister())
	loop.OnPanic = func(ev call.Event, reason any) { t.Fatalf("%#v: %v", ev, reason) }
	now := calltest.Start
	for _, number := range []string{"+34600000001", "+34655000001"} { // the second may not be called for now
		c := call.ID("c" + number)
		loop.Step(now, call.Arrived{Call: c, To: "support;callback=1", From: number})
		fx := loop.Step(now, call.DigitPressed{Call: c, Digit: "3"}) // there is no later time
		if len(fx.Commands) > 0 {
			t.Errorf("3 does %v", fx.Commands)
		}
		now = now.Add(5 * time.Second) // the question is heard
		loop.Step(now, call.DigitPressed{Call: c, Digit: "1"})
		loop.Step(now, call.HungUp{Call: c, Side: call.SideCaller})
	}
	loop.Step(now, call.SignedIn{Agent: "ana", Shift: "s"})
	loop.Step(now, call.MediaUp{Agent: "ana", Address: "x"})
	loop.Step(now, call.Chose{Agent: "ana", Presence: call.Available})
	for range 2 {
		v := m.floor.agents["ana"].visit
		if v == nil {
			t.Fatal("no callback is offered")
		}
		loop.Step(now, call.Accepted{Agent: "ana", Offer: v.offer})
		if v.state == Dialing {
			loop.Step(now, call.DialRinging{Call: v.caller.id, Dial: v.ticket.dial})
			loop.Step(now, call.DialFailed{Call: v.caller.id, Dial: v.ticket.dial, Why: "no_answer"})
		}
	}
	if len(m.callbacks.tickets) != 1 {
		t.Errorf("%d callbacks are open, want the one that was not made", len(m.callbacks.tickets))
	}
}
