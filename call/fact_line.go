package call

import "time"

// Facts of the line, stated by callqueue.
type (
	// QueueEntered: the caller waits. A visit begins.
	QueueEntered struct {
		Visit    string    `json:"visit"`
		Queue    string    `json:"queue"`
		As       string    `json:"kind"` // live, callback
		Position int       `json:"position"`
		Key      time.Time `json:"key"`    // the order key: smallest is served first
		Origin   string    `json:"origin"` // menu; returned after a talk that broke off, or put back by the agent; transfer: handed over by an agent; overflow; redial; callback; sent_back: asks again after SentBack
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

		By   AgentID `json:"by,omitempty"`        // has handed the caller over, or put the caller back
		Note string  `json:"note,omitempty"`      // what By has written for the next agent
		Nth  int     `json:"handovers,omitempty"` // of this call so far, this one included

		MovedBy string `json:"moved_by,omitempty"` // the supervisor who has moved the caller here
	}
	// QueuePlaced: a supervisor has put the caller at the front of the line, or back to
	// the place of before.
	QueuePlaced struct {
		Visit string    `json:"visit"`
		Queue string    `json:"queue"`
		Key   time.Time `json:"key"` // the order key from now on
		Next  bool      `json:"next"`
		By    string    `json:"by"`
	}
	// QueueRefused: earlier versions stated it when a queue that was full, or had
	// no agents, refused a caller. Today that is a visit that ends at once, and
	// SentBack.
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

		Reason     string      `json:"reason,omitempty"`     // only_one, longest_idle, least_recent, sticky, handed (to this colleague), asked (before, in the talk of another)
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
		Talked float64 `json:"talk_s"` // from joining to the end, all that follows included

		Held    float64 `json:"hold_s,omitempty"`         // of which on hold…
		Holds   int     `json:"holds,omitempty"`          // …so often…
		Longest float64 `json:"longest_hold_s,omitempty"` // …at most so long
		OnHold  bool    `json:"on_hold,omitempty"`        // it ended during a hold
		Gone    float64 `json:"gap_s,omitempty"`          // of which the agent's page was away
	}
	// BridgeHeld: the caller hears music, and nobody hears the caller.
	BridgeHeld struct {
		Visit string  `json:"visit"`
		Agent AgentID `json:"agent"`
	}
	// BridgeResumed: caller and agent hear each other again.
	BridgeResumed struct {
		Visit string  `json:"visit"`
		Agent AgentID `json:"agent"`
		Held  float64 `json:"hold_s"`
	}
	// BridgeGap: the agent's page is gone in the middle of the talk. The caller
	// hears music until it is back, or the talk is over.
	BridgeGap struct {
		Visit string  `json:"visit"`
		Agent AgentID `json:"agent"`
	}
	// BridgeRejoined: the page is back, and the talk goes on; or the caller is on
	// hold, as before the gap.
	BridgeRejoined struct {
		Visit string  `json:"visit"`
		Agent AgentID `json:"agent"`
		Gone  float64 `json:"gap_s"`
	}
	// BridgeKeys: the agent has pressed keys towards the far end. Which, is not told.
	BridgeKeys struct {
		Visit string  `json:"visit"`
		Agent AgentID `json:"agent"`
		Keys  int     `json:"keys"`
	}
	// BridgeStep: the agent has the caller go through the menus, from this node on, and come
	// back: to type what she is not to hear. The caller is on hold for her meanwhile.
	BridgeStep struct {
		Visit string  `json:"visit"`
		Agent AgentID `json:"agent"`
		Node  string  `json:"node"`
		Held  bool    `json:"held,omitempty"` // the caller was on hold before
	}
	// BridgeStepOver: the caller comes back to the agent. Where the talk ends meanwhile,
	// there is none.
	BridgeStepOver struct {
		Visit string  `json:"visit"`
		Agent AgentID `json:"agent"`
		Why   string  `json:"why"` // done: the way was gone to its end; agent: she has taken the caller back; failed; else as in ivr.completed: zero, no_match…
	}
	// BridgeHanded: the agent gives the caller away. The talk ends with it
	// (BridgeLeft, why "handed"), and what becomes of the caller follows: a visit
	// with origin "transfer", or a transfer outside.
	BridgeHanded struct {
		Visit  string  `json:"visit"`
		Agent  AgentID `json:"agent"`
		Queue  string  `json:"queue,omitempty"`
		To     AgentID `json:"to,omitempty"`
		Number string  `json:"number,omitempty"`   // E.164
		Ask    ID      `json:"ask_call,omitempty"` // in which the one who takes the caller was asked before
		Nth    int     `json:"handovers"`          // of this call so far, this one included
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

func (QueueEntered) Kind() string { return "queue.entered" }
func (QueuePlaced) Kind() string  { return "queue.placed" }
func (QueueRefused) Kind() string { return "queue.refused" }
func (OfferStarted) Kind() string { return "offer.started" }
func (OfferEnded) Kind() string   { return "offer.ended" }
func (BridgeJoined) Kind() string { return "bridge.joined" }
func (BridgeFailed) Kind() string { return "bridge.failed" }
func (BridgeLeft) Kind() string   { return "bridge.left" }
func (QueueLeft) Kind() string    { return "queue.left" }

func (BridgeHeld) Kind() string     { return "bridge.held" }
func (BridgeResumed) Kind() string  { return "bridge.resumed" }
func (BridgeGap) Kind() string      { return "bridge.gap" }
func (BridgeRejoined) Kind() string { return "bridge.rejoined" }
func (BridgeKeys) Kind() string     { return "bridge.keys" }
func (BridgeStep) Kind() string     { return "bridge.step" }
func (BridgeStepOver) Kind() string { return "bridge.step_over" }
func (BridgeHanded) Kind() string   { return "bridge.handed" }

var (
	_ = registerFact(QueueEntered{}, bookend)
	_ = registerFact(QueuePlaced{}, place)
	_ = registerFact(QueueRefused{}, place)
	_ = registerFact(OfferStarted{}, place)
	_ = registerFact(OfferEnded{}, place)
	_ = registerFact(BridgeJoined{}, place)
	_ = registerFact(BridgeFailed{}, place)
	_ = registerFact(BridgeLeft{}, place)
	_ = registerFact(QueueLeft{}, bookend)
	_ = registerFact(BridgeHeld{}, place)
	_ = registerFact(BridgeResumed{}, place)
	_ = registerFact(BridgeGap{}, place)
	_ = registerFact(BridgeRejoined{}, place)
	_ = registerFact(BridgeStep{}, place)
	_ = registerFact(BridgeStepOver{}, place)
	_ = registerFact(BridgeKeys{}, detail)
	_ = registerFact(BridgeHanded{}, place)
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
	// PromiseBroken: last time this caller waited longer than we had said. This visit
	// makes up for it, and no other one will.
	PromiseBroken struct {
		Visit  string    `json:"visit"`
		Queue  string    `json:"queue"`
		Was    string    `json:"was"`                // the visit of the promise
		High   float64   `json:"high_s"`             // that was promised at most
		Waited float64   `json:"waited_s"`           // after the promise
		Credit float64   `json:"credit_s,omitempty"` // by how much the key lies before the entry now; 0: it is as it was
		Key    time.Time `json:"key"`                // the order key from now on
		Told   bool      `json:"told"`               // the caller is told so now
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
	// LineAlarm: a caller is overtaken too often or waits far too long, no agent
	// is eligible for a caller, or the trunk refuses calls.
	LineAlarm struct {
		What  string  `json:"what"` // overtaken, beyond_p99, nobody_eligible, trunk
		Queue string  `json:"queue"`
		Visit string  `json:"visit"`
		Value float64 `json:"value"` // times overtaken; seconds waited; trunk: calls refused in a row
	}
	// SentBack: the line cannot keep the caller and hands the call to the
	// menus again, at a node. The visit has ended before. For each reason but
	// max_wait a queue does so once in a call: a caller who asks again waits.
	SentBack struct {
		Visit  string `json:"visit"`
		Queue  string `json:"queue"`
		Node   string `json:"node"`
		Reason string `json:"reason"` // closed, full, nobody, max_wait
	}
)

func (WaitAnnounced) Kind() string { return "ewt.announced" }
func (PromiseBroken) Kind() string { return "promise.broken" }
func (WaitShadow) Kind() string    { return "ewt.shadow" }
func (LineAlarm) Kind() string     { return "queue.alarm" }
func (SentBack) Kind() string      { return "queue.sent_back" }

var (
	_ = registerFact(WaitAnnounced{}, detail)
	_ = registerFact(PromiseBroken{}, place)
	_ = registerFact(WaitShadow{}, detail)
	_ = registerFact(LineAlarm{}, detail)
	_ = registerFact(SentBack{}, place)
)
