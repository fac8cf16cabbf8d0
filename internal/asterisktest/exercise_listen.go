package asterisktest

import (
	"testing"
	"time"

	"presszero/asterisk"
	"presszero/call"
)

// whoHasTaken: a person is told from a machine; in doubt the call counts as a person's.
// Afterwards it is a call like any other.
func whoHasTaken(t *testing.T, rig Rig) {
	b := begin(t, rig)
	for does, by := range map[Manner]string{Greets: "person", Machine: "machine", Mute: "unsure"} {
		id := NewID()
		person := rig.Person(t, theirs, does, Voice)
		dial := call.Dial{Call: id, Dial: call.DialID(id, 1), Number: theirs, Ring: 30 * time.Second, Listen: true}
		began := time.Now()
		b.sw.Do(dial)
		if a := awaitEvent[call.DialAnswered](b, id); a.By != by || a.Dial != dial.Dial {
			t.Errorf("%s: told was %+v, want %s", does, a, by)
		}
		t.Logf("%s: known after %s", does, time.Since(began).Round(time.Millisecond))
		b.sw.Do(call.Music{Call: id})
		b.hears(person, Music)
		if does == Greets {
			b.connected(id, person, call.LegID(call.OfferID(id, 1)))
		}
		b.sw.Do(call.HangUp{Call: id})
		if h := awaitEvent[call.HungUp](b, id); h.Side != call.SideUs {
			t.Errorf("%s: told was %+v", does, h)
		}
		b.awaitOver(person)
		b.nothingLeft(id)
	}
	if heard[call.Arrived](b, "") || heard[call.DialFailed](b, "") {
		t.Errorf("told were: %v", b.allTold())
	}
}

// afterTheGreeting: a message to an answering machine begins after the machine's greeting.
func afterTheGreeting(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id := NewID()
	person := rig.Person(t, theirs, Machine, Voice)
	b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, 1), Number: theirs, Ring: 30 * time.Second, Listen: true})
	awaitEvent[call.DialAnswered](b, id)
	b.sw.Do(call.LetFinish{Call: id, Max: time.Minute})
	b.sw.Do(call.Play{Call: id, Play: string(id) + ".p", Prompts: []string{Hello}})
	b.hears(person, Hello)
	awaitEvent[call.PlayEnded](b, id)
	// LetFinish waits for a silent far end no longer than its limit.
	b.sw.Do(call.LetFinish{Call: id, Max: 100 * time.Millisecond})
	b.sw.Do(call.Music{Call: id})
	b.hears(person, Music)
	person.HangUp()
	awaitEvent[call.HungUp](b, id)
	b.nothingLeft(id)
}

// hangUpWhileListening: by whom, and that a controller that is started anew
// does not leave the call behind.
func hangUpWhileListening(t *testing.T, rig Rig) {
	b := begin(t, rig)
	var known []asterisk.Known
	for n, by := range []string{"us", "them", "nobody"} {
		id := NewID()
		dial := call.DialID(id, n+1)
		person := rig.Person(t, theirs, Mute, Voice)
		b.sw.Do(call.Dial{Call: id, Dial: dial, Number: theirs, Ring: 30 * time.Second, Listen: true})
		b.until("it is taken", func() bool { return rig.listening(dial) })
		switch by {
		case "us":
			b.sw.Do(call.HangUp{Call: id})
		case "them":
			person.HangUp()
		case "nobody":
			b.stop()
			known = append(known, asterisk.Known{Call: id, Channel: dial})
			b = begin(t, rig, known...)
			awaitEvent[call.HungUp](b, id)
			b.awaitOver(person)
			continue
		}
		if f := awaitEvent[call.DialFailed](b, id); f.Dial != dial || by == "them" && f.Why != "declined" {
			t.Errorf("ended by %s: told was %+v", by, f)
		}
		b.awaitOver(person)
		b.nothingLeft(id)
	}
}

// listening reports whether Asterisk is finding out who has taken the call.
func (r Rig) listening(channel string) bool {
	var ch struct {
		Dialplan struct {
			App string `json:"app_name"`
		}
	}
	return r.askARI("GET", "/channels/"+channel, &ch) == nil && ch.Dialplan.App == "AMD"
}
