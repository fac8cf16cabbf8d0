package call

import (
	"container/heap"
	"fmt"
	"slices"
	"time"
)

// Machine is one stage that decides. It is only ever called by a Loop, one
// call at a time.
type Machine interface {
	// Step takes one piece of news (an Event, or a Fact stated by another
	// machine) and says in s what is now true and what is to be done.
	Step(s *Step, ev Event)
	// Heard is told a fact that another machine has just stated.
	Heard(s *Step, e Entry)
	// Replay takes a fact of the past into the state, without orders or new facts.
	Replay(e Entry)
	// Forget drops all that is held about a call, because deciding about it
	// has failed: the agent bound to it is freed, and its book is closed.
	Forget(s *Step, c ID)
	// Free lets go of an agent, because deciding about the agent has failed:
	// the agent's caller goes back to the earlier place in line. gone tells that the
	// agent's page has closed. It returns the calls that cannot go back; the loop
	// has them forgotten next.
	Free(s *Step, a AgentID, gone bool) []ID
}

// Effects is all that came of one event.
type Effects struct {
	Facts    []Entry
	Commands []Command
}

// Loop holds the machines and steps them in order. It is pure: the same
// events with the same times give the same effects. Run puts a goroutine, a
// mailbox and a clock around it.
type Loop struct {
	machines []Machine
	streams  map[ID]*stream
	timers   timerHeap
	order    int // of timers set, so that equal deadlines keep their order

	// OnPanic is told when a machine failed over an event. What the event is
	// about is let go of; the loop goes on.
	OnPanic func(ev Event, reason any)

	recent [recentEvents]recentEvent // a ring; see Recent
	steps  int
}

// recentEvents is how many events Recent tells.
const recentEvents = 16

type recentEvent struct {
	at time.Time
	ev Event
}

// Recent tells the latest events, the oldest first, each with its time and with
// what it is about: for the log, when something has gone wrong. What callers
// say, dial or are called is not in it.
func (l *Loop) Recent() []string {
	var all []string
	for i := max(0, l.steps-recentEvents); i < l.steps; i++ {
		r := l.recent[i%recentEvents]
		text := fmt.Sprintf("%s %T", r.at.UTC().Format("15:04:05.000"), r.ev)
		if t, is := r.ev.(TimerFired); is {
			text += fmt.Sprintf(" %s of %s", t.Timer.Kind, t.Timer.Of)
		}
		if c := CallOf(r.ev); c != "" {
			text += " call=" + string(c)
		}
		if a := AgentOf(r.ev); a != "" {
			text += " agent=" + string(a)
		}
		all = append(all, text)
	}
	return all
}

// stream is where the next fact of a call goes.
type stream struct {
	day Day
	seq int
	at  time.Time // of its last fact
}

// NewLoop returns a loop over the machines, which step in the order given.
func NewLoop(machines ...Machine) *Loop {
	return &Loop{machines: machines, streams: map[ID]*stream{}}
}

// Step is one event being decided. A machine speaks through it.
type Step struct {
	Now     time.Time
	loop    *Loop
	by      int // the machine that is speaking
	fx      Effects
	pending []heard

	// Books that were closed in this step. A fact that is stated of one later in the step, such as
	// the end of its recording, gets the next number of the book.
	closed []ID

	about ID           // the call being decided about, if not the event's own
	freed map[any]bool // calls and agents that were let go of in this step

	past past
}

// past is the end of a call that the program did not see.
type past struct {
	call ID
	at   time.Time // zero: not known better than by Now
}

// When returns the time that facts of the call bear: Now, or the earlier time
// at which the event says that the call ended. Durations of the call are
// counted up to it; timers and all that concerns others go by Now.
func (s *Step) When(c ID) time.Time {
	if c == "" || s.past.call != c || s.past.at.IsZero() || s.past.at.After(s.Now) {
		return s.Now
	}
	if st := s.loop.streams[c]; st != nil && st.at.After(s.past.at) {
		return st.at
	}
	return s.past.at
}

type heard struct {
	entry Entry
	by    int
}

