package controller

import (
	"cmp"
	"context"
	"slices"
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
		snap = f.line.Snapshot()
		calls = len(f.register.Open())
	})
	if err != nil {
		return live, err
	}
	live.InMenus = calls
	for _, q := range snap.Queues {
		live.InMenus -= onThePhone(q.Waiting) + onThePhone(q.Talking)
		live.Queues = append(live.Queues, web.LiveQueue{Name: q.Name,
			Waiting: liveCallers(q.Waiting), Talking: liveCallers(q.Talking)})
	}
	for _, a := range snap.Agents {
		live.Agents = append(live.Agents, web.LiveAgent{Agent: string(a.Agent), Name: a.Name, Queues: a.Queues,
			Skills: liveSkills(a.Skills), Presence: string(a.Presence), Reason: a.Reason, State: string(a.State), Since: a.Since,
			Media: a.Media, Call: string(a.Call)})
	}
	return live, nil
}

// liveSkills are an agent's skills, the best first.
func liveSkills(skills map[string]int) (list []web.Skill) {
	for name, level := range skills {
		list = append(list, web.Skill{Name: name, Level: level})
	}
	slices.SortFunc(list, func(a, b web.Skill) int { return cmp.Or(b.Level-a.Level, cmp.Compare(a.Name, b.Name)) })
	return list
}

// onThePhone counts those who have called us; callbacks have not.
func onThePhone(callers []callqueue.CallerNow) (n int) {
	for _, c := range callers {
		if c.Callback == nil {
			n++
		}
	}
	return n
}

func liveCallers(callers []callqueue.CallerNow) []web.LiveCaller {
	var list []web.LiveCaller
	for _, c := range callers {
		shown := web.LiveCaller{Call: string(c.Call), Number: c.Number, Name: c.Name, VIP: c.VIP,
			State: liveState(c.State), Since: c.Since, Agent: string(c.Agent)}
		if cb := c.Callback; cb != nil {
			shown.Callback = &web.LiveCallback{Begin: cb.Begin, Until: cb.Until, Attempts: cb.Attempts, OnPhone: cb.OnPhone}
		}
		list = append(list, shown)
	}
	return list
}

// liveState is a visit's state in the words of the pages.
func liveState(s callqueue.State) string {
	if s == callqueue.Offered {
		return string(call.Ringing)
	}
	return string(s)
}
