package callqueue

import (
	"time"

	"presszero/call"
)

// Somebody who was lost from the line and calls again is known again: within
// redialLimit with credit for the time waited, and within placeLimit, when it
// was the network's fault, at the very place.
const (
	redialLimit = 15 * time.Minute
	placeLimit  = 3 * time.Minute
)

// entry is how a caller comes into a line.
type entry struct {
	queue    string
	origin   string
	key      time.Time
	first    time.Time // zero: now
	credit   time.Duration
	why      string // of the credit
	skill    string
	level    int
	sticky   call.AgentID
	callback bool // wants to be called, and need not be served now
}

// arrive takes a caller from the menus. The key is now, less a credit.
func (qs *queues) arrive(s *call.Step, c *caller, f call.MenuLeft) {
	l := qs.line(f.Queue)
	e := entry{queue: f.Queue, origin: "menu", key: s.Now, skill: l.Skill, level: l.Level,
		callback: f.Callback && qs.machine.Outbound != nil && !l.Callback.Off}
	if f.Skill != "" {
		e.skill, e.level = f.Skill, max(f.Level, 1)
	}
	if d := min(l.Credits[f.Priority], mostCredit); d > 0 {
		e.credit, e.why = d, f.Priority
	}
	qs.again(c, &e, s.Now)
	e.key = e.key.Add(-e.credit)
	if open := qs.callbacks.ticketOf(c, c.who.Name, qs.dialer.e164(c.who.Number), f.Queue); open != nil && !call.Withheld(c.who.Number) {
		e.key, e.origin, e.credit, e.why = open.ticket.key, "callback", 0, ""
		qs.callbacks.hold(s, open, c)
	}
	if p, ok := c.stood[f.Queue]; ok && p.key.Before(e.key) {
		e.key, e.origin, e.credit, e.why = p.key, "sent_back", p.credit, ""
	}
	if f.Priority != "complaint" { // never to the one complained of
		e.sticky = qs.lastAgent(l, c, f.Agent, s.Now)
	}
	qs.enter(s, c, e)
	if v := c.visit; f.Callback && v != nil {
		qs.announcer.askForCallback(s, v)
	}
}

// lastAgent returns who served the caller last, "" if nobody, or too long ago.
// known is whom the books say; they do not say when, so a queue that forgets
// sooner than they do goes by its own memory.
func (qs *queues) lastAgent(l *line, c *caller, known call.AgentID, now time.Time) call.AgentID {
	if known != "" && l.Sticky.Window >= usual.Sticky.Window {
		return known
	}
	if x, ok := qs.served.get(c.who.Number, l.Name, now); ok && now.Sub(x.at) <= l.Sticky.Window {
		return x.agent
	}
	return ""
}

// again sees whether the caller was lost from this line a moment ago.
func (qs *queues) again(c *caller, e *entry, now time.Time) {
	x, ok := qs.lost.get(c.who.Number, e.queue, now)
	if !ok {
		return
	}
	e.origin = "redial"
	if x.ours && now.Sub(x.at) <= placeLimit {
		e.key, e.credit, e.why = x.key, 0, "dropped"
		return
	}
	most := mostCredit
	if d, set := qs.line(e.queue).Credits[call.Returned]; set {
		most = min(d, mostCredit)
	}
	if d := min(x.waited, most); d > e.credit {
		e.credit, e.why = d, "returned_after_abandon"
	}
}

// remember notes who was lost from the line.
func (qs *queues) remember(v *visit, how call.Outcome, at time.Time) {
	switch how {
	case call.AbandonedQueue, call.AbandonedRinging, call.AbandonedAtAnswer, call.SystemFailure:
		if v.ticket == nil {
			qs.lost.note(v.who.Number, v.queue, memo{at: at, key: v.key, waited: at.Sub(v.first), ours: how == call.SystemFailure})
		}
	}
}

// enter puts a caller in line.
func (qs *queues) enter(s *call.Step, c *caller, e entry) {
	l := qs.line(e.queue)
	probe := &visit{caller: c, id: call.VisitID(c.id, c.visits+1), key: e.key}
	ahead, _, _ := l.open.ahead(probe)
	f := call.QueueEntered{
		Visit: probe.id, Queue: e.queue, As: "live",
		Position: ahead + 1, Key: e.key, Origin: e.origin,
		From: c.who.Number, Name: c.who.Name, To: c.who.Dialed, Path: c.who.Path,
		First: e.first, Credit: seconds(e.credit), CreditFor: e.why, Skill: e.skill, Level: e.level,
	}
	if c.ticket != nil {
		f.As = "callback"
	}
	if a := qs.floor.agents[e.sticky]; a != nil && a.atWork() && a.servesQueue(e.queue) && !l.Sticky.Off {
		f.Sticky, f.Reserve = e.sticky, seconds(l.Sticky.Reserve)
	}
	full := l.MaxWaiting > 0 && l.waiting() >= l.MaxWaiting
	qs.apply(s.State(c.id, f))
	v := c.visit
	l.arrived(v, s.Now)
	qs.entered = append(qs.entered, v)
	if c.ticket == nil && e.origin != "returned" && !e.callback {
		qs.admit(s, v, full)
	}
	if c.onPhone() && c.visit == v && v.play == "" {
		s.Order(call.Music{Call: c.id, Class: l.Music})
	}
}

