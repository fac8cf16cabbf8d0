package ivr

import "presszero/call"

// listen waits for the first key.
func (m *Machine) listen(s *call.Step, c *session) {
	c.switchTo(listening)
	m.remind(s, c, listenTimer, c.node.FirstDigit)
}

// takeKey takes a key in a menu or a choice of language.
func (m *Machine) takeKey(s *call.Step, c *session, digit string) {
	n := c.node
	if to := n.Keys[digit]; to != "" {
		m.stopPlaying(s, c)
		m.stateKeyPressed(s, c, digit)
		if n.Kind == Language {
			m.Replay(s.State(c.call, call.LanguageChosen{Node: n.Name, Language: to, By: "key"}))
			to = n.Then
		}
		m.enter(s, c, to)
		return
	}
	if m.steerMenu(s, c, digit) {
		return
	}
	m.stopPlaying(s, c)
	c.ahead = ""
	m.Replay(s.State(c.call, call.NoMatch{Node: n.Name, Digit: digit, Try: c.tries + 1}))
	m.again(s, c, "no_match", c.wrong(digit))
}

// steerMenu does what the profile says about * and # where a menu does not
// use them, and reports whether it did.
func (m *Machine) steerMenu(s *call.Step, c *session, digit string) bool {
	switch c.profile().actionOf(digit) {
	case back:
		to := c.behind()
		if to == "" {
			to = c.node.Name
		}
		m.stateKeyPressed(s, c, digit)
		m.stopPlaying(s, c)
		m.enter(s, c, to)
	case repeat:
		m.stateKeyPressed(s, c, digit)
		m.stopPlaying(s, c)
		m.playPrompts(s, c, c.node.Prompt)
	case skip:
		if c.play == "" {
			return false // there is nothing to skip
		}
		m.stateKeyPressed(s, c, digit)
		m.stopPlaying(s, c)
		m.listen(s, c)
	default:
		return false
	}
	return true
}

// wrong names the prompt that tells what was not understood.
func (c *session) wrong(digit string) string {
	if name := wrong(digit); c.hasPrompt(name) {
		return name
	}
	return NotUnderstood
}

func (c *session) hasPrompt(prompt string) bool {
	_, ok := c.flow.promptText(c.language, prompt)
	return ok
}

// silent: no key came.
func (m *Machine) silent(s *call.Step, c *session) {
	m.Replay(s.State(c.call, call.NoInput{Node: c.node.Name, Try: c.tries + 1}))
	m.again(s, c, "no_input")
}

// giveUp leaves it to people, or to where the flow says.
func (m *Machine) giveUp(s *call.Step, c *session, reason string) {
	if to := c.node.Otherwise; to != "" {
		m.enter(s, c, to)
		return
	}
	m.toPerson(s, c, reason)
}

// again asks once more, shorter; the third failure of any kind is the last.
func (m *Machine) again(s *call.Step, c *session, reason string, first ...string) {
	if c.tries >= failures {
		m.giveUp(s, c, reason)
		return
	}
	n := c.node
	prompts := append(first, n.Prompt)
	if n.Again != "" {
		prompts[len(prompts)-1] = n.Again
	}
	if n.Kind == Mailbox {
		prompts = append(prompts, Beep)
	}
	m.playPrompts(s, c, prompts...)
}
