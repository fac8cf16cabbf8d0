package callqueue

import (
	"slices"

	"presszero/call"
)

// Machine is the line: all queues, all who wait, all agents.
type Machine struct {
	// Outbound says whom we may call, and when. Without it nobody is offered
	// a callback. It is set before the first step.
	Outbound Outbound

	// OnForbidden, when set, is told of each change of state that is not
	// allowed. One that a decision would make is refused: see Transition.
	OnForbidden func(Transition)

	lines    map[string]*line
	names    []string // of lines, sorted, so that decisions have one order
	groups   []*group
	profiles []*profile
	callers  map[call.ID]*caller
	tickets  map[ticketKey]*caller   // open callbacks
	booked   []*line                 // that have open callbacks
	talks    map[call.AgentID]*visit // that go on
	offers   map[string]*visit       // by open or accepted offer
	agents   map[call.AgentID]*agent
	wraps    map[call.AgentID]wrap // after-call work of those who have yet to come back after a restart
	staffing int                   // counts changes of who is at work
	gens     int                   // counts changes of agents states; it never begins anew, as agents do

	carrier carrier

	lost   memory // who was lost from the line, to be known again
	served memory // who served whom

	fresh      []*visit        // began to wait in this step…
	unmatched  []*visit        // …and those of them that are not looked at yet
	behind     []*caller       // callbacks and calls of agents that a restart has cut off
	freed      []*agent        // became free in this step
	unattended []*group        // lost their last agent in this step
	entered    []*visit        // entered a queue in this step
	missed     map[*visit]bool // who wait and have been missed or refused by an agent
	toShow     []*agent        // whose page is to be shown anew at the end of the step
	replaying  bool            // a fact of the past is being taken in
	replayed   bool            // the past has been taken in, and nothing decided since
}

// New returns a line with these queues.
func New(queues ...Settings) *Machine {
	m := &Machine{
		lines:   map[string]*line{},
		callers: map[call.ID]*caller{},
		tickets: map[ticketKey]*caller{},
		talks:   map[call.AgentID]*visit{},
		offers:  map[string]*visit{},
		agents:  map[call.AgentID]*agent{},
		wraps:   map[call.AgentID]wrap{},
		missed:  map[*visit]bool{},
		lost:    newMemory(redialLimit),
		served:  newMemory(usual.Sticky.Window),
	}
	for _, q := range queues {
		m.add(q)
	}
	return m
}

func (m *Machine) add(q Settings) *line {
	l := &line{Settings: inForce(q), asked: map[ask]*group{}}
	l.dials.Half, l.abandoned.Half = predialMemory, predialMemory
	m.lines[q.Name] = l
	at, _ := slices.BinarySearch(m.names, q.Name)
	m.names = slices.Insert(m.names, at, q.Name)
	for _, p := range m.profiles {
		if p.servesQueue(q.Name) {
			l.profiles = append(l.profiles, p)
		}
	}
	return l
}

// Configure changes how queues work, as when a flow is published; those that
// are not named stay as they are. Who waits is not touched: the new settings
// count from the next decision on. It must run between two events.
func (m *Machine) Configure(queues ...Settings) {
	for _, q := range queues {
		if l := m.lines[q.Name]; l != nil {
			l.Settings = inForce(q)
		} else {
			m.add(q)
		}
	}
	for _, p := range m.profiles { // the weights of their queues may be others now
		p.groups, p.slots = nil, map[*group]*slot{}
		for _, name := range m.names {
			for _, g := range m.lines[name].groups {
				if p.serves(g) {
					p.notice(g)
				}
			}
		}
	}
}

// line returns the queue of that name. One that nobody configured works with
// the defaults: a caller in it is still a caller.
func (m *Machine) line(name string) *line {
	if l := m.lines[name]; l != nil {
		return l
	}
	return m.add(Settings{Name: name})
}

