package callqueue

import (
	"strings"

	"presszero/call"
)

// startOffer rings the page of the best agent for a caller. No channel exists for
// her yet, so an offer costs the switch nothing, and the caller goes on hearing
// music. A callback that may not be made now steps aside instead.
func (tk *talks) startOffer(s *call.Step, v *visit, free []*agent) {
	if !v.onPhone() && tk.callbacks.parkIfBarred(s, v) {
		return
	}
	a := free[0]
	f := call.OfferStarted{Visit: v.id, Offer: call.OfferID(v.caller.id, v.offers+1), Agent: a.id,
		Waited: seconds(s.Now.Sub(v.entered))}
	tk.traceOffer(&f, v, free, s.Now)
	tk.apply(s.State(v.caller.id, f))
	a.visit, a.notice, a.reasonFor = v, nil, f.Reason
	tk.floor.changeState(s, a, call.Ringing)
	s.After(tk.queues.lineNamed(v.queue).Ring, call.Timer{Kind: ringTimer, Of: v.offer, Agent: a.id})
}

// acceptOffer: the agent takes the call. What is being said to the caller is cut,
// so that nobody hears dead air. The first accept of an offer wins; an
// agent who comes too late is told which agent has the caller.
func (tk *talks) acceptOffer(s *call.Step, ev call.Accepted) {
	a, v := tk.agentWithOffer(ev.Agent, ev.Offer, call.Ringing)
	if v == nil {
		tk.tooLate(s, ev)
		return
	}
	if v.isAsked(a) {
		tk.acceptAsk(s, a, v)
		return
	}
	if v.caller.notice == nil { // else the agent is joined after it
		tk.announcer.stopSpeech(s, v)
	}
	tk.endOffer(s, v, "accepted", "")
	tk.queues.overtake(s, v)
	tk.callbacks.unpredial(v)
	tk.floor.changeState(s, a, call.Connecting)
	if v.state == Dialing {
		tk.dialer.dialForAgent(s, v, a)
		return
	}
	tk.joinAgent(s, v, a)
}

// tooLate tells an agent that another has the caller she wants.
func (tk *talks) tooLate(s *call.Step, ev call.Accepted) {
	a := tk.floor.agents[ev.Agent]
	id, _, _ := strings.Cut(ev.Offer, ".o")
	c := tk.callers[call.ID(id)]
	if a == nil || a.state != call.Idle || c == nil || c.visit == nil || c.visit.agent == "" {
		return
	}
	a.notice = &call.DeskNotice{What: "taken", At: s.Now, By: c.visit.agent}
	tk.floor.updateLists(a)
}

// unanswered: the agent did not answer, or said no. She is set aside, so that
// the caller is not offered to her again and again, and the caller goes to
// the next agent at the same place in line.
func (tk *talks) unanswered(s *call.Step, a *agent, how, reason string) {
	if a.visit.isAsked(a) {
		tk.askNotTaken(s, a, how, reason)
		return
	}
	tk.endOffer(s, a.visit, how, "")
	a.presence, a.reason = call.Away, reason
	if reason == call.ReasonNoAnswer {
		a.leaveNotice("no_answer", s.Now)
	}
	tk.floor.changeState(s, a, call.Idle)
}

// failBridge: accepted, but the audio could not be joined. What there is of
// the leg goes; the caller hears music again and waits at the same place.
func (tk *talks) failBridge(s *call.Step, v *visit, why string) {
	if v.state == Dialing {
		tk.dialer.stopDial(s, v, why)
		return
	}
	if v.asking() != nil {
		tk.otherGone(s, v, ended{how: "failed", by: call.SideSystem, why: why})
		return
	}
	if v.outgoing() {
		s.Order(call.HangUp{Call: v.caller.id})
		tk.dialer.endOutgoing(s, v, "failed", call.SideSystem, why)
		return
	}
	tk.dropAgentLeg(s, v)
	if !v.caller.hearsNotice() {
		s.Order(call.Music{Call: v.caller.id, Class: tk.queues.lineNamed(v.queue).Music})
	}
	tk.apply(s.State(v.caller.id, call.BridgeFailed{Visit: v.id, Offer: v.offer, Agent: v.agent, Why: why}))
}

// connectFailed: the switch could not, or did not in time. The agent is set
// aside with the reason shown: trying the same pair again would only fail again.
func (tk *talks) connectFailed(s *call.Step, v *visit, why string) {
	a := tk.floor.agents[v.agent]
	tk.failBridge(s, v, why)
	if a == nil || v.asking() != nil {
		return
	}
	a.presence, a.reason = call.Away, call.ReasonNoConnect
	a.leaveNotice("no_connect", s.Now)
	tk.floor.changeState(s, a, call.Idle)
}

