package callqueue

import (
	"time"

	"presszero/call"
)

// traced bounds how many agents an offer's trace names.
const traced = 8

// traceOffer says why this agent is offered this visit, and which others were looked at.
// It is made before the offer, while all still are what they were.
func (tk *talks) traceOffer(f *call.OfferStarted, v *visit, free []*agent, now time.Time) {
	l := v.group.line
	switch {
	case free[0].id == v.meant:
		f.Reason = "handed"
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
	tk.listPassed(f, v, now)
	if _, f.Over, _ = l.open.countAhead(v); f.Over > 0 {
		l.open.eachOpen(func(w *visit) bool {
			if w.state == Waiting {
				f.OverWhy = tk.whyPassed(w, free[0], now)
				return false
			}
			return true
		})
	}
}

// listPassed lists the agents who serve the queue and could not be asked.
func (tk *talks) listPassed(f *call.OfferStarted, v *visit, now time.Time) {
	for _, p := range v.group.line.profiles {
		for i, a := range p.members {
			if len(f.Passed) == traced {
				f.PassedMore += len(p.members) - i
				break
			}
			if why := tk.whyUnable(v, a, now); why != "" {
				f.Passed = append(f.Passed, call.Passed{Agent: a.id, Why: why})
			}
		}
	}
}

// whyUnable returns why an agent of the queue cannot be asked, "" if she can.
func (tk *talks) whyUnable(v *visit, a *agent, now time.Time) string {
	switch {
	case a.state != call.Idle:
		return string(a.state)
	case a.presence != call.Available:
		return string(a.presence)
	case a.address == "":
		return "no_audio"
	case !a.profile.serves(v.group):
		return "skill"
	case !tk.queues.mayServe(v, a, now):
		return tk.mayNot(v, a, now)
	}
	return ""
}

// whyPassed returns why the agent does not get w, which stands before the visit she gets.
func (tk *talks) whyPassed(w *visit, a *agent, now time.Time) string {
	switch {
	case !a.profile.serves(w.group):
		return "skill"
	case !tk.queues.mayServe(w, a, now):
		return tk.mayNot(w, a, now)
	}
	return "head_start"
}

// mayNot returns why the agent may not have the visit: see mayServe.
func (tk *talks) mayNot(v *visit, a *agent, now time.Time) string {
	switch {
	case v.hasTried(a.id):
		return "tried"
	case !v.onPhone() && tk.dialer.mayDialFrom(a, now).After(now):
		return "limit"
	}
	return "kept"
}

// mayServe reports whether the agent, who serves the visit's group, may have it:
// the visit is not kept for another agent; if it is a callback, the agent may
// make a call now; and the agent has not missed the visit before, unless no
// other agent is left to try.
func (qs *queues) mayServe(v *visit, a *agent, now time.Time) bool {
	if !v.onPhone() && qs.dialer.mayDialFrom(a, now).After(now) {
		return false // serveFreed has set a timer
	}
	if v.sticky != "" && v.sticky != a.id && now.Before(v.reserved) {
		return false
	}
	return len(v.tried) == 0 || !v.hasTried(a.id) || !qs.hasUntriedAgent(v)
}

// hasUntriedAgent reports whether an agent is at work who serves the visit and has not
// been tried for it. Without one, the agents who were tried are asked again.
func (qs *queues) hasUntriedAgent(v *visit) bool {
	for _, p := range v.group.profiles {
		for _, a := range p.members {
			if a.atWork() && !v.hasTried(a.id) {
				return true
			}
		}
	}
	return false
}
