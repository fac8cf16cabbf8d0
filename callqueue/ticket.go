package callqueue

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"presszero/call"
)

// Outbound says which numbers may be called, and when. Package outbound holds
// the policy that the product uses.
// What their errors say is a word for reports, a colon, and a sentence for people.
type Outbound interface {
	// Check returns a number in E.164, or why it must never be called.
	Check(number string) (e164 string, err error)
	// Emergency returns an emergency number as it is dialled, and whether it is
	// one that an agent may call, which needs no Permit.
	Emergency(number string) (dial string, may bool)
	// Permit counts a call to the number that is about to be made, or says why
	// it must not be made now: caps, the kill switch.
	Permit(now time.Time, e164 string, by call.AgentID) error
	// Uncount takes the latest call to the number out of its caps: nobody
	// there could notice it.
	Uncount(e164 string)
	// Free returns when the caps let a call to the number be made: now, or
	// later. ok is false while no calls may leave, and nobody knows until when.
	Free(now time.Time, e164 string) (at time.Time, ok bool)
	// AgentFree returns when the agent may make a call: now, or later.
	AgentFree(now time.Time, by call.AgentID) time.Time
	// Awake returns when the person at the number may be called: now, or when
	// the quiet hours of the number's zone are over. From and until are times
	// of day that narrow the policy's own; 0: they do not.
	Awake(now time.Time, e164 string, from, until time.Duration) time.Time
}

// ticketKey is what there is only one open callback for. Several persons may
// be behind one number; person numbers them.
type ticketKey struct {
	number, queue string
	person        int
}

// mostPersons is how many callbacks may be open for one number and queue.
const mostPersons = 10

