package web_test

import (
	"context"
	"slices"

	"presszero/report"
)

// figures are answers of books to the reports that look at waits as a whole. Those
// with rows of queues are kept by queue, so that a test sees which were asked for.
type figures struct {
	dialed   []report.Counted
	spreads  []report.WaitSpread
	balances []report.Balance
	told     []report.Told
	asked    []report.Period
}

// ofQueues are the rows of the queues of a period.
func ofQueues[T any](b *books, q report.Period, rows []T, queue func(T) string) ([]T, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.figures.asked = append(b.figures.asked, q)
	return slices.DeleteFunc(slices.Clone(rows), func(row T) bool {
		return len(q.Queues) > 0 && !slices.Contains(q.Queues, queue(row))
	}), b.fail
}

func (b *books) DialedTallies(_ context.Context, q report.Period) ([]report.Counted, error) {
	return ofQueues(b, q, b.figures.dialed, func(c report.Counted) string { return c.Queue })
}

func (b *books) WaitSpreads(_ context.Context, q report.Period) ([]report.WaitSpread, error) {
	return ofQueues(b, q, b.figures.spreads, func(s report.WaitSpread) string { return s.Queue })
}

func (b *books) Balances(_ context.Context, q report.Period) ([]report.Balance, error) {
	return ofQueues(b, q, b.figures.balances, func(s report.Balance) string { return s.Queue })
}

func (b *books) Told(_ context.Context, q report.Period) ([]report.Told, error) {
	rows, err := ofQueues(b, q, b.figures.told, func(report.Told) string { return "" })
	return append(rows, b.figures.told...), err
}
