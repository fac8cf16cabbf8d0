package call

import "time"

// QueueNow is one queue at one moment, as callqueue tells it and the API shows
// it. Waiting is in the order of service and holds every caller who has not been
// answered yet: also those for whom an agent's page rings, and those who wait to
// be called back.
type QueueNow struct {
	Name    string      `json:"name"`
	Open    bool        `json:"open"` // by its hours, or because a supervisor has ordered it
	Waiting []CallerNow `json:"waiting"`
	Talking []CallerNow `json:"talking"`

	Switched *SwitchedNow `json:"switched,omitempty"` // a supervisor has opened or closed it
	Peak     *PeakNow     `json:"peak,omitempty"`
}

// SwitchedNow is a queue that a supervisor has opened, or closed, against its hours.
type SwitchedNow struct {
	Open  bool      `json:"open"`
	Until time.Time `json:"until"`
	By    string    `json:"by"`
}

// PeakNow is a queue's peak, which a supervisor has ordered.
type PeakNow struct {
	Until time.Time `json:"until"`
	By    string    `json:"by"`
}

// EmergencyNow is what callers hear before everything else.
type EmergencyNow struct {
	Text  string    `json:"text"` // "": it is recorded
	Until time.Time `json:"until"`
	By    string    `json:"by"`
}

// CallerNow is one caller of a queue at one moment.
type CallerNow struct {
	Call   ID        `json:"call"`
	Visit  string    `json:"-"`
	Number string    `json:"number"`
	Name   string    `json:"name,omitempty"`
	VIP    bool      `json:"vip,omitempty"`
	State  string    `json:"state"` // waiting, ringing, dialing, connecting, talking, parked
	Since  time.Time `json:"since"` // entered the queue
	Agent  AgentID   `json:"agent,omitempty"`
	Next   bool      `json:"next,omitempty"` // a supervisor has put the caller at the front
	Key    time.Time `json:"-"`              // the order key

	Callback *CallbackNow `json:"callback,omitempty"` // the caller waits to be called back, or was called back
}

// CallbackNow is what was promised to a caller who does not wait on the phone,
// and where that stands.
type CallbackNow struct {
	Begin    time.Time `json:"begin"` // the window promised
	Until    time.Time `json:"until"`
	Due      time.Time `json:"-"` // in line again, while parked; zero: not parked
	Expires  time.Time `json:"-"`
	Attempts int       `json:"attempts"`
	OnPhone  bool      `json:"on_phone"` // the caller has been reached
}

// AgentNow is one agent who is signed in, at one moment.
type AgentNow struct {
	Agent    AgentID      `json:"agent"`
	Name     string       `json:"name"`
	Queues   []string     `json:"queues"`
	Skills   []SkillLevel `json:"skills,omitempty"` // the best first
	Presence Presence     `json:"presence"`
	Reason   string       `json:"reason,omitempty"`
	State    AgentState   `json:"state"`
	Since    time.Time    `json:"since"` // of State
	Media    bool         `json:"media"` // the audio path is proved
	Call     ID           `json:"call,omitempty"`
	Hold     time.Time    `json:"hold,omitzero"` // since when that caller is on hold
	Gone     time.Time    `json:"gone,omitzero"` // since when that caller waits for the agent's page
	Help     time.Time    `json:"help,omitzero"` // since when the agent asks for help

	Asks      string        `json:"asks,omitempty"`      // the colleague, or the number, whom she consults
	AskedBy   AgentID       `json:"asked_by,omitempty"`  // the colleague who consults her
	SetBy     string        `json:"set_by,omitempty"`    // name of the supervisor who has set the agent away
	Leaving   bool          `json:"leaving,omitempty"`   // the agent is signed out when the talk ends
	Today     bool          `json:"today,omitempty"`     // queues and skills are those that a supervisor has given the agent for today
	Listeners []ListenerNow `json:"listeners,omitempty"` // supervisors who listen to the talk
}

// SkillLevel is a skill of an agent, with its level from 1 to 10.
type SkillLevel struct {
	Name  string `json:"name"`
	Level int    `json:"level"`
}
