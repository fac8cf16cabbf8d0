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
	// NoMatch: a key that the menu does not know, or typing that an input
	// step cannot use. Of that only the count is told: Digit is empty.
	NoMatch struct {
		Node  string `json:"node"`
		Digit string `json:"digit"`
		Try   int    `json:"try"`
		Count int    `json:"count,omitempty"`
	}
	// SelfServed: the caller has heard a self-service text to its end.
	SelfServed struct {
		Node string `json:"node"`
	}
	// MenuLeft: the purpose is known; the caller is to wait for a person.
	MenuLeft struct {
		Node  string `json:"node"`
		Queue string `json:"queue"`
		// chosen, complaint, callback, zero, no_input, no_match,
		// unknown_number, again, prompt_failed, record_failed, or the flow's own
		Reason string `json:"reason"`
		Path   string `json:"path,omitempty"`

		Skill    string  `json:"skill,omitempty"`    // what the agent must be able to do
		Level    int     `json:"level,omitempty"`    // how well, at least
		Priority string  `json:"priority,omitempty"` // vip, complaint, retry: a credit in line
		Agent    AgentID `json:"agent,omitempty"`    // who served the caller last, where that may count
		Callback bool    `json:"callback,omitempty"` // would rather be called back than wait
		// Elsewhere lists, with blanks between, the reasons (full, nobody)
		// for which the flow has another way for this caller. Only for these
		// may the line answer with QueueRefused; else the caller waits.
		Elsewhere string `json:"elsewhere,omitempty"`
	}
	// LanguageChosen: from now on the caller hears this language.
	LanguageChosen struct {
		Node     string `json:"node,omitempty"`
		Language string `json:"language"`
		By       string `json:"by"` // key, number (the one dialled), remembered
	}
	// InputTaken: an input step has what it asked for. What was typed is
	// kept nowhere; only its length is told.
	InputTaken struct {
		Node  string `json:"node"`
		Count int    `json:"count"`
	}
	// LookUpEnded: the service has answered, or has not.
	LookUpEnded struct {
		Node   string  `json:"node"`
		How    string  `json:"how"`              // answered, withheld, timeout, failed
		Branch string  `json:"branch,omitempty"` // the flow's word for the answer
		Took   float64 `json:"took_s"`
	}
	// HoursAsked: the opening hours decided where the caller goes.
	HoursAsked struct {
		Node   string `json:"node"`
		Answer string `json:"answer"` // open, closed, holiday
	}
	// GreetingStale: the greeting of the day was not of this day, so a
	// neutral one was said. Somebody should record a new one.
	GreetingStale struct {
		Node   string `json:"node"`
		Prompt string `json:"prompt"`
	}
	// MessageLeft: the caller's words are kept, and somebody owes an answer.
	MessageLeft struct {
		Node    string    `json:"node"`
		Record  string    `json:"record"`
		Seconds float64   `json:"seconds"`
		Owner   string    `json:"owner"` // the queue whose people answer
		Due     time.Time `json:"due"`
	}
	// TransferStarted: a number outside is being dialled for the caller.
	TransferStarted struct {
		Node     string `json:"node"`
		Transfer string `json:"transfer"`
		Number   string `json:"number"`
	}
	// TransferJoined: the caller talks with that number.
	TransferJoined struct {
		Transfer string `json:"transfer"`
	}
	// TransferOver: nobody answered there, or that talk is over.
	TransferOver struct {
		Transfer string  `json:"transfer"`
		Why      string  `json:"why"`
		Talked   float64 `json:"talk_s"`
	}
	// CallerKnown: the number is that of somebody we know; a hint.
	CallerKnown struct {
		Name        string  `json:"name,omitempty"`
		Language    string  `json:"language,omitempty"`
		VIP         bool    `json:"vip,omitempty"`
		LastAgent   AgentID `json:"last_agent,omitempty"`
		Callback    string  `json:"callback,omitempty"`
		LastOutcome Outcome `json:"last_outcome,omitempty"`
	}
)

