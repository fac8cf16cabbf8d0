package asterisktest

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"presszero/asterisk"
	"presszero/call"
)

// onFake begins a Switch on a fake.
func onFake(t *testing.T, change ...func(*asterisk.Config)) (*Fake, *bench) {
	t.Helper()
	fake := NewFake(t)
	rig := fake.Rig()
	for _, c := range change {
		c(&rig.Config)
	}
	return fake, begin(t, rig)
}

func caller(c Caller) *FakeCaller { return c.(fakePhone).FakeCaller }

// What Asterisk may say some day must not cost a call, let alone the process.
func TestEventsThatNobodyKnows(t *testing.T) {
	fake, b := onFake(t)
	id, who := b.phoned()
	fake.Say(`{"type":"ChannelToneDetected","application":"presszero","channel":{"id":"x"}}`)
	fake.Say(`{"type":"SomethingOfNextYear"}`)
	fake.Say(`{"no":"type"}`)
	fake.Say(`this is not JSON`)
	fake.Say(`{"type":"ChannelDtmfReceived","timestamp":"2026-01-02T03:04:05Z","digit":"4","channel":{"id":"` +
		caller(who).Channel() + `","creationtime":"some day"}}`)
	if got := awaitEvent[call.DigitPressed](b, id).Digit; got != "4" {
		t.Errorf("pressed %q, want 4", got)
	}
	if got := b.sw.Stats().Unknown; got != 5 {
		t.Errorf("%d events counted as unknown, want 5", got)
	}
	if got := b.sw.Stats().Connects; got != 1 {
		t.Errorf("connected %d times: an event that cannot be read closed the socket", got)
	}
}

func TestEventsTwice(t *testing.T) {
	fake, b := onFake(t)
	for _, kind := range []string{"StasisStart", "ChannelStateChange", "PlaybackFinished", "ChannelHangupRequest", "StasisEnd"} {
		fake.Fault(Fault{Type: kind, Twice: true})
	}
	id, who := b.phoned()
	b.sw.Do(call.Play{Call: id, Play: "p", Prompts: []string{Hello}})
	awaitEvent[call.PlayEnded](b, id)
	leg := call.LegID(call.OfferID(id, 1))
	b.connected(id, who, leg)
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
	b.nothingLeft(id)
	if heard[call.Arrived](b, "") || heard[call.Picked](b, id) || heard[call.PlayEnded](b, id) {
		t.Error("what was told twice was passed on twice")
	}
}

func TestLostEvents(t *testing.T) {
	t.Parallel()
	t.Run("a playback's end", func(t *testing.T) {
		fake, b := onFake(t, func(c *asterisk.Config) { c.DeadMan = time.Second })
		id, _ := b.phoned()
		fake.Fault(Fault{Type: "PlaybackFinished", Lose: true})
		b.sw.Do(call.Play{Call: id, Play: "p", Prompts: []string{Hello}})
		awaitEvent[call.PlayEnded](b, id)
	})
	t.Run("the request to hang up", func(t *testing.T) {
		fake, b := onFake(t)
		fake.Fault(Fault{Type: "ChannelHangupRequest", Lose: true})
		id, who := b.phoned()
		who.HangUp()
		if h := awaitEvent[call.HungUp](b, id); h.Side != call.SideCaller || !h.Estimated {
			t.Errorf("told was %+v", h)
		}
	})
	t.Run("the whole end", func(t *testing.T) {
		fake, b := onFake(t)
		fake.Fault(Fault{Type: "ChannelHangupRequest", Lose: true})
		fake.Fault(Fault{Type: "StasisEnd", Lose: true})
		id, who := b.phoned()
		who.HangUp()
		b.sw.Do(call.Music{Call: id})
		if h := awaitEvent[call.HungUp](b, id); h.Side != call.SideCaller || !h.Estimated {
			t.Errorf("told was %+v", h)
		}
		if heard[call.Failed](b, id) {
			t.Error("a caller who is gone was told as a failure")
		}
	})
	t.Run("the leg's coming", func(t *testing.T) {
		fake, b := onFake(t)
		id, who := b.phoned()
		fake.Fault(Fault{Type: "StasisStart", Lose: true})
		b.connected(id, who, call.LegID(call.OfferID(id, 1)))
	})
	t.Run("a caller's coming", func(t *testing.T) {
		fake, b := onFake(t)
		fake.Fault(Fault{Type: "StasisStart", Lose: true, Times: 1})
		who := fake.Call("100", "+34600000001")
		fake.DropSocket()
		if a := awaitEvent[call.Arrived](b, ""); a.Channel != who.Channel() || a.To != "100" || a.Again {
			t.Errorf("found as %+v", a)
		}
	})
}

