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
func (m *Machine) arrive(s *call.Step, c *caller, f call.MenuLeft) {
	l := m.line(f.Queue)
	e := entry{queue: f.Queue, origin: "menu", key: s.Now, skill: l.Skill, level: l.Level,
		callback: f.Callback && m.Outbound != nil && !l.Callback.Off}
	if f.Skill != "" {
		e.skill, e.level = f.Skill, max(f.Level, 1)
	}
	if d := min(l.Credits[f.Priority], mostCredit); d > 0 {
		e.credit, e.why = d, f.Priority
	}
	m.again(c, &e, s.Now)
	e.key = e.key.Add(-e.credit)
	if open := m.ticketOf(c, c.who.Name, m.e164(c.who.Number), f.Queue); open != nil && !call.Withheld(c.who.Number) {
		e.key, e.origin, e.credit, e.why = open.ticket.key, "callback", 0, ""
		m.hold(s, open, c)
	}
	if p, ok := c.stood[f.Queue]; ok && p.key.Before(e.key) {
		e.key, e.origin, e.credit, e.why = p.key, "sent_back", p.credit, ""
	}
	if f.Priority != "complaint" { // never to the one complained of
		e.sticky = m.lastAgent(l, c, f.Agent, s.Now)
	}
	m.enter(s, c, e)
	if v := c.visit; f.Callback && v != nil {
		m.askForCallback(s, v)
	}
}

// lastAgent returns who served the caller last, "" if nobody, or too long ago.
// known is whom the books say; they do not say when, so a queue that forgets
// sooner than they do goes by its own memory.
func (m *Machine) lastAgent(l *line, c *caller, known call.AgentID, now time.Time) call.AgentID {
	if known != "" && l.Sticky.Window >= usual.Sticky.Window {
		return known
	}
	if x, ok := m.served.get(c.who.Number, l.Name, now); ok && now.Sub(x.at) <= l.Sticky.Window {
		return x.agent
	}
	return ""
}

// again sees whether the caller was lost from this line a moment ago.
func (m *Machine) again(c *caller, e *entry, now time.Time) {
	x, ok := m.lost.get(c.who.Number, e.queue, now)
	if !ok {
		return
	}
	e.origin = "redial"
	if x.ours && now.Sub(x.at) <= placeLimit {
		e.key, e.credit, e.why = x.key, 0, "dropped"
		return
	}
	most := mostCredit
	if d, set := m.line(e.queue).Credits[call.Returned]; set {
		most = min(d, mostCredit)
	}
	if d := min(x.waited, most); d > e.credit {
		e.credit, e.why = d, "returned_after_abandon"
	}
}

// remember notes who was lost from the line.
func (m *Machine) remember(v *visit, how call.Outcome, at time.Time) {
	switch how {
	case call.AbandonedQueue, call.AbandonedRinging, call.AbandonedAtAnswer, call.SystemFailure:
		if v.ticket == nil {
			m.lost.note(v.who.Number, v.queue, memo{at: at, key: v.key, waited: at.Sub(v.first), ours: how == call.SystemFailure})
		}
	}
}

// enter puts a caller in line.
func (m *Machine) enter(s *call.Step, c *caller, e entry) {
	l := m.line(e.queue)
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
	if a := m.agents[e.sticky]; a != nil && a.atWork() && a.servesQueue(e.queue) && !l.Sticky.Off {
		f.Sticky, f.Reserve = e.sticky, seconds(l.Sticky.Reserve)
	}
	full := l.MaxWaiting > 0 && l.waiting() >= l.MaxWaiting
	m.apply(s.State(c.id, f))
	v := c.visit
	l.arrived(v, s.Now)
	m.entered = append(m.entered, v)
	if c.ticket == nil && e.origin != "returned" && !e.callback {
		m.admit(s, v, full)
	}
	if c.onPhone() && c.visit == v && v.play == "" {
		s.Order(call.Music{Call: c.id, Class: l.Music})
	}
}

// began looks after a visit that has just begun, once it is known whether it
// has to wait.
func (m *Machine) began(s *call.Step, v *visit) {
	if v.state == Waiting && v.ticket == nil {
		m.shadow(s, v)
	}
	m.watch(s, v)
}

