package asterisktest

import (
	"testing"
	"time"

	"presszero/call"
)

// nextTrunk: a call that one trunk does not carry goes over the next, unless the phone
// has rung: no person is called twice.
func nextTrunk(t *testing.T, rig Rig) {
	refuses, answers := theirs+"7", theirs+"8"
	carriers := &Carriers{Otherwise: func(number string) []call.Way {
		missing := call.Way{Trunk: "missing", Number: number}
		return []call.Way{missing, {Trunk: "trunk", Number: refuses}, {Trunk: "trunk", Number: answers}}
	}}
	rig.Config.Carriers = carriers
	b := begin(t, rig)
	nextTrunkOfDials(b, carriers, refuses, answers)
	for _, does := range []Manner{Congested, Redirects, Unknown} {
		id, who := b.phoned()
		rig.Person(t, refuses, does, Agent)
		rig.Person(t, answers, Answers, Agent)
		b.sw.Do(call.TransferOut{Call: id, Transfer: string(id) + ".t", Number: theirs})
		awaitEvent[call.TransferAnswered](b, id)
		b.until("the caller hears the other", func() bool { return who.Hears(Agent) })
		who.HangUp()
		b.nothingLeft(id)
	}
	b.until("the trunk is free", func() bool { return carriers.Up("trunk") == 0 && carriers.Up("missing") == 0 })
}

// nextTrunkOfDials makes calls: the trunk that refuses is tried before the one that
// answers.
func nextTrunkOfDials(b *bench, carriers *Carriers, refuses, answers string) {
	t, rig := b.t, b.rig
	t.Helper()
	for n, does := range []Manner{Congested, Forbidden, Redirects, Unknown} {
		rig.Person(t, refuses, does, Voice)
		person := rig.Person(t, answers, Answers, Voice)
		id := NewID()
		b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, n+1), Number: theirs, Ring: 30 * time.Second})
		awaitEvent[call.DialAnswered](b, id)
		b.sw.Do(call.Music{Call: id})
		b.hears(person, Music)
		if up := carriers.Up("trunk"); up != 1 || carriers.Up("missing") != 0 || carriers.Last().Class != "answered" {
			t.Errorf("%s: the trunk has %d calls, and was told %+v", does, up, carriers.Last())
		}
		b.sw.Do(call.HangUp{Call: id})
		b.awaitOver(person)
		b.nothingLeft(id)
	}
	for does, why := range map[Manner]string{RingsThenCongested: "trunk", Busy: "busy"} {
		rig.Person(t, refuses, does, Voice)
		person := rig.Person(t, answers, Rings, Voice)
		id := NewID()
		b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, 1), Number: theirs, Ring: 30 * time.Second})
		if f := awaitEvent[call.DialFailed](b, id); f.Why != why || person.Rings() {
			t.Errorf("%s: told was %+v; another phone rings: %v", does, f, person.Rings())
		}
		b.nothingLeft(id)
	}

	// Two that know no such number: there is none.
	rig.Person(t, refuses, Unknown, Voice)
	rig.Person(t, answers, Unknown, Voice)
	id := NewID()
	b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, 1), Number: theirs, Ring: 30 * time.Second})
	if f := awaitEvent[call.DialFailed](b, id); f.Why != "invalid" {
		t.Errorf("two trunks without such a number: %+v", f)
	}
	b.nothingLeft(id)
}

// silentTrunk: a call with which a trunk does nothing is given up in time for the next
// trunk.
func silentTrunk(t *testing.T, rig Rig) {
	silent, answers := theirs+"7", theirs+"8"
	carriers := &Carriers{Otherwise: func(string) []call.Way {
		return []call.Way{{Trunk: "trunk", Number: silent}, {Trunk: "trunk", Number: answers}}
	}}
	rig.Config.Carriers, rig.Config.SilentTrunk = carriers, 2*time.Second
	b := begin(t, rig)
	rig.Person(t, silent, Silent, Voice)
	person := rig.Person(t, answers, Answers, Voice)
	id := NewID()
	b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, 1), Number: theirs, Ring: 25 * time.Second})
	awaitEvent[call.DialAnswered](b, id)
	if up := carriers.Up("trunk"); up != 1 {
		t.Errorf("the trunk has %d calls", up)
	}
	b.sw.Do(call.HangUp{Call: id})
	b.awaitOver(person)
	b.nothingLeft(id)
}

func noTrunk(t *testing.T, rig Rig) {
	rig.Config.Carriers = nil
	b := begin(t, rig)
	id, _ := b.phoned()
	b.sw.Do(call.TransferOut{Call: id, Transfer: string(id) + ".t", Number: theirs})
	if e := awaitEvent[call.TransferEnded](b, id); e.Why != "failed" {
		t.Errorf("told was %+v", e)
	}
	other := NewID()
	b.sw.Do(call.Dial{Call: other, Dial: call.DialID(other, 1), Number: theirs, Ring: time.Second})
	if f := awaitEvent[call.DialFailed](b, other); f.Why != "failed" {
		t.Errorf("told was %+v", f)
	}
}
