package asterisktest

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"presszero/asterisk"
	"presszero/call"
)

// talking is a caller who talks with an agent.
func (b *bench) talking() (call.ID, Caller, agent) {
	b.t.Helper()
	id, who := b.phoned()
	return id, who, b.connected(id, who, call.LegID(call.OfferID(id, 1)))
}

// A hold that fails is told, and nothing of it is left, whichever half of it failed, and
// whether or not Asterisk had carried it out.
func TestHoldFails(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]Fault{
		"refused":            {Status: 409},
		"broken":             {Status: 500},
		"too busy":           {Status: 503},
		"cut":                {Cut: true},
		"the answer is lost": {Cut: true, Done: true},
	} {
		for _, path := range []string{"/mute", "/moh"} {
			t.Run(name+path, func(t *testing.T) {
				t.Parallel()
				fake, b := onFake(t)
				id, who, a := b.talking()
				fault := fault
				fault.Method, fault.Path = "POST", path
				end := fake.Fault(fault)
				b.sw.Do(call.Hold{Call: id})
				if f := awaitEvent[call.Failed](b, id); f.Command != "hold" || f.Why == "" {
					t.Errorf("told was %+v", f)
				}
				b.isTalking(who, a)
				end()
				b.sw.Do(call.Hold{Call: id})
				b.isHeld(who, a, Music)
				b.sw.Do(call.Unhold{Call: id})
				b.isTalking(who, a)
			})
		}
	}
}

// Music that goes on, though Asterisk has taken the request to end it, is ended all the same;
// that of the next hold is not.
func TestMusicGoesOn(t *testing.T) {
	t.Parallel()
	fake, b := onFake(t)
	id, who, a := b.talking()
	for range 3 {
		b.sw.Do(call.Hold{Call: id})
		b.isHeld(who, a, Music)
		fake.Fault(Fault{Method: "DELETE", Path: "/moh", Status: http.StatusNoContent, Times: 1})
		b.sw.Do(call.Unhold{Call: id})
		b.isTalking(who, a)
	}
	b.sw.Do(call.Hold{Call: id})
	b.isHeld(who, a, Music)
	asked := fake.Requests("DELETE /ari/channels")
	time.Sleep(1200 * time.Millisecond) // longer than the end of the music is asked for
	b.isHeld(who, a, Music)
	if fake.Requests("DELETE /ari/channels") != asked {
		t.Error("the music of a hold was asked to end")
	}
}

// The end of a hold is repeated until Asterisk has carried it out, unless the hold is
// ordered again.
func TestUnholdIsRepeated(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]Fault{
		"cut":                {Cut: true},
		"the answer is lost": {Cut: true, Done: true},
		"broken":             {Status: 500},
		"too busy":           {Status: 503},
	} {
		for _, path := range []string{"/mute", "/moh", "/playbacks/"} {
			t.Run(name+path, func(t *testing.T) {
				t.Parallel()
				fake, b := onFake(t)
				id, who, a := b.talking()
				b.sw.Do(call.Hold{Call: id})
				b.isHeld(who, a, Music)
				b.sw.Do(call.Play{Call: id, Play: "p", Prompts: []string{Long}})
				b.isHeld(who, a, Long)
				fault := fault
				fault.Method, fault.Path, fault.Times = "DELETE", path, 5 // more often than one order asks
				fake.Fault(fault)
				b.sw.Do(call.Unhold{Call: id})
				b.isTalking(who, a)
				awaitEvent[call.PlayEnded](b, id)
				if heard[call.Failed](b, id) {
					t.Errorf("told were: %v", b.allTold())
				}
			})
		}
	}
	t.Run("held again", func(t *testing.T) {
		t.Parallel()
		fake, b := onFake(t)
		id, who, a := b.talking()
		b.sw.Do(call.Hold{Call: id})
		b.isHeld(who, a, Music)
		before := fake.Requests("DELETE")
		end := fake.Fault(Fault{Method: "DELETE", Path: "/moh", Status: 500})
		b.sw.Do(call.Unhold{Call: id})
		b.sw.Do(call.Hold{Call: id, Class: OtherClass})
		b.hears(who, OtherMusic)
		end()
		b.sw.Do(call.SendKeys{Call: id, Keys: call.NewSecret("12")}) // takes longer than the pause before it is repeated
		b.typed(who, "12")
		b.sw.Do(call.Play{Call: id, Play: "p", Prompts: []string{Hello}})
		awaitEvent[call.PlayEnded](b, id)
		b.isHeld(who, a, OtherMusic)
		if n := fake.Requests("DELETE") - before; n != 0 {
			t.Errorf("the hold was ended by %d requests", n)
		}
	})
}

