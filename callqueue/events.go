package callqueue

import "presszero/call"

// Heard takes callers from the menus.
func (m *Machine) Heard(s *call.Step, e call.Entry) {
	m.callbacks.resumeAfterRestart(s)
	var held call.ID
	if c := m.callers[e.Call]; c != nil {
		held = c.holds
	}
	m.apply(e)
	if _, known := e.Fact.(call.CallerKnown); known {
		m.floor.showAnew(e.Call)
		if c := m.callers[e.Call]; c != nil && c.visit != nil {
			m.queues.makeUp(s, c.visit)
		}
	}
	m.heardDirective(s, e)
	if _, over := e.Fact.(call.CallEnded); over && held != "" {
		m.callbacks.releaseTicket(s, held, e.Call)
	}
	if f, ok := e.Fact.(call.MenuLeft); ok {
		if c := m.callers[e.Call]; c != nil && c.visit == nil {
			m.queues.enterFromMenu(s, c, f)
		}
	}
	if f, over := e.Fact.(call.BridgeStepOver); over {
		if c := m.callers[e.Call]; c != nil && c.visit != nil {
			m.talks.stepOver(s, c.visit, f)
		}
	}
	m.finish(s)
}

// decide takes an event to the part that it is about, and ends the step.
func (m *Machine) decide(s *call.Step, ev call.Event) {
	m.callbacks.resumeAfterRestart(s)
	if l := m.talks.joinOf(ev); l != nil {
		m.talks.joinSays(s, l, ev)
		m.finish(s)
		return
	}
	switch ev := ev.(type) {
	case call.ListenAsked, call.ListenerUp, call.ListenerLeft:
		m.talks.listenerSays(s, ev)
	case call.HungUp:
		m.callerHungUp(s, ev)
	case call.Resumed:
		m.callResumed(s, ev)
	case call.LegMade, call.Bridged, call.LegEnded, call.OnHold, call.Failed:
		m.talks.legEvent(s, ev)
	case call.TransferAnswered, call.TransferEnded:
		if c := m.callers[call.CallOf(ev)]; c != nil {
			m.talks.handedOn(s, c, ev)
		}
		m.talks.outsideSays(s, ev)
	case call.PlayEnded:
		m.announcer.playEnded(s, ev)
	case call.DigitPressed:
		m.announcer.digitPressed(s, ev)
	case call.TimerFired:
		m.timerFired(s, ev.Timer)
	case call.SignedIn:
		m.floor.signIn(s, ev)
	case call.Assigned:
		m.floor.reassign(s, ev)
	case call.DialRinging, call.DialAnswered, call.DialFailed, call.CallbackCancelled:
		m.dialer.dialSays(s, ev)
	case call.Carried:
		if m.callers[ev.Call] != nil {
			m.apply(s.State(ev.Call, call.TrunkUsed{Dial: ev.Dial, Trunk: ev.Trunk, Shown: ev.Shown, How: ev.How, SIP: ev.SIP}))
		}
	case call.WaitPlaced:
		m.queues.place(s, ev)
	case call.WaitMoved:
		m.queues.move(s, ev)
	case call.CallbackOrdered:
		m.callbacks.orderCallback(s, ev)
	case call.Learned:
		m.queues.learnFromReports(ev)
	default:
		m.floor.agentSays(s, ev)
	}
	m.finish(s)
}

// finish makes the offers that are possible, looks after the visits that go on waiting, and shows
// the pages that changed.
func (m *Machine) finish(s *call.Step) {
	m.queues.match(s)
	s.About("")
	m.queues.lookAfter(s)
	m.callbacks.predial(s)
	s.About("")
	m.floor.showPages(s)
}

// callerHungUp: the caller is gone, at whatever moment. The agent, if any, is told
// and free at once, and is not charged for it.
func (m *Machine) callerHungUp(s *call.Step, ev call.HungUp) {
	c := m.callers[ev.Call]
	if c == nil {
		return
	}
	m.talks.hushLeaving(s, c)
	m.announcer.dropNotice(s, c, false)
	if c.outside != nil {
		m.talks.endOutside(s, c, "caller_left")
	}
	if c.ticket != nil {
		m.callbacks.customerGone(s, c, ev)
		return
	}
	defer m.callbacks.releaseTicket(s, c.holds, c.id) // before another is served
	if c.visit != nil {
		m.talks.lostCaller(s, c.visit, ev)
	} else if c.promised != "" {
		m.callbacks.putDown(s, c)
	}
}

