package callqueue

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"presszero/call"
)

// Bounds of what an agent writes beside a talk.
const (
	disposeWithin = 15 * time.Minute // of the end of the talk, a code may be given or corrected
	briefTalk     = 10 * time.Second // a shorter talk needs no code: a wrong number, a dropped line
	moreStep      = time.Minute      // of after-call work, by one key
	bookedWindow  = 30 * time.Minute // in which a callback is promised that an agent books
)

// stretch is the part of a call that one agent had, up to the end of the
// after-call work. It is kept for a while, so that what it was about can be
// corrected.
type stretch struct {
	call     call.ID
	visit    string
	queue    string // "": her own call
	who      call.DeskWho
	language string
	joined   time.Time
	ended    time.Time // zero: they talk
	closed   bool      // the after-call work is over

	said bool // a code or a note is booked:
	code string
	note int

	complained bool // a complaint is booked
}

// followTalk keeps the agent's stretches up to date with the agent's state.
func (fl *floor) followTalk(s *call.Step, a *agent) {
	last := fl.lastStretch(a.id)
	talks := a.state == call.Talking && a.visit != nil
	if talks && a.owes != "" && last != nil { // its after-call work is still to come
		if last.ended.IsZero() {
			last.ended = s.Now
		}
		return
	}
	if talks && last != nil && last.visit == a.visit.id {
		last.know(a.visit)
		return
	}
	if last != nil && !last.closed {
		if last.ended.IsZero() {
			last.ended = s.Now
		}
		if a.state != call.WrapUp {
			fl.closeStretch(s, a, last)
		}
	}
	if talks {
		st := &stretch{call: a.visit.caller.id, visit: a.visit.id}
		st.know(a.visit)
		fl.keepStretch(a.id, st, s.Now)
	}
}

// know takes what is known of the talk.
func (st *stretch) know(v *visit) {
	st.queue, st.who, st.language, st.joined = v.queue, v.deskCard(), v.language, v.joined
}

// keepStretch keeps one more, and drops those that can be changed no more.
func (fl *floor) keepStretch(id call.AgentID, st *stretch, now time.Time) {
	list := slices.DeleteFunc(fl.stretches[id], func(old *stretch) bool { return old.closed && now.Sub(old.ended) > disposeWithin })
	fl.stretches[id] = append(list, st)
}

// settingsOf returns the settings of a queue, also of one that is no more: what is
// written about an old talk must not make a queue.
func (fl *floor) settingsOf(queue string) Settings {
	if l := fl.queues.lines[queue]; l != nil {
		return l.Settings
	}
	return usual
}

func (fl *floor) lastStretch(id call.AgentID) *stretch {
	if list := fl.stretches[id]; len(list) > 0 {
		return list[len(list)-1]
	}
	return nil
}

// stretchOf returns the agent's latest stretch of a call, or nil.
func (fl *floor) stretchOf(id call.AgentID, c call.ID) *stretch {
	for _, st := range slices.Backward(fl.stretches[id]) {
		if st.call == c {
			return st
		}
	}
	return nil
}

// closeStretch: the after-call work is over. Where a code is required and none was
// given, that is booked; the clock waits for nobody.
func (fl *floor) closeStretch(s *call.Step, a *agent, st *stretch) {
	st.closed = true
	if fl.settingsOf(st.queue).CodesRequired && st.code == "" && st.ended.Sub(st.joined) >= briefTalk {
		fl.bookCode(s, a, st, call.NoneGiven, st.note)
	}
}

// writes takes what an agent writes beside a talk.
func (fl *floor) writes(s *call.Step, ev call.Event) {
	a := fl.agents[call.AgentOf(ev)]
	if a == nil {
		return
	}
	switch ev := ev.(type) {
	case call.Disposed:
		fl.dispose(s, a, ev)
	case call.Complained:
		fl.takeComplaint(s, a, ev)
	case call.MoreTime:
		fl.extendWrapUp(s, a)
	}
}

