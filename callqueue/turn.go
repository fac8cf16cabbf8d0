package callqueue

import "presszero/call"

// Of three, the agent talks with the one, the other or both: see ask.go. The voice of the
// agent is turned by TalkTo, at once; music and bridges are Asterisk's, and take a moment.

// united reports whether the caller, the agent and the other talk, all three.
func (tk *talks) united(v *visit) bool {
	k := tk.asks[v.caller.id]
	return k != nil && k.ticket.asks.with == call.WithAll
}

// turn: the agent turns to the caller, to the other, or to both.
func (tk *talks) turn(s *call.Step, ev call.Turned) {
	_, v := tk.talkOf(ev.Agent, ev.Call)
	if v == nil || !v.pauses.gap.IsZero() {
		return
	}
	switch ev.With {
	case call.WithCaller, call.WithOther, call.WithAll:
		if k := tk.asks[v.caller.id]; k != nil && k.state == Talking && (ev.With != call.WithAll || !v.isJoined()) {
			tk.turnTo(s, v, k, ev.With)
		}
	}
}

// turnTo does that. What it orders for the caller and for the other each begins with the
// end of what was before.
func (tk *talks) turnTo(s *call.Step, v, k *visit, with call.With) {
	if k.ticket.asks.with == with {
		return
	}
	tk.bookTurn(s, k, with)
	switch with {
	case call.WithCaller:
		s.Order(call.Hold{Call: k.caller.id, Class: tk.musicOf(v)})
	case call.WithOther:
		tk.beginHold(s, v) // then turnedAway
	case call.WithAll:
		s.Order(call.Unite{Call: k.caller.id, With: v.caller.id})
	}
	if with != call.WithOther {
		if v.pauses.held {
			tk.endHold(s, v)
			tk.orderUnhold(s, v)
		}
		s.Order(call.TalkTo{Agent: k.agent, Leg: v.leg, Remote: v.remote})
	}
	tk.showAsk(k)
}

// bookTurn states that the agent turns, and ends what the other was in before.
func (tk *talks) bookTurn(s *call.Step, k *visit, with call.With) {
	was := k.ticket.asks.with
	tk.apply(s.State(k.caller.id, call.OutgoingTurned{Agent: k.agent, With: with, For: k.ticket.asks.about}))
	switch was {
	case call.WithAll:
		s.Order(call.Part{Call: k.caller.id})
	case call.WithCaller:
		s.Order(call.Unhold{Call: k.caller.id})
	}
}

// turnedAway: the caller hears music. Only now does the agent speak to the other: the
// voice is turned at once, the music takes Asterisk a moment, or seconds if it cannot be
// reached, and in between the caller would hear nothing.
func (tk *talks) turnedAway(s *call.Step, v *visit) {
	if k := tk.asks[v.caller.id]; k != nil && k.state == Talking && k.ticket.asks.with == call.WithOther {
		s.Order(call.TalkTo{Agent: k.agent, Leg: k.leg, Remote: k.remote})
	}
}

// holdWhileAsking: the agent's keys for hold, while somebody is asked. They turn to the
// one or the other; while it rings, to resume is to ask no more.
func (tk *talks) holdWhileAsking(s *call.Step, v, k *visit, on bool) {
	switch {
	case k.state == Talking && on:
		tk.turnTo(s, v, k, call.WithOther)
	case k.state == Talking:
		tk.turnTo(s, v, k, call.WithCaller)
	case !on:
		tk.endAsk(s, k, ended{how: "given_up", by: call.SideAgent})
		tk.endHold(s, v)
		tk.orderUnhold(s, v)
	}
}

// notUnited: the switch cannot let all three talk. The agent is with the other again.
func (tk *talks) notUnited(s *call.Step, k *visit) {
	if v := tk.talkAbout(k); v != nil && k.ticket.asks.with == call.WithAll {
		tk.turnTo(s, v, k, call.WithOther)
		if !v.pauses.gap.IsZero() {
			tk.holdOther(s, v)
		}
		tk.tell(s, v, "ask_failed", "")
	}
}

// otherNotHeld: the switch cannot let the other hear music.
func (tk *talks) otherNotHeld(s *call.Step, k *visit) {
	v := tk.talkAbout(k)
	switch {
	case !v.pauses.gap.IsZero():
		tk.otherGone(s, k, ended{how: "failed", by: call.SideSystem, why: "hold_failed"})
	case k.ticket.asks.with == call.WithCaller:
		tk.turnTo(s, v, k, call.WithOther)
		tk.tell(s, v, "hold_failed", "")
	}
}

// holdOther has the consulted party hear music while the agent is away.
func (tk *talks) holdOther(s *call.Step, v *visit) {
	if k := tk.asks[v.caller.id]; k != nil && k.state == Talking {
		s.Order(call.Hold{Call: k.caller.id, Class: tk.musicOf(v)})
	}
}

// unholdOther ends that, if the agent was with the other.
func (tk *talks) unholdOther(s *call.Step, v *visit) {
	if k := tk.asks[v.caller.id]; k != nil && k.state == Talking && k.ticket.asks.with != call.WithCaller {
		s.Order(call.Unhold{Call: k.caller.id})
	}
}

// resumeAsk orders anew, after a restart, what the consulted party is to hear.
func (tk *talks) resumeAsk(s *call.Step, v, k *visit) {
	switch with := k.ticket.asks.with; {
	case with == call.WithAll:
		s.Order(call.Unite{Call: k.caller.id, With: v.caller.id})
	case with == call.WithCaller || !v.pauses.gap.IsZero():
		s.Order(call.Hold{Call: k.caller.id, Class: tk.musicOf(v)})
	default:
		s.Order(call.Unhold{Call: k.caller.id})
	}
}
