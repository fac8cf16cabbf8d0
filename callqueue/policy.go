package callqueue

import (
	"slices"
	"time"

	"presszero/call"
)

// patienceUnstaffed is how long a queue may have callers and no agent at work
// for them before the policy for that is asked.
const patienceUnstaffed = 10 * time.Second

// mostOverflows bounds how often a caller is moved on: queues that overflow
// into one another must not pass a caller round for ever.
const mostOverflows = 3

// admit asks the queue's policies about a caller who has just come in.
func (qs *queues) admit(s *call.Step, v *visit, full bool) {
	l := qs.lineNamed(v.queue)
	switch {
	case !l.isOpen(s.Now) && qs.followExit(s, v, l.Closed, "closed", call.Closed):
	case full && qs.followExit(s, v, l.Full, "full", call.TimedOut):
	case qs.knownUnstaffed(v):
		qs.followExit(s, v, l.Nobody, "nobody", call.NoAgents)
	}
}

// knownUnstaffed reports whether no agent at work serves the visit, and has not for
// patienceUnstaffed.
func (qs *queues) knownUnstaffed(v *visit) bool {
	return v.group.unstaffedAt == qs.floor.staffing+1 && !qs.hasEligibleAgents(v)
}

// hasEligibleAgents reports whether an agent at work serves the visit, now or once its
// queue asks for less.
func (qs *queues) hasEligibleAgents(v *visit) bool {
	return qs.widestGroup(qs.lineNamed(v.queue), v.skill, v.level).staffed()
}

// widestGroup is the group of visits that ask for this, once the queue has lowered what
// is asked for as far as it does.
func (qs *queues) widestGroup(l *line, skill string, level int) *group {
	for _, w := range l.widening() {
		level = min(level, w.Level)
	}
	return qs.group(l, skill, level)
}

// followExit goes the way that an exit says, and reports whether it did. No exit
// hangs up. When it is not possible, the caller waits on, and so does a caller who
// asks again for a queue that has sent the call back for the same reason.
func (qs *queues) followExit(s *call.Step, v *visit, e call.Exit, why string, outcome call.Outcome) bool {
	if v.state != Waiting || v.ticket != nil {
		return false // an agent is about to join, or it is a callback
	}
	switch {
	case e.Node != "":
		if v.caller.sent[sentBy{v.queue, why}] && why != tooLong {
			return false
		}
		qs.announcer.stopSpeech(s, v)
		qs.leaveQueue(s, v, outcome)
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

// overflow moves a caller to another queue. The place comes along: a
// caller who has waited here stands there as if the whole wait had been there.
func (qs *queues) overflow(s *call.Step, v *visit, to string) bool {
	if qs.lines[to] == nil || to == v.queue || v.caller.moved >= mostOverflows {
		return false
	}
	e := lineEntry{queue: to, origin: "overflow", key: v.ownKey(), first: v.first, credit: v.credit, by: v.by, note: v.note, nth: v.handed}
	e.skill, e.level = qs.requirementIn(v, to)
	qs.announcer.stopSpeech(s, v)
	qs.leaveQueue(s, v, call.Overflow)
	qs.enterQueue(s, v.caller, e)
	return true
}

// waitedLong: the visit has lasted as long as the queue lets one. The settings
// may have changed since the timer was set.
func (qs *queues) waitedLong(s *call.Step, v *visit, kind call.TimerKind) {
	l := qs.lineNamed(v.queue)
	due, most := l.patienceEnds(v)
	if kind == maxWaitTimer {
		due = most
	}
	switch {
	case due.IsZero():
	case due.After(s.Now):
		s.After(due.Sub(s.Now), v.timer(kind))
	case v.state == Offered || v.state == Connecting: // an agent is about to join; if that fails, it is time
		s.After(speechStep, v.timer(kind))
	case v.state != Waiting:
	case kind == maxWaitTimer:
		qs.followExit(s, v, l.TooLong, tooLong, call.TimedOut)
	default:
		qs.followExit(s, v, call.Exit{Queue: l.overflowing().Queue}, "spill", call.Overflow)
	}
}

// startUnstaffedTimer begins to count when a caller waits and no agent at work serves the group.
func (qs *queues) startUnstaffedTimer(s *call.Step, g *group) {
	if g.timing || len(g.waiting) == 0 || g.staffed() {
		return
	}
	g.timing = true
	s.After(patienceUnstaffed, call.Timer{Kind: unstaffedTimer, Of: g.line.Name, Gen: g.number})
}

// stillUnstaffed: there is still no agent. It is an alarm, and the policy is asked for each caller.
func (qs *queues) stillUnstaffed(s *call.Step, g *group) {
	if !g.timing || len(g.waiting) == 0 || g.staffed() {
		g.timing = false
		return
	}
	head := g.waiting[0]
	s.State(head.caller.id, call.LineAlarm{What: "nobody_eligible", Queue: g.line.Name, Visit: head.id,
		Value: seconds(s.Now.Sub(head.entered))})
	if g.line.Nobody == (call.Exit{}) {
		return
	}
	g.timing = false // the count begins anew for callers who come after an agent has come or gone
	g.unstaffedAt = qs.floor.staffing + 1
	all := slices.Clone(g.waiting)
	slices.SortFunc(all, inOrder)
	for _, v := range all {
		if !qs.hasEligibleAgents(v) {
			s.About(v.caller.id)
			qs.followExit(s, v, g.line.Nobody, "nobody", call.NoAgents)
		}
	}
}

// tooOften is how many may overtake one caller before it is an alarm.
const tooOften = 20

// nearest is how many visits, the oldest first, overtake counts. An older visit has
// been overtaken at least as often as a younger one, so the oldest raise the alarm.
const nearest = 64

// overtake counts, for those who came before v and still wait, that v was
// served before them.
func (qs *queues) overtake(s *call.Step, v *visit) {
	w := qs.lineNamed(v.queue).oldest
	for n := 0; w != nil && w != v && n < nearest && w.entered.Before(v.entered); n++ {
		if w.state == Waiting {
			w.overtaken++
			if w.overtaken == tooOften+1 {
				qs.alarm(s, w, "overtaken", float64(w.overtaken))
			}
		}
		w = w.newer
	}
}

// beyondP99: the visit lasts longer than 99 of 100 of the last 28 days.
func (qs *queues) beyondP99(s *call.Step, v *visit) {
	if v.state == Waiting || v.state == Offered {
		qs.alarm(s, v, "beyond_p99", seconds(s.Now.Sub(v.entered)))
	}
}

func (qs *queues) alarm(s *call.Step, v *visit, what string, value float64) {
	s.State(v.caller.id, call.LineAlarm{What: what, Queue: v.queue, Visit: v.id, Value: value})
}
