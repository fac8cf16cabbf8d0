package callqueue

import (
	"time"

	"presszero/call"
)

// A supervisor puts a waiting caller at the front of the line, or moves one to another
// queue. Nobody loses the place that the line has given.

// ownKey is the place that the line has given, whatever a supervisor has ordered.
func (v *visit) ownKey() time.Time {
	if v.front {
		return v.gave
	}
	return v.key
}

// place puts a caller who waits, on the phone or at home, at the front of the line, or
// back to the place of before.
func (qs *queues) place(s *call.Step, ev call.WaitPlaced) {
	c := qs.callers[ev.Call]
	if c == nil || c.visit == nil || !c.visit.mayBePlaced() {
		return
	}
	v := c.visit
	f := call.QueuePlaced{Visit: v.id, Queue: v.queue, Key: v.ownKey(), Next: ev.Next, By: ev.By}
	if first := qs.lineNamed(v.queue).first(); ev.Next && first != v {
		f.Key = first.key.Add(-time.Millisecond)
	} else if ev.Next {
		f.Key = v.key
	}
	if f.Next == v.front && f.Key.Equal(v.key) {
		return // so already
	}
	told := v.front
	qs.apply(s.State(c.id, f))
	qs.announcer.tellNext(s, v, f.Next && !told)
}

// mayBePlaced reports whether the visit has a place that can be changed: no agent has
// accepted it, and its phone does not ring.
func (v *visit) mayBePlaced() bool {
	return !v.outgoing() && (v.state == Waiting || v.state == Offered || v.state == Parked)
}

// first is who is served next of those in line; nil: nobody is there.
func (l *line) first() (first *visit) {
	l.open.eachOpen(func(v *visit) bool {
		first = v
		return false
	})
	return first
}

// applyPlaced takes in that a visit has another place.
func (qs *queues) applyPlaced(v *visit, f call.QueuePlaced) {
	if f.Next && !v.front {
		v.gave = v.key
	}
	v.front = f.Next
	if v.ticket != nil {
		v.ticket.key = f.Key
	}
	qs.setKey(v, f.Key)
}

// setKey gives a visit another place in its line.
func (qs *queues) setKey(v *visit, key time.Time) {
	l, waits := qs.lineNamed(v.queue), v.place >= 0
	qs.takeFromHeap(v)
	l.open.remove(v)
	v.key = key
	l.open.insert(v)
	if waits {
		v.group.pushVisit(v)
		qs.markUnmatched(v)
	}
}

// move moves a caller who waits on the phone to another queue. The place comes along,
// but that at the front is of the queue in which it was given.
func (qs *queues) move(s *call.Step, ev call.WaitMoved) {
	c := qs.callers[ev.Call]
	if c == nil || c.visit == nil || c.ticket != nil || c.visit.state != Waiting {
		return
	}
	v, to := c.visit, qs.lines[ev.Queue]
	if to == nil || ev.Queue == v.queue || !to.isOpen(s.Now) {
		return
	}
	e := lineEntry{queue: ev.Queue, origin: "overflow", key: v.ownKey(), first: v.first, credit: v.credit, by: v.by, note: v.note, nth: v.handed, movedBy: ev.By}
	e.skill, e.level = qs.requirementIn(v, ev.Queue)
	qs.announcer.stopSpeech(s, v)
	qs.leaveQueue(s, v, call.Overflow)
	qs.enterQueue(s, c, e)
}

// tellNext tells a caller on the phone once that it is the caller's turn next; say false:
// it is not told, if it was not yet.
func (an *announcer) tellNext(s *call.Step, v *visit, say bool) {
	v.sayNext = say && v.isLive()
	if v.play == "" && v.dialog == nil {
		an.sayNext(s, v)
	}
}

// sayNext says so, if it is to be said and the caller still waits, and reports whether
// it does.
func (an *announcer) sayNext(s *call.Step, v *visit) bool {
	if !v.sayNext || v.state != Waiting || v.caller.notice != nil {
		return false
	}
	v.sayNext = false
	an.playPrompts(s, v, "wait-next")
	return true
}
