package callqueue

import (
	"testing"
	"time"

	"presszero/call"
)

// served lets one agent after another serve, and returns in which order.
func (f *lineTest) served(n int) (order []call.ID) {
	f.signInAgent("ana")
	for range n {
		v := f.m.floor.agents["ana"].visit
		if v == nil {
			break
		}
		order = append(order, v.caller.id)
		f.serve("ana", time.Second)
	}
	return order
}

// saidNext counts how often a caller was told to be next.
func saidNext(fx call.Effects) (n int) {
	for _, c := range fx.Commands {
		if p, is := c.(call.Play); is && p.Prompts[0] == "es/wait-next" {
			n++
		}
	}
	return n
}

// TestNext: a supervisor puts a caller at the front, who is told so once, in the caller's
// language; the place is kept over a restart, and can be taken back.
func TestNext(t *testing.T) {
	f := newLineTest(t, Settings{Name: "support"})
	for _, c := range []call.ID{"c1", "c2", "c3"} {
		f.postEvent(call.Arrived{Call: c, To: "support"})
		f.passTime(time.Second)
	}
	f.m.callers["c3"].language = "es"
	next := func(c call.ID, on bool) call.Effects {
		return f.postEvent(call.WaitPlaced{Call: c, Next: on, By: "eva"})
	}
	if n := saidNext(next("c3", true)); n != 1 {
		t.Errorf("told %d times", n)
	}
	if n := saidNext(next("c3", true)); n != 0 || len(f.facts) == 0 {
		t.Errorf("told %d times more", n)
	}
	waiting := f.m.Snapshot(f.now).Queues[0].Waiting
	if waiting[0].Call != "c3" || !waiting[0].Next || waiting[1].Next {
		t.Errorf("in line are %+v", waiting)
	}
	again := f.again(Settings{Name: "support"})
	if got := again.served(3); len(got) != 3 || got[0] != "c3" || got[1] != "c1" {
		t.Errorf("after a restart %v are served", got)
	}
	next("c2", true)
	if got := f.m.Snapshot(f.now).Queues[0].Waiting[0].Call; got != "c2" {
		t.Errorf("%s is in front of who was next before", got)
	}
	next("c3", false)
	next("c2", false)
	next("c2", false)
	if got := f.served(3); len(got) != 3 || got[0] != "c1" || got[1] != "c2" || got[2] != "c3" {
		t.Errorf("taken back, %v are served", got)
	}
	f.postEvent(call.WaitPlaced{Call: "c9", Next: true}) // there is none
}

// TestMoved: a caller who is moved keeps place and patience in the other queue, and comes
// back to the old one as if nothing had been.
func TestMoved(t *testing.T) {
	never := func(now time.Time) (opens, closes time.Time) { return now.Add(time.Hour), now.Add(2 * time.Hour) }
	f := newLineTest(t, Settings{Name: "support"}, Settings{Name: "billing", MaxWaiting: 1, Full: call.Exit{Node: "message"}},
		Settings{Name: "night", Hours: never, Closed: call.Exit{Node: "message"}})
	for c, to := range map[call.ID]string{"c1": "support", "c2": "billing"} {
		f.now = f.now.Add(time.Duration(c[1]-'0') * time.Second)
		f.postEvent(call.Arrived{Call: c, To: to})
	}
	first := f.m.callers["c1"].visit.key
	f.postEvent(call.WaitMoved{Call: "c1", Queue: "night", By: "eva"})
	f.postEvent(call.WaitMoved{Call: "c1", Queue: "nowhere", By: "eva"})
	if f.outcomeOf("c1") != "" {
		t.Fatal("moved to a queue that is closed, or is not there")
	}
	for range 5 { // full, and again and again
		f.passTime(time.Minute)
		f.postEvent(call.WaitMoved{Call: "c1", Queue: "billing", By: "eva"})
		f.postEvent(call.WaitMoved{Call: "c1", Queue: "support", By: "eva"})
	}
	f.postEvent(call.WaitMoved{Call: "c1", Queue: "billing", By: "eva"})
	v := f.m.callers["c1"].visit
	if v == nil || v.queue != "billing" || !v.key.Equal(first) || f.outcomeOf("c1") != call.Overflow {
		t.Fatalf("the caller is %+v, and left as %s", v, f.outcomeOf("c1"))
	}
	entered := f.facts[len(f.facts)-1].(call.QueueEntered)
	if entered.Origin != "overflow" || entered.MovedBy != "eva" || !entered.First.Equal(first) {
		t.Errorf("the books have %+v", entered)
	}
}

