package asterisk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"presszero/call"
)

// dialing is a caller whom we call ourselves (call.Dial), until somebody takes the
// call: a number, or the media process of a colleague. The end of such a caller is a
// DialFailed. The worker lets the phone ring;
// what comes of it is heard in Run's goroutine, or found by a round of care.
type dialing struct {
	c   *caller
	out *outgoing // nil: the caller called us, or the call has been taken; the caller's mu guards it
}

// outgoing is a call to a customer, from its start until a person or a machine answers
// it. The caller's mu guards all of it but id, media, listen, leg and address, which do not
// change.
type outgoing struct {
	attempt
	id     string
	media  string    // the address of a colleague's media process; "": a number is called
	until  time.Time // when Asterisk gives it up
	listen bool      // answering machine detection has been ordered
	taken  bool      // answering machine detection is running: the channel is in the dialplan

	leg, address string // the agent's leg over which the agent hears the progress of this call, and its RTP address; "": no agent listens
	hears        bool   // the agent hears that it rings
	sounds       bool   // the agent hears the sound of the far end

	between bool // the next trunk is about to be tried: there is no channel
	gaveUp  bool // it was silent for too long: the channel is being hung up
}

// startDialLocked makes a caller whose phone is still to ring. The registry's mu is held.
func (s *common) startDialLocked(d call.Dial) {
	delete(s.callers.ended, d.Call)
	c := s.newCallerLocked(d.Call, d.Dial, "", false)
	c.to = d.Dialed
	c.dialing.out = &outgoing{id: d.Dial, until: time.Now().Add(d.Ring), listen: d.Listen, leg: d.Leg, address: d.Address}
	if d.Number == "" {
		c.dialing.out.media, c.dialing.out.until = d.Media, time.Now().Add(requestLimit)
		c.worker.start(func(ctx context.Context) { c.dialing.callMedia(ctx, d.Media) })
		return
	}
	if s.cfg.Carriers != nil {
		c.dialing.out.ways = s.cfg.Carriers.Ways(d.Number, call.Purpose{Agent: string(d.Agent), Queue: d.Queue, Dialed: d.Dialed})
	}
	c.worker.start(func(ctx context.Context) {
		if !telephone.MatchString(d.Number) {
			c.hungUp(call.HungUp{Cause: 28})
			return
		}
		c.dialing.ringNext(ctx)
	})
}

// ringNext lets the phone of a person whom we call ring, over the next trunk.
func (d *dialing) ringNext(ctx context.Context) {
	d.c.mu.Lock()
	o := d.out
	if o == nil || d.c.isOver {
		d.c.mu.Unlock()
		return
	}
	there := o.takeTrunk()
	if there {
		d.c.carriedByLocked(o.way.Trunk, false)
	}
	o.between = false
	limit, since, way := time.Until(o.until), o.since, o.way
	d.c.mu.Unlock()
	if !there {
		if d.c.s.cfg.Carriers == nil {
			d.c.s.log.Warn("a call could not be made", "call", d.c.id, "err", errNoTrunk)
			d.c.hungUp(call.HungUp{})
			return
		}
		d.c.s.log.Warn("no trunk can carry a call now", "call", d.c.id, "dial", o.id)
		d.answeredWith(http.StatusServiceUnavailable)
		d.c.hungUp(call.HungUp{})
		return
	}
	err := d.c.s.makeCall(ctx, d.c, o.id, way, limit)
	switch {
	case ctx.Err() != nil:
	case err == nil:
		d.c.aside(func(ctx context.Context) { d.giveUpSilent(ctx, since) })
	case refused(err, http.StatusInternalServerError):
		d.c.s.log.Warn("a trunk cannot be reached", "call", d.c.id, "dial", o.id, "trunk", way.Trunk, "err", err)
		d.answeredWith(http.StatusServiceUnavailable)
		d.notMade()
	default:
		d.c.s.log.Warn("a call could not be made", "call", d.c.id, "trunk", way.Trunk, "err", err)
		d.notMade()
	}
}

// notMade ends a call that Asterisk says it has not made, unless it was taken all the
// same: Asterisk may have made it before the request failed.
func (d *dialing) notMade() {
	d.c.mu.Lock()
	over := d.out != nil && !d.out.taken && !d.c.isOver && d.c.tellEndLocked(call.HungUp{})
	plays := d.c.playback.idsLocked()
	d.c.mu.Unlock()
	if over {
		d.c.s.callers.forget(d.c, plays)
	}
}

