// Package figures counts the present of each queue, and tells when a limit of the flow
// file is crossed. It decides by what it is given, and knows neither clock, line nor
// database: the controller brings the floor (call), what the reports know of today
// (report) and the limits (call.LimitSettings).
//
//	figures.go   one queue at one moment, in figures
//	limits.go    when a limit is crossed, and when that is over
//
// The pages of supervisors, the wall and the limits show and judge the same Queue, so that
// none of them counts for itself.
package figures

import (
	"slices"
	"time"

	"presszero/call"
	"presszero/report"
)

// Queue is one queue at one moment. Nothing in it names a caller or an agent: the wall
// shows it to whoever comes by.
type Queue struct {
	Name string `json:"name"`
	// Waiting callers are on the phone and have not been answered yet; those whose call
	// rings at an agent are among them, callbacks that have not been reached are not.
	Waiting int `json:"waiting"`
	// Oldest is since when the one of them has waited who has waited longest; nil: nobody does.
	Oldest *time.Time `json:"oldest"`
	// Callbacks are those in line who wait to be called back.
	Callbacks int `json:"callbacks"`
	// Late is until when the callback was promised that is late by most; nil: none is late.
	Late *time.Time `json:"late"`
	// Told is what a caller who came now would be told.
	Told   *Told  `json:"told"`
	Agents Agents `json:"agents"`
	Open   bool   `json:"open"`
	Peak   bool   `json:"peak"`
	// Today is nil while the reports do not answer.
	Today *Today `json:"today"`
	// GaveUp are those of the last GaveUpWithin.
	GaveUp []report.GaveUp `json:"gave_up"`
	// Overdue are messages and complaints that nobody has answered in time.
	Overdue      int        `json:"overdue"`
	OverdueSince *time.Time `json:"overdue_since"` // of the oldest
	// Limits that are crossed now.
	Limits []Crossing `json:"limits"`
}

// GaveUpWithin is how long ago somebody gave up who still is on the floor.
const GaveUpWithin = 15 * time.Minute

// Told is a wait as callers hear it: between LowS and HighS seconds. LowS 0: only the
// upper bound is said; HighS 0: there is none.
type Told struct {
	LowS  float64 `json:"low_s"`
	HighS float64 `json:"high_s"`
}

// Agents are those who are signed in and serve a queue, each counted once, by what they do.
type Agents struct {
	Free    int `json:"free"` // could take a call now
	Ringing int `json:"ringing"`
	Talking int `json:"talking"` // in a talk, on hold or while the page is gone, too
	WrapUp  int `json:"wrap_up"`
	Away    int `json:"away"`
	// CannotRing have chosen to take calls, and their page has no proved audio.
	CannotRing int            `json:"cannot_ring"`
	Reasons    map[string]int `json:"reasons"` // of Away, by reason; "": none was given
}

// AtWork are those who take calls, now or once they have finished what they do.
func (a Agents) AtWork() int { return a.Free + a.Ringing + a.Talking + a.WrapUp }

// Today is the service of the queue's day until now.
type Today struct {
	ServiceLevel *float64 `json:"service_level"` // report.Row.ServiceLevel
	TargetS      float64  `json:"target_s"`
	Decided      int      `json:"decided"` // callers by whom it is told
	// Open still wait, so that the level can change by them: it is provisional.
	Open      int `json:"open"`
	Offered   int `json:"offered"`
	Answered  int `json:"answered"`
	Abandoned int `json:"abandoned"`
}

// TodayOf takes what the floor shows of a report's row of one queue.
func TodayOf(r report.Row) *Today {
	t := &Today{ServiceLevel: r.ServiceLevel, Decided: r.Answered + r.Abandoned + r.Missed, Open: r.Open,
		Offered: r.Offered, Answered: r.Answered, Abandoned: r.Abandoned}
	if r.TargetS != nil {
		t.TargetS = *r.TargetS
	}
	return t
}

// Count counts a queue and those who serve it.
func Count(q call.QueueNow, agents []call.AgentNow, now time.Time) Queue {
	n := Queue{Name: q.Name, Open: q.Open, Peak: q.Peak != nil, Agents: Agents{Reasons: map[string]int{}}, GaveUp: []report.GaveUp{}, Limits: []Crossing{}}
	for _, c := range q.Waiting {
		switch {
		case c.Callback == nil || c.Callback.OnPhone:
			n.Waiting++
			n.Oldest = earlier(n.Oldest, c.Since)
		default:
			n.Callbacks++
			if c.Callback.Until.Before(now) {
				n.Late = earlier(n.Late, c.Callback.Until)
			}
		}
	}
	for _, a := range agents {
		if Serves(a, q.Name) {
			n.Agents.count(a)
		}
	}
	return n
}

// Serves reports whether an agent takes calls of a queue; one without queues takes all.
func Serves(a call.AgentNow, queue string) bool {
	return len(a.Queues) == 0 || slices.Contains(a.Queues, queue)
}

func (n *Agents) count(a call.AgentNow) {
	switch {
	case a.State == call.Ringing:
		n.Ringing++
	case a.State == call.WrapUp:
		n.WrapUp++
	case a.State != call.Idle: // a talk begins, or goes on
		n.Talking++
	case a.Presence == call.SignedOut: // on the way out
	case a.Presence != call.Available:
		n.Away++
		n.Reasons[a.Reason]++
	case !a.Media:
		n.CannotRing++
	default:
		n.Free++
	}
}

func earlier(a *time.Time, b time.Time) *time.Time {
	if a != nil && a.Before(b) {
		return a
	}
	b = b.UTC()
	return &b
}
