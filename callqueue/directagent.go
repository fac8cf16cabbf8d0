package callqueue

import (
	"time"

	"presszero/call"
)

// What supervisors order about agents: one is away, is signed out after her talk, or
// serves other queues today. None of it ends a talk or an offer that has been taken.

// directed is what holds of an agent, also while she is not signed in.
type directed struct{ away, leaving, today *standing }

// directedTo returns what holds of an agent.
func (fl *floor) directedTo(id call.AgentID) *directed {
	d := fl.directed[id]
	if d == nil {
		d = &directed{}
		fl.directed[id] = d
	}
	return d
}

// by is who has ordered it, "" where nothing holds.
func (st *standing) by() string {
	if st == nil {
		return ""
	}
	return st.By
}

// directAgent does what a supervisor has ordered about an agent who is signed in.
func (fl *floor) directAgent(s *call.Step, a *agent, d call.Directive) {
	fl.tellOrder(a, string(d.What), d.By, s.Now)
	switch d.What {
	case call.AwayDirective:
		if a.state == call.Ringing && !a.visit.isAsked(a) { // the caller goes to the next agent, at the same place
			fl.talks.endOffer(s, a.visit, "cancelled", "set_away")
			a.presence, a.reason = call.Away, d.Reason
			fl.changeState(s, a, call.Idle)
			return
		}
		fl.setPresence(s, a, call.Away, d.Reason)
	case call.LeavingDirective:
		fl.updateLists(a)
		fl.leaveIfFree(s, a)
	case call.TodayDirective:
		fl.assignWork(s, a)
	}
}

// undirectAgent does what follows when such an order holds no more.
func (fl *floor) undirectAgent(s *call.Step, a *agent, f call.DirectiveEnded) {
	switch {
	case f.How == "replaced": // the next one follows at once
		return
	case f.How == "lifted":
		fl.tellOrder(a, string(f.What)+"_over", f.By, s.Now)
	}
	switch f.What {
	case call.AwayDirective:
		if f.How == "lifted" {
			fl.setPresence(s, a, call.Available, "")
		}
	case call.TodayDirective:
		fl.assignWork(s, a)
	}
	fl.updateLists(a)
}

// tellOrder tells the agent what a supervisor has ordered.
func (fl *floor) tellOrder(a *agent, what, by string, at time.Time) {
	a.notice = &call.DeskNotice{What: "order_" + what, At: at, By: call.AgentID(by)}
	fl.showPage(a)
}

// leaveIfFree signs an agent out who is to leave, and has nothing to do any more.
func (fl *floor) leaveIfFree(s *call.Step, a *agent) {
	if st := fl.directedTo(a.id).leaving; st != nil && a.state == call.Idle {
		s.Order(call.SignOut{Agent: a.id, By: st.By})
	}
}

// assignWork has her serve what she is set up for, or what a supervisor has given her
// for today.
func (fl *floor) assignWork(s *call.Step, a *agent) {
	w := fl.workOf(a.own)
	p := fl.profileFor(w.Queues, w.Skills, w.Head)
	if p == a.profile {
		return
	}
	if a.listed {
		a.profile.removeReady(a)
		a.listed = false
	}
	if a.counted {
		fl.setAtWork(a, false)
	}
	fl.leaveProfile(a)
	a.profile, a.told = p, w.Queues
	p.members = append(p.members, a)
	f := call.AgentAssigned{Agent: a.id, Queues: w.Queues, Skills: w.Skills}
	for queue, d := range w.Head {
		if f.Head == nil {
			f.Head = map[string]float64{}
		}
		f.Head[queue] = seconds(d)
	}
	s.State(a.shift, f)
	fl.updateLists(a)
}

// workOf is what an agent serves and can do who is set up like that.
func (fl *floor) workOf(own call.Assigned) call.Assigned {
	if d := fl.directedTo(own.Agent).today; d != nil {
		own.Queues, own.Skills = d.Queues, d.Skills
	}
	return own
}

// chosen ends what a supervisor has ordered about an agent's presence: she has chosen
// otherwise.
func (fl *floor) chosen(s *call.Step, id call.AgentID) {
	if st := fl.directedTo(id).away; st != nil {
		fl.apply(s.State(st.id, st.Ended("chosen", "")))
	}
}

// gone ends what holds of an agent until she is gone. choice: she has signed out; a
// page that was lost may come back, and is away still.
func (fl *floor) gone(s *call.Step, id call.AgentID, choice bool) {
	d := fl.directedTo(id)
	if d.leaving != nil {
		fl.apply(s.State(d.leaving.id, d.leaving.Ended("done", "")))
	}
	if d.away != nil && choice {
		fl.apply(s.State(d.away.id, d.away.Ended("signed_out", "")))
	}
	if *d == (directed{}) {
		delete(fl.directed, id)
	}
}
