package asterisktest

import (
	"testing"
	"time"

	"presszero/call"
)

func message(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	for range 2 {
		b.sw.Do(call.Record{Call: id, Record: string(id) + ".r1", Max: time.Minute})
	}
	b.hears(who, Silence)
	b.until("it is recorded", func() bool { return rig.askARI("GET", "/recordings/live/"+string(id)+".r1", nil) == nil })
	who.Press('#') // once: another one would end the next message
	if r := awaitEvent[call.Recorded](b, id); r.Record != string(id)+".r1" || r.Failed {
		t.Errorf("told was %+v", r)
	}
	b.sw.Do(call.StopRecord{Call: id, Record: string(id) + ".r1"}) // harmless
	b.sw.Do(call.Record{Call: id, Record: string(id) + ".r2", Max: 2 * time.Second})
	if r := awaitEvent[call.Recorded](b, id); r.Record != string(id)+".r2" || r.Failed || r.Seconds < 0.9 || r.Seconds > 2.1 {
		t.Errorf("the longest time of 2 s ended it; told was %+v", r)
	}
	b.sw.Do(call.Play{Call: id, Play: "p" + string(id), Prompts: []string{Long}})
	b.hears(who, Long)
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
	if heard[call.Recorded](b, id) {
		t.Errorf("a message was told twice; told were: %v", b.allTold())
	}
}

func messageStopped(t *testing.T, rig Rig) {
	b := begin(t, rig)
	id, who := b.phoned()
	kept, lost := string(id)+".kept", string(id)+".lost"
	stored := func(name string) bool { return rig.askARI("GET", "/recordings/stored/"+name, nil) == nil }
	b.sw.Do(call.Record{Call: id, Record: kept, Max: time.Minute})
	b.until("it is recorded", func() bool { return rig.askARI("GET", "/recordings/live/"+kept, nil) == nil })
	b.sw.Do(call.StopRecord{Call: id, Record: kept})
	if r := awaitEvent[call.Recorded](b, id); r.Record != kept || r.Failed {
		t.Errorf("told was %+v", r)
	}
	if !stored(kept) {
		t.Error("a message was not kept")
	}
	b.sw.Do(call.Record{Call: id, Record: lost, Max: time.Minute})
	b.sw.Do(call.StopRecord{Call: id, Record: lost, Discard: true})
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	if stored(lost) || heard[call.Recorded](b, id) {
		t.Errorf("a message was not thrown away; told were: %v", b.allTold())
	}
	b.sw.Do(call.StopRecord{Call: id, Record: kept, Discard: true}) // after all
	b.until("it is thrown away", func() bool { return !stored(kept) })

	// An agent comes in the middle of a message.
	b.sw.Do(call.Record{Call: id, Record: kept, Max: time.Minute})
	b.connected(id, who, call.LegID(call.OfferID(id, 1)))
	awaitEvent[call.Recorded](b, id)
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
	b.nothingLeft(id)
}

// messageCutOff: the message of a caller who hangs up is kept, and told first.
func messageCutOff(t *testing.T, rig Rig) {
	b := begin(t, rig)
	for _, us := range []bool{false, true} {
		id, who := b.phoned()
		name := string(id) + ".r"
		b.sw.Do(call.Record{Call: id, Record: name, Max: time.Minute})
		b.until("it is recorded", func() bool { return rig.askARI("GET", "/recordings/live/"+name, nil) == nil })
		if us {
			b.sw.Do(call.HangUp{Call: id})
		} else {
			who.HangUp()
		}
		h := awaitEvent[call.HungUp](b, id)
		if want := map[bool]call.Side{false: call.SideCaller, true: call.SideUs}[us]; h.Side != want {
			t.Errorf("told was %+v, want %s", h, want)
		}
		if !heard[call.Recorded](b, id) { // before HungUp, as checkEnds sees to
			t.Fatalf("the message of a caller who hung up was not told; told were: %v", b.allTold())
		}
		if r := awaitEvent[call.Recorded](b, id); r.Failed || r.Record != name {
			t.Errorf("told was %+v", r)
		}
		b.nothingLeft(id)
	}
}

// messageLong: the dead-man does not take a caller who records a long message.
func messageLong(t *testing.T, rig Rig) {
	rig.Config.DeadMan = 1500 * time.Millisecond
	b := begin(t, rig)
	id, who := b.phoned()
	b.sw.Do(call.Record{Call: id, Record: string(id) + ".r", Max: 4 * time.Second})
	if r := awaitEvent[call.Recorded](b, id); r.Failed || r.Seconds < 3 {
		t.Errorf("told was %+v", r)
	}
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
	b.terms(2)
	who.HangUp()
	if h := awaitEvent[call.HungUp](b, id); h.Side != call.SideCaller {
		t.Errorf("told was %+v", h)
	}
}
