package ivr

import "presszero/call"

// An agent may have the caller go through nodes of the flow during their talk, to type
// something that she is not to hear (callqueue, step.go). All is as in the menus, but that
// every way that would lead on to somebody, or end the call, leads back to the agent.

// leadsBack reports whether a step during a talk ends at the node.
func (n *Node) leadsBack() bool {
	switch n.Kind {
	case Wait, Complaint, Callback, Mailbox, Transfer, End:
		return true
	}
	return false
}

// beginStep leads the caller to the node of a step. The queue may have been changed since
// the call began, so its node may be in the newest flow only.
func (t *turn) beginStep(name string) {
	if t.flow.Nodes[name] == nil && t.machine.now.flow.Nodes[name] != nil {
		t.edition = t.machine.now
	}
	t.ahead = ""
	t.taken = map[string]int{} // another card may be typed, and as often
	t.enter(name)
}

// endStep leads the caller back to the agent.
func (t *turn) endStep(why string) {
	f := call.BridgeStepOver{Visit: t.step.Visit, Agent: t.step.Agent, Why: why}
	t.dropStep()
	t.apply(f)
}

// dropStep stops what the caller hears of a step that is over. What was typed is forgotten.
func (t *turn) dropStep() {
	t.endDiscreet()
	t.stopPlaying()
	t.typed, t.ahead, t.task, t.answer, t.explaining = "", "", "", nil, false
	t.values = map[string]string{}
}
