package ivr

import "presszero/call"

// toPerson ends the walk at once: the caller is to wait for a person.
func (m *Machine) toPerson(s *call.Step, c *session, reason string) {
	m.leave(s, c, Line{Queue: c.flow.Person, Reason: reason})
}

// leave ends the walk: the caller is to wait in this queue.
func (m *Machine) leave(s *call.Step, c *session, l Line) {
	f := call.MenuLeft{Queue: l.Queue, Reason: l.Reason, Path: c.path,
		Priority: l.Priority, Skill: l.Skill, Level: l.Level, Callback: l.Callback,
		Agent: c.lastAgent}
	if f.Priority == "" && c.vip {
		f.Priority = "vip"
	}
	if c.node != nil {
		f.Node = c.node.Name
	}
	m.endDiscreet(s, c)
	c.gen++
	c.play, c.typed, c.ahead, c.task, c.telling = "", "", "", "", false
	m.Replay(s.State(c.call, f))
}

// Why a queue sends callers back, in words of ours where the node has none.
var whySentBack = map[string]string{"full": SentFull, "closed": SentClosed, "nobody": SentNobody, "max_wait": SentLong}

// sentBack: the line cannot keep the caller, who goes on at the node that the
// flow has for this. Nobody is led on without a word: a node that says nothing
// itself is told why first. A queue may have been changed since the call began,
// so its node may be in the flow of now only.
func (m *Machine) sentBack(s *call.Step, c *session, f call.SentBack) {
	if c.flow.Nodes[f.Node] == nil && m.now.flow.Nodes[f.Node] != nil {
		c.edition = m.now
	}
	n := c.flow.Nodes[f.Node]
	if n == nil {
		m.toPerson(s, c, "lost")
		return
	}
	why := whySentBack[f.Reason]
	if n.speaks() || why == "" {
		m.enter(s, c, n.Name)
		return
	}
	m.moveTo(s, c, n)
	m.playPrompts(s, c, why)
	c.telling = true
}

// recognised: the number is one we know. It changes what is said from now on,
// and holds nothing up.
func (m *Machine) recognised(s *call.Step, c *session, ev call.Recognised) {
	if c.known {
		return
	}
	m.Replay(s.State(c.call, call.CallerKnown{Name: ev.Name, Language: ev.Language, VIP: ev.VIP,
		LastAgent: ev.LastAgent, Callback: ev.Callback, LastOutcome: ev.LastOutcome}))
	if ev.Language == "" || !c.flow.offers(ev.Language) || c.language != "" {
		return
	}
	m.Replay(s.State(c.call, call.LanguageChosen{Language: ev.Language, By: "remembered"}))
	if c.node != nil && c.node.Kind == Language && !c.chosen && (c.doing == speaking || c.doing == listening) {
		m.stopPlaying(s, c)
		m.enter(s, c, c.node.Then)
	}
}
