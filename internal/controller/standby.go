package controller

import (
	"context"
	"errors"
	"fmt"
	"time"

	"presszero/call"
	"presszero/callqueue"
	"presszero/internal/handover"
	"presszero/ivr"
	"presszero/journal"
	"presszero/softphone/media"
	"presszero/sql"
)

// An upgrade is a handover between two controllers, so that nothing which can
// fail happens while nobody decides:
//
//	old   decides ────────────────────────────┐ writes down what it has heard, closes the journal, ends
//	new   settings, flow, sounds, database,   │
//	      migrations, media, journal so far   │
//	      "prepared" ──────────> "take" ──────┴> Asterisk's news │ journal │ compare │ decides
//	                                             └── the time without a controller ──┘
//
// The new one takes Asterisk's news first: with that the old one is replaced
// (asterisk.ErrReplaced), and what happens from then on waits for the new one.
// Should the old one neither end nor die, the journal's epoch fences it.
//
// Between them stands `up`, which gives its orders on the new one's standard input and
// reads the new one's standard output.

// takeover is what a controller knows that takes over from another.
type takeover struct {
	past  *journal.Past
	began time.Time // when Asterisk's news came to us
	had   time.Time // when we had the journal
	knew  time.Time // when it was read
}

func (c *Controller) journalOptions() journal.Options {
	o := journal.Options{Log: c.log}
	if c.takeover != nil {
		o.Wait, o.Past = handover.JournalWait, c.takeover.past
	}
	return o
}

// standBy does what can fail, says so, and waits for the order to take over.
// It returns when Asterisk's news come here.
func (c *Controller) standBy(ctx context.Context, newMedia bool) error {
	if err := sql.Migrate(ctx, c.DatabaseURL); err != nil {
		return err
	}
	past, err := journal.Ahead(ctx, c.Path("journal"), journal.Options{Log: c.log})
	if err != nil {
		return err
	}
	c.rehearseReplay(past)
	ready := handover.Word{Prepared: true}
	if err := c.tryMedia(ctx); err != nil {
		if !newMedia {
			return fmt.Errorf("%w; with --media it is replaced as well, and callers who talk are put back in front of the line", err)
		}
		ready.NoMedia = err.Error()
	}
	handover.Tell(ready)
	if err := c.orderedToTake(ctx); err != nil {
		return err
	}
	c.takeover = &takeover{past: past, began: time.Now()}
	if err := c.sw.Take(); err != nil {
		return fmt.Errorf("asterisk cannot be taken over: %w", err)
	}
	return nil
}

// rehearseReplay lets machines that are thrown away take in the past, so that
// what would make us fail on it does so while the old controller decides.
func (c *Controller) rehearseReplay(past *journal.Past) {
	flow := c.firstFlow.flow
	call.NewLoop(ivr.New(flow, "", c.flowFiles.length(flow.Version)), callqueue.New(LineSettings(flow)...), call.NewRegister()).Replay(past.Entries())
}

// tryMedia looks whether the media process that runs understands us.
func (c *Controller) tryMedia(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	client, err := media.Dial(ctx, c.Path("media", "socket"), nil)
	if err != nil {
		return err
	}
	return client.Shutdown()
}

// orderedToTake waits for the order to take over. Who was to give it may also end.
func (c *Controller) orderedToTake(ctx context.Context) error {
	select {
	case order, more := <-c.orders:
		switch {
		case !more:
			return errors.New("the supervisor that was to order the takeover has ended")
		case order != handover.TakeOver:
			return fmt.Errorf("the order %q was given before the one to take over", order)
		}
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// tookOver says that this controller decides now.
func (c *Controller) tookOver(ctx context.Context) {
	if c.takeover == nil || ctx.Err() != nil {
		return
	}
	t, now := c.takeover, time.Now()
	w := handover.Word{Serving: true, Calls: len(c.found), Gap: now.Sub(t.began)}
	_ = c.runner.Ask(ctx, func(time.Time) {
		open := c.register.Open()
		for id := range c.found {
			if _, still := open[id]; !still {
				w.Gone++
			}
		}
	})
	c.log.Info("took over", "calls", w.Calls, "gone", w.Gone, "epoch", c.journal.Epoch(), "gap", w.Gap.String(),
		"journal", t.had.Sub(t.began).String(), "replay", t.knew.Sub(t.had).String(), "compare", now.Sub(t.knew).String())
	handover.Tell(w)
}

// errFenced is why a controller ends that did not notice otherwise that it was
// replaced.
var errFenced = errors.New("another controller has taken the journal over; this one stops")

// watchFence ends the controller when the journal is another's.
func (c *Controller) watchFence(ctx context.Context, cancel context.CancelCauseFunc) {
	select {
	case <-c.journal.Fenced():
		cancel(errFenced)
	case <-ctx.Done():
	}
}

// letGo gives the journal to the controller that takes over, before all else: until then
// nobody decides. What Asterisk had told us by then is still decided and
// written down, but no order about it is carried out any more; the new
// controller gives it.
func (c *Controller) letGo(stopDeciding func(), decided <-chan struct{}) error {
	soon, done := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer done()
	_ = c.runner.Ask(soon, func(time.Time) {}) // behind all that has come
	stopDeciding()
	<-decided
	return c.journal.Close()
}
