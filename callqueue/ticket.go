package callqueue

import (
	"cmp"
	"slices"
	"time"

	"presszero/call"
)

// Outbound says which numbers may be called, and when. Package outbound holds
// the policy that the product uses.
// What their errors say is a word for reports, a colon, and a sentence for people.
type Outbound interface {
	// Check returns a number in E.164, or why it must never be called.
	Check(number string) (e164 string, err error)
	// Permit counts a call to the number that is about to be made, or says why
	// it must not be made now: caps, the spend breaker, the kill switch.
	Permit(now time.Time, e164 string, by call.AgentID) error
	// Awake returns when the person at the number may be called: now, or when
	// the quiet hours of the number's zone are over. From and until are times
	// of day that narrow the policy's own; 0: they do not.
	Awake(now time.Time, e164 string, from, until time.Duration) time.Time
}

// ticketKey is what there is only one open callback for.
type ticketKey struct{ number, queue string }

// ticket is the promise to call somebody back. It is a visit in the same line
// as those who wait on the phone, with the key the caller had; only the
// channel is gone.
//
//	booked ──> Waiting ──offer──> Offered ──accept──> Dialing ──person──> Connecting ──> Talking ──> completed
//	   │          ^                                    │   └─machine, busy, no answer─┐
//	   └──> Parked┴────────── due <── retry, quiet hours, chosen time <───────────────┴──> exhausted
//
// (superseded when the caller rings in, cancelled, or expired, at any time
// before somebody has taken the call)
//
// With enough agents the customer is called first: see predial.go.
type ticket struct {
	from    call.ID // the call it came out of
	queue   string
	number  string // E.164
	key     time.Time
	entered time.Time // the line, as a caller
	begin   time.Time // the window promised
	until   time.Time
	due     time.Time // not before
	expires time.Time
	skill   string
	level   int

	attempts int // that count
	dials    int // all, to number the next
	dial     string
	rung     bool // this dial rang
	up       bool // a person has taken the call, and is still there
	first    bool // this dial: the customer is called before an agent is free
	greeted  bool // a person has taken such a call, and has not pressed 1 yet
	machine  bool // a machine has our message: one is enough
	parked   time.Time
	parks    int
	onPhone  bool // parked until the caller has put the phone down
	resumed  bool // the switch still has the channel
	out      bool // no promise: a call that an agent makes herself, see outgoing.go
}

// notice is what an agent is told of a call that we made.
func (t *ticket) notice(what string) string {
	if t.out {
		return "dial_" + what
	}
	return "callback_" + what
}

func byID(a, b *caller) int { return cmp.Compare(a.id, b.id) }

func (t *ticket) unique() ticketKey { return ticketKey{t.number, t.queue} }

// e164 returns a claimed number as tickets know it.
func (m *Machine) e164(number string) string {
	if m.Outbound == nil || len(m.tickets) == 0 {
		return number
	}
	if e, err := m.Outbound.Check(number); err == nil {
		return e
	}
	return number
}

// keepUsual is how long a callback is wanted where nothing else is said.
const keepUsual = 24 * time.Hour

// expiry is when a callback booked at t is not wanted any more: after the time
// set, or at the end of the next day of work.
func (m *Machine) expiry(l *line, t time.Time) time.Time {
	switch {
	case l.Callback.Keep > 0:
		return t.Add(l.Callback.Keep)
	case l.Hours == nil:
		return t.Add(keepUsual)
	}
	_, closes := l.Hours(t)
	_, closes = l.Hours(closes)
	return closes
}

// open opens the callback's book and puts it in line.
func (m *Machine) open(s *call.Step, v *visit, id call.ID, d *dialog, w window) {
	l := m.line(v.queue)
	from := s.Now
	if d.due.After(from) {
		from = d.due
	}
	m.apply(s.State(id, call.CallbackBooked{From: v.caller.id, Queue: v.queue, Number: d.number, Key: v.key, Entered: v.first,
		Begin: w.begin, Until: w.end, Due: from, Expires: m.expiry(l, from), Source: d.source,
		Name: v.who.Name, To: v.who.Dialed, Path: v.who.Path, Skill: v.skill, Level: v.level, Language: v.language}))
	c := m.callers[id]
	m.enter(s, c, entry{queue: v.queue, origin: "callback", key: v.key, first: v.first, skill: v.skill, level: v.level})
	if d.due.After(s.Now) {
		m.park(s, c.visit, d.due, "scheduled")
	} else {
		m.park(s, c.visit, s.Now.Add(2*speechLimit), "on_phone")
	}
	m.watchTicket(s, c)
}

