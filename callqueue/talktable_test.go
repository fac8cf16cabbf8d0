package callqueue

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/call"
)

// The table of docs/talks.md: every state of a talk × every event. The test plays each
// pair and writes what becomes of the caller and of the agent, and which facts are
// stated; `go test ./callqueue -run TalkTable -update` writes the table anew: read the
// difference. The judge of the random days watches each step.

const talkTable = "../docs/talks.md"

// Where the generated part of the page begins.
const tableBegins = "<!-- The tables below are written by TestTalkTable. -->\n"

// talkStates are the states, and how one gets there. Ana has the call c1; Ben is free.
var talkStates = []struct {
	name string
	lead func(*day)
	asks bool // somebody is asked: the table says what becomes of that one, too
}{
	{"Talking", func(*day) {}, false},
	{"On hold", func(d *day) { d.hold(true) }, false},
	{"On hold for 30 s", func(d *day) { d.hold(true); d.passTime(longHold); d.heardAll() }, false},
	{"The caller types a number", func(d *day) { d.postEvent(call.StepAsked{Agent: "ana", Call: "c1"}) }, false},
	{"The agent's page is gone", func(d *day) { d.pageGone() }, false},
	{"The agent's page is gone during a hold", func(d *day) { d.hold(true); d.pageGone() }, false},
	{"Handed to a number, which rings", func(d *day) { d.hand(call.HandedOver{Number: "+34600000009"}) }, false},
	{"Handed to a number, and talking there", func(d *day) {
		d.hand(call.HandedOver{Number: "+34600000009"})
		d.postEvent(call.TransferAnswered{Call: "c1", Transfer: "c1.h1"})
	}, false},
	{"Asking a colleague, whose page rings", func(d *day) { d.ask(call.Asked{To: "ben"}) }, true},
	{"With the colleague; the caller is on hold", func(d *day) { d.ask(call.Asked{To: "ben"}); d.otherAnswers() }, true},
	{"With the caller; the colleague is aside", func(d *day) { d.ask(call.Asked{To: "ben"}); d.otherAnswers(); d.turn(call.WithCaller) }, true},
	{"All three", func(d *day) { d.ask(call.Asked{To: "ben"}); d.otherAnswers(); d.turn(call.WithAll) }, true},
	{"Asking a number, which rings", func(d *day) { d.ask(call.Asked{Number: "+34600000009"}) }, true},
	{"With the number; the caller is on hold", func(d *day) { d.ask(call.Asked{Number: "+34600000009"}); d.otherAnswers() }, true},
	{"All three, with the number", func(d *day) {
		d.ask(call.Asked{Number: "+34600000009"})
		d.otherAnswers()
		d.turn(call.WithAll)
	}, true},
	{"With the colleague; the agent's page is gone", func(d *day) { d.ask(call.Asked{To: "ben"}); d.otherAnswers(); d.pageGone() }, true},
	{"All three; the agent's page is gone", func(d *day) {
		d.ask(call.Asked{To: "ben"})
		d.otherAnswers()
		d.turn(call.WithAll)
		d.pageGone()
	}, true},
	{"With the colleague; the caller has hung up", func(d *day) { d.ask(call.Asked{To: "ben"}); d.otherAnswers(); d.hangsUp("c1") }, true},
}

// ask has Ana ask somebody, in the call a1.
func (d *day) ask(ev call.Asked) {
	ev.Agent, ev.Call, ev.Ask, ev.Note = "ana", "c1", "a1", "note"
	d.postEvent(ev)
}

func (d *day) turn(with call.With) {
	d.postEvent(call.Turned{Agent: "ana", Call: "c1", With: with})
}

// otherAnswers has the consulted party answer, if that rings.
func (d *day) otherAnswers() {
	d.postEvent(call.Accepted{Agent: "ben", Offer: "a1.o2"})
	d.happens(call.DialAnswered{Call: "a1", Dial: "a1.d1.leg"})
	if _, there := d.legs["a1.o1.leg"]; there {
		d.postEvent(call.LegMade{Call: "a1", Leg: "a1.o1.leg"})
		d.postEvent(call.Bridged{Call: "a1", Leg: "a1.o1.leg"})
	}
}

// otherLeg is news of the agent's leg of that call.
func (d *day) otherLeg(ev call.Event) {
	if _, there := d.legs["a1.o1.leg"]; there {
		d.postEvent(ev)
	}
}

func (d *day) hold(on bool) { d.postEvent(call.Held{Agent: "ana", Call: "c1", On: on}) }
func (d *day) pageGone()    { d.postEvent(call.Left{Agent: "ana", Lost: true}); d.passTime(time.Second) }

