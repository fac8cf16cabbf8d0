package callqueue

import (
	"time"

	"presszero/call"
)

// Machine is the line: all queues, the callers who wait, the agents. It takes
// each event to the part that decides about it, and ends each step.
//
// Its parts own their fields: the others read them, and change them only by the
// part's methods or as its comment says. See shared for what they have in
// common.
//
//	floor      the agents: presence, state, what they can do   agent.go, profile.go, presence.go, directagent.go
//	queues     the callers who wait: places, order, policies    line.go, caller.go, policy.go, match.go
//	talks      a caller and an agent: offer, leg, talk          talk.go, trace.go, offer.go, ask.go, turn.go, listen.go
//	callbacks  the promises to call a person back               ticket.go, callback.go, predial.go
//	dialer     the calls that we make                           outbound.go, outgoing.go, dial.go
//	announcer  what a waiting caller is told and asked          speech.go, announce.go, dialog.go
type Machine struct {
	// Outbound says which numbers may be called, and when. Without it no caller is offered
	// a callback. It is set before the first step.
	Outbound Outbound

	// HideListening has agents not be told that a supervisor listens to them; who whispers
	// or joins is always told. It is set before the first step.
	HideListening bool

	// OnForbidden, when set, is told of each change of state that is not
	// allowed. One that a decision would make is refused: see Transition.
	OnForbidden func(Transition)

	// SoundKey returns the content key of the sound that the newest flow plays for a prompt, ""
	// if there is none. It may be nil; it is set before the first step.
	SoundKey func(prompt string) string

	recording call.RecordingPlan

	*shared
	replayed bool // the past has been taken in, and nothing decided since
}

// shared is what the parts of the Machine have in common: each other, the
// callers, and apply, the one place where callers and visits change.
type shared struct {
	machine   *Machine
	floor     *floor
	queues    *queues
	talks     *talks
	callbacks *callbacks
	dialer    *dialer
	announcer *announcer

	callers   map[call.ID]*caller // all calls and callbacks that are not over
	replaying bool                // a fact of the past is being taken in
}

// floor is the agents who are signed in: what each has chosen, what the line is
// doing with each, what each can do, and which page is to be shown anew.
//
// An agent's state changes only in changeState, and follows agentMoves. It is not
// rebuilt from facts: after a restart agents sign in again, and only talks and
// after-call work are given back to them (signIn).
//
// freed is what matching begins with: queues.match takes from it, once in a
// step.
type floor struct {
	*shared

	agents   map[call.AgentID]*agent
	profiles []*profile                 // what agents can do; agents of one profile are interchangeable
	wraps    map[call.AgentID]wrap      // after-call work of agents who have yet to come back after a restart
	directed map[call.AgentID]*directed // what supervisors have ordered about agents; see directagent.go
	staffing int                        // counts how often an agent has come to work or left it
	gens     int                        // counts changes of agents' states; it never begins anew, as agents do
	freed    []*agent                   // became free in this step
	toShow   []*agent                   // whose page is to be shown anew at the end of the step

	stretches map[call.AgentID][]*stretch // talks that agents may still write about, the latest last; see disposition.go
}

// queues is all queues and the visits in them: who comes in with which place,
// who is served next, what a queue does that is full, closed or without agents,
// and how long a wait will take.
//
// A visit changes only in apply, by applyEntered and applyVisit, and its state
// follows visitMoves. So a decision and the replay of its facts lead to the same
// places in line.
//
// Within a step it is noted which visits have begun to wait or have come in, and
// which groups have lost their last agent. match and finish look at these alone:
// before the step, no visit waited that a free agent could serve.
type queues struct {
	*shared

	lines  map[string]*line
	names  []string // of lines, sorted, so that decisions have one order
	groups []*group

	lost   memory // callers lost from the line, to be known again
	madeUp memory // visits whose broken promise has been made up for
	served memory // which agent served a caller

	fresh      []*visit        // began to wait in this step…
	unmatched  []*visit        // …and those of them that are not looked at yet
	entered    []*visit        // entered a queue in this step
	unattended []*group        // lost their last agent in this step
	missed     map[*visit]bool // that wait and have been missed or refused by an agent
}

// talks is the visits that an agent has: the offer that rings, the leg that is
// being joined, the talk, and how each of them ends. Whatever goes wrong on our
// side, the caller goes back to the place of before. What the
// agent does next depends on which side ended the talk.
//
// Its maps follow the facts and are changed only in apply, but for reached, which the
// pages tell; a talk that outlived a restart is found here when its agent comes back.
type talks struct {
	*shared

	byOffer map[string]*visit       // by open or accepted offer
	byAgent map[call.AgentID]*visit // that go on
	asks    map[call.ID]*visit      // in which somebody is asked, by the call about which it is

	listens map[call.ListenerID]*listening // that go on
	reached map[call.ListenerID]string     // where the switch reaches the audio of those pages
}

// callbacks is the promises to call somebody back. Each is a caller with a
// ticket and a book of its own, and a visit in the same line as those who wait
// on the phone. This part books them, parks them until they are due, holds them
// while their person is on the phone, and closes them; queues serves them and
// dialer calls.
//
// Tickets change only in apply, by applyBooked and applyTicket. behind is filled
// once after a restart, and emptied with the first event (resumeAfterRestart).
type callbacks struct {
	*shared

	tickets map[ticketKey]*caller // open callbacks
	booked  []*line               // that have open callbacks
	behind  []*caller             // callbacks and calls of agents that a restart has cut off
}

