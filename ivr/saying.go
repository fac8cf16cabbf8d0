package ivr

import (
	"time"

	"presszero/call"
)

// patience is how much longer than its sound a playback may take before it is
// held to be over. Asterisk does not always tell (a playback cancelled before
// its start says nothing), and a menu that waits for news would wait for ever.
const patience = 3 * time.Second

// enter brings the caller to a node.
func (m *Machine) enter(s *call.Step, c *session, name string) {
	n := c.flow.Nodes[name]
	if n == nil { // Parse refuses it; still, nobody is to be lost
		m.toPerson(s, c, "lost")
		return
	}
	m.moveTo(s, c, n)
	m.arrive(s, c)
}

// moveTo states where the caller is now.
func (m *Machine) moveTo(s *call.Step, c *session, n *Node) {
	m.endDiscreet(s, c)
	c.typed, c.answer, c.telling = "", nil, false
	m.Replay(s.State(c.call, call.NodeEntered{Node: n.Name, Flow: c.flow.Version}))
}

// endDiscreet ends a discreet step.
func (m *Machine) endDiscreet(s *call.Step, c *session) {
	if c.discreet {
		c.discreet = false
		s.Order(call.Discreet{Call: c.call, On: false})
	}
}

// arrive does what the node is there for.
func (m *Machine) arrive(s *call.Step, c *session) {
	n := c.node
	switch giver := c.giver(); {
	case giver == nil:
		m.toPerson(s, c, "lost")
		return
	case giver != n:
		m.enter(s, c, giver.Name)
		return
	}
	switch n.Kind {
	case Wait, Complaint, Callback:
		m.leave(s, c, *n.Line)
	case Hours:
		m.hours(s, c)
	case Lookup:
		m.lookUp(s, c)
	case Greeting:
		m.greet(s, c)
	case Language:
		if c.language != "" && !c.chosen { // has told us in an earlier call, or by the number
			m.enter(s, c, n.Then)
			return
		}
		m.askCaller(s, c)
	case Menu, Input:
		m.askCaller(s, c)
	case Mailbox:
		if c.kept {
			m.afterMessage(s, c)
			return
		}
		m.playPrompts(s, c, n.Prompt, Beep)
	case Transfer:
		if n.Prompt == "" {
			m.dialOut(s, c)
			return
		}
		m.playPrompts(s, c, n.Prompt)
	default:
		m.playPrompts(s, c, n.Prompt)
	}
}

// askCaller says what is asked for, unless the caller has answered already.
func (m *Machine) askCaller(s *call.Step, c *session) {
	if d := c.node.Digits; d != nil && d.Sensitive {
		if c.taken[c.node.Name] >= failures { // a secret is not to be found by trying
			m.giveUp(s, c, "no_match")
			return
		}
		if !c.discreet {
			c.discreet = true
			s.Order(call.Discreet{Call: c.call, On: true})
		}
	}
	if !m.useAhead(s, c) {
		m.playPrompts(s, c, c.node.Prompt)
	}
}

// giver returns the node where the caller goes on: this one when all that it
// needs is known; else, as after a restart, the one that gives what is lacking;
// nil when each of those lacks what another gives.
func (c *session) giver() *Node {
	n := c.node
	for range c.flow.Nodes {
		lacking := c.lacking(n)
		if lacking == "" {
			return n
		}
		if n = c.flow.Nodes[c.asked[lacking]]; n == nil {
			return nil
		}
	}
	return nil
}

// lacking returns a value that a node needs and nobody knows; "" when all are
// known.
func (c *session) lacking(n *Node) string {
	text, _ := c.flow.promptText(c.language, n.Prompt)
	if n.Ask != nil {
		text += n.Ask.Address + n.Ask.Body
	}
	for _, name := range namesOf(text) {
		if _, ok := c.value(name); !ok {
			return name
		}
	}
	return ""
}

// value returns what is known under a name.
func (c *session) value(name string) (string, bool) {
	switch name {
	case "caller":
		if call.Withheld(c.from) { // in the facts of an earlier version
			return "", true
		}
		return c.from, true
	case "called":
		return c.to, true
	}
	v, ok := c.values[name]
	return v, ok
}

// greet says today's greeting, or a neutral one when today's is of yesterday.
func (m *Machine) greet(s *call.Step, c *session) {
	f := c.node.Fresh
	if s.Now.Before(f.From) || !s.Now.Before(f.Until) {
		s.State(c.call, call.GreetingStale{Node: c.node.Name, Prompt: c.node.Prompt})
		m.playPrompts(s, c, f.Fallback)
		return
	}
	m.playPrompts(s, c, c.node.Prompt)
}

