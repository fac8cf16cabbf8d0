package call

import "time"

// Events of an agent, told by the softphone.
type (
	// SignedIn: an agent's page is there and may be shown things.
	SignedIn struct {
		Agent  AgentID
		Name   string
		Queues []string // the queues she serves; empty: all
		Shift  ID

		// Skills are what she can do and how well, by name: 1 to 10, the best
		// the highest. Head is the head start that a queue has with her over
		// her other ones.
		Skills map[string]int
		Head   map[string]time.Duration
	}

	// Assigned: what an agent serves and can do is from now on this; the
	// fields are those of SignedIn. It counts for the next caller, also while
	// she is signed in and busy.
	Assigned struct {
		Agent  AgentID
		Queues []string
		Skills map[string]int
		Head   map[string]time.Duration
	}

	// MediaUp: the agent's audio path is proved; the switch reaches it at Address.
	// Heard again whenever the path is made anew.
	MediaUp struct {
		Agent   AgentID
		Address string // only the switch and the media read it
		Stands  bool   // it was there before this controller was: talks of before pass through it
	}

	// MediaDown: the agent's audio path is lost.
	MediaDown struct{ Agent AgentID }

	// Chose: the agent has chosen a presence.
	Chose struct {
		Agent    AgentID
		Presence Presence // Available or Away
		Reason   string   // for Away: lunch, meeting…
	}

	// Accepted and Declined answer an offer.
	Accepted struct {
		Agent AgentID
		Offer string
	}
	Declined struct {
		Agent AgentID
		Offer string
	}

	// GaveUp: the agent does not want to let the number ring any longer that
	// is dialled for this offer.
	GaveUp struct {
		Agent AgentID
		Offer string
	}

	// Dialed: the agent wants to call a number.
	Dialed struct {
		Agent  AgentID
		Call   ID // fresh, of the call that comes of it
		Number string
	}

	// AgentHungUp: the agent has ended the talk.
	AgentHungUp struct {
		Agent AgentID
		Call  ID
	}

	// Held: the agent puts the caller on hold, or talks again.
	Held struct {
		Agent AgentID
		Call  ID
		On    bool
	}

	// Keyed: the agent presses keys for the far end. What is pressed while a number of
	// hers still rings is sent once somebody is there.
	Keyed struct {
		Agent AgentID
		Call  ID
		Keys  Secret
		After int // how many had been pressed in this talk before; a repeat has another count
	}

	// HandedOver: the agent gives the caller to a queue, to a colleague or to a
	// number outside; one of the three is set.
	HandedOver struct {
		Agent  AgentID
		Call   ID
		Queue  string
		To     AgentID
		Number string
		Ask    ID // the consulted party takes the caller; none of the three above
		Note   string
		Anyway bool // also if nobody is there who could take the caller soon
	}

	// Asked: the agent wants to ask somebody during the talk: a colleague, the best
	// free one of a queue, or a number outside; one of the three is set. The caller is
	// on hold from now on.
	Asked struct {
		Agent  AgentID
		Call   ID
		Ask    ID // fresh, of the call that comes of it
		To     AgentID
		Queue  string
		Number string
		Note   string
	}

	// StepAsked: the agent has the caller type something in the menus, and come back.
	StepAsked struct {
		Agent AgentID
		Call  ID
	}
	// AskCancelled: the agent does not want to ask any more, or has been told.
	AskCancelled struct {
		Agent AgentID
		Call  ID // the talk's
	}

	// Turned: the agent turns to the caller, to the consulted party, or to both.
	Turned struct {
		Agent AgentID
		Call  ID // the talk's
		With  With
	}

	// PutBack: the agent gives the caller back to the front of the line, for
	// another agent.
	PutBack struct {
		Agent    AgentID
		Call     ID
		Note     string
		Callback bool // the caller is asked at once whether to be called back
	}

	// HelpAsked: the agent asks the supervisors for help, or needs it no more.
	HelpAsked struct {
		Agent AgentID
		On    bool
		By    string // the supervisor who has answered; "": the agent says so
	}

	// QualityMeasured: how a talk of hers was heard, told when it is over.
	QualityMeasured struct {
		Agent AgentID
		Heard TalkQuality
	}

	// Wrapped: the agent has finished the after-call work.
	Wrapped struct{ Agent AgentID }

	// Left: the agent's page is gone. Lost tells that it was not by choice: the
	// page may come back, and a talk waits for it a while.
	Left struct {
		Agent AgentID
		Lost  bool
	}
)

func (e SignedIn) about() (ID, AgentID)    { return "", e.Agent }
func (e Assigned) about() (ID, AgentID)    { return "", e.Agent }
func (e MediaUp) about() (ID, AgentID)     { return "", e.Agent }
func (e MediaDown) about() (ID, AgentID)   { return "", e.Agent }
func (e Chose) about() (ID, AgentID)       { return "", e.Agent }
func (e Accepted) about() (ID, AgentID)    { return "", e.Agent }
func (e Declined) about() (ID, AgentID)    { return "", e.Agent }
func (e GaveUp) about() (ID, AgentID)      { return "", e.Agent }
func (e Dialed) about() (ID, AgentID)      { return e.Call, e.Agent }
func (e AgentHungUp) about() (ID, AgentID) { return e.Call, e.Agent }
func (e Held) about() (ID, AgentID)        { return e.Call, e.Agent }
func (e Keyed) about() (ID, AgentID)       { return e.Call, e.Agent }
func (e HandedOver) about() (ID, AgentID)  { return e.Call, e.Agent }
func (e PutBack) about() (ID, AgentID)     { return e.Call, e.Agent }
func (e Asked) about() (ID, AgentID)       { return e.Call, e.Agent }
func (e Turned) about() (ID, AgentID)      { return e.Call, e.Agent }

func (e StepAsked) about() (ID, AgentID)    { return e.Call, e.Agent }
func (e AskCancelled) about() (ID, AgentID) { return e.Call, e.Agent }
func (e HelpAsked) about() (ID, AgentID)    { return "", e.Agent }
func (e Wrapped) about() (ID, AgentID)      { return "", e.Agent }
func (e Left) about() (ID, AgentID)         { return "", e.Agent }

func (e QualityMeasured) about() (ID, AgentID) { return "", e.Agent }

var (
	_ = registerEvent(SignedIn{})
	_ = registerEvent(Assigned{})
	_ = registerEvent(MediaUp{})
	_ = registerEvent(MediaDown{})
	_ = registerEvent(Chose{})
	_ = registerEvent(Accepted{})
	_ = registerEvent(Declined{})
	_ = registerEvent(GaveUp{})
	_ = registerEvent(Dialed{})
	_ = registerEvent(AgentHungUp{})
	_ = registerEvent(Held{})
	_ = registerEvent(Keyed{})
	_ = registerEvent(HandedOver{})
	_ = registerEvent(PutBack{})
	_ = registerEvent(Asked{})
	_ = registerEvent(StepAsked{})
	_ = registerEvent(AskCancelled{})
	_ = registerEvent(Turned{})
	_ = registerEvent(HelpAsked{})
	_ = registerEvent(Wrapped{})
	_ = registerEvent(QualityMeasured{})
	_ = registerEvent(Left{})
)
