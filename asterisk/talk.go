package asterisk

import (
	"cmp"
	"context"
	"errors"

	"github.com/CyCoreSystems/ari/v5"

	"presszero/call"
)

// talk is what a caller is joined with: the leg of an agent, the leg of a transfer,
// or nothing. The worker makes and takes away legs; what happens to them is heard in
// Run's goroutine.
type talk struct {
	c   *caller
	leg *leg // nil: none; the caller's mu guards it
}

// connect makes a leg and joins it with the caller. Channel and bridge are made
// at the same time, and the caller hears music until both are there.
func (t *talk) connect(ctx context.Context, cmd call.Connect) error {
	l := t.current()
	var err error
	switch {
	case l != nil && l.id == cmd.Leg && l.usable(cmd.Address):
		err = l.endEarly()
	case l != nil && l.id == cmd.Leg && !l.early:
		return nil // ordered twice
	default:
		if l != nil {
			t.clear(ctx)
		}
		l = t.begin(leg{id: cmd.Leg, address: cmd.Address})
		err = l.makeChannel(ctx)
	}
	if err == nil {
		err = l.bridgeBoth(ctx)
	}
	if err == nil && l.tellBridged() {
		return nil
	}
	t.clear(ctx)
	select {
	case <-t.c.over:
		return nil // the caller hung up in the middle of it; that has been told
	default:
	}
	if err == nil {
		return errors.New("the agent's leg ended before it was joined")
	}
	if there, asked := t.c.s.api.there(ctx, "channels", t.c.channel); asked == nil && !there {
		return errGone
	}
	return err
}

// begin makes l the leg of the talk. Nothing is asked of Asterisk.
func (t *talk) begin(l leg) *leg {
	made := newLeg(t.c, l)
	t.c.mu.Lock()
	t.leg = made
	t.c.mu.Unlock()
	t.c.s.callers.legs.register(l.id, t.c)
	return made
}

// current returns the leg of the talk, or nil.
func (t *talk) current() *leg {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	return t.leg
}

// joinedLeg returns the id of the leg with which the caller is joined, or "".
func (t *talk) joinedLeg() string {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	if l := t.leg; l != nil && l.bridged && !l.ended && !l.dropping {
		return l.id
	}
	return ""
}

// dropLeg takes away the leg of that id; it may be gone already.
func (t *talk) dropLeg(ctx context.Context, id string) error {
	if l := t.current(); l == nil || l.id != id {
		return nil // gone already
	}
	return t.clear(ctx)
}

// clear takes the leg and its bridge away; the caller, if there, is left in
// silence, or with the music of a hold. What is not there any more is no error. After an error it is tried
// again, beside what else is ordered, until nothing of the leg is left.
func (t *talk) clear(ctx context.Context) error {
	t.c.mu.Lock()
	l := t.leg
	if l == nil {
		t.c.mu.Unlock()
		return nil
	}
	l.dropping = true
	joined := l.bridged
	t.c.mu.Unlock()

	if joined { // perhaps on hold: Asterisk would take the caller out of the bridge only after the words
		_ = t.c.playback.stopAll()
		t.c.playback.doubtMusic()
	}
	err := t.takeAway(ctx, l)
	t.c.mu.Lock()
	t.leg = nil
	t.c.mu.Unlock()
	return err
}

// takeAway takes a leg away that is the talk's, or was.
func (t *talk) takeAway(ctx context.Context, l *leg) error {
	t.c.mu.Lock()
	early := l.early
	t.c.mu.Unlock()
	var err error
	if early {
		err = l.forgetEarly()
	}
	err = errors.Join(err, l.takeAway(ctx))
	if err != nil && t.c.s.ctx.Err() == nil {
		t.c.s.log.Warn("a leg could not be taken away, which is repeated", "call", t.c.id, "leg", l.id, "err", err)
		t.c.s.busy.Go(l.takeAwayUntilDone)
	}
	t.c.mu.Lock()
	if l.transfer != nil {
		l.transfer.leftTrunkLocked()
	}
	t.c.mu.Unlock()
	t.c.s.callers.legs.remove(l.id)
	t.forgetTaps(l.id)
	return err
}

