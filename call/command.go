package call

import "time"

// Command is an order to the outside. Orders for one call are carried out one
// after another, in the order they were given. Each type registers itself: see
// kinds.go.
type Command interface {
	// order returns the command's name and the call that it is about; "" for a
	// command to the softphone, which is about an agent.
	order() (CommandName, ID)
}

// CommandName names a type of command, in Failed and in logs. NameOf returns it.
type CommandName string

// Orders to the switch about a caller. A switch that no longer has the caller
// answers with HungUp, once; it is no error.
type (
	// Answer picks the call up. Answered by Picked.
	Answer struct{ Call ID }

	// Refuse turns a caller away who has not been answered. Cause is of Q.850.
	// Answered by HungUp with SideUs.
	Refuse struct {
		Call  ID
		Cause int
	}

	// Play speaks prompts, one after another without a gap. Music, if any,
	// ends, but not that of a hold: it goes on after the words. Answered by
	// PlayEnded, also when stopped.
	Play struct {
		Call    ID
		Play    string   // id of this playback
		Prompts []string // made by Prompt or Spoken
		Flow    string   // the version of the flow whose words are meant; "": the newest
	}

	// StopPlay silences a playback at once.
	StopPlay struct {
		Call ID
		Play string
	}

	// Music plays music in line until something else is heard. Repeating it
	// does no harm.
	Music struct {
		Call  ID
		Class string
	}

	// Connect makes the agent's leg, which leads to Address as told by MediaUp, and
	// joins it with the caller. Music ends. Answered by LegMade and Bridged, or Failed.
	Connect struct {
		Call    ID
		Leg     string
		Address string
	}

	// DropLeg takes the agent's leg away. The caller stays, in silence, so an
	// order for the caller follows.
	DropLeg struct {
		Call ID
		Leg  string
	}

	// Hold has a caller who is joined hear music, and be heard by nobody, until
	// Unhold. The leg and its bridge stay. Repeating it does no harm; what is being
	// spoken to the caller is heard to its end first. A caller whose leg is dropped
	// is on hold no more. Answered by OnHold. A failure is told by Failed; the two hear
	// each other then, also if the caller was on hold before. A controller that has just started does
	// not know of holds: one of these orders follows Resumed.
	Hold struct {
		Call  ID
		Class string // of the music
	}

	// Unhold ends what Hold began: the two hear each other again. What is being
	// spoken to the caller is silenced. It is repeated until it is done.
	Unhold struct{ Call ID }

	// SendKeys presses keys towards the far end of the call (RFC 4733), one after
	// another. Other orders for the call wait until they are pressed: 0.1 s, and 0.2 s
	// for each key. A failure is told by Failed. Then all of them were pressed, or none.
	SendKeys struct {
		Call ID
		Keys Secret // of 0-9 * #
	}

	// Unite has the far end of the call Call, in which an agent asks somebody during
	// a talk, join that talk: all three hear each other. The agent's leg of Call stays,
	// with nobody. A failure is told by Failed; then the far end is with that leg, as
	// before.
	Unite struct {
		Call ID
		With ID // the caller's call
	}

	// Part ends what Unite began: the far end is with the agent's leg of Call again.
	// Repeating it does no harm. It may be ordered when the other call is over.
	Part struct{ Call ID }

	// HandOn joins the caller with the far end of the call Ask, which becomes the
	// caller's leg, named Leg (its Dial.Dial), or the transfer outside of that name.
	// The agent's legs of both calls go; the call Ask is over, and no HungUp of it
	// follows. The caller hears music, or the far end, until then. Answered by Bridged or
	// TransferAnswered, or by Failed: the caller is there alone then, and HangUp of Ask
	// may follow. If the caller is gone, the far end is hung up; if the far end is, only
	// LegEnded or TransferEnded is told.
	HandOn struct {
		Call     ID
		Ask      ID
		Leg      string
		Transfer string // the far end is a number: its end is told by TransferEnded; "": an agent, by LegEnded
	}

	// Promise comes before words that bind us ("we will call you back"): the
	// orders for this call that follow wait until every fact stated up to now
	// is on disk. When that cannot be had in time it is answered by Failed
	// with Command "Promise", and the next Play of the call is left out.
	Promise struct{ Call ID }

	// LetFinish has the orders for this call that follow wait until the far
	// end has been silent for a moment; for Max at most. An
	// answering machine takes a message only after its own words and the beep.
	LetFinish struct {
		Call ID
		Max  time.Duration
	}

	// Dial calls a number. The channel is named Dial and belongs to the call
	// from its making; it is ours (Answer is not needed) once a person or machine takes
	// it. Answered by DialRinging, and DialAnswered or DialFailed; after
	// DialAnswered the channel ends by HungUp as any caller's does. HangUp
	// takes back a dial that still rings, answered by DialFailed or HungUp.
	Dial struct {
		Call   ID
		Dial   string
		Number string        // E.164; "": Media is called
		Media  string        // the address of a colleague's audio, as told by MediaUp; "": Number is called
		Dialed string        // the number of ours that the customer had dialled; "": none
		Queue  string        // for which we call; "": none
		Agent  AgentID       // the agent who calls; "": the call is no agent's own
		Ring   time.Duration // then DialFailed with no_answer
		Listen bool          // tell a person from a machine; DialAnswered comes up to 2.5 s later

		// Leg is for the agent who calls, or for whom it is called, to hear ringing
		// and announcements before the answer; it is told by LegMade, leads to
		// Address, and is joined by the Connect that follows. "": there is no such leg.
		Leg     string
		Address string
	}

	// HangUp ends the call. Answered by HungUp with SideUs.
	HangUp struct{ Call ID }

	// Fallback gives the call back to the dialplan's safety net, because we
	// can no longer decide about it. Answered by HungUp with SideSystem.
	Fallback struct{ Call ID }
)