// recordBridge: caller and agent hear each other. The visit is answered.
func (tk *talks) recordBridge(s *call.Step, v *visit) {
	if v.asking() != nil {
		tk.askJoined(s, v)
		return
	}
	if v.outgoing() {
		tk.apply(s.State(v.caller.id, call.OutgoingJoined{Agent: v.agent, Leg: v.leg}))
		tk.sendEarlyKeys(s, v)
	} else {
		tk.apply(s.State(v.caller.id, call.BridgeJoined{Visit: v.id, Offer: v.offer, Agent: v.agent, Leg: v.leg}))
		tk.queues.learnFromWait(v, s.Now.Sub(v.entered))
		tk.queues.leaveQueue(s, v, call.Answered)
		if open := tk.callers[v.caller.holds]; open != nil && open.ticket.here == v.caller.id {
			tk.callbacks.closeTicket(s, open, "superseded", string(v.caller.id))
		}
	}
	if a := tk.floor.agents[v.agent]; a != nil {
		tk.floor.changeState(s, a, call.Talking)
	}
}

// breakOff ends a talk that neither side has ended. The caller returns to the
// front of the line, with music; a number that an agent has called is in no line. A
// caller who talks with the other, too, goes on with that one.
func (tk *talks) breakOff(s *call.Step, v *visit, by call.Side, why string) {
	if tk.handOnUnited(s, v) {
		return
	}
	if v.asking() != nil {
		tk.otherGone(s, v, ended{how: "talked", by: by, why: why})
		return
	}
	if v.outgoing() {
		s.Order(call.HangUp{Call: v.caller.id})
		tk.dialer.endOutgoing(s, v, "talked", by, why)
		return
	}
	tk.endToLine(s, v, by, why, lineEntry{})
}

// endToLine ends a talk, and puts the caller at the place of before.
func (tk *talks) endToLine(s *call.Step, v *visit, by call.Side, why string, e lineEntry) {
	tk.dropAsk(s, v, why)
	tk.announcer.stopSpeech(s, v)
	tk.dropAgentLeg(s, v)
	tk.endTalk(s, v, by, why)
	e.queue, e.key, e.origin, e.skill, e.level = v.queue, v.ownKey(), "returned", v.skill, v.level
	tk.queues.enterQueue(s, v.caller, e)
}

// agentHungUp: the agent has ended the talk, and with it the call.
func (tk *talks) agentHungUp(s *call.Step, a *agent, c call.ID) {
	v := a.visit
	if a.state != call.Talking || v.caller.id != c {
		return
	}
	switch {
	case v.isAsked(a):
		tk.otherGone(s, v, ended{how: "talked", by: call.SideCaller})
		a.notice = nil
		return
	case v.asking() != nil:
		tk.endAsk(s, v, ended{by: call.SideAgent})
		return
	}
	if v.outgoing() {
		s.Order(call.HangUp{Call: c})
		tk.dialer.endOutgoing(s, v, "talked", call.SideAgent, "")
		tk.floor.changeState(s, a, call.Idle)
		return
	}
	tk.dropAsk(s, v, "agent_left")
	tk.dropAgentLeg(s, v)
	tk.endTalk(s, v, call.SideAgent, "")
	s.Order(call.HangUp{Call: c})
	tk.floor.startWrapUp(s, a, v.queue)
}

// legEnded: the agent's leg broke in the switch without an order.
func (tk *talks) legEnded(s *call.Step, v *visit) {
	a := tk.floor.agents[v.agent]
	queue := v.queue
	if v.state == Connecting {
		tk.connectFailed(s, v, "leg_lost")
		return
	}
	asks := v.asking() != nil
	tk.breakOff(s, v, call.SideSystem, "leg_lost")
	if a != nil && !asks {
		a.leaveNotice(v.lostAudioNotice(), s.Now)
		tk.floor.startWrapUp(s, a, queue)
	}
}

// notReturned: the talk outlived us, but its agent did not come back to it.
func (tk *talks) notReturned(s *call.Step, c *caller) {
	v := c.visit
	if v.state == Talking && (tk.floor.agents[v.agent] == nil || v.asking() != nil &&
		v.ticket.asks.to != "" && tk.floor.agents[v.ticket.asks.to] == nil) {
		tk.breakOff(s, v, call.SideSystem, "restart")
	}
}

// lostCaller ends the visit of a caller who is gone.
func (tk *talks) lostCaller(s *call.Step, v *visit, ev call.HungUp) {
	a := tk.floor.agents[v.agent]
	outcome := call.AbandonedQueue
	switch v.state {
	case Offered:
		outcome = call.AbandonedRinging
		tk.endOffer(s, v, "cancelled", "caller_left")
	case Connecting:
		outcome = call.AbandonedAtAnswer
		tk.dropAgentLeg(s, v)
	case Talking:
		k := tk.asks[v.caller.id]
		if !tk.askedAlone(s, v) {
			k = nil
		}
		tk.dropAgentLeg(s, v)
		why := ev.Text
		if !v.pauses.gap.IsZero() {
			why = "agent_lost"
		}
		tk.endTalk(s, v, ev.Side, why)
		if a != nil {
			a.leaveNotice("caller_left", s.Now)
			if k != nil {
				tk.floor.goOnAlone(s, a, v.queue, k)
			} else {
				tk.floor.startWrapUp(s, a, v.queue)
			}
		}
		return
	}
	if ev.Side == call.SideSystem {
		outcome = call.SystemFailure
	}
	tk.queues.leaveQueue(s, v, outcome)
	if a != nil && a.visit == v {
		a.leaveNotice("caller_left", s.Now)
		tk.floor.changeState(s, a, call.Idle)
	}
}
