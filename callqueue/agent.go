package callqueue

import (
	"cmp"
	"slices"
	"time"

	"presszero/call"
	"presszero/callqueue/estimate"
)

// agent is one signed-in agent. Presence is hers; state is ours.
type agent struct {
	id    call.AgentID
	name  string
	shift call.ID

	*profile               // what the agent can do
	own      call.Assigned // what the agent is set up for; a supervisor may have given other work for today
	told     []string      // the queues, as the page was told them
	leaving  bool          // the agent is signed out after the present talk or after-call work
	counted  bool          // in the profile's present
	listed   bool          // in its ready
	shown    bool          // since toShow was emptied

	presence call.Presence
	reason   string
	state    call.AgentState
	since    time.Time // of state
	idle     time.Time // end of the last work; the longest idle is offered first
	address  string    // where her audio is reached; "" while the path is down
	help     time.Time // since when she asks for help; zero: she does not
	pageless bool      // her page is gone in the middle of a talk or after-call work, and may come back
	pages    int       // that she has had in this shift

	visit  *visit    // that she is offered, or talks with
	wrapUp time.Time // when after-call work ends by itself
	gen    int       // number of the change into this state, so that old timers are known
	notice *call.DeskNotice

	reasonFor string    // why she was chosen for what rings
	work      string    // the queue she is busy for; "" while Idle
	owes      string    // the queue of the talk whose after-call work follows the call that she has; "": none
	done      bool      // this work is a call that was answered
	talked    time.Time // when her last talk began
	shares    shares
}

// canTakeOffer reports whether she may be offered a caller now.
func (a *agent) canTakeOffer() bool {
	return a.atWork() && a.state == call.Idle
}

// atWork reports whether she takes calls, now or after the one she has.
func (a *agent) atWork() bool {
	return a.presence == call.Available && a.address != "" && !a.leaving
}

// idler reports whether she has been idle for longer.
func (a *agent) idler(b *agent) bool { return idlest(a, b) < 0 }

// idlest orders agents: whose last work ended longest ago comes first.
func idlest(a, b *agent) int {
	return cmp.Or(a.idle.Compare(b.idle), cmp.Compare(a.id, b.id))
}

// leastRecent orders agents: whose last talk began longest ago comes first.
func leastRecent(a, b *agent) int { return cmp.Or(a.talked.Compare(b.talked), idlest(a, b)) }

// leaveNotice leaves a notice for her page.
func (a *agent) leaveNotice(what string, at time.Time) {
	a.notice = &call.DeskNotice{What: what, At: at}
}

// shares is what an agent of several queues gives to each of them.
type shares struct {
	idle estimate.Fading
	busy map[string]*estimate.Fading
}

// wrap is after-call work that a restart of ours broke into.
type wrap struct {
	since time.Time
	queue string
	more  time.Duration // by which it was extended
}

// changeState is the only way into a state. One that may not follow is refused.
func (fl *floor) changeState(s *call.Step, a *agent, state call.AgentState) {
	fl.mayBecome(a, state)
	was := a.state
	fl.countWork(a, state == call.Idle, s.Now)
	if a.visit != nil {
		a.work = a.visit.queue
	}
	if state == call.Talking {
		a.done, a.talked = true, s.Now
	}
	a.state, a.since = state, s.Now
	if was == call.Talking && !a.help.IsZero() {
		fl.askHelp(s, a, call.HelpAsked{Agent: a.id})
	}
	fl.gens++
	a.gen = fl.gens
	if state == call.Idle || state == call.WrapUp {
		a.owes = ""
	}
	if state == call.Idle {
		a.visit = nil
		a.wrapUp = time.Time{}
		if was == call.Talking || was == call.WrapUp {
			a.idle = s.Now // an offer that came to nothing does not send her to the back
		}
		a.work, a.done = "", false
	}
	fl.leaveIfFree(s, a)
	if a.pageless && was == call.Talking { // the talk does not wait for her page any more
		fl.awaitPage(s, a)
	}
	fl.recordChange(s, a)
}

// setPresence changes her presence; why is her own word or the line's reason.
func (fl *floor) setPresence(s *call.Step, a *agent, p call.Presence, why string) {
	a.presence, a.reason = p, why
	fl.recordChange(s, a)
}

