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
func (m *Machine) admit(s *call.Step, v *visit, full bool) {
	l := m.line(v.queue)
	switch {
	case !l.isOpen(s.Now):
		m.follow(s, v, l.OnClosed, "closed", call.Closed)
	case full:
		m.follow(s, v, l.OnFull, "full", call.TimedOut)
	}
}

// follow does what a policy says. None hangs up; what it cannot do, it leaves:
// the caller waits.
func (m *Machine) follow(s *call.Step, v *visit, p Policy, why string, outcome call.Outcome) {
	if v.state != Waiting || v.ticket != nil {
		return // somebody is on the way
	}
	switch p.Do {
	case Overflow:
		m.overflow(s, v, p.To)
	case Menu:
		m.cut(s, v)
		m.leave(s, v, outcome)
		s.State(v.caller.id, call.SentBack{Visit: v.id, Queue: v.queue, Node: p.To, Reason: why})
	case Callback:
		m.offerCallback(s, v, why)
	}
}

// overflow moves a caller to another queue. The place comes along: who has
// waited here stands there where the whole wait would have led.
func (m *Machine) overflow(s *call.Step, v *visit, to string) {
	if m.lines[to] == nil || to == v.queue || v.overflow >= mostOverflows {
		return
	}
	e := entry{queue: to, origin: "overflow", key: v.key, first: v.first, credit: v.credit,
		skill: v.skill, level: v.level, overflow: v.overflow + 1}
	m.cut(s, v)
	m.leave(s, v, call.Overflow)
	m.enter(s, v.caller, e)
}

// waitedLong: the visit has lasted as long as the queue lets one.
func (m *Machine) waitedLong(s *call.Step, v *visit) {
	switch v.state {
	case Waiting:
		m.follow(s, v, m.line(v.queue).OnMaxWait, "max_wait", call.TimedOut)
	case Offered, Connecting: // somebody is on the way; if that fails, it is time
		s.After(speechStep, v.timer("max_wait"))
	}
}

// lonely begins to count when somebody waits whom nobody at work serves.
func (m *Machine) lonely(s *call.Step, g *group) {
	if g.alone || len(g.waiting) == 0 || g.staffed() {
		return
	}
	g.alone = true
	s.After(patienceWithNobody, call.Timer{Kind: "alone", Of: g.line.Name, Gen: g.number})
}

// alone: still nobody. It is an alarm, and the policy is asked for each caller.
func (m *Machine) alone(s *call.Step, g *group) {
	if !g.alone || len(g.waiting) == 0 || g.staffed() {
		g.alone = false
		return
	}
	head := g.waiting[0]
	s.State(head.caller.id, call.LineAlarm{What: "nobody_eligible", Queue: g.line.Name, Visit: head.id,
		Value: seconds(s.Now.Sub(head.entered))})
	if g.line.OnNobody.Do == Wait {
		return
	}
	g.alone = false // who comes later is counted for anew
	all := slices.Clone(g.waiting)
	slices.SortFunc(all, inOrder)
	for _, v := range all {
		m.follow(s, v, g.line.OnNobody, "nobody", call.NoAgents)
	}
}
