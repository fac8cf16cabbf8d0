package report

import "time"

// Thresholds are the limits by which the visits to a queue are measured. They are applied
// when a report is asked for and are in no stored figure. The defaults are those
// of call.UsualQueue: 20 s for T, which is the custom of the trade (80 % within
// 20 s) and no law, and 5 s for S, for which there is no standard (vendors use 5
// to 10 s).
type Thresholds struct {
	Queue   string  // "": of queues that have none of their own
	TargetS float64 // T: the service level wants callers answered within it
	ShortS  float64 // S: a caller who gives up within it has given up shortly
	Zone    string  // IANA name of the zone in which the queue's days are
}

// Tally counts the visits to one queue, of one outcome, that began in one
// interval, of callers who had talked already or of those who had not. The tallies
// of a period add up to the entries into the queues in it; a callback is no entry
// of its own.
type Tally struct {
	Queue    string    `db:"queue"`
	Start    time.Time `db:"start"`   // of the interval
	Outcome  string    `db:"outcome"` // Open while waiting
	Visits   int       `db:"visits"`
	FlowIn   int       `db:"flow_in"`      // of these: no new callers, but moved from another queue
	Within   int       `db:"within"`       // of the answered and the abandoned: within T
	Short    int       `db:"short"`        // of the abandoned: within S
	LongestS float64   `db:"longest_s"`    // the longest wait of those whose end was seen
	Longest  string    `db:"longest_call"` // the call that waited so long

	// AfterTalk: the callers had talked with an agent before, in the same call. They
	// were handed over, or put back in line, or the talk had broken off.
	AfterTalk bool `db:"after_talk"`
}

// Row is one line of the abandonment report: the visits that began in an
// interval. A caller is offered once: until the first talk. A visit after a talk
// (see Tally.AfterTalk) is in AfterTalk, in AbandonedAfterTalk if the caller gave
// up, and where it was the longest wait; it is in no other count, no rate and no
// service level. By its making a row adds up:
//
//	Offered = Answered + Abandoned + SystemFailure + Other + Open
//	Offered = Callers + FlowIn
//	Abandoned = AbandonedQueue + AbandonedRinging + AbandonedAtAnswer
//	Other = Missed + FlowOut + callbacks accepted
type Row struct {
	Queue   string     `json:"queue,omitempty"` // "": all
	Zone    string     `json:"zone,omitempty"`  // IANA name; of Start and End
	Start   *time.Time `json:"start,omitempty"`
	End     *time.Time `json:"end,omitempty"`
	Offered int        `json:"offered"` // entered the queue and had not talked yet; withdrawn ones left out
	Callers int        `json:"callers"` // of these, those who came anew
	FlowIn  int        `json:"flow_in"` // of these, those who were moved here from another queue

	Answered          int `json:"answered"`
	Abandoned         int `json:"abandoned"`
	AbandonedQueue    int `json:"abandoned_queue"`     // the caller hung up while no agent was offered the call
	AbandonedRinging  int `json:"abandoned_ringing"`   // …while an agent's phone rang
	AbandonedAtAnswer int `json:"abandoned_at_answer"` // …after the agent had answered and before both heard each other
	AbandonedShort    int `json:"abandoned_short"`     // of the abandoned, within ShortS
	SystemFailure     int `json:"system_failure"`
	Other             int `json:"other"`    // ended in any other way: callback, overflow, closed…
	FlowOut           int `json:"flow_out"` // of the other: moved on, by overflow, a key, or a transfer
	Missed            int `json:"missed"`   // of the other: sent away, since it took too long, nobody was there, or it was closed
	Open              int `json:"open"`     // still waiting
	Withdrawn         int `json:"withdrawn"`

	AfterTalk          int `json:"after_talk"`           // entered the queue after a talk; not among Offered
	AbandonedAfterTalk int `json:"abandoned_after_talk"` // of these, gave up; not among Abandoned

	// NotServed did not get a person: Abandoned + Missed + SystemFailure.
	NotServed int `json:"not_served"`

	// TargetS (T) and ShortS (S) are the thresholds in force that were used; nil
	// where the queues of the row have different ones, each of which was
	// measured by its own.
	TargetS *float64 `json:"target_s"`
	ShortS  *float64 `json:"short_s"`

	// AbandonRate is Abandoned / (Offered - Open), as at Amazon Connect: all
	// abandons count, and visits that are not decided do not. The net one leaves
	// short ones out above and below.
	AbandonRate    *float64 `json:"abandon_rate"`
	AbandonRateNet *float64 `json:"abandon_rate_net"`
	// ServiceLevel is ServiceLevels.Negative.
	ServiceLevel  *float64      `json:"service_level"`
	ServiceLevels ServiceLevels `json:"service_levels"`
	// LongestS is the longest wait whose end was seen; estimated ones are
	// not among them.
	LongestS float64 `json:"longest_s"`
	Longest  string  `json:"longest_call,omitempty"`

	within, abandonedWithin int
	measured                bool // TargetS and ShortS are those of a queue
}

