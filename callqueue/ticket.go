package callqueue

import (
	"strings"
	"time"

	"presszero/call"
)

// mostPersons is how many callbacks may be open for one number and queue.
const mostPersons = 10

// ticketOf returns the open callback of the caller, or nil. Several persons can
// share a number: the caller is not the person of a callback if the caller was on
// the phone with us when it was booked, if its person is on the phone now in another
// call, or if the names differ.
func (cbs *callbacks) ticketOf(c *caller, name, number, queue string) *caller {
	for i := range mostPersons {
		open := cbs.tickets[ticketKey{number, queue, i}]
		if open == nil || open.ticket.up {
			continue
		}
		t := open.ticket
		if c != nil && (t.here == c.id || t.from == c.id) {
			return open
		}
		switch {
		case cbs.callers[t.here] != nil || cbs.callers[t.from] != nil && t.from != "":
		case c != nil && t.source != "message" && open.arrived.After(c.arrived):
		case name != "" && open.who.Name != "" && !strings.EqualFold(strings.TrimSpace(name), strings.TrimSpace(open.who.Name)):
		default:
			return open
		}
	}
	return nil
}

// mergeWith returns the open callback that serves a caller who asks for one: the
// caller's own, or any of the number when it has as many as are allowed. nil: a new
// callback is to be booked.
func (cbs *callbacks) mergeWith(c *caller, number, queue string) *caller {
	open := cbs.ticketOf(c, c.who.Name, number, queue)
	if _, ok := cbs.vacant(number, queue); open == nil && !ok {
		open = cbs.tickets[ticketKey{number, queue, 0}]
	}
	return open
}

// vacant returns the key of one more callback for the number, and whether
// there may be one.
func (cbs *callbacks) vacant(number, queue string) (ticketKey, bool) {
	for i := range mostPersons {
		if k := (ticketKey{number, queue, i}); cbs.tickets[k] == nil {
			return k, true
		}
	}
	return ticketKey{}, false
}

// expiry is when a callback booked at t is not wanted any more: after the time
// set, or at the end of the next day of work.
func (cbs *callbacks) expiry(l *line, t time.Time) time.Time {
	switch {
	case l.Callback.Expires > 0:
		return t.Add(l.Callback.Expires)
	case l.Hours == nil:
		return t.Add(call.UsualExpiry)
	}
	_, closes := l.Hours(t)
	_, closes = l.Hours(closes)
	return closes
}

// parkTicket takes a callback out of the line until then.
func (cbs *callbacks) parkTicket(s *call.Step, v *visit, until time.Time, why string) {
	cbs.apply(s.State(v.caller.id, call.CallbackParked{Visit: v.id, Until: until, Why: why}))
	s.After(until.Sub(s.Now), call.Timer{Kind: dueTimer, Of: string(v.caller.id), Gen: v.ticket.parks})
}

// watchTicket sets the timers of a callback; also those a restart has lost.
func (cbs *callbacks) watchTicket(s *call.Step, c *caller) {
	id := string(c.id)
	s.After(max(c.ticket.expires.Sub(s.Now), 0), call.Timer{Kind: expireTimer, Of: id})
	if v := c.visit; v != nil && v.state == Parked {
		s.After(max(c.ticket.parked.Sub(s.Now), 0), call.Timer{Kind: dueTimer, Of: id, Gen: c.ticket.parks})
	}
}

// parkIfBarred parks a callback whose turn it is, but whose number may not be called: the
// person sleeps, the queue has closed, a cap is reached, or the trunk is away.
func (cbs *callbacks) parkIfBarred(s *call.Step, v *visit) bool {
	if cbs.machine.Outbound == nil {
		return false
	}
	at, why := cbs.dialer.mayCall(cbs.queues.lineNamed(v.queue), v.ticket.number, s.Now)
	if cbs.dialer.carrier.until.After(at) {
		at, why = cbs.dialer.carrier.until, "trunk"
	}
	if !at.After(s.Now) {
		return false
	}
	cbs.parkTicket(s, v, at, why)
	return true
}

// holdTicket parks the callback of a person who calls us meanwhile. If an agent
// answers that call, the callback is superseded; if the call ends before, the
// callback is owed again, at its own place.
func (cbs *callbacks) holdTicket(s *call.Step, open, by *caller) {
	v := open.visit
	if v == nil {
		return
	}
	a := cbs.floor.agents[v.agent]
	switch v.state {
	case Offered:
		cbs.talks.endOffer(s, v, "cancelled", "caller_here")
	case Dialing:
		s.Order(call.HangUp{Call: open.id})
		cbs.apply(s.State(open.id, call.CallbackTried{Visit: v.id, Dial: open.ticket.dial, How: "cancelled", Why: "caller_here", Counts: open.ticket.rung}))
	}
	cbs.endMessage(s, open)
	cbs.unpredial(v)
	v.play = ""
	cbs.apply(s.State(open.id, call.CallbackParked{Visit: v.id, Until: open.ticket.expires, Why: "caller_here", By: by.id}))
	if a != nil && a.visit == v {
		a.leaveNotice("callback_superseded", s.Now)
		cbs.floor.changeState(s, a, call.Idle)
	}
}

// endMessage ends the call to an answering machine on which a message is being
// left, because the callback is over or may be dialled again: otherwise the two
// calls would be up at once, or this one would never end.
func (cbs *callbacks) endMessage(s *call.Step, c *caller) {
	if c.farewell != "" {
		s.Order(call.HangUp{Call: c.id})
		c.farewell = ""
	}
}

// releaseTicket: the call in which the person had rung in is over, and was not
// answered.
func (cbs *callbacks) releaseTicket(s *call.Step, held call.ID, by call.ID) {
	cb := cbs.callers[held]
	if cb != nil && cb.ticket != nil && cb.ticket.here == by && cb.visit != nil && cb.visit.state == Parked {
		cbs.apply(s.State(held, call.CallbackDue{Visit: cb.visit.id}))
	}
}

// closeTicket ends a callback that the customer has not taken, in whatever state.
func (cbs *callbacks) closeTicket(s *call.Step, c *caller, how, by string) {
	cbs.endMessage(s, c)
	if v := c.visit; v != nil {
		a := cbs.floor.agents[v.agent]
		switch v.state {
		case Offered:
			cbs.talks.endOffer(s, v, "cancelled", how)
		case Dialing:
			s.Order(call.HangUp{Call: c.id})
		}
		outcome := call.TimedOut
		if how == "superseded" || how == "cancelled" {
			outcome = call.Withdrawn
		}
		cbs.unpredial(v)
		cbs.queues.leaveQueue(s, v, outcome)
		if a != nil && a.visit == v {
			a.leaveNotice("callback_"+how, s.Now)
			cbs.floor.changeState(s, a, call.Idle)
		}
	}
	cbs.apply(s.State(c.id, call.CallbackEnded{How: how, By: by, Attempts: c.ticket.dials}))
}

func (cbs *callbacks) completeTicket(s *call.Step, c *caller) {
	cbs.apply(s.State(c.id, call.CallbackEnded{How: "completed", Attempts: c.ticket.dials}))
}

// unpredial: the customer is with an agent, or the attempt is over.
func (cbs *callbacks) unpredial(v *visit) {
	if v.counted {
		v.counted = false
		cbs.queues.lineNamed(v.queue).predialed--
	}
}
