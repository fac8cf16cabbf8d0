package asterisk

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"time"
)

// careForAll renews the dead-man of every caller in time, each at its own moment, so
// that five hundred callers are a steady trickle and not a burst.
func (s *common) careForAll(ctx context.Context) {
	tick := time.NewTicker(s.cfg.careEvery() / 20)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		for _, c := range s.callers.dueForCare(time.Now(), s.readiness.isReady) {
			s.busy.Go(func() { // one caller's slow answer delays no other caller
				c.care.round(ctx)
				c.care.endRound()
			})
		}
	}
}

// care keeps Asterisk from taking the caller to the fallback. It renews the dead-man
// of the caller's channel in rounds, and looks for what was never told. The caller's
// mu guards its fields. A round has a goroutine of its own, beside the worker's.
type care struct {
	c        *caller
	charged  bool      // the channel is marked as ours
	next     time.Time // when the next round is due
	underWay bool      // a round is under way
	rounds   int       // begun so far; see checkEvery
}

func newCare(c *caller) *care { return &care{c: c, next: time.Now().Add(c.s.cfg.careEvery())} }

// beginRound reports whether a round is due and none is under way, and notes that it
// has begun.
func (k *care) beginRound(now time.Time) bool {
	k.c.mu.Lock()
	defer k.c.mu.Unlock()
	if k.next.After(now) || k.underWay {
		return false
	}
	k.underWay, k.next = true, now.Add(k.c.s.cfg.careEvery())
	return true
}

func (k *care) endRound() {
	k.c.mu.Lock()
	defer k.c.mu.Unlock()
	k.underWay = false
}

// round renews the caller's dead-man and looks for playbacks and recordings whose
// end was never told, as Asterisk forgets to for some.
func (k *care) round(ctx context.Context) {
	c := k.c
	if c.dialing.isOpen() {
		c.dialing.check(ctx)
		return
	}
	if !k.isCharged() {
		c.worker.enqueue(k.takeCharge) // nothing has been ordered so far
	}
	if c.s.cfg.Healthy() && !k.renewed(ctx) {
		return
	}
	c.playback.check(ctx)
	c.recorder.check(ctx)
}

func (k *care) isCharged() bool {
	k.c.mu.Lock()
	defer k.c.mu.Unlock()
	return k.charged
}

// setCharged notes that the channel is marked as ours, and reports whether that was
// known.
func (k *care) setCharged() (before bool) {
	k.c.mu.Lock()
	defer k.c.mu.Unlock()
	before, k.charged = k.charged, true
	return before
}

// takeCharge marks a channel as ours before the first order is carried out, so that
// a controller that takes over later finds the call in it. A call that is refused is
// not marked: in a flood every request counts.
func (k *care) takeCharge(ctx context.Context) {
	if k.setCharged() {
		return
	}
	if err := k.c.setVariable(varCall, string(k.c.id)); err == nil {
		k.renewed(ctx)
	}
}

// renewed renews the dead-man and reports whether the caller is still ours. If
// not, the caller's end is told unless Asterisk's own news of it comes first.
func (k *care) renewed(ctx context.Context) bool {
	err := k.renew(ctx)
	switch {
	case err == nil || ctx.Err() != nil:
	case errors.Is(err, errGone):
		k.c.aside(func(context.Context) { k.c.endIfGone(vanished) })
		return false
	case errors.Is(err, errTaken):
		k.c.aside(func(context.Context) { k.c.endIfGone(taken) })
		return false
	default:
		k.c.s.log.Warn("a caller's dead-man was not renewed", "call", k.c.id, "err", err)
	}
	return true
}

// renewOnce renews the dead-man beside the rounds.
func (k *care) renewOnce(ctx context.Context) { k.renewed(ctx) }

// spread puts the next round at a moment by chance, at most careEvery away.
func (k *care) spread() {
	k.c.mu.Lock()
	defer k.c.mu.Unlock()
	k.next = time.Now().Add(rand.N(k.c.s.cfg.careEvery()))
}

// checkEvery: in every third round Asterisk is asked whether the caller's channel exists
// and is in our application.
const checkEvery = 3

// renew puts the dead-man off, also while the channel plays or records. Asterisk does not
// answer whether the channel exists, nor whether it has just gone to the fallback, where
// a timer must not run: so every checkEvery rounds the channel's state is asked for.
func (k *care) renew(ctx context.Context) error {
	c := k.c
	seconds := strconv.FormatFloat(c.s.cfg.DeadMan.Seconds(), 'f', -1, 64)
	if err := c.s.carer.export(ctx, c.exportTo(), deadMan, seconds); err != nil {
		return err
	}
	if l := c.talk.current(); l != nil && l.timed != "" {
		if err := c.s.carer.export(ctx, l.timed, deadMan, seconds); err != nil {
			return err
		}
	}
	if !k.checkIsDue() {
		return nil
	}
	ch, err := c.s.carer.channel(ctx, c.channel)
	if err != nil {
		return onChannel(err)
	}
	c.identified(ch)
	switch {
	case ch.inFallback():
		return errors.Join(errTaken, c.s.carer.export(ctx, ch.Name, deadMan, "0"))
	case !ch.inApplication(c.s.cfg.App):
		return errTaken
	}
	return nil
}

// checkIsDue counts the rounds, and reports whether this one asks for the channel.
func (k *care) checkIsDue() bool {
	k.c.mu.Lock()
	defer k.c.mu.Unlock()
	k.rounds++
	return k.rounds%checkEvery == 0
}
