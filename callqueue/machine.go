package callqueue

import "presszero/call"

// Machine is the line: all queues, the callers who wait, the agents. It takes
// each event to the part that decides about it, and ends each step.
//
// Its parts own their fields: the others read them, and change them only by the
// part's methods or as its comment says. See shared for what they have in
// common.
//
//	floor      the agents: presence, state, what they can do   agent.go, profile.go
//	queues     the callers who wait: places, order, policies    caller.go, match.go, policy.go
//	talks      a caller and an agent: offer, leg, talk          offer.go, trace.go
//	callbacks  the promises to call somebody back               ticket.go, predial.go
//	dialer     the calls that we make                           dial.go, outgoing.go
//	announcer  what a waiting caller is told and asked          speech.go, dialog.go
type Machine struct {
	// Outbound says whom we may call, and when. Without it nobody is offered
	// a callback. It is set before the first step.
	Outbound Outbound

	// OnForbidden, when set, is told of each change of state that is not
	// allowed. One that a decision would make is refused: see Transition.
	OnForbidden func(Transition)

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

// New returns a line with these queues.
func New(settings ...Settings) *Machine {
	sh := &shared{callers: map[call.ID]*caller{}}
	sh.machine = &Machine{shared: sh}
	sh.floor = &floor{shared: sh, agents: map[call.AgentID]*agent{}, wraps: map[call.AgentID]wrap{}}
	sh.queues = &queues{shared: sh, lines: map[string]*line{}, missed: map[*visit]bool{},
		lost: newMemory(redialLimit), served: newMemory(usual.Sticky.Window)}
	sh.talks = &talks{shared: sh, byAgent: map[call.AgentID]*visit{}, byOffer: map[string]*visit{}}
	sh.callbacks = &callbacks{shared: sh, tickets: map[ticketKey]*caller{}}
	sh.dialer = &dialer{shared: sh}
	sh.announcer = &announcer{shared: sh}
	for _, q := range settings {
		sh.queues.add(q)
	}
	return sh.machine
}

// Configure changes how queues work, as when a flow is published; those that
// are not named stay as they are. Who waits is not touched: the new settings
// count from the next decision on. It must run between two events.
func (m *Machine) Configure(queues ...Settings) {
	for _, q := range queues {
		if l := m.queues.lines[q.Name]; l != nil {
			l.Settings = inForce(q)
		} else {
			m.queues.add(q)
		}
	}
	for _, p := range m.floor.profiles { // the weights of their queues may be others now
		p.groups, p.slots = nil, map[*group]*slot{}
		for _, name := range m.queues.names {
			for _, g := range m.queues.lines[name].groups {
				if p.serves(g) {
					p.notice(g)
				}
			}
		}
	}
}

// Step decides about one event.
func (m *Machine) Step(s *call.Step, ev call.Event) {
	m.callbacks.rewind(s)
	switch ev := ev.(type) {
	case call.HungUp:
		m.hungUp(s, ev)
	case call.Resumed:
		m.resumed(s, ev)
	case call.LegMade, call.Bridged, call.LegEnded, call.Failed:
		m.talks.leg(s, ev)
	case call.PlayEnded:
		m.announcer.said(s, ev)
	case call.DigitPressed:
		m.announcer.pressed(s, ev)
	case call.TimerFired:
		m.timer(s, ev.Timer)
	case call.SignedIn:
		m.floor.signedIn(s, ev)
	case call.Assigned:
		m.floor.assigned(s, ev)
	case call.DialRinging, call.DialAnswered, call.DialFailed, call.CallbackCancelled:
		m.dialer.dialSays(s, ev)
	case call.Carried:
		if m.callers[ev.Call] != nil {
			m.apply(s.State(ev.Call, call.TrunkUsed{Dial: ev.Dial, Trunk: ev.Trunk, Shown: ev.Shown, How: ev.How, SIP: ev.SIP}))
		}
	case call.CallbackOrdered:
		m.callbacks.ordered(s, ev)
	case call.Learned:
		m.queues.learn(ev)
	default:
		m.floor.agentSays(s, ev)
	}
	m.finish(s)
}

// Heard takes callers from the menus.
func (m *Machine) Heard(s *call.Step, e call.Entry) {
	m.callbacks.rewind(s)
	var held call.ID
	if c := m.callers[e.Call]; c != nil {
		held = c.holds
	}
	m.apply(e)
	if _, known := e.Fact.(call.CallerKnown); known {
		m.floor.showAnew(e.Call)
	}
	if _, over := e.Fact.(call.CallEnded); over && held != "" {
		m.callbacks.owedAgain(s, held, e.Call)
	}
	if f, ok := e.Fact.(call.MenuLeft); ok {
		if c := m.callers[e.Call]; c != nil && c.visit == nil {
			m.queues.arrive(s, c, f)
		}
	}
	m.finish(s)
}

// finish offers whom it can, looks after those who go on waiting, and shows
// the pages that changed.
func (m *Machine) finish(s *call.Step) {
	m.queues.match(s)
	s.About("")
	m.queues.lookAfter(s)
	m.callbacks.predial(s)
	s.About("")
	m.floor.showPages(s)
}
