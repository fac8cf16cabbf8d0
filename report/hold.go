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
