package policy

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"presszero/call"
)

// situations are the states that a leg's recording can be in, and how one gets there.
var situations = []struct {
	name string
	plan call.RecordingPlan
	lead func(*rig)
}{
	{"waits", recordAll, func(r *rig) { r.waits(heard, call.ConsentGiven{How: "stayed"}) }},
	{"is to be recorded", recordAll, func(r *rig) { r.talks(heard, call.ConsentGiven{How: "stayed"}) }},
	{"is recorded", recordAll, func(r *rig) { r.talks(heard, call.ConsentGiven{How: "stayed"}); r.told("started", "", "") }},
	{"is to be paused", recordAll, func(r *rig) {
		r.talks(heard, call.ConsentGiven{How: "stayed"})
		r.told("started", "", "")
		r.post(call.PauseAsked{Agent: "ana"})
	}},
	{"is paused", recordAll, func(r *rig) {
		r.talks(heard, call.ConsentGiven{How: "stayed"})
		r.told("started", "", "")
		r.post(call.PauseAsked{Agent: "ana"})
		r.told("paused", "", "")
	}},
	{"is to be resumed", recordAll, func(r *rig) {
		r.talks(heard, call.ConsentGiven{How: "stayed"})
		r.told("started", "", "")
		r.post(call.PauseAsked{Agent: "ana"})
		r.told("paused", "", "")
		r.post(call.ResumeAsked{Agent: "ana"})
	}},
	{"types a card number", recordAll, func(r *rig) {
		r.talks(heard, call.ConsentGiven{How: "stayed"})
		r.told("started", "", "")
		r.states("c1", call.NodeEntered{Node: "card"})
		r.told("paused", "", "")
	}},
	{"types a card number in a pause", recordAll, func(r *rig) {
		r.talks(heard, call.ConsentGiven{How: "stayed"})
		r.told("started", "", "")
		r.post(call.PauseAsked{Agent: "ana"})
		r.told("paused", "", "")
		r.states("c1", call.NodeEntered{Node: "card"})
	}},
	{"has told the agent not to", recordAll, func(r *rig) {
		r.talks(heard, call.ConsentGiven{How: "stayed"})
		r.told("started", "", "")
		r.post(call.RefusedToAgent{Agent: "ana"})
	}},
	{"is recorded no more", recordAll, func(r *rig) {
		r.talks(heard, call.ConsentGiven{How: "stayed"})
		r.told("started", "", "")
		r.post(call.RefusedToAgent{Agent: "ana"})
		r.told("stopped", "", "")
	}},
	{"is not kept, for the disk takes nothing", recordAll, func(r *rig) {
		r.talks(heard, call.ConsentGiven{How: "stayed"})
		r.told("started", "", "")
		r.told("failed", "", "disk")
	}},
	{"is paused, and the disk takes nothing", recordAll, func(r *rig) {
		r.talks(heard, call.ConsentGiven{How: "stayed"})
		r.told("started", "", "")
		r.told("failed", "", "disk")
		r.post(call.PauseAsked{Agent: "ana"})
		r.told("paused", "", "")
	}},
	{"is to be recorded, and types a card number", recordAll, func(r *rig) {
		r.talks(heard, call.ConsentGiven{How: "stayed"})
		r.states("c1", call.NodeEntered{Node: "card"})
		r.told("paused", "", "")
	}},
	{"could not be recorded", recordAll, func(r *rig) {
		r.talks(heard, call.ConsentGiven{How: "stayed"})
		r.told("failed", "", "disk")
	}},
	{"has refused", recordAll, func(r *rig) { r.talks(heard, call.ConsentRefused{How: "key"}) }},
	{"has not heard the notice", recordAll, func(r *rig) { r.talks(call.NoticePlayed{Notice: "told"}) }},
	{"may be recorded on demand", onDemand, func(r *rig) { r.talks(heard, call.ConsentGiven{How: "stayed"}) }},
	{"is to be recorded on demand", onDemand, func(r *rig) {
		r.talks(heard, call.ConsentGiven{How: "stayed"})
		r.post(call.RecordAsked{Agent: "ana"})
	}},
	{"talks with a number outside that is to be recorded", recordAll, func(r *rig) { r.outside(call.TransferJoined{Notice: heard, Consent: "stayed"}) }},
	{"talks with a number outside and is recorded", recordAll, func(r *rig) {
		r.outside(call.TransferJoined{Notice: heard, Consent: "stayed"})
		r.told("started", "", "")
	}},
	{"talks with a number outside that was not told", recordAll, func(r *rig) { r.outside(call.TransferJoined{}) }},
	{"talks with a number outside that has refused", recordAll, func(r *rig) { r.outside(call.TransferJoined{Notice: heard, Consent: "refused"}) }},
	{"is on hold while a number that allows it is asked", recordAll, func(r *rig) { r.asks(heard, stayed) }},
	{"is on hold while a number that was not told is asked", recordAll, func(r *rig) { r.asks() }},
	{"is on hold while a number that refuses is asked", recordAll, func(r *rig) { r.asks(heard, call.ConsentRefused{How: "key"}) }},
	{"talks with ana and a number that was not told", recordAll, func(r *rig) {
		r.asks()
		r.states("k1", call.OutgoingTurned{Agent: "ana", For: "c1", With: call.WithAll})
	}},
	{"talked with ana and a number that was not told", recordAll, func(r *rig) {
		r.asks()
		r.states("k1", call.OutgoingTurned{Agent: "ana", For: "c1", With: call.WithAll})
		r.told("stopped", "", "")
	}},
	{"may be recorded on demand, with a number that refuses", onDemand, func(r *rig) {
		r.asks(heard, call.ConsentRefused{How: "key"})
		r.states("k1", call.OutgoingTurned{Agent: "ana", For: "c1", With: call.WithAll})
	}},
	{"calls a house that records nothing", call.RecordingPlan{}, func(r *rig) { r.talks() }},
}

