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