// dispose books what a talk was about, if that is news. A talk from before a
// restart of ours is not among those that are kept; the sender has looked it up.
func (fl *floor) dispose(s *call.Step, a *agent, ev call.Disposed) {
	st := fl.stretchOf(a.id, ev.Call)
	if st == nil {
		st = &stretch{call: ev.Call, visit: ev.Visit, queue: ev.Queue, ended: s.Now, closed: true}
		fl.keepStretch(a.id, st, s.Now)
	}
	late := !st.ended.IsZero() && s.Now.Sub(st.ended) > disposeWithin
	if late || st.queue == "" || st.said && st.code == ev.Code && st.note == ev.Note {
		return
	}
	fl.bookCode(s, a, st, ev.Code, ev.Note)
}

// takeComplaint makes a task of a complaint, once.
func (fl *floor) takeComplaint(s *call.Step, a *agent, ev call.Complained) {
	if st := fl.stretchOf(a.id, ev.Call); st != nil {
		if st.complained {
			return
		}
		st.complained = true
	}
	l := fl.settingsOf(ev.Queue)
	s.State(a.shift, call.ComplaintTaken{Complaint: ev.Complaint, Call: ev.Call, Visit: ev.Visit, Agent: a.id, Queue: ev.Queue,
		Owner: cmp.Or(l.Complaints.Owner, ev.Queue), From: ev.From, Due: s.Now.Add(l.Complaints.Due), Note: ev.Note})
}

func (fl *floor) bookCode(s *call.Step, a *agent, st *stretch, code string, note int) {
	st.said, st.code, st.note = true, code, note
	s.State(a.shift, call.TalkDisposed{Call: st.call, Visit: st.visit, Agent: a.id, Queue: st.queue, Code: code, Note: note})
}

// replayDisposed remembers what was said of a talk before a restart.
func (fl *floor) replayDisposed(e call.Entry, f call.TalkDisposed) {
	st := fl.replayStretch(f.Agent, f.Call, f.Visit, f.Queue, e.At)
	st.said, st.code, st.note = true, f.Code, f.Note
}

func (fl *floor) replayStretch(id call.AgentID, c call.ID, visit, queue string, at time.Time) *stretch {
	st := fl.stretchOf(id, c)
	if st == nil || st.visit != visit {
		st = &stretch{call: c, visit: visit, queue: queue}
		fl.keepStretch(id, st, at)
	}
	return st
}

// replayWords takes what an agent wrote or asked for before a restart.
func (fl *floor) replayWords(e call.Entry) {
	switch f := e.Fact.(type) {
	case call.TalkDisposed:
		fl.replayDisposed(e, f)
	case call.ComplaintTaken:
		fl.replayStretch(f.Agent, f.Call, f.Visit, f.Queue, e.At).complained = true
	case call.WrapUpExtended:
		if w, known := fl.wraps[f.Agent]; known {
			w.more += durationOf(f.More)
			fl.wraps[f.Agent] = w
		}
	}
}

// extendWrapUp gives more time for after-call work, up to the bound of the queue.
func (fl *floor) extendWrapUp(s *call.Step, a *agent) {
	if a.state != call.WrapUp {
		return
	}
	more := min(moreStep, fl.moreTime(a))
	if more <= 0 {
		return
	}
	a.wrapUp = a.wrapUp.Add(more)
	fl.gens++
	a.gen = fl.gens // the timer that runs is of the earlier end
	s.State(a.shift, call.WrapUpExtended{Agent: a.id, Queue: a.work, More: seconds(more)})
	s.After(a.wrapUp.Sub(s.Now), call.Timer{Kind: wrapUpTimer, Of: string(a.id), Agent: a.id, Gen: a.gen})
	fl.showPage(a)
}

// moreTime is by how much the after-call work can still be extended.
func (fl *floor) moreTime(a *agent) time.Duration {
	l := fl.settingsOf(a.work)
	return l.WrapUpMore - (a.wrapUp.Sub(a.since) - l.WrapUp)
}

