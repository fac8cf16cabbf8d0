package callqueue

import (
	"strings"
	"time"

	"presszero/call"
)

// offer rings the page of the best agent for a caller. No channel exists for
// her yet, so an offer costs the switch nothing, and the caller goes on hearing
// music. A callback that may not be made now steps aside instead.
func (m *Machine) offer(s *call.Step, v *visit, free []*agent) {
	if !v.onPhone() && m.notNow(s, v) {
		return
	}
	a := free[0]
	f := call.OfferStarted{Visit: v.id, Offer: call.OfferID(v.caller.id, v.offers+1), Agent: a.id,
		Waited: seconds(s.Now.Sub(v.entered))}
	m.trace(&f, v, free, s.Now)
	m.apply(s.State(v.caller.id, f))
	a.visit, a.notice, a.reasonFor = v, nil, f.Reason
	m.become(s, a, call.Ringing)
	s.After(m.line(v.queue).Ring, call.Timer{Kind: ringTimer, Of: v.offer, Agent: a.id})
}

// endOffer ends the ringing. The caller keeps the place in line.
func (m *Machine) endOffer(s *call.Step, v *visit, how, why string) {
	m.apply(s.State(v.caller.id, call.OfferEnded{
		Visit: v.id, Offer: v.offer, Agent: v.agent, How: how, Why: why,
		Rang: seconds(s.When(v.caller.id).Sub(v.offered)),
	}))
}

// accepted: the agent takes the call. What is being said to the caller is cut,
// so that nobody hears dead air. The first accept of an offer wins; who comes
// too late is told who has it.
func (m *Machine) accepted(s *call.Step, ev call.Accepted) {
	a, v := m.holds(ev.Agent, ev.Offer, call.Ringing)
	if v == nil {
		m.tooLate(s, ev)
		return
	}
	m.cut(s, v)
	m.endOffer(s, v, "accepted", "")
	m.overtake(s, v)
	m.unpredial(v)
	m.become(s, a, call.Connecting)
	if v.state == Dialing {
		m.dial(s, v, a)
		return
	}
	m.connect(s, v, a)
}

// connect joins caller and agent.
func (m *Machine) connect(s *call.Step, v *visit, a *agent) {
	a.joined = a.address
	s.Order(call.Connect{Call: v.caller.id, Leg: v.leg, Address: a.address})
	s.After(connectLimit, call.Timer{Kind: connectTimer, Of: v.offer, Agent: a.id})
}

// tooLate tells an agent that another has the caller she wants.
func (m *Machine) tooLate(s *call.Step, ev call.Accepted) {
	a := m.agents[ev.Agent]
	id, _, _ := strings.Cut(ev.Offer, ".o")
	c := m.callers[call.ID(id)]
	if a == nil || a.state != call.Idle || c == nil || c.visit == nil || c.visit.agent == "" {
		return
	}
	a.notice = &call.DeskNotice{What: "taken", At: s.Now, By: c.visit.agent}
	m.changed(a)
}

// unanswered: the agent did not answer, or said no. She is set aside, so that
// the caller is not offered to her again and again, and the caller goes to
// the next agent at the same place in line.
func (m *Machine) unanswered(s *call.Step, a *agent, how, reason string) {
	m.endOffer(s, a.visit, how, "")
	a.presence, a.reason = call.Away, reason
	if reason == call.ReasonNoAnswer {
		a.tell("no_answer", s.Now)
	}
	m.become(s, a, call.Idle)
}

// failBridge: accepted, but the audio could not be joined. What there is of
// the leg goes; the caller hears music again and waits at the same place.
func (m *Machine) failBridge(s *call.Step, v *visit, why string) {
	if v.state == Dialing {
		m.stopDial(s, v, why)
		return
	}
	if v.outgoing() {
		s.Order(call.HangUp{Call: v.caller.id})
		m.over(s, v, "failed", call.SideSystem, why)
		return
	}
	m.part(s, v)
	s.Order(call.Music{Call: v.caller.id, Class: m.line(v.queue).Music})
	m.apply(s.State(v.caller.id, call.BridgeFailed{Visit: v.id, Offer: v.offer, Agent: v.agent, Why: why}))
}

// connectFailed: the switch could not, or did not in time. The agent is set
// aside with the reason shown: trying the same pair again would only fail again.
func (m *Machine) connectFailed(s *call.Step, v *visit, why string) {
	a := m.agents[v.agent]
	m.failBridge(s, v, why)
	if a == nil {
		return
	}
	a.presence, a.reason = call.Away, call.ReasonNoConnect
	a.tell("no_connect", s.Now)
	m.become(s, a, call.Idle)
}

// bridged: caller and agent hear each other. The visit is answered.
func (m *Machine) bridged(s *call.Step, v *visit) {
	if v.outgoing() {
		m.apply(s.State(v.caller.id, call.OutgoingJoined{Agent: v.agent, Leg: v.leg}))
	} else {
		m.apply(s.State(v.caller.id, call.BridgeJoined{Visit: v.id, Offer: v.offer, Agent: v.agent, Leg: v.leg}))
		m.answered(v, s.Now.Sub(v.entered))
		m.leave(s, v, call.Answered)
		if open := m.callers[v.caller.holds]; open != nil && open.ticket.here == v.caller.id {
			m.closeTicket(s, open, "superseded", string(v.caller.id))
		}
	}
	if a := m.agents[v.agent]; a != nil {
		m.become(s, a, call.Talking)
	}
}

// breakOff ends a talk that nobody wanted to end. The caller returns to the
// front of the line, with music; whom an agent has called is in none.
func (m *Machine) breakOff(s *call.Step, v *visit, by call.Side, why string) {
	if v.outgoing() {
		s.Order(call.HangUp{Call: v.caller.id})
		m.over(s, v, "talked", by, why)
		return
	}
	c := v.caller
	m.part(s, v)
	m.endTalk(s, v, by, why)
	m.enter(s, c, entry{queue: v.queue, key: v.key, origin: "returned", skill: v.skill, level: v.level})
}

// part takes the agent's leg off the caller.
func (m *Machine) part(s *call.Step, v *visit) {
	v.hears = false
	s.Order(call.Hush{Agent: v.agent, Leg: v.leg})
	s.Order(call.DropLeg{Call: v.caller.id, Leg: v.leg})
}

func (m *Machine) endTalk(s *call.Step, v *visit, by call.Side, why string) {
	m.apply(s.State(v.caller.id, call.BridgeLeft{Visit: v.id, Agent: v.agent, Side: by, Why: why,
		Talked: seconds(s.When(v.caller.id).Sub(v.joined))}))
}

// agentHungUp: the agent has ended the talk, and with it the call.
func (m *Machine) agentHungUp(s *call.Step, a *agent, c call.ID) {
	v := a.visit
	if a.state != call.Talking || v.caller.id != c {
		return
	}
	if v.outgoing() {
		s.Order(call.HangUp{Call: c})
		m.over(s, v, "talked", call.SideAgent, "")
		m.become(s, a, call.Idle)
		return
	}
	m.part(s, v)
	m.endTalk(s, v, call.SideAgent, "")
	s.Order(call.HangUp{Call: c})
	m.wrap(s, a, v.queue)
}

// holds returns the agent and her visit if she is in this state over this offer.
func (m *Machine) holds(id call.AgentID, offer string, st call.AgentState) (*agent, *visit) {
	a := m.agents[id]
	if a == nil || a.state != st || a.visit == nil || a.visit.offer != offer {
		return nil, nil
	}
	return a, a.visit
}

func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }
