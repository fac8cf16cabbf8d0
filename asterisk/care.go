package asterisk

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"time"
)

// careEvery is how often each caller is cared for.
func (s *Switch) careEvery() time.Duration { return min(s.cfg.DeadMan/3, 10*time.Second) }

// care renews the dead-man of every caller in time, each at its own moment, so
// that five hundred callers are a steady trickle and not a burst.
func (s *Switch) care(ctx context.Context) {
	tick := time.NewTicker(s.careEvery() / 20)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		for _, c := range s.due(time.Now()) {
			s.busy.Go(func() { // one caller's slow answer delays no other caller
				c.care(ctx)
				c.caring.Store(false)
			})
		}
	}
}

// due returns the callers whose next round of care is due, without those whose
// last round is still under way. It also forgets the calls whose end was told
// more than a minute ago: no order about them is under way any more.
func (s *Switch) due(now time.Time) []*caller {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, at := range s.ended {
		if now.Sub(at) > time.Minute {
			delete(s.ended, id)
		}
	}
	if !s.ready {
		return nil
	}
	var due []*caller
	for _, c := range s.calls {
		if !c.careAt.After(now) && !c.caring.Swap(true) {
			c.careAt = now.Add(s.careEvery())
			due = append(due, c)
		}
	}
	return due
}

// care renews one caller's dead-man and looks for playbacks and recordings
// whose end was never told, as Asterisk forgets to for some.
func (c *caller) care(ctx context.Context) {
	if c.dialing.isOpen() {
		c.dialing.check(ctx)
		return
	}
	if !c.charged.Load() {
		c.worker.enqueue(c.takeCharge) // nothing has been ordered so far
	}
	if c.s.cfg.Healthy() && !c.renewed(ctx) {
		return
	}
	c.playback.check(ctx)
	c.recorder.check(ctx)
}

// renewed renews the dead-man and reports whether the caller is still ours. If
// not, the caller's end is told unless Asterisk's own news of it comes first.
func (c *caller) renewed(ctx context.Context) bool {
	err := c.renew(ctx)
	switch {
	case err == nil || ctx.Err() != nil:
	case errors.Is(err, errGone):
		c.aside(func(context.Context) { c.gone(vanished) })
		return false
	case errors.Is(err, errTaken):
		c.aside(func(context.Context) { c.gone(taken) })
		return false
	default:
		c.s.log.Warn("a caller's dead-man was not renewed", "call", c.id, "error", err)
	}
	return true
}

// checkEvery is in how many rounds of care Asterisk is asked once whether it
// still has the caller, and we have.
const checkEvery = 3

// renew puts the dead-man off, whatever the channel is busy with. Asterisk does
// not say whether there was such a channel, nor whether it has just left us for
// the fallback (which begins anew should a timer run there), so now and then
// both are asked for.
func (c *caller) renew(ctx context.Context) error {
	if err := c.s.carer.export(ctx, c.exportTo(), deadMan, strconv.FormatFloat(c.s.cfg.DeadMan.Seconds(), 'f', -1, 64)); err != nil {
		return err
	}
	if c.rounds.Add(1)%checkEvery != 0 {
		return nil
	}
	ch, err := c.s.carer.channel(ctx, c.channel)
	if err != nil {
		return onChannel(err)
	}
	c.named(ch.Name)
	switch {
	case ch.inFallback():
		return errors.Join(errTaken, c.s.carer.export(ctx, ch.Name, deadMan, "0"))
	case !c.s.ours(ch):
		return errTaken
	}
	return nil
}

// spread is a moment within the next round of care.
func (s *Switch) spread() time.Time { return time.Now().Add(rand.N(s.careEvery())) }