// The mute of a hold is taken back before the caller is joined, recorded or told anything.
// If it cannot be, that is told, and the caller is neither joined nor recorded.
func TestMuteIsNotForgotten(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]func(b *bench, id call.ID, who Caller){
		"joined": func(b *bench, id call.ID, who Caller) {
			b.isTalking(who, b.connected(id, who, call.LegID(call.OfferID(id, 2))))
		},
		"recorded": func(b *bench, id call.ID, _ Caller) { b.recordsVoice(id) },
		"told something": func(b *bench, id call.ID, who Caller) {
			b.sw.Do(call.Play{Call: id, Play: "p", Prompts: []string{Long}})
			b.hears(who, Long)
			if caller(who).isMuted() {
				b.t.Error("the caller is muted")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, b := onFake(t)
			id, who, a := b.talking()
			b.sw.Do(call.Hold{Call: id})
			b.isHeld(who, a, Music)
			b.sw.Do(call.DropLeg{Call: id, Leg: call.LegID(call.OfferID(id, 1))})
			b.sw.Do(call.Music{Call: id, Class: OtherClass})
			b.hears(who, OtherMusic)
			next(b, id, who)
		})
	}
	t.Run("refused for good", func(t *testing.T) {
		t.Parallel()
		fake, b := onFake(t)
		id, who, a := b.talking()
		b.sw.Do(call.Hold{Call: id})
		b.isHeld(who, a, Music)
		fake.Fault(Fault{Method: "DELETE", Path: "/mute", Status: 500})
		b.sw.Do(call.Connect{Call: id, Leg: call.LegID(call.OfferID(id, 2)), Address: a.address()})
		if f := awaitEvent[call.Failed](b, id); f.Command != "connect" {
			t.Errorf("told was %+v", f)
		}
		b.sw.Do(call.Record{Call: id, Record: "r"})
		if f := awaitEvent[call.Failed](b, id); f.Command != "record" {
			t.Errorf("told was %+v", f)
		}
	})
}

func (c *FakeCaller) isMuted() bool {
	c.ch.f.mu.Lock()
	defer c.ch.f.mu.Unlock()
	return c.ch.muted
}

// Words that could not be begun, and are not to be heard any more, have ended.
func TestWordsLeftOut(t *testing.T) {
	t.Parallel()
	fake, b := onFake(t)
	id, who, a := b.talking()
	b.sw.Do(call.Hold{Call: id})
	b.isHeld(who, a, Music)
	end := fake.Fault(Fault{Method: "POST", Path: "/play/", Cut: true})
	b.sw.Do(call.Play{Call: id, Play: "p", Prompts: []string{Long}})
	b.sw.Do(call.Unhold{Call: id})
	b.isTalking(who, a)
	end()
	if e := awaitEvent[call.PlayEnded](b, id); e.Play != "p" || !e.Failed {
		t.Errorf("told was %+v", e)
	}
	b.isTalking(who, a)
}

