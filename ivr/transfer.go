package ivr

import "presszero/call"

// dialOut calls the number outside, once the caller knows whether the talk is recorded; who
// answers there is told, too.
func (t *turn) dialOut() {
	plan, talk := t.recording(), t.recordedTalk(t.queue)
	if rule := plan.Rule(talk); rule.Unasked(t.call) == "" && t.tellBy(rule, "", (*turn).dialOut) {
		return
	}
	t.outside = plan.OutsideNotice(t.call, talk, t.consent, t.node.Number)
	if n := &t.outside; n.Prompt != "" {
		n.Flow = t.flow.Version
		if t.machine.SoundKey != nil {
			n.Played.Sound = t.machine.SoundKey(n.Flow, n.Prompt)
		}
	}
	t.switchTo(dialling)
	t.apply(call.TransferStarted{Node: t.node.Name, Transfer: t.newID("t"), Number: t.node.Number})
	t.since = t.Now
	t.Order(call.TransferOut{Call: t.call, Transfer: t.task, Number: t.node.Number, Notice: t.outside})
	t.remind(dialTimer, dialLimit)
}

// transferred takes the news that the number outside has answered.
func (t *turn) transferred(ev call.TransferAnswered) {
	t.apply(t.outside.Joined(ev))
	t.gen++
}

// transferOver takes the end of a transfer. A caller whose transfer was not
// answered goes on in the menus; after a talk the call is over.
func (t *turn) transferOver(why string) {
	talked := t.doing == talking
	t.endTransfer(why)
	switch {
	case talked:
		t.goodbye()
	case t.node.Failed != "":
		t.enter(t.node.Failed)
	default:
		t.toPerson("transfer_failed")
	}
}

func (t *turn) endTransfer(why string) {
	talked := 0.0
	if t.doing == talking {
		talked = t.When(t.call).Sub(t.since).Seconds()
	}
	t.apply(call.TransferOver{Transfer: t.task, Why: why, Talked: talked})
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
