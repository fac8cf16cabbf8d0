package callqueue

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"presszero/call"
)

// codesOf are the codes that are booked, in order.
func codesOf(facts []call.Fact) (list []call.TalkDisposed) {
	for _, f := range facts {
		if d, ok := f.(call.TalkDisposed); ok {
			list = append(list, d)
		}
	}
	return list
}

// talk has a caller talk with Ana for a while, and hang up.
func (f *lineTest) talk(c call.ID, d time.Duration) {
	f.Helper()
	f.postEvent(call.Arrived{Call: c, To: "q", From: "+34600000001"})
	f.serve("ana", d)
}

// TestCodes: what a talk was about is booked when the agent says so, and may be
// corrected for a while; where one is required and none comes, that is booked when
// the after-call work ends.
func TestCodes(t *testing.T) {
	queue := Settings{Name: "q", WrapUp: 30 * time.Second, WrapUpMore: 3 * time.Minute, CodesRequired: true}
	order := call.Disposed{Agent: "ana", Call: "c1", Visit: "x", Queue: "x", Code: "order", Note: 3}
	booked := call.TalkDisposed{Call: "c1", Visit: "c1.v1", Agent: "ana", Queue: "q", Code: "order", Note: 3}
	none := call.TalkDisposed{Call: "c1", Visit: "c1.v1", Agent: "ana", Queue: "q", Code: call.NoneGiven}
	for name, c := range map[string]struct {
		queue Settings
		play  func(f *lineTest)
		want  []call.TalkDisposed
	}{
		"during the talk": {queue, func(f *lineTest) {
			f.postEvent(call.Arrived{Call: "c1", To: "q"})
			f.serve("ana", 0)
			f.passTime(time.Hour)
		}, nil}, // no talk at all
		"twice the same": {queue, func(f *lineTest) {
			f.talk("c1", time.Minute)
			f.postEvent(order)
			f.postEvent(order)
			f.passTime(time.Hour)
		}, []call.TalkDisposed{booked}},
		"at the end of the clock": {queue, func(f *lineTest) {
			f.talk("c1", time.Minute)
			f.passTime(time.Hour)
		}, []call.TalkDisposed{none}},
		"at the end by her": {queue, func(f *lineTest) {
			f.talk("c1", time.Minute)
			f.postEvent(call.Wrapped{Agent: "ana"})
			f.passTime(time.Hour)
		}, []call.TalkDisposed{none}},
		"when her page is gone": {queue, func(f *lineTest) {
			f.talk("c1", time.Minute)
			f.postEvent(call.Left{Agent: "ana"})
			f.signInAgent("ana")
			f.postEvent(order)
		}, []call.TalkDisposed{none, booked}},
		"corrected after the clock": {queue, func(f *lineTest) {
			f.talk("c1", time.Minute)
			f.passTime(14 * time.Minute)
			f.postEvent(order)
		}, []call.TalkDisposed{none, booked}},
		"corrected too late": {queue, func(f *lineTest) {
			f.talk("c1", time.Minute)
			f.passTime(16 * time.Minute)
			f.postEvent(order)
		}, []call.TalkDisposed{none}},
		"a brief talk": {queue, func(f *lineTest) {
			f.talk("c1", 9*time.Second)
			f.passTime(time.Hour)
		}, nil},
		"not required": {Settings{Name: "q", WrapUp: 30 * time.Second}, func(f *lineTest) {
			f.talk("c1", time.Minute)
			f.passTime(time.Hour)
		}, nil},
		"not her call": {queue, func(f *lineTest) {
			f.talk("c1", time.Minute)
			f.postEvent(call.Disposed{Agent: "ben", Call: "c1", Code: "order"})
		}, nil}, // Ben is not there
		"after the next one": {queue, func(f *lineTest) {
			f.talk("c1", time.Minute)
			f.passTime(time.Minute)
			f.talk("c2", 5*time.Second)
			f.postEvent(order)
		}, []call.TalkDisposed{none, booked}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newLineTest(t, c.queue)
			f.signInAgent("ana")
			c.play(f)
			if got := codesOf(f.facts); !reflect.DeepEqual(got, c.want) {
				t.Errorf("booked:\n%+v\nwant\n%+v", got, c.want)
			}
		})
	}
}

