package asterisk

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/CyCoreSystems/ari/v5"

	"presszero/call"
)

// leg is the agent's end of a conversation: a channel that carries RTP to and
// from the agent's media process, and a bridge of two.
//
//	caller ── bridge <leg>.bridge ── channel <leg> ──RTP── Connect.Address
type leg struct {
	id       string
	address  string // of an agent's: where the agent's media process expects RTP
	transfer string // it is the far end of this transfer, and no agent's
	attempt         // of a transfer
	counted  bool   // of a transfer: its trunk carries it
	dialed   string // of a transfer: the number

	entered chan struct{} // closed when its channel can be bridged
	joined  bool          // the worker's: its channel is in the bridge

	// The caller's mu guards these.
	inApp    bool // entered is closed
	early    bool // it was made while the far end's phone rings; see early.go
	bridged  bool // Bridged has been told
	dropping bool // we take it away
	ended    bool // its channel is gone
}

func (l *leg) bridge() string { return bridgeOf(l.id) }

func bridgeOf(leg string) string { return leg + ".bridge" }

// connect makes a leg and joins it with the caller. Channel and bridge are made
// at the same time, and the caller hears music until both are there.
func (c *caller) connect(ctx context.Context, cmd call.Connect) error {
	l := c.theLeg()
	var err error
	switch {
	case l != nil && l.id == cmd.Leg && c.usable(l, cmd.Address):
		err = c.endEarly(l)
	case l != nil && l.id == cmd.Leg && !l.early:
		return nil // ordered twice
	default:
		if l != nil {
			c.clearLeg(ctx)
		}
		l = c.newLeg(leg{id: cmd.Leg, address: cmd.Address})
		err = c.makeLeg(ctx, l)
	}
	if err == nil {
		err = c.bridgeBoth(ctx, l)
	}
	if err == nil && c.bridged(l) {
		return nil
	}
	c.clearLeg(ctx)
	select {
	case <-c.over:
		return nil // the caller hung up in the middle of it; that has been told
	default:
	}
	if err == nil {
		return errors.New("the agent's leg ended before it was joined")
	}
	if there, asked := c.s.api.there(ctx, "channels", c.channel); asked == nil && !there {
		return errGone
	}
	return err
}

// usable reports whether a leg was made early and leads to the address.
func (c *caller) usable(l *leg, address string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return l.early && !l.ended && l.address == address
}

// makeLeg makes the channel and the bridge of a leg.
func (c *caller) makeLeg(ctx context.Context, l *leg) error {
	var made sync.WaitGroup
	var noBridge error
	made.Go(func() { noBridge = c.makeBridge(l) })
	remote, err := c.s.api.externalMedia(ctx, ari.ExternalMediaOptions{
		ChannelID: l.id, App: c.s.cfg.App, ExternalHost: l.address, Format: "ulaw",
		Encapsulation: "rtp", Transport: "udp", ConnectionType: "client", Direction: "both",
		Variables: map[string]string{varCall: string(c.id)},
	})
	if err == nil {
		c.tell(call.LegMade{Call: c.id, Leg: l.id, Remote: remote})
	}
	made.Wait()
	return errors.Join(err, noBridge)
}

