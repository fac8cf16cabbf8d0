package report

import (
	"context"

	"presszero/report/patience"
)

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
	// PatienceWaits tells how long callers waited and how that ended, to a tenth of a
	// second.
	PatienceWaits(ctx context.Context, q Period) ([]patience.Wait, error)
	// TellingTimes tells how long after entering callers were first told how long it
	// takes.
	TellingTimes(ctx context.Context, q Period) ([]TellingTime, error)
}

// TellingTime is how many callers were first told how long it takes in the 5 seconds
// from FromS after entering the queue on.
type TellingTime struct {
	FromS float64 `db:"from_s" json:"from_s"`
	Calls int     `db:"calls" json:"calls"`
}

// PatienceColumns are the columns of the file of a patience curve.
var PatienceColumns = []Column[patience.Point]{
	{"at_s", func(p patience.Point) any { return p.AtS }},
	{"share", func(p patience.Point) any { return p.Share }},
	{"low", func(p patience.Point) any { return p.Low }},
	{"high", func(p patience.Point) any { return p.High }},
	{"at_risk", func(p patience.Point) any { return p.AtRisk }},
}
