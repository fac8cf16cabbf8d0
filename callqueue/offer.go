package callqueue

import (
	"strings"
	"time"

	"presszero/call"
)

// talks is the visits that an agent has: the offer that rings, the leg that is
// being joined, the talk, and how each of them ends. Whatever goes wrong on our
// side, the caller goes back to the place of before; who ends a talk decides
// what the agent does next.
//
// Its maps follow the facts and are changed only in apply; a talk that outlived
// a restart is found here when its agent comes back.
type talks struct {
	*shared

	byOffer map[string]*visit       // by open or accepted offer
	byAgent map[call.AgentID]*visit // that go on
}

// rings takes in that a visit is offered to an agent, or has been accepted.
func (tk *talks) rings(v *visit) { tk.byOffer[v.offer] = v }

// withdraws takes in that the visit's offer is no more.
func (tk *talks) withdraws(v *visit) { delete(tk.byOffer, v.offer) }

// begins takes in that the visit's talk goes on.
func (tk *talks) begins(v *visit) { tk.byAgent[v.agent] = v }

// ends takes in that neither an offer nor a talk of the visit goes on.
func (tk *talks) ends(v *visit) {
	if tk.byAgent[v.agent] == v {
		delete(tk.byAgent, v.agent)
	}
	tk.withdraws(v)
}

// offer rings the page of the best agent for a caller. No channel exists for
// her yet, so an offer costs the switch nothing, and the caller goes on hearing
// music. A callback that may not be made now steps aside instead.
func (tk *talks) offer(s *call.Step, v *visit, free []*agent) {
	if !v.onPhone() && tk.callbacks.notNow(s, v) {
		return
	}
	a := free[0]
	f := call.OfferStarted{Visit: v.id, Offer: call.OfferID(v.caller.id, v.offers+1), Agent: a.id,
		Waited: seconds(s.Now.Sub(v.entered))}
	tk.trace(&f, v, free, s.Now)
	tk.apply(s.State(v.caller.id, f))
	a.visit, a.notice, a.reasonFor = v, nil, f.Reason
	tk.floor.become(s, a, call.Ringing)
	s.After(tk.queues.line(v.queue).Ring, call.Timer{Kind: ringTimer, Of: v.offer, Agent: a.id})
}

// endOffer ends the ringing. The caller keeps the place in line.
func (tk *talks) endOffer(s *call.Step, v *visit, how, why string) {
	tk.apply(s.State(v.caller.id, call.OfferEnded{
		Visit: v.id, Offer: v.offer, Agent: v.agent, How: how, Why: why,
		Rang: seconds(s.When(v.caller.id).Sub(v.offered)),
	}))
}

// accepted: the agent takes the call. What is being said to the caller is cut,
// so that nobody hears dead air. The first accept of an offer wins; who comes
// too late is told who has it.
func (tk *talks) accepted(s *call.Step, ev call.Accepted) {
	a, v := tk.holds(ev.Agent, ev.Offer, call.Ringing)
	if v == nil {
		tk.tooLate(s, ev)
		return
	}
	tk.announcer.cut(s, v)
	tk.endOffer(s, v, "accepted", "")
	tk.queues.overtake(s, v)
	tk.callbacks.unpredial(v)
	tk.floor.become(s, a, call.Connecting)
	if v.state == Dialing {
		tk.dialer.dial(s, v, a)
		return
	}
	tk.connect(s, v, a)
}

// connect joins caller and agent.
func (tk *talks) connect(s *call.Step, v *visit, a *agent) {
	a.joined = a.address
	s.Order(call.Connect{Call: v.caller.id, Leg: v.leg, Address: a.address})
	s.After(connectLimit, call.Timer{Kind: connectTimer, Of: v.offer, Agent: a.id})
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
	tk.floor.changed(a)
}

// unanswered: the agent did not answer, or said no. She is set aside, so that
// the caller is not offered to her again and again, and the caller goes to
// the next agent at the same place in line.
func (tk *talks) unanswered(s *call.Step, a *agent, how, reason string) {
	tk.endOffer(s, a.visit, how, "")
	a.presence, a.reason = call.Away, reason
	if reason == call.ReasonNoAnswer {
		a.tell("no_answer", s.Now)
	}
	tk.floor.become(s, a, call.Idle)
}

// failBridge: accepted, but the audio could not be joined. What there is of
// the leg goes; the caller hears music again and waits at the same place.
func (tk *talks) failBridge(s *call.Step, v *visit, why string) {
	if v.state == Dialing {
		tk.dialer.stopDial(s, v, why)
		return
	}
	if v.outgoing() {
		s.Order(call.HangUp{Call: v.caller.id})
		tk.dialer.over(s, v, "failed", call.SideSystem, why)
		return
	}
	tk.part(s, v)
	s.Order(call.Music{Call: v.caller.id, Class: tk.queues.line(v.queue).Music})
	tk.apply(s.State(v.caller.id, call.BridgeFailed{Visit: v.id, Offer: v.offer, Agent: v.agent, Why: why}))
}

// connectFailed: the switch could not, or did not in time. The agent is set
// aside with the reason shown: trying the same pair again would only fail again.
func (tk *talks) connectFailed(s *call.Step, v *visit, why string) {
	a := tk.floor.agents[v.agent]
	tk.failBridge(s, v, why)
	if a == nil {
		return
	}
	a.presence, a.reason = call.Away, call.ReasonNoConnect
	a.tell("no_connect", s.Now)
	tk.floor.become(s, a, call.Idle)
}