func TestEventsOutOfOrder(t *testing.T) {
	fake, b := onFake(t)
	id, who := b.phoned()
	fake.Fault(Fault{Type: "ChannelHangupRequest", Hold: true})
	who.HangUp()
	if h := awaitEvent[call.HungUp](b, id); h.Side != call.SideCaller {
		t.Errorf("told was %+v", h)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, status := range []int{409, 500, 503} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			fake, b := onFake(t)
			id, who := b.phoned()
			end := fake.Fault(Fault{Method: "POST", Path: "/moh", Status: status})
			b.sw.Do(call.Music{Call: id})
			if f := awaitEvent[call.Failed](b, id); f.Command != "music" || !strings.Contains(f.Why, fmt.Sprint(status)) {
				t.Errorf("told was %+v", f)
			}
			end()
			b.sw.Do(call.Music{Call: id})
			b.hears(who, Music)

			end = fake.Fault(Fault{Method: "POST", Path: "/play/", Status: status})
			b.sw.Do(call.Play{Call: id, Play: "p", Prompts: []string{Hello}})
			if e := awaitEvent[call.PlayEnded](b, id); !e.Failed {
				t.Errorf("told was %+v", e)
			}
			end()

			for i, path := range []string{"externalMedia", "addChannel", ".bridge"} {
				leg := call.LegID(call.OfferID(id, i))
				end = fake.Fault(Fault{Method: "POST", Path: path, Status: status})
				b.sw.Do(call.Connect{Call: id, Leg: leg, Address: newAgent(t).address()})
				if f := awaitEvent[call.Failed](b, id); f.Command != "connect" || f.Leg != leg {
					t.Errorf("told was %+v", f)
				}
				end()
				b.until("nothing of the failed leg is left", func() bool {
					return len(fake.Channels()) == 1 && len(fake.Bridges()) == 0
				})
			}
			b.connected(id, who, call.LegID(call.OfferID(id, 9)))
		})
	}
}

// A connection that breaks may or may not have carried the request.
func TestBrokenConnections(t *testing.T) {
	t.Parallel()
	for _, done := range []bool{false, true} {
		t.Run(fmt.Sprintf("carried out %v", done), func(t *testing.T) {
			fake, b := onFake(t)
			broken := func(method, path string) {
				fake.Fault(Fault{Method: method, Path: path, Cut: true, Done: done, Times: 1})
			}
			broken("POST", "/answer")
			id, who := b.phoned()
			broken("POST", "/play/")
			b.sw.Do(call.Play{Call: id, Play: "p", Prompts: []string{Hello}})
			b.hears(who, Hello)
			if e := awaitEvent[call.PlayEnded](b, id); e.Failed {
				t.Errorf("told was %+v", e)
			}
			broken("POST", "/moh")
			b.sw.Do(call.Music{Call: id})
			b.hears(who, Music)
			leg := call.LegID(call.OfferID(id, 1))
			for _, path := range []string{"externalMedia", leg + ".bridge", "addChannel"} {
				broken("POST", path)
			}
			b.connected(id, who, leg)
			broken("DELETE", leg+".bridge")
			broken("DELETE", "/channels/")
			b.sw.Do(call.DropLeg{Call: id, Leg: leg})
			b.until("the leg is gone", func() bool { return len(fake.Channels()) == 1 && len(fake.Bridges()) == 0 })
			broken("DELETE", "/channels/")
			b.sw.Do(call.HangUp{Call: id})
			if h := awaitEvent[call.HungUp](b, id); h.Side != call.SideUs {
				t.Errorf("told was %+v", h)
			}
			b.nothingLeft(id)
		})
	}
}

