package asterisktest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"presszero/call"
)

// question is an agent who asks somebody during a talk. Each of the three speaks with a
// tone of its own: the caller with Voice, the agent with Agent, the consulted party with Asked.
type question struct {
	*bench
	id, ask call.ID
	who     Caller
	a       *sipAgent
	channel string // the caller's, in Asterisk
	leg     string // of the talk
	second  string // leg of the agent's, of the call ask
	asked   party
	handed  bool // the hand-over has been ordered
	joined  bool // that the two are joined was told
}

// party is the consulted party.
type party struct {
	hears    func(...Sound) bool
	hangUp   func()
	stream   func(uint16) // Caller.NewStream of the number; nil: a colleague's media keep one stream
	transfer string       // id of the caller's transfer to the number; "": the consulted party is a colleague
}

// asks lets somebody phone, talk with an agent, and be put on hold while she asks a number,
// or a colleague.
func asks(b *bench, number bool) *question {
	b.t.Helper()
	q := &question{bench: b, ask: NewID(), a: newSIPAgent(b.t, Agent)}
	q.id, q.who = b.phoned()
	q.channel = b.channel(q.id)
	q.leg, q.second = call.LegID(call.OfferID(q.id, 1)), call.LegID(call.OfferID(q.ask, 1))
	b.connectedTo(q.a, q.id, q.who, q.leg)
	b.sw.Do(call.Hold{Call: q.id})
	dial := call.Dial{Call: q.ask, Dial: call.AskDial(q.ask), Ring: 30 * time.Second}
	rings := func() {}
	if number { // the agent hears it ring on her second leg
		person := b.rig.Person(b.t, theirs, Rings, Asked)
		dial.Number, dial.Leg, dial.Address = theirs, q.second, q.a.address()
		rings = func() {
			q.until("the agent hears it ring", q.a.hearsRinging)
			person.Answers()
		}
		q.asked = party{person.Hears, person.HangUp, person.NewStream, call.AskTransfer(q.ask)}
	} else {
		colleague := newSIPAgent(b.t, Asked)
		dial.Media = colleague.address()
		q.asked = party{colleague.Hears, func() { colleague.hangUp(dial.Dial) }, nil, ""}
	}
	b.sw.Do(dial)
	rings()
	if a := awaitEvent[call.DialAnswered](b, q.ask); a.Dial != dial.Dial {
		b.t.Errorf("told was %+v", a)
	}
	b.sw.Do(call.Connect{Call: q.ask, Leg: q.second, Address: q.a.address()})
	if got := awaitEvent[call.Bridged](b, q.ask).Leg; got != q.second {
		b.t.Errorf("bridged leg %q, want %q", got, q.second)
	}
	q.isWithOther()
	return q
}

// hear waits until the three hear that. If they never do, it tells what they hear.
func (q *question) hear(what string, caller, agent, asked []Sound) {
	q.t.Helper()
	defer func() {
		if q.t.Failed() {
			q.t.Logf("at the end of the wait for %q: %s", what, q.heardNow())
		}
	}()
	q.until(what, func() bool { return q.who.Hears(caller...) && q.a.Hears(agent...) && q.asked.hears(asked...) })
}

// heardNow tells which sounds the caller, the agent and the consulted party hear, and which
// channels and bridges are in Asterisk.
func (q *question) heardNow() string {
	var told []string
	for _, by := range []struct {
		name  string
		hears func(...Sound) bool
	}{{"the caller", q.who.Hears}, {"the agent", q.a.Hears}, {"the consulted party", q.asked.hears}} {
		heard := []Sound{}
		for _, s := range []Sound{Voice, Agent, Asked, Music, Silence} {
			if by.hears(s) {
				heard = append(heard, s)
			}
		}
		told = append(told, fmt.Sprintf("%s hears %v", by.name, heard))
	}
	return strings.Join(append(told, q.rig.everything(q.t)), "; ")
}

func (q *question) isWithOther() {
	q.t.Helper()
	q.a.turnTo(q.second)
	q.hear("the agent talks with the consulted party", []Sound{Music}, []Sound{Asked}, []Sound{Agent})
}

func (q *question) isWithCaller() {
	q.t.Helper()
	q.a.turnTo(q.leg)
	q.hear("the agent talks with the caller", []Sound{Agent}, []Sound{Voice}, []Sound{Music})
}

