package callqueue

import (
	"slices"

	"presszero/call"
)

// A supervisor who listens joins the talk: the media process is called at the supervisor's
// seat, as at a colleague's who is asked, and that channel is moved into the bridge of
// caller and agent. It is in no book of its own: see listening.

// whyNotJoin returns why the supervisor cannot join the talk, or "". There are three in it
// at most.
func (tk *talks) whyNotJoin(l *listening) string {
	switch {
	case tk.reached[l.listener] == "":
		return "no_audio"
	case tk.united(l.visit) || l.visit.isJoined():
		return "three"
	}
	return ""
}

// isJoined reports whether a supervisor has joined the talk, or is about to.
func (v *visit) isJoined() bool {
	return slices.ContainsFunc(v.listenings, func(l *listening) bool { return l.join != "" })
}

// joinOf returns who joins a talk, or is about to, by the channel that the event is about,
// or nil.
func (tk *talks) joinOf(ev call.Event) *listening {
	if len(tk.listens) == 0 {
		return nil
	}
	id := call.CallOf(ev)
	if t, is := ev.(call.TimerFired); is {
		id = call.ID(t.Timer.Of)
	}
	for _, l := range tk.listens {
		if l.join == id && id != "" {
			return l
		}
	}
	return nil
}

// joinSays takes news of the channel by which a supervisor joins a talk.
func (tk *talks) joinSays(s *call.Step, l *listening, ev call.Event) {
	joined := l.mode == call.ListenJoin
	switch ev.(type) {
	case call.DialAnswered:
		if !joined {
			tk.bookListener(s, l, call.ListenJoin)
			s.Order(call.TalkTo{Agent: call.AgentID(l.listener), Leg: call.AskDial(l.join)})
			s.Order(call.Unite{Call: l.join, With: l.visit.caller.id})
		}
	case call.DialFailed, call.HungUp:
		s.Order(call.Hush{Agent: call.AgentID(l.listener), Leg: call.AskDial(l.join)})
		l.join = ""
		tk.joinFailed(s, l)
	case call.Failed:
		tk.joinFailed(s, l)
	case call.TimerFired:
		if !joined {
			tk.joinFailed(s, l)
		}
	}
}

// joinFailed: the supervisor cannot join the talk, or is not in it any more, and listens
// to it.
func (tk *talks) joinFailed(s *call.Step, l *listening) {
	tk.leaveJoin(s, l)
	if l.mode == call.ListenJoin {
		tk.bookListener(s, l, call.ListenOnly)
		tk.orderListen(s, l)
	}
	tk.showListening(l, "join_failed")
}

// leaveJoin takes the supervisor's channel away, if there is one.
func (tk *talks) leaveJoin(s *call.Step, l *listening) {
	if l.join == "" {
		return
	}
	s.Order(call.Hush{Agent: call.AgentID(l.listener), Leg: call.AskDial(l.join)})
	s.Order(call.HangUp{Call: l.join})
	l.join = ""
}