// callResumed: we have been away, and the switch still has the caller. Agents and
// their offers did not outlive us, but music, place and key did.
func (m *Machine) callResumed(s *call.Step, ev call.Resumed) {
	c := m.callers[ev.Call]
	if c == nil {
		return
	}
	v := c.visit
	if v != nil {
		m.talks.endListenings(s, v, "restart")
	}
	if c.outside != nil {
		m.talks.outsideAfterRestart(s, c)
		return
	}
	if c.ticket != nil {
		c.ticket.resumed = true
		if v == nil || !c.ticket.up { // a talk that is over, a machine that talks on
			s.Order(call.HangUp{Call: c.id})
			return
		}
	}
	if v == nil {
		m.announcer.farewellAgain(s, c)
		return
	}
	switch v.state {
	case Waiting:
		s.Order(call.Music{Call: c.id, Class: m.queues.lineNamed(v.queue).Music})
		m.queues.setVisitTimers(s, v)
	case Offered:
		m.talks.endOffer(s, v, "cancelled", "restart")
		s.Order(call.Music{Call: c.id, Class: m.queues.lineNamed(v.queue).Music})
		m.queues.setVisitTimers(s, v)
	case Connecting:
		m.talks.failBridge(s, v, "restart")
		m.queues.setVisitTimers(s, v)
	case Talking:
		if ev.Leg == "" || ev.Leg != v.leg {
			m.talks.breakOff(s, v, call.SideSystem, "restart")
			return
		}
		m.talks.resumePauses(s, v)
		s.After(returnLimit, v.timer(returnTimer))
	}
}

// agentSays takes what an agent does, if she is signed in.
func (fl *floor) agentSays(s *call.Step, ev call.Event) {
	switch ev := ev.(type) {
	case call.Accepted:
		fl.talks.acceptOffer(s, ev)
	case call.Declined:
		if a, v := fl.talks.agentWithOffer(ev.Agent, ev.Offer, call.Ringing); v != nil {
			fl.talks.unanswered(s, a, "declined", call.ReasonDeclined)
		}
	case call.Chose:
		fl.choosePresence(s, fl.agents[ev.Agent], ev)
	case call.GaveUp:
		if a, v := fl.talks.agentWithOffer(ev.Agent, ev.Offer, call.Connecting); v != nil && v.state == Dialing && !v.isAsked(a) {
			fl.dialer.giveUp(s, v)
		}
	case call.Dialed:
		if a := fl.agents[ev.Agent]; a != nil {
			fl.dialer.dialOutgoing(s, a, ev)
		}
	case call.AgentHungUp:
		if a := fl.agents[ev.Agent]; a != nil {
			fl.talks.agentHungUp(s, a, ev.Call)
		}
	case call.StepAsked:
		fl.talks.sendToStep(s, ev)
	case call.Held:
		fl.talks.holdOrResume(s, ev)
	case call.Keyed:
		fl.talks.pressKeys(s, ev)
	case call.HandedOver:
		fl.talks.handOver(s, ev)
	case call.PutBack:
		fl.talks.putBack(s, ev)
	case call.Asked:
		fl.talks.ask(s, ev)
	case call.AskCancelled:
		fl.talks.cancelAsk(s, ev)
	case call.Turned:
		fl.talks.turn(s, ev)
	case call.HelpAsked:
		if a := fl.agents[ev.Agent]; a != nil {
			fl.askHelp(s, a, ev)
		}
	case call.Wrapped:
		if a := fl.agents[ev.Agent]; a != nil && a.state == call.WrapUp {
			fl.changeState(s, a, call.Idle)
		}
	case call.Disposed, call.Complained, call.MoreTime:
		fl.writes(s, ev)
	case call.QualityMeasured:
		fl.bookQuality(s, ev)
	case call.MediaUp:
		if a := fl.agents[ev.Agent]; a != nil {
			fl.mediaUp(s, a, ev)
		}
	case call.MediaDown:
		if a := fl.agents[ev.Agent]; a != nil {
			fl.mediaDown(s, a)
		}
	case call.Left:
		if a := fl.agents[ev.Agent]; a != nil && ev.Lost {
			fl.pageGone(s, a)
		} else if a != nil {
			fl.signOut(s, a)
		}
		if fl.agents[ev.Agent] == nil {
			fl.gone(s, ev.Agent, !ev.Lost)
		}
	}
}

// legEvent takes news of the audio between a caller and an agent. News of a leg
// that is no longer theirs is old and is passed over.
func (tk *talks) legEvent(s *call.Step, ev call.Event) {
	c := tk.callers[call.CallOf(ev)]
	if c == nil {
		return
	}
	if ev, is := ev.(call.Failed); is && ev.Command == call.NameOf(call.Promise{}) {
		tk.announcer.notPromised(s, c)
		return
	}
	tk.handedOn(s, c, ev)
	v := c.visit
	if ev, is := ev.(call.Failed); is && tk.otherOrderFailed(s, c, ev) || v == nil {
		return
	}
	switch ev := ev.(type) {
	case call.OnHold:
		tk.turnedAway(s, v)
	case call.LegMade:
		if v.leg == ev.Leg && (v.state == Connecting || v.state == Dialing && v.agent != "") {
			v.hears, v.remote = v.state == Dialing, ev.Remote
			s.Order(call.TalkTo{Agent: v.agent, Leg: v.leg, Remote: ev.Remote})
		}
	case call.Bridged:
		if v.leg == ev.Leg && v.state == Connecting {
			tk.recordBridge(s, v)
		}
	case call.LegEnded:
		if v.leg == ev.Leg && (v.state == Connecting || v.state == Talking) {
			tk.legEnded(s, v)
		}
	case call.Failed:
		if v.leg == ev.Leg && v.state == Connecting {
			tk.connectFailed(s, v, ev.Why)
		}
	}
}

