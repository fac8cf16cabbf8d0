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
		m.recall(e, f)
		return
	}
	m.apply(e)
}

// wrap is after-call work that a restart of ours broke into.
type wrap struct {
	since time.Time
	queue string
}

// recall remembers who does after-call work. All else about agents they bring
// with them when they come back.
func (m *Machine) recall(e call.Entry, f call.AgentChanged) {
	if _, known := m.wraps[f.Agent]; f.State != call.WrapUp {
		delete(m.wraps, f.Agent)
	} else if !known {
		m.wraps[f.Agent] = wrap{e.At, f.Queue}
	}
}

// apply is the one place where callers and visits change, so that what was
// decided and what is replayed lead to the same state.
func (m *Machine) apply(e call.Entry) {
	switch f := e.Fact.(type) {
	case call.CallStarted:
		if f.Refused != "" {
			return
		}
		m.callers[e.Call] = &caller{id: e.Call, arrived: e.At,
			who: call.DeskWho{Number: f.From, Name: f.Name, Dialed: f.To}}
		return
	case call.CallerKnown:
		if c := m.callers[e.Call]; c != nil {
			c.known = f
		}
		return
	case call.CallbackBooked:
		m.applyBooked(e, f)
		return
	case call.OutgoingDialed, call.OutgoingAnswered, call.OutgoingJoined, call.OutgoingEnded:
		m.applyOutgoing(e)
		return
	case call.CallEnded, call.CallbackEnded:
		if c := m.callers[e.Call]; c != nil {
			if c.visit != nil {
				m.gone(c.visit)
			}
			m.forget(c)
		}
		return
	}
	c := m.callers[e.Call]
	if c == nil {
		return
	}
	switch f := e.Fact.(type) {
	case call.MenuLeft:
		c.who.Path = f.Path
	case call.LanguageChosen:
		c.language = f.Language
	case call.QueueEntered:
		m.applyEntered(c, e, f)
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
			m.applyVisit(c.visit, e)
		}
	}
}

func (m *Machine) applyEntered(c *caller, e call.Entry, f call.QueueEntered) {
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
	m.lost.drop(c.who.Number, f.Queue)
	m.line(f.Queue).enter(v)
	m.wait(v, e.At)
}

func (m *Machine) applyVisit(v *visit, e call.Entry) {
	switch f := e.Fact.(type) {
	case call.OfferStarted:
		m.pull(v)
		v.offers++
		v.offer, v.offered, v.agent = f.Offer, e.At, f.Agent
		m.is(v, Offered)
		m.offers[v.offer] = v
	case call.OfferEnded:
		v.rang += span(f.Rang)
		if f.How != "accepted" {
			m.miss(v, f.Agent, f.How == "no_answer" || f.How == "declined")
			m.wait(v, e.At)
			return
		}
		v.leg = call.LegID(f.Offer)
		if v.onPhone() {
			m.is(v, Connecting)
		} else {
			m.is(v, Dialing)
		}
	case call.BridgeFailed:
		m.miss(v, f.Agent, f.Why == "timeout" || f.Why == "busy")
		m.wait(v, e.At)
	case call.BridgeJoined:
		m.is(v, Talking)
		v.leg, v.joined, v.agent, v.caller.served = f.Leg, e.At, f.Agent, true
		m.talks[v.agent] = v
		m.line(v.queue).leave(v)
		delete(m.missed, v)
	case call.QueueLeft:
		if v.onPhone() && f.Outcome != call.Answered {
			if v.caller.stood == nil {
				v.caller.stood = map[string]stand{}
			}
			v.caller.stood[v.queue] = stand{v.key, v.credit}
		}
		if f.Outcome != call.Answered {
			m.remember(v, f.Outcome, e.At)
			m.gone(v)
		}
	case call.BridgeLeft:
		m.served.note(v.who.Number, v.queue, memo{at: e.At, agent: f.Agent})
		m.gone(v)
	case call.WaitAnnounced:
		v.told, v.toldHigh, v.grown = e.At, f.High, v.grown || f.Grown
	case call.CallbackOffered:
		v.asked = e.At
	default:
		if v.ticket != nil {
			m.applyTicket(v, e)
		}
	}
}

// is changes where a visit stands. A state that may not follow is refused.
func (m *Machine) is(v *visit, state State) {
	m.mayBe(v, state)
	was := v.state
	v.state = state
	if was != Talking {
		m.line(v.queue).open.changed(v)
	}
}

// wait puts the visit in line by its key, with those who ask for the same.
func (m *Machine) wait(v *visit, now time.Time) {
	delete(m.offers, v.offer)
	v.offer, v.agent, v.leg = "", "", ""
	m.is(v, Waiting)
	l := m.line(v.queue)
	level, _ := l.levelAfter(v.level, now.Sub(v.entered))
	v.group = m.group(l, v.skill, level)
	v.group.push(v)
	m.look(v)
}

// look has the visit looked at in this step: it may be somebody's turn.
func (m *Machine) look(v *visit) { m.fresh = append(m.fresh, v) }

// pull takes the visit out of the heap it waits in.
func (m *Machine) pull(v *visit) {
	if v.place >= 0 {
		heap.Remove(&v.group.waiting, v.place)
	}
}

// miss notes that the agent is not to be tried again.
func (m *Machine) miss(v *visit, id call.AgentID, so bool) {
	if so {
		v.tried = append(v.tried, id)
		m.missed[v] = true
	}
}

// gone takes the visit out of everything.
func (m *Machine) gone(v *visit) {
	m.pull(v)
	if v.state != Talking {
		m.line(v.queue).leave(v)
	}
	if m.talks[v.agent] == v {
		delete(m.talks, v.agent)
	}
	delete(m.offers, v.offer)
	delete(m.missed, v)
	v.caller.visit = nil
}

// span is a stored number of seconds.
func span(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }
