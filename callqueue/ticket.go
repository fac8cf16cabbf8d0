package callqueue

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"presszero/call"
)

// ticketKey is what there is only one open callback for. Several persons may
// be behind one number; person numbers them.
type ticketKey struct {
	number, queue string
	person        int
}

// mostPersons is how many callbacks may be open for one number and queue.
const mostPersons = 10

// callbacks is the promises to call somebody back. Each is a caller with a
// ticket and a book of its own, and a visit in the same line as those who wait
// on the phone. This part books them, parks them until they are due, holds them
// while their person is on the phone, and closes them; queues serves them and
// dialer calls.
//
// Tickets change only in apply, by applyBooked and applyTicket. behind is filled
// once after a restart, and emptied with the first event (rewind).
type callbacks struct {
	*shared

	tickets map[ticketKey]*caller // open callbacks
	booked  []*line               // that have open callbacks
	behind  []*caller             // callbacks and calls of agents that a restart has cut off
}

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

// mergeWith returns the open callback that is enough for a caller who wants one:
// that of the same person, or any when the number has as many as it may; nil if
// another is to be booked.
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

// open opens the callback's book and puts it in line.
func (cbs *callbacks) open(s *call.Step, v *visit, id call.ID, d *dialog, w window) {
	l := cbs.queues.line(v.queue)
	from := s.Now
	if d.due.After(from) {
		from = d.due
	}
	cbs.apply(s.State(id, call.CallbackBooked{From: v.caller.id, Queue: v.queue, Number: d.number, Key: v.key, Entered: v.first,
		Begin: w.begin, Until: w.end, Due: from, Expires: cbs.expiry(l, from), Source: d.source,
		Name: v.who.Name, To: v.who.Dialed, Path: v.who.Path, Skill: v.skill, Level: v.level, Language: v.language}))
	c := cbs.callers[id]
	cbs.queues.enter(s, c, entry{queue: v.queue, origin: "callback", key: v.key, first: v.first, skill: v.skill, level: v.level})
	if d.due.After(s.Now) {
		cbs.park(s, c.visit, d.due, "scheduled")
	} else {
		cbs.park(s, c.visit, s.Now.Add(2*speechLimit), "on_phone")
	}
	cbs.watchTicket(s, c)
}

