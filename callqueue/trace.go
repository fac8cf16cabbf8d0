package callqueue

import (
	"time"

	"presszero/call"
)

// traced bounds how many agents an offer's trace names.
const traced = 8

// trace says why this agent is offered this visit, and who else was looked at.
// It is made before the offer, while all still are what they were.
func (tk *talks) trace(f *call.OfferStarted, v *visit, free []*agent, now time.Time) {
	l := v.group.line
	switch {
	case free[0].id == v.sticky:
		f.Reason = "sticky"
	case len(free) == 1:
		f.Reason = "only_one"
	default:
		f.Reason = string(l.Strategy)
	}
	for _, a := range free[:min(len(free), traced)] {
		f.Candidates = append(f.Candidates, call.Candidate{Agent: a.id, Idle: seconds(now.Sub(a.idle))})
	}
	tk.passed(f, v, now)
	if _, f.Over, _ = l.open.ahead(v); f.Over > 0 {
		l.open.each(func(w *visit) bool {
			if w.state == Waiting {
				f.OverWhy = tk.why(w, free[0], now)
				return false
			}
			return true
		})
	}
}

// passed lists who serves the queue and could not be asked.
func (tk *talks) passed(f *call.OfferStarted, v *visit, now time.Time) {
	for _, p := range v.group.line.profiles {
		for i, a := range p.members {
			if len(f.Passed) == traced {
				f.PassedMore += len(p.members) - i
				break
			}
			if why := tk.unable(v, a, now); why != "" {
				f.Passed = append(f.Passed, call.Passed{Agent: a.id, Why: why})
			}
		}
	}
}

// unable returns why an agent of the queue cannot be asked, "" if she can.
func (tk *talks) unable(v *visit, a *agent, now time.Time) string {
	switch {
	case a.state != call.Idle:
		return string(a.state)
	case a.presence != call.Available:
		return string(a.presence)
	case a.address == "":
		return "no_audio"
	case !a.profile.serves(v.group):
		return "skill"
	case !tk.queues.may(v, a, now):
		return tk.mayNot(v, a, now)
	}
	return ""
}

// why returns why the agent does not get w, who stands before the one she gets.
func (tk *talks) why(w *visit, a *agent, now time.Time) string {
	switch {
	case !a.profile.serves(w.group):
		return "skill"
	case !tk.queues.may(w, a, now):
		return tk.mayNot(w, a, now)
	}
	return "head_start"
}

// mayNot returns why the agent may not have the visit: see may.
func (tk *talks) mayNot(v *visit, a *agent, now time.Time) string {
	switch {
	case v.hasTried(a.id):
		return "tried"
	case !v.onPhone() && tk.dialer.mayDialFrom(a, now).After(now):
		return "limit"
	}
	return "kept"
}
