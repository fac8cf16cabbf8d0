package asterisk

import (
	"context"
	"time"

	"presszero/call"
)

// How a call ends: by us, by the caller, by Asterisk or by the network; and that its
// end is told exactly once.

// The ends that are told when a channel is not there and no event has said why.
var (
	vanished = call.HungUp{Side: call.SideCaller, Estimated: true}
	taken    = call.HungUp{Side: call.SideSystem, Text: "taken to the fallback by Asterisk"}
)

// hungUp tells the caller's end, once. It is the only way a call ends. The end of a
// recording that goes on is told before, and a call of ours that nobody has taken
// ends by DialFailed.
func (c *caller) hungUp(h call.HungUp) {
	c.mu.Lock()
	over := !c.isOver && c.tellEndLocked(h)
	plays, handed := c.playback.idsLocked(), c.consult.handed
	c.mu.Unlock()
	switch {
	case over:
		c.s.callers.forget(c, plays)
	case handed != nil: // the news was on its way when the channel became that caller's leg
		handed.talk.legEnded(c.channel, 0, h.Cause)
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
		if c.s.readiness.isReady() {
			c.hungUp(c.orderedEnd(h))
		}
	}
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

// refuse refuses a call that has not been answered: with SIP's 486 for busy, with 503
// for any other cause. (Asterisk 22 adds no Retry-After to an answer.)
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
// would let the prompt end first. A consulted party is no caller, and is hung up.
func (c *caller) fallback() error {
	if isLeg(c.channel) {
		return c.hangUp()
	}
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

// endFromRequest is the end that a hang-up request leads to. The cause of a soft one is a
// number of Asterisk's own: we have asked for it, or an operator. Otherwise the far end
// has hung up, or is gone.
func (c *caller) endFromRequest(e event) call.HungUp {
	if !e.Soft {
		return c.endFromCause(e.Cause)
	}
	return c.orderedEnd(call.HungUp{Side: call.SideSystem, Text: "hung up inside Asterisk"})
}

// endFromCause is the end that a Q.850 cause stands for: the side that ended the call,
// and why.
func (c *caller) endFromCause(cause int) call.HungUp {
	asked := c.askedToRefresh(time.Now())
	return call.HungUp{Side: sideOf(cause, asked), Cause: cause, Text: causeText(cause, asked)}
}

// firstRefresh is less than the time from the answer until Asterisk first asks a
// telephone to refresh the session: half of the least interval of RFC 4028, 90 s.
const firstRefresh = 40 * time.Second

// askedToRefresh reports whether the telephone may have been asked to refresh the
// session. Before that, a cause that could tell of a refused refresh has another
// reason: the caller gave up at the moment of the answer, and Asterisk tells the answer
// first and then the CANCEL.
func (c *caller) askedToRefresh(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.before || c.up && now.Sub(c.upAt) >= firstRefresh
}

// leftApplication takes that the channel is no longer ours. A hang-up is told before;
// this channel was taken away by the dead-man or by an operator, or its hang-up was
// not heard.
func (c *caller) leftApplication() {
	if c.dialing.isOpen() {
		return // answering machine detection runs in the dialplan; events of the channel still come
	}
	if h := c.orderedEnd(call.HungUp{}); h.Side != "" {
		c.hungUp(h)
		return
	}
	c.aside(func(ctx context.Context) {
		there, err := c.s.api.there(ctx, "channels", c.channel)
		switch {
		case ctx.Err() != nil:
		case there || err != nil:
			c.hungUp(taken)
		default:
			c.hungUp(vanished)
		}
	})
}

// sideOf returns which side ended a call, from the Q.850 cause; asked: the telephone may
// have been asked to refresh the session. Causes up to 31 are Q.850's normal class: the
// caller hung up. Asterisk gives 127 for SIP's CANCEL, with which a caller gives up before
// the answer or at that moment. All other causes are troubles of the network. So is the
// end of a call whose telephone was asked to refresh the session and did not.
func sideOf(cause int, asked bool) call.Side {
	switch {
	case unconfirmed(cause, asked):
		return call.SideSystem
	case cause < 32 || cause == causeGivenUp:
		return call.SideCaller
	}
	return call.SideSystem
}

// Causes of Q.850, as Asterisk derives them from SIP's answers.
const (
	causeNoAnswer      = 18  // no answer, or 408
	causeRejected      = 29  // 501
	causeNotAcceptable = 58  // 488
	causeGivenUp       = 127 // the caller's CANCEL; also 481, 405 and their like
)

// unconfirmed reports whether a call has ended because the telephone did not confirm
// a refresh of the session. Before it was asked, the causes mean other things.
func unconfirmed(cause int, asked bool) bool {
	switch cause {
	case causeNoAnswer:
		return true
	case causeRejected, causeNotAcceptable, causeGivenUp:
		return asked
	}
	return false
}

func causeText(cause int, asked bool) string {
	switch {
	case cause == causeNoAnswer:
		return "the telephone no longer answers: it has lost its network or its power, or refuses to refresh the session"
	case cause == causeGivenUp && asked:
		return "the telephone does not know the call any more, or refuses to refresh the session"
	case unconfirmed(cause, asked):
		return "the telephone refuses to refresh the session"
	case cause == 16:
		return "Normal Clearing"
	case cause == causeGivenUp:
		return "given up before the answer"
	}
	return ""
}