// ordered: a person of the house wants somebody called back, as to answer a
// message. It is a callback like any other, in the line since the person began
// to wait for an answer; one that is open already is enough.
func (m *Machine) ordered(s *call.Step, ev call.CallbackOrdered) {
	if m.Outbound == nil || m.callers[ev.Callback] != nil {
		return
	}
	number, err := m.Outbound.Check(ev.Number)
	if err != nil || m.tickets[ticketKey{number, ev.Queue}] != nil {
		return
	}
	l := m.line(ev.Queue)
	m.apply(s.State(ev.Callback, call.CallbackBooked{From: ev.From, Queue: ev.Queue, Number: number, Key: ev.Since,
		Entered: ev.Since, Begin: s.Now, Until: m.expiry(l, s.Now), Due: s.Now, Expires: m.expiry(l, s.Now),
		Source: "message", Name: ev.Name}))
	c := m.callers[ev.Callback]
	m.enter(s, c, entry{queue: ev.Queue, origin: "callback", key: ev.Since, first: ev.Since})
	m.park(s, c.visit, s.Now, "scheduled") // due at once, if it is not night there
	m.watchTicket(s, c)
}

// putDown: the caller has heard the promise and put the phone down, so it can
// ring.
func (m *Machine) putDown(s *call.Step, c *caller) {
	cb := m.callers[c.promised]
	if cb != nil && cb.ticket.from == c.id && cb.ticket.onPhone && cb.visit.state == Parked {
		m.apply(s.State(cb.id, call.CallbackDue{Visit: cb.visit.id}))
	}
}

func (m *Machine) applyBooked(e call.Entry, f call.CallbackBooked) {
	c := &caller{id: e.Call, arrived: e.At, language: f.Language,
		who: call.DeskWho{Number: f.Number, Name: f.Name, Dialed: f.To, Path: f.Path},
		ticket: &ticket{from: f.From, queue: f.Queue, number: f.Number, key: f.Key, entered: f.Entered,
			begin: f.Begin, until: f.Until, due: f.Due, expires: f.Expires, skill: f.Skill, level: f.Level}}
	m.callers[e.Call] = c
	m.tickets[c.ticket.unique()] = c
	l := m.line(f.Queue)
	if l.booked++; l.booked == 1 {
		m.booked = append(m.booked, l)
	}
}

// applyTicket changes a callback.
func (m *Machine) applyTicket(v *visit, e call.Entry) {
	t := v.ticket
	switch f := e.Fact.(type) {
	case call.CallbackParked:
		m.pull(v)
		t.parked, t.onPhone = f.Until, f.Why == "on_phone"
		t.parks++
		m.is(v, Parked)
	case call.CallbackDue:
		m.wait(v, e.At)
	case call.CallbackDialed:
		m.pull(v)
		t.dials++
		t.dial, t.rung, t.first = f.Dial, false, f.Agent == ""
		m.is(v, Dialing)
	case call.CallbackReached:
		if f.By == "machine" {
			t.machine = true
		} else if t.first {
			t.greeted = true
		} else {
			t.up = true
			m.is(v, Connecting)
		}
	case call.CallbackConfirmed:
		t.up, t.greeted = true, false
		m.wait(v, e.At)
	case call.CallbackTried:
		if f.Counts {
			t.attempts++
		}
		m.miss(v, v.agent, f.How == "given_up")
		m.pull(v)
		t.dial, t.up, t.first, t.greeted = "", false, false, false
		delete(m.offers, v.offer)
		v.offer, v.agent, v.leg = "", "", ""
		m.is(v, Parked)
	}
}

// park takes a callback out of the line until then.
func (m *Machine) park(s *call.Step, v *visit, until time.Time, why string) {
	m.apply(s.State(v.caller.id, call.CallbackParked{Visit: v.id, Until: until, Why: why}))
	s.After(until.Sub(s.Now), call.Timer{Kind: "due", Of: string(v.caller.id), Gen: v.ticket.parks})
}

// watchTicket sets the timers of a callback; also those a restart has lost.
func (m *Machine) watchTicket(s *call.Step, c *caller) {
	id := string(c.id)
	s.After(max(c.ticket.expires.Sub(s.Now), 0), call.Timer{Kind: "expire", Of: id})
	if v := c.visit; v != nil && v.state == Parked {
		s.After(max(c.ticket.parked.Sub(s.Now), 0), call.Timer{Kind: "due", Of: id, Gen: c.ticket.parks})
	}
}

