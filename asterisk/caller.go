package asterisk

import (
	"cmp"
	"errors"
	"sync"
	"time"

	"presszero/call"
)

// Channel variables that outlive the controller.
const (
	varCall   = "PZ_CALL"   // names the call in every event and listing
	varRecord = "PZ_RECORD" // names the message that is being recorded
	varDone   = "PZ_DONE"   // "1": we have finished; otherwise the dialplan goes on with its fallback
)

// deadMan is Asterisk's timer: how many seconds a channel may stay where it is.
const deadMan = "TIMEOUT(absolute)"

// Two ways in which a caller can be no longer ours.
var (
	errGone  = errors.New("the caller is gone")
	errTaken = errors.New("the caller is in the dialplan")
)

// caller is one live call: the identity of its channel, its end, which is told
// exactly once, and the parts that do the rest, each in a file of its own.
//
// One lock, mu, guards all that more than one goroutine of this package touches,
// also the fields of the parts: whether an event may still be told depends on them.
// It may be taken while Switch.mu is held; Switch.mu is never taken while mu is held.
type caller struct {
	s *Switch

	// These are set before the worker starts, and do not change.
	id      call.ID
	channel string
	to      string // the number dialled, if we have heard it

	worker   *worker
	playback *playback
	talk     *talk
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
	trunk   string       // over which it goes and is counted; "": none
	up      bool         // Picked has been told
	upAt    time.Time    // when; zero: before our time
	before  bool         // it was answered before this controller came
	isOver  bool         // the caller's end has been told
	ordered *call.HungUp // the end that we have ordered
	last    *call.HungUp // the end, while it waits for the end of the recording
}

func (s *Switch) newCaller(id call.ID, channel, started, music string) *caller {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newCallerLocked(id, channel, started, music)
}

func (s *Switch) newCallerLocked(id call.ID, channel, started, music string) *caller {
	c := &caller{s: s, id: id, channel: channel, started: started, over: make(chan struct{})}
	c.worker, c.playback, c.talk = newWorker(c), newPlayback(c, music), &talk{c: c}
	c.dialing, c.recorder = &dialing{c: c}, &recorder{c: c}
	c.care, c.keypad = &care{c: c, next: time.Now().Add(s.careEvery())}, newKeypad()
	s.calls[id] = c
	s.channel[channel] = c
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

// hungUp tells the caller's end, once. It is the only way a call ends. The end of a
// recording that goes on is told before, and a call of ours that nobody has taken
// ends by DialFailed.
func (c *caller) hungUp(h call.HungUp) {
	c.mu.Lock()
	over := !c.isOver && c.tellEndLocked(h)
	plays := c.playback.idsLocked()
	c.mu.Unlock()
	if over {
		c.s.forget(c, plays)
	}
}

// tellEndLocked tells the caller's end, and reports whether it has come: it may
// wait for a recording, or a call of ours goes on over another trunk. c.mu is held.
func (c *caller) tellEndLocked(h call.HungUp) bool {
	if r := c.recorder.now; r != nil {
		if c.last == nil {
			c.last = &h
			r.callOver()
		}
		return false
	}
	h.Call = c.id
	var end call.Event = h
	if o := c.dialing.out; o != nil {
		f := o.failed(h)
		c.tellCarrierLocked(o.id, o.way, f.Why, o.sip, h.Cause)
		if c.dialing.nextTrunkLocked(f, h) {
			return false
		}
		end = f
	}
	c.leftTrunkLocked()
	c.s.post(end)
	c.isOver = true
	close(c.over)
	return true
}

// forget takes a caller whose end has been told out of the switch's books. plays are
// the playbacks that had not ended.
func (s *Switch) forget(c *caller, plays []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.channel, c.channel)
	for _, id := range plays {
		delete(s.plays, id)
	}
	if s.calls[c.id] == c { // else it is being called back already
		delete(s.calls, c.id)
		s.ended[c.id] = time.Now()
	}
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

// orderEnd notes that an end which Asterisk reports from now on is the one we
// ordered.
func (c *caller) orderEnd(h call.HungUp) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ordered = &h
}

