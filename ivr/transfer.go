package ivr

import "presszero/call"

// dialOut calls the number outside.
func (m *Machine) dialOut(s *call.Step, c *session) {
	c.switchTo(dialling)
	m.Replay(s.State(c.call, call.TransferStarted{Node: c.node.Name, Transfer: c.newID(m, "t"), Number: c.node.Number}))
	c.since = s.Now
	s.Order(call.TransferOut{Call: c.call, Transfer: c.task, Number: c.node.Number})
	m.remind(s, c, dialTimer, dialLimit)
}

// transferred: somebody has answered there.
func (m *Machine) transferred(s *call.Step, c *session) {
	m.Replay(s.State(c.call, call.TransferJoined{Transfer: c.task}))
	c.gen++
}

// transferOver: nobody answered, so the caller goes on here; or the talk is
// over, and so is the call.
func (m *Machine) transferOver(s *call.Step, c *session, why string) {
	talked := c.doing == talking
	m.endTransfer(s, c, why)
	switch {
	case talked:
		m.goodbye(s, c)
	case c.node.Failed != "":
		m.enter(s, c, c.node.Failed)
	default:
		m.toPerson(s, c, "transfer_failed")
	}
}

func (m *Machine) endTransfer(s *call.Step, c *session, why string) {
	talked := 0.0
	if c.doing == talking {
		talked = s.When(c.call).Sub(c.since).Seconds()
	}
	m.Replay(s.State(c.call, call.TransferOver{Transfer: c.task, Why: why, Talked: talked}))
}

// Goodbye returns the words for a caller whose call ends because everything is
// stopped, in the caller's language; false: there are none.
func (m *Machine) Goodbye(id call.ID, play string) (call.Play, bool) {
	c := m.sessions[id]
	if c == nil {
		return call.Play{}, false
	}
	if _, ok := c.flow.promptText(c.language, Stopping); !ok {
		return call.Play{}, false
	}
	return call.Play{Call: id, Play: play, Prompts: []string{c.flow.sound(c.language, Stopping)}, Flow: c.flow.Version}, true
}

// Transfers returns the transfers that have been answered and are not over, by
// call. After a restart it is what the switch is compared with.
func (m *Machine) Transfers() map[call.ID]string {
	up := map[call.ID]string{}
	for id, c := range m.sessions {
		if c.doing == talking {
			up[id] = c.task
		}
	}
	return up
}