func (q *question) isWithAll() {
	q.t.Helper()
	q.a.turnTo(q.leg)
	q.hear("all three talk", []Sound{Agent, Asked}, []Sound{Voice, Asked}, []Sound{Agent, Voice})
}

// toCaller, toOther, toAll and fromAll give the orders by which the agent turns.
func (q *question) toCaller() {
	q.sw.Do(call.Hold{Call: q.ask})
	q.sw.Do(call.Unhold{Call: q.id})
}

func (q *question) toOther() {
	q.sw.Do(call.Hold{Call: q.id})
	q.sw.Do(call.Unhold{Call: q.ask})
}

func (q *question) toAll() {
	q.sw.Do(call.Unite{Call: q.ask, With: q.id})
	q.sw.Do(call.Unhold{Call: q.ask})
	q.sw.Do(call.Unhold{Call: q.id})
}

func (q *question) fromAll() {
	q.sw.Do(call.Part{Call: q.ask})
	q.toOther()
}

func (q *question) handOn() {
	q.handed = true
	q.sw.Do(call.HandOn{Call: q.id, Ask: q.ask, Leg: call.AskDial(q.ask), Transfer: q.asked.transfer})
}

// isHandedOn waits until the caller talks with the consulted party, and nothing of the agent's is
// left.
func (q *question) isHandedOn() {
	q.t.Helper()
	q.until("the caller talks with the consulted party", func() bool { return q.who.Hears(Asked) && q.asked.hears(Voice) })
	switch {
	case q.joined: // told once
	case q.asked.transfer != "":
		awaitEvent[call.TransferAnswered](q.bench, q.id)
	default:
		b := awaitEvent[call.Bridged](q.bench, q.id)
		if b.Leg != call.AskDial(q.ask) {
			q.t.Errorf("bridged leg %q", b.Leg)
		}
	}
	q.joined = true
	q.legsAreGone(q.leg, q.second)
}

// isRecorded has the talk with a number that was asked recorded, as that with any other
// number outside.
func (q *question) isRecorded() {
	q.t.Helper()
	if q.asked.transfer == "" {
		return
	}
	leg := call.AskDial(q.ask)
	q.sw.Do(call.RecordTalk{Call: q.id, Leg: leg, Recording: leg})
	if e := awaitEvent[call.RecordingTold](q.bench, q.id); e.What != "started" || e.Leg != leg {
		q.t.Errorf("told was %+v", e)
	}
}

// legsAreGone waits until Asterisk has none of these any more.
func (q *question) legsAreGone(legs ...string) {
	q.t.Helper()
	for _, leg := range legs {
		q.until("nothing of the leg is left", func() bool { return !strings.Contains(q.rig.everything(q.t), leg) })
	}
}

// otherLeaves lets the consulted party hang up, to whom the caller was handed on.
func (q *question) otherLeaves() {
	q.t.Helper()
	q.asked.hangUp()
	if q.asked.transfer == "" {
		if e := awaitEvent[call.LegEnded](q.bench, q.id); e.Leg != call.AskDial(q.ask) {
			q.t.Errorf("told was %+v", e)
		}
	} else if e := awaitEvent[call.TransferEnded](q.bench, q.id); e.Transfer != q.asked.transfer || e.Why != "over" {
		q.t.Errorf("told was %+v", e)
	}
	q.sw.Do(call.Music{Call: q.id})
	q.hears(q.who, Music)
}

// ends ends the call of the caller, and waits until nothing of either call is left. The
// call ask has not been told as ended.
func (q *question) ends() {
	q.t.Helper()
	q.endBy(true, q.id, q.who)
	q.nothingLeft(q.ask)
	if heard[call.Failed](q.bench, q.id) || heard[call.Failed](q.bench, q.ask) || heard[call.HungUp](q.bench, q.ask) || heard[call.LegEnded](q.bench, q.id) {
		q.t.Errorf("told were: %v", q.allTold())
	}
}