// An order that ends a call, a leg or a playback is repeated until Asterisk has
// carried it out, however often the request fails. Otherwise the caller would
// stay in silence for ever, because we go on renewing the dead-man.
func TestEndsAreRepeated(t *testing.T) {
	t.Parallel()
	const times = 3 // more often than a single request is tried
	for name, fault := range map[string]Fault{
		"the connection is cut": {Cut: true},
		"the answer is lost":    {Cut: true, Done: true},
		"Asterisk answers 500":  {Status: 500},
		"Asterisk answers 503":  {Status: 503},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, b := onFake(t)
			fails := func(method, path string) {
				f := fault
				f.Method, f.Path, f.Times = method, path, times
				fake.Fault(f)
			}
			id, who := b.phoned()
			leg := call.LegID(call.OfferID(id, 1))
			b.connected(id, who, leg)
			fails("DELETE", leg)
			fails("POST", "removeChannel")
			b.sw.Do(call.DropLeg{Call: id, Leg: leg})
			b.until("nothing of the leg is left", func() bool { return len(fake.Channels()) == 1 && len(fake.Bridges()) == 0 })

			b.sw.Do(call.Play{Call: id, Play: "p", Prompts: []string{Long}})
			b.hears(who, Long)
			fails("DELETE", "/playbacks/")
			b.sw.Do(call.StopPlay{Call: id, Play: "p"})
			b.until("the prompt has ended", func() bool { return !who.Hears(Long) })

			fails("DELETE", "/channels/")
			b.sw.Do(call.HangUp{Call: id})
			if h := awaitEvent[call.HungUp](b, id); h.Side != call.SideUs {
				t.Errorf("told was %+v", h)
			}
			b.nothingLeft(id)

			id, who = b.phoned()
			fails("POST", "/continue")
			b.sw.Do(call.Fallback{Call: id})
			b.hears(who, FallbackSound)
		})
	}
}

// A caller for whom Asterisk is slow delays nobody else, and is told in the end.
// A socket that is open and useless is given up.
func TestSocketWithoutEvents(t *testing.T) {
	t.Parallel()
	fake, b := onFake(t)
	id, who := b.phoned()
	for name, goDeaf := range map[string]func(){
		"the application is cleared away": fake.ClearAway,
		"no event comes": func() {
			fake.Fault(Fault{Type: "ChannelUserevent", Lose: true, Times: 1})
		},
	} {
		before := b.sw.Stats().Connects
		goDeaf()
		b.until(name+", and the switch connects anew", func() bool { return b.sw.Stats().Connects > before && b.sw.Ready() })
	}
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
}

func TestSlowAnswers(t *testing.T) {
	t.Parallel()
	fake, b := onFake(t)
	id, _ := b.phoned()
	fake.Fault(Fault{Method: "POST", Path: caller(b.rig.Call(t, "100", "+34600000002")).Channel() + "/answer", After: time.Minute, Times: 1})
	slow := awaitEvent[call.Arrived](b, "").Call
	b.sw.Do(call.Answer{Call: slow})
	began := time.Now()
	b.sw.Do(call.Play{Call: id, Play: "p", Prompts: []string{Hello}})
	awaitEvent[call.PlayEnded](b, id)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("another caller's slow answer delayed this one's prompt: %v", took)
	}
	if f := awaitEvent[call.Failed](b, slow); f.Command != "answer" {
		t.Errorf("told was %+v", f)
	}
}

func TestAsteriskRestarts(t *testing.T) {
	fake, b := onFake(t)
	one, who := b.phoned()
	b.connected(one, who, call.LegID(call.OfferID(one, 1)))
	two, _ := b.phoned()
	before := time.Now()
	fake.Restart()
	for _, id := range []call.ID{one, two} {
		h := awaitEvent[call.HungUp](b, id)
		if h.Side != call.SideSystem || !h.Estimated {
			t.Errorf("told was %+v", h)
		}
		if h.At.Before(before) || h.At.After(time.Now()) { // when the connection was lost
			t.Errorf("the caller was last seen at %s, but Asterisk was there until %s", h.At, before)
		}
	}
	b.until("ready again", b.sw.Ready)
	b.beaten()
	three, other := b.phoned()
	b.sw.Do(call.Music{Call: three})
	b.hears(other, Music)
}

// Both restart: only the age of the caller's channel tells that it was Asterisk.
func TestBothRestart(t *testing.T) {
	fake, b := onFake(t)
	id, who := b.phoned()
	seen := time.Now().Add(-time.Hour)
	known := asterisk.Known{Call: id, Channel: caller(who).Channel(), Seen: seen}
	b.stop()
	fake.Restart()
	fresh := begin(t, b.rig, known)
	if h := awaitEvent[call.HungUp](fresh, id); h.Side != call.SideSystem || !h.Estimated || !h.At.Equal(seen) {
		t.Errorf("told was %+v", h)
	}
}

