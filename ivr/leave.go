package ivr

import "presszero/call"

// toPerson ends the walk at once: the caller is to wait for a person.
func (t *turn) toPerson(reason string) {
	t.leave(Line{Queue: t.flow.Person, Reason: reason})
}

// leave ends the walk: the caller is to wait in this queue, and is told before if it
// records.
func (t *turn) leave(l Line) {
	if t.step.Visit != "" {
		t.endStep(l.Reason)
		return
	}
	t.endDiscreet()
	if t.tell(l) {
		return
	}
	f := call.MenuLeft{Queue: l.Queue, Reason: l.Reason, Path: t.path,
		Priority: l.Priority, Skill: l.Skill, Level: l.Level, Callback: l.Callback,
		Agent: t.lastAgent}
	if f.Priority == "" && t.vip {
		f.Priority = "vip"
	}
	if t.node != nil {
		f.Node = t.node.Name
	}
	t.gen++
	t.play, t.typed, t.ahead, t.task, t.explaining = "", "", "", "", false
	t.apply(f)
}

// whySentBack has the prompt that tells why the queue sent the caller back, by
// reason, for nodes that say nothing themselves.
var whySentBack = map[string]string{"full": SentFull, "closed": SentClosed, "nobody": SentNobody, "max_wait": SentLong}

// sentBack leads a caller whom the line cannot keep to the node that the flow has
// for this. Where that node says nothing itself, the caller is told the reason
// first. The queue may have been changed since the call began, so its node may be
// in the newest flow only.
func (t *turn) sentBack(f call.SentBack) {
	if t.flow.Nodes[f.Node] == nil && t.machine.now.flow.Nodes[f.Node] != nil {
		t.edition = t.machine.now
	}
	n := t.flow.Nodes[f.Node]
	if n == nil {
		t.toPerson("lost")
		return
	}
	why := whySentBack[f.Reason]
	if n.speaks() || why == "" {
		t.enter(n.Name)
		return
	}
	t.moveTo(n)
	t.playPrompts(why)
	t.explaining = true
}

// recognised takes what is known of the caller's number. It arrives while the
// caller is in the menus, and changes only what is said from now on.
func (t *turn) recognised(ev call.Recognised) {
	if t.known {
		return
	}
	t.apply(call.CallerKnown{Name: ev.Name, Language: ev.Language, VIP: ev.VIP,
		LastAgent: ev.LastAgent, Callback: ev.Callback, LastOutcome: ev.LastOutcome, Broken: ev.Broken})
	if ev.Language == "" || !t.flow.offers(ev.Language) || t.language != "" {
		return
	}
	t.apply(call.LanguageChosen{Language: ev.Language, By: "remembered"})
	if t.node != nil && t.node.Kind == Language && !t.chosen && (t.doing == speaking || t.doing == listening) {
		t.stopPlaying()
		t.enter(t.node.Then)
	}
}