// deskWrap is what an agent sees of the talk that the after-call work is about.
func (fl *floor) deskWrap(a *agent) *call.DeskWrap {
	w := &call.DeskWrap{Queue: a.work, More: max(0, seconds(fl.moreTime(a)))}
	if st := fl.lastStretch(a.id); st != nil && !st.closed {
		w.Call, w.Caller = st.call, st.who
	}
	return w
}

// dueNow: a callback is in line again. One that an agent has booked waits a moment
// for that agent, if the agent is at work.
func (cbs *callbacks) dueNow(s *call.Step, v *visit) {
	f := call.CallbackDue{Visit: v.id}
	l := cbs.queues.lineNamed(v.queue)
	if a := cbs.floor.agents[v.ticket.agent]; a != nil && a.atWork() && a.servesQueue(v.queue) && !l.Sticky.Off {
		f.Sticky, f.Reserve = a.id, seconds(l.Sticky.Reserve)
	}
	cbs.apply(s.State(v.caller.id, f))
	if v.reserved.After(s.Now) {
		s.After(v.reserved.Sub(s.Now), v.timer(keptTimer))
	}
}

// AtHand is a call that an agent has, or has just had.
type AtHand struct {
	Call     call.ID // of one in which somebody is asked: the caller's
	Visit    string
	Queue    string // "": her own call, or one in which somebody is asked
	Who      call.DeskWho
	Language string
	Over     time.Time // when the talk ended; zero: it has not, or has not begun
}

// AtHand returns the call with this id if it is offered to the agent, or if the
// agent talks or has talked with it; how long ago is told by Over.
func (m *Machine) AtHand(id call.AgentID, c call.ID) (AtHand, bool) {
	if a := m.floor.agents[id]; a != nil && a.visit != nil && a.visit.caller.id == c {
		v := a.visit
		if asks := v.asking(); asks != nil { // what is known is about the caller; it is not hers to write about
			return AtHand{Call: asks.about, Who: asks.who}, true
		}
		who := v.deskCard()
		if v.ticket != nil {
			who.Number = v.ticket.number
		}
		return AtHand{Call: c, Visit: v.id, Queue: v.queue, Who: who, Language: v.language}, true
	}
	st := m.floor.stretchOf(id, c)
	if st == nil {
		return AtHand{}, false
	}
	return AtHand{Call: c, Visit: st.visit, Queue: st.queue, Who: st.who, Language: st.language, Over: st.ended}, true
}

// Here reports whether the agent's desk is open.
func (m *Machine) Here(id call.AgentID) bool { return m.floor.agents[id] != nil }

// Booking is a callback that an agent books, or would book.
type Booking struct {
	Callback     call.ID
	Begin, Until time.Time // the window that is promised
}

// bookedByAgent is the source of a callback that an agent has booked.
const bookedByAgent = "agent"

// BookedWith returns the open callback that an agent has booked out of a call.
func (m *Machine) BookedWith(c call.ID) (Booking, bool) {
	for _, open := range m.callbacks.tickets {
		if t := open.ticket; t.from == c && t.source == bookedByAgent && !t.up {
			return Booking{Callback: open.id, Begin: t.begin, Until: t.until}, true
		}
	}
	return Booking{}, false
}

// MayBook returns why no callback to the number can be booked out of a call; nil: one
// can. replaces is an open one in whose place it comes.
func (m *Machine) MayBook(c call.ID, number, name, queue string, replaces call.ID) error {
	e164, err := m.Outbound.Check(number)
	if err != nil {
		return err
	}
	if open := m.callbacks.ticketOf(m.callers[c], name, e164, queue); open != nil && open.id != replaces {
		return ErrBooked
	}
	if _, ok := m.callbacks.vacant(e164, queue); !ok && replaces == "" {
		return ErrBooked
	}
	return nil
}

// ErrBooked: a callback to the number is open already, and is enough.
var ErrBooked = errors.New("a callback to this number is open already")

// latest returns the later of two times.
func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
