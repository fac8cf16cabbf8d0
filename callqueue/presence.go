package callqueue

import "presszero/call"

// signIn takes an agent's page in. She is Away until she chooses, except
// that an agent whose talk or after-call work outlived a restart of ours is
// given back to it. Another page of an agent who is here takes over what she has.
func (fl *floor) signIn(s *call.Step, ev call.SignedIn) {
	if a := fl.agents[ev.Agent]; a != nil {
		a.name, a.pageless = ev.Name, false
		a.pages++
		fl.reassign(s, call.Assigned{Agent: a.id, Queues: ev.Queues, Skills: ev.Skills, Head: ev.Head})
		fl.updateLists(a)
		return
	}
	own := call.Assigned{Agent: ev.Agent, Queues: ev.Queues, Skills: ev.Skills, Head: ev.Head}
	work := fl.workOf(own)
	a := &agent{id: ev.Agent, name: ev.Name, profile: fl.profileFor(work.Queues, work.Skills, work.Head), own: own, told: work.Queues, shift: ev.Shift,
		presence: call.Away, reason: call.ReasonSignedIn, state: call.Idle,
		since: s.Now, idle: s.Now, shown: true}
	if st := fl.directedTo(a.id).away; st != nil {
		a.reason = st.Reason
	}
	fl.agents[a.id] = a
	a.profile.members = append(a.profile.members, a)
	if v := fl.talks.byAgent[a.id]; v != nil {
		a.visit = v
		a.state, a.since, a.talked = call.Talking, v.joined, v.joined
		a.work, a.done = v.queue, true
	} else {
		fl.resumeWrapUp(s, a)
	}
	delete(fl.wraps, a.id)
	fl.recordChange(s, a)
	fl.leaveIfFree(s, a)
}

// resumeWrapUp lets her do the rest of the after-call work that a restart of ours
// broke into.
func (fl *floor) resumeWrapUp(s *call.Step, a *agent) {
	w, broken := fl.wraps[a.id]
	if !broken {
		return
	}
	until := w.since.Add(fl.queues.lineNamed(w.queue).WrapUp + w.more)
	if !until.After(s.Now) {
		return
	}
	fl.gens++
	a.state, a.since, a.wrapUp, a.gen = call.WrapUp, w.since, until, fl.gens
	a.work, a.done = w.queue, true
	s.After(until.Sub(s.Now), call.Timer{Kind: wrapUpTimer, Of: string(a.id), Agent: a.id, Gen: a.gen})
}

// reassign: she serves and can do something else from now on. What she has she
// keeps; the next caller is chosen by what she can do now.
func (fl *floor) reassign(s *call.Step, ev call.Assigned) {
	if a := fl.agents[ev.Agent]; a != nil {
		a.own = ev
		fl.assignWork(s, a)
	}
}

func (fl *floor) choosePresence(s *call.Step, a *agent, ev call.Chose) {
	if a == nil || ev.Presence != call.Available && ev.Presence != call.Away {
		return
	}
	if a.state == call.Ringing && ev.Presence == call.Away {
		fl.talks.unanswered(s, a, "declined", ev.Reason)
		return
	}
	if ev.Presence == call.Available {
		a.notice = nil
	}
	fl.chosen(s, a.id)
	fl.setPresence(s, a, ev.Presence, ev.Reason)
}

// signOut takes an agent away whose page is gone. The caller she had goes back in line.
func (fl *floor) signOut(s *call.Step, a *agent) {
	fl.returnCaller(s, a, "agent_lost")
	a.state, a.visit, a.address = call.Idle, nil, ""
	a.presence, a.reason = call.SignedOut, ""
	fl.recordChange(s, a)
	s.Drop(a.shift)
	delete(fl.agents, a.id)
	fl.leaveProfile(a)
	fl.gone(s, a.id, false)
}

