package asterisk

import (
	"cmp"
	"context"
	"sync"
	"time"

	"presszero/call"
)

// caller is one live call: the identity of its channel, its end, which is told
// exactly once, and the parts that do the rest, each in a file of its own.
//
// One lock, mu, guards all that more than one goroutine of this package touches,
// also the fields of the parts: whether an event may still be told depends on them.
// It may be taken while registry.mu is held; registry.mu is never taken while mu is held.
type caller struct {
	s *common

	// These are set before the worker starts, and do not change.
	id      call.ID
	channel string
	to      string // the number dialled; "": not known

	worker   *worker
	orders   *orders
	playback *playback
	talk     *talk
	hold     *hold
	consult  *consult
	dialing  *dialing
	recorder *recorder
	care     *care
	keypad   *keypad

	over chan struct{} // closed when the caller's end has been told

	// started is the timestamp of the channel's StasisStart. Run's goroutine owns it,
	// once a call that we make has been taken.
	started string

	mu      sync.Mutex   // guards all that follows
	name    string       // the channel's own, "" until it is known; see exportTo
	born    birth        // of the channel
	trunk   string       // over which it goes and is counted; "": none
	up      bool         // Picked has been told
	upAt    time.Time    // when; zero: before our time
	before  bool         // it was answered before this controller came
	isOver  bool         // the caller's end has been told
	ordered *call.HungUp // the end that we have ordered
	last    *call.HungUp // the end, while it waits for the end of the recording
}

// newCaller adds a caller to the registry. Its worker is still to be started. earlier tells
// that the caller was with an earlier controller or in the fallback before: the caller's
// channel may have music on it, or be muted.
func (s *common) newCaller(id call.ID, channel, started string, earlier bool) *caller {
	s.callers.mu.Lock()
	defer s.callers.mu.Unlock()
	return s.newCallerLocked(id, channel, started, earlier)
}

// newCallerLocked is newCaller; the registry's mu is held.
func (s *common) newCallerLocked(id call.ID, channel, started string, earlier bool) *caller {
	c := &caller{s: s, id: id, channel: channel, started: started, over: make(chan struct{})}
	c.worker = newWorker(s.ctx, &s.busy, c.over, func(ctx context.Context) {
		hangUpAsked(c.consult.takeHanding())
		c.consult.partEnded()
		c.talk.clear(ctx)
	})
	c.orders, c.playback, c.talk, c.hold = &orders{c: c}, newPlayback(c, earlier), &talk{c: c}, &hold{c: c, muted: earlier}
	c.dialing, c.recorder, c.consult = &dialing{c: c}, &recorder{c: c}, &consult{c: c}
	c.care, c.keypad = newCare(c), newKeypad()
	s.callers.addLocked(c)
	return c
}

// aside does something besides the worker's jobs.
func (c *caller) aside(j job) { c.s.busy.Go(func() { j(c.s.ctx) }) }

// postEvent posts an event, unless the caller's end has been told.
func (c *caller) postEvent(e call.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.isOver {
		c.s.post(e)
	}
}

// wasTold reports whether the caller's end has been told.
func (c *caller) wasTold() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.isOver
}

// picked tells that the caller's channel is answered, once.
func (c *caller) picked() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.up && !c.isOver {
		c.up, c.upAt = true, time.Now()
		c.s.post(call.Picked{Call: c.id})
	}
}

// setVariable sets a variable of the channel at once. A request to the channel itself
// would wait until the prompt under way is over and, worse, forbid the channel
// for good what Asterisk calls dangerous: the fallback could not write down that
// it has the caller.
func (c *caller) setVariable(name, value string) error {
	return c.s.api.export(c.s.ctx, c.exportTo(), name, value)
}

// identified notes the channel's own name, such as PJSIP/trunk-0000002a, and when it was
// made.
func (c *caller) identified(ch channelState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.name, c.born = ch.Name, ch.Born
	c.carriedByLocked(trunkOf(ch.Name))
}

// isOn reports whether the caller is or was on this channel, and on none of the same id in
// an Asterisk before or after.
func (c *caller) isOn(ch channelState) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.channel == ch.ID && c.born == ch.Born
}

// exportTo is how the channel is called in an export. Asterisk finds a name at
// once; for an id it locks all channels one after another, which hundreds of
// callers would notice.
func (c *caller) exportTo() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return cmp.Or(c.name, c.channel)
}

// answer picks up. Asterisk would let a repeated request wait for the end of
// the prompt that is being spoken, and may then refuse it.
func (c *caller) answer() error {
	c.mu.Lock()
	up, before := c.up, c.before
	c.mu.Unlock()
	if up {
		return nil
	}
	if before {
		c.picked()
		return nil
	}
	if err := onChannel(c.s.api.Channel().Answer(channelKey(c.channel))); err != nil {
		return err
	}
	c.picked()
	return nil
}

// quiet ends music, prompts, recordings and the mute of a hold. A channel that still
// speaks would enter the bridge only afterwards.
func (c *caller) quiet() error {
	if r := c.recorder.current(); r != nil {
		_ = c.recorder.stopRecording(c.s.ctx, call.StopRecord{Call: c.id, Record: r.id})
	}
	if err := c.playback.stopAll(); err != nil {
		return err
	}
	if err := c.playback.stopMusic(); err != nil {
		return err
	}
	return c.hold.unmute()
}
