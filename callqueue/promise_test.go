package callqueue

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"presszero/call"
)

// asked is a caller, c1, who may be promised a callback by a key.
type asked struct {
	*lineTest
	at       call.ID // c1, or the callback to c1 once it has been made
	promised bool    // by what was done last
	prompts  []string
}

func (f *asked) takeEvent(ev call.Event) {
	f.promised = false
	for _, c := range f.postEvent(ev).Commands {
		switch c := c.(type) {
		case call.Promise:
			f.promised = true
		case call.Play:
			f.prompts = c.Prompts
		}
	}
}

func (f *asked) press(key string) { f.takeEvent(call.DigitPressed{Call: f.at, Digit: key}) }

// hears is the end of what is being said.
func (f *asked) hears(failed bool) {
	f.takeEvent(call.PlayEnded{Call: f.at, Play: f.m.callers[f.at].visit.play, Failed: failed})
}

// until lets time pass until something is said.
func (f *asked) until() {
	f.Helper()
	for range 100 {
		if v := f.m.callers[f.at].visit; v.play != "" {
			return
		}
		at, ok := f.loop.Next()
		if !ok {
			break
		}
		f.now = at
		fx, _ := f.loop.Fire(at)
		f.keepFacts(fx)
		for _, c := range fx.Commands {
			if p, ok := c.(call.Play); ok {
				f.prompts = p.Prompts
			}
		}
	}
	if f.m.callers[f.at].visit.play == "" {
		f.Fatal("nothing was said")
	}
}

// newAsked has leo talk, and c1 come into the line and be past what is typed ahead.
func newAsked(t *testing.T) *asked {
	f := &asked{lineTest: newLineTest(t, Settings{Name: "support"}), at: "c1"}
	f.m.Outbound = policy{}
	f.postEvent(call.Learned{Queue: "support", Handle: 240, Finished: 50})
	f.signInAgent("leo")
	f.postEvent(call.Arrived{Call: "c0", To: "support", From: "+34600000009"})
	v := f.m.floor.agents["leo"].visit
	f.postEvent(call.Accepted{Agent: "leo", Offer: v.offer})
	f.postEvent(call.Bridged{Call: "c0", Leg: v.leg})
	f.postEvent(call.Arrived{Call: "c1", To: "support", From: "+34600000001"})
	f.passTime(typedAhead)
	return f
}

// calledBack goes on: c1 is called back by ana, who is gone at the answer.
func (f *asked) calledBack() {
	f.Helper()
	f.press("1")
	f.passTime(leastHeard)
	f.press("1")
	f.postEvent(call.HungUp{Call: "c1", Side: call.SideUs})
	f.signInAgent("ana")
	v := f.m.floor.agents["ana"].visit
	f.at = v.caller.id
	f.postEvent(call.Accepted{Agent: "ana", Offer: v.offer})
	f.postEvent(call.DialAnswered{Call: f.at, Dial: call.DialID(f.at, 1), By: "person"})
	f.postEvent(call.Failed{Call: f.at, Command: "Connect", Leg: v.leg, Why: "gone"})
}

// TestUnsolicitedOne: a 1 promises a callback only when it follows the question, by a
// second if the question is still being said.
func TestUnsolicitedOne(t *testing.T) {
	almost := leastHeard - time.Millisecond
	for _, c := range []struct {
		name  string
		press func(*asked) // the last key decides
		want  bool
	}{
		{"twice at once, before any offer", func(f *asked) { f.press("1"); f.press("1") }, false},
		{"twice within a second, before any offer", func(f *asked) { f.press("1"); f.passTime(almost); f.press("1") }, false},
		{"after the question began", func(f *asked) { f.press("1"); f.passTime(leastHeard); f.press("1") }, true},
		{"after the question", func(f *asked) { f.press("1"); f.hears(false); f.press("1") }, true},
		{"after a question that could not be said", func(f *asked) { f.press("1"); f.hears(true); f.press("1") }, false},
		{"after the question was answered by 0", func(f *asked) { f.press("1"); f.passTime(leastHeard); f.press("0"); f.press("1") }, false},
		{"as the next question begins", func(f *asked) { f.press("1"); f.passTime(leastHeard); f.press("3"); f.passTime(almost); f.press("1") }, false},
		{"after the next question began", func(f *asked) {
			f.press("1")
			f.passTime(leastHeard)
			f.press("3")
			f.passTime(leastHeard)
			f.press("1")
		}, true},
		{"within the offer", func(f *asked) { f.until(); f.press("1") }, false},
		{"twice within the offer", func(f *asked) { f.until(); f.press("1"); f.press("1") }, false},

		{"called back: before any offer", func(f *asked) { f.calledBack(); f.passTime(2 * time.Second); f.press("1") }, false},
		{"called back: while the wait is announced", func(f *asked) { f.calledBack(); f.until(); f.passTime(3 * time.Second); f.press("1") }, false},
		{"called back: as the offer begins", func(f *asked) { f.calledBack(); f.until(); f.hears(false); f.passTime(almost); f.press("1") }, false},
		{"called back: after the offer began", func(f *asked) { f.calledBack(); f.until(); f.hears(false); f.passTime(leastHeard); f.press("1") }, true},
		{"called back: long after the offer", func(f *asked) {
			f.calledBack()
			f.until()
			f.hears(false)
			f.hears(false)
			f.passTime(20 * time.Second)
			f.press("1")
		}, true},
		{"called back: after an offer that could not be said", func(f *asked) {
			f.calledBack()
			f.until()
			f.hears(false)
			f.hears(true)
			f.passTime(2 * time.Second)
			f.press("1")
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newAsked(t)
			if c.press(f); f.promised != c.want {
				t.Errorf("promised: %v, want %v; said was %v", f.promised, c.want, f.prompts)
			}
		})
	}
}

// TestOfferAlone: who was called back is promised the next callback by one key, so
// the offer is said by itself, when what was said before it has ended.
func TestOfferAlone(t *testing.T) {
	f := newAsked(t)
	f.calledBack()
	f.until()
	if slices.Contains(f.prompts, "callback-offer") {
		t.Errorf("the offer is said behind the wait: %v", f.prompts)
	}
	f.hears(false)
	if fmt.Sprint(f.prompts) != "[callback-offer]" {
		t.Errorf("then %v is said", f.prompts)
	}
}
