package call

import "time"

// Events of what an agent writes beside a talk, told by the pages. Each names the
// call that the agent has, or has just had.
type (
	// Disposed: the agent says what the talk was about. Who says it again within
	// a while corrects it.
	Disposed struct {
		Agent AgentID
		Call  ID
		Visit string // of the talk; Queue is its
		Queue string
		Code  string // one of the queue's codes; "": none
		Note  int    // characters of the note, which no fact has
	}

	// Complained: the caller complains, and the agent has taken it down.
	Complained struct {
		Agent     AgentID
		Call      ID
		Visit     string
		Queue     string
		Complaint string // its id, chosen by the sender; its text is kept elsewhere
		Note      int    // characters of the text
		From      string // the caller's number as claimed
	}

	// MoreTime: the agent needs longer for the after-call work.
	MoreTime struct{ Agent AgentID }
)

func (e Disposed) about() (ID, AgentID)   { return e.Call, e.Agent }
func (e Complained) about() (ID, AgentID) { return e.Call, e.Agent }
func (e MoreTime) about() (ID, AgentID)   { return "", e.Agent }

var (
	_ = registerEvent(Disposed{})
	_ = registerEvent(Complained{})
	_ = registerEvent(MoreTime{})
)

// NoneGiven is the code of a talk for which a code was required and none came.
const NoneGiven = "none_given"

// Facts of what an agent writes beside a talk, stated by callqueue. They are in
// the book of the agent's shift, since the call's own may be closed by then. What
// was written in words is not in them: facts are for ever.
type (
	// TalkDisposed: what the talk was about. The last one of a visit and an agent
	// counts.
	TalkDisposed struct {
		Call  ID      `json:"call"`
		Visit string  `json:"visit"`
		Agent AgentID `json:"agent"`
		Queue string  `json:"queue"`
		Code  string  `json:"code,omitempty"` // of the queue's codes, or none_given
		Note  int     `json:"note_length"`    // characters
	}
	// ComplaintTaken: the caller complains, and the people of a queue owe an answer.
	ComplaintTaken struct {
		Complaint string    `json:"complaint"`
		Call      ID        `json:"call"`
		Visit     string    `json:"visit"`
		Agent     AgentID   `json:"agent"`
		Queue     string    `json:"queue"` // of the talk
		Owner     string    `json:"owner"` // the queue whose people answer
		From      string    `json:"from,omitempty"`
		Due       time.Time `json:"due"`
		Note      int       `json:"note_length"`
	}
	// WrapUpExtended: the agent has more time for the after-call work.
	WrapUpExtended struct {
		Agent AgentID `json:"agent"`
		Queue string  `json:"queue"`
		More  float64 `json:"more_s"`
	}
)

func (TalkDisposed) Kind() string   { return "talk.disposed" }
func (ComplaintTaken) Kind() string { return "talk.complaint" }
func (WrapUpExtended) Kind() string { return "talk.more_time" }

var (
	_ = registerFact(TalkDisposed{}, detail)
	_ = registerFact(ComplaintTaken{}, bookend)
	_ = registerFact(WrapUpExtended{}, detail)
)
