package report

import "context"

// CallbackCounts are the callbacks of a queue: how many were offered to those who came
// in a period and accepted, and what came of those that were booked in it, also by
// agents and to answer messages.
//
//	Booked = Completed + Exhausted + Expired + Cancelled + Superseded + Failed + Open
type CallbackCounts struct {
	Queue    string `db:"queue" json:"queue"`       // "": all that were asked for together
	Offered  int    `db:"offered" json:"offered"`   // callers on the phone who were offered one
	Accepted int    `db:"accepted" json:"accepted"` // …who took it

	Booked     int `db:"booked" json:"booked"`
	Completed  int `db:"completed" json:"completed"`   // the person talked with an agent
	Exhausted  int `db:"exhausted" json:"exhausted"`   // not reached in all attempts
	Expired    int `db:"expired" json:"expired"`       // not wanted any more when its time came
	Cancelled  int `db:"cancelled" json:"cancelled"`   // by somebody
	Superseded int `db:"superseded" json:"superseded"` // the person called again and was served
	Failed     int `db:"failed" json:"failed"`         // through a failure of ours
	Open       int `db:"open" json:"open"`

	Reached int `db:"reached" json:"reached"` // a person took our call
	Kept    int `db:"kept" json:"kept"`       // called within the window promised
	Broken  int `db:"broken" json:"broken"`   // not called within it; of the rest it cannot be said (yet)

	KeptShare *float64 `db:"-" json:"kept_share"`          // Kept / (Kept + Broken)
	LateP50S  *float64 `db:"late_p50_s" json:"late_p50_s"` // of those called after the window: by how much
	LateP90S  *float64 `db:"late_p90_s" json:"late_p90_s"`
	LateMaxS  *float64 `db:"late_max_s" json:"late_max_s"`
}

// ComputeRates computes the share from the counts.
func (c *CallbackCounts) ComputeRates() { c.KeptShare = ratio(c.Kept, c.Kept+c.Broken) }

// CallbackColumns are the columns of the report on callbacks.
var CallbackColumns = []Column[CallbackCounts]{
	{"queue", func(c CallbackCounts) any { return c.Queue }},
	{"offered", func(c CallbackCounts) any { return c.Offered }},
	{"accepted", func(c CallbackCounts) any { return c.Accepted }},
	{"booked", func(c CallbackCounts) any { return c.Booked }},
	{"completed", func(c CallbackCounts) any { return c.Completed }},
	{"exhausted", func(c CallbackCounts) any { return c.Exhausted }},
	{"expired", func(c CallbackCounts) any { return c.Expired }},
	{"cancelled", func(c CallbackCounts) any { return c.Cancelled }},
	{"superseded", func(c CallbackCounts) any { return c.Superseded }},
	{"failed", func(c CallbackCounts) any { return c.Failed }},
	{"open", func(c CallbackCounts) any { return c.Open }},
	{"reached", func(c CallbackCounts) any { return c.Reached }},
	{"kept", func(c CallbackCounts) any { return c.Kept }},
	{"broken", func(c CallbackCounts) any { return c.Broken }},
	{"kept_share", func(c CallbackCounts) any { return c.KeptShare }},
	{"late_p50_s", func(c CallbackCounts) any { return c.LateP50S }},
	{"late_p90_s", func(c CallbackCounts) any { return c.LateP90S }},
	{"late_max_s", func(c CallbackCounts) any { return c.LateMaxS }},
}

// MessageCounts are the messages, or the complaints, that were left for a queue in a
// period, by their age.
//
//	Left = InTime + Late + Open
type MessageCounts struct {
	Queue string `db:"queue" json:"queue"`
	Kind  string `db:"kind" json:"kind"` // voice, complaint

	Left    int `db:"left" json:"left"`
	InTime  int `db:"in_time" json:"in_time"` // done by the time they were due
	Late    int `db:"late" json:"late"`       // done later
	Open    int `db:"open" json:"open"`       // not done, taken or not
	Overdue int `db:"overdue" json:"overdue"` // of Open

	Quarter int `db:"quarter" json:"within_15m"` // of Left: done within a quarter of an hour

	DoneP50S    *float64 `db:"done_p50_s" json:"done_p50_s"` // from leaving until done, of the done
	DoneP90S    *float64 `db:"done_p90_s" json:"done_p90_s"`
	OldestOpenS *float64 `db:"oldest_open_s" json:"oldest_open_s"` // until now
}

