package ivr

import (
	"strings"

	"presszero/call"
)

// toPerson ends the walk at once: the caller is to wait for a person.
func (m *Machine) toPerson(s *call.Step, c *session, reason string) {
	m.leave(s, c, Line{Queue: c.flow.Person, Reason: reason})
}

// leave ends the walk: the caller is to wait in this queue.
func (m *Machine) leave(s *call.Step, c *session, l Line) {
	f := call.MenuLeft{Queue: l.Queue, Reason: l.Reason, Path: c.path,
		Priority: l.Priority, Skill: l.Skill, Level: l.Level, Callback: l.Callback,
		Agent: c.lastAgent, Elsewhere: c.elsewhere(l.Queue)}
	if f.Priority == "" && c.vip {
		f.Priority = "vip"
	}
	if c.node != nil {
		f.Node = c.node.Name
	}
	m.open(s, c)
	c.gen++
	c.play, c.typed, c.ahead, c.task = "", "", "", ""
	m.Replay(s.State(c.call, f))
}

// elsewhere lists for which reasons the queue may send the caller back to us.
// It may do so once in a call: who asks for it again really waits.
func (c *session) elsewhere(queue string) string {
	q := c.flow.queue(queue)
	var reasons []string
	if !c.refusals[queue] {
		if q.Full != "" {
			reasons = append(reasons, "full")
		}
		if q.Nobody != "" {
			reasons = append(reasons, "nobody")
		}
	}
	return strings.Join(reasons, " ")
}

// refused: the line cannot take the caller just now, and the flow has another
// way. Where it has none, the caller waits all the same.
func (m *Machine) refused(s *call.Step, c *session, f call.QueueRefused) {
	q := c.flow.queue(f.Queue)
	to := map[string]string{"full": q.Full, "nobody": q.Nobody}[f.Why]
	if c.flow.Nodes[to] != nil {
		c.chosen = false
		m.enter(s, c, to)
		return
	}
	f2 := *c.line
	f2.Elsewhere = ""
	m.Replay(s.State(c.call, f2))
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
		m.hush(s, c)
		m.enter(s, c, c.node.Then)
	}
}