// Step decides about one event.
func (m *Machine) Step(s *call.Step, ev call.Event) {
	m.rewind(s)
	switch ev := ev.(type) {
	case call.HungUp:
		m.hungUp(s, ev)
	case call.Resumed:
		m.resumed(s, ev)
	case call.LegMade, call.Bridged, call.LegEnded, call.Failed:
		m.leg(s, ev)
	case call.PlayEnded:
		m.said(s, ev)
	case call.DigitPressed:
		m.pressed(s, ev)
	case call.TimerFired:
		m.timer(s, ev.Timer)
	case call.SignedIn:
		m.signedIn(s, ev)
	case call.Assigned:
		m.assigned(s, ev)
	case call.DialRinging, call.DialAnswered, call.DialFailed, call.CallbackCancelled:
		m.dialSays(s, ev)
	case call.Carried:
		if m.callers[ev.Call] != nil {
			m.apply(s.State(ev.Call, call.TrunkUsed{Dial: ev.Dial, Trunk: ev.Trunk, Shown: ev.Shown, How: ev.How, SIP: ev.SIP}))
		}
	case call.CallbackOrdered:
		m.ordered(s, ev)
	case call.Learned:
		m.learn(ev)
	default:
		m.agentSays(s, ev)
	}
	m.finish(s)
}

// leg takes news of the audio between a caller and an agent. News of a leg
// that is no longer theirs is old and is passed over.
func (m *Machine) leg(s *call.Step, ev call.Event) {
	c := m.callers[call.CallOf(ev)]
	if c == nil {
		return
	}
	if ev, is := ev.(call.Failed); is && ev.Command == "Promise" {
		m.notPromised(s, c)
		return
	}
	v := c.visit
	if v == nil {
		return
	}
	switch ev := ev.(type) {
	case call.LegMade:
		if v.leg == ev.Leg && (v.state == Connecting || v.state == Dialing && v.agent != "") {
			v.hears = v.state == Dialing
			s.Order(call.TalkTo{Agent: v.agent, Leg: v.leg, Remote: ev.Remote})
		}
	case call.Bridged:
		if v.leg == ev.Leg && v.state == Connecting {
			m.bridged(s, v)
		}
	case call.LegEnded:
		if v.leg == ev.Leg && (v.state == Connecting || v.state == Talking) {
			m.legEnded(s, v)
		}
	case call.Failed:
		if v.leg == ev.Leg && v.state == Connecting {
			m.connectFailed(s, v, ev.Why)
		}
	}
}

// agentSays takes what an agent does, if she is signed in.
func (m *Machine) agentSays(s *call.Step, ev call.Event) {
	switch ev := ev.(type) {
	case call.Accepted:
		m.accepted(s, ev)
	case call.Declined:
		if a, v := m.holds(ev.Agent, ev.Offer, call.Ringing); v != nil {
			m.unanswered(s, a, "declined", call.ReasonDeclined)
		}
	case call.Chose:
		m.chose(s, m.agents[ev.Agent], ev)
	case call.GaveUp:
		if _, v := m.holds(ev.Agent, ev.Offer, call.Connecting); v != nil && v.state == Dialing {
			m.giveUp(s, v)
		}
	case call.Dialed:
		if a := m.agents[ev.Agent]; a != nil {
			m.dialed(s, a, ev)
		}
	case call.AgentHungUp:
		if a := m.agents[ev.Agent]; a != nil {
			m.agentHungUp(s, a, ev.Call)
		}
	case call.Wrapped:
		if a := m.agents[ev.Agent]; a != nil && a.state == call.WrapUp {
			m.become(s, a, call.Idle)
		}
	case call.MediaUp:
		if a := m.agents[ev.Agent]; a != nil {
			m.mediaUp(s, a, ev)
		}
	case call.MediaDown:
		if a := m.agents[ev.Agent]; a != nil {
			m.mediaDown(s, a)
		}
	case call.Left:
		if a := m.agents[ev.Agent]; a != nil {
			m.left(s, a)
		}
	}
}

func (m *Machine) chose(s *call.Step, a *agent, ev call.Chose) {
	if a == nil || ev.Presence != call.Available && ev.Presence != call.Away {
		return
	}
	if a.state == call.Ringing && ev.Presence == call.Away {
		m.unanswered(s, a, "declined", ev.Reason)
		return
	}
	if ev.Presence == call.Available {
		a.notice = nil
	}
	m.choose(s, a, ev.Presence, ev.Reason)
}

