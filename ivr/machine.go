package ivr

import (
	"fmt"
	"time"

	"presszero/call"
)

// Machine walks all callers who are in the menus.
type Machine struct {
	flow     *Flow
	epoch    string                            // makes the ids of playbacks differ from those of an earlier run
	length   func(prompt string) time.Duration // of the real sound
	sessions map[call.ID]*session
}

// patience is how much longer than its sound a playback may take before it is
// held to be over. Asterisk does not always tell (a playback cancelled before
// its start says nothing), and a menu that waits for news would wait for ever.
const patience = 3 * time.Second

// New returns a machine for the flow. epoch is unique to this run of the
// program; length tells how long a prompt's sound is.
func New(flow *Flow, epoch string, length func(prompt string) time.Duration) *Machine {
	return &Machine{flow: flow, epoch: epoch, length: length, sessions: map[call.ID]*session{}}
}

// session is one caller in the menus.
type session struct {
	call   call.ID
	flow   *Flow
	node   *Node
	to     string // the number dialled
	path   string // node and keys so far, as an agent reads it
	chosen bool   // has pressed a key: what is said now was asked for
	tries  int    // failures in this menu
	play   string // what is being said; "" when nothing is
	plays  int    // prompts said so far, to number the next
	gen    int    // counts prompts and waits, so that old timers are known
}

// Step decides about one event.
func (m *Machine) Step(s *call.Step, ev call.Event) {
	switch ev := ev.(type) {
	case call.DigitPressed:
		if c := m.sessions[ev.Call]; c != nil {
			m.pressed(s, c, ev.Digit)
		}
	case call.PlayEnded:
		if c := m.sessions[ev.Call]; c != nil && c.play == ev.Play {
			m.said(s, c)
		}
	case call.TimerFired:
		m.timer(s, ev.Timer)
	case call.Resumed:
		if c := m.sessions[ev.Call]; c != nil {
			m.resume(s, c)
		}
	}
}

// Heard begins with a caller when the call starts.
func (m *Machine) Heard(s *call.Step, e call.Entry) {
	m.Replay(e)
	f, ok := e.Fact.(call.CallStarted)
	if !ok {
		return
	}
	m.begin(s, m.sessions[e.Call], f)
}

// begin answers and leads the caller to the node of the number dialled.
func (m *Machine) begin(s *call.Step, c *session, f call.CallStarted) {
	s.Order(call.Answer{Call: c.call})
	first := m.flow.Nodes[m.flow.Numbers[f.To]]
	switch {
	case f.Again: // has been through the menus and the fallback; no more of that
		m.leave(s, c, m.flow.Person, "again")
	case first == nil:
		m.leave(s, c, m.flow.Person, "unknown_number")
	default:
		m.enter(s, c, first)
	}
}

// resume: we have been away. Keys pressed meanwhile are lost, so the caller is
// asked again, from the beginning of the node.
func (m *Machine) resume(s *call.Step, c *session) {
	if c.node == nil || c.node.Queue != "" {
		m.begin(s, c, call.CallStarted{To: c.to})
		return
	}
	s.Order(call.Answer{Call: c.call})
	m.say(s, c)
}

// enter brings the caller to a node.
func (m *Machine) enter(s *call.Step, c *session, n *Node) {
	m.Replay(s.State(c.call, call.NodeEntered{Node: n.Name, Flow: c.flow.Version}))
	if n.Queue != "" {
		m.leave(s, c, n.Queue, "chosen")
		return
	}
	m.say(s, c)
}

// say speaks the node's prompt, after the others if any.
func (m *Machine) say(s *call.Step, c *session, first ...string) {
	prompts := append(first, c.node.Say+c.node.Menu)
	c.gen++
	c.plays++
	c.play = fmt.Sprintf("%s.%s.p%d", c.call, m.epoch, c.plays)
	s.Order(call.Play{Call: c.call, Play: c.play, Prompts: prompts})
	limit := patience
	for _, p := range prompts {
		limit += m.length(p)
	}
	s.After(limit, call.Timer{Kind: "said", Of: string(c.call), Gen: c.gen})
}

// hush stops what is being said.
func (m *Machine) hush(s *call.Step, c *session) {
	if c.play != "" {
		s.Order(call.StopPlay{Call: c.call, Play: c.play})
		c.play = ""
	}
	c.gen++
}

