package callqueue

import (
	"slices"
	"time"

	"presszero/call"
)

// Machine is the line: all queues, all who wait, all agents.
type Machine struct {
	lines   map[string]*line
	names   []string // of lines, sorted, so that decisions have one order
	callers map[call.ID]*caller
	offers  map[string]*visit // by open or accepted offer
	agents  map[call.AgentID]*agent
	free    []*agent // who may be offered a caller, longest idle first
	toShow  []*agent // whose page is to be shown anew at the end of the step
}

// New returns a line with these queues.
func New(queues ...Settings) *Machine {
	m := &Machine{
		lines:   map[string]*line{},
		callers: map[call.ID]*caller{},
		offers:  map[string]*visit{},
		agents:  map[call.AgentID]*agent{},
	}
	for _, q := range queues {
		m.add(q)
	}
	return m
}

func (m *Machine) add(q Settings) *line {
	l := &line{Settings: q.withDefaults(), open: map[string]*visit{}}
	m.lines[q.Name] = l
	m.names = append(m.names, q.Name)
	slices.Sort(m.names)
	return l
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
	switch ev := ev.(type) {
	case call.HungUp:
		m.hungUp(s, ev)
	case call.Resumed:
		m.resumed(s, ev)
	case call.LegMade, call.Bridged, call.LegEnded, call.Failed:
		m.leg(s, ev)
	case call.TimerFired:
		m.timer(s, ev.Timer)
	case call.SignedIn:
		m.signedIn(s, ev)
	default:
		m.agentSays(s, ev)
	}
	m.finish(s)
}

// leg takes news of the audio between a caller and an agent. News of a leg
// that is no longer theirs is old and is passed over.
func (m *Machine) leg(s *call.Step, ev call.Event) {
	c := m.callers[call.CallOf(ev)]
	if c == nil || c.visit == nil {
		return
	}
	v := c.visit
	switch ev := ev.(type) {
	case call.LegMade:
		if v.leg == ev.Leg && v.state == Connecting {
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
			m.mediaUp(s, a, ev.Address)
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
		if a := m.agents[call.AgentID(t.Of)]; a != nil && a.gen == t.Gen {
			m.become(s, a, call.Idle)
		}
	case "media":
		if a := m.agents[call.AgentID(t.Of)]; a != nil && a.gen == t.Gen {
			m.mediaLost(s, a)
		}
	case "return":
		m.notReturned(s, t)
	}
}

// Heard takes callers from the menus.
func (m *Machine) Heard(s *call.Step, e call.Entry) {
	m.apply(e)
	if f, ok := e.Fact.(call.MenuLeft); ok {
		if c := m.callers[e.Call]; c != nil && c.visit == nil {
			m.enter(s, c, f.Queue, s.Now, "menu")
		}
	}
	m.finish(s)
}

// finish offers whom it can and shows the pages that changed.
func (m *Machine) finish(s *call.Step) {
	m.match(s)
	for _, a := range m.toShow {
		s.Order(call.Show{Agent: a.id, Desk: m.desk(a)})
	}
	m.toShow = m.toShow[:0]
}

// Forget lets go of a call that could not be decided about, and frees its agent.
func (m *Machine) Forget(s *call.Step, id call.ID) {
	c := m.callers[id]
	if c == nil {
		return
	}
	if v := c.visit; v != nil {
		a := m.agents[v.agent]
		if v.state == Connecting || v.state == Talking {
			m.part(s, v)
		}
		if v.state != Talking {
			m.leave(s, v, call.SystemFailure)
		}
		if a != nil && a.visit == v {
			a.tell("caller_left", s.Now)
			m.become(s, a, call.Idle)
		}
		m.gone(v)
	}
	delete(m.callers, id)
	m.finish(s)
}

// Replay takes a fact of the past.
func (m *Machine) Replay(e call.Entry) { m.apply(e) }

// apply is the one place where callers and visits change, so that what was
// decided and what is replayed lead to the same state.
func (m *Machine) apply(e call.Entry) {
	switch f := e.Fact.(type) {
	case call.CallStarted:
		m.callers[e.Call] = &caller{id: e.Call, arrived: e.At,
			who: call.DeskWho{Number: f.From, Name: f.Name, Dialed: f.To}}
		return
	case call.CallEnded:
		if c := m.callers[e.Call]; c != nil && c.visit != nil {
			m.gone(c.visit)
		}
		delete(m.callers, e.Call)
		return
	}
	c := m.callers[e.Call]
	if c == nil {
		return
	}
	switch f := e.Fact.(type) {
	case call.MenuLeft:
		c.who.Path = f.Path
	case call.QueueEntered:
		c.visits++
		c.visit = &visit{caller: c, id: f.Visit, queue: f.Queue, key: f.Key, entered: e.At,
			returned: f.Origin == "returned", place: -1}
		m.wait(c.visit)
	default:
		if c.visit != nil {
			m.applyVisit(c.visit, e)
		}
	}
}

func (m *Machine) applyVisit(v *visit, e call.Entry) {
	switch f := e.Fact.(type) {
	case call.OfferStarted:
		m.line(v.queue).remove(v)
		v.offers++
		v.state, v.offer, v.offered, v.agent = Offered, f.Offer, e.At, f.Agent
		m.offers[v.offer] = v
	case call.OfferEnded:
		v.rang += time.Duration(f.Rang * float64(time.Second))
		if f.How == "accepted" {
			v.state, v.leg = Connecting, call.LegID(f.Offer)
		} else {
			m.wait(v)
		}
	case call.BridgeFailed:
		m.wait(v)
	case call.BridgeJoined:
		v.state, v.leg, v.joined, v.agent = Talking, f.Leg, e.At, f.Agent
		delete(m.line(v.queue).open, v.id)
	case call.QueueLeft:
		if f.Outcome != call.Answered {
			m.gone(v)
		}
	case call.BridgeLeft:
		m.gone(v)
	}
}

// wait puts the visit in line by its key.
func (m *Machine) wait(v *visit) {
	delete(m.offers, v.offer)
	v.state, v.offer, v.agent, v.leg = Waiting, "", "", ""
	l := m.line(v.queue)
	l.open[v.id] = v
	l.push(v)
}

// gone takes the visit out of everything.
func (m *Machine) gone(v *visit) {
	l := m.line(v.queue)
	if v.place >= 0 {
		l.remove(v)
	}
	delete(l.open, v.id)
	delete(m.offers, v.offer)
	v.caller.visit = nil
}
