package callqueue

import (
	"container/heap"
	"slices"
	"time"

	"presszero/call"
)

// Replay takes a fact of the past.
func (m *Machine) Replay(e call.Entry) {
	m.replayed, m.replaying = true, true
	defer func() { m.replaying = false }()
	if f, ok := e.Fact.(call.AgentChanged); ok {
		m.floor.replayWrapUp(e, f)
		return
	}
	m.floor.replayWords(e)
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
	case call.DirectiveBegan, call.DirectiveEnded:
		sh.applyDirective(e)
		return
	case call.OutgoingDialed, call.OutgoingAnswered, call.OutgoingJoined, call.OutgoingTurned, call.OutgoingEnded:
		sh.dialer.applyOutgoing(e)
		return
	case call.CallEnded, call.CallbackEnded:
		if c := sh.callers[e.Call]; c != nil {
			if c.visit != nil {
				sh.queues.removeVisit(c.visit)
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
	c.consent.Take(e.Fact)
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
	case call.BridgeHanded, call.TransferStarted, call.TransferJoined, call.TransferOver:
		c.applyHanded(e)
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
		if f.MovedBy == "" {
			c.moved++
		}
	case "menu", "redial", "sent_back":
		c.moved = 0
	}
	v := &visit{caller: c, id: f.Visit, queue: f.Queue, key: f.Key, entered: e.At, first: f.First,
		returned: f.Origin == "returned", skill: f.Skill, level: f.Level, sticky: f.Sticky,
		credit: durationOf(f.Credit), reserved: e.At.Add(durationOf(f.Reserve)), by: f.By, note: f.Note, place: -1, ahead: -1}
	if v.first.IsZero() {
		v.first = e.At
	}
	c.visit, c.promised = v, ""
	if c.ticket != nil {
		c.ticket.key = f.Key // not the front, if a supervisor had put it there: it has been served from there
	}
	qs.lost.erase(c.who.Number, f.Queue)
	qs.lineNamed(f.Queue).addVisit(v)
	qs.putInLine(v, e.At)
	qs.recordMiss(v, f.By, f.Origin == "returned" && f.By != "" && f.By != f.Sticky) // has put the caller back
}

// applyHanded changes a caller whom an agent hands over.
func (c *caller) applyHanded(e call.Entry) {
	switch f := e.Fact.(type) {
	case call.BridgeHanded:
		c.handed, c.took = f.Nth, f.Ask
		if v := c.visit; v != nil && f.Number != "" {
			c.outside = &outside{BridgeHanded: f, back: lineEntry{queue: v.queue, origin: "returned", key: v.ownKey(),
				skill: v.skill, level: v.level, sticky: f.Agent, by: f.Agent, nth: f.Nth}}
		}
	case call.TransferStarted:
		if c.outside != nil {
			c.outside.transfer = f.Transfer
		}
	case call.TransferJoined:
		if c.outside != nil && c.outside.transfer == f.Transfer {
			c.outside.joined = e.At
		}
	case call.TransferOver:
		if c.outside != nil && c.outside.transfer == f.Transfer {
			c.outside = nil
		}
	}
}

// applyVisit changes a visit.
func (qs *queues) applyVisit(v *visit, e call.Entry) {
	switch f := e.Fact.(type) {
	case call.OfferStarted, call.OfferEnded, call.BridgeFailed, call.BridgeJoined, call.BridgeLeft:
		qs.talks.applyTalk(v, e)
	case call.BridgeHeld, call.BridgeResumed, call.BridgeGap, call.BridgeRejoined, call.BridgeKeys:
		v.applyPause(e)
	case call.BridgeStep, call.BridgeStepOver:
		v.applyStep(e)
	case call.ListenStarted, call.ListenTurned, call.ListenEnded:
		qs.talks.applyListen(v, e)
	case call.QueueLeft:
		if v.onPhone() && f.Outcome != call.Answered {
			if v.caller.stood == nil {
				v.caller.stood = map[string]stand{}
			}
			v.caller.stood[v.queue] = stand{v.ownKey(), v.credit}
		}
		if f.Outcome != call.Answered {
			qs.rememberLost(v, f.Outcome, e.At)
			qs.removeVisit(v)
		}
	case call.WaitAnnounced:
		v.told, v.toldHigh, v.grown = e.At, f.High, v.grown || f.Grown
	case call.QueuePlaced:
		qs.applyPlaced(v, f)
	case call.PromiseBroken:
		qs.applyMadeUp(v, e.At, f)
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
		tk.queues.takeFromHeap(v)
		v.offers++
		v.offer, v.offered, v.agent = f.Offer, e.At, f.Agent
		tk.queues.setState(v, Offered)
		tk.indexOffer(v)
	case call.OfferEnded:
		v.rang += durationOf(f.Rang)
		if f.How != "accepted" {
			tk.queues.recordMiss(v, f.Agent, f.How == "no_answer" || f.How == "declined")
			tk.queues.putInLine(v, e.At)
			return
		}
		v.leg = call.LegID(f.Offer)
		if v.onPhone() {
			tk.queues.setState(v, Connecting)
		} else {
			tk.queues.setState(v, Dialing)
		}
	case call.BridgeFailed:
		tk.queues.recordMiss(v, f.Agent, f.Why == "timeout" || f.Why == "busy")
		tk.queues.putInLine(v, e.At)
	case call.BridgeJoined:
		tk.queues.setState(v, Talking)
		v.leg, v.joined, v.agent, v.caller.served = f.Leg, e.At, f.Agent, true
		tk.indexTalk(v)
		tk.queues.leaveWaiting(v)
	case call.BridgeLeft:
		tk.queues.served.store(v.who.Number, v.queue, memo{at: e.At, agent: f.Agent})
		tk.queues.removeVisit(v)
	}
}

// setState changes where a visit stands. A state that may not follow is refused.
func (qs *queues) setState(v *visit, state State) {
	qs.mayBe(v, state)
	was := v.state
	v.state = state
	if was != Talking {
		qs.lineNamed(v.queue).open.recountPath(v)
	}
}

// putInLine puts the visit in line by its key, with the visits that ask for the same.
func (qs *queues) putInLine(v *visit, now time.Time) {
	qs.talks.unindexOffer(v)
	v.offer, v.agent, v.leg = "", "", ""
	qs.setState(v, Waiting)
	l := qs.lineNamed(v.queue)
	level, _ := l.levelAfter(v.level, now.Sub(v.entered))
	v.group = qs.group(l, v.skill, level)
	v.group.pushVisit(v)
	qs.markUnmatched(v)
}

// markUnmatched has the visit looked at in this step: a free agent may serve it.
func (qs *queues) markUnmatched(v *visit) { qs.fresh = append(qs.fresh, v) }

// takeFromHeap takes the visit out of the heap it waits in.
func (qs *queues) takeFromHeap(v *visit) {
	if v.place >= 0 {
		heap.Remove(&v.group.waiting, v.place)
	}
}

// recordMiss notes that the agent is not to be tried again.
func (qs *queues) recordMiss(v *visit, id call.AgentID, so bool) {
	if so {
		v.tried = append(v.tried, id)
		qs.missed[v] = true
	}
}

// leaveWaiting takes a visit out of the line that talks with an agent.
func (qs *queues) leaveWaiting(v *visit) {
	qs.lineNamed(v.queue).removeFromLine(v)
	delete(qs.missed, v)
}

// removeVisit takes the visit out of everything.
func (qs *queues) removeVisit(v *visit) {
	qs.takeFromHeap(v)
	if v.state != Talking {
		qs.lineNamed(v.queue).removeFromLine(v)
	}
	qs.talks.unindex(v)
	delete(qs.missed, v)
	v.caller.visit = nil
}

// forget drops a call or callback that is over.
func (sh *shared) forget(c *caller) {
	delete(sh.callers, c.id)
	if c.ticket != nil {
		sh.callbacks.forgetTicket(c)
	}
}

func (cbs *callbacks) applyBooked(e call.Entry, f call.CallbackBooked) {
	c := &caller{id: e.Call, arrived: e.At, language: f.Language,
		who: call.DeskWho{Number: f.Number, Name: f.Name, Dialed: f.To, Path: f.Path},
		ticket: &ticket{from: f.From, source: f.Source, queue: f.Queue, number: f.Number, key: f.Key, entered: f.Entered,
			begin: f.Begin, until: f.Until, due: f.Due, expires: f.Expires, skill: f.Skill, level: f.Level, agent: f.Agent}}
	cbs.callers[e.Call] = c
	if k, ok := cbs.vacant(f.Number, f.Queue); ok {
		c.ticket.person = k.person
	}
	cbs.tickets[c.ticket.unique()] = c
	l := cbs.queues.lineNamed(f.Queue)
	if l.booked++; l.booked == 1 {
		cbs.booked = append(cbs.booked, l)
	}
}

// forgetTicket forgets a callback that is over. An agent's own call is none, and is not
// among them.
func (cbs *callbacks) forgetTicket(c *caller) {
	t := c.ticket
	if cbs.tickets[t.unique()] != c {
		return
	}
	delete(cbs.tickets, t.unique())
	l := cbs.queues.lineNamed(t.queue)
	if l.booked--; l.booked == 0 {
		cbs.booked = slices.DeleteFunc(cbs.booked, func(b *line) bool { return b == l })
	}
}

// applyTicket changes a callback.
func (cbs *callbacks) applyTicket(v *visit, e call.Entry) {
	t := v.ticket
	switch f := e.Fact.(type) {
	case call.CallbackParked:
		cbs.queues.takeFromHeap(v)
		t.parked, t.onPhone, t.here, t.why = f.Until, f.Why == "on_phone", f.By, f.Why
		if by := cbs.callers[f.By]; by != nil {
			by.holds = e.Call
		}
		t.parks++
		cbs.queues.setState(v, Parked)
	case call.CallbackDue:
		t.here = ""
		if f.Sticky != "" {
			v.sticky, v.reserved = f.Sticky, e.At.Add(durationOf(f.Reserve))
		}
		cbs.queues.putInLine(v, e.At)
	case call.CallbackDialed:
		cbs.queues.takeFromHeap(v)
		t.dials++
		t.dial, t.rung, t.first = f.Dial, false, f.Agent == ""
		cbs.queues.setState(v, Dialing)
	case call.CallbackReached:
		if f.By == "machine" {
			t.machine = true
		} else if t.first {
			t.greeted = true
		} else {
			t.up, t.since = true, e.At
			cbs.queues.setState(v, Connecting)
		}
	case call.CallbackConfirmed:
		t.up, t.since, t.greeted = true, e.At, false
		cbs.queues.putInLine(v, e.At)
	case call.CallbackTried:
		cbs.applyTried(v, e.At, f)
	}
}

// applyTried takes a callback out of the line after an attempt.
func (cbs *callbacks) applyTried(v *visit, at time.Time, f call.CallbackTried) {
	t := v.ticket
	if f.Counts {
		t.attempts++
	}
	if f.How == "trunk" {
		cbs.dialer.carrier.callRefused(at)
	}
	cbs.queues.recordMiss(v, v.agent, f.How == "given_up")
	cbs.queues.takeFromHeap(v)
	t.dial, t.up, t.first, t.greeted = "", false, false, false
	cbs.talks.unindexOffer(v)
	v.offer, v.agent, v.leg = "", "", ""
	cbs.queues.setState(v, Parked)
}

func (dl *dialer) applyOutgoing(e call.Entry) {
	if f, ok := e.Fact.(call.OutgoingDialed); ok {
		c := &caller{id: e.Call, arrived: e.At, visits: 1, who: call.DeskWho{Number: f.Number},
			ticket: &ticket{out: true, number: f.Number, dial: f.Dial, dials: 1}}
		offer := call.OfferID(e.Call, 1)
		c.visit = &visit{caller: c, id: call.VisitID(e.Call, 1), entered: e.At, first: e.At, state: Dialing,
			agent: f.Agent, offer: offer, offered: e.At, leg: call.LegID(offer), place: -1, ahead: -1}
		dl.callers[e.Call] = c
		dl.talks.indexOffer(c.visit)
		if about := dl.callers[f.For]; about != nil && about.visit != nil {
			c.ticket.asks = &asking{about: f.For, queue: about.visit.queue, who: about.deskCard(), to: f.To}
			dl.talks.asks[f.For] = c.visit
		}
		return
	}
	c := dl.callers[e.Call]
	if c == nil {
		return
	}
	v := c.visit
	switch f := e.Fact.(type) {
	case call.OutgoingAnswered:
		dl.mayBe(v, Connecting)
		c.ticket.up, v.state = true, Connecting
	case call.OutgoingJoined:
		dl.mayBe(v, Talking)
		v.state, v.joined, v.leg = Talking, e.At, f.Leg
		if asks := c.ticket.asks; asks != nil {
			asks.with, asks.since = call.WithOther, e.At
		}
		dl.talks.indexTalk(v)
	case call.OutgoingTurned:
		if asks := c.ticket.asks; asks != nil {
			asks.all = asks.allAt(e.At)
			asks.with, asks.since = f.With, e.At
		}
	case call.OutgoingEnded:
		dl.talks.unindex(v)
		delete(dl.callers, e.Call)
		c.visit = nil
	}
}

// indexOffer takes in that a visit is offered to an agent, or has been accepted.
func (tk *talks) indexOffer(v *visit) { tk.byOffer[v.offer] = v }

// unindexOffer takes in that the visit's offer is no more.
func (tk *talks) unindexOffer(v *visit) { delete(tk.byOffer, v.offer) }

// indexTalk takes in that the visit's talk goes on. One in which somebody is asked is the
// other's; the agent has another, as long as that goes on.
func (tk *talks) indexTalk(v *visit) {
	if v.asking() != nil {
		if to := v.ticket.asks.to; to != "" {
			tk.byAgent[to] = v
		}
		if tk.asks[v.ticket.asks.about] == v {
			return
		}
	}
	tk.byAgent[v.agent] = v
}

// unindex takes in that neither an offer nor a talk of the visit goes on.
func (tk *talks) unindex(v *visit) {
	if tk.byAgent[v.agent] == v {
		delete(tk.byAgent, v.agent)
	}
	tk.unindexOffer(v)
	for _, l := range v.listenings {
		tk.unindexListening(l)
	}
	if v.asking() != nil {
		if asks := v.ticket.asks; tk.byAgent[asks.to] == v {
			delete(tk.byAgent, asks.to)
		}
		if tk.asks[v.ticket.asks.about] == v {
			delete(tk.asks, v.ticket.asks.about)
		}
	}
	if k := tk.asks[v.caller.id]; k != nil { // what is left of it is the agent's own call
		delete(tk.asks, v.caller.id)
		if k.state == Talking {
			tk.indexTalk(k)
		}
	}
}

// replayWrapUp remembers which agents do after-call work. All else about agents they bring
// with them when they come back.
func (fl *floor) replayWrapUp(e call.Entry, f call.AgentChanged) {
	if _, known := fl.wraps[f.Agent]; f.State != call.WrapUp {
		delete(fl.wraps, f.Agent)
	} else if !known {
		fl.wraps[f.Agent] = wrap{since: e.At, queue: f.Queue}
	}
}

// rememberLost notes a caller who was lost from the line.
func (qs *queues) rememberLost(v *visit, how call.Outcome, at time.Time) {
	switch how {
	case call.AbandonedQueue, call.AbandonedRinging, call.AbandonedAtAnswer, call.SystemFailure:
		if v.ticket == nil {
			qs.lost.store(v.who.Number, v.queue, memo{at: at, key: v.key, waited: at.Sub(v.first), ours: how == call.SystemFailure})
		}
	}
}