// ordered: a person of the house wants somebody called back, as to answer a
// message. It is a callback like any other, in the line since the person began
// to wait for an answer; one that is open already is enough.
func (cbs *callbacks) ordered(s *call.Step, ev call.CallbackOrdered) {
	if cbs.machine.Outbound == nil || cbs.callers[ev.Callback] != nil {
		return
	}
	number, err := cbs.machine.Outbound.Check(ev.Number)
	if err != nil || cbs.ticketOf(nil, ev.Name, number, ev.Queue) != nil {
		return
	}
	if _, ok := cbs.vacant(number, ev.Queue); !ok {
		return
	}
	l := cbs.queues.line(ev.Queue)
	at, _ := cbs.dialer.mayCall(l, number, s.Now)
	cbs.apply(s.State(ev.Callback, call.CallbackBooked{From: ev.From, Queue: ev.Queue, Number: number, Key: ev.Since,
		Entered: ev.Since, Begin: at, Until: cbs.expiry(l, at), Due: at, Expires: cbs.expiry(l, at),
		Source: "message", Name: ev.Name}))
	c := cbs.callers[ev.Callback]
	cbs.queues.enter(s, c, entry{queue: ev.Queue, origin: "callback", key: ev.Since, first: ev.Since})
	cbs.park(s, c.visit, s.Now, "scheduled") // due at once, if it is not night there
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

func (cbs *callbacks) applyBooked(e call.Entry, f call.CallbackBooked) {
	c := &caller{id: e.Call, arrived: e.At, language: f.Language,
		who: call.DeskWho{Number: f.Number, Name: f.Name, Dialed: f.To, Path: f.Path},
		ticket: &ticket{from: f.From, source: f.Source, queue: f.Queue, number: f.Number, key: f.Key, entered: f.Entered,
			begin: f.Begin, until: f.Until, due: f.Due, expires: f.Expires, skill: f.Skill, level: f.Level}}
	cbs.callers[e.Call] = c
	if k, ok := cbs.vacant(f.Number, f.Queue); ok {
		c.ticket.person = k.person
	}
	cbs.tickets[c.ticket.unique()] = c
	l := cbs.queues.line(f.Queue)
	if l.booked++; l.booked == 1 {
		cbs.booked = append(cbs.booked, l)
	}
}

// drop forgets a callback that is over. An agent's own call is none, and is not
// among them.
func (cbs *callbacks) drop(c *caller) {
	t := c.ticket
	if cbs.tickets[t.unique()] != c {
		return
	}
	delete(cbs.tickets, t.unique())
	l := cbs.queues.line(t.queue)
	if l.booked--; l.booked == 0 {
		cbs.booked = slices.DeleteFunc(cbs.booked, func(b *line) bool { return b == l })
	}
}

// applyTicket changes a callback.
func (cbs *callbacks) applyTicket(v *visit, e call.Entry) {
	t := v.ticket
	switch f := e.Fact.(type) {
	case call.CallbackParked:
		cbs.queues.pull(v)
		t.parked, t.onPhone, t.here = f.Until, f.Why == "on_phone", f.By
		if by := cbs.callers[f.By]; by != nil {
			by.holds = e.Call
		}
		t.parks++
		cbs.queues.is(v, Parked)
	case call.CallbackDue:
		t.here = ""
		cbs.queues.wait(v, e.At)
	case call.CallbackDialed:
		cbs.queues.pull(v)
		t.dials++
		t.dial, t.rung, t.first = f.Dial, false, f.Agent == ""
		cbs.queues.is(v, Dialing)
	case call.CallbackReached:
		if f.By == "machine" {
			t.machine = true
		} else if t.first {
			t.greeted = true
		} else {
			t.up, t.since = true, e.At
			cbs.queues.is(v, Connecting)
		}
	case call.CallbackConfirmed:
		t.up, t.since, t.greeted = true, e.At, false
		cbs.queues.wait(v, e.At)
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
		cbs.dialer.carrier.refused(at)
	}
	cbs.queues.miss(v, v.agent, f.How == "given_up")
	cbs.queues.pull(v)
	t.dial, t.up, t.first, t.greeted = "", false, false, false
	cbs.talks.withdraws(v)
	v.offer, v.agent, v.leg = "", "", ""
	cbs.queues.is(v, Parked)
}

// park takes a callback out of the line until then.
func (cbs *callbacks) park(s *call.Step, v *visit, until time.Time, why string) {
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

// notNow parks a callback whose turn it is but who may not be called: the
// person sleeps, the queue has closed, a cap is reached, or the trunk is away.
func (cbs *callbacks) notNow(s *call.Step, v *visit) bool {
	if cbs.machine.Outbound == nil {
		return false
	}
	at, why := cbs.dialer.mayCall(cbs.queues.line(v.queue), v.ticket.number, s.Now)
	if cbs.dialer.carrier.until.After(at) {
		at, why = cbs.dialer.carrier.until, "trunk"
	}
	if !at.After(s.Now) {
		return false
	}
	cbs.park(s, v, at, why)
	return true
}

// hold has the callback wait while its person, who has rung in, waits on the
// phone: it is superseded when that call is answered, and owed again, at its
// place, when the call ends before.
func (cbs *callbacks) hold(s *call.Step, open, by *caller) {
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
		a.tell("callback_superseded", s.Now)
		cbs.floor.become(s, a, call.Idle)
	}
}

// endMessage ends the call to an answering machine on which a message is being
// left: the callback may be dialled again, or is over, and this call is not to
// be in the way or be forgotten.
func (cbs *callbacks) endMessage(s *call.Step, c *caller) {
	if c.farewell != "" {
		s.Order(call.HangUp{Call: c.id})
		c.farewell = ""
	}
}

// owedAgain: the call in which the person had rung in is over, and was not
// answered.
func (cbs *callbacks) owedAgain(s *call.Step, held call.ID, by call.ID) {
	cb := cbs.callers[held]
	if cb != nil && cb.ticket != nil && cb.ticket.here == by && cb.visit != nil && cb.visit.state == Parked {
		cbs.apply(s.State(held, call.CallbackDue{Visit: cb.visit.id}))
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
			cbs.apply(s.State(c.id, call.CallbackDue{Visit: v.id}))
		}
	case expireTimer:
		cbs.expired(s, c)
	case dialTimer:
		if v.state == Dialing && c.ticket.dials == t.Gen && !c.ticket.greeted {
			s.Order(call.HangUp{Call: c.id})
			cbs.talks.freeAgent(s, v, "no_answer")
			cbs.dialer.tried(s, v, "no_answer", "the switch says nothing")
		}
	case confirmTimer:
		if c.ticket.greeted && c.ticket.dials == t.Gen {
			s.Order(call.HangUp{Call: c.id})
			cbs.dialer.tried(s, v, "machine", "1 was not pressed")
		}
	case momentTimer:
		if v.state == Waiting || v.state == Offered {
			cbs.announcer.say(s, v, "callback-moment")
		}
	case goneTimer:
		if c.ticket.up && !c.ticket.resumed {
			cbs.customerGone(s, c, call.HungUp{Call: c.id, Side: call.SideSystem, Estimated: true})
		}
	}
}

