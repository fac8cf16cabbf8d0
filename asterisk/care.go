package asterisk

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// carers is how many callers are cared for at the same moment.
const carers = 8

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
		s.careFor(ctx, s.due(time.Now()))
	}
}

func (s *Switch) careFor(ctx context.Context, callers []*caller) {
	next := make(chan *caller)
	var all sync.WaitGroup
	for range min(carers, len(callers)) {
		all.Go(func() {
			for c := range next {
				c.care(ctx)
			}
		})
	}
	for _, c := range callers {
		next <- c
	}
	close(next)
	all.Wait()
}

// due returns whose turn it is, and forgets whose end was told long ago: no
// order about them is under way any more.
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
		if !c.careAt.After(now) {
			c.careAt = now.Add(s.careEvery())
			due = append(due, c)
		}
	}
	return due
}

// care renews one caller's dead-man and looks for playbacks and recordings
// whose end was never told, as Asterisk forgets to for some.
func (c *caller) care(ctx context.Context) {
	if c.isDialing() {
		c.checkDialing(ctx)
		return
	}
	if !c.charged.Load() {
		c.add(c.takeCharge) // nothing has been ordered so far
	}
	if c.s.cfg.Healthy() && c.theRecording() == nil {
		if err := c.renew(); errors.Is(err, errGone) {
			c.aside(func(context.Context) { c.gone(vanished) })
			return
		} else if err != nil {
			c.s.log.Warn("a caller's dead-man was not renewed", "call", c.id, "error", err)
		}
	}
	c.checkPlays(ctx)
	c.checkRecording(ctx)
}

// checkPlays tells the end of playbacks that are over.
func (c *caller) checkPlays(ctx context.Context) {
	for _, id := range c.running() {
		if playing, err := c.s.api.playing(ctx, id); err == nil && !playing {
			c.playEnded(id, false)
		}
	}
}

// spread is a moment within the next round of care.
func (s *Switch) spread() time.Time { return time.Now().Add(rand.N(s.careEvery())) }