// Facts of the line, stated by callqueue.
type (
	// QueueEntered: the caller waits. A visit begins.
	QueueEntered struct {
		Visit    string    `json:"visit"`
		Queue    string    `json:"queue"`
		As       string    `json:"kind"` // live, callback
		Position int       `json:"position"`
		Key      time.Time `json:"key"`    // the order key: smallest is served first
		Origin   string    `json:"origin"` // menu; returned after a talk that broke off; overflow; redial; callback
		From     string    `json:"from"`
		Name     string    `json:"name,omitempty"`
		To       string    `json:"to"`
		Path     string    `json:"path,omitempty"`

		First     time.Time `json:"first,omitzero"`       // when the caller first entered a line, if another
		Credit    float64   `json:"credit_s,omitempty"`   // by how much the key lies before the entry…
		CreditFor string    `json:"credit_for,omitempty"` // …and why
		Skill     string    `json:"skill,omitempty"`
		Level     int       `json:"level,omitempty"`
		Sticky    AgentID   `json:"sticky,omitempty"`    // served the caller last, and is waited for…
		Reserve   float64   `json:"reserve_s,omitempty"` // …so long
	}
	// QueueRefused: the line cannot take the caller just now, and the flow
	// has another way (see MenuLeft.Elsewhere). No visit begins; ivr goes on.
	QueueRefused struct {
		Queue string `json:"queue"`
		Why   string `json:"why"` // full, nobody
	}
	// OfferStarted: an agent's page rings for this caller. The rest is the
	// routing trace: why she, and who else was looked at.
	OfferStarted struct {
		Visit  string  `json:"visit"`
		Offer  string  `json:"offer"`
		Agent  AgentID `json:"agent"`
		Waited float64 `json:"waited_s"`

		Reason     string      `json:"reason,omitempty"`     // only_one, longest_idle, least_recent, sticky
		Candidates []Candidate `json:"candidates,omitempty"` // who could have been asked, she first; at most 8
		Passed     []Passed    `json:"passed,omitempty"`     // who serves the queue and could not; at most 8
		PassedMore int         `json:"passed_more,omitempty"`
		Over       int         `json:"over,omitempty"` // callers with a smaller key who go on waiting
		OverWhy    string      `json:"over_why,omitempty"`
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

// Candidate is an agent who could have been offered the caller.
type Candidate struct {
	Agent AgentID `json:"agent"`
	Idle  float64 `json:"idle_s"` // since the end of her last work
}

// Passed is an agent of the queue who could not be offered the caller.
type Passed struct {
	Agent AgentID `json:"agent"`
	Why   string  `json:"why"` // talking, ringing, wrap_up, away, no_audio, skill, tried
}

// Facts about what a waiting caller is told, and about the line as a whole,
// stated by callqueue.
type (
	// WaitAnnounced: the caller was told a range. High 0: no upper bound.
	WaitAnnounced struct {
		Visit  string  `json:"visit"`
		Queue  string  `json:"queue"`
		Low    float64 `json:"low_s"`
		High   float64 `json:"high_s"`
		P50    float64 `json:"p50_s"`
		P90    float64 `json:"p90_s"`
		Ahead  int     `json:"ahead"`
		Model  string  `json:"model"`
		Phrase string  `json:"phrase"`          // the prompt
		Grown  bool    `json:"grown,omitempty"` // more than was said before, and said so
	}
	// WaitShadow: what each model expected when the caller began to wait;
	// nobody was told. A model without ground says 0.
	WaitShadow struct {
		Visit    string  `json:"visit"`
		Queue    string  `json:"queue"`
		Ahead    int     `json:"ahead"`
		QLm      float64 `json:"qlm_s"` // mean
		P50      float64 `json:"p50_s"`
		P80      float64 `json:"p80_s"`
		P90      float64 `json:"p90_s"`
		LES      float64 `json:"les_s"`
		AvgC     float64 `json:"avgc_les_s"`
		Asterisk float64 `json:"asterisk_s"` // app_queue's holdtime
		Agents   float64 `json:"agents"`
		Handle   float64 `json:"handle_s"`
		Patience float64 `json:"patience_s"`
		Scale    float64 `json:"calibration"`
	}
	// LineAlarm: somebody waits in a way that should not be.
	LineAlarm struct {
		What  string  `json:"what"` // overtaken, beyond_p99, nobody_eligible
		Queue string  `json:"queue"`
		Visit string  `json:"visit"`
		Value float64 `json:"value"` // times overtaken; seconds waited
	}
	// SentBack: the line cannot keep the caller and hands the call to the
	// menus again, at a node. The visit has ended before.
	SentBack struct {
		Visit  string `json:"visit"`
		Queue  string `json:"queue"`
		Node   string `json:"node"`
		Reason string `json:"reason"` // closed, full, nobody, max_wait
	}
)

// Facts of callbacks, stated by callqueue. Offered, accepted and refused
// belong to the caller's call; the others to the callback, which has a book of
// its own (see CallbackID), opened by booked and closed by ended.
type (
	// CallbackOffered: the caller was told that 1 keeps the place.
	CallbackOffered struct {
		Visit string `json:"visit"`
		Why   string `json:"why"` // waited, long, no_estimate, grown, asked; nobody, full, closed, max_wait
	}
	// CallbackRefused: the caller gave a number that may not be called.
	CallbackRefused struct {
		Visit string `json:"visit"`
		Why   string `json:"why"`
	}
	// CallbackAccepted: the caller has confirmed the number with 1.
	CallbackAccepted struct {
		Visit    string  `json:"visit"`
		Callback ID      `json:"callback"`
		Source   string  `json:"source"`           // claimed: the number they called from; typed
		Merged   bool    `json:"merged,omitempty"` // there was one already; it stays the only one
		Low      float64 `json:"low_s"`            // the window promised, from now
		High     float64 `json:"high_s"`
	}
	// CallbackBooked: a person waits to be called. Nothing about it is lost
	// by a restart.
	CallbackBooked struct {
		From    ID        `json:"from_call"`
		Queue   string    `json:"queue"`
		Number  string    `json:"number"` // E.164
		Key     time.Time `json:"key"`    // the place kept
		Entered time.Time `json:"entered"`
		Begin   time.Time `json:"begin"` // the window promised
		Until   time.Time `json:"until"`
		Due     time.Time `json:"due"` // not before
		Expires time.Time `json:"expires"`
		Source  string    `json:"source"`
		Name    string    `json:"name,omitempty"`
		To      string    `json:"to"`
		Path    string    `json:"path,omitempty"`
		Skill   string    `json:"skill,omitempty"`
		Level   int       `json:"level,omitempty"`

		Language string `json:"language,omitempty"` // that the person hears
	}
	// CallbackParked: it cannot be done now and steps out of the line until
	// then, keeping its key.
	CallbackParked struct {
		Visit string    `json:"visit"`
		Until time.Time `json:"until"`
		Why   string    `json:"why"` // scheduled, on_phone (until the caller has put it down), quiet_hours, closed, retry, limit
	}
	// CallbackDue: it is in line again.
	CallbackDue struct {
		Visit string `json:"visit"`
	}
	// CallbackDialed: an attempt begins. Agent is empty when the customer is
	// called first.
	CallbackDialed struct {
		Visit   string  `json:"visit"`
		Dial    string  `json:"dial"`
		Attempt int     `json:"attempt"`
		Agent   AgentID `json:"agent,omitempty"`
	}
	// CallbackReached: somebody has taken the call.
	CallbackReached struct {
		Visit string `json:"visit"`
		Dial  string `json:"dial"`
		By    string `json:"by"` // person, machine
	}
	// CallbackConfirmed: called before an agent was free, the customer has
	// pressed 1 and waits on the phone, at the head of the line.
	CallbackConfirmed struct {
		Visit string `json:"visit"`
		Dial  string `json:"dial"`
	}
	// CallbackTried: the attempt came to nothing. Counts tells whether it is
	// one of the three.
	CallbackTried struct {
		Visit  string `json:"visit"`
		Dial   string `json:"dial"`
		How    string `json:"how"` // busy, no_answer, machine, declined, invalid, blocked, cancelled, abandoned, failed
		Why    string `json:"why,omitempty"`
		Counts bool   `json:"counts"`
	}
	// CallbackEnded: the callback is over; nothing about it follows.
	CallbackEnded struct {
		How      string `json:"how"`          // completed, exhausted, expired, cancelled, superseded
		By       string `json:"by,omitempty"` // who cancelled; the call that superseded
		Attempts int    `json:"attempts"`     // how often it was dialled
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
func (CallbackDialed) Kind() string    { return "callback.dialed" }
func (CallbackReached) Kind() string   { return "callback.reached" }
func (CallbackConfirmed) Kind() string { return "callback.confirmed" }
func (CallbackTried) Kind() string     { return "callback.tried" }
func (CallbackEnded) Kind() string     { return "callback.ended" }

// closes reports whether nothing about the call or callback can follow f.
func closes(f Fact) bool {
	switch f.(type) {
	case CallEnded, CallbackEnded:
		return true
	}
	return false
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
		AgentChanged{},
		WaitAnnounced{}, WaitShadow{}, LineAlarm{}, SentBack{},
		CallbackOffered{}, CallbackRefused{}, CallbackAccepted{}, CallbackBooked{}, CallbackParked{}, CallbackDue{},
		CallbackDialed{}, CallbackReached{}, CallbackConfirmed{}, CallbackTried{}, CallbackEnded{},
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