// MessageCountColumns are the columns of the report on messages.
var MessageCountColumns = []Column[MessageCounts]{
	{"queue", func(m MessageCounts) any { return m.Queue }},
	{"kind", func(m MessageCounts) any { return m.Kind }},
	{"left", func(m MessageCounts) any { return m.Left }},
	{"in_time", func(m MessageCounts) any { return m.InTime }},
	{"late", func(m MessageCounts) any { return m.Late }},
	{"open", func(m MessageCounts) any { return m.Open }},
	{"overdue", func(m MessageCounts) any { return m.Overdue }},
	{"within_15m", func(m MessageCounts) any { return m.Quarter }},
	{"done_p50_s", func(m MessageCounts) any { return m.DoneP50S }},
	{"done_p90_s", func(m MessageCounts) any { return m.DoneP90S }},
	{"oldest_open_s", func(m MessageCounts) any { return m.OldestOpenS }},
}

// AgentTime is what the time of an agent went into, in seconds of a period. What goes
// over its edge is cut there.
//
//	SignedIn = Talking + Ringing + WrapUp + Idle + Away
type AgentTime struct {
	Agent     string  `db:"agent" json:"agent"`
	SignedInS float64 `db:"signed_in_s" json:"signed_in_s"`
	TalkingS  float64 `db:"talking_s" json:"talking_s"` // holds included
	RingingS  float64 `db:"ringing_s" json:"ringing_s"` // offers, also those that are being joined, and calls that the agent makes
	WrapUpS   float64 `db:"wrap_up_s" json:"wrap_up_s"`
	IdleS     float64 `db:"idle_s" json:"idle_s"` // free for callers
	AwayS     float64 `db:"away_s" json:"away_s"` // breaks, whatever the reason

	Breaks map[string]float64 `db:"-" json:"breaks"` // of AwayS, by reason; "": none given

	Talks int     `db:"talks" json:"talks"`   // that began in the period
	HoldS float64 `db:"hold_s" json:"hold_s"` // in these

	Occupancy *float64 `db:"-" json:"occupancy"` // (Talking + Ringing + WrapUp) / (SignedIn - Away)
}

// ComputeRates computes the occupancy from the times.
func (a *AgentTime) ComputeRates() {
	if there := a.SignedInS - a.AwayS; there > 0 {
		share := (a.TalkingS + a.RingingS + a.WrapUpS) / there
		a.Occupancy = &share
	}
}

// AgentTimeColumns are the columns of the report on agents' time.
var AgentTimeColumns = []Column[AgentTime]{
	{"agent", func(a AgentTime) any { return a.Agent }},
	{"signed_in_s", func(a AgentTime) any { return a.SignedInS }},
	{"talking_s", func(a AgentTime) any { return a.TalkingS }},
	{"ringing_s", func(a AgentTime) any { return a.RingingS }},
	{"wrap_up_s", func(a AgentTime) any { return a.WrapUpS }},
	{"idle_s", func(a AgentTime) any { return a.IdleS }},
	{"away_s", func(a AgentTime) any { return a.AwayS }},
	{"talks", func(a AgentTime) any { return a.Talks }},
	{"hold_s", func(a AgentTime) any { return a.HoldS }},
	{"occupancy", func(a AgentTime) any { return a.Occupancy }},
}

// Work is a source of the reports on callbacks, messages and agents. Lists are sorted
// by name, never by how long anybody took.
type Work interface {
	// CallbackCounts counts callbacks, of all queues together first.
	CallbackCounts(ctx context.Context, p Period) ([]CallbackCounts, error)
	// MessageCounts counts messages and complaints.
	MessageCounts(ctx context.Context, p Period) ([]MessageCounts, error)
	// AgentTimes tells what the time of the agents went into who serve any of the
	// queues; all their time, also that for other queues.
	AgentTimes(ctx context.Context, p Period) ([]AgentTime, error)
}
