package asterisktest

import (
	"fmt"
	"testing"
	"time"

	"presszero/asterisk"
	"presszero/call"
)

// News of a call that we make may be lost, or come while nobody listens.
func TestDialUnheard(t *testing.T) {
	t.Parallel()
	t.Run("its answer", func(t *testing.T) {
		fake, b := onFake(t, func(c *asterisk.Config) { c.DeadMan = time.Second })
		id := NewID()
		who := fake.Person(theirs, Answers, Voice)
		fake.Fault(Fault{Type: "StasisStart", Lose: true})
		b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, 1), Number: theirs, Ring: time.Minute})
		awaitEvent[call.DialAnswered](b, id)
		b.sw.Do(call.Music{Call: id})
		b.until("music", func() bool { return who.Hears(Music) })
	})
	t.Run("its end", func(t *testing.T) {
		fake, b := onFake(t, func(c *asterisk.Config) { c.DeadMan = time.Second })
		id := NewID()
		fake.Person(theirs, Rings, Voice)
		fake.Fault(Fault{Type: "ChannelDestroyed", Lose: true})
		b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, 1), Number: theirs, Ring: time.Second})
		if f := awaitEvent[call.DialFailed](b, id); f.Why != "no_answer" {
			t.Errorf("told was %+v", f)
		}
	})
	for _, answers := range []bool{true, false} {
		t.Run(fmt.Sprintf("while cut off, answered %v", answers), func(t *testing.T) {
			fake, b := onFake(t)
			caller, _ := b.phoned()
			b.sw.Do(call.TransferOut{Call: caller, Transfer: "t", Number: theirs + "1"})
			other := fake.Person(theirs+"1", Rings, Agent)
			id := NewID()
			who := fake.Person(theirs, Rings, Voice)
			b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, 1), Number: theirs, Ring: time.Minute})
			b.until("both ring", func() bool { return who.Rings() && other.Rings() })
			b.wire.Cut()
			b.until("the switch notices", func() bool { return !b.sw.Ready() })
			for _, p := range []*FakePerson{who, other} {
				if answers {
					p.Answers()
				} else {
					p.HangUp()
				}
			}
			b.wire.Mend()
			if answers {
				awaitEvent[call.DialAnswered](b, id)
				awaitEvent[call.TransferAnswered](b, caller)
				return
			}
			awaitEvent[call.DialFailed](b, id)
			if e := awaitEvent[call.TransferEnded](b, caller); e.Why != "failed" {
				t.Errorf("told was %+v", e)
			}
		})
	}
}

// Whatever becomes of the request for answering machine detection, the far end is not
// left in silence, and the answer is told once.
func TestListeningBroken(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		fault Fault
		by    string
	}{
		"refused":             {Fault{Method: "POST", Path: "/continue", Status: 500}, "unsure"},
		"lost":                {Fault{Method: "POST", Path: "/continue", Cut: true, Times: 1}, "person"},
		"its answer is lost":  {Fault{Method: "POST", Path: "/continue", Cut: true, Done: true, Times: 1}, "person"},
		"its answer is late":  {Fault{Method: "POST", Path: "/continue", Cut: true, Done: true, Times: 1, After: time.Second / 4}, "person"}, // the channel is back by then
		"told twice":          {Fault{Type: "StasisStart", Twice: true}, "person"},
		"its coming is lost":  {Fault{Type: "StasisStart", Lose: true}, "person"},
		"its leaving is lost": {Fault{Type: "StasisEnd", Lose: true}, "person"},
	} {
		t.Run(what, func(t *testing.T) {
			fake, b := onFake(t, func(c *asterisk.Config) { c.DeadMan = time.Second })
			id := NewID()
			who := fake.Person(theirs, Greets, Voice)
			fake.Fault(c.fault)
			b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, 1), Number: theirs, Ring: time.Minute, Listen: true})
			if a := awaitEvent[call.DialAnswered](b, id); a.By != c.by {
				t.Errorf("told was %+v, want %s", a, c.by)
			}
			b.sw.Do(call.Music{Call: id})
			b.until("music", func() bool { return who.Hears(Music) })
			who.HangUp()
			awaitEvent[call.HungUp](b, id)
			if heard[call.DialAnswered](b, id) || heard[call.DialFailed](b, id) {
				t.Errorf("told were: %v", b.allTold())
			}
		})
	}
}

// A call of ours, and a transfer, that the next trunk carries have the id of the channel
// before. Asterisk takes the subscription to that back after it has told its end: what
// happens to the next channel is heard all the same.
func TestNextTrunkIsHeard(t *testing.T) {
	t.Parallel()
	fake := NewFake(t)
	fake.Unsubscribes = 300 * time.Millisecond
	rig := fake.Rig()
	rig.Config.Carriers = &Carriers{Otherwise: func(number string) []call.Way {
		return []call.Way{{Trunk: "trunk", Number: number + "7"}, {Trunk: "trunk", Number: number + "8"}}
	}}
	b := begin(t, rig)
	rings := func(number string) *FakePerson {
		fake.Person(number+"7", Congested, Voice)
		return fake.Person(number+"8", Rings, Voice)
	}
	putDown := func(person *FakePerson) {
		b.until("it rings over the next trunk", person.Rings)
		b.until("Asterisk has taken the subscription back", func() bool {
			fake.mu.Lock()
			defer fake.mu.Unlock()
			return len(fake.leaving) == 0
		})
		person.HangUp()
	}
	id := NewID()
	person := rings(theirs)
	b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, 1), Number: theirs, Ring: 2 * patience})
	putDown(person)
	awaitEventWithin[call.DialFailed](b, id, 5*time.Second)

	caller, _ := b.phoned()
	person = rings(theirs + "0")
	b.sw.Do(call.TransferOut{Call: caller, Transfer: string(caller) + ".t", Number: theirs + "0"})
	putDown(person)
	awaitEventWithin[call.TransferEnded](b, caller, 5*time.Second)
}

// A request to call somebody that breaks rings nobody twice.
func TestDialBroken(t *testing.T) {
	for _, done := range []bool{false, true} {
		fake, b := onFake(t)
		id := NewID()
		fake.Person(theirs, Answers, Voice)
		fake.Fault(Fault{Method: "POST", Path: "/ari/channels", Cut: true, Done: done, Times: 1})
		b.sw.Do(call.Dial{Call: id, Dial: call.DialID(id, 1), Number: theirs, Ring: time.Minute})
		if done {
			awaitEvent[call.DialAnswered](b, id)
		} else if f := awaitEvent[call.DialFailed](b, id); f.Why != "failed" {
			t.Errorf("told was %+v", f)
		}
		if n := fake.Requests("POST /ari/channels"); n > 1 && !done {
			t.Errorf("asked for %d times", n)
		}
	}
}
