package ivr

import (
	"time"

	"presszero/call"
)

// pressed takes a key, whatever goes on. It stops what is being said, at once,
// except a legal notice.
func (m *Machine) pressed(s *call.Step, c *session, digit string) {
	if c.node == nil || c.doing == inLine || c.doing == talking || c.doing == leaving || c.zero {
		return
	}
	if digit == "0" && m.zeroPressed(s, c) {
		return
	}
	switch n := c.node; n.Kind {
	case Menu, Language:
		m.takeKey(s, c, digit)
	case Input:
		m.typing(s, c, digit)
	case Say, Greeting, End:
		m.duringText(s, c, digit)
	case Lookup:
		c.pushAhead(digit)
	case Mailbox:
		m.duringMailbox(s, c, digit)
	}
}

// zeroPressed leads to a person, and reports whether it did: in an input step
// a 0 may be part of the number, and during a notice it is part of what comes
// next if that is an input.
func (m *Machine) zeroPressed(s *call.Step, c *session) bool {
	if c.node.Kind == Input && c.node.Digits.possible(c.typed+"0") {
		return false
	}
	if c.node.Notice {
		if next, _ := c.nextToAsk(s.Now); next != nil && next.Kind == Input && next.Digits.possible(c.ahead+"0") {
			return false
		}
	}
	m.choosePerson(s, c)
	return true
}

// choosePerson: the caller wants a person, and has one at once; or, during a notice
// that has to be heard, as soon as it is over.
func (m *Machine) choosePerson(s *call.Step, c *session) {
	m.Replay(s.State(c.call, call.ZeroPressed{Node: c.node.Name, DuringPrompt: c.play != ""}))
	if c.node.Notice && c.play != "" {
		return
	}
	m.stopPlaying(s, c)
	switch c.doing {
	case recording:
		s.Order(call.StopRecord{Call: c.call, Record: c.task, Discard: true})
	case dialling:
		s.Order(call.DropTransfer{Call: c.call, Transfer: c.task})
		m.endTransfer(s, c, "caller_chose_person")
	}
	m.toPerson(s, c, "zero")
}

// duringText: a key during a text is typed ahead for whatever asks next. One
// that means nothing there is passed over, and the text goes on.
func (m *Machine) duringText(s *call.Step, c *session, digit string) {
	if c.node.Notice {
		c.pushAhead(digit)
		return
	}
	next, notice := c.nextToAsk(s.Now)
	switch {
	case next == nil:
		m.steer(s, c, digit)
	case next.Kind == Lookup:
		if m.steer(s, c, digit); c.doing == speaking {
			c.pushAhead(digit)
		}
	case next.Kind == Input && digit != "*" && digit != "#", next.Keys[digit] != "":
		m.stopPlaying(s, c)
		if notice != nil {
			c.pushAhead(digit)
			m.enter(s, c, notice.Name)
			return
		}
		m.moveTo(s, c, next)
		c.ahead = digit
		m.askCaller(s, c)
	default:
		m.steer(s, c, digit)
	}
}

// steer does what the profile says about * and # during a text.
func (m *Machine) steer(s *call.Step, c *session, digit string) {
	switch c.profile().actionOf(digit) {
	case back:
		if to := c.behind(); to != "" {
			m.stateKeyPressed(s, c, digit)
			m.stopPlaying(s, c)
			m.enter(s, c, to)
		}
	case repeat:
		m.stateKeyPressed(s, c, digit)
		m.stopPlaying(s, c)
		m.arrive(s, c)
	case skip:
		m.stateKeyPressed(s, c, digit)
		m.stopPlaying(s, c)
		if c.node.Kind == End {
			m.goodbye(s, c)
			return
		}
		m.enter(s, c, c.node.Then)
	}
}

func (m *Machine) stateKeyPressed(s *call.Step, c *session, digit string) {
	m.Replay(s.State(c.call, call.KeyPressed{Node: c.node.Name, Digit: digit}))
}

// nextToAsk returns the node that will take the keys pressed during a text, and the
// notice that has to be heard before it, if any. It is nil where keys will
// mean nothing.
func (c *session) nextToAsk(now time.Time) (next, notice *Node) {
	at := c.node
	for range len(c.flow.Nodes) {
		to := at.Then
		if at.Kind == Hours {
			to = at.Open.nodeFor(at.Open.Table.At(now))
		}
		if at = c.flow.Nodes[to]; at == nil {
			return nil, nil
		}
		switch {
		case at.Kind == Menu, at.Kind == Input, at.Kind == Lookup:
			return at, notice
		case at.Kind == Language && (c.language == "" || c.chosen):
			return at, notice
		case at.Notice && notice == nil:
			notice = at
		case at.Kind != Say && at.Kind != Greeting && at.Kind != Hours && at.Kind != Language:
			return nil, nil
		}
	}
	return nil, nil
}

// useAhead lets a node that asks take what was typed before, and reports
// whether the caller need not be asked. Keys that mean nothing here were
// pressed by somebody who could not know, and are passed over.
func (m *Machine) useAhead(s *call.Step, c *session) bool {
	n, took := c.node, false
	for c.ahead != "" && c.node == n && c.doing != inLine {
		digit := c.ahead[:1]
		c.ahead = c.ahead[1:]
		switch {
		case n.Kind == Input:
			if digit == "0" && !n.Digits.possible(c.typed+"0") {
				m.choosePerson(s, c)
				return true
			}
			m.typing(s, c, digit)
			took = true
		case digit == "0":
			m.choosePerson(s, c)
			return true
		case n.Keys[digit] != "":
			m.takeKey(s, c, digit)
			return true
		}
	}
	return took
}
