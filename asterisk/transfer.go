package asterisk

import (
	"context"
	"errors"
	"net/http"
	"time"

	"presszero/call"
)

// transfer is a call that we make to a number outside, to connect the caller with it. It
// has a leg, which is treated like an agent's.
type transfer struct {
	leg    *leg
	id     string // call.TransferOut's name for it
	number string
	notice call.OutsideNotice

	said chan bool   // holds whether the notice was heard to its end; see outsidenotice.go
	keys chan string // holds the keys that are pressed while the person is told
	told call.TransferAnswered

	// The caller's mu guards these.
	attempt
	counted bool // its trunk carries it
}

// transferRings is how long the phone of a transfer's number may ring.
const transferRings = 45 * time.Second

// tryNextTrunk lets the number of a transfer ring over the next trunk.
func (r *transfer) tryNextTrunk(ctx context.Context) {
	c, l := r.leg.c, r.leg
	c.mu.Lock()
	if c.talk.leg != l || l.ended || l.dropping || c.isOver {
		c.mu.Unlock()
		return
	}
	there := r.takeTrunk()
	if there {
		r.counted = true
		c.s.cfg.Carriers.Began(r.way.Trunk, false)
	}
	way := r.way
	c.mu.Unlock()
	if !there {
		c.s.log.Warn("a transfer could not be made: no trunk can carry it now", "call", c.id, "transfer", r.id)
		why := trunk
		if c.s.cfg.Carriers == nil || !telephone.MatchString(r.number) {
			why = ours
		}
		r.giveUp(ctx, why)
		return
	}
	err := c.s.makeCall(ctx, c, l.id, way, transferRings)
	if err == nil || ctx.Err() != nil {
		return
	}
	c.s.log.Warn("a transfer could not be made", "call", c.id, "transfer", r.id, "trunk", way.Trunk, "err", err)
	if refused(err, http.StatusInternalServerError) {
		c.talk.legAnsweredWith(l.id, http.StatusServiceUnavailable)
		c.talk.legEnded(l.id, 0, 0)
		return
	}
	r.giveUp(ctx, ours)
}

// notTakenLocked tells the trunk how the transfer went that was not taken, and goes
// on over the next trunk. It reports whether there is one. The caller's mu is held.
func (r *transfer) notTakenLocked(cause int) bool {
	why := r.failReason(cause)
	r.leg.c.tellCarrierLocked(r.leg.id, r.way, why, r.sip, cause)
	return r.nextTrunkLocked(why)
}

// nextTrunkLocked tries the next trunk with a transfer that the last one did
// not carry, and reports whether there is one. The caller's mu is held.
func (r *transfer) nextTrunkLocked(why string) bool {
	c, l := r.leg.c, r.leg
	if l.dropping || c.isOver || !r.elsewhere(why) {
		return false
	}
	c.s.log.Warn("a trunk did not carry a transfer; the next one is tried", "call", c.id, "transfer", r.id, "trunk", r.way.Trunk, "next", r.ways[0].Trunk)
	r.leftTrunkLocked()
	c.worker.enqueue(func(ctx context.Context) {
		c.s.untilFree(ctx, c, l.id)
		r.tryNextTrunk(ctx)
	})
	return true
}

// leftTrunkLocked counts the transfer out: its channel is gone. The caller's mu is
// held.
func (r *transfer) leftTrunkLocked() {
	if r.counted {
		r.leg.c.s.cfg.Carriers.Ended(r.way.Trunk)
		r.counted = false
	}
}

// joinCaller joins the caller with the far end, which has answered.
func (r *transfer) joinCaller(ctx context.Context) {
	c, l := r.leg.c, r.leg
	if c.talk.current() != l {
		return // dropped meanwhile
	}
	err := l.makeBridge()
	if err == nil {
		err = l.bridgeBoth(ctx)
	}
	switch {
	case err == nil && l.tellBridged() || ctx.Err() != nil:
		return
	case errors.Is(err, errGone):
		c.talk.clear(ctx)
		c.endIfGone(vanished)
		return
	case err != nil:
		c.s.log.Warn("a caller could not be joined with the number that answered", "call", c.id, "transfer", r.id, "err", err)
	}
	r.giveUp(ctx, ours)
}

// giveUp takes away a transfer that did not come about.
func (r *transfer) giveUp(ctx context.Context, why string) {
	c, l := r.leg.c, r.leg
	c.mu.Lock()
	if !l.ended && !l.dropping && !c.isOver {
		l.ended = true
		r.leftTrunkLocked()
		c.s.post(call.TransferEnded{Call: c.id, Transfer: r.id, Why: why})
	}
	c.mu.Unlock()
	c.talk.clear(ctx)
}

// endReason is why the transfer has ended, as TransferEnded has it; cause is the
// Q.850 cause. The caller's mu is held.
func (r *transfer) endReason(cause int) string {
	switch why := r.failReason(cause); {
	case r.leg.bridged:
		return "over"
	case r.leg.inApp:
		return "failed"
	case why == declined:
		return "refused"
	default:
		return why
	}
}
