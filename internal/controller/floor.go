package controller

import (
	"context"
	"sync"
	"time"

	"presszero/call"
	"presszero/callqueue"
	"presszero/web"
)

// floor shows what goes on now to those who watch.
type floor struct {
	runner   *call.Runner
	line     *callqueue.Machine
	register *call.Register
	reported func() int64 // facts that the reports know
	warnings func(context.Context) []string

	mu       sync.Mutex
	watchers map[int]func()
	next     int
}

// changed tells all who watch that there is something new to see.
func (f *floor) changed() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, tell := range f.watchers {
		tell()
	}
}

// Watch implements web.Floor.
func (f *floor) Watch(changed func()) (stop func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.watchers == nil {
		f.watchers = map[int]func(){}
	}
	id := f.next
	f.next++
	f.watchers[id] = changed
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.watchers, id)
	}
}

// Now implements web.Floor.
func (f *floor) Now(ctx context.Context) (web.Live, error) {
	var snap callqueue.Snapshot
	var calls int
	live := web.Live{Reported: f.reported(), Warnings: f.warnings(ctx)}
	err := f.runner.Ask(ctx, func(now time.Time) {
		live.Now = now
		snap = f.line.Snapshot(now)
		calls = len(f.register.Open())
	})
	if err != nil {
		return live, err
	}
	live.InMenus = &calls
	live.Queues, live.Agents = snap.Queues, snap.Agents
	for _, q := range snap.Queues {
		calls -= onThePhone(q.Waiting) + onThePhone(q.Talking)
	}
	return live, nil
}

// onThePhone counts the callers who have called us; those of callbacks have not.
func onThePhone(callers []call.CallerNow) (n int) {
	for _, c := range callers {
		if c.Callback == nil {
			n++
		}
	}
	return n
}