// asksBoth tries something with a number that is asked, and with a colleague.
func asksBoth(t *testing.T, rig Rig, try func(*question)) {
	for what, number := range map[string]bool{"a number": true, "a colleague": false} {
		t.Log(what)
		rig.Config.Carriers = &Carriers{}
		q := asks(begin(t, rig), number)
		try(q)
		q.until("no trunk carries anything", func() bool { return q.carried() == 0 })
		q.stop()
	}
}

// carried is how many calls the trunk carries.
func (q *question) carried() int { return q.rig.Config.Carriers.(*Carriers).Up("trunk") }

// consultation: the agent turns to one, to the other and to both, and leaves the two
// together. Each order may be given twice.
func consultation(t *testing.T, rig Rig) {
	asksBoth(t, rig, func(q *question) {
		trunk := map[bool]int{true: 1}[q.asked.transfer != ""]
		began := time.Now()
		for range 2 {
			q.toCaller()
		}
		q.isWithCaller()
		for range 2 {
			q.toOther()
		}
		q.isWithOther()
		for range 3 {
			q.toAll()
			q.toAll()
			q.isWithAll()
			q.fromAll()
			q.fromAll()
			q.isWithOther()
		}
		q.toAll()
		q.isWithAll()
		q.handOn()
		q.handOn()
		q.isHandedOn()
		if rig.LongestSilence != nil {
			longest := rig.LongestSilence(q.who, began)
			t.Logf("the caller heard nothing for %v at most", longest)
			if longest >= time.Second {
				t.Errorf("the caller heard nothing for %v", longest)
			}
		}
		if up := q.carried(); up != trunk {
			t.Errorf("the trunk carries %d calls, want %d", up, trunk)
		}
		q.sw.Do(call.Hold{Call: q.id})
		q.hears(q.who, Music)
		q.sw.Do(call.Unhold{Call: q.id})
		q.isHandedOn()
		q.otherLeaves()
		q.ends()
	})
}

// handedOnAfterAsking: the caller is handed on while on hold, or while the consulted party is; and
// hangs up then, or has another agent.
func handedOnAfterAsking(t *testing.T, rig Rig) {
	asksBoth(t, rig, func(q *question) {
		q.handOn()
		q.isHandedOn()
		q.isRecorded()
		q.connected(q.id, q.who, call.LegID(call.OfferID(q.id, 2)))
		q.legsAreGone(call.AskDial(q.ask))
		q.ends()
	})
	asksBoth(t, rig, func(q *question) {
		q.toCaller()
		q.isWithCaller()
		q.handOn()
		q.isHandedOn()
		q.ends()
	})
}

// hangUpsWhileAsking: whoever of three leaves, the others go on.
func hangUpsWhileAsking(t *testing.T, rig Rig) {
	asksBoth(t, rig, func(q *question) { // the caller, of three
		q.toAll()
		q.isWithAll()
		q.who.HangUp()
		awaitEvent[call.HungUp](q.bench, q.id)
		q.sw.Do(call.Part{Call: q.ask})
		q.a.turnTo(q.second)
		q.until("the others talk on", func() bool { return q.a.Hears(Asked) && q.asked.hears(Agent) })
		q.nothingLeft(q.id)
		q.sw.Do(call.HangUp{Call: q.ask})
		awaitEvent[call.HungUp](q.bench, q.ask)
		q.nothingLeft(q.ask)
	})
	asksBoth(t, rig, func(q *question) { // the consulted party, of three
		q.toAll()
		q.isWithAll()
		q.asked.hangUp()
		awaitEvent[call.HungUp](q.bench, q.ask)
		q.until("caller and agent talk on", func() bool { return q.who.Hears(Agent) && q.a.Hears(Voice) })
		q.nothingLeft(q.ask)
		q.endBy(true, q.id, q.who)
	})
	asksBoth(t, rig, func(q *question) { // the consulted party, of two
		q.asked.hangUp()
		awaitEvent[call.HungUp](q.bench, q.ask)
		q.nothingLeft(q.ask)
		q.hears(q.who, Music)
		q.sw.Do(call.Unhold{Call: q.id})
		q.a.turnTo(q.leg)
		q.isTalking(q.who, q.a)
		q.endBy(false, q.id, q.who)
	})
}