// ServiceLevels are the service levels that are in use, side by side: vendors
// differ in what becomes of callers who give up. Negative, Ignored and Positive
// are Cisco's types of abandoned calls, Short is that of Genesys Cloud without
// short abandons, Answered is Asterisk's ServicelevelPerf and Positive its
// ServicelevelPerf2. With A answered and A_T of them within T, ab abandoned, ab_T
// of them within T and ab_S within S, and m sent away (Row.Missed), which is a
// miss in all of them but Answered:
type ServiceLevels struct {
	Negative      *float64 `json:"sl_negative"`       // A_T / (A+ab+m): the usual one
	Ignored       *float64 `json:"sl_ignored"`        // A_T / (A+ab+m−ab_T)
	Positive      *float64 `json:"sl_positive"`       // (A_T+ab_T) / (A+ab+m)
	Short         *float64 `json:"sl_short"`          // A_T / (A+ab+m−ab_S)
	ShortCredit   *float64 `json:"sl_short_credit"`   // (A_T+ab_S) / (A+ab+m)
	Answered      *float64 `json:"sl_answered"`       // A_T / A
	FlowOut       *float64 `json:"sl_flow_out"`       // A_T / (A+ab+m+Row.FlowOut)
	SystemFailure *float64 `json:"sl_system_failure"` // A_T / (A+ab+m+Row.SystemFailure)
}

// Add counts a tally, which was measured by th.
func (r *Row) Add(t Tally, th Thresholds) {
	if t.AfterTalk {
		r.countAfterTalk(t)
	} else {
		r.count(t)
		r.FlowIn += t.FlowIn
		r.AbandonedShort += t.Short
	}
	if t.LongestS > r.LongestS {
		r.LongestS, r.Longest = t.LongestS, t.Longest
	}
	r.Abandoned = r.AbandonedQueue + r.AbandonedRinging + r.AbandonedAtAnswer
	r.Offered = r.Answered + r.Abandoned + r.SystemFailure + r.Other + r.Open
	r.Callers = r.Offered - r.FlowIn
	r.NotServed = r.Abandoned + r.Missed + r.SystemFailure
	r.computeRates()
	r.Measure(th)
}

// count adds the visits of a tally to the columns of its outcome.
func (r *Row) count(t Tally) {
	switch t.Outcome {
	case Open:
		r.Open += t.Visits
	case "answered":
		r.Answered += t.Visits
		r.within += t.Within
	case "abandoned_queue":
		r.AbandonedQueue += t.Visits
		r.abandonedWithin += t.Within
	case "abandoned_ringing":
		r.AbandonedRinging += t.Visits
		r.abandonedWithin += t.Within
	case "abandoned_at_answer":
		r.AbandonedAtAnswer += t.Visits
		r.abandonedWithin += t.Within
	case "system_failure":
		r.SystemFailure += t.Visits
	case "withdrawn":
		r.Withdrawn += t.Visits
	default:
		r.Other += t.Visits
	}
	switch t.Outcome {
	case "overflow", "exit_key", "transferred_out":
		r.FlowOut += t.Visits
	case "timeout_exit", "no_agents", "closed":
		r.Missed += t.Visits
	}
}

// countAfterTalk adds the visits of callers who had talked already.
func (r *Row) countAfterTalk(t Tally) {
	switch t.Outcome {
	case "withdrawn":
		return
	case "abandoned_queue", "abandoned_ringing", "abandoned_at_answer":
		r.AbandonedAfterTalk += t.Visits
	}
	r.AfterTalk += t.Visits
}

