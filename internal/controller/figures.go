package controller

import (
	"context"
	"fmt"

	"presszero/report"
)

// DialedTallies implements report.Figures.
func (r reports) DialedTallies(ctx context.Context, q report.Question) ([]report.Counted, error) {
	thresholds := r.Thresholds()
	return share(ctx, r.shared, fmt.Sprintf("dialled numbers of %v by %v", q.Queues, thresholds), q.Period, func(ctx context.Context) ([]report.Counted, error) {
		return r.DB.DialedTallies(ctx, q, thresholds...)
	})
}

// WaitSpreads implements report.Figures.
func (r reports) WaitSpreads(ctx context.Context, q report.Question) ([]report.WaitSpread, error) {
	return shareOf(ctx, r, "spread", q, r.DB.WaitSpreads)
}

// Balances implements report.Figures.
func (r reports) Balances(ctx context.Context, q report.Question) ([]report.Balance, error) {
	return shareOf(ctx, r, "balances", q, r.DB.Balances)
}

// Told implements report.Figures.
func (r reports) Told(ctx context.Context, q report.Question) ([]report.Told, error) {
	return shareOf(ctx, r, "told", q, r.DB.Told)
}

// shareOf asks the database once for all who ask the same.
func shareOf[T any](ctx context.Context, r reports, what string, q report.Question, ask func(context.Context, report.Question) (T, error)) (T, error) {
	return share(ctx, r.shared, fmt.Sprintf("%s of %v", what, q.Queues), q.Period, func(ctx context.Context) (T, error) { return ask(ctx, q) })
}