// bridged: caller and agent hear each other. The visit is answered.
func (tk *talks) bridged(s *call.Step, v *visit) {
	if v.outgoing() {
		tk.apply(s.State(v.caller.id, call.OutgoingJoined{Agent: v.agent, Leg: v.leg}))
	} else {
		tk.apply(s.State(v.caller.id, call.BridgeJoined{Visit: v.id, Offer: v.offer, Agent: v.agent, Leg: v.leg}))
		tk.queues.answered(v, s.Now.Sub(v.entered))
		tk.queues.leave(s, v, call.Answered)
		if open := tk.callers[v.caller.holds]; open != nil && open.ticket.here == v.caller.id {
			tk.callbacks.closeTicket(s, open, "superseded", string(v.caller.id))
		}
	}
	if a := tk.floor.agents[v.agent]; a != nil {
		tk.floor.become(s, a, call.Talking)
	}
}

// breakOff ends a talk that nobody wanted to end. The caller returns to the
// front of the line, with music; whom an agent has called is in none.
func (tk *talks) breakOff(s *call.Step, v *visit, by call.Side, why string) {
	if v.outgoing() {
		s.Order(call.HangUp{Call: v.caller.id})
		tk.dialer.over(s, v, "talked", by, why)
		return
	}
	c := v.caller
	tk.part(s, v)
	tk.endTalk(s, v, by, why)
	tk.queues.enter(s, c, entry{queue: v.queue, key: v.key, origin: "returned", skill: v.skill, level: v.level})
}

// part takes the agent's leg off the caller.
func (tk *talks) part(s *call.Step, v *visit) {
	v.hears = false
	s.Order(call.Hush{Agent: v.agent, Leg: v.leg})
	s.Order(call.DropLeg{Call: v.caller.id, Leg: v.leg})
}

func (tk *talks) endTalk(s *call.Step, v *visit, by call.Side, why string) {
	tk.apply(s.State(v.caller.id, call.BridgeLeft{Visit: v.id, Agent: v.agent, Side: by, Why: why,
		Talked: seconds(s.When(v.caller.id).Sub(v.joined))}))
}

// agentHungUp: the agent has ended the talk, and with it the call.
func (tk *talks) agentHungUp(s *call.Step, a *agent, c call.ID) {
	v := a.visit
	if a.state != call.Talking || v.caller.id != c {
		return
	}
	if v.outgoing() {
		s.Order(call.HangUp{Call: c})
		tk.dialer.over(s, v, "talked", call.SideAgent, "")
		tk.floor.become(s, a, call.Idle)
		return
	}
	tk.part(s, v)
	tk.endTalk(s, v, call.SideAgent, "")
	s.Order(call.HangUp{Call: c})
	tk.floor.wrap(s, a, v.queue)
}

// holds returns the agent and her visit if she is in this state over this offer.
func (tk *talks) holds(id call.AgentID, offer string, st call.AgentState) (*agent, *visit) {
	a := tk.floor.agents[id]
	if a == nil || a.state != st || a.visit == nil || a.visit.offer != offer {
		return nil, nil
	}
	return a, a.visit
}

func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }

// leg takes news of the audio between a caller and an agent. News of a leg
// that is no longer theirs is old and is passed over.
func (tk *talks) leg(s *call.Step, ev call.Event) {
	c := tk.callers[call.CallOf(ev)]
	if c == nil {
		return
	}
	if ev, is := ev.(call.Failed); is && ev.Command == call.NameOf(call.Promise{}) {
		tk.announcer.notPromised(s, c)
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
			tk.bridged(s, v)
		}
	case call.LegEnded:
		if v.leg == ev.Leg && (v.state == Connecting || v.state == Talking) {
			tk.legEnded(s, v)
		}
	case call.Failed:
		if v.leg == ev.Leg && v.state == Connecting {
			tk.connectFailed(s, v, ev.Why)
		}
	}
}

// legEnded: the agent's leg broke in the switch though nobody ordered it.
func (tk *talks) legEnded(s *call.Step, v *visit) {
	a := tk.floor.agents[v.agent]
	queue := v.queue
	if v.state == Connecting {
		tk.connectFailed(s, v, "leg_lost")
		return
	}
	tk.breakOff(s, v, call.SideSystem, "leg_lost")
	if a != nil {
		a.tell(v.broken(), s.Now)
		tk.floor.wrap(s, a, queue)
	}
}

// notReturned: the talk outlived us, but its agent did not come back to it.
func (tk *talks) notReturned(s *call.Step, c *caller) {
	if c.visit.state == Talking && tk.floor.agents[c.visit.agent] == nil {
		tk.breakOff(s, c.visit, call.SideSystem, "restart")
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
		tk.part(s, v)
	case Talking:
		tk.part(s, v)
		tk.endTalk(s, v, ev.Side, ev.Text)
		if a != nil {
			a.tell("caller_left", s.Now)
			tk.floor.wrap(s, a, v.queue)
		}
		return
	}
	if ev.Side == call.SideSystem {
		outcome = call.SystemFailure
	}
	tk.queues.leave(s, v, outcome)
	if a != nil && a.visit == v {
		a.tell("caller_left", s.Now)
		tk.floor.become(s, a, call.Idle)
	}
}

// freeAgent lets go of the agent for whom a call was made, and tells her why.
func (tk *talks) freeAgent(s *call.Step, v *visit, why string) {
	if a := tk.floor.agents[v.agent]; a != nil && a.visit == v {
		a.tell(v.ticket.notice(why), s.Now)
		tk.floor.become(s, a, call.Idle)
	}
}
