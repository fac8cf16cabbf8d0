package call

// Facts of a call that an agent makes herself, stated by callqueue. It has a
// stream of its own, is in no queue, and counts as no caller. In each, For is the
// call of the caller about whom the agent asks somebody in it; "": it is about no
// talk that goes on.
type (
	// OutgoingDialed: the number is being called for the agent.
	OutgoingDialed struct {
		Agent  AgentID `json:"agent"`
		Number string  `json:"number,omitempty"` // E.164; "": a colleague is asked
		Dial   string  `json:"dial"`
		For    ID      `json:"for_call,omitempty"`
		To     AgentID `json:"to,omitempty"` // the colleague who is asked
	}
	// OutgoingAnswered: it was taken there.
	OutgoingAnswered struct {
		Agent AgentID `json:"agent"`
		For   ID      `json:"for_call,omitempty"`
	}
	// OutgoingJoined: the two hear each other.
	OutgoingJoined struct {
		Agent AgentID `json:"agent"`
		Leg   string  `json:"leg"`
		For   ID      `json:"for_call,omitempty"`
	}
	// OutgoingTurned: the agent talks with the caller, with the consulted party (as from
	// OutgoingJoined on), or with both.
	OutgoingTurned struct {
		Agent AgentID `json:"agent"`
		With  With    `json:"with"`
		For   ID      `json:"for_call"`
	}
	// OutgoingEnded: the call is over; nothing about it follows.
	OutgoingEnded struct {
		Agent  AgentID `json:"agent"`
		How    string  `json:"how"` // talked, busy, no_answer, declined, invalid, trunk, failed, given_up, cancelled (by a page or a program that went away, or the caller's end), abandoned (taken, and put down before the two were joined), handed (has taken the caller over)
		Side   Side    `json:"side,omitempty"`
		Why    string  `json:"why,omitempty"`
		Talked float64 `json:"talk_s,omitempty"`

		Held    float64 `json:"hold_s,omitempty"` // as in BridgeLeft
		Holds   int     `json:"holds,omitempty"`
		Longest float64 `json:"longest_hold_s,omitempty"`
		OnHold  bool    `json:"on_hold,omitempty"`
		Gone    float64 `json:"gap_s,omitempty"`

		For ID      `json:"for_call,omitempty"`
		To  AgentID `json:"to,omitempty"`
		All float64 `json:"all_s,omitempty"` // of Talked, with the caller in it
	}
)

func (OutgoingDialed) Kind() string   { return "outgoing.dialed" }
func (OutgoingAnswered) Kind() string { return "outgoing.answered" }
func (OutgoingJoined) Kind() string   { return "outgoing.joined" }
func (OutgoingTurned) Kind() string   { return "outgoing.turned" }
func (OutgoingEnded) Kind() string    { return "outgoing.ended" }

var (
	_ = registerFact(OutgoingDialed{}, opens)
	_ = registerFact(OutgoingAnswered{}, bookend)
	_ = registerFact(OutgoingJoined{}, bookend)
	_ = registerFact(OutgoingTurned{}, place)
	_ = registerFact(OutgoingEnded{}, closes)
)
