package callqueue

import (
	"cmp"
	"slices"
	"time"

	"presszero/call"
)

// floor is the agents who are signed in: what each has chosen, what the line is
// doing with each, what each can do, and which page is to be shown anew.
//
// An agent's state changes only in become, and follows agentMoves. It is not
// rebuilt from facts: after a restart agents sign in again, and only talks and
// after-call work are given back to them (signedIn).
//
// freed is what matching begins with: queues.match takes from it, once in a
// step.
type floor struct {
	*shared

	agents   map[call.AgentID]*agent
	profiles []*profile            // what agents can do; agents of one profile are interchangeable
	wraps    map[call.AgentID]wrap // after-call work of agents who have yet to come back after a restart
	staffing int                   // counts changes of who is at work
	gens     int                   // counts changes of agents' states; it never begins anew, as agents do
	freed    []*agent              // became free in this step
	toShow   []*agent              // whose page is to be shown anew at the end of the step
}

// agent is one signed-in agent. Presence is hers; state is ours.
type agent struct {
	id    call.AgentID
	name  string
	shift call.ID

	*profile          // what she can do
	told     []string // her queues, as she was told them
	counted  bool     // in the profile's present
	listed   bool     // in its ready
	shown    bool     // since toShow was emptied

	presence call.Presence
	reason   string
	state    call.AgentState
	since    time.Time // of state
	idle     time.Time // end of the last work; the longest idle is offered first
	address  string    // where her audio is reached; "" while the path is down
	joined   string    // the address that the leg of her talk leads to

	visit  *visit    // whom she is offered, or talks with
	wrapUp time.Time // when after-call work ends by itself
	gen    int       // number of the change into this state, so that old timers are known
	notice *call.DeskNotice

	reasonFor string    // why she was chosen for what rings
	work      string    // the queue she is busy for; "" while Idle
	done      bool      // this work is a call that was answered
	talked    time.Time // when her last talk began
	shares    shares
}

// free reports whether she may be offered a caller now.
func (a *agent) free() bool {
	return a.presence == call.Available && a.state == call.Idle && a.address != ""
}

// atWork reports whether she takes calls, now or after the one she has.
func (a *agent) atWork() bool { return a.presence == call.Available && a.address != "" }

// idler reports whether she has been idle for longer.
func (a *agent) idler(b *agent) bool { return idlest(a, b) < 0 }

// idlest orders agents: whose last work ended longest ago comes first.
func idlest(a, b *agent) int {
	return cmp.Or(a.idle.Compare(b.idle), cmp.Compare(a.id, b.id))
}

// leastRecent orders agents: whose last talk began longest ago comes first.
func leastRecent(a, b *agent) int { return cmp.Or(a.talked.Compare(b.talked), idlest(a, b)) }

// become is the only way into a state. One that may not follow is refused.
func (fl *floor) become(s *call.Step, a *agent, state call.AgentState) {
	fl.mayBecome(a, state)
	was := a.state
	fl.worked(a, state == call.Idle, s.Now)
	if a.visit != nil {
		a.work = a.visit.queue
	}
	if state == call.Talking {
		a.done, a.talked = true, s.Now
	}
	a.state, a.since = state, s.Now
	fl.gens++
	a.gen = fl.gens
	if state == call.Idle {
		a.visit = nil
		a.wrapUp = time.Time{}
		if was == call.Talking || was == call.WrapUp {
			a.idle = s.Now // an offer that came to nothing does not send her to the back
		}
		a.work, a.done = "", false
	}
	fl.note(s, a)
}

// choose changes her presence; why is her own word or the line's reason.
func (fl *floor) choose(s *call.Step, a *agent, p call.Presence, why string) {
	a.presence, a.reason = p, why
	fl.note(s, a)
}

// note states what she now is, and has her page shown it.
func (fl *floor) note(s *call.Step, a *agent) {
	f := call.AgentChanged{Agent: a.id, Presence: a.presence, Reason: a.reason, State: a.state}
	if a.visit != nil {
		f.Call = a.visit.caller.id
	}
	if a.state == call.WrapUp {
		f.Queue = a.work
	}
	s.State(a.shift, f)
	fl.changed(a)
}

// changed keeps the lists of who is at work and who is free, and remembers to
// show her page.
func (fl *floor) changed(a *agent) {
	if now := a.atWork(); now != a.counted {
		fl.attend(a, now)
	}
	if a.listed {
		a.profile.hold(a)
	}
	a.listed = a.free()
	if a.listed {
		a.profile.release(a)
		if !slices.Contains(fl.freed, a) {
			fl.freed = append(fl.freed, a)
		}
	}
	fl.showPage(a)
}

// showPage remembers to show an agent's page at the end of the step.
func (fl *floor) showPage(a *agent) {
	if a.shown {
		a.shown = false
		fl.toShow = append(fl.toShow, a)
	}
}

