package callqueue

import (
	"time"

	"presszero/call"
)

// greetingLimit is how long a machine may greet before it is left a message.
const greetingLimit = 20 * time.Second

// dialForAgent calls the customer for an agent who has accepted.
func (dl *dialer) dialForAgent(s *call.Step, v *visit, a *agent) {
	t := v.ticket
	if err := dl.permitCall(s.Now, v, a.id); err != nil {
		dl.talks.freeAgent(s, v, "blocked")
		dl.endAttempt(s, v, "blocked", err.Error())
		return
	}
	id := call.DialID(v.caller.id, t.dials+1)
	dl.apply(s.State(v.caller.id, call.CallbackDialed{Visit: v.id, Dial: id, Attempt: t.attempts + 1, Agent: a.id}))
	dl.orderDial(s, v)
}

// orderDial has the switch make the call.
func (dl *dialer) orderDial(s *call.Step, v *visit) {
	t := v.ticket
	limit := dl.queues.lineNamed(v.queue).Callback.Ring
	d := call.Dial{Call: v.caller.id, Dial: t.dial, Number: t.number, Dialed: v.who.Dialed, Queue: string(v.queue), Ring: limit, Listen: true}
	if a := dl.floor.agents[v.agent]; a != nil {
		d.Leg, d.Address = v.leg, a.address
	}
	s.Order(d)
	s.After(limit+dialMargin, call.Timer{Kind: dialTimer, Of: string(v.caller.id), Gen: t.dials})
}

// callAnswered: a person or a machine has taken the call. If it is not sure which,
// it counts as a person: an agent hears at once if it is none, and a customer who
// was called first is to press 1.
func (dl *dialer) callAnswered(s *call.Step, v *visit, by string) {
	if v.ticket.out {
		f := call.OutgoingAnswered{Agent: v.agent}
		if v.ticket.asks != nil {
			f.For = v.ticket.asks.about
		}
		dl.apply(s.State(v.caller.id, f))
		dl.connectAnswered(s, v)
		return
	}
	first := !v.ticket.machine
	f := call.CallbackReached{Visit: v.id, Dial: v.ticket.dial, By: "person", Unsure: by == "unsure"}
	if by == "machine" {
		f.By = by
	}
	dl.apply(s.State(v.caller.id, f))
	if by == "machine" {
		dl.talks.freeAgent(s, v, "machine")
		dl.endAttempt(s, v, "machine", "")
		if first && dl.callers[v.caller.id] == v.caller {
			dl.leaveMessage(s, v.caller)
		} else {
			s.Order(call.HangUp{Call: v.caller.id})
		}
		return
	}
	if v.ticket.first {
		dl.callbacks.askToConfirm(s, v)
		return
	}
	dl.connectAnswered(s, v)
	if dl.callers[v.caller.id] == v.caller && v.ticket.up {
		dl.queues.setVisitTimers(s, v)
	}
}

// connectAnswered joins the person who has taken the call with the agent for whom
// it was made.
func (dl *dialer) connectAnswered(s *call.Step, v *visit) {
	a := dl.floor.agents[v.agent]
	if a == nil { // cannot be: her leaving ends the dial
		dl.endAttempt(s, v, "cancelled", "no agent")
		return
	}
	dl.talks.joinAgent(s, v, a)
	dl.floor.updateLists(a)
}

// leaveMessage speaks one fixed sentence, without details, to a machine.
func (dl *dialer) leaveMessage(s *call.Step, c *caller) {
	play := call.DialID(c.id, c.ticket.dials) + ".message"
	s.Order(call.LetFinish{Call: c.id, Max: greetingLimit})
	s.Order(call.Play{Call: c.id, Play: play, Prompts: c.promptsOf([]string{"callback-machine"})})
	c.farewell = play
	s.After(greetingLimit+speechLimit, call.Timer{Kind: farewellTimer, Of: string(c.id)})
}