// expired: too late to be of use. A call that is being made is waited for.
func (cbs *callbacks) expired(s *call.Step, c *caller) {
	if c.ticket.up || c.visit.state == Dialing || c.visit.state == Talking {
		s.After(time.Minute, call.Timer{Kind: expireTimer, Of: string(c.id)})
		return
	}
	cbs.closeTicket(s, c, "expired", "")
}

// closeTicket ends a callback that nobody has taken, however it stands.
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
		cbs.queues.leave(s, v, outcome)
		if a != nil && a.visit == v {
			a.tell("callback_"+how, s.Now)
			cbs.floor.become(s, a, call.Idle)
		}
	}
	cbs.apply(s.State(c.id, call.CallbackEnded{How: how, By: by, Attempts: c.ticket.dials}))
}

// rewind takes up, with the first news after a restart, what the restart has
// cut off: timers, offers, and calls that were being made.
func (cbs *callbacks) rewind(s *call.Step) {
	if cbs.machine.replayed {
		cbs.machine.replayed = false
		for _, c := range cbs.tickets {
			cbs.behind = append(cbs.behind, c)
		}
		slices.SortFunc(cbs.behind, byID)
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
			cbs.dialer.tried(s, v, "cancelled", "restart")
		}
		if here := c.ticket.here; here != "" && cbs.callers[here] == nil {
			cbs.owedAgain(s, c.id, here) // that call ended while we were away
		}
		if cbs.callers[c.id] == c && !c.ticket.out {
			cbs.watchTicket(s, c)
			cbs.queues.watch(s, c.visit)
		}
	}
	s.About("")
}

// postpone: who was called back and waits for an agent would rather be called
// again. It is no attempt that has failed.
func (cbs *callbacks) postpone(s *call.Step, v *visit) {
	c := v.caller
	cbs.announcer.cut(s, v)
	cbs.dialer.tried(s, v, "postponed", "")
	cbs.announcer.farewell(s, c, "callback-promise", "goodbye")
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
			cbs.completed(s, c)
		}
	case v.state == Talking:
		cbs.talks.lostCaller(s, v, ev)
		cbs.completed(s, c)
	case c.served: // the talk had broken off
		cbs.talks.lostCaller(s, v, ev)
		cbs.completed(s, c)
	case v.state == Dialing && !t.greeted:
		cbs.talks.freeAgent(s, v, "no_answer")
		cbs.dialer.tried(s, v, "no_answer", ev.Text)
	case t.greeted:
		cbs.dialer.tried(s, v, "declined", "")
	case t.up:
		cbs.abandonedCallback(s, v, ev)
	}
}

// abandonedCallback: the person took the call and was gone before an agent was
// there.
func (cbs *callbacks) abandonedCallback(s *call.Step, v *visit, ev call.HungUp) {
	if v.ticket.first {
		cbs.queues.line(v.queue).abandoned.Add(s.Now, 1)
	}
	a := cbs.floor.agents[v.agent]
	switch v.state {
	case Offered:
		cbs.talks.endOffer(s, v, "cancelled", "caller_left")
	case Connecting:
		cbs.talks.part(s, v)
	}
	if a != nil && a.visit == v {
		a.tell("caller_left", s.Now)
		cbs.floor.become(s, a, call.Idle)
	}
	cbs.dialer.tried(s, v, "abandoned", ev.Text)
}

func (cbs *callbacks) completed(s *call.Step, c *caller) {
	cbs.apply(s.State(c.id, call.CallbackEnded{How: "completed", Attempts: c.ticket.dials}))
}
