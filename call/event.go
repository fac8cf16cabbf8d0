package call

import "time"

// Event is news from outside. Events are plain values: they can be written
// down and played again. Each type registers itself: see kinds.go.
type Event interface {
	// about returns the call and the agent that the event is about, "" where
	// there is none: when deciding about it fails, they are let go of.
	about() (ID, AgentID)
}

// Events of a caller, told by the switch.
type (
	// Arrived: a caller's channel has come under our control. Again is set
	// when it had been with us before and came back from the fallback.
	Arrived struct {
		Call    ID
		Node    string   // the switch that has it
		Channel string   // the switch's own name for it
		To      string   // the number dialled, as the call was addressed
		Also    []string // the number dialled, by what else the network says, the best first
		From    string   // the caller's number as claimed; a hint, never a proof
		Name    string   // the caller's name as claimed
		Trunk   string   // over which the call has come; "": from a known address
		Again   bool
		At      time.Time // when the switch told it; zero: unknown
	}

	// Strained: the switch is at its limits, and is taken to be for so long.
	Strained struct {
		Node string
		For  time.Duration
	}

	// Picked: the caller's channel is answered; audio flows.
	Picked struct{ Call ID }

	// DigitPressed: a key was pressed and released.
	DigitPressed struct {
		Call  ID
		Digit string // one of 0-9 * # A-D
	}

	// PlayEnded: a playback is over, by itself or stopped.
	PlayEnded struct {
		Call   ID
		Play   string
		Failed bool // nothing was heard: the sound is missing or broken
	}

	// HungUp: the caller's channel is gone. It is the only way a call ends.
	HungUp struct {
		Call      ID
		Side      Side
		Cause     int    // Q.850 cause, 0 when unknown
		Text      string // the cause in words
		Estimated bool   // noticed later, by its absence

		// At, where Estimated, is when the caller was last known to be there;
		// zero: now. The facts of the call's end bear this time, but none is
		// earlier than the call's last fact.
		At time.Time
	}

	// LegMade: the agent's leg exists in the switch, which calls the agent's media;
	// or, where Remote is set, RTP for the caller is to be sent there.
	LegMade struct {
		Call   ID
		Leg    string
		Remote string // host:port, or ""
	}

	// Bridged: caller and leg hear each other.
	Bridged struct {
		Call ID
		Leg  string
	}

	// OnHold: the caller hears the music of a Hold, and nobody hears the caller.
	OnHold struct{ Call ID }

	// LegEnded: the agent's leg went away without an order.
	LegEnded struct {
		Call ID
		Leg  string
	}

	// Failed: an order could not be carried out, although the caller is
	// still there. (A caller who is gone is HungUp, never Failed.)
	Failed struct {
		Call    ID
		Command CommandName // as NameOf returns it
		Leg     string
		Why     string
	}

	// Resumed: after a restart of the controller the switch still has this
	// call, which the journal knows. Leg is the agent's leg that is still
	// bridged and whose agent is still connected, if any.
	Resumed struct {
		Call ID
		Node string
		Leg  string
	}
)

func (e Arrived) about() (ID, AgentID)      { return e.Call, "" }
func (Strained) about() (ID, AgentID)       { return "", "" }
func (e Picked) about() (ID, AgentID)       { return e.Call, "" }
func (e DigitPressed) about() (ID, AgentID) { return e.Call, "" }
func (e PlayEnded) about() (ID, AgentID)    { return e.Call, "" }
func (e HungUp) about() (ID, AgentID)       { return e.Call, "" }
func (e LegMade) about() (ID, AgentID)      { return e.Call, "" }
func (e Bridged) about() (ID, AgentID)      { return e.Call, "" }
func (e OnHold) about() (ID, AgentID)       { return e.Call, "" }
func (e LegEnded) about() (ID, AgentID)     { return e.Call, "" }
func (e Failed) about() (ID, AgentID)       { return e.Call, "" }
func (e Resumed) about() (ID, AgentID)      { return e.Call, "" }

var (
	_ = registerEvent(Arrived{})
	_ = registerEvent(Strained{})
	_ = registerEvent(Picked{})
	_ = registerEvent(DigitPressed{})
	_ = registerEvent(PlayEnded{})
	_ = registerEvent(HungUp{})
	_ = registerEvent(LegMade{})
	_ = registerEvent(Bridged{})
	_ = registerEvent(OnHold{})
	_ = registerEvent(LegEnded{})
	_ = registerEvent(Failed{})
	_ = registerEvent(Resumed{})
)

// Events that answer orders of the menus.
type (
	// LookedUp: the answer to a LookUp. Fields holds those that were asked
	// for and found. When Failed, Why says how: timeout, refused, failed.
	LookedUp struct {
		Call   ID
		LookUp string
		Fields map[string]string
		Failed bool
		Why    string
	}

	// Recorded: a recording that Record began is over: by silence, by its
	// longest time, or stopped.
	Recorded struct {
		Call    ID
		Record  string
		Seconds float64 // of sound kept
		Failed  bool    // nothing could be kept
	}

	// TransferAnswered: the number that TransferOut dialled has answered and
	// the caller is joined with it.
	TransferAnswered struct {
		Call     ID
		Transfer string

		// What the person there heard of the order's Notice, and whether its key was pressed.
		Heard time.Duration
		ToEnd bool
		Key   bool
	}

	// TransferEnded: the number did not answer, or the talk with it is over
	// while the caller is still there. Why: busy, no_answer, refused, invalid,
	// trunk, failed, over.
	TransferEnded struct {
		Call     ID
		Transfer string
		Why      string
	}

	// Recognised: the caller's number is one we know. It is a hint, never a
	// proof of who is calling. It may come at any time, or never.
	Recognised struct {
		Call        ID
		Name        string
		Language    string // chosen in an earlier call
		VIP         bool
		LastAgent   AgentID
		Callback    string  // the open callback's visit, if any
		LastOutcome Outcome // of the last call, if any
		Broken      BrokenPromise
	}
)