// giveUp: the agent does not let it ring any longer. It is an attempt if it
// rang, and is nothing against her: she is free at once, and the next attempt
// is another's if there is one.
func (dl *dialer) giveUp(s *call.Step, v *visit) {
	s.Order(call.HangUp{Call: v.caller.id})
	dl.talks.freeAgent(s, v, "given_up")
	dl.endAttempt(s, v, "given_up", "")
}

// stopDial: the agent is gone while the customer's phone rings.
func (dl *dialer) stopDial(s *call.Step, v *visit, why string) {
	s.Order(call.HangUp{Call: v.caller.id})
	dl.endAttempt(s, v, "cancelled", why)
}

// endAttempt: the attempt came to nothing. It is one of the three if a phone rang,
// and never the last one when it was the trunk that failed;
// no customer is rung twice within minutes, whatever the cause.
func (dl *dialer) endAttempt(s *call.Step, v *visit, how, why string) {
	t, c := v.ticket, v.caller
	if t.asks != nil {
		dl.talks.otherGone(s, v, ended{how: how, why: why, gone: true})
		return
	}
	if t.out {
		dl.uncountCall(t, how)
		dl.endOutgoing(s, v, how, "", why)
		return
	}
	if v.hears {
		dl.talks.dropAgentLeg(s, v)
	}
	pauses := dl.queues.lineNamed(v.queue).Callback.Pauses
	counts := t.rung && how != "postponed"
	dl.callbacks.unpredial(v)
	dl.announcer.dropNotice(s, c, false)
	v.play = "" // the customer who heard it is gone
	dl.uncountCall(t, how)
	dl.apply(s.State(c.id, call.CallbackTried{Visit: v.id, Dial: t.dial, How: how, Why: why, Counts: counts}))
	if how == "trunk" {
		dl.queues.alarm(s, v, "trunk", float64(dl.carrier.failed))
	}
	if how == "invalid" || t.attempts > len(pauses) && how != "trunk" {
		dl.callbacks.closeTicket(s, c, "exhausted", "")
		return
	}
	next, reason := dl.pauseAfter(t, pauses, how, counts, s.Now)
	dl.callbacks.parkTicket(s, v, s.Now.Add(next), reason)
}

// pauseAfter returns how long a callback waits after an attempt, and why.
func (dl *dialer) pauseAfter(t *ticket, pauses []time.Duration, how string, counts bool, now time.Time) (next time.Duration, reason string) {
	next, reason = notCounted, "retry"
	if len(pauses) > 0 {
		next = pauses[0]
	}
	switch {
	case how == "trunk":
		next, reason = dl.carrier.until.Sub(now), "trunk"
		if counts && t.attempts <= len(pauses) {
			next = max(next, pauses[t.attempts-1])
		}
	case how == "blocked":
		reason = "limit"
	case counts:
		next = pauses[t.attempts-1]
	case !t.rung && how == "cancelled":
		next = time.Second // the customer has not noticed
	}
	return next, reason
}

// askToConfirm asks a customer who was called first to press 1.
func (cbs *callbacks) askToConfirm(s *call.Step, v *visit) {
	cbs.announcer.playPrompts(s, v, "callback-press-1")
	s.After(confirmLimit, call.Timer{Kind: confirmTimer, Of: string(v.caller.id), Gen: v.ticket.dials})
}

// confirms takes a key of a customer who was called first.
func (cbs *callbacks) confirms(s *call.Step, c *caller, key string) {
	v := c.visit
	if v == nil || !c.ticket.greeted || key != "1" {
		return
	}
	cbs.announcer.stopSpeech(s, v)
	cbs.apply(s.State(c.id, call.CallbackConfirmed{Visit: v.id, Dial: c.ticket.dial}))
	if !cbs.announcer.tellFirst(s, v) {
		s.Order(call.Music{Call: c.id, Class: cbs.queues.lineNamed(v.queue).Music})
	}
	s.After(momentLimit, call.Timer{Kind: momentTimer, Of: string(c.id)})
}
