package callqueue

import "presszero/call"

// joinAgent joins caller and agent, once the caller knows whether the talk is recorded.
func (tk *talks) joinAgent(s *call.Step, v *visit, a *agent) {
	if v.asking() != nil && a.address == "" {
		tk.endAsk(s, v, ended{how: "cancelled", by: call.SideAgent, why: "agent_lost"})
		return
	}
	if tk.announcer.tellFirst(s, v) {
		return
	}
	v.through = a.address
	s.Order(call.Connect{Call: v.caller.id, Leg: v.leg, Address: a.address})
	s.After(connectLimit, call.Timer{Kind: connectTimer, Of: v.offer, Agent: a.id})
}

// agentWithOffer returns the agent and her visit if she is in this state over this offer.
func (tk *talks) agentWithOffer(id call.AgentID, offer string, st call.AgentState) (*agent, *visit) {
	a := tk.floor.agents[id]
	if a == nil || a.state != st || a.visit == nil || a.visit.offerTo(a) != offer {
		return nil, nil
	}
	return a, a.visit
}

// endOffer ends the ringing. The caller keeps the place in line.
func (tk *talks) endOffer(s *call.Step, v *visit, how, why string) {
	tk.apply(s.State(v.caller.id, call.OfferEnded{
		Visit: v.id, Offer: v.offer, Agent: v.agent, How: how, Why: why,
		Rang: seconds(s.When(v.caller.id).Sub(v.offered)),
	}))
}

// dropAgentLeg takes the agent's leg off the caller.
func (tk *talks) dropAgentLeg(s *call.Step, v *visit) {
	v.hears = false
	s.Order(call.Hush{Agent: v.agent, Leg: v.leg})
	s.Order(call.DropLeg{Call: v.caller.id, Leg: v.leg})
}

func (tk *talks) endTalk(s *call.Step, v *visit, by call.Side, why string) {
	tk.endListenings(s, v, "over")
	at := s.When(v.caller.id)
	p := v.pauses.at(at)
	tk.apply(s.State(v.caller.id, call.BridgeLeft{Visit: v.id, Agent: v.agent, Side: by, Why: why, Talked: seconds(at.Sub(v.joined)),
		Held: seconds(p.total), Holds: p.holds, Longest: seconds(p.longest), OnHold: p.held, Gone: seconds(p.away)}))
}

// freeAgent lets go of the agent for whom a call was made, and tells her why.
func (tk *talks) freeAgent(s *call.Step, v *visit, why string) {
	if a := tk.floor.agents[v.agent]; a != nil && a.visit == v {
		a.leaveNotice(v.ticket.notice(why), s.Now)
		tk.floor.changeState(s, a, call.Idle)
	}
}

// leaveQueue ends the visit's waiting in exactly one way.
func (qs *queues) leaveQueue(s *call.Step, v *visit, how call.Outcome) {
	f := call.QueueLeft{Visit: v.id, Queue: v.queue, Outcome: how,
		Waited: seconds(s.When(v.caller.id).Sub(v.entered)), Rang: seconds(v.rang)}
	if how == call.Answered {
		f.Agent = v.agent
	}
	if v.ticket == nil {
		abandoned := how == call.AbandonedQueue || how == call.AbandonedRinging || how == call.AbandonedAtAnswer
		qs.lineNamed(v.queue).patience.Add(f.Waited, abandoned)
	}
	qs.apply(s.State(v.caller.id, f))
}
