package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"presszero/report"
)

// Store keeps what is to be sent.
type Store interface {
	// Due lists the subscriptions of these kinds for which something is due.
	Due(ctx context.Context, kinds ...string) ([]report.Subscription, error)
	// Claim takes up to n deliveries that are due and counts a try of each. Nobody else
	// is given them within lease.
	Claim(ctx context.Context, subscription string, n int, lease time.Duration) ([]report.Delivery, error)
	// GiveBack lets a claim whose lease ends then be tried at once, if it is still so.
	GiveBack(ctx context.Context, subscription string, seq int64, until time.Time) error
	// Sent and Failed note how a try has ended.
	Sent(ctx context.Context, d report.Delivery, status int) error
	Failed(ctx context.Context, d report.Delivery, f report.Failure) error
	// Takes reports whether a subscription has taken anything since a moment.
	Takes(ctx context.Context, subscription string, since time.Time) (bool, error)
	// Timeline lists the facts of a call.
	Timeline(ctx context.Context, call string) ([]report.Fact, error)
}

const (
	batch    = 16 // deliveries that are claimed at once…
	parallel = 4  // …of which so many are tried at once, to one address
)

// The longest that one try may take; and lease, which is longer than a batch can take.
// Tests have less patience.
var (
	oneTry = 20 * time.Second
	lease  = oneTry*batch/parallel + 40*time.Second
	look   = time.Second // between two looks at what is due
)

// Config is what a Worker needs.
type Config struct {
	Store   Store
	Webhook *Webhooks
	Mail    *Mailer // nil: mails wait until there is a server
	Claims  string  // the file in which is noted what is being tried; "": nowhere
	Logger  *slog.Logger
}

// Worker sends what is due.
type Worker struct {
	cfg    Config
	kinds  []string
	claims claims

	mu   sync.Mutex
	busy map[string]bool // subscriptions to which something is being sent
	all  sync.WaitGroup

	sent, failed atomic.Int64
}

// New returns a worker; Run starts it.
func New(c Config) *Worker {
	w := &Worker{cfg: c, busy: map[string]bool{}, kinds: []string{report.Webhook}, claims: claims{path: c.Claims}}
	if c.Mail != nil {
		w.kinds = append(w.kinds, report.Mail)
	}
	w.cfg.Logger = cmp.Or(c.Logger, slog.Default()).With("part", "notify")
	return w
}

// Sent and Failed count the tries since the start.
func (w *Worker) Sent() int64   { return w.sent.Load() }
func (w *Worker) Failed() int64 { return w.failed.Load() }

// Run sends what is due until ctx ends. What is under way then is cut off, and tried
// again by the next Worker, at once if that has the same file of claims.
func (w *Worker) Run(ctx context.Context) {
	defer w.claims.close()
	defer w.all.Wait()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		if err := w.claims.takeOver(ctx, w.cfg.Store); err != nil && ctx.Err() == nil {
			w.cfg.Logger.Debug("what a worker before has left cannot be given back; tried again", "err", err)
		}
		due, err := w.cfg.Store.Due(ctx, w.kinds...)
		if err != nil && ctx.Err() == nil {
			w.cfg.Logger.Debug("what is to be sent cannot be read; tried again", "err", err)
		}
		for _, s := range due {
			w.start(ctx, s)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// start sends what is due to a subscription, beside all others, unless that is being
// done already.
func (w *Worker) start(ctx context.Context, s report.Subscription) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy[s.ID] {
		return
	}
	w.busy[s.ID] = true
	w.all.Go(func() {
		defer func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			delete(w.busy, s.ID)
		}()
		if err := w.batch(ctx, s); err != nil && ctx.Err() == nil {
			w.cfg.Logger.Warn("what becomes of notices cannot be noted; they are tried again", "subscription", s.ID, "err", err)
		}
	})
}

// batch tries deliveries to one subscription until nothing more is due at once.
func (w *Worker) batch(ctx context.Context, s report.Subscription) error {
	for {
		list, err := w.cfg.Store.Claim(ctx, s.ID, batch, lease)
		if err != nil || len(list) == 0 {
			return err
		}
		if err := w.claims.note(s.ID, list); err != nil {
			w.cfg.Logger.Warn("what is being tried cannot be noted; after a crash it waits until its lease ends", "err", err)
		}
		var some errgroup.Group
		some.SetLimit(parallel)
		for _, d := range list {
			some.Go(func() error { return w.try(ctx, s, d) })
		}
		if err := some.Wait(); err != nil || len(list) < batch {
			return err
		}
	}
}

// try sends one delivery and notes how that ended.
func (w *Worker) try(ctx context.Context, s report.Subscription, d report.Delivery) error {
	within, done := context.WithTimeout(ctx, oneTry)
	defer done()
	status, err := w.send(within, s, d)
	if ctx.Err() != nil {
		return ctx.Err() // it may have been taken or not; the next worker tries
	}
	if err == nil {
		w.sent.Add(1)
		return w.cfg.Store.Sent(ctx, d, status)
	}
	w.failed.Add(1)
	var p *problem
	if !errors.As(err, &p) {
		p = &problem{text: err.Error()}
	}
	f, err := w.after(ctx, s, d, p)
	if err != nil {
		return err
	}
	if f.Next.IsZero() {
		w.cfg.Logger.Error("a notice is given up", "subscription", s.ID, "notice", d.ID, "tries", d.Tries, "status", f.Status, "err", f.Error, "disabled", f.Disable)
	}
	return w.cfg.Store.Failed(ctx, d, f)
}

// after decides what follows from a try that has failed. An address that has taken
// nothing else while this delivery was tried for days is no longer sent anything.
func (w *Worker) after(ctx context.Context, s report.Subscription, d report.Delivery, p *problem) (report.Failure, error) {
	f := report.Failure{Status: p.status, Error: p.text}
	now := time.Now()
	if pause := pauseAll(p); pause > 0 {
		f.Pause = now.Add(pause)
	}
	pause, again := next(d.Tries, p)
	switch {
	case again:
		f.Next = now.Add(pause)
	case p.gone:
		f.Disable = "The address says that it is gone (410)."
	case !p.final && s.Kind == report.Webhook:
		takes, err := w.cfg.Store.Takes(ctx, s.ID, d.FirstAt)
		if err != nil {
			return f, err
		}
		if !takes {
			f.Disable = fmt.Sprintf("It has taken nothing in %d tries; the last answer was: %s", d.Tries, p.text)
		}
	}
	return f, nil
}

func (w *Worker) send(ctx context.Context, s report.Subscription, d report.Delivery) (int, error) {
	if s.Kind == report.Mail {
		return w.cfg.Mail.send(ctx, s, d.Notice)
	}
	var facts []report.Fact
	if s.Facts && d.Type == report.NoticeCallEnded {
		var err error
		if facts, err = w.cfg.Store.Timeline(ctx, callOf(d.Notice)); err != nil {
			return 0, fmt.Errorf("the facts of the call cannot be read: %w", err)
		}
	}
	return w.cfg.Webhook.send(ctx, s, d.Notice, facts)
}