// recordChange states what she now is, and has her page shown it.
func (fl *floor) recordChange(s *call.Step, a *agent) {
	f := call.AgentChanged{Agent: a.id, Presence: a.presence, Reason: a.reason, State: a.state}
	if a.visit != nil {
		f.Call = a.visit.caller.id
	}
	if a.state == call.WrapUp {
		f.Queue = a.work
	}
	if a.presence == call.Away {
		f.By = fl.directedTo(a.id).away.by()
	}
	s.State(a.shift, f)
	fl.followTalk(s, a)
	fl.updateLists(a)
}

// updateLists keeps the lists of agents at work and of free agents, and remembers to
// show her page.
func (fl *floor) updateLists(a *agent) {
	a.leaving = fl.directedTo(a.id).leaving != nil
	if now := a.atWork(); now != a.counted {
		fl.setAtWork(a, now)
	}
	if a.listed {
		a.profile.removeReady(a)
	}
	a.listed = a.canTakeOffer()
	if a.listed {
		a.profile.addReady(a)
		fl.noteFreed(a)
	}
	fl.showPage(a)
}

// noteFreed has the callers looked at in this step whom the agent may serve.
func (fl *floor) noteFreed(a *agent) {
	if !slices.Contains(fl.freed, a) {
		fl.freed = append(fl.freed, a)
	}
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
		s.Order(call.Show{Agent: a.id, Desk: fl.deskOf(a)})
		fl.talks.showListeners(s, a)
	}
}

// showAnew shows the page of the agent who is offered a caller, or talks with
// one, when more is known about that caller.
func (fl *floor) showAnew(id call.ID) {
	if c := fl.callers[id]; c != nil && c.visit != nil {
		if a := fl.agents[c.visit.agent]; a != nil && a.visit == c.visit {
			fl.showPage(a)
		}
	}
}

// setAtWork takes her to work, or from it.
func (fl *floor) setAtWork(a *agent, here bool) {
	a.counted = here
	fl.staffing++
	p := a.profile
	if here {
		p.present++
	} else {
		p.present--
		for v := range fl.queues.missed { // visits that waited for her to be tried may go to any agent now
			fl.queues.markUnmatched(v)
			for _, p := range v.group.profiles { // who choose among them as if they had just become free
				for _, b := range p.ready {
					fl.noteFreed(b)
				}
			}
		}
	}
	for g := range p.slots {
		if here {
			g.timing = false
		} else if p.present == 0 {
			fl.queues.noteUnstaffed(g)
		}
	}
}

// startWrapUp begins after-call work, or ends it where the queue has none, or there
// was no queue.
func (fl *floor) startWrapUp(s *call.Step, a *agent, queue string) {
	var limit time.Duration
	if queue != "" {
		limit = fl.queues.lineNamed(queue).WrapUp
	}
	if limit == 0 {
		fl.changeState(s, a, call.Idle)
		return
	}
	a.visit, a.work = nil, queue
	a.wrapUp = s.Now.Add(limit)
	fl.changeState(s, a, call.WrapUp)
	s.After(limit, call.Timer{Kind: wrapUpTimer, Of: string(a.id), Agent: a.id, Gen: a.gen})
}

// leaveProfile takes her off her profile.
func (fl *floor) leaveProfile(a *agent) {
	p := a.profile
	p.members = slices.DeleteFunc(p.members, func(b *agent) bool { return a == b })
	if len(p.members) == 0 {
		fl.removeProfile(p)
	}
}

