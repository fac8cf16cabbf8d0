package report

import (
	"encoding/json"
	"time"
)

// Call is one visit to a queue, or one call that reached no queue.
type Call struct {
	Call    string     `db:"call_id" json:"call"`
	At      time.Time  `db:"at" json:"at"` // entered the queue, or the call began
	Ended   *time.Time `db:"ended_at" json:"ended,omitempty"`
	Queue   string     `db:"queue" json:"queue,omitempty"` // "": reached none
	Outcome string     `db:"outcome" json:"outcome"`       // Open while it is
	Number  string     `db:"number" json:"number"`         // as claimed
	Name    string     `db:"name" json:"name,omitempty"`
	Path    string     `db:"path" json:"path,omitempty"` // through the menus, or the node in which the caller hung up
	QueueS  float64    `db:"queue_s" json:"queue_s"`     // from entering the queue until both heard each other, or the end; ringing included
	RingS   float64    `db:"ring_s" json:"ring_s"`       // of these, while agents' phones rang
	Agent   string     `db:"agent" json:"agent,omitempty"`

	AfterTalk bool `db:"after_talk" json:"after_talk,omitempty"` // the caller had talked with an agent before, in this call
}

// CallFilter says which calls are meant; empty fields exclude none.
type CallFilter struct {
	Period
	Outcomes []string // as in report.visit and report.call; Open is one
	Limit    int      // 0: 200
	Offset   int      // so many are left out first

	// What a number of another report counts, as CountedNumbers has it; "": visits to queues, and
	// calls that reached none. Of the fields below only Agent, About and, for the menus, Entered are then used.
	Counted string
	About   string // to whom (handovers, consults), which code, kind of message or key, the window in hours (people), the limit in seconds (visits), or own: calls that an agent made (talks)

	AfterTalk *bool // only those with this Call.AfterTalk; nil: all

	Dialed  string // the number of ours that was dialled
	Entered string // a node of the flow that the call entered
	Node    string // the node of the flow that the call entered last

	// By the clock of Zone, an IANA name: the day from 1 for Monday to 7 for Sunday,
	// and the half hour that begins so many minutes after midnight.
	Weekday, Minute *int
	Zone            string

	// Of visits to queues; with any of these, calls that reached none are left out.
	Agent              string   // who answered
	Code               string   // that an agent gave
	WaitFromS, WaitToS *float64 // waited at least, and less than
	WaitUpToS          *float64 // waited no longer than
	Told               *Waiting // was told this wait last
	Origin             string   // how the caller came to the queue, as in queue.entered
}

// Waiting is a wait that was told, as it was told; both 0: nothing was.
type Waiting struct{ LowS, HighS float64 } // HighS 0: more than LowS

// OfVisits reports whether only visits to queues are meant.
func (f CallFilter) OfVisits() bool {
	return f.Agent != "" || f.Code != "" || f.WaitFromS != nil || f.WaitToS != nil || f.WaitUpToS != nil || f.Told != nil || f.Origin != ""
}

// CountedNumbers are the numbers of the reports that count no visits, whose calls can be listed all the
// same: the report, and its column. Of callbacks, those that were asked are of visits.
var CountedNumbers = map[string][]string{
	"visits":    {"within", "answered", "cut_off", "long", "untold"},
	"promises":  {"told", "broken", "made_up"},
	"asked":     {"offered", "accepted"},
	"callbacks": {"booked", "completed", "exhausted", "expired", "cancelled", "superseded", "failed", "open", "reached", "kept", "broken"},
	"messages":  {"left", "in_time", "late", "open", "overdue", "within_15m"},
	"agents":    {"talks"},
	"talks":     {"talks", "open", "held", "handed", "left_on_hold_caller", "left_on_hold_agent", "left_on_hold_us", "left_on_hold_chose"},
	"handovers": {"handovers", "open", "answered", "returned", "back_in_line", "abandoned", "failed", "other", "warm"},
	"consults":  {"asked", "open", "handed", "back", "over", "declined", "no_answer", "busy", "taken_back", "failed"},
	"codes":     {"talks", "notes"},
	"people":    {"people", "too_new", "served", "called_back", "lost"},
	"menus":     {"keys", "zero_during", "zero_after", "silent", "wrong", "self_served", "look_ups", "messages", "transfers"},
}

// CallColumns are the columns of the list of calls.
var CallColumns = []Column[Call]{
	{"at", func(c Call) any { return c.At }},
	{"ended", func(c Call) any {
		if c.Ended == nil {
			return nil
		}
		return *c.Ended
	}},
	{"call", func(c Call) any { return c.Call }},
	{"queue", func(c Call) any { return c.Queue }},
	{"outcome", func(c Call) any { return c.Outcome }},
	{"number", func(c Call) any { return c.Number }},
	{"name", func(c Call) any { return c.Name }},
	{"path", func(c Call) any { return c.Path }},
	{"queue_s", func(c Call) any { return c.QueueS }},
	{"ring_s", func(c Call) any { return c.RingS }},
	{"agent", func(c Call) any { return c.Agent }},
	{"after_talk", func(c Call) any { return c.AfterTalk }},
}

// Fact is one fact of a call's timeline.
type Fact struct {
	Seq  int             `db:"seq" json:"seq"` // from 1, in the order in which they happened
	At   time.Time       `db:"at" json:"at"`
	Kind string          `db:"type" json:"kind"` // as in the journal: queue.entered…
	Data json.RawMessage `db:"data" json:"data"`
	Call string          `db:"call" json:"call,omitempty"` // in which somebody was asked during a talk of the call, if it is of that one's
}

// CallCounts counts calls, each once, in however many queues it was. Visits
// that were withdrawn do not count, nor those after a talk: whatever befalls a
// caller who was handed over, the call was answered.
type CallCounts struct {
	Calls     int `db:"calls" json:"calls"`         // that entered a queue
	Answered  int `db:"answered" json:"answered"`   // in any visit
	Abandoned int `db:"abandoned" json:"abandoned"` // in no visit answered, and given up in the last
	Open      int `db:"open" json:"open"`           // still waiting
}

// AbandonRate is Abandoned / (Calls - Open).
func (n CallCounts) AbandonRate() *float64 { return ratio(n.Abandoned, n.Calls-n.Open) }

// MenuCounts counts calls that reached no queue.
type MenuCounts struct {
	Abandoned     int `db:"abandoned" json:"abandoned"` // hung up in the menus
	Contained     int `db:"contained" json:"contained"` // served by self-service
	SystemFailure int `db:"system_failure" json:"system_failure"`
	Open          int `db:"open" json:"open"`
	Refused       int `db:"refused" json:"refused"` // not let in, and never answered
}
