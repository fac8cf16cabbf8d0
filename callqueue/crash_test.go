package callqueue

import (
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/calltest"
)

// TestEndAfterACrash: everything dies with one caller in line and one in a
// talk, and is started again an hour later. Both calls end when the callers
// were last known to be there, not at the next start.
func TestEndAfterACrash(t *testing.T) {
	const agent = call.AgentID("ana")
	f := newLineTest(t, Settings{Name: "support"})
	var past []call.Entry
	post := func(ev call.Event) { past = append(past, f.postEvent(ev).Facts...) }
	post(call.SignedIn{Agent: agent, Shift: "s"})
	post(call.MediaUp{Agent: agent, Address: "x"})
	post(call.Chose{Agent: agent, Presence: call.Available})
	post(call.Arrived{Call: "talks", To: "support", From: "1"})
	post(call.Accepted{Agent: agent, Offer: call.OfferID("talks", 1)})
	post(call.Bridged{Call: "talks", Leg: call.LegID(call.OfferID("talks", 1))})
	f.now = f.now.Add(10 * time.Second)
	post(call.Arrived{Call: "waits", To: "support", From: "2"})
	seen := f.now.Add(30 * time.Second) // the last beat
	noBeat := time.Time{}

	for _, c := range []struct {
		name           string
		seen           time.Time
		waited, talked float64
	}{
		{"at the last beat", seen, 30, 40},
		{"no earlier than the last fact", calltest.Start.Add(-time.Hour), 0, 0},
		{"now, where nothing is known", noBeat, 3600, 3610},
		{"never later than now", seen.Add(24 * time.Hour), 3600, 3610},
	} {
		next := newLineTest(t, Settings{Name: "support"})
		next.loop.Replay(past)
		next.now = f.now.Add(time.Hour)
		var facts []call.Entry
		for _, id := range []call.ID{"talks", "waits"} {
			facts = append(facts, next.postEvent(call.HungUp{Call: id, Side: call.SideSystem, Estimated: true, At: c.seen}).Facts...)
		}
		ended := 0
		for _, e := range facts {
			at := f.now.Add(durationOf(c.waited))
			if e.Call == "talks" {
				at = calltest.Start.Add(durationOf(c.talked))
			}
			if !e.At.Equal(at) {
				t.Errorf("%s: %s of %s is at %s, want %s", c.name, e.Fact.Kind(), e.Call, e.At, at)
			}
			switch fact := e.Fact.(type) {
			case call.QueueLeft:
				if fact.Outcome != call.SystemFailure || fact.Waited != c.waited {
					t.Errorf("%s: the wait is booked as %+v", c.name, fact)
				}
			case call.BridgeLeft:
				if fact.Talked != c.talked {
					t.Errorf("%s: the talk is booked as %+v", c.name, fact)
				}
			case call.CallEnded:
				ended++
			}
		}
		if ended != 2 {
			t.Errorf("%s: %d of 2 calls have ended: %+v", c.name, ended, facts)
		}
	}
}
