package callqueue

import (
	"time"

	"presszero/call"
)

// An agent who asks for help is marked on the supervisors' floor until she needs it no
// more, or the talk in which she has asked is over.

func (fl *floor) askHelp(s *call.Step, a *agent, on bool) {
	if on != a.help.IsZero() {
		return // told twice
	}
	f := call.AgentHelp{Agent: a.id, On: on}
	if a.visit != nil {
		f.Call = a.visit.caller.id
	}
	if on {
		a.help = s.Now
	} else {
		f.Lasts = seconds(s.Now.Sub(a.help))
		a.help = time.Time{}
	}
	s.State(a.shift, f)
	fl.showPage(a)
}