// TestCodeDuringTheTalk: one that is given while they talk needs no second, also
// when the program was started anew in between.
func TestCodeDuringTheTalk(t *testing.T) {
	queue := Settings{Name: "q", WrapUp: 30 * time.Second, CodesRequired: true}
	f := newLineTest(t, queue)
	f.signInAgent("ana")
	f.postEvent(call.Arrived{Call: "c1", To: "q"})
	v := f.m.floor.agents["ana"].visit
	f.postEvent(call.Accepted{Agent: "ana", Offer: v.offer})
	f.postEvent(call.Bridged{Call: "c1", Leg: v.leg})
	f.passTime(time.Minute)
	f.postEvent(call.Disposed{Agent: "ana", Call: "c1", Code: "order"})
	before := f.entries

	again := newLineTest(t, queue)
	again.loop.Replay(before)
	again.now = f.now
	for _, one := range []*lineTest{f, again} {
		if one == again {
			one.postEvent(call.SignedIn{Agent: "ana", Shift: "s2"})
			one.postEvent(call.MediaUp{Agent: "ana", Address: "x", Stands: true})
			one.postEvent(call.Resumed{Call: "c1", Leg: v.leg})
			one.facts = nil
		}
		one.postEvent(call.HungUp{Call: "c1", Side: call.SideCaller})
		one.passTime(time.Hour)
		for _, d := range codesOf(one.facts) {
			if d.Code != "order" {
				t.Errorf("booked %+v", d)
			}
		}
	}
}

// TestMoreTime: after-call work goes on a minute longer with each wish, up to the
// bound of the queue, also over a restart.
func TestMoreTime(t *testing.T) {
	queue := Settings{Name: "q", WrapUp: 30 * time.Second, WrapUpMore: 150 * time.Second}
	f := newLineTest(t, queue)
	f.signInAgent("ana")
	f.postEvent(call.MoreTime{Agent: "ana"}) // there is no such work
	f.talk("c1", time.Minute)
	began := f.now
	for _, want := range []time.Duration{90 * time.Second, 150 * time.Second, 3 * time.Minute, 3 * time.Minute} {
		f.postEvent(call.MoreTime{Agent: "ana"})
		a := f.m.floor.agents["ana"]
		if got := a.wrapUp.Sub(began); got != want {
			t.Errorf("after-call work of %s, want %s", got, want)
		}
		if d := f.m.floor.deskOf(a); d.Wrap == nil || d.Wrap.Call != "c1" || d.Wrap.More != (3*time.Minute-want).Seconds() || d.Wrap.Caller.Number != "+34600000001" {
			t.Errorf("the desk shows %+v", d.Wrap)
		}
	}
	again := newLineTest(t, queue)
	again.loop.Replay(f.entries)
	again.now = f.now
	again.postEvent(call.SignedIn{Agent: "ana", Shift: "s2"})
	for _, one := range []*lineTest{f, again} {
		one.passTime(3*time.Minute - time.Second)
		if got := one.m.floor.agents["ana"].state; got != call.WrapUp {
			t.Errorf("a second before the end: %s", got)
		}
		one.passTime(2 * time.Second)
		if got := one.m.floor.agents["ana"].state; got != call.Idle {
			t.Errorf("a second after the end: %s", got)
		}
	}
}

// TestComplaint: a complaint is a task of the queue that is named for it, once.
func TestComplaint(t *testing.T) {
	f := newLineTest(t, Settings{Name: "q", WrapUp: 30 * time.Second, Complaints: call.ComplaintSettings{Owner: "quality", Due: time.Hour}})
	f.signInAgent("ana")
	f.talk("c1", time.Minute)
	ev := call.Complained{Agent: "ana", Call: "c1", Visit: "c1.v1", Queue: "q", Complaint: "k", Note: 7, From: "+34600000001"}
	f.postEvent(ev)
	f.postEvent(ev)
	want := call.ComplaintTaken{Complaint: "k", Call: "c1", Visit: "c1.v1", Agent: "ana", Queue: "q", Owner: "quality", From: "+34600000001", Due: f.now.Add(time.Hour), Note: 7}
	n := 0
	for _, fact := range f.facts {
		if got, ok := fact.(call.ComplaintTaken); ok {
			if n++; got != want {
				t.Errorf("booked %+v", got)
			}
		}
	}
	if n != 1 {
		t.Errorf("%d complaints", n)
	}
}

// TestBookedCallback: a callback that an agent has booked for a time is made then,
// and she is asked first.
func TestBookedCallback(t *testing.T) {
	for _, there := range []bool{true, false} {
		f := newLineTest(t, Settings{Name: "q", Callback: call.CallbackSettings{Expires: time.Hour}})
		f.m.Outbound = policy{}
		f.signInAgent("ben")
		f.postEvent(call.Chose{Agent: "ben", Presence: call.Away, Reason: "lunch"})
		f.signInAgent("ana")
		f.talk("c1", time.Minute)
		due := f.now.Add(3 * time.Hour)
		if err := f.m.MayBook("c1", "+34600000001", "", "q", ""); err != nil {
			t.Fatal(err)
		}
		order := call.CallbackOrdered{Callback: "cb", From: "c1", Queue: "q", Number: "+34600000001", Since: f.now, Due: due, By: "ana"}
		f.postEvent(order)
		got, ok := f.m.BookedWith("c1")
		if want := (Booking{"cb", due, due.Add(bookedWindow)}); !ok || got != want {
			t.Errorf("booked %+v, want %+v", got, want)
		}
		if err := f.m.MayBook("c1", "+34600000001", "", "q", ""); !errors.Is(err, ErrBooked) {
			t.Errorf("a second one: %v", err)
		}
		if err := f.m.MayBook("c1", "+34600000001", "", "q", "cb"); err != nil {
			t.Errorf("one in its place: %v", err)
		}
		if err := f.m.MayBook("c1", "+34803000000", "", "q", ""); err == nil {
			t.Error("a number that must not be called may be booked")
		}
		f.postEvent(call.Chose{Agent: "ben", Presence: call.Available}) // free for much longer than Ana
		f.postEvent(call.Chose{Agent: "ana", Presence: call.Away})
		f.passTime(3*time.Hour - time.Second)
		if who := f.ringing(); len(who) > 0 {
			t.Fatalf("%v rings before it is due", who)
		}
		want := call.AgentID("ben")
		if there {
			f.postEvent(call.Chose{Agent: "ana", Presence: call.Available})
			want = "ana"
		}
		f.passTime(2 * time.Second)
		if who := f.ringing(); len(who) != 1 || who[0] != want {
			t.Errorf("with Ana there %v, %v rings, want %s", there, who, want)
		}
	}
}

