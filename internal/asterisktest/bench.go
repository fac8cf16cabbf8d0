package asterisktest

import (
	"context"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"presszero/asterisk"
	"presszero/call"
	"presszero/internal/nemesis"
)

// patience is how long anything may take before it counts as not happening.
const patience = time.Minute

// bench is one Switch at work on a rig, and what it has told.
type bench struct {
	t    *testing.T
	rig  Rig
	wire *nemesis.Proxy // between the Switch and Asterisk
	sw   *asterisk.Switch
	stop func() // as kill -9 would: the callers stay
	ran  chan error

	mu   sync.Mutex
	told []told
	ring chan struct{}
}

// newWire puts a proxy in front of Asterisk and returns ARI's address through it.
func newWire(t *testing.T, ari string) (*nemesis.Proxy, string) {
	t.Helper()
	host, path, _ := strings.Cut(strings.TrimPrefix(ari, "http://"), "/")
	wire, err := nemesis.New(host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(wire.Close)
	return wire, "http://" + wire.Addr() + "/" + path
}

type told struct {
	event call.Event
	used  bool // a step of the test has waited for it
}

// begin starts a Switch on the rig, as the program does.
func begin(t *testing.T, rig Rig, known ...asterisk.Known) *bench {
	t.Helper()
	b := bring(t, rig)
	b.startSwitch(known...)
	return b
}

// bring makes a switch that does not run yet.
func bring(t *testing.T, rig Rig) *bench {
	b := &bench{t: t, rig: rig, ring: make(chan struct{}), ran: make(chan error, 1)}
	cfg := rig.Config
	b.wire, cfg.URL = newWire(t, cfg.URL)
	b.wire.Spoil(rig.Faults, rig.Seed)
	b.sw = asterisk.New(cfg, b.record)
	b.stop = sync.OnceFunc(b.sw.Close)
	t.Cleanup(b.finish)
	return b
}

// startSwitch brings the switch to life and returns when callers can come.
func (b *bench) startSwitch(known ...asterisk.Known) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	go func() { b.ran <- b.sw.Run(ctx, func() []asterisk.Known { return known }) }()
	b.stop = sync.OnceFunc(func() {
		cancel()
		b.sw.Close()
	})
	soon, done := context.WithTimeout(ctx, patience)
	defer done()
	if err := b.sw.WaitReady(soon); err != nil {
		b.t.Fatal("the switch did not become ready:", err)
	}
	b.beaten()
}

// beaten waits until the heartbeat has opened the dialplan for callers.
func (b *bench) beaten() {
	b.t.Helper()
	if b.rig.Config.Healthy != nil && !b.rig.Config.Healthy() {
		return
	}
	b.until("the heartbeat reached Asterisk", func() bool {
		var beat struct{ Value string }
		return b.rig.askARI("GET", "/asterisk/variable?variable=PZ_BEAT", &beat) == nil && beat.Value > "1"
	})
}

func (b *bench) finish() {
	b.stop()
	b.checkEnds()
}

func (b *bench) record(e call.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.told = append(b.told, told{event: e})
	close(b.ring)
	b.ring = make(chan struct{})
}

// checkEnds holds the first promise: each call ends once, and nothing is told
// of it afterwards, unless the person is called back.
func (b *bench) checkEnds() {
	b.mu.Lock()
	defer b.mu.Unlock()
	over := map[call.ID]bool{}
	dial := map[call.ID]string{} // the last one
	for _, e := range b.told {
		id := call.CallOf(e.event)
		if d := dialOf(e.event); d != "" && d != dial[id] {
			dial[id], over[id] = d, false
		}
		if over[id] {
			b.t.Errorf("told after the end of the call: %#v", e.event)
		}
		switch e.event.(type) {
		case call.HungUp, call.DialFailed:
			over[id] = true
		}
	}
}

func dialOf(e call.Event) string {
	switch e := e.(type) {
	case call.DialRinging:
		return e.Dial
	case call.DialAnswered:
		return e.Dial
	case call.DialFailed:
		return e.Dial
	case call.Carried:
		return e.Dial
	}
	return ""
}

// awaitEvent waits for an event of type E about the call ("" for any) that no step
// has waited for yet.
func awaitEvent[E call.Event](b *bench, of call.ID) E {
	b.t.Helper()
	return awaitEventWithin[E](b, of, patience)
}

