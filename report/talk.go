package report

import "context"

// Talks are the talks of one agent with the callers of one queue that began on
// one day. A talk belongs, with all that follows, to the moment at which it
// began. Sums and means are of those that have ended:
//
//	handle = talk + hold + wrap-up
//
// The time in which the agent's page was away is in none of the three.
type Talks struct {
	Day   string `db:"day" json:"day,omitempty"` // as 2026-05-04, in the zone of all queues together; "": all days
	Agent string `db:"agent" json:"agent"`
	Queue string `db:"queue" json:"queue"` // "": calls that the agent made

	Talks  int `db:"talks" json:"talks"`   // that have ended
	Open   int `db:"open" json:"open"`     // that go on
	Handed int `db:"handed" json:"handed"` // of Talks: ended with a hand-over

	TalkS   float64 `db:"talk_s" json:"talk_s"`     // caller and agent heard each other
	HoldS   float64 `db:"hold_s" json:"hold_s"`     // the caller was on hold
	WrapS   float64 `db:"wrap_s" json:"wrap_s"`     // after-call work, until now where it goes on
	HandleS float64 `db:"handle_s" json:"handle_s"` // TalkS + HoldS + WrapS
	GapS    float64 `db:"gap_s" json:"gap_s"`       // the agent's page was away

	MeanTalkS   *float64 `db:"mean_talk_s" json:"mean_talk_s"`     // TalkS / Talks
	MeanHoldS   *float64 `db:"mean_hold_s" json:"mean_hold_s"`     // HoldS / Held: of the talks with a hold
	MeanWrapS   *float64 `db:"mean_wrap_s" json:"mean_wrap_s"`     // WrapS / Talks
	MeanHandleS *float64 `db:"mean_handle_s" json:"mean_handle_s"` // HandleS / Talks

	Held         int     `db:"held" json:"held"`   // talks with a hold
	Holds        int     `db:"holds" json:"holds"` // how often
	LongestHoldS float64 `db:"longest_hold_s" json:"longest_hold_s"`

	// Talks that ended during a hold, by who ended them. One that ended with a
	// hand-over, or with the caller put back in line, is none of them.
	LeftByCaller int `db:"left_by_caller" json:"left_on_hold_caller"` // hung up
	LeftByAgent  int `db:"left_by_agent" json:"left_on_hold_agent"`   // hung up
	LeftByUs     int `db:"left_by_us" json:"left_on_hold_us"`         // something of ours broke, or the agent's page did not come back
	Chose        int `db:"chose" json:"left_on_hold_chose"`           // the caller chose a callback, or the line
}

// TalksColumns are the columns of the report on talks.
var TalksColumns = []Column[Talks]{
	{"day", func(t Talks) any { return t.Day }},
	{"agent", func(t Talks) any { return t.Agent }},
	{"queue", func(t Talks) any { return t.Queue }},
	{"talks", func(t Talks) any { return t.Talks }},
	{"open", func(t Talks) any { return t.Open }},
	{"handed", func(t Talks) any { return t.Handed }},
	{"talk_s", func(t Talks) any { return t.TalkS }},
	{"hold_s", func(t Talks) any { return t.HoldS }},
	{"wrap_s", func(t Talks) any { return t.WrapS }},
	{"handle_s", func(t Talks) any { return t.HandleS }},
	{"gap_s", func(t Talks) any { return t.GapS }},
	{"mean_talk_s", func(t Talks) any { return t.MeanTalkS }},
	{"mean_hold_s", func(t Talks) any { return t.MeanHoldS }},
	{"mean_wrap_s", func(t Talks) any { return t.MeanWrapS }},
	{"mean_handle_s", func(t Talks) any { return t.MeanHandleS }},
	{"held", func(t Talks) any { return t.Held }},
	{"holds", func(t Talks) any { return t.Holds }},
	{"longest_hold_s", func(t Talks) any { return t.LongestHoldS }},
	{"left_on_hold_caller", func(t Talks) any { return t.LeftByCaller }},
	{"left_on_hold_agent", func(t Talks) any { return t.LeftByAgent }},
	{"left_on_hold_us", func(t Talks) any { return t.LeftByUs }},
	{"left_on_hold_chose", func(t Talks) any { return t.Chose }},
}