// hours leads on by the clock.
func (m *Machine) hours(s *call.Step, c *session) {
	answer := c.node.Open.Table.At(s.Now)
	s.State(c.call, call.HoursAsked{Node: c.node.Name, Answer: answer})
	m.enter(s, c, c.node.Open.nodeFor(answer))
}

// nodeFor is where an answer leads.
func (o *Opening) nodeFor(answer string) string {
	switch {
	case answer == answerOpen:
		return o.Open
	case answer == answerHoliday && o.Holiday != "":
		return o.Holiday
	}
	return o.Closed
}

// playPrompts speaks prompts, in the caller's language, one after another.
func (m *Machine) playPrompts(s *call.Step, c *session, names ...string) {
	limit := patience
	var sounds []string
	for _, name := range names {
		for _, language := range c.tongues() {
			sound, length := c.sound(language, name)
			sounds = append(sounds, sound)
			limit += length
		}
	}
	c.switchTo(speaking)
	c.play = c.newID(m, "p")
	s.Order(call.Play{Call: c.call, Play: c.play, Prompts: sounds, Flow: c.flow.Version})
	m.remind(s, c, saidTimer, limit)
}

// tongues are the languages in which this node speaks: the caller's, or all
// that can be chosen while the caller chooses.
func (c *session) tongues() []string {
	if c.node.Kind != Language {
		return []string{c.language}
	}
	var list []string
	for _, language := range c.flow.Languages {
		for _, offered := range c.node.Keys {
			if offered == language {
				list = append(list, language)
				break
			}
		}
	}
	return list
}

// sound returns what to play for a prompt, and how long it takes.
func (c *session) sound(language, name string) (string, time.Duration) {
	text, _ := c.flow.promptText(language, name)
	if !hasValues(text) {
		sound := c.flow.sound(language, name)
		return sound, c.length(sound)
	}
	if language == "" {
		language = c.flow.Language
	}
	filled, _ := fillValues(text, func(value, form string) (string, bool) {
		v, ok := c.value(value)
		return spoken(language, form, v), ok
	})
	return call.Spoken(language, filled), 2 * estimate(filled)
}

// stopPlaying stops what is being said, and makes every timer old.
func (m *Machine) stopPlaying(s *call.Step, c *session) {
	if c.play != "" {
		s.Order(call.StopPlay{Call: c.call, Play: c.play})
		c.play = ""
	}
	c.gen++
}

func (m *Machine) remind(s *call.Step, c *session, kind call.TimerKind, after time.Duration) {
	s.After(after, call.Timer{Kind: kind, Of: string(c.call), Gen: c.gen})
}

// promptOver: the prompt is over, or nothing could be heard of it.
func (m *Machine) promptOver(s *call.Step, c *session, failed bool) {
	c.play = ""
	if c.telling {
		c.telling = false
		m.arrive(s, c)
		return
	}
	switch c.node.Kind {
	case Menu, Language, Input, Mailbox:
		switch {
		case failed && !c.kept: // who cannot hear the choices cannot choose
			m.toPerson(s, c, "prompt_failed")
		case c.kept:
			m.goodbye(s, c)
		case c.node.Kind == Mailbox:
			m.record(s, c)
		default:
			m.listen(s, c)
		}
	case Lookup:
		if c.answer != nil {
			m.conclude(s, c, *c.answer)
		}
	case Transfer:
		m.dialOut(s, c)
	case End:
		m.goodbye(s, c)
	default:
		m.textOver(s, c, failed)
	}
}

// textOver: a text was heard to its end. It is self-service when the caller
// had asked for it and nobody is about to take over.
func (m *Machine) textOver(s *call.Step, c *session, failed bool) {
	next := c.flow.Nodes[c.node.Then]
	if c.zero {
		m.toPerson(s, c, "zero")
		return
	}
	if c.chosen && !failed && next != nil && next.Line == nil && next.Kind != Transfer {
		m.Replay(s.State(c.call, call.SelfServed{Node: c.node.Name}))
	}
	m.enter(s, c, c.node.Then)
}

// goodbye ends the call of somebody who has been served, which who hurried here
// by keys has been too.
func (m *Machine) goodbye(s *call.Step, c *session) {
	if c.node.Kind == End && c.chosen && !c.served {
		m.Replay(s.State(c.call, call.SelfServed{Node: c.node.Name}))
	}
	c.switchTo(leaving)
	s.Order(call.HangUp{Call: c.call})
}
