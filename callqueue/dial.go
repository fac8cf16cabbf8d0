package callqueue

import (
	"time"

	"presszero/call"
)

// dialMargin is how much longer than the ringing we wait for the switch's word.
const dialMargin = 10 * time.Second

// greetingLimit is how long a machine may greet before it is left a message.
const greetingLimit = 20 * time.Second

// notCounted is the pause after an attempt that nobody could notice, where a
// queue has none of its own.
const notCounted = 5 * time.Minute

// dial calls the customer for an agent who has accepted.
func (m *Machine) dial(s *call.Step, v *visit, a *agent) {
	t := v.ticket
	if err := m.permit(s.Now, v, a.id); err != nil {
		m.freeAgent(s, v, "blocked")
		m.tried(s, v, "blocked", err.Error())
		return
	}
	id := call.DialID(v.caller.id, t.dials+1)
	m.apply(s.State(v.caller.id, call.CallbackDialed{Visit: v.id, Dial: id, Attempt: t.attempts + 1, Agent: a.id}))
	m.ring(s, v)
}

func (m *Machine) permit(now time.Time, v *visit, by call.AgentID) error {
	if m.Outbound == nil {
		return nil
	}
	return m.Outbound.Permit(now, v.ticket.number, by)
}

// ring has the switch make the call.
func (m *Machine) ring(s *call.Step, v *visit) {
	t := v.ticket
	limit := m.line(v.queue).Callback.Ring
	d := call.Dial{Call: v.caller.id, Dial: t.dial, Number: t.number, Dialed: v.who.Dialed, Queue: string(v.queue), Ring: limit, Listen: true}
	if a := m.agents[v.agent]; a != nil {
		d.Leg, d.Address = v.leg, a.address
	}
	s.Order(d)
	s.After(limit+dialMargin, call.Timer{Kind: "dial", Of: string(v.caller.id), Gen: t.dials})
}

// dialSays takes news of a call that we make. News of an earlier one is passed
// over.
func (m *Machine) dialSays(s *call.Step, ev call.Event) {
	c := m.callers[call.CallOf(ev)]
	if c == nil || c.ticket == nil || c.visit == nil {
		return
	}
	t, v := c.ticket, c.visit
	switch ev := ev.(type) {
	case call.DialRinging:
		if ev.Dial == t.dial {
			t.rung = true
			m.carrier.carries()
		}
	case call.DialAnswered:
		if ev.Dial == t.dial && v.state == Dialing && !t.greeted {
			t.rung = true
			m.carrier.carries()
			m.reached(s, v, ev.By)
		}
	case call.DialFailed:
		if ev.Dial == t.dial && v.state == Dialing {
			if ev.Why == "busy" || ev.Why == "declined" || ev.Why == "invalid" {
				m.carrier.carries()
			}
			m.freeAgent(s, v, ev.Why)
			m.tried(s, v, ev.Why, "")
		}
	case call.CallbackCancelled:
		if !t.up && !t.out {
			m.closeTicket(s, c, "cancelled", ev.By)
		}
	}
}

// reached: somebody, or something, has taken the call. Who may be a person is
// taken for one: an agent hears at once if it is none, and a customer who was
// called first proves it with 1.
func (m *Machine) reached(s *call.Step, v *visit, by string) {
	if v.ticket.out {
		m.apply(s.State(v.caller.id, call.OutgoingAnswered{Agent: v.agent}))
		m.connectAnswered(s, v)
		return
	}
	first := !v.ticket.machine
	f := call.CallbackReached{Visit: v.id, Dial: v.ticket.dial, By: "person", Unsure: by == "unsure"}
	if by == "machine" {
		f.By = by
	}
	m.apply(s.State(v.caller.id, f))
	if by == "machine" {
		m.freeAgent(s, v, "machine")
		m.tried(s, v, "machine", "")
		if first && m.callers[v.caller.id] == v.caller {
			m.leaveMessage(s, v.caller)
		} else {
			s.Order(call.HangUp{Call: v.caller.id})
		}
		return
	}
	if v.ticket.first {
		m.greet(s, v)
		return
	}
	m.connectAnswered(s, v)
	if m.callers[v.caller.id] == v.caller && v.ticket.up {
		m.watch(s, v)
	}
}

// connectAnswered joins who has taken the call with the agent for whom it was
// made.
func (m *Machine) connectAnswered(s *call.Step, v *visit) {
	a := m.agents[v.agent]
	if a == nil { // cannot be: her leaving ends the dial
		m.tried(s, v, "cancelled", "no agent")
		return
	}
	m.connect(s, v, a)
	m.changed(a)
}

// leaveMessage speaks one fixed sentence, without details, to a machine.
func (m *Machine) leaveMessage(s *call.Step, c *caller) {
	play := call.DialID(c.id, c.ticket.dials) + ".message"
	s.Order(call.LetFinish{Call: c.id, Max: greetingLimit})
	s.Order(call.Play{Call: c.id, Play: play, Prompts: c.words([]string{"callback-machine"})})
	c.farewell = play
	s.After(greetingLimit+speechLimit, call.Timer{Kind: "farewell", Of: string(c.id)})
}