// showPages shows the pages that changed in this step.
func (fl *floor) showPages(s *call.Step) {
	for len(fl.toShow) > 0 {
		a := fl.toShow[0]
		fl.toShow = slices.Delete(fl.toShow, 0, 1)
		a.shown = true
		s.Order(call.Show{Agent: a.id, Desk: fl.desk(a)})
	}
}

// showAnew shows the page of the agent who is offered a caller, or talks with
// one, about whom more is known now.
func (fl *floor) showAnew(id call.ID) {
	if c := fl.callers[id]; c != nil && c.visit != nil {
		if a := fl.agents[c.visit.agent]; a != nil && a.visit == c.visit {
			fl.showPage(a)
		}
	}
}

// attend takes her to work, or from it.
func (fl *floor) attend(a *agent, here bool) {
	a.counted = here
	fl.staffing++
	p := a.profile
	if here {
		p.present++
	} else {
		p.present--
		for v := range fl.queues.missed { // those who waited for her turn may have anybody
			fl.queues.look(v)
		}
	}
	for g := range p.slots {
		if here {
			g.alone = false
		} else if p.present == 0 {
			fl.queues.unstaffed(g)
		}
	}
}

// tell leaves a notice for her page.
func (a *agent) tell(what string, at time.Time) {
	a.notice = &call.DeskNotice{What: what, At: at}
}

// wrap begins after-call work, or ends it where the queue has none, or there
// was no queue.
func (fl *floor) wrap(s *call.Step, a *agent, queue string) {
	var limit time.Duration
	if queue != "" {
		limit = fl.queues.line(queue).WrapUp
	}
	if limit == 0 {
		fl.become(s, a, call.Idle)
		return
	}
	a.visit, a.work = nil, queue
	a.wrapUp = s.Now.Add(limit)
	fl.become(s, a, call.WrapUp)
	s.After(limit, call.Timer{Kind: wrapUpTimer, Of: string(a.id), Agent: a.id, Gen: a.gen})
}

// signedIn takes an agent's page in. She is Away until she chooses, except
// that an agent whose talk or after-call work outlived a restart of ours is
// given back to it.
func (fl *floor) signedIn(s *call.Step, ev call.SignedIn) {
	if old := fl.agents[ev.Agent]; old != nil {
		fl.left(s, old)
	}
	a := &agent{id: ev.Agent, name: ev.Name, profile: fl.profile(ev.Queues, ev.Skills, ev.Head), told: ev.Queues, shift: ev.Shift,
		presence: call.Away, reason: call.ReasonSignedIn, state: call.Idle,
		since: s.Now, idle: s.Now, shown: true}
	fl.agents[a.id] = a
	a.profile.members = append(a.profile.members, a)
	if v := fl.talks.byAgent[a.id]; v != nil {
		a.visit = v
		a.state, a.since, a.talked = call.Talking, v.joined, v.joined
		a.work, a.done = v.queue, true
	} else {
		fl.wrapsOn(s, a)
	}
	delete(fl.wraps, a.id)
	fl.note(s, a)
}

// wrapsOn lets her do the rest of the after-call work that a restart of ours
// broke into.
func (fl *floor) wrapsOn(s *call.Step, a *agent) {
	w, broken := fl.wraps[a.id]
	if !broken {
		return
	}
	until := w.since.Add(fl.queues.line(w.queue).WrapUp)
	if !until.After(s.Now) {
		return
	}
	fl.gens++
	a.state, a.since, a.wrapUp, a.gen = call.WrapUp, w.since, until, fl.gens
	a.work, a.done = w.queue, true
	s.After(until.Sub(s.Now), call.Timer{Kind: wrapUpTimer, Of: string(a.id), Agent: a.id, Gen: a.gen})
}

// assigned: she serves and can do something else from now on. What she has she
// keeps; who comes next is chosen by what she can do now.
func (fl *floor) assigned(s *call.Step, ev call.Assigned) {
	a := fl.agents[ev.Agent]
	if a == nil {
		return
	}
	p := fl.profile(ev.Queues, ev.Skills, ev.Head)
	if p == a.profile {
		return
	}
	if a.listed {
		a.profile.hold(a)
		a.listed = false
	}
	if a.counted {
		fl.attend(a, false)
	}
	fl.dismiss(a)
	a.profile, a.told = p, ev.Queues
	p.members = append(p.members, a)
	f := call.AgentAssigned{Agent: a.id, Queues: ev.Queues, Skills: ev.Skills}
	for queue, d := range ev.Head {
		if f.Head == nil {
			f.Head = map[string]float64{}
		}
		f.Head[queue] = seconds(d)
	}
	s.State(a.shift, f)
	fl.changed(a)
}