// State records that f is now true of the call (or shift) c and returns the
// entry, so that the machine that states it can take it into its own state
// exactly as Replay will. The other machines hear of it before the next event.
func (s *Step) State(c ID, f Fact) Entry {
	st := s.loop.streams[c]
	if st == nil {
		st = &stream{day: DayOf(s.Now)}
		s.loop.streams[c] = st
	}
	st.seq++
	e := Entry{Call: c, Day: st.day, Seq: st.seq, At: s.When(c), Fact: f}
	st.at = e.At
	if Closes(f.Kind()) {
		s.closed = append(s.closed, c)
	}
	s.fx.Facts = append(s.fx.Facts, e)
	s.pending = append(s.pending, heard{e, s.by})
	return e
}

// About says that the machine now decides about this call, and not about the call
// or agent of the event, so that a panic drops the right one (see letGo). ""
// returns to the event's own.
func (s *Step) About(c ID) { s.about = c }

// Order adds a command.
func (s *Step) Order(c Command) { s.fx.Commands = append(s.fx.Commands, c) }

// After asks for a TimerFired after d.
func (s *Step) After(d time.Duration, t Timer) {
	s.loop.order++
	heap.Push(&s.loop.timers, timer{at: s.Now.Add(d), order: s.loop.order, t: t})
}

// Step takes one event through the machines and returns what came of it. now
// must not go back between steps.
//
// An event that leads its caller from one machine to another is used up: the
// machines after the one that took it do not see it. So a key that chooses a
// queue is not also an answer to what the queue may ask.
func (l *Loop) Step(now time.Time, ev Event) Effects {
	s := &Step{Now: now, loop: l}
	l.recent[l.steps%recentEvents] = recentEvent{now, ev}
	l.steps++
	if gone, is := ev.(HungUp); is && gone.Estimated {
		s.past = past{gone.Call, gone.At}
	}
	own := CallOf(ev)
	if t, is := ev.(TimerFired); is {
		own = ID(t.Timer.Of)
	}
	for i, m := range l.machines {
		s.by, s.about = i, ""
		usedUp := false
		if l.guard(ev, func() { m.Step(s, ev) }) {
			usedUp = slices.ContainsFunc(s.pending, func(h heard) bool { return h.entry.Call == own && handsOver(h.entry.Fact) })
		} else {
			usedUp = l.letGo(s, ev, CallOf(ev), AgentOf(ev))
		}
		l.settle(s, ev)
		if usedUp {
			break
		}
	}
	for _, c := range s.closed {
		delete(l.streams, c)
	}
	return s.fx
}

// handsOver reports whether a fact gives the caller to another machine: the
// menus to the line or to its agent, or the line back to the menus.
func handsOver(f Fact) bool {
	switch f.(type) {
	case MenuLeft, SentBack, BridgeStepOver:
		return true
	}
	return false
}

// settle tells the new facts to every machine but the one that stated them, in
// order, until there are no new ones. It comes after each machine's step, so that
// Register, which steps last, has heard all facts about the end of a call before
// it states CallEnded.
func (l *Loop) settle(s *Step, ev Event) {
	for len(s.pending) > 0 {
		h := s.pending[0]
		s.pending = s.pending[1:]
		for i, m := range l.machines {
			if i == h.by {
				continue
			}
			s.by, s.about = i, ""
			if !l.guard(ev, func() { m.Heard(s, h.entry) }) {
				l.letGo(s, ev, h.entry.Call, "")
			}
		}
	}
}

// guard runs f and reports whether it came through.
func (l *Loop) guard(ev Event, f func()) (ok bool) {
	defer func() {
		if r := recover(); r != nil {
			if l.OnPanic != nil {
				l.OnPanic(ev, r)
			}
		}
	}()
	f()
	return true
}

