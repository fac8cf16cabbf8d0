package call

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"presszero/internal/mailbox"
)

// Outside carries out what the loop has decided. Its methods are called on
// the loop's goroutine, so they hand over and return; neither may wait for a
// network.
type Outside interface {
	// Keep writes facts to the journal. It comes before the orders that the
	// same event gave, so that nothing is done which a restart would not know.
	Keep([]Entry)
	// Do carries out one order.
	Do(Command)
}

// Runner is the goroutine, the mailbox and the clock around a Loop.
type Runner struct {
	loop *Loop
	out  Outside
	now  func() time.Time

	mail *mailbox.Mailbox[any] // Event, or func() to be run between events
	over chan struct{}         // closed when the event loop has ended
}

// NewRunner returns a runner; Run starts it.
func NewRunner(l *Loop, out Outside) *Runner {
	return &Runner{loop: l, out: out, now: time.Now, mail: mailbox.New[any](), over: make(chan struct{})}
}

// ErrOver says that the event loop has ended.
var ErrOver = errors.New("the controller has stopped deciding")

// Post puts an event into the mailbox. It never waits: the mailbox has no
// bound, since a lost hang-up would cost more than memory does.
func (r *Runner) Post(ev Event) { r.mail.Put(ev) }

// Ask runs f between two events and returns when it has run, when ctx is over,
// or with ErrOver after Run's end. After an error f has not run and never will, so
// what it writes to may be read. It is how others read the machines' state.
func (r *Runner) Ask(ctx context.Context, f func(now time.Time)) error {
	done := make(chan struct{})
	var claimed atomic.Bool // by the one who runs f, or the one who waits no longer
	r.mail.Put(func() {
		defer close(done)
		if claimed.CompareAndSwap(false, true) {
			f(r.now())
		}
	})
	err := ErrOver
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-r.over:
	}
	if claimed.CompareAndSwap(false, true) {
		return err
	}
	<-done // it runs at this moment
	return nil
}

// Waiting returns how many events are in the mailbox.
func (r *Runner) Waiting() int { return r.mail.Len() }

// Run decides until ctx is over. What is in the mailbox then is not decided;
// the journal and the switch still have it all. It may be called once.
func (r *Runner) Run(ctx context.Context) {
	defer close(r.over)
	alarm := time.NewTimer(time.Hour)
	defer alarm.Stop()
	for ctx.Err() == nil {
		for _, m := range r.mail.TakeAll() {
			r.fireDueTimers()
			r.process(m)
		}
		r.fireDueTimers()
		wait := time.Hour
		if at, ok := r.loop.Next(); ok {
			wait = time.Until(at)
		}
		alarm.Reset(wait)
		select {
		case <-ctx.Done():
		case <-r.mail.Ready():
		case <-alarm.C:
		}
	}
}

func (r *Runner) process(m any) {
	switch m := m.(type) {
	case Event:
		r.carry(r.loop.Step(r.now(), m))
	case func():
		m()
	}
}

// fireDueTimers fires every timer that is due, before the next event.
func (r *Runner) fireDueTimers() {
	for {
		fx, ok := r.loop.Fire(r.now())
		if !ok {
			return
		}
		r.carry(fx)
	}
}

func (r *Runner) carry(fx Effects) {
	if len(fx.Facts) > 0 {
		r.out.Keep(fx.Facts)
	}
	for _, c := range fx.Commands {
		r.out.Do(c)
	}
}
