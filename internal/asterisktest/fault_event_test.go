package asterisktest

import (
	"fmt"
	"testing"
	"time"

	"presszero/asterisk"
	"presszero/call"
)

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

// A caller's start that is told once more after the end is no other call. A caller who was
// in the fallback meanwhile is one, and so is a caller of the same id in an Asterisk that
// was started again within the second.
func TestStartAfterTheEnd(t *testing.T) {
	t.Parallel()
	fake, b := onFake(t)
	id, who := b.phoned()
	born := caller(who).ch.born
	start := func(born time.Time, args string) {
		fake.Say(fmt.Sprintf(`{"type":"StasisStart","timestamp":%q,"args":[%s],"channel":{"id":%q,"state":"Up","creationtime":%q}}`,
			time.Now().Format(timestamps), args, caller(who).Channel(), born.Format(timestamps)))
	}
	b.sw.Do(call.HangUp{Call: id})
	awaitEvent[call.HungUp](b, id)
	start(born, `"100"`)
	b.rig.Call(t, "100", "+34600000002")
	next := awaitEvent[call.Arrived](b, "")
	if next.From != "+34600000002" {
		t.Fatalf("told was %+v", next)
	}
	start(born.Add(300*time.Millisecond), `"100"`)
	if other := awaitEvent[call.Arrived](b, ""); other.Again || other.Channel != caller(who).Channel() {
		t.Errorf("told was %+v", other)
	} else {
		b.sw.Do(call.HangUp{Call: other.Call})
		awaitEvent[call.HungUp](b, other.Call)
	}
	start(born.Add(300*time.Millisecond), `"100","again"`)
	if again := awaitEvent[call.Arrived](b, ""); !again.Again || again.Channel != caller(who).Channel() {
		t.Errorf("told was %+v", again)
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