// callMedia calls the media process of a colleague, which answers at once.
func (d *dialing) callMedia(ctx context.Context, address string) {
	uri, _, _ := strings.Cut(address, ";rtp=")
	err := d.c.s.callAgent(ctx, d.c, d.c.channel, uri, map[string]any{"appArgs": "," + argDialled})
	if no := (*Error)(nil); err != nil && !errors.As(err, &no) {
		err = d.c.s.unanswered(ctx, d.c.channel, err)
	}
	if err != nil && ctx.Err() == nil {
		d.c.s.log.Warn("a colleague's media process could not be called", "call", d.c.id, "err", err)
		d.notMade()
	}
}

// leastRing is how long a phone must be able to ring for another trunk to be
// tried.
const leastRing = 5 * time.Second

// nextTrunkLocked tries the next trunk with a call that the last one did not
// carry, and reports whether there is one. A call that has rung is never repeated:
// the person would be called twice. The caller's mu is held.
func (d *dialing) nextTrunkLocked(f call.DialFailed, h call.HungUp) bool {
	o := d.out
	if o.taken || d.c.ordered != nil || h.Side == call.SideUs || time.Until(o.until) < leastRing || !o.elsewhere(f.Why) {
		return false
	}
	d.c.s.log.Warn("a trunk did not carry a call; the next one is tried", "call", d.c.id, "dial", o.id, "trunk", d.c.trunk, "sip", o.sip, "next", o.ways[0].Trunk)
	d.c.leftTrunkLocked()
	d.c.name, o.between, o.gaveUp = "", true, false
	d.c.worker.enqueue(func(ctx context.Context) {
		d.c.s.untilFree(ctx, d.c, o.id)
		d.ringNext(ctx)
	})
	return true
}

