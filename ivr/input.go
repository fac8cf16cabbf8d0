package ivr

import "presszero/call"

// typing takes one more digit of an input.
func (m *Machine) typing(s *call.Step, c *session, digit string) {
	d := c.node.Digits
	m.stopPlaying(s, c)
	c.doing = listening
	switch {
	case digit == "#" && c.typed != "":
		m.acceptInput(s, c)
		return
	case c.typed == "" && (digit == "*" || digit == "#") && c.profile().actionOf(digit) == back:
		if to := c.behind(); to != "" {
			m.stateKeyPressed(s, c, digit)
			m.enter(s, c, to)
			return
		}
		m.playPrompts(s, c, c.node.Prompt)
		return
	case digit == "*" && !d.possible(c.typed+"*"):
		c.typed = "" // begins anew
		m.playPrompts(s, c, c.node.Prompt)
		return
	case digit == "#":
		m.listen(s, c) // nothing to end: the prompt is skipped
		return
	case len(c.typed) < maxTyped:
		c.typed += digit
	}
	if len(c.typed) >= d.Max {
		m.acceptInput(s, c)
		return
	}
	m.remind(s, c, betweenTimer, c.node.Between)
}

// paused: the caller has stopped typing.
func (m *Machine) paused(s *call.Step, c *session) {
	m.acceptInput(s, c)
}

// acceptInput accepts what was typed, or says that it cannot be right. What it was is
// told to nobody but whoever is asked about it.
func (m *Machine) acceptInput(s *call.Step, c *session) {
	d := c.node.Digits
	typed := c.typed
	c.typed = ""
	if typed == "0" { // a wish for a person, however it ends
		m.choosePerson(s, c)
		return
	}
	if !d.valid(typed) {
		c.ahead = ""
		m.Replay(s.State(c.call, call.NoMatch{Node: c.node.Name, Try: c.tries + 1, Count: len(typed)}))
		prompt := d.Invalid
		if prompt == "" {
			prompt = NotUnderstood
		}
		m.again(s, c, "no_match", prompt)
		return
	}
	m.Replay(s.State(c.call, call.InputTaken{Node: c.node.Name, Count: len(typed)}))
	c.values[d.As] = typed
	m.enter(s, c, c.node.Then)
}