// letGo follows a panic of a machine. The machines drop the call that the machine
// was deciding about (see Step.About), else the agent of the event, else the
// event's call, so that the same panic cannot come again. A dropped caller goes to
// Asterisk's own fallback. Facts and orders from before the panic stay, so that the
// journal and Asterisk agree. own reports that the call or agent of the event itself
// was dropped, which leaves nothing of the event to be decided.
func (l *Loop) letGo(s *Step, ev Event, c ID, a AgentID) (own bool) {
	own = c != "" || a != ""
	if s.about != "" && s.about != c {
		c, a, own = s.about, "", false
	}
	if a == "" {
		l.forget(s, ev, c)
		return own
	}
	if !s.first(a) {
		return own
	}
	_, gone := ev.(Left)
	for i, m := range l.machines {
		var lost []ID
		for range tries {
			s.by, s.about = i, ""
			if l.guard(ev, func() { lost = m.Free(s, a, gone) }) {
				break
			}
			l.forget(s, ev, s.about) // the call stands in the way
		}
		for _, c := range lost {
			l.forget(s, ev, c)
		}
	}
	return own
}

// tries bounds how often a machine is asked to free an agent when it fails.
const tries = 3

// forget has all machines forget a call, once in a step. What was to begin for
// it does not begin.
func (l *Loop) forget(s *Step, ev Event, c ID) {
	if c == "" || !s.first(c) {
		return
	}
	s.fx.Commands = slices.DeleteFunc(s.fx.Commands, func(o Command) bool { return CallOrdered(o) == c && !endsEarlierOrder(o) })
	for i, m := range l.machines {
		s.by, s.about = i, ""
		l.guard(ev, func() { m.Forget(s, c) })
	}
}

// endsEarlierOrder reports whether an order takes away what an earlier one began.
func endsEarlierOrder(o Command) bool {
	switch o.(type) {
	case StopPlay, StopRecord, StopRecording, DropTransfer, DropLeg, Discreet, HangUp, Refuse:
		return true
	}
	return false
}

// first reports whether a call or an agent is let go of for the first time in
// this step.
func (s *Step) first(what any) bool {
	if s.freed[what] {
		return false
	}
	if s.freed == nil {
		s.freed = map[any]bool{}
	}
	s.freed[what] = true
	return true
}

// Next returns when the next timer is due, and whether there is one.
func (l *Loop) Next() (time.Time, bool) {
	if len(l.timers) == 0 {
		return time.Time{}, false
	}
	return l.timers[0].at, true
}

// Fire takes the next timer, if it is due at now, through the machines.
func (l *Loop) Fire(now time.Time) (Effects, bool) {
	at, ok := l.Next()
	if !ok || at.After(now) {
		return Effects{}, false
	}
	t := heap.Pop(&l.timers).(timer)
	return l.Step(now, TimerFired{t.t}), true
}

// Replay takes facts of the past, oldest first, into the machines. Of a call
// that has ended nothing is kept.
func (l *Loop) Replay(entries []Entry) {
	for _, e := range entries {
		if st := l.streams[e.Call]; st == nil && mayFollowEnd(e.Fact.Kind()) {
			continue // of a call that has ended
		} else if st == nil {
			l.streams[e.Call] = &stream{day: e.Day, seq: e.Seq, at: e.At}
		} else {
			st.seq, st.at = max(st.seq, e.Seq), e.At
		}
		if Closes(e.Fact.Kind()) {
			delete(l.streams, e.Call)
		}
		for _, m := range l.machines {
			m.Replay(e)
		}
	}
}

// Drop forgets the stream of a shift that is over, so that the loop does not
// grow with every sign-in.
func (s *Step) Drop(c ID) { delete(s.loop.streams, c) }

type timer struct {
	at    time.Time
	order int
	t     Timer
}

type timerHeap []timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	if !h[i].at.Equal(h[j].at) {
		return h[i].at.Before(h[j].at)
	}
	return h[i].order < h[j].order
}
func (h timerHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *timerHeap) Push(x any)   { *h = append(*h, x.(timer)) }
func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	*h = old[:len(old)-1]
	return t
}

// String tells a timer as "kind of #gen", for logs and transcripts.
func (t Timer) String() string { return fmt.Sprintf("%s %s #%d", t.Kind, t.Of, t.Gen) }
