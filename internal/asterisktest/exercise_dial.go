package asterisktest

import (
	"testing"
	"time"

	"presszero/call"
)

func callback(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
	for n, ends := range []string{"them", "us"} { // the same call, called back twice
		calledBack(b, id, n+1, ends == "us")
	}
	if heard[call.Arrived](b, "") || heard[call.Picked](b, id) || heard[call.DialFailed](b, id) || heard[call.DialRinging](b, id) {
		t.Errorf("told were: %v", b.allTold())
	}
}

// calledBack calls the caller back for the nth time, through all that a call has, to
// its end by us or by the person.
func calledBack(b *bench, id call.ID, n int, weEnd bool) {
	t, rig := b.t, b.rig
	t.Helper()
	person := rig.Person(t, theirs, Rings, Voice)
	dial := call.Dial{Call: id, Dial: call.DialID(id, n), Number: theirs, Ring: 30 * time.Second}
	for range 2 {
		b.sw.Do(dial)
	}
	if r := awaitEvent[call.DialRinging](b, id); r.Dial != dial.Dial {
		t.Errorf("told was %+v", r)
	}
	b.sw.Do(call.Music{Call: id}) // too early, and harmless
	b.until("it rings", person.Rings)
	person.Answers()
	if a := awaitEvent[call.DialAnswered](b, id); a.Dial != dial.Dial || a.By != "" {
		t.Errorf("told was %+v", a)
	}
	b.sw.Do(call.Answer{Call: id})
	b.sw.Do(call.Play{Call: id, Play: dial.Dial + ".p", Prompts: []string{Hello}})
	awaitEvent[call.PlayEnded](b, id)
	b.sw.Do(call.Music{Call: id})
	b.hears(person, Music)
	person.Press('5')
	awaitEvent[call.DigitPressed](b, id)
	b.connected(id, person, call.LegID(call.OfferID(id, n)))
	side := call.SideCaller
	if weEnd {
		side = call.SideUs
		b.sw.Do(call.HangUp{Call: id})
	} else {
		person.HangUp()
	}
	if h := awaitEvent[call.HungUp](b, id); h.Side != side || h.Estimated {
		t.Errorf("ended by us: %v; told was %+v", weEnd, h)
	}
	b.awaitOver(person)
	b.nothingLeft(id)
}

func callbackFailed(t *testing.T, rig Rig) {
	carriers := &Carriers{}
	rig.Config.Carriers = carriers
	b := begin(t, rig)
	id, n := NewID(), 0
	for does, c := range map[Manner]struct {
		why  string
		rang bool
	}{Busy: {why: "busy"}, Declines: {why: "declined"}, Unknown: {why: "invalid"}, Rings: {"no_answer", true}, Silent: {why: "no_answer"},
		Media: {"no_answer", true}, Forbidden: {why: "trunk"}, Congested: {why: "trunk"}, RingsThenCongested: {"trunk", true}} {
		n++
		person := rig.Person(t, theirs, does, Voice)
		b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, n), Number: theirs, Ring: time.Second})
		if c.rang {
			awaitEvent[call.DialRinging](b, id)
		}
		if f := awaitEvent[call.DialFailed](b, id); f.Why != c.why || f.Dial != call.DialID(id, n) {
			t.Errorf("%s: told was %+v", does, f)
		}
		if told := carriers.Last(); told.Class != c.why || carriers.Up("trunk") != 0 {
			t.Errorf("%s: of the trunk was told %+v, and it has %d calls", does, told, carriers.Up("trunk"))
		}
		b.awaitOver(person)
		b.sw.Do(call.HangUp{Call: id}) // too late, and harmless
	}
	b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, n+1), Number: "1;drop", Ring: time.Second})
	if f := awaitEvent[call.DialFailed](b, id); f.Why != "invalid" {
		t.Errorf("told was %+v", f)
	}
	b.nothingLeft(id)
}

func callbackTakenBack(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id := NewID()
	for n, order := range []call.Command{call.HangUp{Call: id}, call.Fallback{Call: id}} {
		person := rig.Person(t, theirs, Rings, Voice)
		b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, n+1), Number: theirs, Ring: 30 * time.Second})
		b.until("it rings", person.Rings)
		b.sw.Do(order)
		if f := awaitEvent[call.DialFailed](b, id); f.Dial != call.DialID(id, n+1) {
			t.Errorf("told was %+v", f)
		}
		b.awaitOver(person)
	}
	b.nothingLeft(id)
}