// TestBookedCallbackGoesOn: the agent who has booked a callback is waited for a
// moment only.
func TestBookedCallbackGoesOn(t *testing.T) {
	f := newLineTest(t, Settings{Name: "q"})
	f.m.Outbound = policy{}
	f.signInAgent("ana")
	f.talk("c1", time.Minute)
	f.postEvent(call.CallbackOrdered{Callback: "cb", From: "c1", Queue: "q", Number: "+34600000001", Since: f.now, Due: f.now.Add(time.Hour), By: "ana"})
	f.passTime(59 * time.Minute)
	f.postEvent(call.Arrived{Call: "c2", To: "q", From: "+34600000002"})
	v := f.m.floor.agents["ana"].visit
	f.postEvent(call.Accepted{Agent: "ana", Offer: v.offer})
	f.postEvent(call.Bridged{Call: "c2", Leg: v.leg})
	f.signInAgent("ben")
	f.passTime(time.Minute + time.Second)
	if who := f.ringing(); len(who) > 0 {
		t.Fatalf("%v rings while the callback is kept for Ana", who)
	}
	f.passTime(20 * time.Second)
	if who := f.ringing(); len(who) != 1 || who[0] != "ben" {
		t.Errorf("%v rings", who)
	}
}

// TestAtHand: a call is an agent's from the ringing on, and for a while after.
func TestAtHand(t *testing.T) {
	f := newLineTest(t, Settings{Name: "q", WrapUp: 30 * time.Second})
	f.signInAgent("ana")
	at := func(id call.AgentID, c call.ID) (AtHand, bool) { return f.m.AtHand(id, c) }
	f.postEvent(call.Arrived{Call: "c1", To: "q", From: "+34600000001", Name: "Zoe"})
	if h, ok := at("ana", "c1"); !ok || h.Visit != "c1.v1" || h.Queue != "q" || h.Who.Name != "Zoe" || !h.Over.IsZero() {
		t.Errorf("while it rings: %+v, %v", h, ok)
	}
	if _, ok := at("ben", "c1"); ok {
		t.Error("it is Ben's")
	}
	f.postEvent(call.Declined{Agent: "ana", Offer: f.m.floor.agents["ana"].visit.offer})
	if _, ok := at("ana", "c1"); ok {
		t.Error("declined, it is still Ana's")
	}
	f.postEvent(call.Chose{Agent: "ana", Presence: call.Available})
	f.serve("ana", time.Minute)
	ended := f.now
	f.passTime(time.Minute)
	if h, ok := at("ana", "c1"); !ok || !h.Over.Equal(ended) || h.Who.Number != "+34600000001" {
		t.Errorf("a minute later: %+v, %v", h, ok)
	}
}

// TestLostCallerIsOrdered: a caller who gave up is in the line at the place of then,
// and the books know what the callback is for.
func TestLostCallerIsOrdered(t *testing.T) {
	f := newLineTest(t, Settings{Name: "q"})
	f.m.Outbound = policy{}
	came := f.now.Add(-time.Hour)
	for source, lost := range map[string]bool{"lost": true, "message": false} {
		effects := f.postEvent(call.CallbackOrdered{Callback: call.ID("cb-" + source), Queue: "q", Number: map[bool]string{true: "+34600000001", false: "+34600000002"}[lost], Since: came, By: "sue", Lost: lost})
		i := slices.IndexFunc(effects.Facts, func(e call.Entry) bool { _, is := e.Fact.(call.CallbackBooked); return is })
		if i < 0 || effects.Facts[i].Fact.(call.CallbackBooked).Source != source || !effects.Facts[i].Fact.(call.CallbackBooked).Key.Equal(came) {
			t.Errorf("%s: %+v", source, effects.Facts)
		}
	}
}
