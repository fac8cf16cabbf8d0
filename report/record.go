package report

import (
	"encoding/json"
	"time"
)

// Caller is the notes on the person who calls from a number. A number is a claim,
// so all of this is a hint and no proof.
type Caller struct {
	Key           string     `db:"caller_key" json:"key"` // keyed hash of the number
	Number        string     `db:"number" json:"number"`
	Name          string     `db:"name" json:"name"`         // as people here wrote it, else as claimed
	Language      string     `db:"language" json:"language"` // chosen by key or written here, the later of the two
	VIP           bool       `db:"vip" json:"vip"`
	Note          string     `db:"note" json:"note"`
	LastAgent     string     `db:"last_agent" json:"last_agent"`     // "": has never talked with one
	LastCallAt    *time.Time `db:"last_call_at" json:"last_call_at"` // when the last call ended
	LastOutcome   string     `db:"last_outcome" json:"last_outcome"`
	Callback      bool       `db:"callback" json:"callback"` // has an open one
	CallbackVisit string     `db:"callback_visit" json:"-"`  // of the open callback; "": there is none
	UpdatedAt     time.Time  `db:"updated_at" json:"updated_at"`

	Broken *BrokenPromise `db:"-" json:"-"` // nil: none; only where the caller is recognised
}

// CallerEdit is a change of the notes on a caller.
type CallerEdit struct {
	Name     string `json:"name"`     // "": as claimed
	Language string `json:"language"` // "": as chosen by key
	VIP      bool   `json:"vip"`
	Note     string `json:"note"`
}

// Message is the recording of a caller in a mailbox, or a complaint that an agent
// has taken down, and how it was answered. It is open until a user takes it, and done
// when the caller has an answer.
type Message struct {
	ID      string     `db:"message_id" json:"id"` // of the recording
	Kind    string     `db:"kind" json:"kind"`     // voice, complaint
	Call    string     `db:"call_id" json:"call"`
	Queue   string     `db:"queue" json:"queue"` // whose people answer
	Node    string     `db:"node" json:"node"`   // the mailbox
	Number  string     `db:"number" json:"number"`
	Key     string     `db:"caller_key" json:"-"`        // of the caller; "": withheld
	Name    string     `db:"name" json:"name,omitempty"` // of the caller, as known today
	VIP     bool       `db:"vip" json:"vip"`             // as known today
	LeftAt  time.Time  `db:"left_at" json:"left_at"`
	DueAt   time.Time  `db:"due_at" json:"due_at"`
	Length  float64    `db:"seconds" json:"length_s"`
	State   string     `db:"state" json:"state"` // open, taken, done
	TakenBy string     `db:"taken_by" json:"taken_by,omitempty"`
	TakenAt *time.Time `db:"taken_at" json:"-"`
	DoneBy  string     `db:"done_by" json:"done_by,omitempty"`
	DoneAt  *time.Time `db:"done_at" json:"done_at,omitempty"`
	How     string     `db:"how" json:"how,omitempty"`     // called_back, no_answer, written, nothing_to_do, spam
	Overdue bool       `db:"overdue" json:"overdue"`       // when it was done, or now
	AgeS    float64    `db:"age_s" json:"age_s"`           // until it was done, or until now
	Held    string     `db:"-" json:"held,omitempty"`      // why the recording is kept beyond its time; "": it is not
	Agent   string     `db:"agent" json:"agent,omitempty"` // of a complaint: who took it down…
	Text    string     `db:"text" json:"text,omitempty"`   // …and what was written
}

// Act is a row of the audit: an act of a user.
type Act struct {
	ID     int64           `db:"id" json:"id"` // a later one is greater
	At     time.Time       `db:"at" json:"at"`
	Who    string          `db:"who" json:"who"`
	What   string          `db:"what" json:"what"` // user.create, flow.publish…
	Detail json.RawMessage `db:"detail" json:"detail"`
}

// ActFilter says which acts are meant.
type ActFilter struct {
	Before int64  // only those of a smaller id; 0: all
	Who    string // "": anybody
	What   string // an act, or its first word as user; "": anything
	Limit  int    // 1 to 1000
}

// FlowVersion is a flow that began to be served.
type FlowVersion struct {
	Version     string    `db:"version" json:"version"` // hash of its content
	PublishedAt time.Time `db:"published_at" json:"published_at"`
	PublishedBy string    `db:"published_by" json:"published_by"`
}