// timer finds what a timer was set for. One that is about something that has
// moved on meanwhile is passed over.
func (m *Machine) timer(s *call.Step, t call.Timer) {
	switch t.Kind {
	case "ring":
		if v := m.offers[t.Of]; v != nil && v.state == Offered {
			m.unanswered(s, m.agents[v.agent], "no_answer", call.ReasonNoAnswer)
		}
	case "connect":
		if v := m.offers[t.Of]; v != nil && v.state == Connecting {
			m.connectFailed(s, v, "timeout")
		}
	case "wrap_up":
		if a := m.agents[call.AgentID(t.Of)]; a != nil && a.gen == t.Gen && a.state == call.WrapUp {
			m.become(s, a, call.Idle)
		}
	case "media":
		if a := m.agents[call.AgentID(t.Of)]; a != nil && a.gen == t.Gen {
			m.mediaLost(s, a)
		}
	case "may_dial":
		if a := m.agents[call.AgentID(t.Of)]; a != nil {
			m.changed(a) // the agent may be offered callbacks again
		}
	case "alone":
		m.alone(s, m.groups[t.Gen])
	default:
		if c := m.callers[call.ID(t.Of)]; c != nil {
			m.callerTimer(s, c, t)
		}
	}
}

// callerTimer: what is about a caller's visit carries the visit's number.
func (m *Machine) callerTimer(s *call.Step, c *caller, t call.Timer) {
	switch t.Kind {
	case "due", "expire", "dial", "confirm", "moment", "gone":
		m.ticketTimer(s, c, t)
		return
	case "speech":
		if v := c.visit; v != nil && v.sayings == t.Gen && v.play != "" {
			s.Order(call.StopPlay{Call: c.id, Play: v.play}) // should it go on all the same
			m.said(s, call.PlayEnded{Call: c.id, Play: v.play})
		}
		return
	case "farewell":
		m.farewellOver(s, c)
		return
	case "dialog":
		m.dialogTimer(s, c, t)
		return
	}
	v := c.visit
	if v == nil || c.visits != t.Gen {
		return
	}
	switch t.Kind {
	case "return":
		m.notReturned(s, c)
	case "kept":
		m.look(v) // others may have it from now on
	case "widen":
		m.widen(s, v)
	case "speak":
		m.speak(s, v)
	case "spill", tooLong:
		m.waitedLong(s, v, t.Kind)
	case "p99":
		m.beyondP99(s, v)
	}
}

// Heard takes callers from the menus.
func (m *Machine) Heard(s *call.Step, e call.Entry) {
	m.rewind(s)
	var held call.ID
	if c := m.callers[e.Call]; c != nil {
		held = c.holds
	}
	m.apply(e)
	if _, known := e.Fact.(call.CallerKnown); known {
		m.showAnew(e.Call)
	}
	if _, over := e.Fact.(call.CallEnded); over && held != "" {
		m.owedAgain(s, held, e.Call)
	}
	if f, ok := e.Fact.(call.MenuLeft); ok {
		if c := m.callers[e.Call]; c != nil && c.visit == nil {
			m.arrive(s, c, f)
		}
	}
	m.finish(s)
}

// finish offers whom it can, looks after those who go on waiting, and shows
// the pages that changed.
func (m *Machine) finish(s *call.Step) {
	m.match(s)
	s.About("")
	slices.SortFunc(m.unattended, func(a, b *group) int { return a.number - b.number })
	for _, g := range m.unattended {
		m.lonely(s, g)
	}
	m.unattended = m.unattended[:0]
	for len(m.entered) > 0 {
		v := m.entered[0]
		m.entered = slices.Delete(m.entered, 0, 1) // first, so that what fails once is not tried with every event
		if v.caller.visit == v {
			s.About(v.caller.id)
			m.began(s, v)
		}
	}
	m.predial(s)
	s.About("")
	for len(m.toShow) > 0 {
		a := m.toShow[0]
		m.toShow = slices.Delete(m.toShow, 0, 1)
		a.shown = true
		s.Order(call.Show{Agent: a.id, Desk: m.desk(a)})
	}
}

func (m *Machine) forget(c *caller) {
	delete(m.callers, c.id)
	if t := c.ticket; t != nil && m.tickets[t.unique()] == c {
		delete(m.tickets, t.unique())
		l := m.line(t.queue)
		if l.booked--; l.booked == 0 {
			m.booked = slices.DeleteFunc(m.booked, func(b *line) bool { return b == l })
		}
	}
}