func (c Answer) order() (CommandName, ID)    { return "answer", c.Call }
func (c Refuse) order() (CommandName, ID)    { return "refuse", c.Call }
func (c Play) order() (CommandName, ID)      { return "play", c.Call }
func (c StopPlay) order() (CommandName, ID)  { return "stop_play", c.Call }
func (c Music) order() (CommandName, ID)     { return "music", c.Call }
func (c Connect) order() (CommandName, ID)   { return "connect", c.Call }
func (c DropLeg) order() (CommandName, ID)   { return "drop_leg", c.Call }
func (c Hold) order() (CommandName, ID)      { return "hold", c.Call }
func (c Unhold) order() (CommandName, ID)    { return "unhold", c.Call }
func (c SendKeys) order() (CommandName, ID)  { return "send_keys", c.Call }
func (c Unite) order() (CommandName, ID)     { return "unite", c.Call }
func (c Part) order() (CommandName, ID)      { return "part", c.Call }
func (c HandOn) order() (CommandName, ID)    { return "hand_on", c.Call }
func (c Promise) order() (CommandName, ID)   { return "Promise", c.Call }
func (c LetFinish) order() (CommandName, ID) { return "let_finish", c.Call }
func (c Dial) order() (CommandName, ID)      { return "dial", c.Call }
func (c HangUp) order() (CommandName, ID)    { return "hang_up", c.Call }
func (c Fallback) order() (CommandName, ID)  { return "fallback", c.Call }

var (
	_ = registerCommand(Answer{})
	_ = registerCommand(Refuse{})
	_ = registerCommand(Play{})
	_ = registerCommand(StopPlay{})
	_ = registerCommand(Music{})
	_ = registerCommand(Connect{})
	_ = registerCommand(DropLeg{})
	_ = registerCommand(Hold{})
	_ = registerCommand(Unhold{})
	_ = registerCommand(SendKeys{})
	_ = registerCommand(Unite{})
	_ = registerCommand(Part{})
	_ = registerCommand(HandOn{})
	_ = registerCommand(Promise{})
	_ = registerCommand(LetFinish{})
	_ = registerCommand(Dial{})
	_ = registerCommand(HangUp{})
	_ = registerCommand(Fallback{})
)