// watch sets the timers of a visit; also those that a restart has lost.
func (m *Machine) watch(s *call.Step, v *visit) {
	if v.outgoing() {
		return
	}
	l := m.line(v.queue)
	waited := s.Now.Sub(v.waitsSince())
	if v.reserved.After(s.Now) {
		s.After(v.reserved.Sub(s.Now), v.timer("kept"))
	}
	if _, stays := l.levelAfter(v.level, waited); stays > 0 {
		s.After(stays, v.timer("widen"))
	}
	if !v.live() {
		return
	}
	s.After(max(min(l.Announce.First, max(usual.Announce.First, l.Callback.After))-waited, time.Second), v.timer("speak"))
	if v.ticket != nil {
		return
	}
	spill, most := l.dues(v)
	if !spill.IsZero() {
		s.After(max(spill.Sub(s.Now), 0), v.timer("spill"))
	}
	if !most.IsZero() {
		s.After(max(most.Sub(s.Now), 0), v.timer(tooLong))
	}
	if l.p99 > 0 {
		s.After(max(span(l.p99)-waited, 0), v.timer("p99"))
	}
}

// leave ends the visit's waiting in exactly one way.
func (m *Machine) leave(s *call.Step, v *visit, how call.Outcome) {
	f := call.QueueLeft{Visit: v.id, Queue: v.queue, Outcome: how,
		Waited: seconds(s.When(v.caller.id).Sub(v.entered)), Rang: seconds(v.rang)}
	if how == call.Answered {
		f.Agent = v.agent
	}
	if v.ticket == nil {
		abandoned := how == call.AbandonedQueue || how == call.AbandonedRinging || how == call.AbandonedAtAnswer
		m.line(v.queue).patience.Add(f.Waited, abandoned)
	}
	m.apply(s.State(v.caller.id, f))
}

// hungUp: the caller is gone, at whatever moment. The agent, if any, is told
// and free at once, and is not charged for it.
func (m *Machine) hungUp(s *call.Step, ev call.HungUp) {
	c := m.callers[ev.Call]
	if c == nil {
		return
	}
	if c.ticket != nil {
		m.customerGone(s, c, ev)
		return
	}
	defer m.owedAgain(s, c.holds, c.id) // before anybody else is served
	if c.visit != nil {
		m.lostCaller(s, c.visit, ev)
	} else if c.promised != "" {
		m.putDown(s, c)
	}
}

// lostCaller ends the visit of a caller who is gone.
func (m *Machine) lostCaller(s *call.Step, v *visit, ev call.HungUp) {
	a := m.agents[v.agent]
	outcome := call.AbandonedQueue
	switch v.state {
	case Offered:
		outcome = call.AbandonedRinging
		m.endOffer(s, v, "cancelled", "caller_left")
	case Connecting:
		outcome = call.AbandonedAtAnswer
		m.part(s, v)
	case Talking:
		m.part(s, v)
		m.endTalk(s, v, ev.Side, ev.Text)
		if a != nil {
			a.tell("caller_left", s.Now)
			m.wrap(s, a, v.queue)
		}
		return
	}
	if ev.Side == call.SideSystem {
		outcome = call.SystemFailure
	}
	m.leave(s, v, outcome)
	if a != nil && a.visit == v {
		a.tell("caller_left", s.Now)
		m.become(s, a, call.Idle)
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
		m.farewellAgain(s, c)
		return
	}
	switch v.state {
	case Waiting:
		s.Order(call.Music{Call: c.id, Class: m.line(v.queue).Music})
		m.watch(s, v)
	case Offered:
		m.endOffer(s, v, "cancelled", "restart")
		s.Order(call.Music{Call: c.id, Class: m.line(v.queue).Music})
		m.watch(s, v)
	case Connecting:
		m.failBridge(s, v, "restart")
		m.watch(s, v)
	case Talking:
		if ev.Leg == "" || ev.Leg != v.leg {
			m.breakOff(s, v, call.SideSystem, "restart")
			return
		}
		s.After(returnLimit, v.timer("return"))
	}
}

// notReturned: the talk outlived us, but its agent did not come back to it.
func (m *Machine) notReturned(s *call.Step, c *caller) {
	if c.visit.state == Talking && m.agents[c.visit.agent] == nil {
		m.breakOff(s, c.visit, call.SideSystem, "restart")
	}
}

// legEnded: the agent's leg broke in the switch though nobody ordered it.
func (m *Machine) legEnded(s *call.Step, v *visit) {
	a := m.agents[v.agent]
	queue := v.queue
	if v.state == Connecting {
		m.connectFailed(s, v, "leg_lost")
		return
	}
	m.breakOff(s, v, call.SideSystem, "leg_lost")
	if a != nil {
		a.tell(v.broken(), s.Now)
		m.wrap(s, a, queue)
	}
}