// legsDieWhileAsking: the agent's leg of the talk is gone, or the second one. The caller and
// the consulted party can be left together all the same.
func legsDieWhileAsking(t *testing.T, rig Rig) {
	asksBoth(t, rig, func(q *question) {
		q.toAll()
		q.isWithAll()
		q.a.hangUp(q.second)
		awaitEvent[call.LegEnded](q.bench, q.ask)
		q.legsAreGone(q.second)
		q.isWithAll()
		q.handOn()
		q.isHandedOn()
		q.ends()
	})
	asksBoth(t, rig, func(q *question) {
		q.toAll()
		q.isWithAll()
		q.a.hangUp(q.leg)
		if e := awaitEvent[call.LegEnded](q.bench, q.id); e.Leg != q.leg {
			t.Errorf("told was %+v", e)
		}
		q.handOn()
		q.isHandedOn()
		q.ends()
	})
	asksBoth(t, rig, func(q *question) { // back, with no leg to go back to
		q.toAll()
		q.isWithAll()
		q.a.hangUp(q.second)
		awaitEvent[call.LegEnded](q.bench, q.ask)
		q.sw.Do(call.Part{Call: q.ask})
		q.sw.Do(call.Music{Call: q.ask})
		q.until("the consulted party hears music", func() bool { return q.asked.hears(Music) })
		q.isTalking(q.who, q.a)
		q.sw.Do(call.Connect{Call: q.ask, Leg: call.LegID(call.OfferID(q.ask, 2)), Address: q.a.address()})
		q.until("the agent talks with the consulted party", func() bool { return q.a.Hears(Asked) && q.asked.hears(Agent) })
		q.sw.Do(call.HangUp{Call: q.ask})
		awaitEvent[call.HungUp](q.bench, q.ask)
		q.endBy(true, q.id, q.who)
	})
}

// deadManHandedOn: the consulted party has a dead-man, which is renewed with that of the caller who
// was handed on. When nobody renews them, the caller goes to the fallback, and the other
// one is hung up.
func deadManHandedOn(t *testing.T, rig Rig) {
	rig.Config.DeadMan = 2 * time.Second
	for what, number := range map[string]bool{"a number": true, "a colleague": false} {
		t.Log(what)
		well := newHealth()
		rig.Config.Healthy = well.isWell
		q := asks(begin(t, rig), number)
		q.handOn()
		q.isHandedOn()
		q.terms(3)
		q.isHandedOn()
		well.fail()
		awaitEvent[call.HungUp](q.bench, q.id)
		q.hears(q.who, FallbackSound)
		q.nothingLeft(q.ask)
		q.who.HangUp()
		q.stop()
	}
}

// askedInVain: a colleague who cannot be reached, and orders that come too early or too late.
func askedInVain(t *testing.T, rig Rig) {
	carriers := &Carriers{}
	rig.Config.Carriers = carriers
	b := begin(t, rig)
	nobody, id := newSIPAgent(t, Asked), NewID()
	nobody.phone.Close()
	b.sw.Do(call.Dial{Call: id, Dial: call.AskDial(id), Media: nobody.address()})
	if f := awaitEvent[call.DialFailed](b, id); f.Why != "failed" || f.Dial != call.AskDial(id) {
		t.Errorf("told was %+v", f)
	}
	if heard[call.Carried](b, id) || carriers.Up("trunk") != 0 {
		t.Errorf("of a trunk: %v", b.allTold())
	}
	b.nothingLeft(id)

	q := asks(b, false)
	refused := func(c call.Command, of call.ID) {
		t.Helper()
		b.sw.Do(c)
		if f := awaitEvent[call.Failed](b, of); f.Command != call.NameOf(c) || f.Why == "" {
			t.Errorf("told was %+v", f)
		}
	}
	refused(call.Unite{Call: q.ask, With: id}, q.ask)
	q.isWithOther()
	alone, other := b.phoned()
	refused(call.Unite{Call: q.ask, With: alone}, q.ask)
	q.isWithOther()
	refused(call.HandOn{Call: alone, Ask: id, Leg: call.AskDial(id)}, alone)
	b.endBy(true, alone, other)

	b.sw.Do(call.HangUp{Call: q.id}) // and is handed on all the same
	q.handOn()
	awaitEvent[call.HungUp](b, q.id)
	awaitEvent[call.HungUp](b, q.ask)
	b.nothingLeft(q.id, q.ask)
}