// Orders of the menus.
type (
	// LookUp asks a service over HTTP. Address and body are templates in
	// which {name} stands for a value; Request fills them in. Answered by
	// LookedUp, within Within.
	LookUp struct {
		Call    ID
		LookUp  string // id of this question
		Method  string // GET or POST
		Address string
		Body    string // of a POST: JSON, or "" for none
		Values  map[string]Secret
		Fields  []string // wanted of the JSON answer, as "order.status"
		Within  time.Duration
	}

	// Record keeps what the caller says, for at most Max (2 s or more); Asterisk
	// may end it up to two seconds sooner. Answered by Recorded.
	Record struct {
		Call   ID
		Record string // id of this recording
		Max    time.Duration
	}

	// StopRecord ends a recording. Discard throws it away, and is not
	// answered.
	StopRecord struct {
		Call    ID
		Record  string
		Discard bool
	}

	// TransferOut dials Number (E.164) through the trunk and joins the caller
	// with the person who answers, after Notice. Answered by TransferAnswered, then TransferEnded.
	TransferOut struct {
		Call     ID
		Transfer string
		Number   string
		By       AgentID // hands the caller over, and the policy has allowed it; "": the menus do
		Notice   OutsideNotice
	}

	// DropTransfer ends what TransferOut began. The caller stays.
	DropTransfer struct {
		Call     ID
		Transfer string
	}

	// Discreet tells whether the caller is typing something secret: while On, no digit of the call may go into a log or a trace,
	// and a recording of it is paused.
	Discreet struct {
		Call ID
		On   bool
	}
)

func (c LookUp) order() (CommandName, ID)       { return "look_up", c.Call }
func (c Record) order() (CommandName, ID)       { return "record", c.Call }
func (c StopRecord) order() (CommandName, ID)   { return "stop_record", c.Call }
func (c TransferOut) order() (CommandName, ID)  { return "transfer_out", c.Call }
func (c DropTransfer) order() (CommandName, ID) { return "drop_transfer", c.Call }
func (c Discreet) order() (CommandName, ID)     { return "discreet", c.Call }

var (
	_ = registerCommand(LookUp{})
	_ = registerCommand(Record{})
	_ = registerCommand(StopRecord{})
	_ = registerCommand(TransferOut{})
	_ = registerCommand(DropTransfer{})
	_ = registerCommand(Discreet{})
)

// Orders to the softphone about an agent.
type (
	// Show tells the agent's page all that it shows. It is the whole truth
	// each time, never a difference, so a page that missed one has lost nothing.
	Show struct {
		Agent AgentID
		Desk  Desk
	}

	// TalkTo lets the agent's audio flow to and from the leg. Remote is LegMade's. When a
	// supervisor joins a talk, Agent holds the ListenerID of the supervisor, in TalkTo and
	// in Hush.
	TalkTo struct {
		Agent  AgentID
		Leg    string
		Remote string
	}

	// Hush ends what TalkTo began.
	Hush struct {
		Agent AgentID
		Leg   string
	}

	// SignOut ends the agent's desk, as a supervisor has ordered. Answered by Left.
	SignOut struct {
		Agent AgentID
		By    string
	}
)

func (Show) order() (CommandName, ID)   { return "show", "" }
func (TalkTo) order() (CommandName, ID) { return "talk_to", "" }
func (Hush) order() (CommandName, ID)   { return "hush", "" }

func (SignOut) order() (CommandName, ID) { return "sign_out", "" }

var (
	_ = registerCommand(Show{})
	_ = registerCommand(TalkTo{})
	_ = registerCommand(Hush{})
	_ = registerCommand(SignOut{})
)

