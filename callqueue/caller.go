package callqueue

import (
	"slices"
	"time"

	"presszero/call"
)

// enterFromMenu takes a caller from the menus. The key is now, less a credit.
func (qs *queues) enterFromMenu(s *call.Step, c *caller, f call.MenuLeft) {
	l := qs.lineNamed(f.Queue)
	e := lineEntry{queue: f.Queue, origin: "menu", key: s.Now, skill: l.Skill, level: l.Level,
		callback: f.Callback && qs.machine.Outbound != nil && !l.Callback.Off}
	if f.Skill != "" {
		e.skill, e.level = f.Skill, max(f.Level, 1)
	}
	if d := min(l.Credits[f.Priority], mostCredit); d > 0 {
		e.credit, e.why = d, f.Priority
	}
	qs.recognizeRedial(c, &e, s.Now)
	e.key = e.key.Add(-e.credit)
	if open := qs.callbacks.ticketOf(c, c.who.Name, qs.dialer.normalized(c.who.Number), f.Queue); open != nil && !call.Withheld(c.who.Number) {
		e.key, e.origin, e.credit, e.why = open.ticket.key, "callback", 0, ""
		qs.callbacks.holdTicket(s, open, c)
	}
	if p, ok := c.stood[f.Queue]; ok && p.key.Before(e.key) {
		e.key, e.origin, e.credit, e.why = p.key, "sent_back", p.credit, ""
	}
	if f.Priority != "complaint" { // never to the one complained of
		e.sticky = qs.lastAgent(l, c, f.Agent, s.Now)
	}
	qs.enterQueue(s, c, e)
	if v := c.visit; f.Callback && v != nil {
		qs.announcer.askForCallback(s, v)
	}
}

// lastAgent returns the agent who served the caller last, "" if none did, or too long ago.
// known is the agent in the reports, which do not say when; a queue that forgets
// sooner than they do goes by its own memory.
func (qs *queues) lastAgent(l *line, c *caller, known call.AgentID, now time.Time) call.AgentID {
	if known != "" && l.Sticky.Window >= usual.Sticky.Window {
		return known
	}
	if x, ok := qs.served.lookup(c.who.Number, l.Name, now); ok && now.Sub(x.at) <= l.Sticky.Window {
		return x.agent
	}
	return ""
}

// recognizeRedial sees whether the caller was lost from this line a moment ago.
func (qs *queues) recognizeRedial(c *caller, e *lineEntry, now time.Time) {
	x, ok := qs.lost.lookup(c.who.Number, e.queue, now)
	if !ok {
		return
	}
	e.origin = "redial"
	if x.ours && now.Sub(x.at) <= placeLimit {
		e.key, e.credit, e.why = x.key, 0, "dropped"
		return
	}
	most := mostCredit
	if d, set := qs.lineNamed(e.queue).Credits[call.Returned]; set {
		most = min(d, mostCredit)
	}
	if d := min(x.waited, most); d > e.credit {
		e.credit, e.why = d, "returned_after_abandon"
	}
}

// enterQueue puts a caller in line.
func (qs *queues) enterQueue(s *call.Step, c *caller, e lineEntry) {
	l := qs.lineNamed(e.queue)
	f := qs.entryOf(c, e)
	if e.origin == "returned" || e.origin == "transfer" {
		f.Sticky = e.sticky // is asked first, but not waited for
	} else if a := qs.floor.agents[e.sticky]; a != nil && a.atWork() && a.servesQueue(e.queue) && !l.Sticky.Off {
		f.Sticky, f.Reserve = e.sticky, seconds(l.Sticky.Reserve)
	}
	full := l.MaxWaiting > 0 && l.waitingCount() >= l.MaxWaiting
	qs.apply(s.State(c.id, f))
	v := c.visit
	l.countArrival(v, s.Now)
	qs.entered = append(qs.entered, v)
	if c.ticket == nil && e.origin != "returned" && !e.callback && !e.direct && e.movedBy == "" {
		qs.admit(s, v, full)
	}
	if c.onPhone() && c.visit == v && v.play == "" {
		s.Order(call.Music{Call: c.id, Class: l.Music})
	}
}

// entryOf is the fact of a caller who comes into a line so.
func (qs *queues) entryOf(c *caller, e lineEntry) call.QueueEntered {
	probe := &visit{caller: c, id: call.VisitID(c.id, c.visits+1), key: e.key}
	ahead, _, _ := qs.lineNamed(e.queue).open.countAhead(probe)
	f := call.QueueEntered{
		Visit: probe.id, Queue: e.queue, As: "live",
		Position: ahead + 1, Key: e.key, Origin: e.origin,
		From: c.who.Number, Name: c.who.Name, To: c.who.Dialed, Path: c.who.Path,
		First: e.first, Credit: seconds(e.credit), CreditFor: e.why, Skill: e.skill, Level: e.level,
		By: e.by, Note: e.note, Nth: e.nth, MovedBy: e.movedBy,
	}
	if c.ticket != nil {
		f.As = "callback"
	}
	return f
}

// startWaiting looks after a visit that has just begun, once it is known whether it
// has to wait.
func (qs *queues) startWaiting(s *call.Step, v *visit) {
	if v.state == Waiting && v.ticket == nil {
		qs.recordPredictions(s, v)
	}
	qs.makeUp(s, v)
	qs.setVisitTimers(s, v)
}

// setVisitTimers sets the timers of a visit; also those that a restart has lost.
func (qs *queues) setVisitTimers(s *call.Step, v *visit) {
	if v.outgoing() {
		return
	}
	l := qs.lineNamed(v.queue)
	waited := s.Now.Sub(v.waitsSince())
	if v.reserved.After(s.Now) {
		s.After(v.reserved.Sub(s.Now), v.timer(keptTimer))
	}
	if _, stays := l.levelAfter(v.level, waited); stays > 0 {
		s.After(stays, v.timer(widenTimer))
	}
	if !v.isLive() {
		return
	}
	first := min(l.Announce.First, max(usual.Announce.First, l.Callback.After))
	if l.peak != nil {
		first = min(first, atPeak)
	}
	s.After(max(first-waited, time.Second), v.timer(speakTimer))
	if v.ticket != nil {
		return
	}
	spill, most := l.patienceEnds(v)
	if !spill.IsZero() {
		s.After(max(spill.Sub(s.Now), 0), v.timer(spillTimer))
	}
	if !most.IsZero() {
		s.After(max(most.Sub(s.Now), 0), v.timer(maxWaitTimer))
	}
	if l.p99 > 0 {
		s.After(max(durationOf(l.p99)-waited, 0), v.timer(p99Timer))
	}
}

// lookAfter looks after those who go on waiting at the end of a step: groups
// that have lost their last agent, and visits that have just begun.
func (qs *queues) lookAfter(s *call.Step) {
	slices.SortFunc(qs.unattended, func(a, b *group) int { return a.number - b.number })
	for _, g := range qs.unattended {
		qs.startUnstaffedTimer(s, g)
	}
	qs.unattended = qs.unattended[:0]
	for len(qs.entered) > 0 {
		v := qs.entered[0]
		qs.entered = slices.Delete(qs.entered, 0, 1) // first, so that what fails once is not tried with every event
		if v.caller.visit == v {
			s.About(v.caller.id)
			qs.startWaiting(s, v)
		}
	}
}
