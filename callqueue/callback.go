package callqueue

import (
	"slices"
	"time"

	"presszero/call"
)

// openTicket opens the callback's book and puts it in line.
func (cbs *callbacks) openTicket(s *call.Step, v *visit, id call.ID, d *dialog, w promise) {
	l := cbs.queues.lineNamed(v.queue)
	from := s.Now
	if d.due.After(from) {
		from = d.due
	}
	cbs.apply(s.State(id, call.CallbackBooked{From: v.caller.id, Queue: v.queue, Number: d.number, Key: v.key, Entered: v.first,
		Begin: w.begin, Until: w.end, Due: from, Expires: cbs.expiry(l, from), Source: d.source,
		Name: v.who.Name, To: v.who.Dialed, Path: v.who.Path, Skill: v.skill, Level: v.level, Language: v.language}))
	c := cbs.callers[id]
	cbs.queues.enterQueue(s, c, lineEntry{queue: v.queue, origin: "callback", key: v.key, first: v.first, skill: v.skill, level: v.level})
	if d.due.After(s.Now) {
		cbs.parkTicket(s, c.visit, d.due, "scheduled")
	} else {
		cbs.parkTicket(s, c.visit, s.Now.Add(2*speechLimit), "on_phone")
	}
	cbs.watchTicket(s, c)
}

// orderCallback: a user wants a person called back, as to answer a
// message, or as an agent has promised. It is a callback like any other, in the
// line since the person began to wait for an answer; one that is open already is
// enough.
func (cbs *callbacks) orderCallback(s *call.Step, ev call.CallbackOrdered) {
	if cbs.machine.Outbound == nil || cbs.callers[ev.Callback] != nil {
		return
	}
	number, err := cbs.machine.Outbound.Check(ev.Number)
	if err != nil || cbs.ticketOf(cbs.callers[ev.From], ev.Name, number, ev.Queue) != nil {
		return
	}
	if _, ok := cbs.vacant(number, ev.Queue); !ok {
		return
	}
	l := cbs.queues.lineNamed(ev.Queue)
	at, _ := cbs.dialer.mayCall(l, number, latest(s.Now, ev.Due))
	f := call.CallbackBooked{From: ev.From, Queue: ev.Queue, Number: number, Key: ev.Since,
		Entered: ev.Since, Begin: at, Until: cbs.expiry(l, at), Due: at, Expires: cbs.expiry(l, at),
		Source: "message", Name: ev.Name}
	if ev.Lost {
		f.Source = "lost"
	}
	park := s.Now // due at once, if it is not night there
	if !ev.Due.IsZero() {
		f.Source, f.Agent, f.Until, park = bookedByAgent, ev.By, at.Add(bookedWindow), at
	}
	cbs.apply(s.State(ev.Callback, f))
	c := cbs.callers[ev.Callback]
	cbs.queues.enterQueue(s, c, lineEntry{queue: ev.Queue, origin: "callback", key: ev.Since, first: ev.Since})
	cbs.parkTicket(s, c.visit, park, "scheduled")
	cbs.watchTicket(s, c)
}

// putDown: the caller has heard the promise and put the phone down, so it can
// ring.
func (cbs *callbacks) putDown(s *call.Step, c *caller) {
	cb := cbs.callers[c.promised]
	if cb != nil && cb.ticket.from == c.id && cb.ticket.onPhone && cb.visit.state == Parked {
		cbs.apply(s.State(cb.id, call.CallbackDue{Visit: cb.visit.id}))
	}
}

// ticketTimer takes the timers of callbacks.
func (cbs *callbacks) ticketTimer(s *call.Step, c *caller, t call.Timer) {
	v := c.visit
	if v == nil || c.ticket == nil {
		return
	}
	switch t.Kind {
	case dueTimer:
		if v.state == Parked && c.ticket.parks == t.Gen && cbs.callers[c.ticket.here] == nil {
			cbs.dueNow(s, v)
		}
	case expireTimer:
		cbs.expireTicket(s, c)
	case dialTimer:
		if v.state == Dialing && c.ticket.dials == t.Gen && !c.ticket.greeted {
			s.Order(call.HangUp{Call: c.id})
			cbs.talks.freeAgent(s, v, "no_answer")
			cbs.dialer.endAttempt(s, v, "no_answer", "the switch says nothing")
		}
	case confirmTimer:
		if c.ticket.greeted && c.ticket.dials == t.Gen {
			s.Order(call.HangUp{Call: c.id})
			cbs.dialer.endAttempt(s, v, "machine", "1 was not pressed")
		}
	case momentTimer:
		if (v.state == Waiting || v.state == Offered) && c.notice == nil {
			cbs.announcer.playPrompts(s, v, "callback-moment")
		}
	case goneTimer:
		if c.ticket.up && !c.ticket.resumed {
			cbs.customerGone(s, c, call.HungUp{Call: c.id, Side: call.SideSystem, Estimated: true})
		}
	}
}

