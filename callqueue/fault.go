package callqueue

import (
	"cmp"
	"slices"

	"presszero/call"
)

// A decision that panics must not leave an agent or a caller bound: see call.Loop. The
// facts stated before the panic are true. States of visits follow the facts and are
// right; states of agents may be half changed. So the visits decide which agents and
// callers are to be freed.

// fault is the reason of a visit, talk or offer that ended because a decision failed.
const fault = "fault"

// Forget lets go of a call that could not be decided about, and frees its agent.
// A callback is still owed: the attempt has failed.
func (m *Machine) Forget(s *call.Step, id call.ID) {
	c := m.callers[id]
	if c == nil {
		return
	}
	for _, a := range m.floor.boundTo(c) {
		a.leaveNotice("caller_left", s.Now)
		m.floor.makeIdle(s, a)
	}
	v, t := c.visit, c.ticket
	m.announcer.dropNotice(s, c, false)
	if k := m.talks.asks[id]; k != nil {
		m.talks.endAsk(s, k, ended{how: "failed", by: call.SideSystem, why: fault})
	}
	if o := c.outside; o != nil && o.transfer != "" {
		s.Order(call.DropTransfer{Call: id, Transfer: o.transfer})
		m.talks.endOutside(s, c, fault)
	}
	switch {
	case t != nil && t.asks != nil && v != nil:
		m.talks.endAsk(s, v, ended{how: "failed", by: call.SideSystem, why: fault, tell: "ask_failed"})
	case t != nil && t.out:
		s.Order(call.HangUp{Call: id})
		if v != nil {
			m.dialer.endOutgoing(s, v, "failed", call.SideSystem, fault)
		}
	case t != nil:
		m.callbacks.failCallback(s, c)
	default:
		if v != nil {
			m.talks.failVisit(s, v)
		}
		m.forget(c)
		m.callbacks.releaseTicket(s, c.holds, id)
	}
	m.finish(s)
}

// boundTo returns the agents who have the caller, or had until a moment ago.
func (fl *floor) boundTo(c *caller) []*agent {
	var bound []*agent
	for _, a := range fl.agents {
		if a.visit != nil && a.visit.caller == c {
			bound = append(bound, a)
		}
	}
	slices.SortFunc(bound, func(a, b *agent) int { return cmp.Compare(a.id, b.id) })
	return bound
}

// failVisit ends a caller's visit and talk.
func (tk *talks) failVisit(s *call.Step, v *visit) {
	switch v.state {
	case Offered:
		tk.endOffer(s, v, "cancelled", fault)
	case Connecting:
		tk.dropAgentLeg(s, v)
	case Talking:
		tk.dropAgentLeg(s, v)
		tk.endTalk(s, v, call.SideSystem, fault)
		return
	}
	tk.queues.leaveQueue(s, v, call.SystemFailure)
}

// Free makes an agent idle. The agent's caller waits again at the same place, as when a
// page is lost. lost has the calls that cannot: of a caller to whom that happens a second
// time, and those that the agent makes.
func (m *Machine) Free(s *call.Step, id call.AgentID, gone bool) (lost []call.ID) {
	a := m.floor.agents[id]
	if a != nil {
		a.presence, a.reason = call.Away, call.ReasonFault
		a.leaveNotice(fault, s.Now)
		m.floor.makeIdle(s, a)
	}
	for _, v := range m.talks.visitsOf(id) {
		c := v.caller
		s.About(c.id)
		if v.asking() != nil && (a == nil || v.ticket.asks.to == id) {
			m.talks.endAsk(s, v, ended{how: "failed", by: call.SideSystem, why: fault, tell: "ask_failed"})
			continue
		}
		if c.faulted || v.outgoing() {
			lost = append(lost, c.id)
			continue
		}
		c.faulted = true
		switch v.state {
		case Offered:
			m.talks.endOffer(s, v, "cancelled", fault)
		case Dialing, Connecting:
			m.talks.failBridge(s, v, fault)
		case Talking:
			m.talks.breakOff(s, v, call.SideSystem, fault)
		}
	}
	s.About("")
	switch {
	case a != nil && gone:
		m.floor.signOut(s, a)
	case a == nil && !gone: // the sign-in failed, and her page is to say so
		s.Order(call.Show{Agent: id, Desk: call.Desk{Presence: call.SignedOut, State: call.Idle, Since: s.Now,
			Notice: &call.DeskNotice{What: fault, At: s.Now}}})
	}
	m.finish(s)
	return lost
}

// makeIdle lets an agent be idle, however far the failed decision had come.
func (fl *floor) makeIdle(s *call.Step, a *agent) {
	a.visit = nil
	if a.state != call.Idle {
		fl.changeState(s, a, call.Idle)
	} else {
		fl.recordChange(s, a)
	}
}

// visitsOf returns the visits that are offered to an agent or with one, in a
// fixed order.
func (tk *talks) visitsOf(id call.AgentID) []*visit {
	var all []*visit
	for _, c := range tk.callers {
		if v := c.visit; v != nil && (v.agent == id || v.asking() != nil && v.ticket.asks.to == id) {
			all = append(all, c.visit)
		}
	}
	slices.SortFunc(all, func(v, w *visit) int { return compareCallers(v.caller, w.caller) })
	return all
}
