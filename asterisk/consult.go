package asterisk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"presszero/call"
)

// consult is the switch's part in a consultation. An agent in a talk with a caller calls a
// third party, the consulted party: a colleague or a number. The consulted party has a call
// of its own (the call Ask), made by call.Dial, and is joined with a second leg of the
// agent's. The channel of the consulted party is moved by addChannel, which takes the
// channel out of the bridge where it was:
//
//	              ┌──unite──> bridge of the caller's leg ── caller, leg
//	channel (Ask) ┤<──part──  bridge of the agent's second leg ── second leg
//	              └──handOn─> bridge <channel>.bridge ── caller
//
// By handOn the channel becomes the caller's leg, and the call Ask is over without a word.
//
// While three are in a bridge, Asterisk mixes. Debian's Asterisk (22.10.1) throws frames
// away whose sequence number is lower than that of the frame before. What the mixer and the
// music give has the number 0. So when the mixing ends, one late frame that still has the
// number of its RTP packet may silence a channel: it hears no music and no mixer, until
// Asterisk sets its formats anew. Asterisk does so when a mute begins. Hence a Hold waits for
// the Part before it, and what remains of three after a hang-up is muted for a moment; see
// awaitPart and partEnded.
//
// The worker of the call Ask carries out unite and part. Of the other call it only needs
// to know the leg: if that is gone a moment later, the channel is thrown out of its
// bridge and goes on, until part. handOn is carried out by the caller's worker, which has
// the turn of the other one meanwhile. No worker waits for another in the other
// direction.
type consult struct {
	c *caller

	// In the record of a call Ask. Only its worker's goroutine uses them.
	away   string // the leg in whose bridge the channel is, or may be; "": it is where it belongs
	wanted bool   // of Unite and Part, Unite was ordered last
	// streams has, by channel, the SSRC of the RTP stream that Asterisk received at the last
	// look from the caller and from the consulted party, while three talk; nil: the streams
	// are not looked at. See watchStreams.
	streams map[string]uint32

	// In the record of a call Ask: the caller in whose bridge the channel is, or may be. Its
	// mu guards it.
	united *caller

	// In the record of the caller: closed once the channel has left the caller's bridge whose
	// Part was ordered; nil: there is none. The caller's mu guards it.
	parting chan struct{}

	// In the record of the caller: the consulted party, while a HandOn waits or is carried
	// out. The caller's mu guards it.
	handing *caller

	// In the record of a call Ask that is over: the caller whose leg its channel has become.
	// The mu of that record guards it.
	handed *caller
}

// unite moves the channel into the bridge of the call with.
func (k *consult) unite(ctx context.Context, with call.ID) error {
	if k.c.dialing.isOpen() {
		return errors.New("nobody has taken the call yet")
	}
	k.wanted = true
	leg, other := "", k.c.s.callers.lookUp(with)
	if other != nil {
		leg = other.talk.joinedLeg()
	}
	if leg == "" {
		return errors.New("the caller is joined with nobody")
	}
	before := k.away
	k.away = leg
	k.leaveUnited()
	k.unitedWith(other)
	if before == leg { // ordered twice; but the bridge may be another one of this name
		// Asterisk takes a channel that is in the bridge out of it and puts it in again: the
		// mixing ends and begins, and a late frame silences one of three.
		if there, err := k.c.s.api.inBridge(ctx, bridgeOf(leg), k.c.channel); err == nil && there {
			return nil
		}
	}
	k.watchStreams(ctx)
	return k.moveTo(ctx, leg)
}

// part moves the channel back, or only out of the other bridge if the agent's second leg
// is gone.
func (k *consult) part(ctx context.Context) error {
	k.wanted = false
	if k.away == "" {
		k.leaveUnited()
		return nil
	}
	var err error
	own := k.c.talk.joinedLeg()
	if own != "" {
		err = k.moveBack(ctx, own)
	}
	if own == "" || refused(err, http.StatusNotFound) { // there is no such bridge any more
		err = k.c.s.api.leave(ctx, bridgeOf(k.away), k.c.channel)
	}
	if err == nil {
		k.away = ""
		k.leaveUnited()
	}
	return err
}