// Keys are pressed once or not at all, and what fails is told. They are in no log and in
// no error.
func TestKeysFail(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault   Fault
		pressed string
	}{
		"refused":            {Fault{Status: 409}, ""},
		"broken":             {Fault{Status: 500}, ""},
		"too busy":           {Fault{Status: 503}, ""},
		"cut":                {Fault{Cut: true}, ""},
		"the answer is lost": {Fault{Cut: true, Done: true}, "8*6#42"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log safeBuffer
			fake, b := onFake(t, func(c *asterisk.Config) {
				c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			})
			id, who, _ := b.talking()
			c.fault.Method, c.fault.Path, c.fault.Times = "POST", "/dtmf", 1
			fake.Fault(c.fault)
			b.sw.Do(call.SendKeys{Call: id, Keys: call.NewSecret("8*6#42")})
			f := awaitEvent[call.Failed](b, id)
			if f.Command != "send_keys" || f.Why == "" {
				t.Errorf("told was %+v", f)
			}
			b.sw.Do(call.SendKeys{Call: id, Keys: call.NewSecret("9*7#531")})
			b.typed(who, c.pressed+"9*7#531")
			b.sw.Do(call.SendKeys{Call: id, Keys: call.NewSecret("2*4#68A")})
			awaitEvent[call.Failed](b, id)
			for _, text := range []string{log.String(), fmt.Sprintf("%+v", b.allTold()), fmt.Sprintf("%+v", f)} {
				if strings.Contains(text, "8*6#42") || strings.Contains(text, "9*7#531") || strings.Contains(text, "2*4#68") {
					t.Errorf("the keys are in: %s", text)
				}
			}
			if !strings.Contains(log.String(), "send_keys") {
				t.Error("what failed was not logged")
			}
		})
	}
}

// Words that are spoken during a hold delay nothing when the talk ends, also if an earlier
// controller had begun them: Asterisk lets no caller out of a bridge before their end.
func TestWordsAtTheEndOfATalk(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(b *bench, known asterisk.Known) *bench{
		"dropped": func(b *bench, known asterisk.Known) *bench {
			b.sw.Do(call.DropLeg{Call: known.Call, Leg: known.Leg})
			return b
		},
		"dead": func(b *bench, known asterisk.Known) *bench {
			if err := b.rig.askARI("DELETE", "/channels/"+known.Leg, nil); err != nil {
				t.Fatal(err)
			}
			awaitEvent[call.LegEnded](b, known.Call)
			return b
		},
		"over at the restart": func(b *bench, known asterisk.Known) *bench {
			b.stop()
			known.Leg = ""
			return begin(b.t, b.rig, known)
		},
		"unknown at the restart": func(b *bench, _ asterisk.Known) *bench {
			b.stop()
			return begin(b.t, b.rig)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log safeBuffer
			_, b := onFake(t, func(c *asterisk.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
			id, who, a := b.talking()
			b.sw.Do(call.Hold{Call: id})
			b.isHeld(who, a, Music)
			b.sw.Do(call.Play{Call: id, Play: "p", Prompts: []string{Long}})
			b.isHeld(who, a, Long)
			known := asterisk.Known{Call: id, Channel: b.channel(id), Leg: call.LegID(call.OfferID(id, 1))}
			now := end(b, known)
			if name == "unknown at the restart" {
				id = awaitEvent[call.Arrived](now, "").Call
			}
			now.sw.Do(call.Music{Call: id})
			now.hears(who, Music)
			now.isTalking(who, now.connected(id, who, call.LegID(call.OfferID(id, 2))))
			if strings.Contains(log.String(), "level=WARN") {
				t.Errorf("the log: %s", log.String())
			}
		})
	}
}

// The fallback of earlier settings does not take a mute back. Whoever comes back from there is
// heard all the same.
func TestMuteInAnEarlierFallback(t *testing.T) {
	t.Parallel()
	fake, b := onFake(t)
	fake.EarlierSettings = true
	id, who := b.phoned()
	media := bothAgent{newRTPAgent(t)}
	a := b.connectedTo(media, id, who, call.LegID(call.OfferID(id, 1)))
	b.sw.Do(call.Hold{Call: id})
	b.isHeld(who, a, Music)
	end := fake.Fault(Fault{Method: "DELETE", Path: "/mute", Status: 500})
	b.sw.Do(call.Fallback{Call: id})
	b.hears(who, FallbackSound)
	end()
	again := awaitEvent[call.Arrived](b, "").Call
	b.isTalking(who, b.connectedTo(media, again, who, call.LegID(call.OfferID(again, 1))))
}
