package mediatest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"presszero/internal/customer"
	"presszero/internal/headless"
	"presszero/softphone/media"
)

// Call calls a leg of a seat as Asterisk does, and hangs up with the test.
func Call(t testing.TB, answer media.Answer, leg string, o customer.Options) *customer.Call {
	t.Helper()
	c, err := call(t, answer, leg, o)
	if err != nil {
		t.Fatalf("calling leg %s: %v", leg, err)
	}
	t.Cleanup(func() { _ = c.Hangup() })
	return c
}

func call(t testing.TB, answer media.Answer, leg string, o customer.Options) (*customer.Call, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	o = callTo(answer, leg, o)
	return customer.Dial(ctx, o)
}

// CallFrom calls a leg of a seat as Asterisk does, from a phone that is there.
func CallFrom(ctx context.Context, phone *customer.Phone, answer media.Answer, leg string, o customer.Options) (*customer.Call, error) {
	return phone.Dial(ctx, callTo(answer, leg, o))
}

// callTo has the call go to the leg.
func callTo(answer media.Answer, leg string, o customer.Options) customer.Options {
	uri, _, _ := strings.Cut(strings.TrimPrefix(answer.Address, "sip:"), ";")
	secret, server, _ := strings.Cut(uri, "@")
	o.To, o.Server, o.LocalIP = secret+"."+leg, server, "127.0.0.1"
	return o
}

