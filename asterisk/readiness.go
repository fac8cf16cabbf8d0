package asterisk

import (
	"context"
	"sync"
	"time"
)

// readiness tells whether events and callers of Asterisk are known to be as we
// believe. No other lock is taken while mu is held.
type readiness struct {
	mu    sync.Mutex // guards all that follows
	ready bool
	up    chan struct{} // closed while ready
	lost  time.Time     // when ready became false; zero: never
}

func newReadiness() *readiness { return &readiness{up: make(chan struct{})} }

func (r *readiness) isReady() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ready
}

// waitReady waits until isReady, or returns ctx's error.
func (r *readiness) waitReady(ctx context.Context) error {
	r.mu.Lock()
	up := r.up
	r.mu.Unlock()
	select {
	case <-up:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// setReady notes whether the connection works, and returns what was noted before.
func (r *readiness) setReady(ready bool) (before bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case ready && !r.ready:
		close(r.up)
	case !ready && r.ready:
		r.up, r.lost = make(chan struct{}), time.Now()
	}
	before, r.ready = r.ready, ready
	return before
}

// lastLost is when the last connection that worked was lost; zero: never.
func (r *readiness) lastLost() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lost
}
