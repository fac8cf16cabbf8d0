package controller

import (
	"context"
	"fmt"
	"slices"
	"time"

	"presszero/call"
	"presszero/ivr"
	"presszero/report"
	"presszero/sql"
	"presszero/web"
)

// reports shows the pages what the database knows. What is asked often is asked
// once for all; the rest the database answers itself.
type reports struct {
	*sql.DB
	flows  *flows
	shared *shared
}

// Tallies implements web.Reports.
func (r reports) Tallies(ctx context.Context, p report.Period, interval time.Duration) ([]report.Tally, error) {
	thresholds := r.Thresholds()
	return share(ctx, r.shared, fmt.Sprintf("tallies every %s by %v", interval, thresholds), p, func(ctx context.Context) ([]report.Tally, error) {
		return r.DB.Tallies(ctx, p, interval, thresholds...)
	})
}

// Thresholds implements web.Reports: what the flow in force says of its queues.
func (r reports) Thresholds() []report.Thresholds {
	return thresholds(r.flows.current().flow)
}

func thresholds(flow *ivr.Flow) []report.Thresholds {
	usual := call.UsualQueue()
	list := []report.Thresholds{{TargetS: usual.Target.Seconds(), ShortS: usual.ShortAbandon.Seconds(), Zone: flow.Zone}}
	for _, q := range flow.Queues {
		list = append(list, report.Thresholds{Queue: q.Name, TargetS: q.WithUsual().Target.Seconds(), ShortS: q.ShortAbandon.Seconds(), Zone: q.Zone})
	}
	return list
}

// CallCounts implements web.Reports.
func (r reports) CallCounts(ctx context.Context, p report.Period) (report.CallCounts, error) {
	return share(ctx, r.shared, "calls", p, func(ctx context.Context) (report.CallCounts, error) { return r.DB.CallCounts(ctx, p) })
}

// Menus implements web.Reports.
func (r reports) Menus(ctx context.Context, p report.Period) (report.MenuCounts, error) {
	return share(ctx, r.shared, "menus", p, func(ctx context.Context) (report.MenuCounts, error) { return r.DB.Menus(ctx, p) })
}

// MenuNodes implements web.Reports. The nodes are shared, so they are copied.
func (r reports) MenuNodes(ctx context.Context, p report.Period) ([]report.MenuNode, error) {
	nodes, err := share(ctx, r.shared, "menu nodes", p, func(ctx context.Context) ([]report.MenuNode, error) { return r.DB.MenuNodes(ctx, p) })
	return slices.Clone(nodes), err
}

// Timeline implements web.Reports.
func (r reports) Timeline(ctx context.Context, call string) ([]report.Fact, error) {
	facts, err := r.DB.Timeline(ctx, call)
	if err == nil && len(facts) == 0 {
		err = web.ErrNotFound
	}
	return facts, err
}

// Talks implements report.TalkBooks.
func (r reports) Talks(ctx context.Context, p report.Period) ([]report.Talks, error) {
	zone := r.flows.current().flow.Zone
	return share(ctx, r.shared, "talks in "+zone, p, func(ctx context.Context) ([]report.Talks, error) { return r.DB.Talks(ctx, p, zone) })
}

// AgentTalks implements report.TalkBooks.
func (r reports) AgentTalks(ctx context.Context, p report.Period) ([]report.Talks, error) {
	zone := r.flows.current().flow.Zone
	return share(ctx, r.shared, "talks of agents in "+zone, p, func(ctx context.Context) ([]report.Talks, error) { return r.DB.AgentTalks(ctx, p, zone) })
}

// Handovers implements report.TalkBooks.
func (r reports) Handovers(ctx context.Context, p report.Period) ([]report.Handovers, error) {
	zone := r.flows.current().flow.Zone
	return share(ctx, r.shared, "hand-overs in "+zone, p, func(ctx context.Context) ([]report.Handovers, error) { return r.DB.Handovers(ctx, p, zone) })
}

// Consults implements report.TalkBooks.
func (r reports) Consults(ctx context.Context, p report.Period) ([]report.Consults, error) {
	zone := r.flows.current().flow.Zone
	return share(ctx, r.shared, "asking in "+zone, p, func(ctx context.Context) ([]report.Consults, error) { return r.DB.Consults(ctx, p, zone) })
}

// Promises implements report.PromiseBooks.
func (r reports) Promises(ctx context.Context, p report.Period) ([]report.Promises, error) {
	zone := r.flows.current().flow.Zone
	return share(ctx, r.shared, "promises in "+zone, p, func(ctx context.Context) ([]report.Promises, error) { return r.DB.Promises(ctx, p, zone) })
}

// CodeCounts implements report.CodeCounts.
func (r reports) CodeCounts(ctx context.Context, p report.Period) ([]report.CodeCount, error) {
	zone := r.flows.current().flow.Zone
	return share(ctx, r.shared, "codes by the day of "+zone, p, func(ctx context.Context) ([]report.CodeCount, error) { return r.DB.CodeCounts(ctx, p, zone) })
}

// WaitAccuracy implements report.WaitAccuracies.
func (r reports) WaitAccuracy(ctx context.Context, p report.Period) ([]report.WaitAccuracy, error) {
	return share(ctx, r.shared, "waits", p, func(ctx context.Context) ([]report.WaitAccuracy, error) { return r.DB.WaitAccuracy(ctx, p) })
}