// notNow parks a callback whose turn it is but who may not be called: the
// person sleeps, or the queue has closed.
func (m *Machine) notNow(s *call.Step, v *visit) bool {
	if m.Outbound == nil {
		return false
	}
	c := m.line(v.queue).Callback
	if at := m.Outbound.Awake(s.Now, v.ticket.number, c.From, c.Until); at.After(s.Now) {
		m.park(s, v, at, "quiet_hours")
		return true
	}
	if l := m.line(v.queue); !l.isOpen(s.Now) {
		if opens, _ := l.Hours(s.Now); opens.After(s.Now) {
			m.park(s, v, opens, "closed")
			return true
		}
	}
	return false
}

// ticketTimer takes the timers of callbacks.
func (m *Machine) ticketTimer(s *call.Step, c *caller, t call.Timer) {
	v := c.visit
	if v == nil || c.ticket == nil {
		return
	}
	switch t.Kind {
	case "due":
		if v.state == Parked && c.ticket.parks == t.Gen {
			m.apply(s.State(c.id, call.CallbackDue{Visit: v.id}))
		}
	case "expire":
		m.expired(s, c)
	case "dial":
		if v.state == Dialing && c.ticket.dials == t.Gen && !c.ticket.greeted {
			s.Order(call.HangUp{Call: c.id})
			m.freeAgent(s, v, "no_answer")
			m.tried(s, v, "no_answer", "the switch says nothing")
		}
	case "confirm":
		if c.ticket.greeted && c.ticket.dials == t.Gen {
			s.Order(call.HangUp{Call: c.id})
			m.tried(s, v, "machine", "1 was not pressed")
		}
	case "moment":
		if v.state == Waiting || v.state == Offered {
			m.say(s, v, "callback-moment")
		}
	case "gone":
		if c.ticket.up && !c.ticket.resumed {
			m.customerGone(s, c, call.HungUp{Call: c.id, Side: call.SideSystem, Estimated: true})
		}
	}
}

// expired: too late to be of use. A call that is being made is waited for.
func (m *Machine) expired(s *call.Step, c *caller) {
	if c.ticket.up || c.visit.state == Dialing || c.visit.state == Talking {
		s.After(time.Minute, call.Timer{Kind: "expire", Of: string(c.id)})
		return
	}
	m.closeTicket(s, c, "expired", "")
}

// closeTicket ends a callback that nobody has taken, however it stands.
func (m *Machine) closeTicket(s *call.Step, c *caller, how, by string) {
	if v := c.visit; v != nil {
		a := m.agents[v.agent]
		switch v.state {
		case Offered:
			m.endOffer(s, v, "cancelled", how)
		case Dialing:
			s.Order(call.HangUp{Call: c.id})
		}
		outcome := call.TimedOut
		if how == "superseded" || how == "cancelled" {
			outcome = call.Withdrawn
		}
		m.unpredial(v)
		m.leave(s, v, outcome)
		if a != nil && a.visit == v {
			a.tell("callback_"+how, s.Now)
			m.become(s, a, call.Idle)
		}
	}
	m.apply(s.State(c.id, call.CallbackEnded{How: how, By: by, Attempts: c.ticket.dials}))
}

// rewind takes up, with the first news after a restart, what the restart has
// cut off: timers, offers, and calls that were being made.
func (m *Machine) rewind(s *call.Step) {
	if m.replayed {
		m.replayed = false
		for _, c := range m.tickets {
			m.behind = append(m.behind, c)
		}
		slices.SortFunc(m.behind, byID)
		m.behind = append(m.behind, m.underWay()...)
	}
	for len(m.behind) > 0 {
		c := m.behind[0]
		m.behind = m.behind[1:]
		s.About(c.id)
		v := c.visit
		switch {
		case v == nil:
			continue
		case c.ticket.up || v.state == Talking:
			s.After(time.Minute, call.Timer{Kind: "gone", Of: string(c.id)})
		case v.state == Offered:
			m.endOffer(s, v, "cancelled", "restart")
		case v.state == Dialing:
			s.Order(call.HangUp{Call: c.id})
			c.ticket.rung = true // for all we know
			m.tried(s, v, "cancelled", "restart")
		}
		if m.callers[c.id] == c && !c.ticket.out {
			m.watchTicket(s, c)
			m.watch(s, c.visit)
		}
	}
	s.About("")
}