// handleEvent takes an event about the leg's channel.
func (t *talk) handleEvent(e event) {
	switch e.Type {
	case ari.Events.StasisStart:
		t.c.mu.Lock()
		defer t.c.mu.Unlock()
		if l := t.leg; l != nil && l.id == e.Channel.ID && !l.inApp {
			l.inApp = true
			close(l.entered)
			if l.transfer != nil { // the far end has answered
				t.c.tellCarrierLocked(l.id, l.transfer.way, "answered", 0, 0)
				l.transfer.answered()
			}
		}
	case ari.Events.ChannelDtmfReceived:
		t.legPresses(e.Channel.ID, e.Digit)
	case ari.Events.ChannelStateChange:
		if e.Channel.State == "Ringing" {
			t.legRings(e.Channel.ID)
		}
	case ari.Events.StasisEnd, ari.Events.ChannelHangupRequest, ari.Events.ChannelDestroyed:
		if e.Type == ari.Events.ChannelHangupRequest && !e.Soft && t.callsOut(e.Channel.ID) {
			return // not taken; its end tells the SIP answer too
		}
		t.legEnded(e.Channel.ID, e.TechCause, e.Cause)
	}
}

// callsOut reports whether the channel is a transfer's that has not been answered.
func (t *talk) callsOut(channel string) bool {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	return t.leg != nil && t.leg.id == channel && t.leg.transfer != nil && !t.leg.inApp
}

// legRings notes that the phone of a transfer's number rings.
func (t *talk) legRings(id string) {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	if l := t.leg; l != nil && l.id == id && l.transfer != nil && !l.transfer.rang {
		l.transfer.rang = true
		t.c.tellCarrierLocked(l.id, l.transfer.way, "", 0, 0)
	}
}

// legAnsweredWith keeps the SIP answer to a transfer.
func (t *talk) legAnsweredWith(id string, sip int) {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	if l := t.leg; l != nil && l.id == id && l.transfer != nil {
		l.transfer.sip = sip
	}
}

// legEnded takes that the leg's channel has ended. If we did not order it and the leg
// was joined, the end is told, and the caller is taken out of the bridge. An agent's
// leg that ends while it is being joined is a Connect that failed; a transfer's end
// is always told.
func (t *talk) legEnded(id string, sip, cause int) {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	l := t.leg
	if l == nil || l.id != id || l.ended {
		return
	}
	if r := l.transfer; r != nil {
		r.sip = cmp.Or(sip, r.sip)
		if !l.inApp && r.notTakenLocked(cause) {
			return
		}
		r.leftTrunkLocked()
	}
	l.ended = true
	switch {
	case l.dropping || t.c.isOver:
		return
	case l.transfer != nil:
		t.c.s.post(call.TransferEnded{Call: t.c.id, Transfer: l.transfer.id, Why: l.transfer.endReason(cause)})
	case l.bridged:
		t.c.s.post(call.LegEnded{Call: t.c.id, Leg: id})
	default:
		return
	}
	t.c.worker.enqueue(func(ctx context.Context) {
		if now := t.current(); now == l {
			t.clear(ctx)
		}
	})
}

// transferOut lets the number ring. The caller goes on hearing what is heard
// until the far end answers.
func (t *talk) transferOut(ctx context.Context, cmd call.TransferOut) error {
	id := call.TransferLeg(cmd.Transfer)
	if l := t.current(); l != nil {
		if l.id == id {
			return nil // ordered twice
		}
		t.clear(ctx)
	}
	l := t.begin(leg{id: id, transfer: newTransfer(cmd)})
	if t.c.s.cfg.Carriers != nil && telephone.MatchString(cmd.Number) {
		l.transfer.ways = t.c.s.cfg.Carriers.Ways(cmd.Number, call.Purpose{Dialed: t.c.to})
	}
	l.transfer.tryNextTrunk(ctx)
	return nil
}
