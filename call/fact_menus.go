package call

import "time"

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
	// SelfServed: the caller has heard a self-service text to its end, or has gone
	// on by keys to a goodbye.
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
		// Elsewhere is in the facts of earlier versions, together with
		// QueueRefused.
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
	// EmergencyHeard: the caller hears what a supervisor has ordered to be heard before
	// everything else.
	EmergencyHeard struct {
		Directive ID `json:"directive"`
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
		Transfer string       `json:"transfer"`
		Notice   NoticePlayed `json:"notice,omitzero"`   // what the person there was told of recording before; zero: nothing
		Consent  string       `json:"consent,omitempty"` // stayed, key, refused; "": has allowed nothing
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

		Broken BrokenPromise `json:"broken_promise,omitzero"`
	}
)

// BrokenPromise is the last time that a caller waited: the caller was told that it would
// take at most so long, waited longer, and nothing has made up for it yet. The zero one
// is none: the promise was kept, none was made, or it has been made up for.
type BrokenPromise struct {
	Visit  string    `json:"visit"`
	Ended  time.Time `json:"ended"`
	High   float64   `json:"high_s"`   // the upper bound that was told first
	Waited float64   `json:"waited_s"` // after being told
}

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
func (EmergencyHeard) Kind() string  { return "ivr.emergency" }
func (GreetingStale) Kind() string   { return "ivr.greeting_stale" }
func (MessageLeft) Kind() string     { return "ivr.message_left" }
func (TransferStarted) Kind() string { return "transfer.started" }
func (TransferJoined) Kind() string  { return "transfer.joined" }
func (TransferOver) Kind() string    { return "transfer.ended" }
func (CallerKnown) Kind() string     { return "caller.known" }

var (
	_ = registerFact(NodeEntered{}, place)
	_ = registerFact(KeyPressed{}, detail)
	_ = registerFact(ZeroPressed{}, detail)
	_ = registerFact(NoInput{}, detail)
	_ = registerFact(NoMatch{}, detail)
	_ = registerFact(SelfServed{}, place)
	_ = registerFact(MenuLeft{}, place)
	_ = registerFact(LanguageChosen{}, place)
	_ = registerFact(InputTaken{}, detail)
	_ = registerFact(LookUpEnded{}, detail)
	_ = registerFact(HoursAsked{}, detail)
	_ = registerFact(EmergencyHeard{}, detail)
	_ = registerFact(GreetingStale{}, detail)
	_ = registerFact(MessageLeft{}, bookend)
	_ = registerFact(TransferStarted{}, place)
	_ = registerFact(TransferJoined{}, place)
	_ = registerFact(TransferOver{}, place)
	_ = registerFact(CallerKnown{}, detail)
)
