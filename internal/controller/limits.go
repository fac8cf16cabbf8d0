package controller

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"presszero/call"
	"presszero/internal/figures"
	"presszero/ivr"
	"presszero/report"
)

// figuresEvery is how often the reports are asked for the floor, once for all pages, and
// the limits are judged. A page that watches sees the line itself at once.
const figuresEvery = 3 * time.Second

// figuresWithin is how long the reports may take for one round.
const figuresWithin = 10 * time.Second

// figuresSource is what the database knows for the floor.
type figuresSource interface {
	Tallies(ctx context.Context, p report.Period, interval time.Duration) ([]report.Tally, error)
	GaveUp(ctx context.Context, since time.Time) ([]report.GaveUp, error)
	Overdue(ctx context.Context) ([]report.Overdue, error)
	CrossedNow(ctx context.Context) ([]figures.Crossing, error)
	KeepCrossings(ctx context.Context, list []figures.Crossing) error
}

// figuresKeeper adds to the figures of the line what the reports know, and judges the
// limits. Until the database has told once what was crossed before, nothing is judged, so
// that a restart tells nothing twice.
type figuresKeeper struct {
	source figuresSource
	flow   func() *ivr.Flow
	// publish tells whoever is outside of a change. It is called again with the same until
	// it succeeds, and a change that is told again has the same id.
	publish func(context.Context, report.Notice) error
	log     *slog.Logger

	watch   *figures.Watch     // nil: not known yet
	pending []figures.Crossing // changes that have yet to be written down and published

	mu      sync.Mutex
	today   map[string]*figures.Today // nil: the reports do not answer
	gaveUp  map[string][]report.GaveUp
	overdue map[string]report.Overdue
	crossed map[string][]figures.Crossing
}

// run judges the queues, as count counts them, until ctx ends, and calls changed after each
// round.
func (k *figuresKeeper) run(ctx context.Context, count func(context.Context) ([]figures.Queue, error), changed func()) {
	tick := time.NewTicker(figuresEvery)
	defer tick.Stop()
	for {
		k.round(ctx, time.Now(), count)
		changed()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// round asks the reports, and judges the queues.
func (k *figuresKeeper) round(ctx context.Context, now time.Time, count func(context.Context) ([]figures.Queue, error)) {
	ctx, cancel := context.WithTimeout(ctx, figuresWithin)
	defer cancel()
	now = now.UTC().Truncate(time.Microsecond) // as the database keeps it: it is a part of an id
	if err := k.ask(ctx, now); err != nil && ctx.Err() == nil {
		k.log.Debug("the floor is without figures of the reports", "err", err)
	}
	queues, err := count(ctx)
	if err != nil {
		return // the loop is busy, or ends
	}
	if k.watch == nil {
		before, err := k.source.CrossedNow(ctx)
		if err != nil {
			return
		}
		k.watch = figures.Resume(before)
	}
	crossed, news := k.watch.Look(queues, limitsOf(k.flow()), now)
	of := map[string][]figures.Crossing{}
	for _, c := range crossed {
		of[c.Queue] = append(of[c.Queue], c)
	}
	k.mu.Lock()
	k.crossed = of
	k.mu.Unlock()
	k.tell(ctx, news)
}

// ask asks the reports for what the floor shows of them.
func (k *figuresKeeper) ask(ctx context.Context, now time.Time) error {
	today, err := k.serviceToday(ctx, now)
	var gone []report.GaveUp
	var overdue []report.Overdue
	if err == nil {
		gone, err = k.source.GaveUp(ctx, now.Add(-figures.GaveUpWithin))
	}
	if err == nil {
		overdue, err = k.source.Overdue(ctx)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil {
		k.today, k.gaveUp, k.overdue = nil, nil, nil
		return err
	}
	k.today, k.gaveUp, k.overdue = today, map[string][]report.GaveUp{}, map[string]report.Overdue{}
	for _, g := range gone {
		k.gaveUp[g.Queue] = append(k.gaveUp[g.Queue], g)
	}
	for _, o := range overdue {
		k.overdue[o.Queue] = o
	}
	return nil
}

// serviceToday measures each queue's own day until now.
func (k *figuresKeeper) serviceToday(ctx context.Context, now time.Time) (map[string]*figures.Today, error) {
	zones := map[string][]report.Thresholds{}
	for _, th := range thresholds(k.flow()) {
		if th.Queue != "" {
			zones[th.Zone] = append(zones[th.Zone], th)
		}
	}
	today := map[string]*figures.Today{}
	for name, queues := range zones {
		zone, err := time.LoadLocation(name)
		if err != nil {
			return nil, err
		}
		y, m, d := now.In(zone).Date()
		day := report.Period{From: time.Date(y, m, d, 0, 0, 0, 0, zone), To: time.Date(y, m, d+1, 0, 0, 0, 0, zone)}
		tallies, err := k.source.Tallies(ctx, day, 0)
		if err != nil {
			return nil, err
		}
		for _, th := range queues {
			var row report.Row
			row.Measure(th)
			for _, t := range tallies {
				if t.Queue == th.Queue {
					row.Add(t, th)
				}
			}
			today[th.Queue] = figures.TodayOf(row)
		}
	}
	return today, nil
}

// addTo adds to the figures of a queue what is known of it from the last round.
func (k *figuresKeeper) addTo(q *figures.Queue) {
	k.mu.Lock()
	defer k.mu.Unlock()
	q.Today = k.today[q.Name]
	q.GaveUp = append(q.GaveUp, k.gaveUp[q.Name]...)
	if o, is := k.overdue[q.Name]; is {
		q.Overdue, q.OverdueSince = o.Messages, &o.Since
	}
	q.Limits = append(q.Limits, k.crossed[q.Name]...)
}

// inMenus are those who gave up before they reached a queue; nil: nobody did.
func (k *figuresKeeper) inMenus() *report.GaveUp {
	k.mu.Lock()
	defer k.mu.Unlock()
	if list := k.gaveUp[""]; len(list) > 0 {
		return &list[0]
	}
	return nil
}

// tell writes changes down and publishes them, those before first that could not be.
func (k *figuresKeeper) tell(ctx context.Context, news []figures.Crossing) {
	k.pending = append(k.pending, news...)
	if len(k.pending) == 0 {
		return
	}
	err := k.source.KeepCrossings(ctx, k.pending)
	for ; err == nil && len(k.pending) > 0; k.pending = k.pending[1:] {
		var n report.Notice
		if n, err = noticeOf(k.pending[0]); err == nil {
			err = k.publish(ctx, n)
		}
		if err != nil {
			break
		}
	}
	if err != nil {
		k.log.Warn("that limits were crossed cannot be written down; it is tried again", "err", err, "waiting", len(k.pending))
	}
}

// noticeOf is what leaves the page of a limit that is crossed, or over.
func noticeOf(c figures.Crossing) (report.Notice, error) {
	n := report.Notice{Type: report.NoticeLimitCrossed, Queue: c.Queue, At: c.Crossed}
	what := "crossed"
	if c.Over != nil {
		n.Type, n.At, what = report.NoticeLimitOver, *c.Over, "over"
	}
	n.ID = fmt.Sprintf("%s-%s-%s-%d", what, c.Queue, c.Limit, c.Crossed.UnixMicro())
	var err error
	n.Data, err = json.Marshal(c)
	return n, err
}

func limitsOf(flow *ivr.Flow) map[string]call.LimitSettings {
	limits := map[string]call.LimitSettings{}
	for _, q := range flow.Queues {
		limits[q.Name] = q.Limits
	}
	return limits
}
