package controller

import (
	"context"
	"sync"
	"time"

	"presszero/call"
	"presszero/callqueue"
	"presszero/internal/figures"
	"presszero/web"
)

// floor shows what goes on now to those who watch.
type floor struct {
	runner   *call.Runner
	line     *callqueue.Machine
	register *call.Register

	directives *call.Directives

	reported func() int64 // facts that the reports know
	warnings func() []web.Warning
	figures  *figuresKeeper

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
	var told map[string]*figures.Told
	var calls int
	live := web.Live{Reported: f.reported(), Warnings: f.warnings()}
	err := f.runner.Ask(ctx, func(now time.Time) {
		live.Now = now
		snap = f.line.Snapshot(now)
		if d, holds := f.directives.Emergency(); holds {
			live.Emergency = &call.EmergencyNow{Text: d.Text, Until: d.Until, By: d.By}
		}
		told = f.told(snap.Queues, now)
		calls = len(f.register.Open())
	})
	if err != nil {
		return live, err
	}
	live.InMenus = &calls
	live.Queues, live.Agents = snap.Queues, snap.Agents
	live.Figures, live.GaveUpInMenus = f.count(snap, told, live.Now), f.figures.inMenus()
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

// told is what callers are told now of the wait in each queue.
func (f *floor) told(queues []call.QueueNow, now time.Time) map[string]*figures.Told {
	told := map[string]*figures.Told{}
	for _, q := range queues {
		if low, high, ok := f.line.Told(q.Name, now); ok {
			told[q.Name] = &figures.Told{LowS: low, HighS: high}
		}
	}
	return told
}

// count puts the figures of each queue together.
func (f *floor) count(snap callqueue.Snapshot, told map[string]*figures.Told, now time.Time) []figures.Queue {
	list := make([]figures.Queue, 0, len(snap.Queues))
	for _, q := range snap.Queues {
		n := figures.Count(q, snap.Agents, now)
		n.Told = told[q.Name]
		f.figures.addTo(&n)
		list = append(list, n)
	}
	return list
}

// countNow are the figures of this moment, for the limits.
func (f *floor) countNow(ctx context.Context) ([]figures.Queue, error) {
	live, err := f.Now(ctx)
	return live.Figures, err
}
