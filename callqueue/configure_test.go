package callqueue

import (
	"testing"
	"time"

	"presszero/call"
	"presszero/call/calltest"
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
		if m.agents["ana"].state != call.Talking {
			t.Fatalf("with %s ana is %s", c.id, m.agents["ana"].state)
		}
		step(call.HungUp{Call: c.id, Side: call.SideCaller})
		if got := m.agents["ana"].state; got != c.then {
			t.Errorf("after %s ana is %s, want %s", c.id, got, c.then)
		}
	}
}
