package callqueue

import (
	"time"

	"presszero/call"
)

// An agent who asks for help is marked on the supervisors' floor until she needs it no
// more, a supervisor has answered, or the talk in which she has asked is over.

func (fl *floor) askHelp(s *call.Step, a *agent, ev call.HelpAsked) {
	if ev.On != a.help.IsZero() {
		return // told twice
	}
	f := call.AgentHelp{Agent: a.id, On: ev.On, By: ev.By}
	if a.visit != nil {
		f.Call = a.visit.caller.id
	}
	if ev.On {
		a.help = s.Now
	} else {
		f.Lasts = seconds(s.Now.Sub(a.help))
		a.help = time.Time{}
	}
	if ev.By != "" {
		fl.tellOrder(a, "help", ev.By, s.Now)
	}
	s.State(a.shift, f)
	fl.showPage(a)
}