// computeRates computes the rates of the row from its counts.
func (r *Row) computeRates() {
	r.AbandonRate = ratio(r.Abandoned, r.Offered-r.Open)
	r.AbandonRateNet = ratio(r.Abandoned-r.AbandonedShort, r.Offered-r.Open-r.AbandonedShort)
	asked := r.Answered + r.Abandoned + r.Missed
	r.ServiceLevels = ServiceLevels{
		Negative:      ratio(r.within, asked),
		Ignored:       ratio(r.within, asked-r.abandonedWithin),
		Positive:      ratio(r.within+r.abandonedWithin, asked),
		Short:         ratio(r.within, asked-r.AbandonedShort),
		ShortCredit:   ratio(r.within+r.AbandonedShort, asked),
		Answered:      ratio(r.within, r.Answered),
		FlowOut:       ratio(r.within, asked+r.FlowOut),
		SystemFailure: ratio(r.within, asked+r.SystemFailure),
	}
	r.ServiceLevel = r.ServiceLevels.Negative
}

// Measure notes that visits of the row are measured by th.
func (r *Row) Measure(th Thresholds) {
	if !r.measured {
		r.measured, r.TargetS, r.ShortS = true, &th.TargetS, &th.ShortS
		return
	}
	if r.TargetS != nil && *r.TargetS != th.TargetS {
		r.TargetS = nil
	}
	if r.ShortS != nil && *r.ShortS != th.ShortS {
		r.ShortS = nil
	}
}

// RowColumns are the columns of the abandonment report. They are of rows of one
// queue and one interval.
var RowColumns = []Column[Row]{
	{"start", func(r Row) any { return *r.Start }},
	{"end", func(r Row) any { return *r.End }},
	{"queue", func(r Row) any { return r.Queue }},
	{"offered", func(r Row) any { return r.Offered }},
	{"answered", func(r Row) any { return r.Answered }},
	{"abandoned", func(r Row) any { return r.Abandoned }},
	{"abandoned_queue", func(r Row) any { return r.AbandonedQueue }},
	{"abandoned_ringing", func(r Row) any { return r.AbandonedRinging }},
	{"abandoned_at_answer", func(r Row) any { return r.AbandonedAtAnswer }},
	{"system_failure", func(r Row) any { return r.SystemFailure }},
	{"other", func(r Row) any { return r.Other }},
	{"open", func(r Row) any { return r.Open }},
	{"withdrawn", func(r Row) any { return r.Withdrawn }},
	{"abandon_rate", func(r Row) any { return r.AbandonRate }},
	{"service_level", func(r Row) any { return r.ServiceLevel }},
	{"longest_s", func(r Row) any { return r.LongestS }},
	{"local_start", func(r Row) any { return r.Start.Format(time.RFC3339) }},
	{"zone", func(r Row) any { return r.Zone }},
	{"callers", func(r Row) any { return r.Callers }},
	{"flow_in", func(r Row) any { return r.FlowIn }},
	{"flow_out", func(r Row) any { return r.FlowOut }},
	{"missed", func(r Row) any { return r.Missed }},
	{"not_served", func(r Row) any { return r.NotServed }},
	{"abandoned_short", func(r Row) any { return r.AbandonedShort }},
	{"abandon_rate_net", func(r Row) any { return r.AbandonRateNet }},
	{"target_s", func(r Row) any { return *r.TargetS }},
	{"short_s", func(r Row) any { return *r.ShortS }},
	{"sl_negative", func(r Row) any { return r.ServiceLevels.Negative }},
	{"sl_ignored", func(r Row) any { return r.ServiceLevels.Ignored }},
	{"sl_positive", func(r Row) any { return r.ServiceLevels.Positive }},
	{"sl_short", func(r Row) any { return r.ServiceLevels.Short }},
	{"sl_short_credit", func(r Row) any { return r.ServiceLevels.ShortCredit }},
	{"sl_answered", func(r Row) any { return r.ServiceLevels.Answered }},
	{"sl_flow_out", func(r Row) any { return r.ServiceLevels.FlowOut }},
	{"sl_system_failure", func(r Row) any { return r.ServiceLevels.SystemFailure }},
	{"after_talk", func(r Row) any { return r.AfterTalk }},
	{"abandoned_after_talk", func(r Row) any { return r.AbandonedAfterTalk }},
}