func (d *day) hand(ev call.HandedOver) {
	ev.Agent, ev.Call = "ana", "c1"
	d.postEvent(ev)
}

// heardAll lets the caller hear to the end what is being said.
func (d *day) heardAll() {
	if play := d.playing["c1"]; play != "" {
		delete(d.playing, "c1")
		d.postEvent(call.PlayEnded{Call: "c1", Play: play})
	}
}

func (d *day) audio(address string) { d.postEvent(call.MediaUp{Agent: "ana", Address: address}) }

// talkEvents are what can happen in a talk.
var talkEvents = []struct {
	name string
	do   func(*day)
}{
	{"hold", func(d *day) { d.hold(true) }},
	{"resume", func(d *day) { d.hold(false) }},
	{"have the caller type it", func(d *day) { d.postEvent(call.StepAsked{Agent: "ana", Call: "c1"}) }},
	{"keys", func(d *day) { d.postEvent(call.Keyed{Agent: "ana", Call: "c1", Keys: call.NewSecret("12#")}) }},
	{"hand over to a queue", func(d *day) { d.hand(call.HandedOver{Queue: "billing"}) }},
	{"hand over to a closed queue", func(d *day) { d.hand(call.HandedOver{Queue: "night"}) }},
	{"hand over to a colleague who is free", func(d *day) { d.hand(call.HandedOver{To: "ben"}) }},
	{"hand over to a colleague who is not there", func(d *day) { d.hand(call.HandedOver{To: "cho"}) }},
	{"hand over to a number", func(d *day) { d.hand(call.HandedOver{Number: "+34600000009"}) }},
	{"hand over to a number that may not be called", func(d *day) { d.hand(call.HandedOver{Number: "803000001"}) }},
	{"ask a colleague", func(d *day) { d.ask(call.Asked{To: "ben"}) }},
	{"ask a colleague who is not there", func(d *day) { d.ask(call.Asked{To: "cho"}) }},
	{"ask a number", func(d *day) { d.ask(call.Asked{Number: "+34600000009"}) }},
	{"ask a number that may not be called", func(d *day) { d.ask(call.Asked{Number: "803000001"}) }},
	{"turn to the caller", func(d *day) { d.turn(call.WithCaller) }},
	{"turn to the other", func(d *day) { d.turn(call.WithOther) }},
	{"all three", func(d *day) { d.turn(call.WithAll) }},
	{"hand over to the other", func(d *day) { d.hand(call.HandedOver{Ask: "a1"}) }},
	{"ask no more", func(d *day) { d.postEvent(call.AskCancelled{Agent: "ana", Call: "c1"}) }},
	{"the other answers", func(d *day) { d.otherAnswers() }},
	{"the other declines", func(d *day) {
		d.postEvent(call.Declined{Agent: "ben", Offer: "a1.o2"})
		d.happens(call.DialFailed{Call: "a1", Dial: "a1.d1.leg", Why: "declined"})
	}},
	{"the other hangs up", func(d *day) { d.hangsUp("a1") }},
	{"the other's page is gone", func(d *day) { d.postEvent(call.Left{Agent: "ben", Lost: true}) }},
	{"the leg to the other breaks", func(d *day) { d.otherLeg(call.LegEnded{Call: "a1", Leg: "a1.o1.leg"}) }},
	{"the switch cannot join all three", func(d *day) {
		if _, united := d.united["a1"]; united {
			delete(d.united, "a1")
			d.postEvent(call.Failed{Call: "a1", Command: "unite", Why: "busy"})
		}
	}},
	{"put back", func(d *day) { d.postEvent(call.PutBack{Agent: "ana", Call: "c1"}) }},
	{"put back, to be called back", func(d *day) { d.postEvent(call.PutBack{Agent: "ana", Call: "c1", Callback: true}) }},
	{"the agent hangs up", func(d *day) { d.postEvent(call.AgentHungUp{Agent: "ana", Call: d.talks["ana"]}) }},
	{"the caller hangs up", func(d *day) { d.hangsUp("c1"); d.forgetOutside() }},
	{"the caller presses 0", func(d *day) { d.postEvent(call.DigitPressed{Call: "c1", Digit: "0"}) }},
	{"the caller presses 1", func(d *day) { d.postEvent(call.DigitPressed{Call: "c1", Digit: "1"}) }},
	{"the page is gone", func(d *day) { d.postEvent(call.Left{Agent: "ana", Lost: true}) }},
	{"the page is back", func(d *day) { d.postEvent(call.SignedIn{Agent: "ana", Shift: "s9"}); d.audio("x") }},
	{"another page takes over", func(d *day) { d.postEvent(call.SignedIn{Agent: "ana", Shift: "s9"}) }},
	{"the agent signs out", func(d *day) { d.postEvent(call.Left{Agent: "ana"}) }},
	{"the audio is gone for a moment", func(d *day) { d.postEvent(call.MediaDown{Agent: "ana"}); d.audio("x") }},
	{"the audio is gone for 2 s", func(d *day) { d.postEvent(call.MediaDown{Agent: "ana"}); d.passTime(2 * time.Second) }},
	{"the audio is made anew in another process", func(d *day) { d.postEvent(call.SignedIn{Agent: "ana", Shift: "s9"}); d.audio("y") }},
	{"the leg breaks", func(d *day) {
		if _, there := d.legs["c1.o1.leg"]; there {
			d.postEvent(call.LegEnded{Call: "c1", Leg: "c1.o1.leg"})
		}
	}},
	{"the switch cannot hold", func(d *day) { d.postEvent(call.Failed{Call: "c1", Command: "hold", Why: "busy"}) }},
	{"the number answers", func(d *day) { d.numberSays(call.TransferAnswered{Call: "c1", Transfer: "c1.h1"}) }},
	{"the number is busy, or hangs up", func(d *day) { d.numberSays(call.TransferEnded{Call: "c1", Transfer: "c1.h1", Why: "busy"}) }},
	{"30 s pass", func(d *day) { d.passTime(30 * time.Second) }},
	{"the controller starts anew", func(d *day) { d.restart(func() bool { return true }) }},
}

