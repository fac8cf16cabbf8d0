package asterisktest

import (
	"fmt"
	"testing"
	"time"

	"presszero/asterisk"
	"presszero/call"
)

// What a caller has said is told even if Asterisk is silent about it.
func TestMessageWhoseEndIsNotTold(t *testing.T) {
	t.Parallel()
	fake, b := onFake(t)
	fake.Fault(Fault{Type: "RecordingFinished", Lose: true})
	for _, ends := range []string{"hang-up", "order", "socket"} {
		id, who := b.phoned()
		name := string(id) + ".r"
		b.sw.Do(call.Record{Call: id, Record: name, Max: time.Minute})
		b.until("it is recorded", func() bool { return b.rig.askARI("GET", "/recordings/live/"+name, nil) == nil })
		switch ends {
		case "hang-up":
			who.HangUp()
		case "order":
			b.sw.Do(call.StopRecord{Call: id, Record: name})
		case "socket":
			b.wire.Cut()
			b.until("the switch notices", func() bool { return !b.sw.Ready() })
			who.HangUp()
			b.wire.Mend()
		}
		if r := awaitEvent[call.Recorded](b, id); r.Failed || r.Record != name {
			t.Errorf("%s: told was %+v", ends, r)
		}
		who.HangUp()
		awaitEvent[call.HungUp](b, id)
	}
}

// A message that Asterisk does not stop for seconds is stopped in the end.
func TestMessageIsStoppedLate(t *testing.T) {
	t.Parallel()
	for _, discard := range []bool{true, false} {
		t.Run(fmt.Sprintf("discarded=%v", discard), func(t *testing.T) {
			t.Parallel()
			fake, b := onFake(t)
			id, _ := b.phoned()
			name := string(id) + ".r"
			recorded := func() bool { return b.rig.askARI("GET", "/recordings/live/"+name, nil) == nil }
			b.sw.Do(call.Record{Call: id, Record: name, Max: time.Minute})
			b.until("it is recorded", recorded)
			method := map[bool]string{true: "DELETE", false: "POST"}[discard]
			fake.Fault(Fault{Method: method, Path: "/recordings/live/", Status: 503, Times: 25}) // more often than one order asks
			b.sw.Do(call.StopRecord{Call: id, Record: name, Discard: discard})
			b.until("it is stopped", func() bool { return !recorded() })
			if !discard {
				if r := awaitEvent[call.Recorded](b, id); r.Failed {
					t.Errorf("told was %+v", r)
				}
			}
			b.sw.Do(call.HangUp{Call: id})
			awaitEvent[call.HungUp](b, id)
		})
	}
}

func TestMessageRefused(t *testing.T) {
	fake, b := onFake(t)
	id, who := b.phoned()
	fake.Fault(Fault{Method: "POST", Path: "/record", Status: 500})
	b.sw.Do(call.Record{Call: id, Record: "r", Max: time.Minute})
	if r := awaitEvent[call.Recorded](b, id); !r.Failed {
		t.Errorf("told was %+v", r)
	}
	b.sw.Do(call.Music{Call: id})
	b.hears(who, Music)
}

// A message whose beginning was not confirmed is lost only if it is.
func TestMessageUnconfirmed(t *testing.T) {
	t.Parallel()
	fake, b := onFake(t, func(c *asterisk.Config) { c.DeadMan = 3 * time.Second })
	for _, begun := range []bool{true, false} {
		id, who := b.phoned()
		fake.Fault(Fault{Method: "POST", Path: "/record", Cut: true, Done: begun, Times: 1})
		name := string(id) + ".r"
		b.sw.Do(call.Record{Call: id, Record: name, Max: time.Minute})
		if begun {
			b.until("it is recorded", func() bool { return b.rig.askARI("GET", "/recordings/live/"+name, nil) == nil })
			b.sw.Do(call.StopRecord{Call: id, Record: name})
		}
		if r := awaitEvent[call.Recorded](b, id); r.Failed == begun {
			t.Errorf("begun %v: told was %+v", begun, r)
		}
		who.HangUp()
		awaitEvent[call.HungUp](b, id)
	}
}