// makeBridge makes the bridge and names it after the application, so that only
// its own controller clears it away. One that exists is our own, asked for twice.
func (c *caller) makeBridge(l *leg) error {
	_, err := c.s.api.Bridge().Create(bridgeKey(l.bridge()), "mixing", c.s.cfg.App)
	if refused(err, http.StatusConflict) {
		return nil
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

// bridgeBoth joins caller and leg, the leg first: as long as it does not come,
// the caller hears what was heard before. The leg's channel exists before it is
// in the application, where alone it can be bridged; its StasisStart says when.
func (c *caller) bridgeBoth(ctx context.Context, l *leg) error {
	if !l.joined {
		if err := c.enter(ctx, l, l.id, l.entered); err != nil {
			return err
		}
	}
	if err := c.quiet(); err != nil {
		return err
	}
	now := make(chan struct{})
	close(now)
	return c.enter(ctx, l, c.channel, now)
}

// enter takes a channel into the leg's bridge when it may, as ready tells.
// Should that be lost, or a message only just have ended, we try until it works.
func (c *caller) enter(ctx context.Context, l *leg, channel string, ready <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	pause := 100 * time.Millisecond
	for {
		select {
		case <-ready:
		case <-time.After(pause):
		case <-c.over:
			return errGone
		case <-ctx.Done():
			return errors.New("the agent's leg did not come up")
		}
		err := c.s.api.join(ctx, l.bridge(), channel)
		if !refused(err, http.StatusBadRequest, http.StatusUnprocessableEntity) && !stillRecording(err) || ctx.Err() != nil {
			return err
		}
		c.mu.Lock()
		dead := l.ended
		c.mu.Unlock()
		if dead {
			return err
		}
		if there, asked := c.s.api.there(ctx, "channels", c.channel); asked == nil && !there {
			return errGone
		}
		ready, pause = nil, 25*time.Millisecond
	}
}

// stillRecording: Asterisk tells that a recording has ended a moment before it
// lets the channel into a bridge.
func stillRecording(err error) bool {
	var no *Error
	return errors.As(err, &no) && no.Status == http.StatusConflict && strings.Contains(no.Message, "currently recording")
}

// bridged tells that both hear each other, unless the leg has gone meanwhile.
func (c *caller) bridged(l *leg) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l.ended {
		return false
	}
	l.bridged = true
	switch {
	case c.isOver:
	case l.transfer != "":
		c.s.post(call.TransferAnswered{Call: c.id, Transfer: l.transfer})
	default:
		c.s.post(call.Bridged{Call: c.id, Leg: l.id})
	}
	return true
}

func (c *caller) newLeg(l leg) *leg {
	l.entered = make(chan struct{})
	c.mu.Lock()
	c.leg = &l
	c.mu.Unlock()
	c.s.mu.Lock()
	c.s.legs[l.id] = c
	c.s.mu.Unlock()
	return &l
}

func (c *caller) theLeg() *leg {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.leg
}

func (c *caller) dropLeg(ctx context.Context, id string) error {
	if l := c.theLeg(); l == nil || l.id != id {
		return nil // gone already
	}
	return c.clearLeg(ctx)
}

// clearLeg takes the leg and its bridge away; the caller, if there, is left in
// silence. What is not there any more is no error. After an error it is tried
// again, beside what else is ordered, until nothing of the leg is left.
func (c *caller) clearLeg(ctx context.Context) error {
	c.mu.Lock()
	l := c.leg
	if l == nil {
		c.mu.Unlock()
		return nil
	}
	l.dropping = true
	early := l.early
	c.mu.Unlock()

	var err error
	if early {
		err = c.forgetEarly(l)
	}
	err = errors.Join(err, c.s.takeAway(ctx, l, c.channel))
	if err != nil && c.s.ctx.Err() == nil {
		c.s.log.Warn("a leg could not be taken away, which is repeated", "call", c.id, "leg", l.id, "error", err)
		c.s.busy.Go(func() { c.s.insistOnTaking(l, c.channel) })
	}
	c.mu.Lock()
	c.leg = nil
	c.legLeftTrunkLocked(l)
	c.mu.Unlock()
	c.s.mu.Lock()
	delete(c.s.legs, l.id)
	c.s.mu.Unlock()
	return err
}

// takeAway takes the caller out of the leg's bridge, and then leg and bridge
// away. A caller who is still in the bridge would hear nothing of what is
// ordered next if it were deleted.
func (s *Switch) takeAway(ctx context.Context, l *leg, caller string) error {
	if err := s.api.leave(ctx, l.bridge(), caller); err != nil {
		return errors.Join(err, s.api.hangUpLeg(l.id))
	}
	return s.api.remove(ctx, l.id)
}

// insistOnTaking repeats takeAway until it succeeds or the switch is stopped.
func (s *Switch) insistOnTaking(l *leg, caller string) {
	for wait := askAgain; ; wait = min(2*wait, mostWait) {
		select {
		case <-time.After(wait):
		case <-s.ctx.Done():
			return
		}
		if s.takeAway(s.ctx, l, caller) == nil {
			return
		}
	}
}

// leave takes a channel out of a bridge and returns when it is out: on one that
// is still leaving, as after a bridge was deleted, a prompt ends unheard as if
// it had been spoken (about 1 of 150 under load, Asterisk 22.10). Not to be in
// it is no error.
func (c *client) leave(ctx context.Context, bridge, channel string) error {
	q := url.Values{"channel": {channel}}
	err := c.ask(ctx, "POST", "/bridges/"+url.PathEscape(bridge)+"/removeChannel?"+q.Encode(), nil, nil)
	if refused(err, http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity) {
		return nil
	}
	return err
}

// remove takes a leg and its bridge out of Asterisk.
func (c *client) remove(_ context.Context, leg string) error {
	noBridge := c.Bridge().Delete(bridgeKey(bridgeOf(leg)))
	if refused(noBridge, http.StatusNotFound) {
		noBridge = nil
	}
	return errors.Join(noBridge, c.hangUpLeg(leg))
}

// hangUpLeg ends a leg; one that is gone is no error.
func (c *client) hangUpLeg(leg string) error {
	err := c.Channel().Hangup(channelKey(leg), "normal")
	if refused(err, http.StatusNotFound) {
		return nil
	}
	return err
}

// hearLeg takes an event about the leg's channel.
func (c *caller) hearLeg(e event) {
	switch e.Type {
	case ari.Events.StasisStart:
		c.mu.Lock()
		defer c.mu.Unlock()
		if l := c.leg; l != nil && l.id == e.Channel.ID && !l.inApp {
			l.inApp = true
			close(l.entered)
			if l.transfer != "" { // somebody has answered
				c.s.told(c, l.id, l.way, "answered", 0, 0)
				c.worker.enqueue(func(ctx context.Context) { c.joinTransfer(ctx, l) })
			}
		}
	case ari.Events.ChannelStateChange:
		if e.Channel.State == "Ringing" {
			c.legRings(e.Channel.ID)
		}
	case ari.Events.StasisEnd, ari.Events.ChannelHangupRequest, ari.Events.ChannelDestroyed:
		if e.Type == ari.Events.ChannelHangupRequest && !e.Soft && c.transfers(e.Channel.ID) {
			return // not taken; its end tells the SIP answer too
		}
		c.legGone(e.Channel.ID, e.TechCause, e.Cause)
	}
}

// transfers reports whether the channel calls a number for this caller and
// nobody has answered.
func (c *caller) transfers(channel string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.leg != nil && c.leg.id == channel && c.leg.transfer != "" && !c.leg.inApp
}

// legRings: the phone of the number that the caller is handed on to rings.
func (c *caller) legRings(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.leg; l != nil && l.id == id && l.transfer != "" && !l.rang {
		l.rang = true
		c.s.told(c, l.id, l.way, "", 0, 0)
	}
}

// legAnsweredWith keeps the SIP answer to a transfer.
func (c *caller) legAnsweredWith(id string, sip int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.leg; l != nil && l.id == id {
		l.sip = sip
	}
}

// legGone: the leg's channel has ended. If we did not order it and it was
// joined, that is told, and the caller is taken out of the bridge. An agent's
// leg that ends while it is being joined is a Connect that failed; a
// transfer's end is always told.
func (c *caller) legGone(id string, sip, cause int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.leg
	if l == nil || l.id != id || l.ended {
		return
	}
	l.sip = cmp.Or(sip, l.sip)
	if l.transfer != "" && !l.inApp {
		why := l.why(cause)
		c.s.told(c, l.id, l.way, why, l.sip, cause)
		if c.transferNextLocked(l, why) {
			return
		}
	}
	l.ended = true
	c.legLeftTrunkLocked(l)
	switch {
	case l.dropping || c.isOver:
		return
	case l.transfer != "":
		why := l.transferEnd(cause)
		c.s.post(call.TransferEnded{Call: c.id, Transfer: l.transfer, Why: why})
	case l.bridged:
		c.s.post(call.LegEnded{Call: c.id, Leg: id})
	default:
		return
	}
	c.worker.enqueue(func(ctx context.Context) {
		if now := c.theLeg(); now == l {
			c.clearLeg(ctx)
		}
	})
}