// orderPart notes, before the worker knows of it, that the channel is to leave the caller's
// bridge, so that a Hold of the caller which is ordered next waits for it.
func (k *consult) orderPart() {
	k.c.mu.Lock()
	other := k.united
	k.c.mu.Unlock()
	if other == nil {
		return
	}
	other.mu.Lock()
	defer other.mu.Unlock()
	if other.consult.parting == nil {
		other.consult.parting = make(chan struct{})
	}
}

// unitedWith notes in whose bridge the channel is, or may be.
func (k *consult) unitedWith(other *caller) {
	k.c.mu.Lock()
	defer k.c.mu.Unlock()
	k.united = other
}

// leaveUnited notes that the channel is not in the caller's bridge any more, and returns the
// caller in whose bridge it was; nil: in none.
func (k *consult) leaveUnited() *caller {
	k.c.mu.Lock()
	other := k.united
	k.united = nil
	k.c.mu.Unlock()
	if other == nil {
		return nil
	}
	other.mu.Lock()
	defer other.mu.Unlock()
	if parting := other.consult.parting; parting != nil {
		close(parting)
		other.consult.parting = nil
	}
	return other
}

// lateFrames is how long something may be under way in Asterisk that was begun before a
// change of its bridges: two packets, and more than it takes to throw a channel out.
const lateFrames = 40 * time.Millisecond

