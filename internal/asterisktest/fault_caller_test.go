package asterisktest

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"presszero/asterisk"
	"presszero/call"
)

// Which side ended a call: a telephone that has lost its network is gone, and that is no
// hang-up of the caller's. A caller who gives up at the moment of the answer has given
// up: that is no fault of the telephone's or of ours.
func TestWhichSideEnded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		does func(*FakeCaller)
		want call.Side
		text string
	}{
		"lost network":             {(*FakeCaller).Vanish, call.SideSystem, "no longer answers"},
		"given up at the answer":   {(*FakeCaller).GiveUp, call.SideCaller, "given up"},
		"hung up after the answer": {(*FakeCaller).HangUp, call.SideCaller, "Normal Clearing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, b := onFake(t)
			id, who := b.phoned()
			c.does(caller(who))
			if h := awaitEvent[call.HungUp](b, id); h.Side != c.want || !strings.Contains(h.Text, c.text) {
				t.Errorf("told was %+v", h)
			}
		})
	}
}

func TestManyCallers(t *testing.T) {
	t.Parallel()
	// The dead-man is a sixth of the usual one: beside other work, 300 callers at once are
	// some 900 requests to the fake before each is cared for.
	const many, deadMan = 300, 10 * time.Second
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

// What a caller types is in no log, not even of an event that cannot be read.
func TestDigitsAreInNoLog(t *testing.T) {
	var log safeBuffer
	fake, b := onFake(t, func(c *asterisk.Config) {
		c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	id, who := b.phoned()
	b.sw.Do(call.Discreet{Call: id, On: true})
	for _, key := range "ABCA" { // in no id and no time
		who.Press(key)
		awaitEvent[call.DigitPressed](b, id)
	}
	fake.Say(`{"type":"ChannelDtmfReceived","timestamp":"2026-01-02T03:04:05Z","digit":"D","channel":{"id":"` +
		caller(who).Channel() + `","creationtime":"some day","name":"typed-DDD"}}`)
	awaitEvent[call.DigitPressed](b, id)
	b.sw.Do(call.Play{Call: id, Play: "p", Prompts: []string{call.Spoken("en", "You typed DDD.")}})
	awaitEvent[call.PlayEnded](b, id)
	if text := log.String(); strings.Contains(text, "DDD") || strings.Contains(text, "ABCA") || strings.Contains(text, `\"D\"`) {
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