// Silence precedes the first word, as a part of the playback that is ordered at
// once: a controller that stops answering meanwhile takes no word from the
// caller. A caller who has been there for longer hears the word at once.
func TestLeadIn(t *testing.T) {
	t.Parallel()
	const leadIn = 100 * time.Millisecond
	fake, b := onFake(t, func(c *asterisk.Config) { c.LeadIn = leadIn })
	id, who := b.phoned()
	b.sw.Do(call.Play{Call: id, Play: "p1", Prompts: []string{Hello, Long}})
	b.until("a playback is ordered", func() bool { return len(fake.Playlists()) == 1 })
	b.stop()
	b.hears(who, Long) // later than the lead-in
	fresh := begin(t, fake.Rig(), asterisk.Known{Call: id, Channel: caller(who).Channel()})
	fresh.sw.Do(call.Play{Call: id, Play: "p2", Prompts: []string{Long}})
	fresh.until("it is played anew", func() bool { return len(fake.Playlists()) == 2 })
	other, whom := fresh.phoned()
	fresh.sw.Do(call.Play{Call: other, Play: "p3", Prompts: []string{Long}})
	fresh.hears(whom, Long)
	fresh.sw.Do(call.StopPlay{Call: other, Play: "p3"})
	fresh.sw.Do(call.Play{Call: other, Play: "p4", Prompts: []string{Hello}})
	fresh.until("all are ordered", func() bool { return len(fake.Playlists()) == 4 })
	for i, want := range []string{"sound:silence/120ms sound:hello sound:long", "sound:long", "sound:silence/220ms sound:long", "sound:hello"} {
		if got := fake.Playlists()[i]; got != want {
			t.Errorf("playback %d is %s, wanted %s", i+1, got, want)
		}
	}
}

// Without the silence the words are said all the same.
func TestLeadInCannotBeHad(t *testing.T) {
	t.Parallel()
	_, b := onFake(t, func(c *asterisk.Config) {
		c.Silence = func(time.Duration) (string, error) { return "", errors.New("the disk is full") }
	})
	id, who := b.phoned()
	b.sw.Do(call.Play{Call: id, Play: "p1", Prompts: []string{Long}})
	b.hears(who, Long)
}

// An earlier controller's prompt ends at once, also when Asterisk does not
// answer at the first time.
func TestOldPromptIsStopped(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]Fault{"refused": {Status: 503}, "cut": {Cut: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, old := onFake(t)
			id, who := old.phoned()
			old.sw.Do(call.Play{Call: id, Play: "p1", Prompts: []string{Long}})
			old.hears(who, Long)
			old.stop()
			for slot := range 8 {
				fault := fault
				fault.Method, fault.Path, fault.Times = "DELETE", fmt.Sprintf("/playbacks/%s.say%d", id, slot), 3
				fake.Fault(fault)
			}
			fresh := begin(t, fake.Rig(), asterisk.Known{Call: id, Channel: caller(who).Channel()})
			fresh.sw.Do(call.Music{Call: id})
			fresh.hears(who, Music)
		})
	}
}

// A telephone that has lost its network is gone, and that is no hang-up of the
// caller's.
func TestVanishedCaller(t *testing.T) {
	t.Parallel()
	_, b := onFake(t)
	id, who := b.phoned()
	caller(who).Vanish()
	if h := awaitEvent[call.HungUp](b, id); h.Side != call.SideSystem || !strings.Contains(h.Text, "no longer answers") {
		t.Errorf("told was %+v", h)
	}
}

// Orders that come before we know whom Asterisk has are kept.
func TestOrdersBeforeTheFirstConnect(t *testing.T) {
	fake, old := onFake(t)
	id, who := old.phoned()
	old.stop()
	told := make(chan call.Event, 10)
	s := asterisk.New(fake.Config(), func(e call.Event) { told <- e })
	s.Do(call.Music{Call: id})
	ran := make(chan error)
	go func() {
		ran <- s.Run(t.Context(), func() []asterisk.Known {
			return []asterisk.Known{{Call: id, Channel: caller(who).Channel()}}
		})
	}()
	if e, is := (<-told).(call.Resumed); !is || e.Call != id {
		t.Errorf("told was %#v", e)
	}
	old.hears(who, Music)
	s.Close()
	if err := <-ran; err != nil {
		t.Error(err)
	}
}

