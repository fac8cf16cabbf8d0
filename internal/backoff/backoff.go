// Package backoff says how long to wait before a failed attempt is made again.
package backoff

import (
	"context"
	"math/rand/v2"
	"time"
)

// Backoff gives pauses that double from First up to Last. Jitter is the share of
// each pause that is drawn at random, 0 to 1: with 0 a pause is as long as it says,
// with 1 it is anything below ("full jitter"), so that many who lost the same
// server do not return as one. One goroutine may use it.
type Backoff struct {
	First, Last time.Duration
	Jitter      float64

	limit time.Duration // of the next pause; 0: First
}

// Next returns the next pause.
func (b *Backoff) Next() time.Duration {
	limit := max(b.limit, b.First)
	b.limit = min(2*limit, b.Last)
	if share := time.Duration(b.Jitter * float64(limit)); share > 0 {
		return limit - rand.N(share)
	}
	return limit
}

// Reset makes First the next pause, after an attempt that succeeded.
func (b *Backoff) Reset() { b.limit = 0 }

// Wait waits for the next pause. It returns false, at once, when ctx ends.
func (b *Backoff) Wait(ctx context.Context) bool {
	pause := time.NewTimer(b.Next())
	defer pause.Stop()
	select {
	case <-pause.C:
		return true
	case <-ctx.Done():
		return false
	}
}