// Desk is what an agent sees.
type Desk struct {
	Presence Presence   `json:"presence"`
	Reason   string     `json:"reason,omitempty"`
	State    AgentState `json:"state"`
	Since    time.Time  `json:"since"`  // of State
	Media    bool       `json:"media"`  // the audio path is proved
	Queues   []string   `json:"queues"` // empty: all

	Offer  *DeskOffer  `json:"offer,omitempty"`   // while Ringing or Connecting
	Talk   *DeskTalk   `json:"talk,omitempty"`    // while Talking
	WrapUp *time.Time  `json:"wrap_up,omitempty"` // when after-call work ends by itself
	Wrap   *DeskWrap   `json:"wrap,omitempty"`    // what it is about
	Notice *DeskNotice `json:"notice,omitempty"`  // the last thing she should know
	Help   *time.Time  `json:"help,omitempty"`    // since when she asks for help

	SetBy   string `json:"set_by,omitempty"`  // name of the supervisor who set the agent away; "": nobody did
	Leaving string `json:"leaving,omitempty"` // name of the supervisor who ordered that the agent is signed out when the talk ends; "": nobody did
	Today   string `json:"today,omitempty"`   // name of the supervisor who gave the agent other queues or skills for today; "": nobody did
}

// DeskWrap is what after-call work is about.
type DeskWrap struct {
	Call   ID      `json:"call,omitempty"` // "": a restart of ours came in between
	Caller DeskWho `json:"caller"`
	Queue  string  `json:"queue"`
	More   float64 `json:"more,omitempty"` // seconds by which it can still be extended
}

// DeskOffer is a caller who is offered.
type DeskOffer struct {
	Offer    string    `json:"offer"`
	Caller   DeskWho   `json:"caller"`
	Queue    string    `json:"queue"`
	Waiting  time.Time `json:"waiting"`       // since when the caller waits
	Expires  time.Time `json:"expires"`       // when the ringing ends
	Returned bool      `json:"returned"`      // has already talked with somebody in this call
	Why      string    `json:"why,omitempty"` // why her: longest_idle, least_recent, sticky

	Callback *DeskCallback `json:"callback,omitempty"` // nobody waits on the phone: accepting dials
	Outgoing bool          `json:"outgoing,omitempty"` // her own call, which she has dialled…
	Call     ID            `json:"call,omitempty"`     // …its id…
	Keys     int           `json:"keys,omitempty"`     // …and how many keys she has pressed, which are sent once it is answered
	Handed   *DeskHanded   `json:"handed,omitempty"`   // another agent has handed the caller over
	Asked    *DeskAsked    `json:"asked,omitempty"`    // no caller is offered: a colleague who talks with this caller wants to ask something
}

// DeskAsked is that a colleague asks the agent during a talk. The caller shown is the
// colleague's.
type DeskAsked struct {
	By   AgentID `json:"by"`
	Name string  `json:"name,omitempty"` // of By
	Note string  `json:"note,omitempty"` // what By has written
	With With    `json:"with,omitempty"` // in the talk: caller, By has turned to the caller, and the agent hears music; all, the caller is in it
	Left bool    `json:"left,omitempty"` // the caller has hung up, and the two talk on
}

// DeskOther is the party that the agent consults during a talk.
type DeskOther struct {
	Ask    ID        `json:"ask"`
	Agent  AgentID   `json:"agent,omitempty"`  // a colleague…
	Name   string    `json:"name,omitempty"`   // …of this name,
	Number string    `json:"number,omitempty"` // or a number outside
	State  string    `json:"state"`            // ringing, connecting, talking
	Since  time.Time `json:"since"`            // of State
	With   With      `json:"with,omitempty"`   // whom the agent talks with; while talking
	Keys   int       `json:"keys,omitempty"`   // pressed towards the number so far
}

// With names the party that an agent hears during a consultation.
type With string

// Whom the agent talks with. Each of the two others, alone, leaves the third with music.
const (
	WithCaller With = "caller"
	WithOther  With = "other" // the consulted party
	WithAll    With = "all"
)

// DeskHanded is how a caller was handed over.
type DeskHanded struct {
	By   AgentID `json:"by"`
	Name string  `json:"name,omitempty"` // of By
	Note string  `json:"note,omitempty"` // what By has written
	Nth  int     `json:"nth"`            // hand-over of this call: 1, 2, 3…
	Back bool    `json:"back,omitempty"` // the agent is offered again the caller whom she gave away, and nobody took it
}

