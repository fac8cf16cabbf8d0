package ivr

import (
	"time"

	"presszero/call"
)

// Machine walks all callers who are in the menus.
type Machine struct {
	now      edition            // what new calls begin with
	editions map[string]edition // and what earlier ones began with, by version
	epoch    string             // makes the ids of playbacks differ from those of an earlier run
	sessions map[call.ID]*session
	number   func(written string) string // see ReadNumbers
}

// edition is a flow with the lengths of its sounds, and its numbers in the one
// writing that is kept.
type edition struct {
	flow    *Flow
	length  func(prompt string) time.Duration
	numbers map[string]Number
}

// New returns a machine for the flow. epoch is unique to this run of the
// program; length tells how long a prompt's sound is, by the name that a Play
// uses.
func New(flow *Flow, epoch string, length func(prompt string) time.Duration) *Machine {
	m := &Machine{editions: map[string]edition{}, epoch: epoch, sessions: map[call.ID]*session{},
		number: func(written string) string { return written }}
	m.Publish(flow, length)
	return m
}

// Publish lets calls that begin from now on use another flow. Those that have
// begun stay on theirs. It must run between two events, as Runner.Ask does;
// before a Replay, publish the versions that open calls may have begun with,
// the current one last.
func (m *Machine) Publish(flow *Flow, length func(prompt string) time.Duration) {
	m.now = edition{flow, length, m.numbers(flow)}
	m.editions[flow.Version] = m.now
}

