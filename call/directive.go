package call

import (
	"maps"
	"slices"
	"time"
)

// Directive is something that a supervisor orders to hold for a while. What holds
// is kept by Directives, outlives a restart, and ends by itself.
type Directive struct {
	What  DirectiveKind `json:"what"`
	Queue string        `json:"queue,omitempty"` // of door and peak
	Agent AgentID       `json:"agent,omitempty"` // of away, leaving and today
	Until time.Time     `json:"until,omitzero"`  // zero: until it is taken back, or is done
	By    string        `json:"by"`              // the supervisor

	Open   bool           `json:"open,omitempty"`     // door: the queue is open, not closed
	Reason string         `json:"reason,omitempty"`   // away
	Queues []string       `json:"queues,omitempty"`   // today; none: all
	Skills map[string]int `json:"skills,omitempty"`   // today
	Text   string         `json:"text,omitempty"`     // emergency: is spoken…
	Sound  string         `json:"sound,omitempty"`    // …or this recording is heard, by its key, see Recording…
	Length float64        `json:"length_s,omitempty"` // …of so many seconds
}

// DirectiveKind is what a directive is about.
type DirectiveKind string

// The kinds of directive.
const (
	DoorDirective      DirectiveKind = "door"      // a queue is open or closed, against its hours
	PeakDirective      DirectiveKind = "peak"      // a queue has more callers than it can serve as usual
	EmergencyDirective DirectiveKind = "emergency" // callers hear something before everything else
	AwayDirective      DirectiveKind = "away"      // an agent is away, until she chooses otherwise
	LeavingDirective   DirectiveKind = "leaving"   // an agent is signed out after her talk
	TodayDirective     DirectiveKind = "today"     // an agent serves other queues, and can do other things
)

// target is what there is one directive of.
type target struct {
	what  DirectiveKind
	queue string
	agent AgentID
}

func (d Directive) target() target { return target{d.What, d.Queue, d.Agent} }

// same reports whether both order the same, whoever does.
func (d Directive) same(e Directive) bool {
	return d.target() == e.target() && d.Until.Equal(e.Until) && d.Open == e.Open && d.Reason == e.Reason && d.Text == e.Text &&
		slices.Equal(d.Queues, e.Queues) && maps.Equal(d.Skills, e.Skills) && d.Sound == e.Sound
}

// Events of supervisors, told by the pages. By is the supervisor's name.
type (
	// DirectiveSet: something is to hold from now on, in place of a directive about the
	// same. One that says what holds already changes nothing.
	DirectiveSet struct {
		ID ID // fresh, of the book of the directive
		Directive
	}

	// DirectiveLifted: a directive is taken back. If there is none, nothing happens.
	DirectiveLifted struct {
		What  DirectiveKind
		Queue string
		Agent AgentID
		By    string
	}

	// WaitPlaced: a waiting caller is put at the front of the line, or back to the
	// place of before.
	WaitPlaced struct {
		Call ID
		Next bool
		By   string
	}

	// WaitMoved: a waiting caller is moved to another queue, with the place kept.
	WaitMoved struct {
		Call  ID
		Queue string
		By    string
	}
)

func (e DirectiveSet) about() (ID, AgentID)    { return "", e.Agent }
func (e DirectiveLifted) about() (ID, AgentID) { return "", e.Agent }
func (e WaitPlaced) about() (ID, AgentID)      { return e.Call, "" }
func (e WaitMoved) about() (ID, AgentID)       { return e.Call, "" }

var (
	_ = registerEvent(DirectiveSet{})
	_ = registerEvent(DirectiveLifted{})
	_ = registerEvent(WaitPlaced{})
	_ = registerEvent(WaitMoved{})
)

// Facts of directives. Each has a book of its own, opened by began and closed by ended.
type (
	// DirectiveBegan: from now on this holds.
	DirectiveBegan struct{ Directive }

	// DirectiveEnded: it holds no more.
	DirectiveEnded struct {
		What  DirectiveKind `json:"what"`
		Queue string        `json:"queue,omitempty"`
		Agent AgentID       `json:"agent,omitempty"`
		How   string        `json:"how"`          // over (its time), lifted, replaced, chosen (by the agent), done (she has left), signed_out
		By    string        `json:"by,omitempty"` // who has lifted or replaced it
	}
)

