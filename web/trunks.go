package web

import (
	"context"
	"time"
)

// Trunks is what the page of trunks shows and does. All of its methods may be
// called by many goroutines.
type Trunks interface {
	// Trunks are the carriers and telephone systems as they are now. It waits for
	// nothing.
	Trunks() TrunkPage
	// ReloadTrunks takes the file of trunks again. What is wrong with it is a
	// Refused with a sentence for the page; nothing has changed then.
	ReloadTrunks(ctx context.Context, by string) error
	// TestCall calls a number over the trunks, as a callback would be, and hangs
	// up a moment after somebody answers. by is who asked. It waits for the end, at
	// most 45 s. A number that must not be called is a Refused with a sentence.
	TestCall(ctx context.Context, number, by string) (TestCall, error)
}

// TrunkPage is all that the page of trunks shows.
type TrunkPage struct {
	File    string    `json:"file"`    // that says which trunks there are; "": PRESSZERO_TRUNK does, or there are none
	Trouble string    `json:"trouble"` // why the file is not in force, with file:line; "": it is
	Trunks  []Trunk   `json:"trunks"`
	Unnamed []Unnamed `json:"unnamed"` // numbers that callers dialled and no flow names, the latest first
}

// Trunk is one carrier or telephone system.
type Trunk struct {
	Name      string   `json:"name"`
	Server    string   `json:"server"`  // "": calls come in only
	SignIn    string   `json:"sign_in"` // register, digest, address
	Transport string   `json:"transport"`
	Media     string   `json:"media"`   // plain, prefer, encrypt
	Numbers   []string `json:"numbers"` // ours there, as +4930555 or +49305550-+49305559

	// State is good; bad: there is a trouble; or unknown: it is not registered
	// with, nor asked whether it is there, and has carried no call yet.
	State        string  `json:"state"`
	Registration string  `json:"registration"` // Registered, Rejected, Unregistered, expired…; "": it is not registered with
	Reach        string  `json:"reach"`        // reachable, unreachable; "": it is not asked
	RoundTripMS  float64 `json:"round_trip_ms"`

	Up       int            `json:"up"`       // calls now, both ways
	Channels int            `json:"channels"` // that the contract allows; 0: no limit
	Answers  map[string]int `json:"answers"`  // to our calls in the last 15 minutes: answered, busy, no_answer, declined, invalid, trunk, failed
	LastIn   *time.Time     `json:"last_in"`  // the last call that came in; nil: none since the start
	LastOut  *time.Time     `json:"last_out"` // the last call of ours that was carried; nil: none since the start
	Skipped  bool           `json:"skipped"`  // passed over for half a minute, since it has failed
	Trouble  []string       `json:"trouble"`  // sentences: what is wrong, and what to do
}

// Unnamed is a number that callers dialled and no flow names.
type Unnamed struct {
	Number string    `json:"number"`
	Calls  int       `json:"calls"`
	Last   time.Time `json:"last"`
}

// TestCall is what came of a test call.
type TestCall struct {
	How     string  `json:"how"`   // answered, busy, no_answer, declined, invalid, trunk, failed
	Trunk   string  `json:"trunk"` // that carried it, or was asked last; "": none could be asked
	Shown   string  `json:"shown"` // the number of ours that was shown; "": none
	SIP     int     `json:"sip"`   // the final answer; 0: none
	Seconds float64 `json:"seconds"`
	Text    string  `json:"text"` // one sentence: what happened, and what to do
}
