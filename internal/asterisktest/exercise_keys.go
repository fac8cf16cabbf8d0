package asterisktest

import (
	"testing"
	"time"

	"presszero/call"
)

// typed waits until the far end has got exactly these keys.
func (b *bench) typed(who Caller, keys string) {
	b.t.Helper()
	b.until("the keys "+keys+" are there", func() bool { return len(who.Keys()) >= len(keys) })
	if got := who.Keys(); got != keys {
		b.t.Errorf("the far end got the keys %q, want %q", got, keys)
	}
}

// sentKeys: keys come to the far end in their order, each once, in a talk and on hold. What
// is ordered next is carried out after them, and without an error.
func sentKeys(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	keys := func(k string) { b.sw.Do(call.SendKeys{Call: id, Keys: call.NewSecret(k)}) }
	leg := call.LegID(call.OfferID(id, 1))
	a := b.connected(id, who, leg)
	keys("0123456789*#")
	b.typed(who, "0123456789*#")
	b.isTalking(who, a)
	for _, k := range "1122" { // one by one, at once
		keys(string(k))
	}
	b.typed(who, "0123456789*#1122")
	b.isTalking(who, a)

	b.sw.Do(call.Hold{Call: id})
	b.isHeld(who, a, Music)
	keys("55")
	b.typed(who, "0123456789*#112255")
	b.isHeld(who, a, Music)
	keys("7")
	b.sw.Do(call.Unhold{Call: id})
	b.typed(who, "0123456789*#1122557")
	b.isTalking(who, a)

	keys("0123456789012345") // longer than a request may take
	b.sw.Do(call.DropLeg{Call: id, Leg: leg})
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	b.typed(who, "0123456789*#11225570123456789012345")
	keys("9") // with nobody
	b.typed(who, "0123456789*#112255701234567890123459")
	if heard[call.Failed](b, id) || heard[call.DigitPressed](b, id) {
		t.Errorf("told were: %v", b.allTold())
	}
	keys("123")
	b.endBy(true, id, who)
}

// otherKeys: what is no key of a telephone is not sent, and not told.
func otherKeys(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	for _, keys := range []string{"", "12A", "w", "1 2", "1\n"} {
		b.sw.Do(call.SendKeys{Call: id, Keys: call.NewSecret(keys)})
		if f := awaitEvent[call.Failed](b, id); f.Command != "send_keys" || f.Why == "" {
			t.Errorf("told was %+v", f)
		}
	}
	b.sw.Do(call.SendKeys{Call: id, Keys: call.NewSecret("6")})
	b.typed(who, "6")
	b.endBy(true, id, who)
}

// keysToThePersonCalled: keys for whom we call are sent once the call is taken, and not
// before.
func keysToThePersonCalled(t *testing.T, rig Rig) {
	b := begin(t, rig)
	person, id, a := rig.Person(t, theirs, Rings, Voice), NewID(), newAgent(t)
	leg := call.LegID(call.OfferID(id, 1))
	b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, 1), Number: theirs, Ring: 30 * time.Second, Leg: leg, Address: a.address()})
	a.talkTo(awaitEvent[call.LegMade](b, id).Remote)
	b.until("it rings", person.Rings)
	b.sw.Do(call.SendKeys{Call: id, Keys: call.NewSecret("1")})
	if f := awaitEvent[call.Failed](b, id); f.Command != "send_keys" {
		t.Errorf("told was %+v", f)
	}
	person.Answers()
	awaitEvent[call.DialAnswered](b, id)
	b.sw.Do(call.Connect{Call: id, Leg: leg, Address: a.address()})
	awaitEvent[call.Bridged](b, id)
	b.isTalking(person, a)
	b.sw.Do(call.SendKeys{Call: id, Keys: call.NewSecret("2#3")})
	b.typed(person, "2#3")
	b.isTalking(person, a)
	b.endBy(true, id, person)
}