// began looks after a visit that has just begun, once it is known whether it
// has to wait.
func (qs *queues) began(s *call.Step, v *visit) {
	if v.state == Waiting && v.ticket == nil {
		qs.shadow(s, v)
	}
	qs.watch(s, v)
}

// watch sets the timers of a visit; also those that a restart has lost.
func (qs *queues) watch(s *call.Step, v *visit) {
	if v.outgoing() {
		return
	}
	l := qs.line(v.queue)
	waited := s.Now.Sub(v.waitsSince())
	if v.reserved.After(s.Now) {
		s.After(v.reserved.Sub(s.Now), v.timer(keptTimer))
	}
	if _, stays := l.levelAfter(v.level, waited); stays > 0 {
		s.After(stays, v.timer(widenTimer))
	}
	if !v.live() {
		return
	}
	s.After(max(min(l.Announce.First, max(usual.Announce.First, l.Callback.After))-waited, time.Second), v.timer(speakTimer))
	if v.ticket != nil {
		return
	}
	spill, most := l.dues(v)
	if !spill.IsZero() {
		s.After(max(spill.Sub(s.Now), 0), v.timer(spillTimer))
	}
	if !most.IsZero() {
		s.After(max(most.Sub(s.Now), 0), v.timer(maxWaitTimer))
	}
	if l.p99 > 0 {
		s.After(max(span(l.p99)-waited, 0), v.timer(p99Timer))
	}
}

// leave ends the visit's waiting in exactly one way.
func (qs *queues) leave(s *call.Step, v *visit, how call.Outcome) {
	f := call.QueueLeft{Visit: v.id, Queue: v.queue, Outcome: how,
		Waited: seconds(s.When(v.caller.id).Sub(v.entered)), Rang: seconds(v.rang)}
	if how == call.Answered {
		f.Agent = v.agent
	}
	if v.ticket == nil {
		abandoned := how == call.AbandonedQueue || how == call.AbandonedRinging || how == call.AbandonedAtAnswer
		qs.line(v.queue).patience.Add(f.Waited, abandoned)
	}
	qs.apply(s.State(v.caller.id, f))
}

// hungUp: the caller is gone, at whatever moment. The agent, if any, is told
// and free at once, and is not charged for it.
func (m *Machine) hungUp(s *call.Step, ev call.HungUp) {
	c := m.callers[ev.Call]
	if c == nil {
		return
	}
	if c.ticket != nil {
		m.callbacks.customerGone(s, c, ev)
		return
	}
	defer m.callbacks.owedAgain(s, c.holds, c.id) // before anybody else is served
	if c.visit != nil {
		m.talks.lostCaller(s, c.visit, ev)
	} else if c.promised != "" {
		m.callbacks.putDown(s, c)
	}
}

// resumed: we have been away, and the switch still has the caller. Agents and
// their offers did not outlive us, but music, place and key did.
func (m *Machine) resumed(s *call.Step, ev call.Resumed) {
	c := m.callers[ev.Call]
	if c == nil {
		return
	}
	v := c.visit
	if c.ticket != nil {
		c.ticket.resumed = true
		if v == nil || !c.ticket.up { // a talk that is over, a machine that talks on
			s.Order(call.HangUp{Call: c.id})
			return
		}
	}
	if v == nil {
		m.announcer.farewellAgain(s, c)
		return
	}
	switch v.state {
	case Waiting:
		s.Order(call.Music{Call: c.id, Class: m.queues.line(v.queue).Music})
		m.queues.watch(s, v)
	case Offered:
		m.talks.endOffer(s, v, "cancelled", "restart")
		s.Order(call.Music{Call: c.id, Class: m.queues.line(v.queue).Music})
		m.queues.watch(s, v)
	case Connecting:
		m.talks.failBridge(s, v, "restart")
		m.queues.watch(s, v)
	case Talking:
		if ev.Leg == "" || ev.Leg != v.leg {
			m.talks.breakOff(s, v, call.SideSystem, "restart")
			return
		}
		s.After(returnLimit, v.timer(returnTimer))
	}
}
