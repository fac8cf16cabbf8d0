package controller

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"presszero/internal/atomicfile"
	"presszero/internal/backoff"
	"presszero/report"
	"presszero/web"
)

// forgetting forgets one person after the other, in the background: the search before it may
// take minutes. What was ordered stands in a file until it is done, so that a restart does
// not lose it; the number is in that file no longer than in the books.
type forgetting struct {
	file   string
	log    *slog.Logger
	forget func(ctx context.Context, o forgetOrder, progress func(read, of int64)) (report.ForgottenPerson, error)
	wake   chan struct{}

	mu    sync.Mutex
	order *forgetOrder
	now   *report.Forgetting // what goes on, or was last
	ended chan struct{}      // is closed when order has ended
}

// forgetOrder is what an admin has ordered.
type forgetOrder struct {
	Numbers []string  `json:"numbers"`
	By      string    `json:"by"`
	Why     string    `json:"why"`
	At      time.Time `json:"at"`
}

func newForgetting(c *Controller) *forgetting {
	return &forgetting{file: c.Path("forgetting.json"), log: c.log, forget: persons{c}.forget, wake: make(chan struct{}, 1)}
}

// forget forgets a person, as package person does.
func (p persons) forget(ctx context.Context, o forgetOrder, progress func(read, of int64)) (report.ForgottenPerson, error) {
	k := p.keeper()
	k.Progress = progress
	r, err := k.Forget(ctx, o.By, o.Why, o.Numbers...)
	if len(r.Old) > 0 {
		p.c.log.Warn("old bytes of a forgotten person stay in Postgres's files until it reuses the space; VACUUM FULL in a quiet hour removes them", "tables", r.Old)
	}
	return report.ForgottenPerson{Person: personOf(r.Kept), Facts: r.Facts, Records: r.Records, Files: r.Files}, unfit(err)
}

// begin takes an order, and returns what has come of it within a moment. Unfit: another is
// not done yet.
func (f *forgetting) begin(ctx context.Context, o forgetOrder) (report.Forgetting, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return report.Forgetting{}, err
	}
	ended, err := f.take(o, text)
	if err != nil {
		return report.Forgetting{}, err
	}
	select {
	case f.wake <- struct{}{}:
	default:
	}
	moment := time.NewTimer(2 * time.Second)
	defer moment.Stop()
	select {
	case <-ended:
	case <-moment.C:
	case <-ctx.Done(): // whoever closes the page has ordered it all the same
	}
	is, _ := f.last()
	return is, nil
}

// take keeps an order, on disk first. The channel is closed when the order has ended.
func (f *forgetting) take(o forgetOrder, text []byte) (ended <-chan struct{}, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.order != nil {
		return nil, web.Unfit("A person is being forgotten; order this when that is over.")
	}
	if err := atomicfile.Write(f.file, text); err != nil {
		return nil, err
	}
	f.began(o)
	return f.ended, nil
}

// began notes what is to be done. mu is held.
func (f *forgetting) began(o forgetOrder) {
	f.order, f.now, f.ended = &o, &report.Forgetting{By: o.By, Began: o.At}, make(chan struct{})
}

// last returns what goes on, or was last; false: nothing was since the program runs.
func (f *forgetting) last() (report.Forgetting, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now == nil {
		return report.Forgetting{}, false
	}
	return *f.now, true
}

func (f *forgetting) change(what func(is *report.Forgetting)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	what(f.now)
}

// found takes up what was ordered before a restart.
func (f *forgetting) found() {
	text, err := os.ReadFile(f.file)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var o forgetOrder
	if err == nil {
		err = json.Unmarshal(text, &o)
	}
	if err != nil {
		f.log.Error("a person was to be forgotten, and who it is cannot be read; order it again", "file", f.file, "err", err)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.order == nil {
		f.began(o)
		f.log.Info("a person is still to be forgotten, since before the restart", "by", o.By)
	}
}

// run forgets who is to be forgotten, until ctx ends. What fails, such as a database that is
// away, is tried again; what an admin has to decide is not.
func (f *forgetting) run(ctx context.Context) {
	f.found()
	pause := backoff.Backoff{First: 10 * time.Second, Last: time.Hour}
	for {
		f.mu.Lock()
		o := f.order
		f.mu.Unlock()
		if o == nil {
			select {
			case <-ctx.Done():
				return
			case <-f.wake:
			}
			continue
		}
		done, err := f.forget(ctx, *o, func(read, of int64) {
			f.change(func(is *report.Forgetting) { is.Read, is.Of = read, of })
		})
		var unfit web.Unfit
		switch {
		case ctx.Err() != nil:
			return // it goes on after the next start
		case err == nil, errors.As(err, &unfit):
			pause.Reset()
			f.end(done, err)
		default:
			f.log.Warn("a person is not forgotten yet; tried again", "err", err)
			f.change(func(is *report.Forgetting) { is.Error = err.Error() })
			if !pause.Wait(ctx) {
				return
			}
		}
	}
}

// end notes that an order is done, or that it cannot be.
func (f *forgetting) end(done report.ForgottenPerson, err error) {
	// If a power cut brings the file back the person is forgotten once more, which changes nothing.
	if removed := os.Remove(f.file); removed != nil && !errors.Is(removed, fs.ErrNotExist) {
		f.log.Error("who was to be forgotten still stands in a file; remove it", "file", f.file, "err", removed)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	defer close(f.ended)
	now := time.Now()
	f.order, f.now.Ended, f.now.Error = nil, &now, ""
	if err != nil {
		f.now.Error = err.Error()
		return
	}
	f.now.Done = &done
	f.log.Info("a person was forgotten", "by", f.now.By, "calls", done.Calls)
}
