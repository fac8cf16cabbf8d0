package chaos

import (
	"encoding/json"
	"fmt"
	"time"
)

// Row is what came of one mode.
type Row struct {
	Mode     string         `json:"mode"`
	Deed     string         `json:"deed"`
	Seed     uint64         `json:"seed"`
	Rounds   int            `json:"rounds"`
	Callers  int            `json:"callers"`          // calls made by callers
	There    map[string]int `json:"there,omitempty"`  // callers and agents when the deed was done, by state; of several rounds the fewest
	Silence  Millis         `json:"silence_ms"`       // the longest that any caller heard nothing
	Gap      *Millis        `json:"talk_gap_ms"`      // the longest hole in any talk, in either direction; null: nobody talked
	Back     Millis         `json:"back_ms"`          // until calls could come again, at most; 0: they always could
	Lost     int            `json:"lost"`             // callers who were cut off, or not taken
	Doubled  int            `json:"doubled"`          // facts, calls, offers or talks that are there twice
	Disorder int            `json:"disorder"`         // callers served before another in front of them
	Facts    int            `json:"facts"`            // that were written meanwhile
	Books    []string       `json:"books"`            // what does not add up in the database
	Stall    Millis         `json:"machine_stall_ms"` // the longest that timers of this machine were late
	Notes    []string       `json:"notes,omitempty"`
	Seconds  float64        `json:"seconds"`
	Green    bool           `json:"green"`
	Why      []string       `json:"why,omitempty"` // it is red
}

// Millis is a duration that is written as whole milliseconds.
type Millis time.Duration

// MarshalJSON implements json.Marshaler.
func (m Millis) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(m).Milliseconds()) }

// UnmarshalJSON implements json.Unmarshaler.
func (m *Millis) UnmarshalJSON(b []byte) error {
	var ms int64
	if err := json.Unmarshal(b, &ms); err != nil {
		return err
	}
	*m = Millis(time.Duration(ms) * time.Millisecond)
	return nil
}

func (m Millis) String() string { return fmt.Sprintf("%.2f s", time.Duration(m).Seconds()) }

// Bounds are what a mode promises; beyond them it is red.
type Bounds struct {
	Silence time.Duration // of any caller
	Gap     time.Duration // in a talk; 0: talks may break off
	Lost    bool          // calls are lost, which is the point of the deed
	Order   bool          // callers must be served in their order
}

// judge compares the row with the bounds.
func (r *Row) judge(b Bounds) {
	red := func(format string, args ...any) { r.Why = append(r.Why, fmt.Sprintf(format, args...)) }
	stall := time.Duration(r.Stall)
	if d := time.Duration(r.Silence); b.Silence > 0 && d > b.Silence+stall {
		red("somebody heard nothing for %s; at most %s is promised", r.Silence, Millis(b.Silence))
	}
	if r.Gap != nil && b.Gap > 0 && time.Duration(*r.Gap) > b.Gap+stall {
		red("a talk had a hole of %s; at most %s is promised", *r.Gap, Millis(b.Gap))
	}
	if r.Lost > 0 && !b.Lost {
		red("%d callers were lost", r.Lost)
	}
	if r.Doubled > 0 {
		red("%d things happened twice", r.Doubled)
	}
	if r.Disorder > 0 && b.Order {
		red("%d were served before those in front of them", r.Disorder)
	}
	for _, wrong := range r.Books {
		red("the books: %s", wrong)
	}
	r.Green = len(r.Why) == 0
}
