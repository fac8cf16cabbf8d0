package ivr

import (
	"time"

	"presszero/call"
)

// leastMessage is how much must be said to count as a message.
const leastMessage = time.Second

// record begins to keep the caller's words.
func (m *Machine) record(s *call.Step, c *session) {
	c.switchTo(recording)
	c.task, c.since = c.newID(m, "r"), s.Now
	s.Order(call.Record{Call: c.call, Record: c.task, Max: c.node.Message.Longest})
	m.remind(s, c, recordTimer, c.node.Message.Longest+patience)
}

// duringMailbox: # skips what is said, and ends the recording.
func (m *Machine) duringMailbox(s *call.Step, c *session, digit string) {
	switch {
	case c.kept && digit == "#":
		m.stopPlaying(s, c)
		m.goodbye(s, c)
	case c.kept:
		return
	case c.doing == speaking && digit == "#":
		m.stopPlaying(s, c)
		m.playPrompts(s, c, Beep)
	case c.doing == recording && digit == "#":
		s.Order(call.StopRecord{Call: c.call, Record: c.task})
	}
}

// recorded: the words are kept, or there were none.
func (m *Machine) recorded(s *call.Step, c *session, seconds float64, failed bool) {
	switch {
	case failed:
		m.toPerson(s, c, "record_failed")
	case seconds < leastMessage.Seconds():
		m.Replay(s.State(c.call, call.NoInput{Node: c.node.Name, Try: c.tries + 1}))
		m.again(s, c, "no_input", NothingHeard)
	default:
		m.keepMessage(s, c, seconds)
		m.afterMessage(s, c)
	}
}

// keepMessage states the message, and with it that somebody owes an answer.
func (m *Machine) keepMessage(s *call.Step, c *session, seconds float64) {
	msg := c.node.Message
	m.Replay(s.State(c.call, call.MessageLeft{Node: c.node.Name, Record: c.task, Seconds: seconds,
		Owner: msg.Owner, Due: s.Now.Add(msg.Due).UTC()}))
}

// afterMessage goes on, or says goodbye. What is said now binds us, so it waits
// until the message is on disk.
func (m *Machine) afterMessage(s *call.Step, c *session) {
	s.Order(call.Promise{Call: c.call})
	if c.node.Then != "" {
		m.enter(s, c, c.node.Then)
		return
	}
	m.playPrompts(s, c, MessageKept)
}
