package callqueue

import "presszero/call"

// The timers of the line, and what each is about. See call.Timer for when an old
// one is passed over.
const (
	ringTimer     call.TimerKind = "ring"     // an offer: the agent has not answered in time
	connectTimer  call.TimerKind = "connect"  // an offer: its audio could not be joined in time
	wrapUpTimer   call.TimerKind = "wrap_up"  // an agent: after-call work ends
	mediaTimer    call.TimerKind = "media"    // an agent: the audio path that broke during a talk has not come back
	mayDialTimer  call.TimerKind = "may_dial" // an agent: the limit on calls by this agent allows one more
	aloneTimer    call.TimerKind = "alone"    // a queue; Gen is the number of the group that nobody at work serves
	dueTimer      call.TimerKind = "due"      // a callback: it is in line again
	expireTimer   call.TimerKind = "expire"   // a callback: its time is over
	dialTimer     call.TimerKind = "dial"     // a call that we make: nothing was told of it in time
	confirmTimer  call.TimerKind = "confirm"  // a callback: the customer has not pressed 1
	momentTimer   call.TimerKind = "moment"   // a callback: the customer has pressed 1 and still waits for an agent
	goneTimer     call.TimerKind = "gone"     // a callback or an outgoing call whose channel is gone after a restart
	speechTimer   call.TimerKind = "speech"   // a playback to a caller in line that never told its end
	farewellTimer call.TimerKind = "farewell" // a caller: the last words are over
	dialogTimer   call.TimerKind = "dialog"   // a caller who was asked and has not pressed a key
	returnTimer   call.TimerKind = "return"   // a caller whose agent has not come back
	keptTimer     call.TimerKind = "kept"     // a visit that was kept for one agent
	widenTimer    call.TimerKind = "widen"    // a visit: the skill asked for is relaxed
	speakTimer    call.TimerKind = "speak"    // a visit: the wait is announced
	spillTimer    call.TimerKind = "spill"    // a visit that may go to another queue
	p99Timer      call.TimerKind = "p99"      // a visit longer than 99 of 100
	maxWaitTimer  call.TimerKind = tooLong    // a visit that has waited as long as the queue lets one
)

// timer finds what a timer was set for. One that is about something that has
// moved on meanwhile is passed over.
func (m *Machine) timer(s *call.Step, t call.Timer) {
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
			m.floor.become(s, a, call.Idle)
		}
	case mediaTimer:
		if a := m.floor.agents[call.AgentID(t.Of)]; a != nil && a.gen == t.Gen {
			m.floor.mediaLost(s, a)
		}
	case mayDialTimer:
		if a := m.floor.agents[call.AgentID(t.Of)]; a != nil {
			m.floor.changed(a) // the agent may be offered callbacks again
		}
	case aloneTimer:
		m.queues.alone(s, m.queues.groups[t.Gen])
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
			m.announcer.said(s, call.PlayEnded{Call: c.id, Play: v.play})
		}
		return
	case farewellTimer:
		m.announcer.farewellOver(s, c)
		return
	case dialogTimer:
		m.announcer.dialogTimer(s, c, t)
		return
	}
	v := c.visit
	if v == nil || c.visits != t.Gen {
		return
	}
	switch t.Kind {
	case returnTimer:
		m.talks.notReturned(s, c)
	case keptTimer:
		m.queues.look(v) // others may have it from now on
	case widenTimer:
		m.queues.widen(s, v)
	case speakTimer:
		m.announcer.speak(s, v)
	case spillTimer, maxWaitTimer:
		m.queues.waitedLong(s, v, t.Kind)
	case p99Timer:
		m.queues.beyondP99(s, v)
	}
}
