package policy

import (
	"testing"

	"presszero/call"
)

// TestConsentMatrix: which of the talks is recorded, by what is asked for, what was heard and
// answered, and who began the call.
func TestConsentMatrix(t *testing.T) {
	half, whole := call.NoticePlayed{Notice: "told"}, heard
	stayed, key, refused := call.ConsentGiven{How: "stayed"}, call.ConsentGiven{How: "key"}, call.ConsentRefused{How: "key"}
	answers := map[string][]call.Fact{"nothing heard": nil, "heard in part": {half}, "hung on": {whole, stayed}, "agreed": {half, key}, "refused": {half, refused}, "heard, no answer": {whole}}
	want := map[call.ConsentAsked]map[string]string{
		call.ConsentStay:   {"hung on": "record", "agreed": "record", "refused": "refused"},
		call.ConsentOptOut: {"hung on": "record", "agreed": "record", "refused": "refused"},
		call.ConsentOptIn:  {"agreed": "record", "refused": "refused"},
		"elsewhere":        {"nothing heard": "record", "heard in part": "record", "hung on": "record", "agreed": "record", "heard, no answer": "record", "refused": "refused"},
	}
	for asked, outcome := range want {
		plan := recordAll
		plan.House.Consent = asked
		if asked == "elsewhere" {
			plan.House.Consent, plan.House.Notice = call.ConsentOptIn, call.NoticeElsewhere
		}
		for answer, facts := range answers {
			for kind, begins := range map[string]struct {
				first, then []call.Fact
			}{
				"a caller":   {[]call.Fact{call.CallStarted{To: "100"}}, []call.Fact{call.QueueEntered{Queue: "q"}, joined}},
				"a callback": {[]call.Fact{call.CallbackBooked{Queue: "q", Number: "+34600000001"}, call.QueueEntered{Queue: "q"}, call.CallbackDialed{}}, []call.Fact{joined}},
				"an agent":   {[]call.Fact{call.OutgoingDialed{Agent: "ana", Number: "+34600000001"}}, []call.Fact{call.OutgoingJoined{Agent: "ana", Leg: "c1.o1.leg"}}},
			} {
				r := newRig(t, plan)
				r.states("c1", append(append(append([]call.Fact{}, begins.first...), facts...), begins.then...)...)
				got := did(r.orders)
				if got != "record" {
					got = r.m.legs["c1.o1.leg"].why
				}
				expect := outcome[answer]
				if expect == "" {
					expect = "no_notice"
				}
				if got != expect {
					t.Errorf("%s, %s, %s: %q, and not %q", asked, answer, kind, got, expect)
				}
			}
		}
	}
}

// TestInheritsNothing: neither a callback nor another attempt at it is recorded because of
// what was allowed before; a consultation is never.
func TestInheritsNothing(t *testing.T) {
	r := newRig(t, recordAll)
	r.waits(heard, call.ConsentGiven{How: "stayed"})
	r.states("c1.cb1", call.CallbackBooked{From: "c1", Queue: "q", Number: "+34600000001"}, call.QueueEntered{Queue: "q"}, call.CallbackDialed{},
		call.BridgeJoined{Agent: "ana", Leg: "c1.cb1.o1.leg"})
	if got := story(r.past); got != "absent no_notice" {
		t.Errorf("a callback: %s", got)
	}
	r.states("c1.cb1", call.BridgeLeft{Agent: "ana"}, heard, call.ConsentGiven{How: "key"}, call.CallbackDialed{}, call.BridgeJoined{Agent: "ana", Leg: "c1.cb1.o2.leg"})
	if got := story(r.past); got != "absent no_notice, absent no_notice" {
		t.Errorf("another attempt: %s", got)
	}
	r = newRig(t, recordAll)
	r.talks(heard, call.ConsentGiven{How: "stayed"})
	r.told("started", "", "")
	r.states("k1", call.OutgoingDialed{Agent: "ana", For: "c1", To: "ben"}, call.OutgoingJoined{Agent: "ana", For: "c1", Leg: "k1.o1.leg"}, call.OutgoingTurned{Agent: "ana", For: "c1", With: call.WithAll})
	r.post(call.PauseAsked{Agent: "ana"})
	r.told("paused", "", "")
	r.states("k1", call.OutgoingEnded{Agent: "ana", For: "c1"})
	if got := story(r.past); got != "started, absent off, paused agent 120" {
		t.Errorf("while ben is asked: %s", got)
	}
	if l := r.m.agents["ana"]; l == nil || l.name != "c1.o1.leg" || l.state != paused {
		t.Errorf("after ben was asked: %+v", l)
	}
}

// TestAbsentAndCaptured: what is captured of a leg that only could not be recorded is kept as
// long as what is recorded; of one that may not be, nothing is.
func TestAbsentAndCaptured(t *testing.T) {
	for why, c := range map[string]struct {
		lead func(*rig)
		keep int
	}{
		"failed":  {func(r *rig) { r.talks(heard, call.ConsentGiven{How: "stayed"}); r.states("c1", left) }, 30}, // it has ended before the media said anything
		"media":   {func(r *rig) { r.talks(heard, call.ConsentGiven{How: "stayed"}); r.told("failed", "", "media") }, 30},
		"refused": {func(r *rig) { r.talks(heard, call.ConsentRefused{How: "key"}) }, 0},
	} {
		r := newRig(t, recordAll)
		c.lead(r)
		var got call.RecordingAbsent
		for _, e := range r.past {
			if f, is := e.Fact.(call.RecordingAbsent); is {
				got = f
			}
		}
		if got.Why != why || got.Keep != c.keep || call.KeptIfCaptured(why) != (c.keep > 0) {
			t.Errorf("%s: %+v", why, got)
		}
	}
}

// TestFault: a fault in a decision about a recording ends that recording, and touches neither
// the call nor the loop.
func TestFault(t *testing.T) {
	broken := recordAll
	broken.House.Countries = map[string]call.RecordingRule{"de": {}}
	broken.Country = func(string) string { panic("no such country") }
	for name, c := range map[string]struct {
		does        func(*rig)
		story, last string
	}{
		"when a leg is joined": {func(r *rig) { r.m.Record(broken); r.talks(heard, call.ConsentGiven{How: "stayed"}) }, "absent failed", "stop, show"},
		"when the agent pauses": {func(r *rig) {
			r.talks(heard, call.ConsentGiven{How: "stayed"})
			r.told("started", "", "")
			r.m.Record(broken)
			r.orders = nil
			r.post(call.PauseAsked{Agent: "ana"})
		}, "started, stopped failed", "stop, show"},
		"when the media tells": {func(r *rig) {
			r.talks(heard, call.ConsentGiven{How: "stayed"})
			r.m.Record(broken)
			r.orders = nil
			r.told("started", "", "")
		}, "absent failed", "stop, show"},
	} {
		r := newRig(t, recordAll) // which fails when the loop hears of a panic
		var told call.ID
		r.m.OnFault = func(c call.ID, _ any) { told = c }
		c.does(r)
		if told != "c1" || story(r.past) != c.story || did(r.orders) != c.last+" " {
			t.Errorf("%s: told of %q, %s, %s", name, told, story(r.past), did(r.orders))
		}
		r.states("c1", left, call.CallEnded{})
		if got := story(r.past); got != c.story || len(r.m.books)+len(r.m.legs)+len(r.m.agents) > 0 {
			t.Errorf("%s: at the end %s", name, got)
		}
	}
}