// hearsCall waits until the far end of a call hears hz.
func hearsCall(t testing.TB, what string, c *customer.Call, hz float64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := c.WaitToneAfter(ctx, time.Now(), hz); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// makeLive makes a leg live that Asterisk calls.
func makeLive(t testing.TB, engine media.Engine, leg string) {
	t.Helper()
	retryLost(t, func() error { return engine.TalkTo("ana", leg, "") })
}

// calledLeg: Asterisk may call before or after the leg becomes live, in either law,
// and ends it.
func calledLeg(t *testing.T, engine media.Engine, _ *Diary) {
	phone, answer := agentPage(t, engine, "ana")
	for _, first := range []string{"call", "live"} {
		for law, alaw := range map[string]bool{"mu": false, "A": true} {
			leg := first + law
			if first == "live" {
				makeLive(t, engine, leg)
			}
			phone.Forget()
			c := Call(t, answer, leg, customer.Options{Tone: Caller, ALaw: alaw})
			if first == "call" {
				makeLive(t, engine, leg)
			}
			hearsCall(t, "caller of "+leg, c, Agent)
			hears(t, "agent of "+leg, phone.Ear, Caller)
			if s := stats(t, engine, "ana"); s.Leg != leg || s.Remote == "" || s.FromCaller.Packets == 0 {
				t.Errorf("%s: standing %+v", leg, s)
			}
			if err := c.Hangup(); err != nil {
				t.Errorf("%s: hanging up: %v", leg, err)
			}
			Until(t, "the leg has ended", func() bool { return stats(t, engine, "ana").Leg == "" })
		}
	}
}

// refusedCalls: the engine refuses a call without the seat's secret, without a leg, to a
// leg that has a call, with a voice that it cannot read, and to a seat that was closed.
func refusedCalls(t *testing.T, engine media.Engine, _ *Diary) {
	_, answer := agentPage(t, engine, "ana")
	wrong := answer
	wrong.Address = strings.Replace(answer.Address, "sip:", "sip:X", 1)
	Call(t, answer, "leg1", customer.Options{})
	for name, test := range map[string]struct {
		answer media.Answer
		leg    string
		o      customer.Options
		want   int
	}{
		"another secret":     {wrong, "leg2", customer.Options{}, 404},
		"no leg":             {answer, "", customer.Options{}, 404},
		"a leg with a call":  {answer, "leg1", customer.Options{}, 410},
		"an encrypted voice": {answer, "leg2", customer.Options{Encrypt: true}, 488},
	} {
		var refused *customer.Refused
		if _, err := call(t, test.answer, test.leg, test.o); !errors.As(err, &refused) || refused.Status != test.want {
			t.Errorf("%s: %v, want a refusal with %d", name, err, test.want)
		}
	}
	retryLost(t, func() error { engine.Close("ana"); return nil })
	var refused *customer.Refused
	Until(t, "a closed seat takes no calls", func() bool {
		c, err := call(t, answer, "leg3", customer.Options{})
		if err == nil { // the engine has not heard of the closing yet; it hangs up on nobody
			_ = c.Hangup()
		}
		return errors.As(err, &refused) && refused.Status == 404
	})
}

// twoLegs: of two legs one is live. The other neither hears nor is heard; both keep
// their streams without a hole, and what went to the other is not lost. Each time a leg
// becomes live it is told whether it is heard.
func twoLegs(t *testing.T, engine media.Engine, diary *Diary) {
	var heard packetLog
	phone, answer := Page(t, engine, "ana", headless.Options{
		Tone: Agent, Listen: []float64{Caller, Caller2}, OnPacket: heard.append,
	})
	legs := []*customer.Call{
		Call(t, answer, "leg0", customer.Options{Tone: Caller}),
		Call(t, answer, "leg1", customer.Options{Tone: Caller2}),
	}
	for turn := range 4 {
		live, other := turn%2, 1-turn%2
		makeLive(t, engine, []string{"leg0", "leg1"}[live])
		phone.Forget()
		hears(t, "agent", phone.Ear, []float64{Caller, Caller2}[live])
		hearsCall(t, "the live leg", legs[live], Agent)
		Until(t, "the other leg hears nothing", func() bool { return !legs[other].Hears(Agent) && legs[live].Hears(Agent) })
		if phone.Heard([]float64{Caller, Caller2}[other]) {
			t.Error("the other leg is heard")
		}
		leg := []string{"leg0", "leg1"}[live]
		Until(t, "it is told that the live leg is heard", func() bool {
			return diary.Count(media.Event{Seat: "ana", Kind: media.Audio, Leg: leg, FromAgent: true, FromCaller: true}) == turn/2+1
		})
		if s := stats(t, engine, "ana"); s.FromAgent.Lost != 0 || s.FromAgent.Packets == 0 {
			t.Errorf("in turn %d, %d packets of the agent's are lost, and %d are not", turn, s.FromAgent.Lost, s.FromAgent.Packets)
		}
	}
	engine.Hush("ana", "leg0")
	Until(t, "the leg that is left is still live", func() bool { return stats(t, engine, "ana").Leg == "leg1" && phone.Heard(Caller2) })
	continuous(t, heard.snapshot())
}

// listener: the listener's page hears the caller on one line and the agent on the other,
// also after the agent's page was refreshed. Neither of the two hears the listener.
func listener(t *testing.T, engine media.Engine, _ *Diary) {
	phone, answer := agentPage(t, engine, "ana")
	c := Call(t, answer, "leg1", customer.Options{Tone: Caller, ALaw: true})
	if err := engine.Listen("boss", "ana", "leg1"); !errors.Is(err, media.ErrNoSeat) {
		t.Errorf("listening without a page: %v", err)
	}
	for _, only := range []bool{true, false} {
		boss, _ := Page(t, engine, "boss", headless.Options{
			Tone: Caller2, Listener: only, Listen: []float64{Caller, Agent}, Side: []float64{Caller, Agent},
		})
		if err := engine.Listen("boss", "ana", "leg2"); !errors.Is(err, media.ErrNoLeg) {
			t.Errorf("listening to a leg that is not there: %v", err)
		}
		retryLost(t, func() error { return engine.Listen("boss", "ana", "leg1") })
		makeLive(t, engine, "leg1")
		hears(t, "the listener's first line", boss.Ear, Caller)
		hears(t, "the listener's second line", boss.Side, Agent)
		hears(t, "agent", phone.Ear, Caller)
		hearsCall(t, "caller", c, Agent)
		Until(t, "the lines are apart", func() bool {
			return boss.Heard(Caller) && !boss.Heard(Agent) && boss.Side.Heard(Agent) && !boss.Side.Heard(Caller)
		})
		if c.Heard(Caller2) || phone.Heard(Caller2) {
			t.Error("the listener is heard")
		}
		phone, _ = agentPage(t, engine, "ana")
		boss.Side.Forget()
		hears(t, "the listener after the refresh", boss.Side, Agent)
		engine.StopListening("boss")
		Until(t, "the listener hears nothing", func() bool { return boss.Level(Caller) == 0 && boss.Side.Level(Agent) == 0 })
		boss.Close()
	}
}

// whisperer: what a listener whispers is heard on the agent's second line and by nobody
// else; not while the agent is with another leg, nor while the listener has a talk, in
// which the listener hears and is heard by that leg alone.
func whisperer(t *testing.T, engine media.Engine, _ *Diary) {
	phone, answer := Page(t, engine, "ana", headless.Options{Tone: Agent, Listen: []float64{Caller}, Side: []float64{Caller2}})
	boss, own := Page(t, engine, "boss", headless.Options{Tone: Caller2, Listen: []float64{Caller, Caller3}, Side: []float64{Agent}})
	c := Call(t, answer, "leg1", customer.Options{Tone: Caller})
	if err := engine.Whisper("boss", true); !errors.Is(err, media.ErrNoLeg) {
		t.Errorf("whispering to nobody: %v", err)
	}
	retryLost(t, func() error { return engine.Listen("boss", "ana", "leg1") })
	makeLive(t, engine, "leg1")
	hears(t, "the listener", boss.Side, Agent)
	retryLost(t, func() error { return engine.Whisper("boss", true) })
	hears(t, "the agent's second line", phone.Side, Caller2)
	hears(t, "the agent's first line", phone.Ear, Caller)
	hears(t, "the listener who whispers", boss.Ear, Caller)

	Call(t, answer, "leg2", customer.Options{})
	makeLive(t, engine, "leg2")
	Until(t, "nothing is whispered while the agent is with another", func() bool { return phone.Side.Level(Caller2) == 0 })
	makeLive(t, engine, "leg1")
	phone.Side.Forget()
	hears(t, "the agent again", phone.Side, Caller2)

	far := Call(t, own, "join", customer.Options{Tone: Caller3})
	retryLost(t, func() error { return engine.TalkTo("boss", "join", "") })
	hearsCall(t, "the listener's own far end", far, Caller2)
	hears(t, "the listener with a talk", boss.Ear, Caller3)
	Until(t, "the listener's talk is apart", func() bool {
		return phone.Side.Level(Caller2) == 0 && boss.Side.Level(Agent) == 0 && !boss.Heard(Caller)
	})
	retryLost(t, func() error { engine.Hush("boss", "join"); return nil })
	boss.Forget()
	phone.Side.Forget()
	hears(t, "the listener after the talk", boss.Ear, Caller)
	hears(t, "the agent after the talk", phone.Side, Caller2)

	retryLost(t, func() error { return engine.Whisper("boss", false) })
	Until(t, "the whispering has ended", func() bool { return phone.Side.Level(Caller2) == 0 })
	boss.Side.Forget()
	hears(t, "the listener who whispers no more", boss.Side, Agent)
	if c.Heard(Caller2) {
		t.Error("the caller hears the whisper")
	}
}
