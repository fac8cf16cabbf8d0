package call

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
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

// AgentChanged: an agent's presence or state is now this. Its stream is the
// agent's shift.
type AgentChanged struct {
	Agent    AgentID    `json:"agent"`
	Presence Presence   `json:"presence"`
	Reason   string     `json:"reason,omitempty"`
	State    AgentState `json:"state"`
	Call     ID         `json:"call,omitempty"`
	Queue    string     `json:"queue,omitempty"` // of WrapUp: whose call it was
}

// AgentAssigned: an agent who is signed in serves and can do something else
// from now on. Its stream is her shift.
type AgentAssigned struct {
	Agent  AgentID            `json:"agent"`
	Queues []string           `json:"queues,omitempty"` // none: all
	Skills map[string]int     `json:"skills,omitempty"`
	Head   map[string]float64 `json:"head_s,omitempty"` // head start by queue
}

// Kind returns the stored name of the fact.
func (CallStarted) Kind() string     { return "call.started" }
func (CallAnswered) Kind() string    { return "call.answered" }
func (CallEnded) Kind() string       { return "call.ended" }
func (NodeEntered) Kind() string     { return "ivr.node_entered" }
func (KeyPressed) Kind() string      { return "ivr.input" }
func (ZeroPressed) Kind() string     { return "ivr.zero" }
func (NoInput) Kind() string         { return "ivr.no_input" }
func (NoMatch) Kind() string         { return "ivr.no_match" }
func (SelfServed) Kind() string      { return "ivr.self_served" }
func (MenuLeft) Kind() string        { return "ivr.completed" }
func (LanguageChosen) Kind() string  { return "ivr.language" }
func (InputTaken) Kind() string      { return "ivr.input_taken" }
func (LookUpEnded) Kind() string     { return "ivr.looked_up" }
func (HoursAsked) Kind() string      { return "ivr.hours" }
func (GreetingStale) Kind() string   { return "ivr.greeting_stale" }
func (MessageLeft) Kind() string     { return "ivr.message_left" }
func (TransferStarted) Kind() string { return "transfer.started" }
func (TransferJoined) Kind() string  { return "transfer.joined" }
func (TransferOver) Kind() string    { return "transfer.ended" }
func (CallerKnown) Kind() string     { return "caller.known" }
func (QueueRefused) Kind() string    { return "queue.refused" }
func (QueueEntered) Kind() string    { return "queue.entered" }
func (OfferStarted) Kind() string    { return "offer.started" }
func (OfferEnded) Kind() string      { return "offer.ended" }
func (BridgeJoined) Kind() string    { return "bridge.joined" }
func (BridgeFailed) Kind() string    { return "bridge.failed" }
func (BridgeLeft) Kind() string      { return "bridge.left" }
func (QueueLeft) Kind() string       { return "queue.left" }
func (AgentChanged) Kind() string    { return "agent.state" }
func (AgentAssigned) Kind() string   { return "agent.assigned" }

func (WaitAnnounced) Kind() string     { return "ewt.announced" }
func (WaitShadow) Kind() string        { return "ewt.shadow" }
func (LineAlarm) Kind() string         { return "queue.alarm" }
func (SentBack) Kind() string          { return "queue.sent_back" }
func (CallbackOffered) Kind() string   { return "callback.offered" }
func (CallbackRefused) Kind() string   { return "callback.refused" }
func (CallbackAccepted) Kind() string  { return "callback.accepted" }
func (CallbackBooked) Kind() string    { return "callback.booked" }
func (CallbackParked) Kind() string    { return "callback.parked" }
func (CallbackDue) Kind() string       { return "callback.due" }
func (TrunkUsed) Kind() string         { return "trunk.used" }
func (CallbackDialed) Kind() string    { return "callback.dialed" }
func (CallbackReached) Kind() string   { return "callback.reached" }
func (CallbackConfirmed) Kind() string { return "callback.confirmed" }
func (CallbackTried) Kind() string     { return "callback.tried" }
func (CallbackEnded) Kind() string     { return "callback.ended" }

func (OutgoingDialed) Kind() string   { return "outgoing.dialed" }
func (OutgoingAnswered) Kind() string { return "outgoing.answered" }
func (OutgoingJoined) Kind() string   { return "outgoing.joined" }
func (OutgoingEnded) Kind() string    { return "outgoing.ended" }

// closes reports whether nothing about the call or callback can follow f.
func closes(f Fact) bool {
	switch f.(type) {
	case CallEnded, CallbackEnded, OutgoingEnded:
		return true
	}
	return false
}

// Bookend reports whether facts of this kind open or close a book: that of a
// call in or out, a visit, a callback, a message. Without them calls and rows would not
// balance.
func Bookend(kind string) bool {
	switch kind {
	case "call.started", "call.ended", "queue.entered", "queue.left", "ivr.message_left":
		return true
	}
	return strings.HasPrefix(kind, "callback.") || strings.HasPrefix(kind, "outgoing.") // few, and each a promise or a call
}

// Essential reports whether facts of this kind are bookends, or tell where a
// caller stands: without them a restart would lead somebody who waits or talks
// back into the menus. The others tell what happened in between; a full disk
// does without them.
func Essential(kind string) bool {
	switch kind {
	case "call.answered", "ivr.node_entered", "ivr.completed", "ivr.self_served", "ivr.language",
		"queue.refused", "queue.sent_back", "offer.started", "offer.ended":
		return true
	}
	return strings.HasPrefix(kind, "bridge.") || strings.HasPrefix(kind, "transfer.") || Bookend(kind)
}

// kinds maps every stored name back to its type.
var kinds = func() map[string]reflect.Type {
	m := map[string]reflect.Type{}
	for _, f := range []Fact{
		CallStarted{}, CallAnswered{}, CallEnded{},
		NodeEntered{}, KeyPressed{}, ZeroPressed{}, NoInput{}, NoMatch{}, SelfServed{}, MenuLeft{},
		LanguageChosen{}, InputTaken{}, LookUpEnded{}, HoursAsked{}, GreetingStale{}, MessageLeft{},
		TransferStarted{}, TransferJoined{}, TransferOver{}, CallerKnown{},
		QueueRefused{}, QueueEntered{}, OfferStarted{}, OfferEnded{}, BridgeJoined{}, BridgeFailed{}, BridgeLeft{}, QueueLeft{},
		AgentChanged{}, AgentAssigned{},
		WaitAnnounced{}, WaitShadow{}, LineAlarm{}, SentBack{},
		CallbackOffered{}, CallbackRefused{}, CallbackAccepted{}, CallbackBooked{}, CallbackParked{}, CallbackDue{},
		CallbackDialed{}, CallbackReached{}, CallbackConfirmed{}, CallbackTried{}, CallbackEnded{}, TrunkUsed{},
		OutgoingDialed{}, OutgoingAnswered{}, OutgoingJoined{}, OutgoingEnded{},
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