// TestFrontStaysBehind: who was put at the front of a queue and goes to another one, by
// overflow or handed over, has the old place there; and so has who was handed over to a
// number that does not answer, for the caller may be moved from there.
func TestFrontStaysBehind(t *testing.T) {
	for _, how := range []string{"overflow", "handed over", "returned"} {
		f := newLineTest(t, Settings{Name: "support", Overflow: call.OverflowSettings{Queue: "billing", After: time.Minute}}, Settings{Name: "billing"})
		for _, c := range []struct {
			call  call.ID
			queue string
		}{{"c1", "support"}, {"b1", "billing"}, {"c2", "support"}} {
			f.postEvent(call.Arrived{Call: c.call, To: c.queue})
			f.passTime(5 * time.Second)
		}
		own := f.m.callers["c2"].visit.key
		f.postEvent(call.WaitPlaced{Call: "c2", Next: true, By: "eva"})
		if how == "overflow" {
			f.passTime(2 * time.Minute)
		} else {
			f.signInAgent("ana", "support")
			f.postEvent(call.Accepted{Agent: "ana", Offer: call.OfferID("c2", 1)})
			f.postEvent(call.Bridged{Call: "c2", Leg: call.LegID(call.OfferID("c2", 1))})
			if how == "returned" {
				f.m.Outbound = policy{}
				f.postEvent(call.HandedOver{Agent: "ana", Call: "c2", Number: "+34600000009"})
				f.postEvent(call.TransferEnded{Call: "c2", Transfer: "c2.h1", Why: "busy"})
				if v := f.m.callers["c2"].visit; v == nil || v.queue != "support" || v.front || !v.key.Equal(own) {
					t.Errorf("%s: the caller is %+v, and had the place %s", how, v, own)
				}
				continue
			}
			f.postEvent(call.HandedOver{Agent: "ana", Call: "c2", Queue: "billing", Anyway: true})
		}
		v := f.m.callers["c2"].visit
		if v == nil || v.queue != "billing" || v.front || v.key.Before(f.m.callers["b1"].visit.key) || v.key.Before(own) {
			t.Errorf("%s: the caller is %+v", how, v)
		}
	}
}

// TestFrontOfACallback: a callback that a supervisor had put at the front, and whose talk breaks
// off, has the place of the line again, at the next try, too.
func TestFrontOfACallback(t *testing.T) {
	f := newLineTest(t, Settings{Name: "support"})
	f.m.Outbound = policy{}
	f.postEvent(call.Arrived{Call: "c1", To: "support"})
	f.passTime(time.Minute)
	own := f.now
	f.postEvent(call.CallbackOrdered{Callback: "m1.cb1", From: "m1", Queue: "support", Number: "+34600000001", Since: own})
	f.passTime(time.Second) // it is due at once
	f.postEvent(call.WaitPlaced{Call: "m1.cb1", Next: true, By: "eva"})
	if c := f.m.callers["m1.cb1"]; !c.visit.front || !c.ticket.key.Before(own) {
		t.Fatalf("the callback is not in front: %+v", c.visit)
	}
	f.signInAgent("ana")
	v := f.m.floor.agents["ana"].visit
	f.postEvent(call.Accepted{Agent: "ana", Offer: v.offer})
	f.postEvent(call.DialAnswered{Call: "m1.cb1", Dial: call.DialID("m1.cb1", 1), By: "person"})
	f.postEvent(call.Bridged{Call: "m1.cb1", Leg: v.leg})
	if v.state != Talking {
		t.Fatalf("nobody talks: %+v", v)
	}
	f.postEvent(call.LegEnded{Call: "m1.cb1", Leg: v.leg})
	if c := f.m.callers["m1.cb1"]; c.visit == nil || c.visit == v || c.visit.front || !c.visit.key.Equal(own) || !c.ticket.key.Equal(own) {
		t.Errorf("the person is %+v with the place %s, and had %s", c.visit, c.ticket.key, own)
	}
}