// moveBack moves the channel into the bridge of the agent's second leg. When the caller of
// three has hung up, the caller's bridge is taken away at the same time. Asterisk throws the
// channel out then, perhaps only once it is in the other bridge, and has said that all went
// well. So moveBack looks whether the channel has stayed.
func (k *consult) moveBack(ctx context.Context, leg string) error {
	err := k.moveTo(ctx, leg)
	for range 5 {
		if err != nil {
			return err
		}
		select {
		case <-time.After(lateFrames):
		case <-k.c.over:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
		if there, asked := k.c.s.api.inBridge(ctx, bridgeOf(leg), k.c.channel); asked != nil || there {
			return nil
		}
		err = k.moveTo(ctx, leg)
	}
	return err
}

// awaitPart waits until the channel whose Part was ordered has left the caller's bridge, and
// late frames are gone, for requestLimit at most.
func (k *consult) awaitPart() {
	k.c.mu.Lock()
	parting := k.parting
	k.c.mu.Unlock()
	if parting == nil {
		return
	}
	select {
	case <-parting:
	case <-time.After(requestLimit):
	case <-k.c.over:
	}
}

// partEnded is called when the call Ask is over. If its channel was in the caller's bridge,
// the caller and the agent are left there, and the caller is refreshed (see hold.refresh).
func (k *consult) partEnded() {
	other := k.leaveUnited()
	k.c.mu.Lock()
	handed := k.handed
	k.c.mu.Unlock()
	if other != nil && handed == nil {
		time.AfterFunc(lateFrames, func() { other.worker.enqueue(func(context.Context) { other.hold.refresh() }) })
	}
}

// isInTalk reports whether the caller is joined with a leg, or with a talk that it is asked
// about. Only the worker's goroutine uses it.
func (c *caller) isInTalk() bool { return c.talk.joinedLeg() != "" || c.consult.away != "" }

// moveTo moves the channel into the bridge of a leg.
func (k *consult) moveTo(ctx context.Context, leg string) error {
	err := k.c.s.api.addToBridge(ctx, bridgeOf(leg), k.c.channel)
	if refused(err, http.StatusBadRequest, http.StatusUnprocessableEntity) {
		if there, asked := k.c.s.api.there(ctx, "channels", k.c.channel); asked == nil && !there {
			return errGone
		}
	}
	return err
}

// handOn joins the caller with the consulted party. Once the consulted party's channel is
// the caller's leg, its end is told as that of a leg that was joined, and nothing more is
// told of the call Ask. Whether it succeeds or fails, both legs of the agent are taken
// away; after a failure the consulted party is hung up.
func (k *consult) handOn(ctx context.Context, cmd call.HandOn) error {
	ask, before := k.takeHanding(), k.c.talk.current()
	if before != nil && before.id == cmd.Leg {
		return nil // ordered twice
	}
	l, err := k.take(ctx, ask, cmd)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case l == nil:
		hangUpAsked(ask)
		k.c.talk.clear(ctx)
		return err
	}
	defer func() { <-ask.worker.turn }()
	if err = ask.quiet(); err != nil {
		err = fmt.Errorf("the consulted party: %v", err) // of another channel than the caller's
	} else if err = l.makeBridge(); err == nil {
		err = l.bridgeAtOnce(ctx)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if second := ask.talk.current(); second != nil {
		second.left = err == nil
	}
	if before != nil {
		before.left = err == nil
		_ = k.c.talk.takeAway(ctx, before)
	}
	if err == nil {
		l.tellBridged()
		ask.playback.stopLost(k.c.worker)
		return nil
	}
	if !l.giveUp() {
		return nil
	}
	k.c.talk.clear(ctx)
	return err
}

// take waits for the turn of the worker of the call ask, and makes that call's channel the
// caller's leg, in place of the one before. The call ask is over then, without its end
// being told. nil: that could not be, and the turn is free.
func (k *consult) take(ctx context.Context, ask *caller, cmd call.HandOn) (*leg, error) {
	gone := errors.New("the consulted party is gone")
	if ask == nil || ask.channel != cmd.Leg {
		return nil, gone
	}
	select {
	case ask.worker.turn <- struct{}{}:
	case <-ask.over:
		return nil, gone
	case <-k.c.over:
		return nil, errGone
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if l := k.takeOver(ask, cmd); l != nil {
		return l, nil
	}
	<-ask.worker.turn
	return nil, gone
}

// takeOver makes the channel of the call ask the caller's leg; nil: one of the two is over.
// All is done under one lock, so that each event of the channel is about either call.
func (k *consult) takeOver(ask *caller, cmd call.HandOn) *leg {
	r := k.c.s.callers
	r.mu.Lock()
	defer r.mu.Unlock()
	k.c.mu.Lock()
	defer k.c.mu.Unlock()
	ask.mu.Lock()
	defer ask.mu.Unlock()
	if k.c.isOver || ask.isOver || ask.dialing.out != nil {
		return nil
	}
	l := newLeg(k.c, leg{id: cmd.Leg, timed: cmp.Or(ask.name, ask.channel), inApp: true, bridged: true})
	if cmd.Transfer != "" {
		l.transfer = &transfer{leg: l, id: cmd.Transfer}
		l.transfer.way.Trunk, l.transfer.counted = ask.trunk, ask.trunk != ""
		ask.trunk = ""
	}
	k.c.talk.leg = l
	ask.isOver, ask.consult.handed = true, k.c
	close(ask.over)
	r.forgetLocked(ask, ask.playback.idsLocked())
	r.legs.callers[l.id] = k.c
	return l
}

// order notes, before the worker knows of it, that the consulted party is handed on to the
// caller. false: the caller's end has been told.
func (k *consult) order(ask *caller) bool {
	k.c.mu.Lock()
	defer k.c.mu.Unlock()
	if k.c.isOver {
		return false
	}
	k.handing = ask
	return true
}

// takeHanding returns who is to be handed on, once.
func (k *consult) takeHanding() *caller {
	k.c.mu.Lock()
	defer k.c.mu.Unlock()
	ask := k.handing
	k.handing = nil
	return ask
}

// hangUpAsked ends the call of somebody who was to be handed on and cannot be. The agent's
// part in it is over: it has been told that she handed the caller on.
func hangUpAsked(ask *caller) {
	if ask != nil {
		ask.orders.queueOrder(call.HangUp{Call: ask.id})
	}
}