func (e LookedUp) about() (ID, AgentID)         { return e.Call, "" }
func (e Recorded) about() (ID, AgentID)         { return e.Call, "" }
func (e TransferAnswered) about() (ID, AgentID) { return e.Call, "" }
func (e TransferEnded) about() (ID, AgentID)    { return e.Call, "" }
func (e Recognised) about() (ID, AgentID)       { return e.Call, "" }

var (
	_ = registerEvent(LookedUp{})
	_ = registerEvent(Recorded{})
	_ = registerEvent(TransferAnswered{})
	_ = registerEvent(TransferEnded{})
	_ = registerEvent(Recognised{})
)

// Events of a call that we make, told by the switch. Dial is the id that was
// given with the order; it is also the name of the channel.
type (
	// DialRinging: the phone of the person called rings.
	DialRinging struct {
		Call ID
		Dial string
	}

	// DialAnswered: the call was taken. By tells what took it, if Dial.Listen asked.
	DialAnswered struct {
		Call ID
		Dial string
		By   string // person, machine, or unsure: listening has not told; "": without Dial.Listen
	}

	// DialFailed: the call was not taken, and its channel is gone.
	DialFailed struct {
		Call ID
		Dial string
		Why  string // busy, no_answer, declined, invalid, trunk, failed
	}

	// Carried: how one trunk has dealt with a call that we make, for the books.
	// What comes of the call is told by the other events, after this one. A call
	// that one trunk did not carry may go over another.
	Carried struct {
		Call  ID
		Dial  string // the channel
		Trunk string
		Shown string // the number of ours that was shown; "": none
		How   string // answered, busy, no_answer, declined, invalid, trunk (it did not carry the call), failed
		SIP   int    // its final answer; 0: none known
	}
)

func (e DialRinging) about() (ID, AgentID)  { return e.Call, "" }
func (e DialAnswered) about() (ID, AgentID) { return e.Call, "" }
func (e DialFailed) about() (ID, AgentID)   { return e.Call, "" }
func (e Carried) about() (ID, AgentID)      { return e.Call, "" }

var (
	_ = registerEvent(DialRinging{})
	_ = registerEvent(DialAnswered{})
	_ = registerEvent(DialFailed{})
	_ = registerEvent(Carried{})
)

// CallbackCancelled: the customer, an agent or a supervisor has cancelled the
// callback.
type CallbackCancelled struct {
	Callback ID
	By       string
}

func (e CallbackCancelled) about() (ID, AgentID) { return e.Callback, "" }

var _ = registerEvent(CallbackCancelled{})

// CallbackOrdered: a user of the pages wants a person called back, as to
// answer a message. Its place in line is that of a caller who came at Since.
type CallbackOrdered struct {
	Callback ID // chosen by the sender
	From     ID // the call it comes out of
	Queue    string
	Number   string // as claimed by the caller; judged before it is ever dialled
	Name     string
	Since    time.Time // when the person began to wait for an answer
	By       AgentID
	Due      time.Time // zero: as soon as may be; else not before, and By is asked first
	Lost     bool      // of a caller who gave up, and not to answer a message
}

func (e CallbackOrdered) about() (ID, AgentID) { return e.Callback, "" }

var _ = registerEvent(CallbackOrdered{})

// Learned: what the reports know of a queue. It is told when the program
// starts and once an hour. A zero says that there is no ground for a number.
type Learned struct {
	Queue    string
	Handle   float64 // mean seconds an agent is busy with a call, this hour of the last 4 weeks
	Waited   float64 // seconds waited by all live visits of the last 28 days…
	Abandons int     // …and how many of these visits were abandoned
	P99      float64 // seconds that 99 % of the visits of 28 days did not exceed
	Finished int     // calls finished today
}

func (Learned) about() (ID, AgentID) { return "", "" }

var _ = registerEvent(Learned{})

// TimerKind says what is due. Each machine has its own, as constants.
type TimerKind string

// TimerFired: a timer that a machine asked for is due.
type TimerFired struct{ Timer Timer }

func (e TimerFired) about() (ID, AgentID) {
	if e.Timer.Agent != "" {
		return "", e.Timer.Agent
	}
	return ID(e.Timer.Of), ""
}

var _ = registerEvent(TimerFired{})

// Timer names what it is about. Gen is the generation of the thing it was
// set for; the machine that set it ignores it once that thing has moved on, so
// timers are never cancelled.
type Timer struct {
	Kind  TimerKind
	Of    string  // call, offer, agent or queue
	Agent AgentID // the agent it is about, where Of is an agent or an offer
	Gen   int
}

// AgentOf returns the agent an event is about, "" where there is none: the
// agent who did something, or for whom a timer was set.
func AgentOf(ev Event) AgentID {
	_, a := ev.about()
	return a
}

// CallOf returns the call an event is about, "" where there is none. Of a timer
// about a queue it is the queue's name, which is no call.
func CallOf(ev Event) ID {
	c, _ := ev.about()
	return c
}