// numberSays is news of the number outside, if there is one.
func (d *day) numberSays(ev call.Event) {
	if d.outside["c1.h1"] == "" {
		return
	}
	if _, ended := ev.(call.TransferEnded); ended {
		delete(d.outside, "c1.h1")
	}
	d.postEvent(ev)
}

func TestTalkTable(t *testing.T) {
	page, err := os.ReadFile(talkTable)
	if err != nil {
		t.Fatal(err)
	}
	above, was, found := strings.Cut(string(page), tableBegins)
	if !found {
		t.Fatalf("%s has no line %q", talkTable, tableBegins)
	}
	var got strings.Builder
	for _, at := range talkStates {
		other, line := "", ""
		if at.asks {
			other, line = " the other |", "---|"
		}
		fmt.Fprintf(&got, "\n### %s\n\n| event | the caller | hears | the agent |%s facts |\n|---|---|---|---|%s---|\n", at.name, other, line)
		var nothing []string
		for _, ev := range talkEvents {
			d := talkDay(t)
			at.lead(d)
			before, did := len(d.past), d.did
			ev.do(d)
			if d.did == did {
				nothing = append(nothing, ev.name)
				continue
			}
			if at.asks {
				other = fmt.Sprintf(" %s |", d.otherIs())
			}
			fmt.Fprintf(&got, "| %s | %s | %s | %s |%s %s |\n", ev.name, d.whereIs(), d.hears(), d.agentIs("ana"), other, d.stated(before))
			d.forgetOutside()
			d.evening()
		}
		if len(nothing) > 0 {
			fmt.Fprintf(&got, "\nNothing comes of: %s.\n", strings.Join(nothing, "; "))
		}
	}
	if f := flag.Lookup("update"); f.Value.String() == "true" {
		if err := os.WriteFile(talkTable, []byte(above+tableBegins+got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got.String() != was {
		t.Errorf("the table of %s is not what happens:\n%s", talkTable, firstDifference(was, got.String()))
	}
}

// talkDay is a day on which ana talks with c1, and ben is free for other queues.
func talkDay(t judge) *day {
	d := newDay(t)
	for _, who := range []call.SignedIn{{Agent: "ana", Queues: []string{"support"}}, {Agent: "ben", Queues: []string{"billing"}}} {
		d.shifts++
		who.Shift = call.ID(fmt.Sprint("s", d.shifts))
		d.postEvent(who)
		d.postEvent(call.MediaUp{Agent: who.Agent, Address: "x"})
		d.postEvent(call.Chose{Agent: who.Agent, Presence: call.Available})
	}
	d.happens(call.Arrived{Call: "c1", To: "support", From: "+34600000001"})
	d.postEvent(call.Accepted{Agent: "ana", Offer: "c1.o1"})
	d.postEvent(call.Bridged{Call: "c1", Leg: "c1.o1.leg"})
	d.passTime(10 * time.Second)
	return d
}

func (d *day) whereIs() string {
	c := d.line.callers["c1"]
	switch {
	case c == nil || !d.up["c1"]:
		return "call over"
	case c.outside != nil && c.outside.joined.IsZero():
		return "waits while the number rings"
	case c.outside != nil:
		return "talks outside"
	case c.visit == nil:
		return "is leaving"
	case c.visit.state == Talking && !c.visit.pauses.gap.IsZero():
		return "waits for the agent"
	case c.visit.state == Talking && c.visit.pauses.held:
		return "on hold"
	case c.visit.state == Talking && c.visit.agent != "ana":
		return "talking with " + string(c.visit.agent)
	case c.visit.state == Talking:
		return "talking"
	case c.visit.state == Offered || c.visit.state == Connecting:
		return fmt.Sprintf("in line for %s, %s to %s", c.visit.queue, c.visit.state, c.visit.agent)
	}
	return fmt.Sprintf("in line for %s, in front", c.visit.queue)
}

func (d *day) hears() string {
	switch {
	case !d.up["c1"]:
		return "–"
	case d.playing["c1"] != "":
		return "words"
	case d.line.callers["c1"].outside != nil && !d.line.callers["c1"].outside.joined.IsZero():
		return "the number"
	case d.line.callers["c1"].visit != nil && d.line.callers["c1"].visit.state == Connecting:
		return "music"
	case d.music["c1"]:
		return "music"
	case d.united["a1"] == "c1" && !d.line.callers["c1"].visit.pauses.gap.IsZero():
		return "the other"
	case d.united["a1"] == "c1":
		return "both"
	}
	return "the agent"
}

// otherIs is what becomes of the consulted party, and what that one hears.
func (d *day) otherIs() string {
	k := d.line.callers["a1"]
	colleague := d.line.floor.agents["ben"]
	switch {
	case d.line.callers["c1"] != nil && d.line.callers["c1"].outside != nil:
		return "has the caller"
	case k == nil && colleague != nil && colleague.visit != nil && colleague.visit.agent == "ben" && colleague.state == call.Talking:
		return "has the caller"
	case k == nil && d.askedNumber():
		return "over"
	case k == nil:
		return d.agentIs("ben")
	case k.visit.state == Dialing:
		return "rings"
	case d.held["a1"]:
		return "hears music"
	case d.united["a1"] == "c1" && !d.line.callers["c1"].visit.pauses.gap.IsZero():
		return "hears the caller"
	case d.united["a1"] == "c1":
		return "hears both"
	}
	return "hears the agent"
}

// askedNumber reports whether it was a number that was asked.
func (d *day) askedNumber() bool {
	for _, e := range d.past {
		if f, is := e.Fact.(call.OutgoingDialed); is && f.Number != "" {
			return true
		}
	}
	return false
}

func (d *day) agentIs(id call.AgentID) string {
	a := d.line.floor.agents[id]
	switch {
	case a == nil:
		return "signed out"
	case a.pageless:
		return string(a.state) + ", no page"
	case a.notice != nil && a.notice.At.Equal(d.now):
		return string(a.state) + ", told " + a.notice.What
	}
	return string(a.state)
}

// stated lists the facts about the caller since then.
func (d *day) stated(from int) string {
	var kinds []string
	for _, e := range d.past[from:] {
		if e.Call != "c1" && e.Call != "a1" {
			continue
		}
		kind := e.Fact.Kind()
		switch f := e.Fact.(type) {
		case call.BridgeLeft:
			kind += fmt.Sprintf(" (%s)", strings.TrimSuffix(string(f.Side)+" "+f.Why, " "))
			if f.OnHold {
				kind += " on hold"
			}
		case call.QueueEntered:
			kind += " (" + f.Origin + ")"
		case call.OutgoingTurned:
			kind += " (" + string(f.With) + ")"
		case call.OutgoingEnded:
			kind += " (" + f.How + ")"
		case call.TransferOver:
			kind += " (" + f.Why + ")"
		case call.CallEnded:
			kind += " (" + string(f.Outcome) + ")"
		}
		kinds = append(kinds, kind)
	}
	return strings.Join(kinds, ", ")
}

// firstDifference shows where two texts begin to differ.
func firstDifference(was, is string) string {
	before, now := strings.Split(was, "\n"), strings.Split(is, "\n")
	for i := range min(len(before), len(now)) {
		if before[i] != now[i] {
			return fmt.Sprintf("was %s\nis  %s", before[i], now[i])
		}
	}
	return strings.Join(slices.Concat(before[min(len(before), len(now)):], now[min(len(before), len(now)):]), "\n")
}