// dialSays takes news of a call that we make. News of an earlier one is passed
// over.
func (dl *dialer) dialSays(s *call.Step, ev call.Event) {
	c := dl.callers[call.CallOf(ev)]
	if c == nil || c.ticket == nil || c.visit == nil {
		return
	}
	t, v := c.ticket, c.visit
	switch ev := ev.(type) {
	case call.DialRinging:
		if ev.Dial == t.dial {
			t.rung = true
			dl.carrier.callCarried()
		}
	case call.DialAnswered:
		if ev.Dial == t.dial && v.state == Dialing && !t.greeted {
			t.rung = true
			dl.carrier.callCarried()
			dl.callAnswered(s, v, ev.By)
		}
	case call.DialFailed:
		if ev.Dial == t.dial && v.state == Dialing {
			if ev.Why == "busy" || ev.Why == "declined" || ev.Why == "invalid" {
				dl.carrier.callCarried()
			}
			dl.talks.freeAgent(s, v, ev.Why)
			dl.endAttempt(s, v, ev.Why, "")
		}
	case call.CallbackCancelled:
		if !t.up && !t.out {
			dl.callbacks.closeTicket(s, c, "cancelled", ev.By)
		}
	}
}

// timerFired finds what a timer was set for. One that is about something that has
// moved on meanwhile is passed over.
func (m *Machine) timerFired(s *call.Step, t call.Timer) {
	switch t.Kind {
	case ringTimer:
		if v := m.talks.byOffer[t.Of]; v != nil && v.state == Offered {
			m.talks.unanswered(s, m.floor.agents[v.agent], "no_answer", call.ReasonNoAnswer)
		}
	case connectTimer:
		if v := m.talks.byOffer[t.Of]; v != nil && v.state == Connecting {
			m.talks.connectFailed(s, v, "timeout")
		}
	case wrapUpTimer:
		if a := m.floor.agents[call.AgentID(t.Of)]; a != nil && a.gen == t.Gen && a.state == call.WrapUp {
			m.floor.changeState(s, a, call.Idle)
		}
	case mediaTimer:
		if a := m.floor.agents[call.AgentID(t.Of)]; a != nil && a.gen == t.Gen {
			m.floor.mediaLost(s, a)
		}
	case pageTimer:
		if a := m.floor.agents[call.AgentID(t.Of)]; a != nil && a.pageless && a.pages == t.Gen && a.state != call.Talking {
			m.floor.signOut(s, a)
		}
	case mayDialTimer:
		if a := m.floor.agents[call.AgentID(t.Of)]; a != nil {
			m.floor.updateLists(a) // the agent may be offered callbacks again
		}
	case unstaffedTimer:
		m.queues.stillUnstaffed(s, m.queues.groups[t.Gen])
	default:
		if c := m.callers[call.ID(t.Of)]; c != nil {
			m.callerTimer(s, c, t)
		}
	}
}

// callerTimer: what is about a caller's visit carries the visit's number.
func (m *Machine) callerTimer(s *call.Step, c *caller, t call.Timer) {
	switch t.Kind {
	case dueTimer, expireTimer, dialTimer, confirmTimer, momentTimer, goneTimer:
		m.callbacks.ticketTimer(s, c, t)
		return
	case speechTimer:
		if v := c.visit; v != nil && v.sayings == t.Gen && v.play != "" {
			s.Order(call.StopPlay{Call: c.id, Play: v.play}) // should it go on all the same
			m.announcer.playEnded(s, call.PlayEnded{Call: c.id, Play: v.play})
		}
		return
	case farewellTimer:
		m.announcer.farewellOver(s, c)
		return
	case noticeTimer:
		if n := c.notice; n != nil && t.Gen == 2*c.notices()+map[bool]int{true: 1}[n.play == ""] {
			m.announcer.noticeTimer(s, c)
		}
		return
	case dialogTimer:
		m.announcer.dialogTimer(s, c, t)
		return
	case outsideTimer:
		m.talks.outsideSilent(s, c, t)
		return
	case askTimer:
		if b := m.talks.ringsFor(c.visit); b != nil {
			m.talks.unanswered(s, b, "no_answer", call.ReasonNoAnswer)
		}
		return
	}
	v := c.visit
	if v == nil || c.visits != t.Gen {
		return
	}
	switch t.Kind {
	case holdTimer:
		m.talks.longOnHold(s, v)
	case gapTimer:
		m.talks.gapOver(s, v)
	case returnTimer:
		m.talks.notReturned(s, c)
	case keptTimer:
		m.queues.markUnmatched(v) // others may have it from now on
	case widenTimer:
		m.queues.widen(s, v)
	case speakTimer:
		m.announcer.speakNow(s, v)
	case spillTimer, maxWaitTimer:
		m.queues.waitedLong(s, v, t.Kind)
	case p99Timer:
		m.queues.beyondP99(s, v)
	}
}