func (DirectiveBegan) Kind() string { return "directive.began" }
func (DirectiveEnded) Kind() string { return "directive.ended" }

var (
	_ = registerFact(DirectiveBegan{}, opens)
	_ = registerFact(DirectiveEnded{}, closes)
)

// Ended is the fact that the directive holds no more.
func (d Directive) Ended(how, by string) DirectiveEnded {
	return DirectiveEnded{What: d.What, Queue: d.Queue, Agent: d.Agent, How: how, By: by}
}

// Directives is the machine that keeps what holds: one directive of a kind for a queue,
// an agent, or the house. It ends each when its time is over. What a directive means
// is decided by the machines that hear of it, so it steps before them.
type Directives struct {
	holds    map[target]ID
	of       map[ID]Directive
	replayed bool // the past has been taken in, and no timer set since
}

// NewDirectives returns the machine; nothing holds.
func NewDirectives() *Directives {
	return &Directives{holds: map[target]ID{}, of: map[ID]Directive{}}
}

// Emergency returns what callers hear before everything else, and whether there is
// anything.
func (m *Directives) Emergency() (Directive, bool) {
	d, holds := m.of[m.holds[target{what: EmergencyDirective}]]
	return d, holds
}

// directiveTimer: the time of a directive is over.
const directiveTimer TimerKind = "directive"

// Step begins and ends directives.
func (m *Directives) Step(s *Step, ev Event) {
	m.resumeAfterRestart(s)
	switch ev := ev.(type) {
	case DirectiveSet:
		m.set(s, ev)
	case DirectiveLifted:
		id := m.holds[target{ev.What, ev.Queue, ev.Agent}]
		if d, holds := m.of[id]; holds {
			m.take(s.State(id, d.Ended("lifted", ev.By)))
		}
	case TimerFired:
		if ev.Timer.Kind == directiveTimer {
			m.watch(s, ID(ev.Timer.Of))
		}
	}
}

func (m *Directives) set(s *Step, ev DirectiveSet) {
	id := m.holds[ev.target()]
	d, holds := m.of[id]
	if holds && d.same(ev.Directive) || m.of[ev.ID].What != "" || !ev.Until.IsZero() && !ev.Until.After(s.Now) {
		return
	}
	if holds {
		m.take(s.State(id, d.Ended("replaced", ev.By)))
	}
	m.take(s.State(ev.ID, DirectiveBegan{ev.Directive}))
	m.watch(s, ev.ID)
}

// watch ends a directive whose time is over, and comes back to another when its is.
func (m *Directives) watch(s *Step, id ID) {
	d, holds := m.of[id]
	switch {
	case !holds || d.Until.IsZero():
	case d.Until.After(s.Now):
		s.After(d.Until.Sub(s.Now), Timer{Kind: directiveTimer, Of: string(id)})
	default:
		m.take(s.State(id, d.Ended("over", "")))
	}
}

// resumeAfterRestart sets the timers that a restart has lost.
func (m *Directives) resumeAfterRestart(s *Step) {
	if !m.replayed {
		return
	}
	m.replayed = false
	for _, id := range slices.Sorted(maps.Keys(m.of)) {
		m.watch(s, id)
	}
}

// Heard is told that a directive has come to its end by what its agent does.
func (m *Directives) Heard(_ *Step, e Entry) { m.take(e) }

// Replay takes in what held in the past.
func (m *Directives) Replay(e Entry) {
	m.replayed = true
	m.take(e)
}

// take is the one place where it changes what holds.
func (m *Directives) take(e Entry) {
	switch f := e.Fact.(type) {
	case DirectiveBegan:
		m.of[e.Call], m.holds[f.target()] = f.Directive, e.Call
	case DirectiveEnded:
		t := target{f.What, f.Queue, f.Agent}
		if m.holds[t] == e.Call {
			delete(m.holds, t)
		}
		delete(m.of, e.Call)
	}
}

// Forget has nothing to do: a directive is about no call.
func (*Directives) Forget(*Step, ID) {}

// Free has nothing to do: what holds of an agent holds on.
func (*Directives) Free(*Step, AgentID, bool) []ID { return nil }
