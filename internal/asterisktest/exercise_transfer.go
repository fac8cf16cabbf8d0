package asterisktest

import (
	"testing"

	"presszero/call"
)

func handedOn(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	person := rig.Person(t, theirs, Rings, Agent)
	b.sw.Do(call.Music{Call: id})
	for range 2 {
		b.sw.Do(call.TransferOut{Call: id, Transfer: string(id) + ".t1", Number: theirs})
	}
	b.until("it rings", person.Rings)
	b.hears(who, Music)
	person.Answers()
	if a := awaitEvent[call.TransferAnswered](b, id); a.Transfer != string(id)+".t1" {
		t.Errorf("told was %+v", a)
	}
	b.hears(who, Agent)
	b.until("the number hears the caller", func() bool { return person.Hears(Voice) })
	person.HangUp()
	if e := awaitEvent[call.TransferEnded](b, id); e.Transfer != string(id)+".t1" || e.Why != "over" {
		t.Errorf("told was %+v", e)
	}
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	handedOnAgain(b, id, who)
}

// handedOnAgain hands the caller on, then to an agent, and then on again. None of these
// ends is told as one that came by itself.
func handedOnAgain(b *bench, id call.ID, who Caller) {
	t, rig := b.t, b.rig
	t.Helper()
	person := rig.Person(t, theirs, Answers, Agent)
	b.sw.Do(call.TransferOut{Call: id, Transfer: string(id) + ".t2", Number: theirs})
	awaitEvent[call.TransferAnswered](b, id)
	b.hears(who, Agent)
	b.sw.Do(call.DropTransfer{Call: id, Transfer: string(id) + ".t2"})
	b.awaitOver(person)
	b.connected(id, who, call.LegID(call.OfferID(id, 1)))
	person = rig.Person(t, theirs, Answers, Agent)
	b.sw.Do(call.TransferOut{Call: id, Transfer: string(id) + ".t3", Number: theirs})
	awaitEvent[call.TransferAnswered](b, id)
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
	b.awaitOver(person)
	b.nothingLeft(id)
	if heard[call.TransferEnded](b, id) || heard[call.LegEnded](b, id) {
		t.Errorf("what we ended was told as ended by itself; told were: %v", b.allTold())
	}
}

func notAnswered(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	b.sw.Do(call.Music{Call: id})
	for does, why := range map[Manner]string{Busy: "busy", Declines: "refused", Unknown: "invalid", Forbidden: "trunk", Congested: "trunk"} {
		rig.Person(t, theirs, does, Agent)
		b.sw.Do(call.TransferOut{Call: id, Transfer: string(id) + "." + string(does), Number: theirs})
		if e := awaitEvent[call.TransferEnded](b, id); e.Why != why || e.Transfer != string(id)+"."+string(does) {
			t.Errorf("%s: told was %+v", does, e)
		}
	}
	b.sw.Do(call.TransferOut{Call: id, Transfer: string(id) + ".odd", Number: "no number"})
	if e := awaitEvent[call.TransferEnded](b, id); e.Why != "failed" {
		t.Errorf("told was %+v", e)
	}
	b.hears(who, Music)
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
	b.nothingLeft(id)
}

func hangUpWhileRinging(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	for _, by := range []string{"an order", "the caller"} {
		person := rig.Person(t, theirs, Rings, Agent)
		b.sw.Do(call.TransferOut{Call: id, Transfer: string(id) + "." + by[:2], Number: theirs})
		b.until("it rings", person.Rings)
		if by == "the caller" {
			who.HangUp()
			awaitEvent[call.HungUp](b, id)
		} else {
			b.sw.Do(call.DropTransfer{Call: id, Transfer: string(id) + "." + by[:2]})
		}
		b.awaitOver(person)
	}
	b.nothingLeft(id)
	if heard[call.TransferEnded](b, id) || heard[call.TransferAnswered](b, id) {
		t.Errorf("told were: %v", b.allTold())
	}
}
