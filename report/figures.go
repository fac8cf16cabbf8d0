package report

import "context"

// Figures is a source of the reports that look at the waits of callers as a whole.
type Figures interface {
	// DialedTallies counts the visits of a period by the number of ours that was
	// dialled; the period is one interval.
	DialedTallies(ctx context.Context, q Period) ([]Counted, error)
	// WaitSpreads tells how waits are spread, of all together first and then of each
	// queue.
	WaitSpreads(ctx context.Context, q Period) ([]WaitSpread, error)
	// Balances counts what a span did to the line of each queue.
	Balances(ctx context.Context, q Period) ([]Balance, error)
	// Told tells what became of callers by the wait that they were told.
	Told(ctx context.Context, q Period) ([]Told, error)
}