// awaitEventWithin is awaitEvent for what may take longer.
func awaitEventWithin[E call.Event](b *bench, of call.ID, limit time.Duration) E {
	b.t.Helper()
	late := time.After(limit)
	for {
		b.mu.Lock()
		for i := range b.told {
			if e, is := b.told[i].event.(E); is && !b.told[i].used && (of == "" || call.CallOf(e) == of) {
				b.told[i].used = true
				b.mu.Unlock()
				return e
			}
		}
		ring := b.ring
		b.mu.Unlock()
		select {
		case <-ring:
		case <-late:
			var none E
			b.mu.Lock()
			defer b.mu.Unlock()
			b.t.Fatalf("no %s of call %q was told; told were: %v", reflect.TypeFor[E](), of, b.told)
			return none
		}
	}
}

// heard reports whether an event of type E has been told that no step waited for.
func heard[E call.Event](b *bench, of call.ID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.told {
		if x, is := e.event.(E); is && !e.used && call.CallOf(x) == of {
			return true
		}
	}
	return false
}

// allTold is everything that has been told.
func (b *bench) allTold() []call.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []call.Event
	for _, e := range b.told {
		all = append(all, e.event)
	}
	return all
}

// channel is Asterisk's name for a caller.
func (b *bench) channel(id call.ID) string {
	for _, e := range b.allTold() {
		if a, is := e.(call.Arrived); is && a.Call == id {
			return a.Channel
		}
	}
	return ""
}

func (b *bench) until(what string, ok func() bool) {
	b.t.Helper()
	failed := b.t.Failed()
	defer func() {
		if !failed && b.t.Failed() {
			b.t.Logf("Asterisk has %s", b.rig.everything(b.t))
		}
	}()
	waitFor(b.t, what, ok)
}

// still holds that something goes on. A busy machine may hold up packets for a moment, so it
// is looked for within a second.
func (b *bench) still(what string, ok func() bool) {
	b.t.Helper()
	for began := time.Now(); !ok(); time.Sleep(10 * time.Millisecond) { // a telephone has no signal for a tone that is back
		if time.Since(began) > time.Second {
			b.t.Errorf("not any more: %s", what)
			return
		}
	}
}

// waitFor polls something outside that tells nobody when it changes.
func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(patience); !ok(); {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("never happened: ", what)
		}
	}
}

// phoned lets somebody phone and answers.
func (b *bench) phoned() (call.ID, Caller) {
	b.t.Helper()
	id, who := b.rings()
	b.sw.Do(call.Answer{Call: id})
	awaitEvent[call.Picked](b, id)
	return id, who
}

// rings lets somebody phone.
func (b *bench) rings() (call.ID, Caller) {
	b.t.Helper()
	who := b.rig.Call(b.t, "100", "+34600000001")
	return awaitEvent[call.Arrived](b, "").Call, who
}

// hears waits until the caller hears that.
func (b *bench) hears(who Caller, s Sound) {
	b.t.Helper()
	b.until("the caller hears "+string(s), func() bool { return who.Hears(s) })
}

// connected gives the caller an agent.
func (b *bench) connected(id call.ID, who Caller, leg string) agent {
	b.t.Helper()
	return b.connectedTo(newAgent(b.t), id, who, leg)
}

// connectedTo gives the caller that agent.
func (b *bench) connectedTo(a agent, id call.ID, who Caller, leg string) agent {
	b.t.Helper()
	b.sw.Do(call.Connect{Call: id, Leg: leg, Address: a.address()})
	made := awaitEvent[call.LegMade](b, id)
	for made.Leg != leg { // of one that failed before
		made = awaitEvent[call.LegMade](b, id)
	}
	a.talkTo(made.Remote)
	if got := awaitEvent[call.Bridged](b, id).Leg; got != leg {
		b.t.Fatalf("bridged leg %q, want %q", got, leg)
	}
	b.hears(who, Agent)
	b.until("the agent hears the caller", a.hears)
	return a
}

// nothingLeft waits until Asterisk has nothing more of these calls.
func (b *bench) nothingLeft(ids ...call.ID) {
	b.t.Helper()
	b.until("Asterisk has nothing left of the call", func() bool {
		all := b.rig.everything(b.t)
		for _, id := range ids {
			if strings.Contains(all, string(id)) {
				return false
			}
		}
		return true
	})
}

// awaitOver waits until the caller's telephone is down.
func (b *bench) awaitOver(who Caller) {
	b.t.Helper()
	select {
	case <-who.Done():
	case <-time.After(patience):
		b.t.Fatal("the caller's telephone never went down")
	}
}

// terms waits until the dead-man would have fired n times.
func (b *bench) terms(n int) {
	b.t.Helper()
	began := time.Now()
	for time.Since(began) < time.Duration(n)*b.rig.Config.DeadMan {
		last := time.Since(began)
		b.until("time passes", func() bool { return time.Since(began) > last+100*time.Millisecond })
	}
}
