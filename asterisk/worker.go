package asterisk

import (
	"context"
	"sync"
)

// job is one piece of work about a caller. The context is over when nothing may
// be sent to Asterisk any more.
type job func(context.Context)

// worker carries out the jobs about one caller one after another, in a goroutine
// of its own, until the caller's end has been told. Jobs may be added from every
// goroutine, also while the caller's mu is held: the worker takes no other lock
// while it holds its own.
type worker struct {
	c *caller

	mu      sync.Mutex
	waiting []job // mu guards it

	wake chan struct{} // holds one signal at most: there are jobs waiting

	// audible counts the orders that change what the caller hears. Only the worker's
	// goroutine reads and writes it.
	audible int
}

func newWorker(c *caller) *worker { return &worker{c: c, wake: make(chan struct{}, 1)} }

// start begins the worker's goroutine with a first job.
func (w *worker) start(first job) {
	w.enqueue(first)
	w.c.s.busy.Go(w.runJobs)
}

// enqueue adds a job.
func (w *worker) enqueue(j job) {
	w.mu.Lock()
	w.waiting = append(w.waiting, j)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// takeJobs returns the jobs that wait, and leaves none.
func (w *worker) takeJobs() []job {
	w.mu.Lock()
	defer w.mu.Unlock()
	jobs := w.waiting
	w.waiting = nil
	return jobs
}

// runJobs carries out the jobs in order until the caller's end has been told, and then
// takes the caller's leg away. When the switch closes, everything in Asterisk stays
// as it is.
func (w *worker) runJobs() {
	ctx := w.c.s.ctx
	for {
		for _, j := range w.takeJobs() {
			select {
			case <-ctx.Done():
				return
			case <-w.c.over:
				w.c.talk.clear(ctx)
				return
			default:
				j(ctx)
			}
		}
		select {
		case <-w.wake:
		case <-w.c.over:
			w.c.talk.clear(ctx)
			return
		case <-ctx.Done():
			return
		}
	}
}
