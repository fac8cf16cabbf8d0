package callqueue

import (
	"slices"
	"time"

	"presszero/call"
)

// patienceWithNobody is how long a queue may have callers and nobody at work
// for them before the policy for that is asked.
const patienceWithNobody = 10 * time.Second

// mostOverflows bounds how often a caller is moved on: queues that overflow
// into one another must not pass somebody round for ever.
const mostOverflows = 3

// isOpen reports whether the queue is open.
func (l *line) isOpen(now time.Time) bool {
	if l.Hours == nil {
		return true
	}
	opens, closes := l.Hours(now)
	return !now.Before(opens) && now.Before(closes)
}

// admit asks the queue's policies about a caller who has just come in.
func (qs *queues) admit(s *call.Step, v *visit, full bool) {
	l := qs.line(v.queue)
	switch {
	case !l.isOpen(s.Now) && qs.follow(s, v, l.Closed, "closed", call.Closed):
	case full && qs.follow(s, v, l.Full, "full", call.TimedOut):
	case qs.forsaken(v):
		qs.follow(s, v, l.Nobody, "nobody", call.NoAgents)
	}
}

// forsaken reports whether it is known that nobody at work serves the visit,
// and that this is not only for a moment.
func (qs *queues) forsaken(v *visit) bool {
	return v.group.forsaken == qs.floor.staffing+1 && !qs.hope(v)
}

// hope reports whether somebody at work serves the visit, now or once its
// queue asks for less.
func (qs *queues) hope(v *visit) bool {
	l := qs.line(v.queue)
	level := v.level
	for _, w := range l.Widen {
		level = min(level, w.Level)
	}
	return qs.group(l, v.skill, level).staffed()
}

// follow goes the way that an exit says, and reports whether it did. None hangs up;
// what it cannot do, it leaves: the caller waits. So does a caller who asks again for a queue that has sent
// the call back for the same reason: who insists really waits.
func (qs *queues) follow(s *call.Step, v *visit, e call.Exit, why string, outcome call.Outcome) bool {
	if v.state != Waiting || v.ticket != nil {
		return false // somebody is on the way
	}
	switch {
	case e.Node != "":
		if v.caller.sent[sentBy{v.queue, why}] && why != tooLong {
			return false
		}
		qs.announcer.cut(s, v)
		qs.leave(s, v, outcome)
		qs.apply(s.State(v.caller.id, call.SentBack{Visit: v.id, Queue: v.queue, Node: e.Node, Reason: why}))
	case e.Queue != "":
		return qs.overflow(s, v, e.Queue)
	case e.Callback:
		return qs.announcer.offerCallback(s, v, why)
	default:
		return false
	}
	return true
}

// overflow moves a caller to another queue. The place comes along: who has
// waited here stands there where the whole wait would have led.
func (qs *queues) overflow(s *call.Step, v *visit, to string) bool {
	if qs.lines[to] == nil || to == v.queue || v.caller.moved >= mostOverflows {
		return false
	}
	e := entry{queue: to, origin: "overflow", key: v.key, first: v.first, credit: v.credit, skill: v.skill, level: v.level}
	if l := qs.line(v.queue); v.skill == l.Skill && v.level == l.Level {
		e.skill, e.level = qs.line(to).Skill, qs.line(to).Level // it was the queue that asked, not the caller
	}
	qs.announcer.cut(s, v)
	qs.leave(s, v, call.Overflow)
	qs.enter(s, v.caller, e)
	return true
}

// tooLong is why a caller is sent back who has waited as long as the queue
// lets one. It may happen again and again, since every time was a wait.
const tooLong = "max_wait"

// dues returns when the queue's patience with a visit ends: to overflow, and
// for good. A zero time is never.
func (l *line) dues(v *visit) (spill, most time.Time) {
	if l.Overflow.Queue != "" {
		spill = v.entered.Add(l.Overflow.After)
	}
	if l.MaxWait > 0 {
		most = v.first.Add(l.MaxWait)
	}
	return spill, most
}

// waitedLong: the visit has lasted as long as the queue lets one. The settings
// may have changed since the timer was set.
func (qs *queues) waitedLong(s *call.Step, v *visit, kind call.TimerKind) {
	l := qs.line(v.queue)
	due, most := l.dues(v)
	if kind == maxWaitTimer {
		due = most
	}
	switch {
	case due.IsZero():
	case due.After(s.Now):
		s.After(due.Sub(s.Now), v.timer(kind))
	case v.state == Offered || v.state == Connecting: // somebody is on the way; if that fails, it is time
		s.After(speechStep, v.timer(kind))
	case v.state != Waiting:
	case kind == maxWaitTimer:
		qs.follow(s, v, l.TooLong, tooLong, call.TimedOut)
	default:
		qs.follow(s, v, call.Exit{Queue: l.Overflow.Queue}, "spill", call.Overflow)
	}
}

// unstaffed notes that a group has lost its last agent.
func (qs *queues) unstaffed(g *group) { qs.unattended = append(qs.unattended, g) }

// lookAfter looks after those who go on waiting at the end of a step: groups
// that have lost their last agent, and visits that have just begun.
func (qs *queues) lookAfter(s *call.Step) {
	slices.SortFunc(qs.unattended, func(a, b *group) int { return a.number - b.number })
	for _, g := range qs.unattended {
		qs.lonely(s, g)
	}
	qs.unattended = qs.unattended[:0]
	for len(qs.entered) > 0 {
		v := qs.entered[0]
		qs.entered = slices.Delete(qs.entered, 0, 1) // first, so that what fails once is not tried with every event
		if v.caller.visit == v {
			s.About(v.caller.id)
			qs.began(s, v)
		}
	}
}

// lonely begins to count when somebody waits whom nobody at work serves.
func (qs *queues) lonely(s *call.Step, g *group) {
	if g.alone || len(g.waiting) == 0 || g.staffed() {
		return
	}
	g.alone = true
	s.After(patienceWithNobody, call.Timer{Kind: aloneTimer, Of: g.line.Name, Gen: g.number})
}

// alone: still nobody. It is an alarm, and the policy is asked for each caller.
func (qs *queues) alone(s *call.Step, g *group) {
	if !g.alone || len(g.waiting) == 0 || g.staffed() {
		g.alone = false
		return
	}
	head := g.waiting[0]
	s.State(head.caller.id, call.LineAlarm{What: "nobody_eligible", Queue: g.line.Name, Visit: head.id,
		Value: seconds(s.Now.Sub(head.entered))})
	if g.line.Nobody == (call.Exit{}) {
		return
	}
	g.alone = false // who comes later, after somebody has come or gone, is counted for anew
	g.forsaken = qs.floor.staffing + 1
	all := slices.Clone(g.waiting)
	slices.SortFunc(all, inOrder)
	for _, v := range all {
		if !qs.hope(v) {
			s.About(v.caller.id)
			qs.follow(s, v, g.line.Nobody, "nobody", call.NoAgents)
		}
	}
}