// deskOf is all that an agent's page shows.
func (fl *floor) deskOf(a *agent) call.Desk {
	d := call.Desk{Presence: a.presence, Reason: a.reason, State: a.state, Since: a.since,
		Media: a.address != "", Queues: a.told, Notice: a.notice}
	orders := fl.directedTo(a.id)
	d.Leaving, d.Today = orders.leaving.by(), orders.today.by()
	if a.presence == call.Away {
		d.SetBy = orders.away.by()
	}
	if since := a.help; !since.IsZero() {
		d.Help = &since
	}
	if v := a.visit; v != nil {
		switch a.state {
		case call.Ringing, call.Connecting:
			if v.isAsked(a) {
				d.Offer = &call.DeskOffer{Offer: v.askOffer(), Caller: v.ticket.asks.who, Queue: v.ticket.asks.queue, Waiting: v.entered,
					Expires: v.offered.Add(fl.settingsOf(v.ticket.asks.queue).Ring), Asked: fl.talks.deskAsked(v)}
				break
			}
			if v.outgoing() {
				d.Offer = ownOffer(v)
				break
			}
			d.Offer = &call.DeskOffer{Offer: v.offer, Caller: v.deskCard(), Queue: v.queue,
				Waiting: v.first, Expires: v.offered.Add(fl.queues.lineNamed(v.queue).Ring), Returned: v.returned, Why: a.reasonFor,
				Handed: fl.talks.handedOf(v, a.id)}
			if t := v.ticket; t != nil && !t.up {
				d.Offer.Callback = &call.DeskCallback{Number: t.number, Attempt: t.attempts + 1, Until: t.until, Dialing: v.state == Dialing}
			}
		case call.Talking:
			if v.isAsked(a) {
				d.Talk = &call.DeskTalk{Call: v.caller.id, Caller: v.ticket.asks.who, Queue: v.ticket.asks.queue, Since: v.joined,
					Asked: fl.talks.deskAsked(v), Can: []call.DeskVerb{call.CanEnd}}
				break
			}
			d.Talk = &call.DeskTalk{Call: v.caller.id, Caller: v.deskCard(), Queue: v.queue,
				Since: v.joined, Waited: seconds(v.joined.Sub(v.first)), Outgoing: v.outgoing(),
				Keys: v.keys, Handed: fl.talks.handedOf(v, a.id), Can: fl.talks.verbs(v), Listeners: v.deskListeners()}
			d.Talk.Step, d.Talk.Stepped = v.step != nil, v.stepped.why
			if k := fl.talks.asks[v.caller.id]; k != nil {
				d.Talk.Other = fl.talks.deskOther(k)
			}
			if v.asking() != nil {
				if b := fl.agents[v.ticket.asks.to]; b != nil {
					d.Talk.Caller.Name = b.name
				}
			}
			if p := v.pauses; p.held {
				d.Talk.Hold = &call.DeskHold{Since: p.since.Add(-p.this)}
				d.Talk.Held = seconds(p.total - p.this)
			} else {
				d.Talk.Held = seconds(p.total)
			}
		}
	}
	if a.state == call.WrapUp {
		until := a.wrapUp
		d.WrapUp, d.Wrap = &until, fl.deskWrap(a)
	}
	return d
}

// verbs are what the agent may do in the talk now.
func (tk *talks) verbs(v *visit) []call.DeskVerb {
	if k := tk.asks[v.caller.id]; k != nil && v.pauses.gap.IsZero() {
		return tk.askVerbs(v, k)
	}
	switch {
	case v.step != nil && v.pauses.gap.IsZero():
		return []call.DeskVerb{call.CanResume, call.CanEnd}
	case v.outgoing() && !v.pauses.gap.IsZero():
		return []call.DeskVerb{call.CanEnd}
	case !v.pauses.gap.IsZero():
		return []call.DeskVerb{call.CanHand, call.CanBack, call.CanEnd}
	case v.outgoing() && v.pauses.held:
		return []call.DeskVerb{call.CanResume, call.CanKeys, call.CanEnd}
	case v.outgoing():
		return []call.DeskVerb{call.CanHold, call.CanKeys, call.CanEnd}
	}
	can := []call.DeskVerb{call.CanHold, call.CanKeys, call.CanAsk, call.CanHand, call.CanBack, call.CanEnd}
	if v.pauses.held {
		can[0] = call.CanResume
	}
	if tk.mayStep(v) {
		can = slices.Insert(can, 2, call.CanStep)
	}
	return can
}

// ownOffer is what an agent sees of the call that she is making.
func ownOffer(v *visit) *call.DeskOffer {
	o := &call.DeskOffer{Offer: v.offer, Caller: v.deskCard(), Waiting: v.first, Expires: v.offered.Add(ownRing), Outgoing: true,
		Call: v.caller.id, Keys: len(v.early.Reveal())}
	if !v.ticket.up {
		o.Callback = &call.DeskCallback{Number: v.ticket.number, Attempt: 1, Until: o.Expires, Dialing: true}
	}
	return o
}