// Handovers are the hand-overs of one agent in one queue to one target on one
// day. Each is in one column:
//
//	Handovers = Answered + Returned + TransferredOut + Abandoned + BackInLine + Failed + Other + Open
type Handovers struct {
	Day      string `db:"day" json:"day"` // as 2026-05-04, in the zone of all queues together
	By       string `db:"by" json:"by"`   // the agent who gave the caller away…
	Queue    string `db:"queue" json:"queue"`
	ToQueue  string `db:"to_queue" json:"to_queue,omitempty"`   // …to a queue,
	ToAgent  string `db:"to_agent" json:"to_agent,omitempty"`   // a colleague,
	ToNumber string `db:"to_number" json:"to_number,omitempty"` // or a number outside

	Handovers      int `db:"handovers" json:"handovers"`
	Answered       int `db:"answered" json:"answered"`               // another agent talked with the caller
	ByAnother      int `db:"by_another" json:"by_another"`           // of the answered: not the colleague for whom the caller was meant
	Returned       int `db:"returned" json:"returned"`               // By did so again, since nobody else took the caller
	TransferredOut int `db:"transferred_out" json:"transferred_out"` // the number outside did
	Abandoned      int `db:"abandoned" json:"abandoned"`             // the caller hung up before anybody did: gave up after a talk
	BackInLine     int `db:"back_in_line" json:"back_in_line"`       // the number outside was not reached, and the caller waits again
	Failed         int `db:"failed" json:"failed"`                   // through a failure of ours
	Other          int `db:"other" json:"other"`                     // the waiting ended in another way: callback, closed…
	Open           int `db:"open" json:"open"`                       // not known yet

	MeanWaitS    *float64 `db:"mean_wait_s" json:"mean_wait_s"`       // from the hand-over to the next talk, of Answered, Returned and TransferredOut; without Warm ones, which do not wait
	LongestWaitS float64  `db:"longest_wait_s" json:"longest_wait_s"` // from the hand-over until it was known what came of it, of all

	Warm int `db:"warm" json:"warm"` // of Handovers: who took the caller was asked before, see Consults
}

// HandoversColumns are the columns of the report on hand-overs.
var HandoversColumns = []Column[Handovers]{
	{"day", func(h Handovers) any { return h.Day }},
	{"by", func(h Handovers) any { return h.By }},
	{"queue", func(h Handovers) any { return h.Queue }},
	{"to_queue", func(h Handovers) any { return h.ToQueue }},
	{"to_agent", func(h Handovers) any { return h.ToAgent }},
	{"to_number", func(h Handovers) any { return h.ToNumber }},
	{"handovers", func(h Handovers) any { return h.Handovers }},
	{"answered", func(h Handovers) any { return h.Answered }},
	{"by_another", func(h Handovers) any { return h.ByAnother }},
	{"returned", func(h Handovers) any { return h.Returned }},
	{"transferred_out", func(h Handovers) any { return h.TransferredOut }},
	{"abandoned", func(h Handovers) any { return h.Abandoned }},
	{"back_in_line", func(h Handovers) any { return h.BackInLine }},
	{"failed", func(h Handovers) any { return h.Failed }},
	{"other", func(h Handovers) any { return h.Other }},
	{"open", func(h Handovers) any { return h.Open }},
	{"mean_wait_s", func(h Handovers) any { return h.MeanWaitS }},
	{"longest_wait_s", func(h Handovers) any { return h.LongestWaitS }},
	{"warm", func(h Handovers) any { return h.Warm }},
}