// ReadNumbers has the numbers of flows compared with those dialled by what
// number makes of them: a telephone's one writing, and all else as it is. Of two
// writings of one telephone, the first in order of text counts.
func (m *Machine) ReadNumbers(number func(written string) string) {
	m.number = number
	for version, e := range m.editions {
		e.numbers = m.numbers(e.flow)
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
		if one := m.number(written); all[one] == (Number{}) {
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
	if t, ok := ev.(call.TimerFired); ok {
		m.timer(s, t.Timer)
		return
	}
	c := m.sessions[call.CallOf(ev)]
	if c == nil {
		return
	}
	switch ev := ev.(type) {
	case call.DigitPressed:
		if c.admits(s.Now) {
			m.pressed(s, c, ev.Digit)
		}
	case call.PlayEnded:
		if c.play != "" && c.play == ev.Play {
			m.promptOver(s, c, ev.Failed)
		}
	case call.Recognised:
		m.recognised(s, c, ev)
	case call.Resumed:
		m.resume(s, c)
	case call.HungUp:
		m.hungUp(s, c)
	default:
		m.orderOutcome(s, c, ev)
	}
}

// orderOutcome takes the answers to what was ordered for a caller. An answer to
// anything but the last order is old and is passed over.
func (m *Machine) orderOutcome(s *call.Step, c *session, ev call.Event) {
	switch ev := ev.(type) {
	case call.LookedUp:
		if c.doing == lookingUp && c.task == ev.LookUp && c.answer == nil {
			m.answered(s, c, ev)
		}
	case call.Recorded:
		if c.doing == recording && c.task == ev.Record {
			m.recorded(s, c, ev.Seconds, ev.Failed)
		}
	case call.TransferAnswered:
		if c.doing == dialling && c.task == ev.Transfer {
			m.transferred(s, c)
		}
	case call.TransferEnded:
		if (c.doing == dialling || c.doing == talking) && c.task == ev.Transfer {
			m.transferOver(s, c, ev.Why)
		}
	case call.Failed:
		m.failed(s, c, ev)
	}
}

// failed: an order could not be carried out. Each is told by its own event
// too when it could; this is for those that never began.
func (m *Machine) failed(s *call.Step, c *session, ev call.Failed) {
	switch {
	case c.doing == speaking && ev.Command == call.NameOf(call.Promise{}): // the message may be lost
		m.stopPlaying(s, c)
		m.toPerson(s, c, "record_failed")
	case c.doing == lookingUp && ev.Command == call.NameOf(call.LookUp{}):
		m.answered(s, c, call.LookedUp{Call: c.call, LookUp: c.task, Failed: true, Why: "failed"})
	case c.doing == recording && ev.Command == call.NameOf(call.Record{}):
		m.recorded(s, c, 0, true)
	case c.doing == dialling && ev.Command == call.NameOf(call.TransferOut{}):
		m.transferOver(s, c, "failed")
	}
}

// Heard begins with a caller when the call starts, and again when the line
// cannot take the caller.
func (m *Machine) Heard(s *call.Step, e call.Entry) {
	m.Replay(e)
	c := m.sessions[e.Call]
	switch f := e.Fact.(type) {
	case call.CallStarted:
		if c == nil {
			return // is not let in
		}
		s.Order(call.Answer{Call: c.call})
		m.begin(s, c)
	case call.SentBack:
		if c != nil {
			m.sentBack(s, c, f)
		}
	}
}

// begin leads the caller to the node of the number dialled.
func (m *Machine) begin(s *call.Step, c *session) {
	number, known := c.numbers[c.to]
	switch {
	case c.again: // has been through the menus and the fallback; no more of that
		m.toPerson(s, c, "again")
		return
	case !known:
		m.toPerson(s, c, "unknown_number")
		return
	}
	if l := number.Language; l != "" && l != c.flow.Language && c.language == "" {
		m.Replay(s.State(c.call, call.LanguageChosen{Language: l, By: "number"}))
	}
	m.enter(s, c, number.Node)
}

// resume: we have been away. Keys pressed meanwhile are lost, so the caller is
// asked again, from the beginning of the node. What was typed is kept nowhere,
// so a node that needs it leads back to where it is asked.
func (m *Machine) resume(s *call.Step, c *session) {
	switch {
	case c.doing == inLine || c.doing == talking:
		return // the line's, or talking with somebody outside
	case c.node == nil:
		s.Order(call.Answer{Call: c.call})
		m.begin(s, c)
	case c.zero:
		s.Order(call.Answer{Call: c.call})
		m.toPerson(s, c, "zero")
	default:
		s.Order(call.Answer{Call: c.call})
		m.arrive(s, c)
	}
}

// hungUp closes what the caller left open. Register, which steps after us,
// ends the call.
func (m *Machine) hungUp(s *call.Step, c *session) {
	switch c.doing {
	case recording:
		if said := s.When(c.call).Sub(c.since); said >= leastMessage {
			m.keepMessage(s, c, min(said, c.node.Message.Longest).Seconds())
		}
	case dialling, talking:
		m.endTransfer(s, c, "caller_left")
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

// timer takes what the engine asked to be reminded of.
func (m *Machine) timer(s *call.Step, t call.Timer) {
	c := m.sessions[call.ID(t.Of)]
	if c == nil || c.gen != t.Gen {
		return
	}
	switch t.Kind {
	case saidTimer: // the switch never told that the prompt is over
		m.stopPlaying(s, c)
		m.promptOver(s, c, false)
	case listenTimer:
		m.silent(s, c)
	case betweenTimer:
		m.paused(s, c)
	case lookUpTimer:
		m.answered(s, c, call.LookedUp{Failed: true, Why: "timeout"})
	case recordTimer:
		s.Order(call.StopRecord{Call: c.call, Record: c.task})
		m.recorded(s, c, s.Now.Sub(c.since).Seconds(), true)
	case dialTimer:
		s.Order(call.DropTransfer{Call: c.call, Transfer: c.task})
		m.transferOver(s, c, "no_answer")
	}
}

// Forget drops a caller.
func (m *Machine) Forget(_ *call.Step, c call.ID) { delete(m.sessions, c) }

// Free has nothing to do: the menus know no agents.
func (*Machine) Free(*call.Step, call.AgentID, bool) []call.ID { return nil }
