package report

import (
	"context"
	"time"

	"presszero/report/staffing"
)

// PresentAt is how many agents were there in a half hour, in the mean: who take calls,
// talk, or do their after-call work, and serve one of the queues, also beside others.
type PresentAt struct {
	Start  time.Time `db:"start"`
	Agents float64   `db:"agents"`
}

// Handling is how long a caller of a queue keeps an agent busy: ringing, talk, hold
// and after-call work, and also what rings in vain.
type Handling struct {
	Calls int     `db:"calls" json:"calls"` // that were answered, of those that were looked at
	MeanS float64 `db:"mean_s" json:"mean_s"`
}

// StaffingBooks is a source of the plan of agents.
type StaffingBooks interface {
	// StaffingGoal is what the flow in force says of a queue; false: it has no such queue.
	StaffingGoal(queue string) (staffing.Goal, bool)
	// Handling is that of the newest visits of a period.
	Handling(ctx context.Context, p Period) (Handling, error)
	// Present tells how many agents were there in the half hours of a period that
	// begins with one.
	Present(ctx context.Context, p Period) ([]PresentAt, error)
}

// PlanColumns are the columns of the plan of agents.
var PlanColumns = []Column[staffing.HalfHour]{
	{"start", func(h staffing.HalfHour) any { return h.Start }},
	{"weeks", func(h staffing.HalfHour) any { return h.Weeks }},
	{"callers", func(h staffing.HalfHour) any { return h.Callers }},
	{"sd", func(h staffing.HalfHour) any { return h.SD }},
	{"needed", func(h staffing.HalfHour) any { return h.Needed }},
	{"needed_1sd", func(h staffing.HalfHour) any { return h.OneMore }},
	{"needed_2sd", func(h staffing.HalfHour) any { return h.TwoMore }},
	{"needed_at_most", func(h staffing.HalfHour) any { return h.Bound }},
	{"rostered", func(h staffing.HalfHour) any { return h.Rostered }},
	{"present", func(h staffing.HalfHour) any { return h.Present }},
	{"within", func(h staffing.HalfHour) any { return h.Within }},
	{"abandoned", func(h staffing.HalfHour) any { return h.Abandoned }},
	{"local_start", func(h staffing.HalfHour) any { return h.Start.Format(time.RFC3339) }},
}