// dismiss takes her off her profile.
func (fl *floor) dismiss(a *agent) {
	p := a.profile
	p.members = slices.DeleteFunc(p.members, func(b *agent) bool { return a == b })
	if len(p.members) == 0 {
		fl.drop(p)
	}
}

// left takes an agent away whose page is gone. Whom she had goes back in line.
func (fl *floor) left(s *call.Step, a *agent) {
	fl.release(s, a, "agent_lost")
	a.state, a.visit, a.address = call.Idle, nil, ""
	a.presence, a.reason = call.SignedOut, ""
	fl.note(s, a)
	s.Drop(a.shift)
	delete(fl.agents, a.id)
	fl.dismiss(a)
}

// release gives whom she has back to the line, at the place the caller had.
func (fl *floor) release(s *call.Step, a *agent, why string) {
	v := a.visit
	if v == nil {
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
	if ev.Stands {
		a.joined = ev.Address
	}
	moved := a.state == call.Talking && a.joined != ev.Address
	a.address = ev.Address
	fl.changed(a)
	if !moved {
		return
	}
	v, c := a.visit, a.visit.caller
	fl.talks.breakOff(s, a.visit, call.SideSystem, "media_lost")
	fl.become(s, a, call.Idle)
	if c.visit == nil {
		a.tell(v.broken(), s.Now) // her own call; she dials again if she likes
		return
	}
	fl.talks.offer(s, c.visit, []*agent{a})
	fl.talks.accepted(s, call.Accepted{Agent: a.id, Offer: c.visit.offer})
}

// mediaDown: her audio is gone. What rings goes to somebody else at once; a
// talk is given a moment, since her page is already making the path anew.
func (fl *floor) mediaDown(s *call.Step, a *agent) {
	a.address = ""
	switch a.state {
	case call.Ringing, call.Connecting:
		fl.release(s, a, "media_lost")
		fl.become(s, a, call.Idle)
	case call.Talking:
		s.After(mediaLimit, call.Timer{Kind: mediaTimer, Of: string(a.id), Agent: a.id, Gen: a.gen})
	}
	fl.changed(a)
}

// mediaLost: the moment is over and the path did not come back. She has no
// after-call work: whoever stands in front when it does come back may be hers.
func (fl *floor) mediaLost(s *call.Step, a *agent) {
	if a.address != "" || a.state != call.Talking {
		return
	}
	v := a.visit
	fl.release(s, a, "media_lost")
	a.tell(v.broken(), s.Now)
	fl.become(s, a, call.Idle)
}

// agentSays takes what an agent does, if she is signed in.
func (fl *floor) agentSays(s *call.Step, ev call.Event) {
	switch ev := ev.(type) {
	case call.Accepted:
		fl.talks.accepted(s, ev)
	case call.Declined:
		if a, v := fl.talks.holds(ev.Agent, ev.Offer, call.Ringing); v != nil {
			fl.talks.unanswered(s, a, "declined", call.ReasonDeclined)
		}
	case call.Chose:
		fl.chose(s, fl.agents[ev.Agent], ev)
	case call.GaveUp:
		if _, v := fl.talks.holds(ev.Agent, ev.Offer, call.Connecting); v != nil && v.state == Dialing {
			fl.dialer.giveUp(s, v)
		}
	case call.Dialed:
		if a := fl.agents[ev.Agent]; a != nil {
			fl.dialer.dialed(s, a, ev)
		}
	case call.AgentHungUp:
		if a := fl.agents[ev.Agent]; a != nil {
			fl.talks.agentHungUp(s, a, ev.Call)
		}
	case call.Wrapped:
		if a := fl.agents[ev.Agent]; a != nil && a.state == call.WrapUp {
			fl.become(s, a, call.Idle)
		}
	case call.MediaUp:
		if a := fl.agents[ev.Agent]; a != nil {
			fl.mediaUp(s, a, ev)
		}
	case call.MediaDown:
		if a := fl.agents[ev.Agent]; a != nil {
			fl.mediaDown(s, a)
		}
	case call.Left:
		if a := fl.agents[ev.Agent]; a != nil {
			fl.left(s, a)
		}
	}
}

func (fl *floor) chose(s *call.Step, a *agent, ev call.Chose) {
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
	fl.choose(s, a, ev.Presence, ev.Reason)
}

// wrap is after-call work that a restart of ours broke into.
type wrap struct {
	since time.Time
	queue string
}

// recall remembers who does after-call work. All else about agents they bring
// with them when they come back.
func (fl *floor) recall(e call.Entry, f call.AgentChanged) {
	if _, known := fl.wraps[f.Agent]; f.State != call.WrapUp {
		delete(fl.wraps, f.Agent)
	} else if !known {
		fl.wraps[f.Agent] = wrap{e.At, f.Queue}
	}
}
