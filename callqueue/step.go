package callqueue

import "presszero/call"

// An agent has the caller type what neither she nor the recording is to hear, as the number
// of a card: the caller goes through nodes of the flow and comes back to her. Leg and bridge
// stay, as in a hold, in which it passes:
//
//	Talking ──StepAsked──> on hold, in the menus ──way's end, 0, given up──> Talking
//	                            ├──the agent takes the caller back────────> Talking
//	                            └──the talk ends in any way───────────────> as ever
//
// The menus decide what the caller hears, and hear the keys.

// mayStep reports whether the caller of the talk may be sent to the node of its queue. A
// caller whom we have called is not in the menus.
func (tk *talks) mayStep(v *visit) bool {
	return v.state == Talking && v.ticket == nil && v.caller.ticket == nil && v.step == nil && v.pauses.gap.IsZero() &&
		tk.asks[v.caller.id] == nil && !v.isJoined() && tk.queues.lineNamed(v.queue).Step != ""
}

// sendToStep sends the caller there.
func (tk *talks) sendToStep(s *call.Step, ev call.StepAsked) {
	a, v := tk.talkOf(ev.Agent, ev.Call)
	if v == nil || !tk.mayStep(v) {
		return
	}
	tk.announcer.stopSpeech(s, v)
	held := v.pauses.held
	if !held {
		tk.beginHold(s, v)
	}
	tk.apply(s.State(v.caller.id, call.BridgeStep{Visit: v.id, Agent: a.id, Node: tk.queues.lineNamed(v.queue).Step, Held: held}))
	tk.floor.showPage(a)
}

// takeBack: the agent does not wait for the end of the step.
func (tk *talks) takeBack(s *call.Step, v *visit, why string) {
	tk.apply(s.State(v.caller.id, call.BridgeStepOver{Visit: v.id, Agent: v.agent, Why: why}))
}

// stepOver: the caller comes back from the menus. Who was on hold before still is.
func (tk *talks) stepOver(s *call.Step, v *visit, f call.BridgeStepOver) {
	if v.state != Talking || f.Visit != v.id {
		return
	}
	switch {
	case v.stepped.held:
		tk.orderHold(s, v)
		tk.watchHold(s, v)
	case v.pauses.held:
		tk.endHold(s, v)
		if v.pauses.gap.IsZero() {
			tk.orderUnhold(s, v)
		} else {
			tk.waitForAgent(s, v)
		}
	}
	if a := tk.floor.agents[v.agent]; a != nil {
		tk.floor.showPage(a)
	}
}

// step is a caller's way through the menus during a talk.
type step struct {
	held bool   // the caller was on hold before
	why  string // how it ended; "": it has not
}

// applyStep changes what the visit knows of it.
func (v *visit) applyStep(e call.Entry) {
	switch f := e.Fact.(type) {
	case call.BridgeStep:
		v.step = &step{held: f.Held}
	case call.BridgeStepOver:
		if v.step != nil {
			v.stepped = step{v.step.held, f.Why}
		}
		v.step = nil
	}
}
