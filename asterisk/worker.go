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
	ctx  context.Context // over when nothing may be sent any more
	busy *sync.WaitGroup // the worker's goroutine counts there
	over <-chan struct{} // closed when the caller's end has been told
	last job             // carried out then, and nothing after it

	mu      sync.Mutex
	waiting []job // mu guards it

	wake chan struct{} // holds one signal at most: there are jobs waiting
	turn chan struct{} // full while a job is carried out, or another worker has the caller; see consult.handOn
}

func newWorker(ctx context.Context, busy *sync.WaitGroup, over <-chan struct{}, last job) *worker {
	return &worker{ctx: ctx, busy: busy, over: over, last: last, wake: make(chan struct{}, 1), turn: make(chan struct{}, 1)}
}

// start begins the worker's goroutine with a first job.
func (w *worker) start(first job) {
	w.enqueue(first)
	w.busy.Go(w.runJobs)
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
// the last job. When the switch closes, everything in Asterisk stays
// as it is.
func (w *worker) runJobs() {
	for {
		for _, j := range w.takeJobs() {
			select {
			case <-w.ctx.Done():
				return
			case <-w.over:
				w.carryOut(w.last)
				return
			default:
				w.carryOut(j)
			}
		}
		select {
		case <-w.wake:
		case <-w.over:
			w.carryOut(w.last)
			return
		case <-w.ctx.Done():
			return
		}
	}
}

// carryOut carries out a job, when no other worker has the caller.
func (w *worker) carryOut(j job) {
	w.turn <- struct{}{}
	defer func() { <-w.turn }()
	j(w.ctx)
}
