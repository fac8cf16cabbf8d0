package callqueue

import (
	"time"

	"presszero/call"
)

// What supervisors order to hold for a while. call.Directives keeps and ends it; here is
// what it means to queues and agents.

// standing is a directive that holds.
type standing struct {
	id call.ID
	call.Directive
}

// applyDirective takes in what holds, or holds no more.
func (sh *shared) applyDirective(e call.Entry) {
	switch f := e.Fact.(type) {
	case call.DirectiveBegan:
		if at := sh.standingOf(f.What, f.Queue, f.Agent); at != nil {
			*at = &standing{e.Call, f.Directive}
		}
	case call.DirectiveEnded:
		if at := sh.standingOf(f.What, f.Queue, f.Agent); at != nil && *at != nil && (*at).id == e.Call {
			*at = nil
		}
	}
}

// standingOf is where a directive is kept; nil: it is none of the line's.
func (sh *shared) standingOf(what call.DirectiveKind, queue string, agent call.AgentID) **standing {
	switch what {
	case call.DoorDirective:
		return &sh.queues.lineNamed(queue).door
	case call.PeakDirective:
		return &sh.queues.lineNamed(queue).peak
	case call.AwayDirective:
		return &sh.floor.directedTo(agent).away
	case call.LeavingDirective:
		return &sh.floor.directedTo(agent).leaving
	case call.TodayDirective:
		return &sh.floor.directedTo(agent).today
	}
	return nil
}

// heardDirective does what follows from a directive that has just begun or ended.
func (m *Machine) heardDirective(s *call.Step, e call.Entry) {
	switch f := e.Fact.(type) {
	case call.DirectiveBegan:
		switch a := m.floor.agents[f.Agent]; {
		case f.What == call.PeakDirective:
			m.queues.peakBegins(s, m.queues.lineNamed(f.Queue))
		case f.What == call.DoorDirective && f.Open:
			m.callbacks.wakeAtDoor(s, m.queues.lineNamed(f.Queue))
		case a != nil:
			m.floor.directAgent(s, a, f.Directive)
		case f.What == call.LeavingDirective: // she has signed out meanwhile
			m.floor.gone(s, f.Agent, false)
		}
	case call.DirectiveEnded:
		if f.What == call.DoorDirective {
			m.callbacks.wakeAtDoor(s, m.queues.lineNamed(f.Queue))
		}
		if a := m.floor.agents[f.Agent]; a != nil {
			m.floor.undirectAgent(s, a, f)
		}
	}
}

// wakeAtDoor looks again at the callbacks of a queue that waited for it to open: it is
// open, or may be sooner than was thought.
func (cbs *callbacks) wakeAtDoor(s *call.Step, l *line) {
	for _, v := range l.inLine() {
		if v.state == Parked && v.ticket.why == "closed" {
			s.About(v.caller.id)
			cbs.dueNow(s, v)
		}
	}
	s.About("")
}

// openNow is the stretch in which the queue is open that holds at a moment, or the next
// one: by its hours, unless a supervisor has ordered otherwise.
func (l *line) openNow(now time.Time) (opens, closes time.Time) {
	hours := l.Hours
	if hours == nil {
		hours = alwaysOpen
	}
	if l.door == nil || !now.Before(l.door.Until) {
		return hours(now)
	}
	opens, closes = hours(l.door.Until)
	switch afterwards := !l.door.Until.Before(opens) && l.door.Until.Before(closes); {
	case l.door.Open && afterwards:
		return now, closes
	case l.door.Open:
		return now, l.door.Until
	case afterwards:
		return l.door.Until, closes
	}
	return opens, closes
}

// alwaysOpen are the hours of a queue that has none.
func alwaysOpen(now time.Time) (opens, closes time.Time) { return now, now.AddDate(100, 0, 0) }

// hasHours reports whether the queue is not always open.
func (l *line) hasHours() bool { return l.Hours != nil || l.door != nil }

// isOpen reports whether the queue is open.
func (l *line) isOpen(now time.Time) bool {
	opens, closes := l.openNow(now)
	return !now.Before(opens) && now.Before(closes)
}

// IsOpen reports whether there is a queue of this name and it is open.
func (m *Machine) IsOpen(queue string, now time.Time) bool {
	l := m.queues.lines[queue]
	return l != nil && l.isOpen(now)
}

// HoursChange returns when the hours of a queue next open or close it, without what a
// supervisor has ordered; zero: never.
func (m *Machine) HoursChange(queue string, now time.Time) time.Time {
	l := m.queues.lines[queue]
	if l == nil || l.Hours == nil {
		return time.Time{}
	}
	opens, closes := l.Hours(now)
	switch {
	case now.Before(opens):
		return opens
	case now.Before(closes):
		return closes
	}
	return time.Time{}
}

// peakBegins has what a peak means count for those who wait already.
func (qs *queues) peakBegins(s *call.Step, l *line) {
	for _, v := range l.inLine() {
		s.About(v.caller.id)
		qs.widen(s, v)
		if spill, _ := l.patienceEnds(v); !spill.IsZero() && v.isLive() && v.ticket == nil {
			s.After(max(spill.Sub(s.Now), 0), v.timer(spillTimer))
		}
		qs.announcer.speak(s, v)
	}
	s.About("")
}

// inLine is all visits of the queue that do not talk yet, in the order of service.
func (l *line) inLine() (all []*visit) {
	l.open.eachOpen(func(v *visit) bool {
		all = append(all, v)
		return true
	})
	return all
}

// widening is how the level asked for falls with waiting now.
func (l *line) widening() []call.Widening {
	if l.peak != nil && l.Peak.Widen != nil {
		return l.Peak.Widen
	}
	return l.Widen
}

// overflowing is which queue takes callers over now, and when.
func (l *line) overflowing() call.OverflowSettings {
	if l.peak != nil && l.Peak.Overflow.Queue != "" {
		return l.Peak.Overflow
	}
	return l.Overflow
}
