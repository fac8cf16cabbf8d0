package callqueue

import (
	"testing"
	"time"

	"presszero/call"
)

// TestConsultInTheBooks: a talk of 125 s with a hold, a consultation and all three, after
// which the colleague has the caller for 100 s. Every second is counted once.
func TestConsultInTheBooks(t *testing.T) {
	d := talkDay(t)
	began := d.now.Add(-10 * time.Second) // talkDay has let so much pass
	at := func(second int, do func()) {
		d.passTime(began.Add(time.Duration(second) * time.Second).Sub(d.now))
		do()
	}
	at(30, func() { d.hold(true) })
	at(40, func() { d.hold(false) })
	at(60, func() { d.ask(call.Asked{To: "ben"}) })
	at(65, d.otherAnswers)
	at(105, func() { d.turn(call.WithAll) })
	at(125, func() { d.hand(call.HandedOver{Ask: "a1"}) })
	at(225, func() { d.hangsUp("c1") })
	var left []call.BridgeLeft
	var asked call.OutgoingEnded
	for _, e := range d.past {
		switch f := e.Fact.(type) {
		case call.BridgeLeft:
			left = append(left, f)
		case call.OutgoingEnded:
			asked = f
		}
	}
	if len(left) != 2 {
		t.Fatalf("talks: %+v", left)
	}
	if ana := left[0]; ana.Agent != "ana" || ana.Talked != 125 || ana.Holds != 2 || ana.Held != 55 || ana.Longest != 45 || ana.Why != "handed" || ana.OnHold {
		t.Errorf("of the agent who asked: %+v", ana)
	}
	if ben := left[1]; ben.Agent != "ben" || ben.Talked != 100 || ben.Held != 0 || ben.Side != call.SideCaller {
		t.Errorf("of the colleague: %+v", ben)
	}
	if asked.How != "handed" || asked.Talked != 60 || asked.All != 20 || asked.For != "c1" || asked.To != "ben" {
		t.Errorf("of the asking: %+v", asked)
	}
	d.evening()
}

// TestAskRefused: what cannot work changes nothing but the notice.
func TestAskRefused(t *testing.T) {
	for what, ev := range map[string]call.Asked{
		"ask_self":    {To: "ana"},
		"ask_offline": {To: "cho"},
		"ask_nobody":  {Queue: "support"},
		"ask_unknown": {Queue: "nowhere"},
		"ask_refused": {Number: "803000001"},
	} {
		d := talkDay(t)
		before := len(d.past)
		d.ask(ev)
		if a := d.line.floor.agents["ana"]; a.notice == nil || a.notice.What != what || len(d.past) != before || d.held["c1"] {
			t.Errorf("asking %+v: %+v, facts %v", ev, a.notice, d.past[before:])
		}
	}
	d := talkDay(t)
	d.ask(call.Asked{To: "ben"})
	d.postEvent(call.Asked{Agent: "ana", Call: "c1", Ask: "a2", Number: "+34600000009"})
	if a := d.line.floor.agents["ana"]; a.notice == nil || a.notice.What != "ask_once" || d.line.callers["a2"] != nil {
		t.Errorf("asking twice: %+v", a.notice)
	}
	d.evening()
}

// TestAskQueue: the best free agent of the queue is asked.
func TestAskQueue(t *testing.T) {
	d := talkDay(t)
	d.ask(call.Asked{Queue: "billing"})
	if d.offers["ben"] != "a1.o2" {
		t.Errorf("offers: %v", d.offers)
	}
	d.evening()
}

// TestAskTheMostSkilled: the queue's strategy says who is the best.
func TestAskTheMostSkilled(t *testing.T) {
	d := talkDay(t)
	for who, level := range map[call.AgentID]int{"cho": 5, "dee": 8} {
		d.postEvent(call.SignedIn{Agent: who, Shift: call.ID("s" + who), Queues: []string{"german"}, Skills: map[string]int{"german": level}})
		d.postEvent(call.MediaUp{Agent: who, Address: "x"})
		d.postEvent(call.Chose{Agent: who, Presence: call.Available})
		d.passTime(time.Second)
	}
	d.ask(call.Asked{Queue: "german"})
	if d.offers["dee"] != "a1.o2" {
		t.Errorf("offers: %v", d.offers)
	}
	d.evening()
}

