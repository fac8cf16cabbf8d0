package call

import (
	"fmt"
	"time"
)

// A supervisor listens to a talk from a page of her own: a listener. It has a seat in the
// media, which bears its name. A listener listens to one talk at a time.

// ListenerID names a listener's page, from when it opens to when its line ends. No agent
// has such a name.
type ListenerID string

// ListenMode is what a listener does in a talk. It hears both sides in each.
type ListenMode string

// The modes.
const (
	ListenOnly    ListenMode = "listen"  // is heard by nobody
	ListenWhisper ListenMode = "whisper" // is heard by the agent alone
	ListenJoin    ListenMode = "join"    // is heard by all: a third party
)

// Events of listeners, told by the softphone.
type (
	// ListenAsked: a supervisor wants to listen to a talk, or to do it in another mode, or
	// no more.
	ListenAsked struct {
		Listener ListenerID
		By       AgentID  // the supervisor's sign-in name
		Queues   []string // whose talks the supervisor may hear; nil: all
		Agent    AgentID
		Call     ID
		Mode     ListenMode // "": no more
		Join     ID         // fresh, of the call that comes of joining
	}

	// ListenerUp: the audio of the listener's page stands, or stands anew; the switch
	// reaches it at Address.
	ListenerUp struct {
		Listener ListenerID
		Address  string // only the switch and the media read it
	}

	// ListenerLeft: the page is gone, or the media cannot let it listen.
	ListenerLeft struct {
		Listener ListenerID
		Why      string // page_gone, denied, failed
	}
)

func (e ListenAsked) about() (ID, AgentID)  { return e.Call, e.Agent }
func (e ListenerUp) about() (ID, AgentID)   { return "", "" }
func (e ListenerLeft) about() (ID, AgentID) { return "", "" }

var (
	_ = registerEvent(ListenAsked{})
	_ = registerEvent(ListenerUp{})
	_ = registerEvent(ListenerLeft{})
)

// Facts of listening, stated by callqueue in the stream of the call that is listened to.
type (
	// ListenStarted: a supervisor hears the talk from now on.
	ListenStarted struct {
		Listening string     `json:"listening"` // its id: the n-th of the call
		Visit     string     `json:"visit"`
		Agent     AgentID    `json:"agent"` // who talks
		By        AgentID    `json:"by"`    // who listens
		Listener  ListenerID `json:"listener"`
		Mode      ListenMode `json:"mode"`
		Hidden    bool       `json:"hidden,omitempty"` // the agent is not told, while it is only listened to
	}
	// ListenTurned: the supervisor does it in another mode from now on.
	ListenTurned struct {
		Listening string     `json:"listening"`
		Visit     string     `json:"visit"`
		Agent     AgentID    `json:"agent"`
		By        AgentID    `json:"by"`
		Mode      ListenMode `json:"mode"`
		Join      ID         `json:"join_call,omitempty"` // the call of which the supervisor's channel is, where Mode is join
	}
	// ListenEnded: the supervisor hears the talk no more. The seconds are those in each mode.
	ListenEnded struct {
		Listening string  `json:"listening"`
		Visit     string  `json:"visit"`
		Agent     AgentID `json:"agent"`
		By        AgentID `json:"by"`
		Why       string  `json:"why"` // stopped, talk_over, page_gone, denied, failed, restart
		Listened  float64 `json:"listen_s"`
		Whispered float64 `json:"whisper_s,omitempty"`
		Joined    float64 `json:"join_s,omitempty"`
	}
)

func (ListenStarted) Kind() string { return "listen.started" }
func (ListenTurned) Kind() string  { return "listen.turned" }
func (ListenEnded) Kind() string   { return "listen.ended" }

var (
	_ = registerFact(ListenStarted{}, bookend)
	_ = registerFact(ListenTurned{}, bookend)
	_ = registerFact(ListenEnded{}, bookend)
)

// ListeningID names the n-th time that somebody listens to a call.
func ListeningID(c ID, n int) string { return fmt.Sprintf("%s.l%d", c, n) }

// Orders about listeners, to the softphone.
type (
	// Listen lets a listener hear the leg of an agent's talk, from when it is live, and
	// the agent hear the listener's whisper, or not.
	Listen struct {
		Listener ListenerID
		Agent    AgentID
		Leg      string
		Whisper  bool
	}

	// StopListening ends what Listen began.
	StopListening struct{ Listener ListenerID }

	// ShowListener tells the listener's page all that it shows, the whole truth each time.
	ShowListener struct {
		Listener  ListenerID
		Listening Listening
	}
)

func (Listen) order() (CommandName, ID)        { return "listen", "" }
func (StopListening) order() (CommandName, ID) { return "stop_listening", "" }
func (ShowListener) order() (CommandName, ID)  { return "show_listener", "" }

var (
	_ = registerCommand(Listen{})
	_ = registerCommand(StopListening{})
	_ = registerCommand(ShowListener{})
)

// Listening is what a listener's page shows. Without Mode it listens to nobody.
type Listening struct {
	Agent  AgentID    `json:"agent,omitempty"`
	Name   string     `json:"name,omitempty"` // of Agent
	Call   ID         `json:"call,omitempty"`
	Caller DeskWho    `json:"caller,omitzero"`
	Queue  string     `json:"queue,omitempty"` // "": the agent's own call
	Mode   ListenMode `json:"mode,omitempty"`
	Since  time.Time  `json:"since,omitzero"`  // of the listening
	Turned time.Time  `json:"turned,omitzero"` // of Mode

	Joining bool `json:"joining,omitempty"` // her own leg is being made
	Hold    bool `json:"hold,omitempty"`    // the caller is on hold
	Apart   bool `json:"apart,omitempty"`   // the agent talks with a consulted party: nothing is heard
	Gone    bool `json:"gone,omitempty"`    // the agent's page or audio is gone, and the talk waits for it

	Can    []ListenMode `json:"can,omitempty"`    // to what it may turn now
	Notice string       `json:"notice,omitempty"` // why it is over, or could not be: over, self, many, three, no_audio, join_failed, left, failed
}

// DeskListener is a supervisor who listens to the agent's talk, as the agent is told.
type DeskListener struct {
	By    AgentID    `json:"by"`
	Mode  ListenMode `json:"mode"`
	Since time.Time  `json:"since"` // of Mode
}

// ListenerNow is a supervisor who listens to an agent's talk, at one moment.
type ListenerNow struct {
	Name AgentID    `json:"name"`
	Mode ListenMode `json:"mode"`
}