// expireTicket: too late to be of use. A call that is being made is waited for.
func (cbs *callbacks) expireTicket(s *call.Step, c *caller) {
	if c.ticket.up || c.visit.state == Dialing || c.visit.state == Talking {
		s.After(time.Minute, call.Timer{Kind: expireTimer, Of: string(c.id)})
		return
	}
	cbs.closeTicket(s, c, "expired", "")
}

// resumeAfterRestart takes up, with the first news after a restart, what the restart has
// cut off: timers, offers, and calls that were being made.
func (cbs *callbacks) resumeAfterRestart(s *call.Step) {
	if cbs.machine.replayed {
		cbs.machine.replayed = false
		for _, c := range cbs.tickets {
			cbs.behind = append(cbs.behind, c)
		}
		slices.SortFunc(cbs.behind, compareCallers)
		cbs.behind = append(cbs.behind, cbs.dialer.underWay()...)
	}
	for len(cbs.behind) > 0 {
		c := cbs.behind[0]
		cbs.behind = cbs.behind[1:]
		s.About(c.id)
		v := c.visit
		switch {
		case v == nil:
			continue
		case c.ticket.up || v.state == Talking:
			s.After(time.Minute, call.Timer{Kind: goneTimer, Of: string(c.id)})
		case v.state == Offered:
			cbs.talks.endOffer(s, v, "cancelled", "restart")
		case v.state == Dialing:
			s.Order(call.HangUp{Call: c.id})
			c.ticket.rung = true // for all we know
			cbs.dialer.endAttempt(s, v, "cancelled", "restart")
		}
		if here := c.ticket.here; here != "" && cbs.callers[here] == nil {
			cbs.releaseTicket(s, c.id, here) // that call ended while we were away
		}
		if cbs.callers[c.id] == c && !c.ticket.out {
			cbs.watchTicket(s, c)
			cbs.queues.setVisitTimers(s, c.visit)
		}
	}
	s.About("")
}

// postpone: a customer who was called back and waits for an agent would rather be called
// again. It is no attempt that has failed.
func (cbs *callbacks) postpone(s *call.Step, v *visit) {
	c := v.caller
	cbs.announcer.stopSpeech(s, v)
	cbs.dialer.endAttempt(s, v, "postponed", "")
	cbs.announcer.sayFarewell(s, c, "callback-promise", "goodbye")
}

// customerGone: the person we have called has hung up.
func (cbs *callbacks) customerGone(s *call.Step, c *caller, ev call.HungUp) {
	t, v := c.ticket, c.visit
	c.farewell = ""
	switch {
	case t.out:
		cbs.dialer.farEndGone(s, v, ev)
	case v == nil: // the talk is over
		if c.served {
			cbs.completeTicket(s, c)
		}
	case v.state == Talking:
		cbs.talks.lostCaller(s, v, ev)
		cbs.completeTicket(s, c)
	case c.served: // the talk had broken off
		cbs.talks.lostCaller(s, v, ev)
		cbs.completeTicket(s, c)
	case v.state == Dialing && !t.greeted:
		cbs.talks.freeAgent(s, v, "no_answer")
		cbs.dialer.endAttempt(s, v, "no_answer", ev.Text)
	case t.greeted:
		cbs.dialer.endAttempt(s, v, "declined", "")
	case t.up:
		cbs.abandonedCallback(s, v, ev)
	}
}

// abandonedCallback: the person took the call and was gone before an agent was
// there.
func (cbs *callbacks) abandonedCallback(s *call.Step, v *visit, ev call.HungUp) {
	if v.ticket.first {
		cbs.queues.lineNamed(v.queue).abandoned.Add(s.Now, 1)
	}
	a := cbs.floor.agents[v.agent]
	switch v.state {
	case Offered:
		cbs.talks.endOffer(s, v, "cancelled", "caller_left")
	case Connecting:
		cbs.talks.dropAgentLeg(s, v)
	}
	if a != nil && a.visit == v {
		a.leaveNotice("caller_left", s.Now)
		cbs.floor.changeState(s, a, call.Idle)
	}
	cbs.dialer.endAttempt(s, v, "abandoned", ev.Text)
}

// failCallback ends an attempt. The promise stands, until the attempts are used
// up.
func (cbs *callbacks) failCallback(s *call.Step, c *caller) {
	v, t := c.visit, c.ticket
	if t.up || v != nil && v.state == Dialing {
		s.Order(call.HangUp{Call: c.id})
	}
	c.farewell = ""
	switch {
	case v == nil:
		cbs.completeTicket(s, c)
	case v.state == Talking:
		cbs.talks.dropAgentLeg(s, v)
		cbs.talks.endTalk(s, v, call.SideSystem, fault)
		cbs.completeTicket(s, c)
	default:
		switch v.state {
		case Offered:
			cbs.talks.endOffer(s, v, "cancelled", fault)
		case Connecting:
			cbs.talks.dropAgentLeg(s, v)
		}
		cbs.dialer.endAttempt(s, v, "failed", fault)
	}
}