// DeskCallback is what an agent sees of a callback before she dials, and
// while it rings.
type DeskCallback struct {
	Number  string    `json:"number"`            // that will be dialled
	Attempt int       `json:"attempt"`           // 1, 2, 3
	Until   time.Time `json:"until"`             // promised by
	Dialing bool      `json:"dialing,omitempty"` // it is being dialled now
}

// DeskTalk is a talk that is going on.
type DeskTalk struct {
	Call   ID        `json:"call"`
	Caller DeskWho   `json:"caller"`
	Queue  string    `json:"queue"`
	Since  time.Time `json:"since"`
	Waited float64   `json:"waited"` // seconds the caller had waited

	Outgoing bool `json:"outgoing,omitempty"` // her own call; there is no queue

	Hold   *DeskHold   `json:"hold,omitempty"`   // the caller is on hold
	Held   float64     `json:"held,omitempty"`   // seconds on hold before that
	Keys   int         `json:"keys,omitempty"`   // pressed towards the far end so far
	Handed *DeskHanded `json:"handed,omitempty"` // another agent has handed the caller over
	Step   bool        `json:"step,omitempty"`   // the caller is in the menus, to type something, and comes back
	// Stepped is how the last such step ended; "": there was none. See BridgeStepOver.
	Stepped string     `json:"stepped,omitempty"`
	Other   *DeskOther `json:"other,omitempty"` // the party that she consults during this talk
	Asked   *DeskAsked `json:"asked,omitempty"` // it is no talk with the caller: a colleague asks her

	Listeners []DeskListener `json:"listeners,omitempty"` // supervisors who listen, as far as the house says so

	Can []DeskVerb `json:"can,omitempty"` // what she may do now, in the order of this list

	// Recording is how the talk is recorded, as ShowRecording told it to the softphone last,
	// which adds it to what Show tells. nil: nothing was told.
	Recording *DeskRecording `json:"recording,omitempty"`
}

// DeskHold is a hold that goes on.
type DeskHold struct {
	Since time.Time `json:"since"`
}

// DeskVerb is something that an agent may do with the caller she talks with.
type DeskVerb string

// The verbs.
const (
	CanHold   DeskVerb = "hold"   // put the caller on hold
	CanResume DeskVerb = "resume" // talk again
	CanKeys   DeskVerb = "keys"   // press keys towards the far end
	CanHand   DeskVerb = "hand"   // hand the caller over: to a queue, a colleague or a number
	CanBack   DeskVerb = "back"   // put the caller back in line
	CanStep   DeskVerb = "step"   // have the caller type something in the menus, and come back
	CanAsk    DeskVerb = "ask"    // ask a colleague or a number; the caller hears music meanwhile
	CanCaller DeskVerb = "caller" // turn to the caller; the consulted party hears music
	CanOther  DeskVerb = "other"  // turn to the consulted party; the caller hears music
	CanAll    DeskVerb = "all"    // have all three talk
	CanLeave  DeskVerb = "leave"  // hand the caller over to the consulted party, and leave the two
	CanCancel DeskVerb = "cancel" // end the asking, and go on with the caller
	CanEnd    DeskVerb = "end"    // hang up; of the agent who consults, for all
)

// DeskWho is what is known of a caller before answering: claims, not proof.
type DeskWho struct {
	Number string `json:"number"`
	Name   string `json:"name,omitempty"`
	Dialed string `json:"dialed"`
	Path   string `json:"path,omitempty"` // the way through the menus: "main > 1"
	VIP    bool   `json:"vip,omitempty"`  // marked so on the page of callers; a hint, as the name
}

// DeskNotice tells the agent why something she had is gone.
type DeskNotice struct {
	What string    `json:"what"` // caller_left, no_answer, taken, no_connect, callback_busy, dial_busy…
	At   time.Time `json:"at"`
	By   AgentID   `json:"by,omitempty"`   // who took it
	Text string    `json:"text,omitempty"` // why, in one sentence
}

// CallOrdered returns the call that an order to the switch or to a service is about, or "" for
// an order to the softphone.
func CallOrdered(c Command) ID {
	_, id := c.order()
	return id
}

// NameOf returns the name of a command.
func NameOf(c Command) CommandName {
	name, _ := c.order()
	return name
}