// dialer makes the calls that leave: those of callbacks, and those that agents
// make themselves. It asks the policy whether and when they may be made, tells
// the switch, and takes its news.
//
// The policy (Machine.Outbound) keeps state outside the facts: the counts of
// calls, and whether calls are switched off. It is asked only while an event is
// decided, and what it answers leads to nothing or to a fact, which is stated
// before anything follows from it. Replay goes by these facts: apply and what it
// calls never ask the policy, so a replay gives the same state whatever the
// policy would answer now. The counts are kept over a restart by package
// outbound. It is asked
//
//	Permit     by permitCall (dialForAgent, predialNext) and mayDial, before CallbackDialed
//	           or OutgoingDialed; refused: CallbackTried "blocked", or a notice
//	Uncount    by uncountCall, beside CallbackTried and OutgoingEnded
//	Free       by mayCall, before CallbackParked "limit"; by switchedOff, before
//	           CallbackOffered, which is left out
//	AgentFree  by mayDialFrom: an agent is passed over, as OfferStarted tells
//	Check, Awake, Emergency
//	           go by the number, the time and the settings, and count nothing
//
// call.Register likewise asks Door.Full and Door.Preferred once, when a caller
// arrives; the answer is in CallStarted.Refused, and replay goes by that.
type dialer struct {
	*shared

	carrier carrier // what the latest calls say of the trunk
}

// announcer is what a waiting caller is told and asked: how long it will take,
// whether to be called back instead, the dialog about that, and the last words
// of a call. It has no fields: what is being said is in the speech of each
// visit, and in farewell of a caller who is not in line any more.
//
// A restart keeps none of this. A caller who waits hears music again, and farewell words
// that were promised are said anew (farewellAgain).
type announcer struct{ *shared }

// Outbound says which numbers may be called, and when. Package outbound holds
// the policy that the product uses.
// What their errors say is a word for reports, a colon, and a sentence for people.
type Outbound interface {
	// Check returns a number in E.164, or why it must never be called.
	Check(number string) (e164 string, err error)
	// Emergency returns an emergency number as it is dialled, and whether it is
	// one that an agent may call, which needs no Permit.
	Emergency(number string) (dial string, may bool)
	// Permit counts a call to the number that is about to be made, or says why
	// it must not be made now: caps, the kill switch.
	Permit(now time.Time, e164 string, by call.AgentID) error
	// Uncount takes the latest call to the number out of its caps: nobody
	// there could notice it.
	Uncount(e164 string)
	// Free returns when the caps let a call to the number be made: now, or
	// later. ok is false while no calls may leave, and nobody knows until when.
	Free(now time.Time, e164 string) (at time.Time, ok bool)
	// AgentFree returns when the agent may make a call: now, or later.
	AgentFree(now time.Time, by call.AgentID) time.Time
	// Awake returns when the person at the number may be called: now, or when
	// the quiet hours of the number's zone are over. From and until are times
	// of day that narrow the policy's own; 0: they do not.
	Awake(now time.Time, e164 string, from, until time.Duration) time.Time
}

// carrier is what the latest callbacks say of the trunk. While it refuses
// calls, callbacks wait, and one after another tries it.
type carrier struct {
	failed int // in a row
	until  time.Time
}

// New returns a line with these queues.
func New(settings ...Settings) *Machine {
	sh := &shared{callers: map[call.ID]*caller{}}
	sh.machine = &Machine{shared: sh}
	sh.floor = &floor{shared: sh, agents: map[call.AgentID]*agent{}, wraps: map[call.AgentID]wrap{}, directed: map[call.AgentID]*directed{}, stretches: map[call.AgentID][]*stretch{}}
	sh.queues = &queues{shared: sh, lines: map[string]*line{}, missed: map[*visit]bool{},
		lost: newMemory(redialLimit), madeUp: newMemory(mostWithin), served: newMemory(usual.Sticky.Window)}
	sh.talks = &talks{shared: sh, byAgent: map[call.AgentID]*visit{}, byOffer: map[string]*visit{}, asks: map[call.ID]*visit{},
		listens: map[call.ListenerID]*listening{}, reached: map[call.ListenerID]string{}}
	sh.callbacks = &callbacks{shared: sh, tickets: map[ticketKey]*caller{}}
	sh.dialer = &dialer{shared: sh}
	sh.announcer = &announcer{shared: sh}
	for _, q := range settings {
		sh.queues.addQueue(q)
	}
	return sh.machine
}

// Configure changes how queues work, as when a flow is published; those that
// are not named stay as they are. Callers who wait are not touched: the new settings
// count from the next decision on. It must run between two events.
func (m *Machine) Configure(queues ...Settings) {
	for _, q := range queues {
		if l := m.queues.lines[q.Name]; l != nil {
			l.Settings = inForce(q)
		} else {
			m.queues.addQueue(q)
		}
	}
	for _, p := range m.floor.profiles { // the weights of their queues may be others now
		p.groups, p.slots = nil, map[*group]*slot{}
		for _, name := range m.queues.names {
			for _, g := range m.queues.lines[name].groups {
				if p.serves(g) {
					p.noticeGroup(g)
				}
			}
		}
	}
}

// Record changes what people are told of recording whom we call, as when a flow is
// published. It must run between two events.
func (m *Machine) Record(plan call.RecordingPlan) { m.recording = plan }

// Step decides about one event: see decide.
func (m *Machine) Step(s *call.Step, ev call.Event) { m.decide(s, ev) }
