package asterisktest

import (
	"testing"

	"presszero/asterisk"
	"presszero/call"
)

// recordedOutside: a talk with a number outside is recorded, over a network cut and a
// restart of the controller, until it ends or the recording is stopped; none of it is told
// as a failure, and neither of the two hears anything of it.
func recordedOutside(t *testing.T, rig Rig) {
	old := begin(t, rig)
	ends, who := old.phoned()
	stops, second := old.phoned()
	people := map[call.ID]Person{ends: rig.Person(t, theirs+"1", Answers, Agent), stops: rig.Person(t, theirs+"2", Answers, Agent)}
	transfer := func(id call.ID) string { return string(id) + ".t" }
	leg := func(id call.ID) string { return call.TransferLeg(transfer(id)) }
	recorded := func(b *bench, id call.ID) {
		t.Helper()
		b.sw.Do(call.RecordTalk{Call: id, Leg: leg(id), Recording: leg(id)})
		if e := awaitEvent[call.RecordingTold](b, id); e.What != "started" || e.Leg != leg(id) || e.Recording != leg(id) {
			t.Fatalf("told was %+v", e)
		}
	}
	sides := func(id call.ID) (n int) {
		for _, side := range []string{"left", "right"} {
			if rig.askARI("GET", "/recordings/live/"+leg(id)+"."+side, nil) == nil {
				n++
			}
		}
		return n
	}
	old.sw.Do(call.TransferOut{Call: ends, Transfer: transfer(ends), Number: theirs + "1"})
	old.sw.Do(call.TransferOut{Call: stops, Transfer: transfer(stops), Number: theirs + "2"})
	for _, id := range []call.ID{ends, stops} {
		awaitEvent[call.TransferAnswered](old, id)
		recorded(old, id)
		recorded(old, id) // ordered twice
	}
	old.wire.Cut()
	old.until("the switch notices", func() bool { return !old.sw.Ready() })
	old.wire.Mend()
	old.until("the switch is ready again", old.sw.Ready)
	old.stop()

	b := begin(t, rig, asterisk.Known{Call: ends, Channel: old.channel(ends), Transfer: transfer(ends)},
		asterisk.Known{Call: stops, Channel: old.channel(stops), Transfer: transfer(stops)})
	for _, id := range []call.ID{ends, stops} {
		awaitEvent[call.Resumed](b, id)
		if sides(id) != 2 {
			t.Errorf("%d sides are recorded after a restart", sides(id))
		}
		recorded(b, id)
	}
	b.hears(who, Agent)
	b.hears(people[ends], Voice)
	b.sw.Do(call.StopRecording{Call: stops, Leg: leg(stops), Recording: leg(stops)})
	if e := awaitEvent[call.RecordingTold](b, stops); e.What != "stopped" {
		t.Errorf("told was %+v", e)
	}
	b.until("it is recorded no more", func() bool { return sides(stops) == 0 && sides(ends) == 2 })
	b.hears(second, Agent)
	people[ends].HangUp()
	if e := awaitEvent[call.TransferEnded](b, ends); e.Why != "over" {
		t.Errorf("told was %+v", e)
	}
	who.HangUp()
	second.HangUp()
	awaitEvent[call.HungUp](b, ends)
	awaitEvent[call.HungUp](b, stops)
	b.nothingLeft(ends, stops)
	if sides(ends) > 0 || heard[call.RecordingTold](b, ends) || heard[call.RecordingTold](b, stops) {
		t.Errorf("told were: %v", b.allTold())
	}
}

// toldOutside: the person at a number outside hears the notice before the caller, who hears
// music meanwhile; the key of the notice ends it, and one that cannot be said does not keep
// them apart.
func toldOutside(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	b.sw.Do(call.Music{Call: id})
	for n, c := range []struct {
		call.OutsideNotice
		press rune
		want  call.TransferAnswered
	}{
		{call.OutsideNotice{Prompt: string(Hello), Consent: call.ConsentStay, Key: "9"}, 0, call.TransferAnswered{ToEnd: true}},
		{call.OutsideNotice{Prompt: string(Long), Consent: call.ConsentOptOut, Key: "9"}, '9', call.TransferAnswered{Key: true}},
		{call.OutsideNotice{Prompt: "no-such-sound", Consent: call.ConsentOptIn, Key: "1"}, 0, call.TransferAnswered{}},
	} {
		c.want.Call, c.want.Transfer = id, call.TransferID(id, n+1)
		person := rig.Person(t, theirs, Answers, Agent)
		b.sw.Do(call.TransferOut{Call: id, Transfer: c.want.Transfer, Number: theirs, Notice: c.OutsideNotice})
		if c.Prompt != "no-such-sound" {
			b.until("the number is told", func() bool { return person.Hears(Sound(c.Prompt)) })
			b.still("the caller hears music", func() bool { return who.Hears(Music) })
			if heard[call.TransferAnswered](b, id) {
				t.Errorf("%d: the caller does not wait for it", n)
			}
		}
		if c.press != 0 {
			person.Press(c.press)
		}
		got := awaitEvent[call.TransferAnswered](b, id)
		if c.Prompt != "no-such-sound" && got.Heard <= 0 {
			t.Errorf("%d: heard for %v", n, got.Heard)
		}
		if got.Heard = 0; got != c.want {
			t.Errorf("%d: told was %+v", n, got)
		}
		b.hears(who, Agent)
		b.hears(person, Voice)
		b.sw.Do(call.DropTransfer{Call: id, Transfer: c.want.Transfer})
		b.awaitOver(person)
		b.sw.Do(call.Music{Call: id})
		b.hears(who, Music)
	}
	person := rig.Person(t, theirs, Answers, Agent)
	b.sw.Do(call.TransferOut{Call: id, Transfer: call.TransferID(id, 9), Number: theirs, Notice: call.OutsideNotice{Prompt: string(Long)}})
	b.until("the number is told", func() bool { return person.Hears(Long) })
	person.HangUp()
	if e := awaitEvent[call.TransferEnded](b, id); e.Why != "failed" {
		t.Errorf("told was %+v", e)
	}
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
	b.nothingLeft(id)
}
