package call

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// Fact is something that has been decided and will be remembered. Facts are a
// stored format: a kind, once published, keeps its name and the meaning of
// its fields for ever; new fields may be added. Durations are in seconds. Each
// kind registers itself: see kinds.go.
type Fact interface {
	// Kind returns the stored name.
	Kind() string
}

// Entry is a fact in its place: the seq-th of one call (or shift).
type Entry struct {
	Call ID        // the call, shift or controller run it belongs to
	Day  Day       // UTC day on which that began
	Seq  int       // 1, 2, 3… without a gap within Call
	At   time.Time // when it was decided
	Fact Fact
}

// Facts of a call as a whole, stated by Register.
type (
	// CallStarted: a caller has come to us.
	CallStarted struct {
		Node    string `json:"node"`
		Channel string `json:"channel"`
		To      string `json:"to"`
		From    string `json:"from"`
		Name    string `json:"name,omitempty"`
		ToAs    string `json:"to_written,omitempty"`   // To as the network wrote it, if it did otherwise
		FromAs  string `json:"from_written,omitempty"` // the same for From
		Trunk   string `json:"trunk,omitempty"`        // over which the call has come; "": from a known address
		Again   bool   `json:"again,omitempty"`
		Refused string `json:"refused,omitempty"` // why the caller is not let in; "": is
	}
	// CallAnswered: we have picked up.
	CallAnswered struct{}
	// CallEnded: the call is over; nothing about it follows.
	CallEnded struct {
		Outcome   Outcome `json:"outcome"`
		Side      Side    `json:"side"`
		Cause     int     `json:"cause,omitempty"`
		Text      string  `json:"text,omitempty"`
		Node      string  `json:"node,omitempty"` // the menu where an abandoned_ivr happened
		Estimated bool    `json:"estimated,omitempty"`
	}
)

func (CallStarted) Kind() string  { return "call.started" }
func (CallAnswered) Kind() string { return "call.answered" }
func (CallEnded) Kind() string    { return "call.ended" }

var (
	_ = registerFact(CallStarted{}, opens)
	_ = registerFact(CallAnswered{}, place)
	_ = registerFact(CallEnded{}, closes)
)

// AgentChanged: an agent's presence or state is now this. Its stream is the
// agent's shift.
type AgentChanged struct {
	Agent    AgentID    `json:"agent"`
	Presence Presence   `json:"presence"`
	Reason   string     `json:"reason,omitempty"`
	State    AgentState `json:"state"`
	Call     ID         `json:"call,omitempty"`
	Queue    string     `json:"queue,omitempty"` // of WrapUp: whose call it was
	By       string     `json:"by,omitempty"`    // the supervisor who has set the presence; "": nobody has
}

func (AgentChanged) Kind() string { return "agent.state" }

var _ = registerFact(AgentChanged{}, detail)

// AgentAssigned: an agent who is signed in serves and can do something else
// from now on. Its stream is her shift.
type AgentAssigned struct {
	Agent  AgentID            `json:"agent"`
	Queues []string           `json:"queues,omitempty"` // none: all
	Skills map[string]int     `json:"skills,omitempty"`
	Head   map[string]float64 `json:"head_s,omitempty"` // head start by queue
}

func (AgentAssigned) Kind() string { return "agent.assigned" }

var _ = registerFact(AgentAssigned{}, detail)

// AgentHelp: an agent asks for help, or needs it no more: help is there, or the talk
// is over. Its stream is her shift.
type AgentHelp struct {
	Agent AgentID `json:"agent"`
	Call  ID      `json:"call,omitempty"` // in which it was asked for
	On    bool    `json:"on"`
	Lasts float64 `json:"help_s,omitempty"` // how long it was asked for, when it ends
	By    string  `json:"by,omitempty"`     // the supervisor who has answered
}

func (AgentHelp) Kind() string { return "agent.help" }

var _ = registerFact(AgentHelp{}, detail)

// stored is how an Entry is written down.
type stored struct {
	Call ID              `json:"call"`
	Day  Day             `json:"day"`
	Seq  int             `json:"seq"`
	At   time.Time       `json:"at"`
	Kind string          `json:"kind"`
	Data json.RawMessage `json:"data"`
}

// MarshalJSON writes the entry as one JSON object with the fact's kind and data.
func (e Entry) MarshalJSON() ([]byte, error) {
	data, err := json.Marshal(e.Fact)
	if err != nil {
		return nil, err
	}
	return json.Marshal(stored{e.Call, e.Day, e.Seq, e.At.UTC(), e.Fact.Kind(), data})
}

// UnmarshalJSON reads what MarshalJSON wrote. A kind that this version does
// not know becomes Unknown: yesterday's journal and tomorrow's can both be read.
func (e *Entry) UnmarshalJSON(b []byte) error {
	var s stored
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	f, err := DecodeFact(s.Kind, s.Data)
	if err != nil {
		return err
	}
	*e = Entry{Call: s.Call, Day: s.Day, Seq: s.Seq, At: s.At, Fact: f}
	return nil
}

// DecodeFact reads a fact's data by its stored kind.
func DecodeFact(kind string, data []byte) (Fact, error) {
	k, ok := facts[kind]
	if !ok {
		return Unknown{Name: kind, Data: append(json.RawMessage(nil), data...)}, nil
	}
	v := reflect.New(k.typ)
	if err := json.Unmarshal(data, v.Interface()); err != nil {
		return nil, fmt.Errorf("fact %s: %w", kind, err)
	}
	return v.Elem().Interface().(Fact), nil
}

// Unknown is a fact of another version. It is kept as it is.
type Unknown struct {
	Name string
	Data json.RawMessage
}

// Kind returns the name it was stored under.
func (u Unknown) Kind() string { return u.Name }

// MarshalJSON gives back the data as it was stored.
func (u Unknown) MarshalJSON() ([]byte, error) { return u.Data, nil }