// said: the prompt is over. A text goes on to its next node; a menu listens.
func (m *Machine) said(s *call.Step, c *session) {
	c.play = ""
	c.gen++
	if c.node.Say == "" {
		s.After(firstDigit, call.Timer{Kind: "listen", Of: string(c.call), Gen: c.gen})
		return
	}
	if c.chosen {
		s.State(c.call, call.SelfServed{Node: c.node.Name})
	}
	m.enter(s, c, c.flow.Nodes[c.node.Then])
}

// pressed takes a key. It stops what is being said, at once.
func (m *Machine) pressed(s *call.Step, c *session, digit string) {
	during := c.play != ""
	if digit == "0" {
		m.hush(s, c)
		m.Replay(s.State(c.call, call.ZeroPressed{Node: c.node.Name, DuringPrompt: during}))
		m.leave(s, c, c.flow.Person, "zero")
		return
	}
	menu := c.node
	if menu.Say != "" {
		// A key during a text is typed ahead for the menu that follows it.
		menu = c.flow.Nodes[menu.Then]
		if menu.Keys[digit] == "" {
			return // the text goes on
		}
		m.Replay(s.State(c.call, call.NodeEntered{Node: menu.Name, Flow: c.flow.Version}))
	}
	m.hush(s, c)
	if to := menu.Keys[digit]; to != "" {
		m.Replay(s.State(c.call, call.KeyPressed{Node: menu.Name, Digit: digit}))
		m.enter(s, c, c.flow.Nodes[to])
		return
	}
	m.Replay(s.State(c.call, call.NoMatch{Node: menu.Name, Digit: digit, Try: c.tries + 1}))
	m.again(s, c, "no_match", NotUnderstood)
}

// again says the menu once more, or gives the caller to a person at last.
func (m *Machine) again(s *call.Step, c *session, reason string, first ...string) {
	if c.tries >= failures {
		m.leave(s, c, c.flow.Person, reason)
		return
	}
	m.say(s, c, first...)
}

func (m *Machine) timer(s *call.Step, t call.Timer) {
	c := m.sessions[call.ID(t.Of)]
	if c == nil || c.gen != t.Gen {
		return
	}
	switch t.Kind {
	case "said": // the switch never told that the prompt is over
		m.hush(s, c)
		m.said(s, c)
	case "listen":
		m.Replay(s.State(c.call, call.NoInput{Node: c.node.Name, Try: c.tries + 1}))
		m.again(s, c, "no_input")
	}
}

// leave ends the walk: the caller is to wait for a person.
func (m *Machine) leave(s *call.Step, c *session, queue, reason string) {
	f := call.MenuLeft{Queue: queue, Reason: reason, Path: c.path}
	if c.node != nil {
		f.Node = c.node.Name
	}
	m.Replay(s.State(c.call, f))
}

// Replay takes a fact into the sessions: it is the one place where a walk's
// lasting state changes.
func (m *Machine) Replay(e call.Entry) {
	if f, ok := e.Fact.(call.CallStarted); ok {
		m.sessions[e.Call] = &session{call: e.Call, flow: m.flow, to: f.To}
		return
	}
	c := m.sessions[e.Call]
	if c == nil {
		return
	}
	switch f := e.Fact.(type) {
	case call.NodeEntered:
		if n := c.flow.Nodes[f.Node]; n != nil {
			c.node, c.tries = n, 0
		}
	case call.KeyPressed:
		c.chosen = true
		c.path += step(c.path, f.Node, f.Digit)
	case call.ZeroPressed:
		c.path += step(c.path, f.Node, "0")
	case call.NoInput:
		c.tries = f.Try
	case call.NoMatch:
		c.tries = f.Try
	case call.MenuLeft, call.CallEnded:
		delete(m.sessions, e.Call)
	}
}

// step writes one more key of the path: "main 2", then " > billing 1".
func step(path, node, digit string) string {
	if path == "" {
		return node + " " + digit
	}
	return " > " + node + " " + digit
}

// Forget drops a caller.
func (m *Machine) Forget(_ *call.Step, c call.ID) { delete(m.sessions, c) }