// pageGone: her page is gone, not by her choice. A talk and after-call work wait for
// it a while; else she is signed out.
func (fl *floor) pageGone(s *call.Step, a *agent) {
	switch {
	case a.visit.isAsked(a):
		fl.signOut(s, a)
		return
	case a.state == call.Talking:
		a.pageless, a.address = true, ""
		fl.talks.beginGap(s, a.visit)
	case a.state == call.WrapUp:
		a.pageless, a.address = true, ""
		fl.awaitPage(s, a)
	default:
		fl.signOut(s, a)
		return
	}
	fl.updateLists(a)
}

// awaitPage gives an agent whose page is gone, and who has no talk, time to come back.
func (fl *floor) awaitPage(s *call.Step, a *agent) {
	s.After(pageLimit, call.Timer{Kind: pageTimer, Of: string(a.id), Agent: a.id, Gen: a.pages})
}

// returnCaller gives her caller back to the line, at the place the caller had.
func (fl *floor) returnCaller(s *call.Step, a *agent, why string) {
	v := a.visit
	if v == nil {
		return
	}
	if v.isAsked(a) {
		fl.talks.colleagueLost(s, v, why)
		return
	}
	switch a.state {
	case call.Ringing:
		fl.talks.endOffer(s, v, "cancelled", why)
	case call.Connecting:
		fl.talks.failBridge(s, v, why)
	case call.Talking:
		fl.talks.breakOff(s, v, call.SideAgent, why)
	}
}

// mediaUp: her audio is reached at this address. When that is another than the
// one her talk was joined through, as after the media process has died, the
// two are joined anew, without asking her again. Of a talk that outlived a
// restart of ours we know only that it passes through a path that stood.
func (fl *floor) mediaUp(s *call.Step, a *agent, ev call.MediaUp) {
	a.address = ev.Address
	fl.updateLists(a)
	if a.visit.isAsked(a) && (a.state == call.Connecting || a.state == call.Talking) {
		fl.talks.askAudioUp(s, a, ev)
		return
	}
	if a.state != call.Talking {
		return
	}
	v, c := a.visit, a.visit.caller
	if ev.Stands {
		v.through = ev.Address
	}
	if v.through == ev.Address {
		fl.talks.endGap(s, v)
		return
	}
	fl.talks.breakOff(s, a.visit, call.SideSystem, "media_lost")
	if a.state != call.Talking {
		return // her own call is over, and after-call work has begun
	}
	fl.changeState(s, a, call.Idle)
	if c.visit == nil || c.visit.state != Waiting {
		a.leaveNotice(v.lostAudioNotice(), s.Now) // her own call, or the other of three has the caller
		return
	}
	fl.talks.startOffer(s, c.visit, []*agent{a})
	fl.talks.acceptOffer(s, call.Accepted{Agent: a.id, Offer: c.visit.offer})
}

// mediaDown: her audio is gone. What rings goes to another agent at once; a
// talk is given a moment, since her page is already making the path anew, and then
// has the caller hear music.
func (fl *floor) mediaDown(s *call.Step, a *agent) {
	a.address = ""
	switch a.state {
	case call.Ringing, call.Connecting:
		fl.returnCaller(s, a, "media_lost")
		if a.state != call.Idle {
			fl.changeState(s, a, call.Idle)
		}
	case call.Talking:
		s.After(mediaLimit, call.Timer{Kind: mediaTimer, Of: string(a.id), Agent: a.id, Gen: a.gen})
	}
	fl.updateLists(a)
}

// mediaLost: the moment is over and the path did not come back.
func (fl *floor) mediaLost(s *call.Step, a *agent) {
	switch {
	case a.address == "" && a.state == call.Talking && a.visit.isAsked(a):
		fl.talks.colleagueLost(s, a.visit, "media_lost")
	case a.address == "" && a.state == call.Talking:
		fl.talks.beginGap(s, a.visit)
		fl.showPage(a)
	}
}
