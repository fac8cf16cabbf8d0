package controller

import (
	"context"
	"fmt"

	"presszero/report"
	"presszero/report/patience"
	"presszero/report/staffing"
)

// DialedTallies implements report.Figures.
func (r reports) DialedTallies(ctx context.Context, q report.Period) ([]report.Counted, error) {
	thresholds := r.Thresholds()
	return share(ctx, r.shared, fmt.Sprintf("dialled numbers by %v", thresholds), q, func(ctx context.Context) ([]report.Counted, error) {
		return r.DB.DialedTallies(ctx, q, thresholds...)
	})
}

// WaitSpreads implements report.Figures.
func (r reports) WaitSpreads(ctx context.Context, q report.Period) ([]report.WaitSpread, error) {
	return shareOf(ctx, r, "spread", q, r.DB.WaitSpreads)
}

// Balances implements report.Figures.
func (r reports) Balances(ctx context.Context, q report.Period) ([]report.Balance, error) {
	return shareOf(ctx, r, "balances", q, r.DB.Balances)
}

// Told implements report.Figures.
func (r reports) Told(ctx context.Context, q report.Period) ([]report.Told, error) {
	return shareOf(ctx, r, "told", q, r.DB.Told)
}

// PatienceWaits implements report.Figures.
func (r reports) PatienceWaits(ctx context.Context, q report.Period) ([]patience.Wait, error) {
	return shareOf(ctx, r, "patience", q, r.DB.PatienceWaits)
}

// TellingTimes implements report.Figures.
func (r reports) TellingTimes(ctx context.Context, q report.Period) ([]report.TellingTime, error) {
	return shareOf(ctx, r, "telling times", q, r.DB.TellingTimes)
}

// StaffingGoal implements report.StaffingBooks: what the flow in force says.
func (r reports) StaffingGoal(queue string) (staffing.Goal, bool) {
	q, ok := queueOf(r.flows.current().flow, queue)
	s := q.WithUsual()
	return staffing.Goal{TargetS: s.Target.Seconds(), Share: s.Staffing.Share.Share(), Occupancy: s.Staffing.Occupancy.Share(), Shrinkage: s.Staffing.Shrinkage.Share()}, ok
}

// Handling implements report.StaffingBooks.
func (r reports) Handling(ctx context.Context, p report.Period) (report.Handling, error) {
	return shareOf(ctx, r, "handling", p, r.DB.Handling)
}

// Present implements report.StaffingBooks.
func (r reports) Present(ctx context.Context, p report.Period) ([]report.PresentAt, error) {
	return shareOf(ctx, r, "agents present", p, r.DB.Present)
}

// CallbackCounts implements report.Work.
func (r reports) CallbackCounts(ctx context.Context, p report.Period) ([]report.CallbackCounts, error) {
	return shareOf(ctx, r, "callbacks", p, r.DB.CallbackCounts)
}

// AgentTimes implements report.Work.
func (r reports) AgentTimes(ctx context.Context, p report.Period) ([]report.AgentTime, error) {
	return shareOf(ctx, r, "agents' time", p, r.DB.AgentTimes)
}

// shareOf asks the database once for all who ask the same.
func shareOf[T any](ctx context.Context, r reports, what string, q report.Period, ask func(context.Context, report.Period) (T, error)) (T, error) {
	return share(ctx, r.shared, what, q, func(ctx context.Context) (T, error) { return ask(ctx, q) })
}
