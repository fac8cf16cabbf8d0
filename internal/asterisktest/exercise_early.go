package asterisktest

import (
	"testing"
	"time"

	"presszero/call"
)

// The agent who calls a number hears, on one leg, the ringing or what the network
// sends before the answer, and then the person. Before the answer the person does
// not hear the agent. However the call ends, nothing of it is left in Asterisk.
func earlyMedia(t *testing.T, rig Rig) {
	b := begin(t, rig)
	for _, does := range []Manner{Rings, Media, Answers} {
		for _, agentEnds := range []bool{true, false} {
			earlyMediaOf(b, does, agentEnds)
		}
	}
}

// earlyMediaOf calls a person who does that. agentEnds: the agent ends the call, and not
// the person.
func earlyMediaOf(b *bench, does Manner, agentEnds bool) {
	t := b.t
	t.Helper()
	person, id, a := b.rig.Person(t, theirs, does, Voice), NewID(), newAgent(t)
	leg := call.LegID(call.OfferID(id, 1))
	b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, 1), Number: theirs, Ring: 30 * time.Second, Leg: leg, Address: a.address()})
	made := func() {
		m := awaitEvent[call.LegMade](b, id)
		a.talkTo(m.Remote)
		if m.Leg != leg {
			t.Errorf("told was %+v", m)
		}
	}
	if does != Answers { // a person who answers at once may do so before there is a leg
		made()
		b.until(string(does)+": the agent hears it", func() bool { return a.hearsRinging() == (does == Rings) && a.hears() == (does == Media) })
		if person.Hears(Agent) {
			t.Errorf("%s: she is heard before the answer", does)
		}
	}
	if agentEnds && does != Answers {
		b.sw.Do(call.HangUp{Call: id})
		awaitEvent[call.DialFailed](b, id)
		b.until(string(does)+": the agent hears nothing", func() bool { return !a.hears() && !a.hearsRinging() })
		b.nothingLeft(id)
		return
	}
	if does != Answers {
		person.Answers()
	}
	awaitEvent[call.DialAnswered](b, id)
	b.sw.Do(call.Connect{Call: id, Leg: leg, Address: a.address()})
	if does == Answers {
		made()
	}
	awaitEvent[call.Bridged](b, id)
	b.hears(person, Agent)
	b.until(string(does)+": the agent hears the person", func() bool { return a.hears() && !a.hearsRinging() })
	b.endBy(agentEnds, id, person)
}

// endBy lets a talk end, by us or by the person, and waits until nothing of it is left.
func (b *bench) endBy(us bool, id call.ID, person Caller) {
	b.t.Helper()
	if us {
		b.sw.Do(call.HangUp{Call: id})
	} else {
		person.HangUp()
	}
	awaitEvent[call.HungUp](b, id)
	b.nothingLeft(id)
}

// The agent also hears the person while Asterisk finds out whether it is one.
func earlyMediaListening(t *testing.T, rig Rig) {
	b := begin(t, rig)
	for _, does := range []Manner{Greets, Machine} {
		person := rig.Person(t, theirs, does, Voice)
		id, a := NewID(), newAgent(t)
		leg := call.LegID(call.OfferID(id, 1))
		b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, 1), Number: theirs, Ring: 30 * time.Second, Listen: true, Leg: leg, Address: a.address()})
		a.talkTo(awaitEvent[call.LegMade](b, id).Remote)
		by := awaitEvent[call.DialAnswered](b, id).By
		if does == Machine {
			b.sw.Do(call.DropLeg{Call: id, Leg: leg})
			b.sw.Do(call.Play{Call: id, Play: string(id) + ".p", Prompts: []string{Long}})
			b.hears(person, Long)
			b.until("the agent hears nothing", func() bool { return !a.hears() && !a.hearsRinging() })
		} else { // the person is told that the talk is recorded, before the agent is there
			b.sw.Do(call.Play{Call: id, Play: string(id) + ".told", Prompts: []string{Long}})
			b.hears(person, Long)
			b.sw.Do(call.StopPlay{Call: id, Play: string(id) + ".told"})
			awaitEvent[call.PlayEnded](b, id)
			b.sw.Do(call.Connect{Call: id, Leg: leg, Address: a.address()})
			awaitEvent[call.Bridged](b, id)
			b.hears(person, Agent)
		}
		if by != map[Manner]string{Greets: "person", Machine: "machine"}[does] {
			t.Errorf("%s: taken by %s", does, by)
		}
		b.sw.Do(call.HangUp{Call: id})
		awaitEvent[call.HungUp](b, id)
		b.nothingLeft(id)
	}
}