// orderedEnd is that end, or else h.
func (c *caller) orderedEnd(h call.HungUp) call.HungUp {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ordered != nil {
		return *c.ordered
	}
	return h
}

// endIfGone tells the end of a caller whose channel Asterisk says it does not have.
// News of why is usually on its way; if not, h is the best guess. While we are not connected,
// the next reconciliation knows better.
func (c *caller) endIfGone(h call.HungUp) {
	select {
	case <-c.over:
	case <-c.s.ctx.Done():
	case <-time.After(500 * time.Millisecond):
		if c.s.Ready() {
			c.hungUp(c.orderedEnd(h))
		}
	}
}

// What is guessed when a channel is not there and nothing tells why.
var (
	vanished = call.HungUp{Side: call.SideCaller, Estimated: true}
	taken    = call.HungUp{Side: call.SideSystem, Text: "taken to the fallback by Asterisk"}
)

// setVariable sets a variable of the channel at once. A request to the channel itself
// would wait until the prompt under way is over and, worse, forbid the channel
// for good what Asterisk calls dangerous: the fallback could not write down that
// it has the caller.
func (c *caller) setVariable(name, value string) error {
	return c.s.api.export(c.s.ctx, c.exportTo(), name, value)
}

// named notes the channel's own name, such as PJSIP/trunk-0000002a.
func (c *caller) named(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.name = name
	c.carriedByLocked(trunkOf(name))
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

// hangUp ends the call. PZ_DONE is for the case that the channel leaves us in
// another way at this very moment: the dialplan then knows that all is done.
//
// A channel that still rings is in no dialplan and needs no variable.
func (c *caller) hangUp() error {
	if !c.dialing.isOpen() {
		_ = c.quiet()
		if err := c.setVariable(varDone, "1"); err != nil {
			return err
		}
	}
	return c.endBy(call.HungUp{Side: call.SideUs, Cause: 16, Text: causeText(16, true)}, func() error {
		return c.s.api.Channel().Hangup(channelKey(c.channel), "normal")
	})
}

// refuse turns away a caller who has not been answered: SIP's 486 for busy, 503
// for anything else. (Asterisk 22 adds no Retry-After to an answer.)
func (c *caller) refuse(cause int) error {
	reason := "congestion"
	if cause == causeBusy {
		reason = "busy"
	}
	return c.endBy(call.HungUp{Side: call.SideUs, Cause: cause, Text: "refused"}, func() error {
		return c.s.api.Channel().Hangup(channelKey(c.channel), reason)
	})
}

// causeBusy is Q.850's "user busy".
const causeBusy = 17

// fallback hands the caller to the dialplan's safety net, at once: Asterisk
// would let the prompt end first.
func (c *caller) fallback() error {
	_ = c.quiet()
	return c.endBy(call.HungUp{Side: call.SideSystem, Text: "given to the fallback"}, func() error {
		return c.s.api.Channel().Continue(channelKey(c.channel), "fallback", "s", 1)
	})
}

// endBy ends the call with a request. Its effect may be heard before the answer,
// also when the answer is lost; the request is then repeated (see endsSomething).
func (c *caller) endBy(h call.HungUp, request func() error) error {
	c.orderEnd(h)
	err := onChannel(request())
	if err == nil {
		c.hungUp(h)
	}
	return err
}

// quiet ends music, prompts and recordings. A channel that still speaks would
// enter the bridge only afterwards.
func (c *caller) quiet() error {
	if r := c.recorder.current(); r != nil {
		_ = c.recorder.stop(c.s.ctx, call.StopRecord{Call: c.id, Record: r.id})
	}
	c.playback.stopUncertain()
	for _, id := range c.playback.running() {
		if err := c.playback.stop(id); err != nil {
			return err
		}
	}
	return c.playback.stopMusic()
}