// ticket is the promise to call somebody back. It is a visit in the same line
// as those who wait on the phone, with the key the caller had; only the
// channel is gone.
//
//	booked ──> Waiting ──offer──> Offered ──accept──> Dialing ──person──> Connecting ──> Talking ──> completed
//	   │          ^                                    │   └─machine, busy, no answer─┐
//	   └──> Parked┴────────── due <── retry, quiet hours, chosen time <───────────────┴──> exhausted
//
// (superseded when the caller rings in and is answered, cancelled, or expired, at any time
// before somebody has taken the call)
//
// With enough agents the customer is called first: see predial.go.
type ticket struct {
	from    call.ID // the call it came out of
	source  string  // claimed, typed, message
	here    call.ID // the call in which the person has rung in, and waits on the phone
	queue   string
	number  string // E.164
	person  int    // behind the number
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
	rung     bool      // this dial rang
	up       bool      // a person has taken the call, and is still there…
	since    time.Time // …since then
	first    bool      // this dial: the customer is called before an agent is free
	greeted  bool      // a person has taken such a call, and has not pressed 1 yet
	machine  bool      // a machine has our message: one is enough
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

func (t *ticket) unique() ticketKey { return ticketKey{t.number, t.queue, t.person} }

// ticketOf returns the open callback that is meant for the person who calls, or
// nil. A number is not a person: who was on the phone with us when it was
// booked, or calls while its person does, or has another name, is somebody
// else behind the same number.
func (m *Machine) ticketOf(c *caller, name, number, queue string) *caller {
	for i := range mostPersons {
		open := m.tickets[ticketKey{number, queue, i}]
		if open == nil || open.ticket.up {
			continue
		}
		t := open.ticket
		if c != nil && (t.here == c.id || t.from == c.id) {
			return open
		}
		switch {
		case m.callers[t.here] != nil || m.callers[t.from] != nil && t.from != "":
		case c != nil && t.source != "message" && open.arrived.After(c.arrived):
		case name != "" && open.who.Name != "" && !strings.EqualFold(strings.TrimSpace(name), strings.TrimSpace(open.who.Name)):
		default:
			return open
		}
	}
	return nil
}

// vacant returns the key of one more callback for the number, and whether
// there may be one.
func (m *Machine) vacant(number, queue string) (ticketKey, bool) {
	for i := range mostPersons {
		if k := (ticketKey{number, queue, i}); m.tickets[k] == nil {
			return k, true
		}
	}
	return ticketKey{}, false
}

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

// expiry is when a callback booked at t is not wanted any more: after the time
// set, or at the end of the next day of work.
func (m *Machine) expiry(l *line, t time.Time) time.Time {
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
	if err != nil || m.ticketOf(nil, ev.Name, number, ev.Queue) != nil {
		return
	}
	if _, ok := m.vacant(number, ev.Queue); !ok {
		return
	}
	l := m.line(ev.Queue)
	at, _ := m.mayCall(l, number, s.Now)
	m.apply(s.State(ev.Callback, call.CallbackBooked{From: ev.From, Queue: ev.Queue, Number: number, Key: ev.Since,
		Entered: ev.Since, Begin: at, Until: m.expiry(l, at), Due: at, Expires: m.expiry(l, at),
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
		ticket: &ticket{from: f.From, source: f.Source, queue: f.Queue, number: f.Number, key: f.Key, entered: f.Entered,
			begin: f.Begin, until: f.Until, due: f.Due, expires: f.Expires, skill: f.Skill, level: f.Level}}
	m.callers[e.Call] = c
	if k, ok := m.vacant(f.Number, f.Queue); ok {
		c.ticket.person = k.person
	}
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
		t.parked, t.onPhone, t.here = f.Until, f.Why == "on_phone", f.By
		if by := m.callers[f.By]; by != nil {
			by.holds = e.Call
		}
		t.parks++
		m.is(v, Parked)
	case call.CallbackDue:
		t.here = ""
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
			t.up, t.since = true, e.At
			m.is(v, Connecting)
		}
	case call.CallbackConfirmed:
		t.up, t.since, t.greeted = true, e.At, false
		m.wait(v, e.At)
	case call.CallbackTried:
		if f.Counts {
			t.attempts++
		}
		if f.How == "trunk" {
			m.carrier.refused(e.At)
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
// person sleeps, the queue has closed, a cap is reached, or the trunk is away.
func (m *Machine) notNow(s *call.Step, v *visit) bool {
	if m.Outbound == nil {
		return false
	}
	at, why := m.mayCall(m.line(v.queue), v.ticket.number, s.Now)
	if m.carrier.until.After(at) {
		at, why = m.carrier.until, "trunk"
	}
	if !at.After(s.Now) {
		return false
	}
	m.park(s, v, at, why)
	return true
}

// mayDialFrom returns when the agent may make a call: from now on, or later.
func (m *Machine) mayDialFrom(a *agent, now time.Time) time.Time {
	if m.Outbound == nil {
		return now
	}
	return m.Outbound.AgentFree(now, a.id)
}

// askAgain is how long callbacks wait while calls are switched off, until they
// ask anew.
const askAgain = 5 * time.Minute

// mayCall returns when, from an instant on, the number may be called for the
// queue, and why not before: quiet_hours, closed, limit.
func (m *Machine) mayCall(l *line, number string, from time.Time) (at time.Time, why string) {
	at = from
	for range 8 { // each of the three may move it into another's way
		before := at
		if t, ok := m.Outbound.Free(at, number); !ok {
			return at.Add(askAgain), "limit"
		} else if t.After(at) {
			at, why = t, "limit"
		}
		if t := m.Outbound.Awake(at, number, l.Callback.Quiet.End, l.Callback.Quiet.Begin); t.After(at) {
			at, why = t, "quiet_hours"
		}
		if !l.isOpen(at) {
			if opens, _ := l.Hours(at); opens.After(at) {
				at, why = opens, "closed"
			}
		}
		if at.Equal(before) {
			break
		}
	}
	return at, why
}

// switchedOff reports whether no calls may leave.
func (m *Machine) switchedOff(now time.Time) bool {
	_, ok := m.Outbound.Free(now, "")
	return !ok
}

// hold has the callback wait while its person, who has rung in, waits on the
// phone: it is superseded when that call is answered, and owed again, at its
// place, when the call ends before.
func (m *Machine) hold(s *call.Step, open, by *caller) {
	v := open.visit
	if v == nil {
		return
	}
	a := m.agents[v.agent]
	switch v.state {
	case Offered:
		m.endOffer(s, v, "cancelled", "caller_here")
	case Dialing:
		s.Order(call.HangUp{Call: open.id})
		m.apply(s.State(open.id, call.CallbackTried{Visit: v.id, Dial: open.ticket.dial, How: "cancelled", Why: "caller_here", Counts: open.ticket.rung}))
	}
	m.endMessage(s, open)
	m.unpredial(v)
	v.play = ""
	m.apply(s.State(open.id, call.CallbackParked{Visit: v.id, Until: open.ticket.expires, Why: "caller_here", By: by.id}))
	if a != nil && a.visit == v {
		a.tell("callback_superseded", s.Now)
		m.become(s, a, call.Idle)
	}
}

// endMessage ends the call to an answering machine on which a message is being
// left: the callback may be dialled again, or is over, and this call is not to
// be in the way or be forgotten.
func (m *Machine) endMessage(s *call.Step, c *caller) {
	if c.farewell != "" {
		s.Order(call.HangUp{Call: c.id})
		c.farewell = ""
	}
}

// owedAgain: the call in which the person had rung in is over, and was not
// answered.
func (m *Machine) owedAgain(s *call.Step, held call.ID, by call.ID) {
	cb := m.callers[held]
	if cb != nil && cb.ticket != nil && cb.ticket.here == by && cb.visit != nil && cb.visit.state == Parked {
		m.apply(s.State(held, call.CallbackDue{Visit: cb.visit.id}))
	}
}

// carrier is what the latest callbacks say of the trunk. While it refuses
// calls, callbacks wait, and one after another tries it.
type carrier struct {
	failed int // in a row
	until  time.Time
}

// How long callbacks wait after the trunk has refused one; each time twice as
// long.
const (
	carrierFirst = time.Minute
	carrierMost  = 15 * time.Minute
)

func (c *carrier) refused(now time.Time) {
	c.until = now.Add(min(carrierFirst<<min(c.failed, 10), carrierMost))
	c.failed++
}

// carries: a phone has rung, or its network has said that it cannot.
func (c *carrier) carries() { *c = carrier{} }

// ticketTimer takes the timers of callbacks.
func (m *Machine) ticketTimer(s *call.Step, c *caller, t call.Timer) {
	v := c.visit
	if v == nil || c.ticket == nil {
		return
	}
	switch t.Kind {
	case "due":
		if v.state == Parked && c.ticket.parks == t.Gen && m.callers[c.ticket.here] == nil {
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
	m.endMessage(s, c)
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
		if here := c.ticket.here; here != "" && m.callers[here] == nil {
			m.owedAgain(s, c.id, here) // that call ended while we were away
		}
		if m.callers[c.id] == c && !c.ticket.out {
			m.watchTicket(s, c)
			m.watch(s, c.visit)
		}
	}
	s.About("")
}