// freeAgent lets go of the agent for whom a call was made, and tells her why.
func (m *Machine) freeAgent(s *call.Step, v *visit, why string) {
	if a := m.agents[v.agent]; a != nil && a.visit == v {
		a.tell(v.ticket.notice(why), s.Now)
		m.become(s, a, call.Idle)
	}
}

// giveUp: the agent does not let it ring any longer. It is an attempt if it
// rang, and is nothing against her: she is free at once, and the next attempt
// is another's if there is one.
func (m *Machine) giveUp(s *call.Step, v *visit) {
	s.Order(call.HangUp{Call: v.caller.id})
	m.freeAgent(s, v, "given_up")
	m.tried(s, v, "given_up", "")
}

// stopDial: the agent is gone while the customer's phone rings.
func (m *Machine) stopDial(s *call.Step, v *visit, why string) {
	s.Order(call.HangUp{Call: v.caller.id})
	m.tried(s, v, "cancelled", why)
}

// tried: the attempt came to nothing. It is one of the three if a phone rang,
// and never the last one when it was the trunk that failed;
// nobody is rung twice within minutes, whoever's fault it was.
func (m *Machine) tried(s *call.Step, v *visit, how, why string) {
	t, c := v.ticket, v.caller
	if t.out {
		m.uncount(t, how)
		m.over(s, v, how, "", why)
		return
	}
	if v.hears {
		m.part(s, v)
	}
	pauses := m.line(v.queue).Callback.Pauses
	counts := t.rung && how != "postponed"
	m.unpredial(v)
	v.play = "" // whoever heard it is gone
	m.uncount(t, how)
	m.apply(s.State(c.id, call.CallbackTried{Visit: v.id, Dial: t.dial, How: how, Why: why, Counts: counts}))
	if how == "trunk" {
		m.alarm(s, v, "trunk", float64(m.carrier.failed))
	}
	if how == "invalid" || t.attempts > len(pauses) && how != "trunk" {
		m.closeTicket(s, c, "exhausted", "")
		return
	}
	next, reason := notCounted, "retry"
	if len(pauses) > 0 {
		next = pauses[0]
	}
	switch {
	case how == "trunk":
		next, reason = m.carrier.until.Sub(s.Now), "trunk"
		if counts && t.attempts <= len(pauses) {
			next = max(next, pauses[t.attempts-1])
		}
	case how == "blocked":
		reason = "limit"
	case counts:
		next = pauses[t.attempts-1]
	case !t.rung && how == "cancelled":
		next = time.Second // nobody has noticed
	}
	m.park(s, v, s.Now.Add(next), reason)
}

// uncount takes a call out of the number's caps that did not come to the
// number: the trunk, or we, had failed before.
func (m *Machine) uncount(t *ticket, how string) {
	if m.Outbound == nil || t.rung {
		return
	}
	switch how {
	case "trunk", "failed", "cancelled", "given_up":
		m.Outbound.Uncount(t.number)
	}
}

// customerGone: the person we have called has hung up.
func (m *Machine) customerGone(s *call.Step, c *caller, ev call.HungUp) {
	t, v := c.ticket, c.visit
	c.farewell = ""
	switch {
	case t.out:
		m.farEndGone(s, v, ev)
	case v == nil: // the talk is over
		if c.served {
			m.completed(s, c)
		}
	case v.state == Talking:
		m.lostCaller(s, v, ev)
		m.completed(s, c)
	case c.served: // the talk had broken off
		m.lostCaller(s, v, ev)
		m.completed(s, c)
	case v.state == Dialing && !t.greeted:
		m.freeAgent(s, v, "no_answer")
		m.tried(s, v, "no_answer", ev.Text)
	case t.greeted:
		m.tried(s, v, "declined", "")
	case t.up:
		m.abandonedCallback(s, v, ev)
	}
}

// abandonedCallback: the person took the call and was gone before an agent was
// there.
func (m *Machine) abandonedCallback(s *call.Step, v *visit, ev call.HungUp) {
	if v.ticket.first {
		m.line(v.queue).abandoned.Add(s.Now, 1)
	}
	a := m.agents[v.agent]
	switch v.state {
	case Offered:
		m.endOffer(s, v, "cancelled", "caller_left")
	case Connecting:
		m.part(s, v)
	}
	if a != nil && a.visit == v {
		a.tell("caller_left", s.Now)
		m.become(s, a, call.Idle)
	}
	m.tried(s, v, "abandoned", ev.Text)
}

func (m *Machine) completed(s *call.Step, c *caller) {
	m.apply(s.State(c.id, call.CallbackEnded{How: "completed", Attempts: c.ticket.dials}))
}