// giveUpSilent gives up a call, begun at since, with which a trunk has done nothing
// that we know of, while the phone can still ring long enough over the next one.
func (d *dialing) giveUpSilent(ctx context.Context, since time.Time) {
	timer := time.NewTimer(time.Until(since.Add(d.c.s.cfg.SilentTrunk)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-d.c.over:
		return
	case <-ctx.Done():
		return
	}
	d.c.mu.Lock()
	o := d.out
	silent := o != nil && o.since.Equal(since) && !o.rang && !o.taken && !o.between && !d.c.isOver && d.c.ordered == nil &&
		len(o.ways) > 0 && time.Until(o.until) > leastRing
	if silent {
		o.gaveUp, o.sip = true, http.StatusRequestTimeout // as SIP has it, too
	}
	d.c.mu.Unlock()
	if silent {
		_ = d.c.s.api.Channel().Hangup(channelKey(d.c.channel), "normal") // its end is told
	}
}

// gaveUp reports whether a call that we make is being hung up, for the next trunk.
func (d *dialing) gaveUp() bool {
	d.c.mu.Lock()
	defer d.c.mu.Unlock()
	return d.out != nil && d.out.gaveUp
}

// isOpen reports whether nobody has taken the call that we make.
func (d *dialing) isOpen() bool {
	d.c.mu.Lock()
	defer d.c.mu.Unlock()
	return d.out != nil
}

// isBetween reports whether the next trunk is about to be tried.
func (d *dialing) isBetween() bool {
	d.c.mu.Lock()
	defer d.c.mu.Unlock()
	return d.out != nil && d.out.between
}

// rings tells that the phone of the person called rings, once.
func (d *dialing) rings() {
	d.c.mu.Lock()
	defer d.c.mu.Unlock()
	if o := d.out; o != nil && !o.rang && !d.c.isOver {
		o.rang = true
		d.c.tellCarrierLocked(o.id, o.way, "", 0, 0)
		d.c.s.post(call.DialRinging{Call: d.c.id, Dial: o.id})
		d.letHearLocked(false)
	}
}

// sendsSound takes that the far end sends sound before it answers.
func (d *dialing) sendsSound() {
	d.c.mu.Lock()
	defer d.c.mu.Unlock()
	d.letHearLocked(true)
}

// answeredWith keeps the SIP answer to the call that we make; 0: none.
func (d *dialing) answeredWith(sip int) {
	d.c.mu.Lock()
	defer d.c.mu.Unlock()
	if d.out != nil && sip != 0 && !d.out.gaveUp {
		d.out.sip = sip
	}
}

// answered takes that the call has been taken, and that the channel is in the
// application with these arguments. If person and machine are to be told apart,
// Asterisk listens first; the channel is in the dialplan meanwhile and comes back.
func (d *dialing) answered(started string, args arguments) {
	d.c.mu.Lock()
	defer d.c.mu.Unlock()
	o := d.out
	if o == nil || d.c.isOver {
		return
	}
	by, heard := verdict(args.heard)
	switch {
	case heard || !o.listen:
	case o.taken && started != "":
		return // told twice, or late: it is listening
	default: // or found here all the same: the request was lost
		o.taken = true
		d.c.worker.enqueue(d.detectMachine)
		return
	}
	d.out, d.c.up, d.c.upAt, d.c.started = nil, true, time.Now(), started
	d.c.tellCarrierLocked(o.id, o.way, "answered", 0, 0)
	d.c.worker.enqueue(d.c.care.takeCharge)
	d.c.s.post(call.DialAnswered{Call: d.c.id, Dial: o.id, By: by})
}

// detectMachine has Asterisk find out whether a person or a machine has taken our call.
// Where Asterisk cannot, the call goes on as "unsure": the far end must not be left in
// silence.
//
// It listens to silence from our side, for 2.4 s at most (amd.conf), and to a
// person who says a word and waits for half of that. We do not speak meanwhile:
// our words would make a person stop, repeat or answer, which is what is being
// measured, and their echo on the line would be taken for a voice.
func (d *dialing) detectMachine(ctx context.Context) {
	if !d.isOpen() {
		return
	}
	err := onChannel(d.c.s.api.listen(ctx, d.c.channel))
	var no *Error
	if !errors.As(err, &no) || errors.Is(err, errGone) || errors.Is(err, errTaken) {
		return // its end, or its coming back, will be told; a request that was lost is noticed
	}
	d.c.s.log.Warn("answering machine detection did not start; the call goes on as unsure", "call", d.c.id, "err", err)
	d.answered("", arguments{heard: []string{"", ""}})
}

// verdict reads the result of answering machine detection (AMD); heard: it has run. Only
// a long greeting counts as a machine. AMD also calls silence a machine, but a person may
// say nothing at first.
func verdict(said []string) (by string, heard bool) {
	if said == nil {
		return "", false
	}
	cause, _, _ := strings.Cut(said[1], "-")
	switch {
	case said[0] == "HUMAN":
		return "person", true
	case said[0] == "MACHINE" && slices.Contains([]string{"LONGGREETING", "MAXWORDS", "MAXWORDLENGTH"}, cause):
		return "machine", true
	}
	return "unsure", true
}

// failed is how the dialling ended.
func (o *outgoing) failed(h call.HungUp) call.DialFailed {
	why := o.failReason(h.Cause)
	switch {
	case o.taken && h.Side == call.SideCaller:
		why = declined // taken, and put down before person and machine were told apart
	case h.Side == call.SideUs, o.media != "":
		why = ours // taken back by us; or no person was asked
	case why == ours && h.Side == call.SideCaller && !time.Now().Before(o.until):
		why = noAnswer // its end was not heard
	}
	return call.DialFailed{Call: h.Call, Dial: o.id, Why: why}
}

// check looks for a dial whose answer or end was never told.
func (d *dialing) check(ctx context.Context) {
	ch, err := d.c.s.api.channel(ctx, d.c.channel)
	switch {
	case refused(err, http.StatusNotFound):
		d.c.mu.Lock()
		o := d.out
		waits := o != nil && o.between
		d.c.mu.Unlock()
		if o != nil && !waits && time.Now().After(o.until) {
			d.c.hungUp(vanished)
		}
	case err == nil && ch.inApplication(d.c.s.cfg.App):
		d.answered("", argumentsOf(ch))
	}
}

// listen sends the channel of a call that we made to the dialplan, which runs answering
// machine detection. A request that broke is not repeated: the channel may have come back
// meanwhile, and be in a talk.
func (c *client) listen(ctx context.Context, channel string) error {
	return c.request(context.WithValue(ctx, onlyOnce{}, true), "POST", "/channels/"+url.PathEscape(channel)+"/continue",
		map[string]any{"context": "listen", "extension": "s", "priority": 1}, nil)
}