func TestManyCallers(t *testing.T) {
	t.Parallel()
	const many, deadMan = 300, 3 * time.Second
	fake, b := onFake(t, func(c *asterisk.Config) { c.DeadMan = deadMan })
	var all []*FakeCaller
	for range many {
		all = append(all, fake.Call("100", "+34600000001"))
	}
	for range many { // at once: Asterisk takes a caller without an order to its fallback after deadMan
		id := awaitEvent[call.Arrived](b, "").Call
		b.sw.Do(call.Answer{Call: id})
		b.sw.Do(call.Music{Call: id})
	}
	for range many {
		awaitEvent[call.Picked](b, "")
	}
	b.until("all hear music", func() bool {
		return !slices.ContainsFunc(all, func(c *FakeCaller) bool { return c.Hears() != Music })
	})
	began := time.Now()
	b.until("the dead-man would have fired twice", func() bool { return time.Since(began) > 2*deadMan })
	for _, c := range all {
		if got := c.Hears(); got != Music {
			t.Fatalf("a caller hears %s", got)
		}
		c.HangUp()
	}
	for range many {
		awaitEvent[call.HungUp](b, "")
	}
}

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

// Whatever becomes of the request to listen who has taken a call: nobody is
// left in silence, and it is told once.
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

// What a caller types is in no log, not even of an event that cannot be read.
func TestDigitsAreInNoLog(t *testing.T) {
	var log safeBuffer
	fake, b := onFake(t, func(c *asterisk.Config) {
		c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	id, who := b.phoned()
	b.sw.Do(call.Discreet{Call: id, On: true})
	for _, key := range "777" {
		who.Press(key)
		awaitEvent[call.DigitPressed](b, id)
	}
	fake.Say(`{"type":"ChannelDtmfReceived","timestamp":"2026-01-02T03:04:05Z","digit":"D","channel":{"id":"` +
		caller(who).Channel() + `","creationtime":"some day","name":"typed-DDD"}}`)
	awaitEvent[call.DigitPressed](b, id)
	b.sw.Do(call.Play{Call: id, Play: "p", Prompts: []string{call.Spoken("en", "You typed DDD.")}})
	awaitEvent[call.PlayEnded](b, id)
	if text := log.String(); strings.Contains(text, "DDD") || strings.Contains(text, "777") || strings.Contains(text, `\"D\"`) {
		t.Errorf("the log holds what was typed:\n%s", text)
	}
	if !strings.Contains(log.String(), "cannot read") {
		t.Error("the event was not logged at all")
	}
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// A caller whose telephone sends hundreds of keys a second gets as many through
// as a person could press, and nobody else's key waits for it.
func TestStormOfKeys(t *testing.T) {
	_, b := onFake(t)
	wild, storm := b.phoned()
	calm, who := b.phoned()
	begun := time.Now()
	const keys = 2000
	for n := range keys {
		storm.Press(rune('0' + n%10))
		if n == keys/2 {
			who.Press('7')
		}
	}
	if got := awaitEvent[call.DigitPressed](b, calm).Digit; got != "7" {
		t.Errorf("pressed %q, want 7", got)
	}
	who.Press('8')
	if got := awaitEvent[call.DigitPressed](b, calm).Digit; got != "8" { // the last of all that was sent
		t.Errorf("pressed %q, want 8", got)
	}
	told := 0
	for heard[call.DigitPressed](b, wild) {
		awaitEvent[call.DigitPressed](b, wild)
		told++
	}
	if most := 40 + int(20*time.Since(begun).Seconds()) + 1; told > most || told < 40 {
		t.Errorf("%d of %d keys were told, want 40 to %d", told, keys, most)
	}
	if dropped := b.sw.Stats().Dropped; int(dropped)+told < keys {
		t.Errorf("%d told and %d passed over of %d", told, dropped, keys)
	}
	b.sw.Do(call.HangUp{Call: wild})
	awaitEvent[call.HungUp](b, wild)
	who.HangUp()
	awaitEvent[call.HungUp](b, calm)
}
