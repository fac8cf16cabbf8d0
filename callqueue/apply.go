package callqueue

import (
	"container/heap"
	"time"

	"presszero/call"
)

// Replay takes a fact of the past.
func (m *Machine) Replay(e call.Entry) {
	m.replayed, m.replaying = true, true
	defer func() { m.replaying = false }()
	if f, ok := e.Fact.(call.AgentChanged); ok {
		m.floor.recall(e, f)
		return
	}
	m.apply(e)
}

// apply is the one place where callers and visits change, so that what was
// decided and what is replayed lead to the same state.
func (sh *shared) apply(e call.Entry) {
	switch f := e.Fact.(type) {
	case call.CallStarted:
		if f.Refused != "" {
			return
		}
		sh.callers[e.Call] = &caller{id: e.Call, arrived: e.At,
			who: call.DeskWho{Number: f.From, Name: f.Name, Dialed: f.To}}
		return
	case call.CallerKnown:
		if c := sh.callers[e.Call]; c != nil {
			c.known = f
		}
		return
	case call.CallbackBooked:
		sh.callbacks.applyBooked(e, f)
		return
	case call.OutgoingDialed, call.OutgoingAnswered, call.OutgoingJoined, call.OutgoingEnded:
		sh.dialer.applyOutgoing(e)
		return
	case call.CallEnded, call.CallbackEnded:
		if c := sh.callers[e.Call]; c != nil {
			if c.visit != nil {
				sh.queues.gone(c.visit)
			}
			sh.forget(c)
		}
		return
	}
	if c := sh.callers[e.Call]; c != nil {
		sh.applyCaller(c, e)
	}
}

// applyCaller changes a caller.
func (sh *shared) applyCaller(c *caller, e call.Entry) {
	switch f := e.Fact.(type) {
	case call.MenuLeft:
		c.who.Path = f.Path
	case call.LanguageChosen:
		c.language = f.Language
	case call.QueueEntered:
		sh.queues.applyEntered(c, e, f)
	case call.CallbackAccepted:
		c.books++
		c.promised = f.Callback
	case call.SentBack:
		if c.sent == nil {
			c.sent = map[sentBy]bool{}
		}
		c.sent[sentBy{f.Queue, f.Reason}] = true
	default:
		if c.visit != nil {
			sh.queues.applyVisit(c.visit, e)
		}
	}
}

func (qs *queues) applyEntered(c *caller, e call.Entry, f call.QueueEntered) {
	c.visits++
	switch f.Origin {
	case "overflow":
		c.moved++
	case "menu", "redial", "sent_back":
		c.moved = 0
	}
	v := &visit{caller: c, id: f.Visit, queue: f.Queue, key: f.Key, entered: e.At, first: f.First,
		returned: f.Origin == "returned", skill: f.Skill, level: f.Level, sticky: f.Sticky,
		credit: span(f.Credit), reserved: e.At.Add(span(f.Reserve)), place: -1, ahead: -1}
	if v.first.IsZero() {
		v.first = e.At
	}
	c.visit, c.promised = v, ""
	qs.lost.drop(c.who.Number, f.Queue)
	qs.line(f.Queue).enter(v)
	qs.wait(v, e.At)
}

// applyVisit changes a visit.
func (qs *queues) applyVisit(v *visit, e call.Entry) {
	switch f := e.Fact.(type) {
	case call.OfferStarted, call.OfferEnded, call.BridgeFailed, call.BridgeJoined, call.BridgeLeft:
		qs.talks.applyTalk(v, e)
	case call.QueueLeft:
		if v.onPhone() && f.Outcome != call.Answered {
			if v.caller.stood == nil {
				v.caller.stood = map[string]stand{}
			}
			v.caller.stood[v.queue] = stand{v.key, v.credit}
		}
		if f.Outcome != call.Answered {
			qs.remember(v, f.Outcome, e.At)
			qs.gone(v)
		}
	case call.WaitAnnounced:
		v.told, v.toldHigh, v.grown = e.At, f.High, v.grown || f.Grown
	case call.CallbackOffered:
		v.asked = e.At
	default:
		if v.ticket != nil {
			qs.callbacks.applyTicket(v, e)
		}
	}
}

// applyTalk changes what a visit and its agent have with each other.
func (tk *talks) applyTalk(v *visit, e call.Entry) {
	switch f := e.Fact.(type) {
	case call.OfferStarted:
		tk.queues.pull(v)
		v.offers++
		v.offer, v.offered, v.agent = f.Offer, e.At, f.Agent
		tk.queues.is(v, Offered)
		tk.rings(v)
	case call.OfferEnded:
		v.rang += span(f.Rang)
		if f.How != "accepted" {
			tk.queues.miss(v, f.Agent, f.How == "no_answer" || f.How == "declined")
			tk.queues.wait(v, e.At)
			return
		}
		v.leg = call.LegID(f.Offer)
		if v.onPhone() {
			tk.queues.is(v, Connecting)
		} else {
			tk.queues.is(v, Dialing)
		}
	case call.BridgeFailed:
		tk.queues.miss(v, f.Agent, f.Why == "timeout" || f.Why == "busy")
		tk.queues.wait(v, e.At)
	case call.BridgeJoined:
		tk.queues.is(v, Talking)
		v.leg, v.joined, v.agent, v.caller.served = f.Leg, e.At, f.Agent, true
		tk.begins(v)
		tk.queues.found(v)
	case call.BridgeLeft:
		tk.queues.served.note(v.who.Number, v.queue, memo{at: e.At, agent: f.Agent})
		tk.queues.gone(v)
	}
}

// is changes where a visit stands. A state that may not follow is refused.
func (qs *queues) is(v *visit, state State) {
	qs.mayBe(v, state)
	was := v.state
	v.state = state
	if was != Talking {
		qs.line(v.queue).open.changed(v)
	}
}

// wait puts the visit in line by its key, with those who ask for the same.
func (qs *queues) wait(v *visit, now time.Time) {
	qs.talks.withdraws(v)
	v.offer, v.agent, v.leg = "", "", ""
	qs.is(v, Waiting)
	l := qs.line(v.queue)
	level, _ := l.levelAfter(v.level, now.Sub(v.entered))
	v.group = qs.group(l, v.skill, level)
	v.group.push(v)
	qs.look(v)
}

// look has the visit looked at in this step: it may be somebody's turn.
func (qs *queues) look(v *visit) { qs.fresh = append(qs.fresh, v) }

// pull takes the visit out of the heap it waits in.
func (qs *queues) pull(v *visit) {
	if v.place >= 0 {
		heap.Remove(&v.group.waiting, v.place)
	}
}

// miss notes that the agent is not to be tried again.
func (qs *queues) miss(v *visit, id call.AgentID, so bool) {
	if so {
		v.tried = append(v.tried, id)
		qs.missed[v] = true
	}
}

// found takes a visit out of the line that talks with an agent.
func (qs *queues) found(v *visit) {
	qs.line(v.queue).leave(v)
	delete(qs.missed, v)
}

// gone takes the visit out of everything.
func (qs *queues) gone(v *visit) {
	qs.pull(v)
	if v.state != Talking {
		qs.line(v.queue).leave(v)
	}
	qs.talks.ends(v)
	delete(qs.missed, v)
	v.caller.visit = nil
}

// forget drops a call or callback that is over.
func (sh *shared) forget(c *caller) {
	delete(sh.callers, c.id)
	if c.ticket != nil {
		sh.callbacks.drop(c)
	}
}

// span is a stored number of seconds.
func span(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }
