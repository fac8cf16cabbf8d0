package callqueue

import (
	"slices"
	"time"

	"presszero/call"
)

// A supervisor listens to a talk, of which the caller knows nothing:
//
//	listen   hears both, is heard by nobody       the media copies the agent's leg
//	whisper  hears both, is heard by the agent    and the supervisor's voice to the agent
//	join     all three hear each other            a channel of the supervisor's own, in the caller's bridge: see join.go
//
// It is bound to this talk of this agent: it goes on through holds and gaps, is silent
// while the agent talks with a consulted party, and ends with the talk. After a restart
// it is over: the page asks anew.

// listening is a supervisor who listens to a talk. It changes only in apply, but for
// join and notice, which are not kept over a restart.
type listening struct {
	id       string
	visit    *visit
	agent    call.AgentID
	by       call.AgentID
	listener call.ListenerID
	hidden   bool // the agent is not told while it is only listened to

	began  time.Time
	mode   call.ListenMode
	turned time.Time // of mode
	spent  map[call.ListenMode]time.Duration

	join   call.ID // the call of the supervisor's channel, from when it is being made; "": there is none
	notice string  // what the page is told
}

// mostListeners bounds how many supervisors listen to one talk.
const mostListeners = 4

// applyListen changes who listens to a talk.
func (tk *talks) applyListen(v *visit, e call.Entry) {
	switch f := e.Fact.(type) {
	case call.ListenStarted:
		l := &listening{id: f.Listening, visit: v, agent: f.Agent, by: f.By, listener: f.Listener, hidden: f.Hidden,
			began: e.At, mode: f.Mode, turned: e.At, spent: map[call.ListenMode]time.Duration{}}
		v.caller.listened++
		v.listenings = append(v.listenings, l)
		tk.listens[f.Listener] = l
	case call.ListenTurned:
		if l := v.listeningOf(f.Listening); l != nil {
			l.count(e.At)
			l.mode = f.Mode
		}
	case call.ListenEnded:
		if l := v.listeningOf(f.Listening); l != nil {
			tk.unindexListening(l)
		}
	}
}

func (v *visit) listeningOf(id string) *listening {
	for _, l := range v.listenings {
		if l.id == id {
			return l
		}
	}
	return nil
}

// count adds the time in the mode up to now.
func (l *listening) count(at time.Time) {
	l.spent[l.mode] += max(at.Sub(l.turned), 0)
	l.turned = at
}

func (tk *talks) unindexListening(l *listening) {
	l.visit.listenings = slices.DeleteFunc(slices.Clone(l.visit.listenings), func(o *listening) bool { return o == l })
	if tk.listens[l.listener] == l {
		delete(tk.listens, l.listener)
	}
}

// listenerSays takes news of a listener's page.
func (tk *talks) listenerSays(s *call.Step, ev call.Event) {
	switch ev := ev.(type) {
	case call.ListenAsked:
		tk.listen(s, ev)
	case call.ListenerUp:
		tk.reached[ev.Listener] = ev.Address
		if l := tk.listens[ev.Listener]; l != nil {
			tk.orderListen(s, l)
			tk.showListening(l, "")
		}
	case call.ListenerLeft:
		if ev.Why != "failed" {
			delete(tk.reached, ev.Listener)
		}
		if l := tk.listens[ev.Listener]; l != nil {
			tk.endListening(s, l, ev.Why)
		}
	}
}

// listen: a supervisor wants to listen to a talk in this mode, or no more.
func (tk *talks) listen(s *call.Step, ev call.ListenAsked) {
	l := tk.listens[ev.Listener]
	if l != nil && (ev.Mode == "" || l.agent != ev.Agent || l.visit.caller.id != ev.Call) {
		tk.endListening(s, l, "stopped")
		l = nil
	}
	switch ev.Mode {
	case call.ListenOnly, call.ListenWhisper, call.ListenJoin:
	default:
		return
	}
	if l == nil {
		a, v := tk.talkOf(ev.Agent, ev.Call)
		if what := tk.whyNotListen(ev, a, v); what != "" {
			s.Order(call.ShowListener{Listener: ev.Listener, Listening: call.Listening{Agent: ev.Agent, Call: ev.Call, Notice: what}})
			return
		}
		tk.apply(s.State(v.caller.id, call.ListenStarted{Listening: call.ListeningID(v.caller.id, v.caller.listened+1), Visit: v.id,
			Agent: a.id, By: ev.By, Listener: ev.Listener, Mode: call.ListenOnly, Hidden: tk.machine.HideListening}))
		l = tk.listens[ev.Listener]
		tk.orderListen(s, l)
		tk.showListening(l, "")
	}
	tk.turnListener(s, l, ev.Mode, ev.Join)
}

// whyNotListen returns why the talk cannot be listened to, or "". A talk that the
// supervisor may not hear is answered as if it were not there.
func (tk *talks) whyNotListen(ev call.ListenAsked, a *agent, v *visit) string {
	switch {
	case v == nil || v.asking() != nil || !mayHear(ev.Queues, a, v):
		return "over"
	case a.id == ev.By:
		return "self"
	case len(v.listenings) >= mostListeners:
		return "many"
	}
	return ""
}

// mayHear reports whether a supervisor of these queues may hear the talk: of a queue among
// them, or of a call that an agent of theirs makes.
func mayHear(queues []string, a *agent, v *visit) bool {
	switch {
	case queues == nil:
		return true
	case v.outgoing():
		return slices.ContainsFunc(queues, a.servesQueue)
	}
	return slices.Contains(queues, v.queue)
}

// turnListener: the supervisor does it in another mode. Until all three hear each other,
// which takes a moment, it goes on as before.
func (tk *talks) turnListener(s *call.Step, l *listening, mode call.ListenMode, join call.ID) {
	switch {
	case mode != call.ListenJoin && (mode != l.mode || l.join != ""):
		tk.leaveJoin(s, l)
		tk.bookListener(s, l, mode)
		tk.orderListen(s, l)
	case mode == call.ListenJoin && l.join == "":
		if what := tk.whyNotJoin(l); what != "" {
			tk.showListening(l, what)
			return
		}
		l.join = join
		s.Order(call.Dial{Call: join, Dial: call.AskDial(join), Media: tk.reached[l.listener], Ring: connectLimit})
		s.After(connectLimit, call.Timer{Kind: joinTimer, Of: string(join)})
		tk.showListening(l, "")
	}
}

// bookListener states that the supervisor does it in another mode from now on.
func (tk *talks) bookListener(s *call.Step, l *listening, mode call.ListenMode) {
	if mode != l.mode {
		tk.apply(s.State(l.visit.caller.id, call.ListenTurned{Listening: l.id, Visit: l.visit.id, Agent: l.agent, By: l.by, Mode: mode, Join: l.join}))
	}
	tk.showListening(l, "")
}

// orderListen has the media let the supervisor hear the talk, and whisper, if that is the
// mode. While the supervisor has joined it, the media does neither.
func (tk *talks) orderListen(s *call.Step, l *listening) {
	s.Order(call.Listen{Listener: l.listener, Agent: l.agent, Leg: l.visit.leg, Whisper: l.mode == call.ListenWhisper})
}

// endListening ends it.
func (tk *talks) endListening(s *call.Step, l *listening, why string) {
	tk.leaveJoin(s, l)
	s.Order(call.StopListening{Listener: l.listener})
	c := l.visit.caller.id
	l.count(s.When(c))
	tk.apply(s.State(c, call.ListenEnded{Listening: l.id, Visit: l.visit.id, Agent: l.agent, By: l.by, Why: why,
		Listened: seconds(l.spent[call.ListenOnly]), Whispered: seconds(l.spent[call.ListenWhisper]), Joined: seconds(l.spent[call.ListenJoin])}))
	s.Order(call.ShowListener{Listener: l.listener, Listening: call.Listening{Agent: l.agent, Call: c, Notice: why}})
	if a := tk.floor.agents[l.agent]; a != nil {
		tk.floor.showPage(a)
	}
}

// endListenings ends all that is listened to of a talk, before its own end is stated.
func (tk *talks) endListenings(s *call.Step, v *visit, why string) {
	for len(v.listenings) > 0 {
		tk.endListening(s, v.listenings[0], why)
	}
}

// showListening remembers to show the pages of the listener and of the agent anew.
func (tk *talks) showListening(l *listening, notice string) {
	l.notice = notice
	if a := tk.floor.agents[l.agent]; a != nil {
		tk.floor.showPage(a)
	}
}

// showListeners shows the pages of those who listen to the agent.
func (tk *talks) showListeners(s *call.Step, a *agent) {
	if a.visit == nil {
		return
	}
	for _, l := range a.visit.listenings {
		v := l.visit
		n := call.Listening{Agent: a.id, Name: a.name, Call: v.caller.id, Caller: v.deskCard(), Queue: v.queue, Mode: l.mode, Since: l.began,
			Turned: l.turned, Joining: l.join != "" && l.mode != call.ListenJoin, Hold: v.pauses.held, Gone: !v.pauses.gap.IsZero(), Notice: l.notice}
		if k := tk.asks[v.caller.id]; k != nil && k.state == Talking {
			n.Apart = k.ticket.asks.with == call.WithOther
		}
		for _, mode := range []call.ListenMode{call.ListenOnly, call.ListenWhisper, call.ListenJoin} {
			if mode != l.mode && (mode != call.ListenJoin || !n.Joining && tk.whyNotJoin(l) == "") {
				n.Can = append(n.Can, mode)
			}
		}
		s.Order(call.ShowListener{Listener: l.listener, Listening: n})
	}
}

// deskListeners is who listens to the talk, as its agent is told.
func (v *visit) deskListeners() (all []call.DeskListener) {
	for _, l := range v.listenings {
		if !l.hidden || l.mode != call.ListenOnly {
			all = append(all, call.DeskListener{By: l.by, Mode: l.mode, Since: l.turned})
		}
	}
	return all
}

// listenersNow is the same as other supervisors are told.
func (v *visit) listenersNow() (all []call.ListenerNow) {
	for _, l := range v.listenings {
		all = append(all, call.ListenerNow{Name: l.by, Mode: l.mode})
	}
	return all
}
