package controller

import (
	"context"
	"fmt"
	"slices"
	"time"

	"presszero/call"
	"presszero/ivr"
	"presszero/sql"
	"presszero/web"
)

// reports shows the pages what the database knows.
type reports struct {
	db     *sql.DB
	flows  *flows
	shared *shared
}

// Tallies implements web.Reports: the database counts by outcome, a page
// wants all outcomes of a queue and interval together.
func (r reports) Tallies(ctx context.Context, p web.Period, queue string, interval time.Duration) ([]web.Tally, error) {
	var bounds []sql.Bounds
	for _, m := range r.Measures() {
		bounds = append(bounds, sql.Bounds{Queue: m.Queue, TargetS: m.TargetS, ShortS: m.ShortS})
	}
	return share(ctx, r.shared, fmt.Sprintf("tallies of %q every %s by %v", queue, interval, bounds), p, func(ctx context.Context) ([]web.Tally, error) {
		return r.tallies(ctx, p, queue, interval, bounds)
	})
}

func (r reports) tallies(ctx context.Context, p web.Period, queue string, interval time.Duration, bounds []sql.Bounds) ([]web.Tally, error) {
	rows, err := r.db.Tallies(ctx, p.From, p.To, queue, interval, bounds...)
	if err != nil {
		return nil, err
	}
	var tallies []web.Tally
	for _, row := range rows {
		i := slices.IndexFunc(tallies, func(t web.Tally) bool { return t.Queue == row.Queue && t.Start.Equal(row.Start) })
		if i < 0 {
			i = len(tallies)
			tallies = append(tallies, web.Tally{Queue: row.Queue, Start: row.Start, Outcomes: map[string]int{}})
		}
		t := &tallies[i]
		t.FlowIn += row.FlowIn
		t.Short += row.Short
		if row.Outcome == "answered" {
			t.Within = row.Within
		} else {
			t.AbandonedWithin += row.Within
		}
		if row.LongestS > t.LongestS {
			t.LongestS, t.Longest = row.LongestS, row.Longest
		}
		if row.Outcome == "open" {
			t.Open = row.Visits
		} else {
			t.Outcomes[row.Outcome] = row.Visits
		}
	}
	return tallies, nil
}

// Measures implements web.Reports: what the flow in force says of its queues.
func (r reports) Measures() []web.Measure {
	return measures(r.flows.current().flow)
}

func measures(flow *ivr.Flow) []web.Measure {
	usual := call.UsualQueue()
	list := []web.Measure{{TargetS: usual.Target.Seconds(), ShortS: usual.ShortAbandon.Seconds(), Zone: flow.Zone}}
	for _, q := range flow.Queues {
		list = append(list, web.Measure{Queue: q.Name, TargetS: q.WithUsual().Target.Seconds(), ShortS: q.ShortAbandon.Seconds(), Zone: q.Zone})
	}
	return list
}

// CallCounts implements web.Reports.
func (r reports) CallCounts(ctx context.Context, p web.Period) (web.CallCounts, error) {
	return share(ctx, r.shared, "calls", p, func(ctx context.Context) (web.CallCounts, error) {
		n, err := r.db.Calls(ctx, p.From, p.To)
		return web.CallCounts(n), err
	})
}

// Menus implements web.Reports.
func (r reports) Menus(ctx context.Context, p web.Period) (web.Menus, error) {
	return share(ctx, r.shared, "menus", p, func(ctx context.Context) (web.Menus, error) {
		n, err := r.db.Menus(ctx, p.From, p.To)
		return web.Menus(n), err
	})
}

// Calls implements web.Reports.
func (r reports) Calls(ctx context.Context, f web.CallFilter) ([]web.CallRow, error) {
	rows, err := r.db.Visits(ctx, f.From, f.To, sql.VisitFilter{Queue: f.Queue, Outcomes: f.Outcomes, Limit: f.Limit})
	list := make([]web.CallRow, len(rows))
	for i, row := range rows {
		list[i] = web.CallRow(row)
	}
	return list, err
}

// Timeline implements web.Reports.
func (r reports) Timeline(ctx context.Context, call string) ([]web.Happening, error) {
	events, err := r.db.CallEvents(ctx, call)
	if err != nil {
		return nil, err
	}
	if len(events) == 0 {
		return nil, web.ErrNotFound
	}
	list := make([]web.Happening, len(events))
	for i, e := range events {
		list[i] = web.Happening{Seq: e.Seq, At: e.At, Kind: e.Type, Data: e.Data}
	}
	return list, nil
}

// WaitAccuracy implements web.WaitReports.
func (r reports) WaitAccuracy(ctx context.Context, p web.Period) ([]web.WaitAccuracy, error) {
	rows, err := share(ctx, r.shared, "waits", p, func(ctx context.Context) ([]sql.WaitAccuracy, error) {
		return r.db.WaitAccuracy(ctx, p.From, p.To)
	})
	list := make([]web.WaitAccuracy, len(rows))
	for i, row := range rows {
		list[i] = web.WaitAccuracy(row)
	}
	return list, err
}
