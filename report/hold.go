package report

import "time"

// Kinds of holds, as Hold.Kind.
const (
	HoldCaller    = "caller"    // all calls of a caller, and to the caller
	HoldQueue     = "queue"     // all calls that have entered a queue
	HoldMessage   = "message"   // one message
	HoldRecording = "recording" // one recording
)

// Hold keeps something from being removed, by age or for a person, until it is released or
// its time is over.
type Hold struct {
	ID     string     `json:"id" db:"hold_id"`
	Kind   string     `json:"kind" db:"kind"`
	Of     string     `json:"of" db:"of"` // the caller's number, the queue, or the id
	Reason string     `json:"reason" db:"reason"`
	By     string     `json:"by" db:"held_by"`
	At     time.Time  `json:"at" db:"held_at"`
	Until  *time.Time `json:"until" db:"until_at"`   // nil: until it is released
	Review time.Time  `json:"review" db:"review_at"` // somebody looks by then whether it is still needed
}

// Removed is what a night of the retention has removed, or would.
type Removed struct {
	Messages   []string `json:"messages"`   // ids
	Recordings []string `json:"recordings"` // ids
	Days       int      `json:"days"`       // whose calls lose their numbers
	Calls      int      `json:"calls"`      // of these days
	Facts      int      `json:"facts"`      // that were changed; 0 beforehand
	Months     []string `json:"months"`     // of facts that are dropped
	Bytes      int64    `json:"bytes"`      // of these months
	Held       int      `json:"held"`       // messages and recordings that a hold keeps
}

// Night is a run of the retention.
type Night struct {
	Began   time.Time `json:"began_at" db:"began_at"`
	Ended   time.Time `json:"ended_at" db:"ended_at"`
	Removed Removed   `json:"removed" db:"-"`
	Error   string    `json:"error" db:"error"` // ""; what could not be done, and is tried the next night
}
