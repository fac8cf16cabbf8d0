package callqueue

import (
	"time"

	"presszero/call"
)

// enter puts a caller in line. The key is now for those who come from the
// menus; who returns after a talk that broke off keeps the old one and so
// stands in front.
func (m *Machine) enter(s *call.Step, c *caller, queue string, key time.Time, origin string) {
	l := m.line(queue)
	m.apply(s.State(c.id, call.QueueEntered{
		Visit: call.VisitID(c.id, c.visits+1), Queue: queue, As: "live",
		Position: l.ahead(key) + 1, Key: key, Origin: origin,
		From: c.who.Number, Name: c.who.Name, To: c.who.Dialed, Path: c.who.Path,
	}))
	s.Order(call.Music{Call: c.id, Class: l.Music})
}

// leave ends the visit's waiting in exactly one way.
func (m *Machine) leave(s *call.Step, v *visit, how call.Outcome) {
	f := call.QueueLeft{Visit: v.id, Queue: v.queue, Outcome: how,
		Waited: seconds(s.Now.Sub(v.entered)), Rang: seconds(v.rang)}
	if how == call.Answered {
		f.Agent = v.agent
	}
	m.apply(s.State(v.caller.id, f))
}

// hungUp: the caller is gone, at whatever moment. The agent, if any, is told
// and free at once, and is not charged for it.
func (m *Machine) hungUp(s *call.Step, ev call.HungUp) {
	c := m.callers[ev.Call]
	if c == nil || c.visit == nil {
		return
	}
	v := c.visit
	a := m.agents[v.agent]
	outcome := call.AbandonedQueue
	switch v.state {
	case Offered:
		outcome = call.AbandonedRinging
		m.endOffer(s, v, "cancelled", "caller_left")
	case Connecting:
		outcome = call.AbandonedAtAnswer
		m.part(s, v)
	case Talking:
		m.part(s, v)
		m.endTalk(s, v, ev.Side, ev.Text)
		if a != nil {
			a.tell("caller_left", s.Now)
			m.wrap(s, a, v.queue)
		}
		return
	}
	if ev.Side == call.SideSystem {
		outcome = call.SystemFailure
	}
	m.leave(s, v, outcome)
	if a != nil && a.visit == v {
		a.tell("caller_left", s.Now)
		m.become(s, a, call.Idle)
	}
}

// resumed: we have been away, and the switch still has the caller. Agents and
// their offers did not outlive us, but music, place and key did.
func (m *Machine) resumed(s *call.Step, ev call.Resumed) {
	c := m.callers[ev.Call]
	if c == nil || c.visit == nil {
		return
	}
	v := c.visit
	switch v.state {
	case Waiting:
		s.Order(call.Music{Call: c.id, Class: m.line(v.queue).Music})
	case Offered:
		m.endOffer(s, v, "cancelled", "restart")
		s.Order(call.Music{Call: c.id, Class: m.line(v.queue).Music})
	case Connecting:
		m.failBridge(s, v, "restart")
	case Talking:
		if ev.Leg == "" || ev.Leg != v.leg {
			m.breakOff(s, v, call.SideSystem, "restart")
			return
		}
		s.After(returnLimit, call.Timer{Kind: "return", Of: string(c.id), Gen: c.visits})
	}
}

// notReturned: the talk outlived us, but its agent did not come back to it.
func (m *Machine) notReturned(s *call.Step, t call.Timer) {
	c := m.callers[call.ID(t.Of)]
	if c == nil || c.visits != t.Gen || c.visit == nil || c.visit.state != Talking {
		return
	}
	if m.agents[c.visit.agent] == nil {
		m.breakOff(s, c.visit, call.SideSystem, "restart")
	}
}

// legEnded: the agent's leg broke in the switch though nobody ordered it.
func (m *Machine) legEnded(s *call.Step, v *visit) {
	a := m.agents[v.agent]
	queue := v.queue
	if v.state == Connecting {
		m.connectFailed(s, v, "leg_lost")
		return
	}
	m.breakOff(s, v, call.SideSystem, "leg_lost")
	if a != nil {
		a.tell("media_lost", s.Now)
		m.wrap(s, a, queue)
	}
}
