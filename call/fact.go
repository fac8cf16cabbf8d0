package call

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// Fact is something that has been decided and will be remembered. Facts are a
// stored format: a kind, once published, keeps its name and the meaning of
// its fields for ever; new fields may be added. Durations are in seconds.
type Fact interface{ Kind() string }

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
		Again   bool   `json:"again,omitempty"`
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

// Facts of the menus, stated by ivr.
type (
	// NodeEntered: the caller is now in this node of the flow.
	NodeEntered struct {
		Node string `json:"node"`
		Flow string `json:"flow"` // version of the flow, a content hash
	}
	// KeyPressed: a key that the menu knows. Zero is ZeroPressed instead.
	KeyPressed struct {
		Node  string `json:"node"`
		Digit string `json:"digit"`
	}
	// ZeroPressed: the caller wants a person.
	ZeroPressed struct {
		Node         string `json:"node"`
		DuringPrompt bool   `json:"during_prompt"`
	}
	// NoInput: the menu was over and no key came.
	NoInput struct {
		Node string `json:"node"`
		Try  int    `json:"try"`
	}
	// NoMatch: a key that the menu does not know.
	NoMatch struct {
		Node  string `json:"node"`
		Digit string `json:"digit"`
		Try   int    `json:"try"`
	}
	// SelfServed: the caller has heard a self-service text to its end.
	SelfServed struct {
		Node string `json:"node"`
	}
	// MenuLeft: the purpose is known; the caller is to wait for a person.
	MenuLeft struct {
		Node   string `json:"node"`
		Queue  string `json:"queue"`
		Reason string `json:"reason"` // chosen, zero, no_input, no_match, unknown_number, again
		Path   string `json:"path,omitempty"`
	}
)

// Facts of the line, stated by callqueue.
type (
	// QueueEntered: the caller waits. A visit begins.
	QueueEntered struct {
		Visit    string    `json:"visit"`
		Queue    string    `json:"queue"`
		As       string    `json:"kind"` // live
		Position int       `json:"position"`
		Key      time.Time `json:"key"`    // the order key: smallest is served first
		Origin   string    `json:"origin"` // menu, or returned after a talk that broke off
		From     string    `json:"from"`
		Name     string    `json:"name,omitempty"`
		To       string    `json:"to"`
		Path     string    `json:"path,omitempty"`
	}
	// OfferStarted: an agent's page rings for this caller.
	OfferStarted struct {
		Visit  string  `json:"visit"`
		Offer  string  `json:"offer"`
		Agent  AgentID `json:"agent"`
		Waited float64 `json:"waited_s"`
	}
	// OfferEnded: the ringing is over.
	OfferEnded struct {
		Visit string  `json:"visit"`
		Offer string  `json:"offer"`
		Agent AgentID `json:"agent"`
		How   string  `json:"how"` // accepted, declined, no_answer, cancelled
		Why   string  `json:"why,omitempty"`
		Rang  float64 `json:"ring_s"`
	}
	// BridgeJoined: caller and agent hear each other.
	BridgeJoined struct {
		Visit string  `json:"visit"`
		Offer string  `json:"offer"`
		Agent AgentID `json:"agent"`
		Leg   string  `json:"leg"`
	}
	// BridgeFailed: the agent had accepted, but the audio could not be joined;
	// the caller waits again, at the same place.
	BridgeFailed struct {
		Visit string  `json:"visit"`
		Offer string  `json:"offer"`
		Agent AgentID `json:"agent"`
		Why   string  `json:"why"`
	}
	// BridgeLeft: they no longer do.
	BridgeLeft struct {
		Visit  string  `json:"visit"`
		Agent  AgentID `json:"agent"`
		Side   Side    `json:"side"` // who ended the talk
		Why    string  `json:"why,omitempty"`
		Talked float64 `json:"talk_s"`
	}
	// QueueLeft: the visit is over, in exactly one way.
	QueueLeft struct {
		Visit   string  `json:"visit"`
		Queue   string  `json:"queue"`
		Outcome Outcome `json:"outcome"`
		Waited  float64 `json:"queue_s"` // from entering to the end, ringing included
		Rang    float64 `json:"ring_s"`  // all offers of the visit added up
		Agent   AgentID `json:"agent,omitempty"`
	}
)

// AgentChanged: an agent's presence or state is now this. Its stream is the
// agent's shift.
type AgentChanged struct {
	Agent    AgentID    `json:"agent"`
	Presence Presence   `json:"presence"`
	Reason   string     `json:"reason,omitempty"`
	State    AgentState `json:"state"`
	Call     ID         `json:"call,omitempty"`
}

// Kind returns the stored name of the fact.
func (CallStarted) Kind() string  { return "call.started" }
func (CallAnswered) Kind() string { return "call.answered" }
func (CallEnded) Kind() string    { return "call.ended" }
func (NodeEntered) Kind() string  { return "ivr.node_entered" }
func (KeyPressed) Kind() string   { return "ivr.input" }
func (ZeroPressed) Kind() string  { return "ivr.zero" }
func (NoInput) Kind() string      { return "ivr.no_input" }
func (NoMatch) Kind() string      { return "ivr.no_match" }
func (SelfServed) Kind() string   { return "ivr.self_served" }
func (MenuLeft) Kind() string     { return "ivr.completed" }
func (QueueEntered) Kind() string { return "queue.entered" }
func (OfferStarted) Kind() string { return "offer.started" }
func (OfferEnded) Kind() string   { return "offer.ended" }
func (BridgeJoined) Kind() string { return "bridge.joined" }
func (BridgeFailed) Kind() string { return "bridge.failed" }
func (BridgeLeft) Kind() string   { return "bridge.left" }
func (QueueLeft) Kind() string    { return "queue.left" }
func (AgentChanged) Kind() string { return "agent.state" }

// kinds maps every stored name back to its type.
var kinds = func() map[string]reflect.Type {
	m := map[string]reflect.Type{}
	for _, f := range []Fact{
		CallStarted{}, CallAnswered{}, CallEnded{},
		NodeEntered{}, KeyPressed{}, ZeroPressed{}, NoInput{}, NoMatch{}, SelfServed{}, MenuLeft{},
		QueueEntered{}, OfferStarted{}, OfferEnded{}, BridgeJoined{}, BridgeFailed{}, BridgeLeft{}, QueueLeft{},
		AgentChanged{},
	} {
		m[f.Kind()] = reflect.TypeOf(f)
	}
	return m
}()

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
	t, ok := kinds[kind]
	if !ok {
		return Unknown{Name: kind, Data: append(json.RawMessage(nil), data...)}, nil
	}
	v := reflect.New(t)
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