// happenings are what can come to a leg.
var happenings = []struct {
	name string
	do   func(*rig)
}{
	{"the media has started", func(r *rig) { r.told("started", "", "") }},
	{"the media has paused", func(r *rig) { r.told("paused", "", "") }},
	{"the media has resumed", func(r *rig) { r.told("resumed", "", "") }},
	{"the media has resumed by itself", func(r *rig) { r.told("resumed", "limit", "") }},
	{"the media has stopped", func(r *rig) { r.told("stopped", "", "") }},
	{"the media cannot", func(r *rig) { r.told("failed", "", "media") }},
	{"the disk takes nothing", func(r *rig) { r.told("failed", "", "disk") }},
	{"the media says nothing", func(r *rig) { r.pass(answerLimit) }},
	{"the agent pauses", func(r *rig) { r.post(call.PauseAsked{Agent: "ana"}) }},
	{"the agent resumes", func(r *rig) { r.post(call.ResumeAsked{Agent: "ana"}) }},
	{"the agent marks", func(r *rig) { r.post(call.MarkAsked{Agent: "ana", Text: "here"}) }},
	{"the agent names a mark", func(r *rig) {
		r.post(call.MarkAsked{Agent: "ana", Text: "never made", Of: 1})
		r.post(call.MarkAsked{Agent: "ana"})
		r.post(call.MarkAsked{Agent: "ana", Text: "here", Of: 1})
		r.post(call.MarkAsked{Agent: "ana", Of: 1})
	}},
	{"the agent records", func(r *rig) { r.post(call.RecordAsked{Agent: "ana"}) }},
	{"refuses to the agent", func(r *rig) { r.post(call.RefusedToAgent{Agent: "ana"}) }},
	{"a sensitive step begins", func(r *rig) { r.states("c1", call.NodeEntered{Node: "card"}) }},
	{"another step begins", func(r *rig) { r.states("c1", call.NodeEntered{Node: "other"}) }},
	{"the talk is over", func(r *rig) { r.states("c1", left) }},
	{"the call is over", func(r *rig) { r.states("c1", left, call.CallEnded{}) }},
	{"ana is gone and comes back", func(r *rig) {
		r.states("c1", left)
		r.pass(5 * time.Second)
		r.states("c1", call.BridgeJoined{Offer: "c1.o2", Agent: "ana", Leg: "c1.o2.leg"})
	}},
	{"is handed to ben", func(r *rig) {
		r.states("c1", left, call.QueueEntered{Queue: "q"}, call.BridgeJoined{Offer: "c1.o2", Agent: "ben", Leg: "c1.o2.leg"})
	}},
	{"all three talk", func(r *rig) { r.states("k1", call.OutgoingTurned{Agent: "ana", For: "c1", With: call.WithAll}) }},
	{"is handed to the asked number", func(r *rig) {
		r.states("k1", call.OutgoingEnded{Agent: "ana", For: "c1", How: "handed"})
		r.states("c1", call.BridgeHanded{Agent: "ana", Number: theirs, Ask: "k1"}, left, call.TransferStarted{Transfer: call.AskTransfer("k1"), Number: theirs})
		r.states("c1", call.TransferJoined{Transfer: call.AskTransfer("k1")})
	}},
	{"the talk outside is over", func(r *rig) { r.states("c1", call.TransferOver{Transfer: "c1.h1", Why: "over"}) }},
	{"restart", func(r *rig) {
		later := r.restart()
		later.now = r.now.Add(5 * time.Second)
		later.post(call.Resumed{Call: "c1", Leg: "c1.o1.leg"})
		r.orders, r.past = later.orders, append(r.past, later.new...)
	}},
	{"the decision fails", func(r *rig) {
		r.line.facts = nil
		r.loop.OnPanic = nil
		r.take(call.NewLoop(r.m, &panics{}).Step(r.now, call.LegEnded{Call: "c1"}))
	}},
}

// panics fails to decide about anything.
type panics struct{ teller }

func (*panics) Step(*call.Step, call.Event) { panic("cannot decide") }

// TestEachStateAndEvent: testdata/table.txt has what is stated and ordered in each state of
// a leg's recording by each event; what does nothing is left out. go test -update writes
// it anew: read the difference.
func TestEachStateAndEvent(t *testing.T) {
	var got strings.Builder
	for _, at := range situations {
		fmt.Fprintf(&got, "The caller %s:\n", at.name)
		for _, what := range happenings {
			r := newRig(t, at.plan)
			at.lead(r)
			before := len(r.past)
			r.orders = nil
			what.do(r)
			stated, ordered := story(r.past[before:]), did(r.orders)
			if stated+ordered != "" {
				fmt.Fprintf(&got, "  %-32s %-36s -> %s\n", what.name, stated, ordered)
			}
		}
	}
	const path = "testdata/table.txt"
	if flag.Lookup("update").Value.String() == "true" { // of calltest
		if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || got.String() != string(want) {
		t.Errorf("%s has changed (%v):\n%s", path, err, got.String())
	}
}
