package call

// Facts of a call that an agent makes herself, stated by callqueue. It has a
// stream of its own, is in no queue, and counts as no caller.
type (
	// OutgoingDialed: the number is being called for the agent.
	OutgoingDialed struct {
		Agent  AgentID `json:"agent"`
		Number string  `json:"number"` // E.164
		Dial   string  `json:"dial"`
	}
	// OutgoingAnswered: it was taken there.
	OutgoingAnswered struct {
		Agent AgentID `json:"agent"`
	}
	// OutgoingJoined: the two hear each other.
	OutgoingJoined struct {
		Agent AgentID `json:"agent"`
		Leg   string  `json:"leg"`
	}
	// OutgoingEnded: the call is over; nothing about it follows.
	OutgoingEnded struct {
		Agent  AgentID `json:"agent"`
		How    string  `json:"how"` // talked, busy, no_answer, declined, invalid, trunk, failed, given_up, cancelled (by a page or a program that went away), abandoned (taken, and put down before the two were joined)
		Side   Side    `json:"side,omitempty"`
		Why    string  `json:"why,omitempty"`
		Talked float64 `json:"talk_s,omitempty"`

		Held    float64 `json:"hold_s,omitempty"` // as in BridgeLeft
		Holds   int     `json:"holds,omitempty"`
		Longest float64 `json:"longest_hold_s,omitempty"`
		OnHold  bool    `json:"on_hold,omitempty"`
		Gone    float64 `json:"gap_s,omitempty"`
	}
)

func (OutgoingDialed) Kind() string   { return "outgoing.dialed" }
func (OutgoingAnswered) Kind() string { return "outgoing.answered" }
func (OutgoingJoined) Kind() string   { return "outgoing.joined" }
func (OutgoingEnded) Kind() string    { return "outgoing.ended" }

var (
	_ = registerFact(OutgoingDialed{}, opens)
	_ = registerFact(OutgoingAnswered{}, bookend)
	_ = registerFact(OutgoingJoined{}, bookend)
	_ = registerFact(OutgoingEnded{}, closes)
)