// TestWorkAfterAsking: the caller hangs up, the agent and the colleague go on, and then
// the agent writes about the caller.
func TestWorkAfterAsking(t *testing.T) {
	d := talkDay(t)
	d.ask(call.Asked{To: "ben"})
	d.otherAnswers()
	d.passTime(20 * time.Second)
	d.hangsUp("c1")
	a := d.line.floor.agents["ana"]
	if a.state != call.Talking || d.talks["ana"] != "a1" || d.talks["ben"] != "a1" {
		t.Fatalf("%s, %v", a.state, d.talks)
	}
	if b := d.line.floor.agents["ben"]; !d.line.floor.deskOf(b).Talk.Asked.Left {
		t.Error("the colleague does not see that the caller is gone")
	}
	for _, id := range []call.AgentID{"ana", "ben"} {
		if n := d.line.floor.agents[id].notice; n == nil || n.What != "caller_left" {
			t.Errorf("%s is told %+v", id, n)
		}
	}
	d.passTime(20 * time.Second)
	d.postEvent(call.AgentHungUp{Agent: "ben", Call: "a1"})
	desk := d.line.floor.deskOf(a)
	if a.state != call.WrapUp || desk.Wrap == nil || desk.Wrap.Call != "c1" || desk.Wrap.Queue != "support" {
		t.Errorf("%s about %+v", a.state, desk.Wrap)
	}
	if b := d.line.floor.agents["ben"]; b.state != call.Idle || b.notice != nil {
		t.Errorf("the colleague is %s, told %+v", b.state, b.notice)
	}
	d.evening()
}

// TestKeysWhileItRings: keys for a number that rings are sent when it has answered, once.
func TestKeysWhileItRings(t *testing.T) {
	d := talkDay(t)
	d.hangsUp("c1")
	d.postEvent(call.Wrapped{Agent: "ana"})
	d.postEvent(call.Dialed{Agent: "ana", Call: "own1", Number: "+34600000007"})
	for _, ev := range []call.Keyed{{Keys: call.NewSecret("12")}, {Keys: call.NewSecret("12")}, {Keys: call.NewSecret("#"), After: 2}} {
		ev.Agent, ev.Call = "ana", "own1"
		d.postEvent(ev)
	}
	if o := d.line.floor.deskOf(d.line.floor.agents["ana"]).Offer; o == nil || o.Call != "own1" || o.Keys != 3 {
		t.Fatalf("%+v", o)
	}
	d.happens(call.DialAnswered{Call: "own1", Dial: "own1.d1"})
	d.postEvent(call.Bridged{Call: "own1", Leg: "own1.o1.leg"})
	if d.pressed["own1"] != "12#" {
		t.Errorf("pressed: %q", d.pressed["own1"])
	}
	if talk := d.line.floor.deskOf(d.line.floor.agents["ana"]).Talk; talk.Keys != 3 {
		t.Errorf("%+v", talk)
	}
	d.evening()
}

// TestCardWhileAsking: the consulted party reads what is known of the caller, and writes nothing.
func TestCardWhileAsking(t *testing.T) {
	d := talkDay(t)
	known, _ := d.line.AtHand("ana", "c1")
	card := func(when string, id call.AgentID) {
		if h, ok := d.line.AtHand(id, "a1"); !ok || h.Call != "c1" || h.Who != known.Who || h.Queue != "" || h.Visit != "" {
			t.Errorf("%s, %s reads %+v, %v", when, id, h, ok)
		}
	}
	d.ask(call.Asked{To: "ben"})
	card("while it rings", "ben")
	d.otherAnswers()
	card("in the talk", "ben")
	d.hangsUp("c1")
	card("after the caller's end", "ana")
	d.evening()
}

// TestKeysToTheNumber: keys go to whom the agent talks with; each has its own count.
func TestKeysToTheNumber(t *testing.T) {
	d := talkDay(t)
	d.ask(call.Asked{Number: "+34600000009"})
	d.otherAnswers()
	for _, ev := range []call.Keyed{{Call: "a1"}, {Call: "a1"}, {Call: "a1", After: 2}, {Call: "c1"}} {
		ev.Agent, ev.Keys = "ana", call.NewSecret("12")
		d.postEvent(ev)
	}
	talk := d.line.floor.deskOf(d.line.floor.agents["ana"]).Talk
	if talk.Keys != 2 || talk.Other.Keys != 4 {
		t.Errorf("to the caller %d, to the number %d", talk.Keys, talk.Other.Keys)
	}
	d.evening()
}