// Consults are the times at which one agent, in talks with the callers of one queue,
// asked one colleague or one number, on one day. Each is in one column:
//
//	Asked = Handed + Back + Over + Declined + NoAnswer + Busy + TakenBack + Failed + Open
//
// It is no talk of its own in Talks: there it is a part of the hold, until all three
// talk.
type Consults struct {
	Day      string `db:"day" json:"day"`     // as 2026-05-04, in the zone of all queues together
	Agent    string `db:"agent" json:"agent"` // who asked
	Queue    string `db:"queue" json:"queue"`
	ToAgent  string `db:"to_agent" json:"to_agent,omitempty"`   // a colleague,
	ToNumber string `db:"to_number" json:"to_number,omitempty"` // or a number outside

	Asked     int `db:"asked" json:"asked"`
	Handed    int `db:"handed" json:"handed"`         // the consulted party took the caller over
	Back      int `db:"back" json:"back"`             // the two talked, and Agent went on with the caller
	Over      int `db:"over" json:"over"`             // the two talked until the talk with the caller was over, or longer
	Declined  int `db:"declined" json:"declined"`     // the other one did not want to
	NoAnswer  int `db:"no_answer" json:"no_answer"`   // it rang in vain
	Busy      int `db:"busy" json:"busy"`             // the number was
	TakenBack int `db:"taken_back" json:"taken_back"` // before an answer: Agent asked no more, or the caller or a page was gone
	Failed    int `db:"failed" json:"failed"`         // there is no such number, or the two could not be joined
	Open      int `db:"open" json:"open"`             // it goes on

	MeanRingS *float64 `db:"mean_ring_s" json:"mean_ring_s"` // from asking to the answer, of Handed, Back and Over
	MeanTalkS *float64 `db:"mean_talk_s" json:"mean_talk_s"` // TalkS / (Handed + Back + Over)

	TalkS float64 `db:"talk_s" json:"talk_s"` // the two talked alone
	HoldS float64 `db:"hold_s" json:"hold_s"` // the consulted party heard music
	AllS  float64 `db:"all_s" json:"all_s"`   // all three talked; a part of the talk with the caller
}

// ConsultsColumns are the columns of the report on asking during talks.
var ConsultsColumns = []Column[Consults]{
	{"day", func(c Consults) any { return c.Day }},
	{"agent", func(c Consults) any { return c.Agent }},
	{"queue", func(c Consults) any { return c.Queue }},
	{"to_agent", func(c Consults) any { return c.ToAgent }},
	{"to_number", func(c Consults) any { return c.ToNumber }},
	{"asked", func(c Consults) any { return c.Asked }},
	{"handed", func(c Consults) any { return c.Handed }},
	{"back", func(c Consults) any { return c.Back }},
	{"over", func(c Consults) any { return c.Over }},
	{"declined", func(c Consults) any { return c.Declined }},
	{"no_answer", func(c Consults) any { return c.NoAnswer }},
	{"busy", func(c Consults) any { return c.Busy }},
	{"taken_back", func(c Consults) any { return c.TakenBack }},
	{"failed", func(c Consults) any { return c.Failed }},
	{"open", func(c Consults) any { return c.Open }},
	{"mean_ring_s", func(c Consults) any { return c.MeanRingS }},
	{"mean_talk_s", func(c Consults) any { return c.MeanTalkS }},
	{"talk_s", func(c Consults) any { return c.TalkS }},
	{"hold_s", func(c Consults) any { return c.HoldS }},
	{"all_s", func(c Consults) any { return c.AllS }},
}

// TalkBooks is a source of the reports on talks, hand-overs and asking during talks. All
// lists are sorted by name, never by how long anybody took.
type TalkBooks interface {
	// Talks adds up the talks that began in a period.
	Talks(ctx context.Context, p Period) ([]Talks, error)
	// AgentTalks is Talks with all days together: Day is empty.
	AgentTalks(ctx context.Context, p Period) ([]Talks, error)
	// Handovers adds up the hand-overs of a period.
	Handovers(ctx context.Context, p Period) ([]Handovers, error)
	// Consults adds up the asking that began in a period.
	Consults(ctx context.Context, p Period) ([]Consults, error)
}

// HoldFigures is how callers were held whose talk began in a period.
type HoldFigures struct {
	Talks   int `db:"talks"`
	Unasked int `db:"unasked"`  // holds longer than the limit, also one that goes on, in which no callback was offered
	GivenUp int `db:"given_up"` // talks in which the caller hung up during a hold
}
