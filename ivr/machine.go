package ivr

import (
	"time"

	"presszero/call"
)

// Machine walks all callers who are in the menus.
type Machine struct {
	// Country returns the country of a number, as call.RecordingPlan wants it, Language the
	// language that is mostly spoken there, and SoundKey the content key of the sound that a
	// version of the flow plays for a prompt; "" if there is none. Each may be nil; they are
	// set before the first step.
	Country  func(number string) string
	Language func(number string) string
	SoundKey func(flow, prompt string) string

	now       edition            // what new calls begin with
	editions  map[string]edition // and what earlier ones began with, by version
	epoch     string             // makes the ids of playbacks differ from those of an earlier run
	sessions  map[call.ID]*session
	number    func(written string) string // see ReadNumbers
	emergency *emergency                  // nil: nothing is heard before everything else
	peaks     map[string]call.ID          // queues at a peak that a supervisor has ordered, with its directive
}

// edition is a flow with the lengths of its sounds, and its numbers in the one
// writing that is kept.
type edition struct {
	flow    *Flow
	length  func(prompt string) time.Duration
	numbers map[string]Number
	plan    call.RecordingPlan
}

// New returns a machine for the flow. epoch is unique to this run of the
// program; length tells how long a prompt's sound is, by the name that a Play
// uses.
func New(flow *Flow, epoch string, length func(prompt string) time.Duration) *Machine {
	m := &Machine{editions: map[string]edition{}, epoch: epoch, sessions: map[call.ID]*session{}, peaks: map[string]call.ID{},
		number: func(written string) string { return written }}
	m.Publish(flow, length)
	return m
}

// Publish lets calls that begin from now on use another flow. Those that have
// begun stay on theirs. It must run between two events, as Runner.Ask does;
// before a Replay, publish the versions that open calls may have begun with,
// the current one last.
func (m *Machine) Publish(flow *Flow, length func(prompt string) time.Duration) {
	m.now = edition{flow, length, m.numbers(flow), flow.RecordingPlan(m.number)}
	m.editions[flow.Version] = m.now
}

// ReadNumbers has the numbers of flows compared with those dialled by what
// number makes of them: a telephone's one writing, and all else as it is. Of two
// writings of one telephone, the first in order of text counts.
func (m *Machine) ReadNumbers(number func(written string) string) {
	m.number = number
	for version, e := range m.editions {
		e.numbers, e.plan = m.numbers(e.flow), e.flow.RecordingPlan(m.number)
		m.editions[version] = e
	}
	m.now = m.editions[m.now.flow.Version]
}

// Knows reports whether the current flow has a node for calls to the number, as
// number (ReadNumbers) makes it.
func (m *Machine) Knows(number string) bool {
	_, known := m.now.numbers[number]
	return known
}

func (m *Machine) numbers(flow *Flow) map[string]Number {
	all := make(map[string]Number, len(flow.Numbers))
	for _, written := range sortedKeys(flow.Numbers) {
		if one := m.number(written); all[one].Node == "" {
			all[one] = flow.Numbers[written]
		}
	}
	return all
}

// Retire drops the versions that neither new calls nor open ones use, and
// returns those that are left.
func (m *Machine) Retire() []string {
	used := map[string]bool{m.now.flow.Version: true}
	for _, c := range m.sessions {
		used[c.flow.Version] = true
	}
	for version := range m.editions {
		if !used[version] {
			delete(m.editions, version)
		}
	}
	return sortedKeys(m.editions)
}

// Step decides about one event.
func (m *Machine) Step(s *call.Step, ev call.Event) {
	if fired, ok := ev.(call.TimerFired); ok {
		m.timer(s, fired.Timer)
		return
	}
	if c := m.sessions[call.CallOf(ev)]; c != nil {
		m.turnOf(s, c).happened(ev)
	}
}

// turnOf begins the turn of a caller.
func (m *Machine) turnOf(s *call.Step, c *session) *turn { return &turn{s, c, m} }

// Heard begins with a caller when the call starts, again when the line cannot take the
// caller, and for a step during a talk.
func (m *Machine) Heard(s *call.Step, e call.Entry) {
	inStep := m.sessions[e.Call] != nil && m.sessions[e.Call].step.Visit != ""
	m.Replay(e)
	c := m.sessions[e.Call]
	switch f := e.Fact.(type) {
	case call.CallStarted:
		if c == nil {
			return // the call was refused
		}
		s.Order(call.Answer{Call: c.call})
		m.turnOf(s, c).begin()
	case call.SentBack:
		if c != nil {
			m.turnOf(s, c).sentBack(f)
		}
	case call.BridgeStep:
		if c != nil {
			m.turnOf(s, c).beginStep(f.Node)
		}
	case call.BridgeStepOver, call.BridgeLeft:
		if c != nil && inStep {
			m.turnOf(s, c).dropStep()
		}
	}
}

// The timers of the menus. Each is about a caller in a node, and is passed over
// once the caller has moved on.
const (
	saidTimer    call.TimerKind = "ivr.said"    // a prompt has not told its end
	listenTimer  call.TimerKind = "ivr.listen"  // no key was pressed after the prompt
	betweenTimer call.TimerKind = "ivr.between" // no further digit was typed
	lookUpTimer  call.TimerKind = "ivr.lookup"  // a service has not answered
	recordTimer  call.TimerKind = "ivr.record"  // a recording has not told its end
	dialTimer    call.TimerKind = "ivr.dial"    // nothing was told of a transfer
)

// timer takes what the engine asked to be reminded of. One that was set before
// the caller moved on is old and is passed over.
func (m *Machine) timer(s *call.Step, fired call.Timer) {
	c := m.sessions[call.ID(fired.Of)]
	if c == nil || c.gen != fired.Gen {
		return
	}
	t := m.turnOf(s, c)
	switch fired.Kind {
	case saidTimer: // Asterisk never told that the prompt is over
		t.stopPlaying()
		t.promptOver(t.notice != nil) // whether a notice was heard has to be known
	case listenTimer:
		if t.notice != nil {
			t.stayed()
			return
		}
		t.silent()
	case betweenTimer:
		t.acceptInput()
	case lookUpTimer:
		t.answered(call.LookedUp{Failed: true, Why: "timeout"})
	case recordTimer:
		s.Order(call.StopRecord{Call: c.call, Record: c.task})
		t.recorded(s.Now.Sub(c.since).Seconds(), true)
	case dialTimer:
		s.Order(call.DropTransfer{Call: c.call, Transfer: c.task})
		t.transferOver("no_answer")
	}
}

// Forget drops a caller.
func (m *Machine) Forget(_ *call.Step, c call.ID) { delete(m.sessions, c) }

// Free has nothing to do: the menus know no agents.
func (*Machine) Free(*call.Step, call.AgentID, bool) []call.ID { return nil }
