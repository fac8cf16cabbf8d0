package report

import (
	"context"
	"time"
)

// BrokenPromise is the last time that a caller waited: longer than was told, and nothing
// has made up for it yet.
type BrokenPromise struct {
	Visit   string    `db:"visit_id"`
	Ended   time.Time `db:"ended_at"`
	HighS   float64   `db:"told_high_s"` // the upper bound that was told first
	WaitedS float64   `db:"waited_s"`    // after being told
}

// Promises are the waits that the callers of one queue were told on one day, with an upper
// bound, and that are over. By arrival, as everywhere; a callback and an announcement
// without a bound ("more than half an hour") promise nothing here. What was told first is
// the promise: that it takes longer is said later, and does not undo it.
type Promises struct {
	Day    string   `db:"day" json:"day"` // as 2026-05-04, in the zone of all queues together
	Queue  string   `db:"queue" json:"queue"`
	Told   int      `db:"told" json:"told"`
	Broken int      `db:"broken" json:"broken"` // of Told: waited longer, however the waiting ended
	Share  *float64 `db:"-" json:"broken_share"`
	MadeUp int      `db:"made_up" json:"made_up"` // of Broken: was told so, or had a head start, at a later call

	LongestOverS float64 `db:"longest_over_s" json:"longest_over_s"` // by how much the longest was longer; 0: none was
}

// ComputeRate fills in Share.
func (p *Promises) ComputeRate() { p.Share = ratio(p.Broken, p.Told) }

// PromiseBooks is a source of the report on promised waits.
type PromiseBooks interface {
	// Promises counts the waits that the callers of a period were told, by day and queue.
	Promises(ctx context.Context, p Period) ([]Promises, error)
}

// PromisesColumns are the columns of the report on promised waits.
var PromisesColumns = []Column[Promises]{
	{"day", func(p Promises) any { return p.Day }},
	{"queue", func(p Promises) any { return p.Queue }},
	{"told", func(p Promises) any { return p.Told }},
	{"broken", func(p Promises) any { return p.Broken }},
	{"broken_share", func(p Promises) any { return p.Share }},
	{"made_up", func(p Promises) any { return p.MadeUp }},
	{"longest_over_s", func(p Promises) any { return p.LongestOverS }},
}
