package call

import "time"

// Facts of callbacks, stated by callqueue. Offered, accepted and refused
// belong to the caller's call; the others to the callback, which has a book of
// its own (see CallbackID), opened by booked and closed by ended.
type (
	// CallbackOffered: the caller was told that 1 keeps the place.
	CallbackOffered struct {
		Visit string `json:"visit"`
		Why   string `json:"why"` // waited, long, no_estimate, grown, asked; peak (ordered by a supervisor); nobody, full, closed, max_wait; on_hold: in a talk
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
		Source  string    `json:"source"` // claimed, typed; message, lost, agent: ordered by a user
		Name    string    `json:"name,omitempty"`
		To      string    `json:"to"`
		Path    string    `json:"path,omitempty"`
		Skill   string    `json:"skill,omitempty"`
		Level   int       `json:"level,omitempty"`

		Language string `json:"language,omitempty"` // that the person hears

		Agent AgentID `json:"agent,omitempty"` // has booked it, and is asked first when it is due
	}
	// CallbackParked: it cannot be done now and steps out of the line until
	// then, keeping its key.
	CallbackParked struct {
		Visit string    `json:"visit"`
		Until time.Time `json:"until"`
		Why   string    `json:"why"` // scheduled, on_phone (until the caller has put it down), caller_here, quiet_hours, closed, retry, limit, trunk
		// By is the call in which the person has rung in meanwhile: while it
		// lasts, and is not answered, the callback waits.
		By ID `json:"by,omitempty"`
	}
	// CallbackDue: it is in line again.
	CallbackDue struct {
		Visit   string  `json:"visit"`
		Sticky  AgentID `json:"sticky,omitempty"`    // is waited for…
		Reserve float64 `json:"reserve_s,omitempty"` // …so long
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

		Unsure bool `json:"unsure,omitempty"` // the person may be a machine
	}
	// CallbackConfirmed: called before an agent was free, the customer has
	// pressed 1 and waits on the phone, at the head of the line.
	CallbackConfirmed struct {
		Visit string `json:"visit"`
		Dial  string `json:"dial"`
	}
	// CallbackTried: the attempt came to nothing. Counts tells whether it is
	// one of the three: whether a phone rang.
	CallbackTried struct {
		Visit  string `json:"visit"`
		Dial   string `json:"dial"`
		How    string `json:"how"` // busy, no_answer, machine, declined, invalid, trunk (the carrier did not carry it), blocked, cancelled, abandoned, given_up, postponed (by the person), failed (by us)
		Why    string `json:"why,omitempty"`
		Counts bool   `json:"counts"`
	}
	// TrunkUsed: how one trunk has dealt with a call that we made: a callback, a
	// transfer, an agent's own.
	TrunkUsed struct {
		Dial  string `json:"dial"`
		Trunk string `json:"trunk"`
		Shown string `json:"shown,omitempty"` // the number of ours that was shown
		How   string `json:"how"`             // answered, busy, no_answer, declined, invalid, trunk (it did not carry the call), failed
		SIP   int    `json:"sip,omitempty"`   // its final answer
	}
	// CallbackEnded: the callback is over; nothing about it follows.
	CallbackEnded struct {
		How      string `json:"how"`          // completed, exhausted, expired, cancelled, superseded
		By       string `json:"by,omitempty"` // who cancelled; the call that superseded
		Attempts int    `json:"attempts"`     // how often it was dialled
	}
)

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
func (TrunkUsed) Kind() string         { return "trunk.used" }
func (CallbackEnded) Kind() string     { return "callback.ended" }

var (
	_ = registerFact(CallbackOffered{}, bookend)
	_ = registerFact(CallbackRefused{}, bookend)
	_ = registerFact(CallbackAccepted{}, bookend)
	_ = registerFact(CallbackBooked{}, opens)
	_ = registerFact(CallbackParked{}, bookend)
	_ = registerFact(CallbackDue{}, bookend)
	_ = registerFact(CallbackDialed{}, bookend)
	_ = registerFact(CallbackReached{}, bookend)
	_ = registerFact(CallbackConfirmed{}, bookend)
	_ = registerFact(CallbackTried{}, bookend)
	_ = registerFact(TrunkUsed{}, detail)
	_ = registerFact(CallbackEnded{}, closes)
)
