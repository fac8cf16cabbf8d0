package callqueue

import (
	"strings"
	"time"

	"presszero/call"
)

// An agent asks somebody during a talk: a colleague, the best free agent of a queue, or
// a number outside. It is a call of the agent's own, about the caller's, which goes on:
//
//	                     ┌─declined, no answer, busy…─> the caller is on hold
//	Talking ──ask──> rings ──answered──> with the other ──turn──> with the caller, with all
//	                     └─cancelled─────────┴──hand over──> the caller talks with the other
//
// The agent has two legs, of which one is live. The caller is with the first, and hears
// music while the agent is with the other; the other is with the second, and hears music
// while the agent is with the caller. With all, the other's channel is in the caller's
// bridge. A colleague's page rings before there is a channel, as for any offer.
//
// When the caller hangs up, the two go on; the agent's after-call work follows.

// asking is what an agent's own call knows if somebody is asked in it.
type asking struct {
	about call.ID      // the caller's call; it may be over
	queue string       // of that talk
	who   call.DeskWho // the caller
	to    call.AgentID // the colleague who is asked; "": a number is
	note  string       // for the one who is asked; not kept over a restart

	accepted bool   // the colleague has
	through  string // the address that the colleague's leg leads to; "": not known, after a restart

	with  call.With     // "": nobody has answered yet
	since time.Time     // of with
	all   time.Duration // with all, before since
}

// isAsked reports whether the visit is one in which this agent is asked by another.
func (v *visit) isAsked(a *agent) bool {
	return v.asking() != nil && v.agent != a.id
}

// asking is what the visit knows of the asking; nil: nobody is asked in it.
func (v *visit) asking() *asking {
	if v == nil || v.ticket == nil {
		return nil
	}
	return v.ticket.asks
}

// askOffer names the offer to the colleague who is asked; the first of the call is the
// asking agent's.
func (v *visit) askOffer() string { return call.OfferID(v.caller.id, 2) }

// offerTo is the offer of the visit that the agent knows.
func (v *visit) offerTo(a *agent) string {
	if v.isAsked(a) {
		return v.askOffer()
	}
	return v.offer
}

// talkAbout returns the talk about which somebody is asked, or nil: it is over.
func (tk *talks) talkAbout(k *visit) *visit {
	if k.asking() == nil || tk.asks[k.ticket.asks.about] != k {
		return nil
	}
	return tk.callers[k.ticket.asks.about].visit
}

// askOf returns the call in which the agent talks with a number that is asked.
func (tk *talks) askOf(id call.AgentID, ask call.ID) (*agent, *visit) {
	a, c := tk.floor.agents[id], tk.callers[ask]
	if a == nil || c == nil || c.visit.asking() == nil || c.ticket.number == "" || c.visit.agent != id || c.visit.state != Talking {
		return nil, nil
	}
	return a, c.visit
}

// colleagueIn returns the colleague who is asked and has the call, or nil.
func (tk *talks) colleagueIn(k *visit) *agent {
	if b := tk.floor.agents[k.ticket.asks.to]; b != nil && b.visit == k {
		return b
	}
	return nil
}

// united reports whether the caller, the agent and the other talk, all three.
func (tk *talks) united(v *visit) bool {
	k := tk.asks[v.caller.id]
	return k != nil && k.ticket.asks.with == call.WithAll
}

// ask puts the caller on hold, and lets the other's page or phone ring. What cannot work
// is refused before anything has changed.
func (tk *talks) ask(s *call.Step, ev call.Asked) {
	a, v := tk.talkOf(ev.Agent, ev.Call)
	if v == nil || !v.pauses.gap.IsZero() || ev.Ask == "" || tk.callers[ev.Ask] != nil {
		return
	}
	f := call.OutgoingDialed{Agent: a.id, Dial: call.AskDial(ev.Ask), For: v.caller.id}
	b, what, text := tk.whomToAsk(a, v, ev)
	switch {
	case what != "":
	case b != nil:
		f.To = b.id
	default:
		f.Number, what, text = tk.dialer.mayHandTo(s, a, ev.Number)
		what = strings.Replace(what, "hand_", "ask_", 1)
	}
	if what != "" {
		tk.tell(s, v, what, text)
		return
	}
	a.notice = nil
	if !v.pauses.held {
		tk.beginHold(s, v)
	}
	tk.apply(s.State(ev.Ask, f))
	k := tk.asks[v.caller.id]
	k.ticket.asks.note = ev.Note
	if b != nil {
		b.visit, b.notice, b.reasonFor = k, nil, "asked"
		tk.floor.changeState(s, b, call.Ringing)
		s.After(tk.queues.lineNamed(v.queue).Ring, call.Timer{Kind: askTimer, Of: string(ev.Ask)})
	} else {
		tk.dialer.dialAsked(s, k, call.Dial{Number: f.Number, Ring: ownRing})
	}
	tk.floor.showPage(a)
}

// whomToAsk returns the colleague to ask, nil for a number; or the notice that says why
// nobody is asked.
func (tk *talks) whomToAsk(a *agent, v *visit, ev call.Asked) (b *agent, what, text string) {
	targets := 0
	for _, to := range []string{ev.Queue, string(ev.To), ev.Number} {
		if to != "" {
			targets++
		}
	}
	b = tk.floor.agents[ev.To]
	switch {
	case targets != 1 || v.outgoing() || ev.Queue != "" && tk.queues.lines[ev.Queue] == nil:
		return nil, "ask_unknown", ""
	case tk.asks[v.caller.id] != nil:
		return nil, "ask_once", ""
	case a.address == "":
		return nil, "ask_no_audio", ""
	case ev.To == a.id:
		return nil, "ask_self", ""
	case ev.To != "" && (b == nil || !b.atWork()):
		return nil, "ask_offline", ""
	case b != nil && b.state != call.Idle:
		return nil, "ask_busy", ""
	case ev.Queue != "":
		if b = tk.queues.freeAgentOf(ev.Queue); b == nil {
			return nil, "ask_nobody", ""
		}
	}
	return b, "", ""
}

// freeAgentOf returns the free agent of the queue whose turn it is, or nil.
func (qs *queues) freeAgentOf(queue string) *agent {
	l := qs.lineNamed(queue)
	by := idlest
	if l.Strategy == call.LeastRecent {
		by = leastRecent
	}
	var best *agent
	for _, p := range qs.widestGroup(l, l.Skill, l.Level).profiles {
		for _, b := range p.ready {
			if best == nil || by(b, best) < 0 {
				best = b
			}
		}
	}
	return best
}

// dialAsked has the switch call who is asked.
func (dl *dialer) dialAsked(s *call.Step, k *visit, d call.Dial) {
	d.Call, d.Dial, d.Agent = k.caller.id, k.ticket.dial, k.agent
	s.Order(d)
	s.After(d.Ring+dialMargin, call.Timer{Kind: dialTimer, Of: string(k.caller.id), Gen: k.ticket.dials})
}

// acceptAsk: the colleague answers. Now there is somebody to call.
func (tk *talks) acceptAsk(s *call.Step, b *agent, k *visit) {
	k.ticket.asks.accepted, k.ticket.asks.through = true, b.address
	tk.floor.changeState(s, b, call.Connecting)
	tk.dialer.dialAsked(s, k, call.Dial{Media: b.address, Ring: connectLimit})
	s.Order(call.TalkTo{Agent: b.id, Leg: k.ticket.dial})
	tk.showAsk(k)
}

// askNotTaken: the colleague declines, or does not answer; an agent who does not is set
// aside, as after any offer.
func (tk *talks) askNotTaken(s *call.Step, b *agent, how, reason string) {
	k := b.visit
	if reason != call.ReasonDeclined {
		b.presence, b.reason = call.Away, reason
	}
	tk.endAsk(s, k, ended{how: how, by: call.SideCaller, tell: "ask_" + how})
	b.notice = nil
	if reason == call.ReasonNoAnswer {
		b.leaveNotice("no_answer", s.Now)
	}
	tk.floor.updateLists(b)
}

// askJoined: the agent and the other hear each other.
func (tk *talks) askJoined(s *call.Step, k *visit) {
	tk.apply(s.State(k.caller.id, call.OutgoingJoined{Agent: k.agent, Leg: k.leg, For: k.ticket.asks.about}))
	if b := tk.colleagueIn(k); b != nil {
		tk.floor.changeState(s, b, call.Talking)
	}
	if v := tk.talkAbout(k); v != nil && !v.pauses.gap.IsZero() {
		tk.holdOther(s, v)
	}
	tk.showAsk(k)
}

// showAsk shows both pages anew.
func (tk *talks) showAsk(k *visit) {
	for _, id := range []call.AgentID{k.agent, k.ticket.asks.to} {
		if a := tk.floor.agents[id]; a != nil {
			tk.floor.showPage(a)
		}
	}
}

// turn: the agent turns to the caller, to the other, or to both.
func (tk *talks) turn(s *call.Step, ev call.Turned) {
	_, v := tk.talkOf(ev.Agent, ev.Call)
	if v == nil || !v.pauses.gap.IsZero() {
		return
	}
	switch ev.With {
	case call.WithCaller, call.WithOther, call.WithAll:
		if k := tk.asks[v.caller.id]; k != nil && k.state == Talking {
			tk.turnTo(s, v, k, ev.With)
		}
	}
}

// turnTo does that. What it orders for the caller and for the other each begins with the
// end of what was before.
func (tk *talks) turnTo(s *call.Step, v, k *visit, with call.With) {
	was := k.ticket.asks.with
	if was == with {
		return
	}
	tk.apply(s.State(k.caller.id, call.OutgoingTurned{Agent: k.agent, With: with, For: v.caller.id}))
	switch was {
	case call.WithAll:
		s.Order(call.Part{Call: k.caller.id})
	case call.WithCaller:
		s.Order(call.Unhold{Call: k.caller.id})
	}
	switch with {
	case call.WithCaller:
		s.Order(call.Hold{Call: k.caller.id, Class: tk.musicOf(v)})
	case call.WithOther:
		tk.beginHold(s, v) // then turnedAway
	case call.WithAll:
		s.Order(call.Unite{Call: k.caller.id, With: v.caller.id})
	}
	if with != call.WithOther {
		if v.pauses.held {
			tk.endHold(s, v)
			tk.orderUnhold(s, v)
		}
		s.Order(call.TalkTo{Agent: k.agent, Leg: v.leg, Remote: v.remote})
	}
	tk.showAsk(k)
}

// turnedAway: the caller hears music. Only now does the agent speak to the other: the
// voice is turned at once, the music takes Asterisk a moment, or seconds if it cannot be
// reached, and in between the caller would hear nothing.
func (tk *talks) turnedAway(s *call.Step, v *visit) {
	if k := tk.asks[v.caller.id]; k != nil && k.state == Talking && k.ticket.asks.with == call.WithOther {
		s.Order(call.TalkTo{Agent: k.agent, Leg: k.leg, Remote: k.remote})
	}
}

// holdWhileAsking: the agent's keys for hold, while somebody is asked. They turn to the
// one or the other; while it rings, to resume is to ask no more.
func (tk *talks) holdWhileAsking(s *call.Step, v, k *visit, on bool) {
	switch {
	case k.state == Talking && on:
		tk.turnTo(s, v, k, call.WithOther)
	case k.state == Talking:
		tk.turnTo(s, v, k, call.WithCaller)
	case !on:
		tk.endAsk(s, k, ended{how: "given_up", by: call.SideAgent})
		tk.endHold(s, v)
		tk.orderUnhold(s, v)
	}
}

// cancelAsk: the agent asks no more. A caller who is on hold stays so until the agent
// resumes: what is said then is not for the caller's ears by accident.
func (tk *talks) cancelAsk(s *call.Step, ev call.AskCancelled) {
	_, v := tk.talkOf(ev.Agent, ev.Call)
	if v == nil || tk.asks[v.caller.id] == nil {
		return
	}
	tk.endAsk(s, tk.asks[v.caller.id], ended{by: call.SideAgent})
}

// ended is how the asking ends.
type ended struct {
	how  string // as in OutgoingEnded; "": given_up or talked
	by   call.Side
	why  string
	tell string // the notice to the agent who has asked; "": none
	gone bool   // its channel is gone already
	over bool   // the talk about which it was ends with it: nothing is ordered for that
}

// endAsk ends the asking, in whatever state. The talk about which it was goes on, or the
// caller stays on hold. If that is over, the agent's after-call work begins.
func (tk *talks) endAsk(s *call.Step, k *visit, e ended) {
	if e.how == "" {
		e.how = map[State]string{Dialing: "given_up", Connecting: "given_up", Talking: "talked"}[k.state]
	}
	v, a, b := tk.talkAbout(k), tk.floor.agents[k.agent], tk.colleagueIn(k)
	joined, alone := k.state == Talking, v != nil && !e.over && !v.pauses.gap.IsZero() && tk.united(v)
	if k.state == Dialing {
		tk.dialer.uncountCall(k.ticket, e.how)
	}
	if v == nil {
		tk.announcer.stopSpeech(s, k)
	}
	tk.dialer.endOutgoing(s, k, e.how, e.by, e.why)
	if !e.gone {
		s.Order(call.HangUp{Call: k.caller.id})
	}
	if b != nil {
		if k.ticket.asks.accepted || joined {
			s.Order(call.Hush{Agent: b.id, Leg: k.ticket.dial})
		}
		switch {
		case joined:
			b.leaveNotice("ask_over", s.Now)
		default:
			b.leaveNotice("ask_taken_back", s.Now)
		}
		tk.floor.changeState(s, b, call.Idle)
	}
	switch {
	case v != nil && e.over:
	case v != nil:
		s.Order(call.TalkTo{Agent: v.agent, Leg: v.leg, Remote: v.remote})
		if e.tell != "" {
			tk.tell(s, v, e.tell, "")
		}
		if alone {
			tk.waitForAgent(s, v)
		}
		if a != nil {
			tk.floor.showPage(a)
		}
	case a != nil && a.visit == k:
		if e.tell != "" {
			a.leaveNotice(e.tell, s.Now)
		}
		tk.floor.startWrapUp(s, a, a.owes)
	}
}

// dropAsk ends the asking about a talk that is about to end, if there is any.
func (tk *talks) dropAsk(s *call.Step, v *visit, why string) {
	k := tk.asks[v.caller.id]
	if k == nil {
		return
	}
	e := ended{by: call.SideAgent, why: why, over: true}
	if k.state != Talking {
		e.how = "cancelled"
	}
	tk.endAsk(s, k, e)
}

// otherGone: who is asked has hung up, or cannot be reached.
func (tk *talks) otherGone(s *call.Step, k *visit, e ended) {
	if e.how == "" {
		e.how = map[State]string{Dialing: "no_answer", Connecting: "abandoned", Talking: "talked"}[k.state]
	}
	if e.tell == "" {
		e.tell = "ask_" + e.how
	}
	if k.state == Talking || e.how == "abandoned" {
		e.tell = "ask_left"
	}
	tk.endAsk(s, k, e)
}

// colleagueLost: the page or the audio of the colleague who is asked is gone.
func (tk *talks) colleagueLost(s *call.Step, k *visit, why string) {
	e := ended{by: call.SideCaller, why: why, tell: "ask_offline"}
	if k.state != Talking {
		e.how = "cancelled"
	}
	tk.otherGone(s, k, e)
}

// askedAlone: the caller has hung up while somebody is asked. The agent and the other go
// on. It reports whether they do.
func (tk *talks) askedAlone(s *call.Step, v *visit) bool {
	k := tk.asks[v.caller.id]
	if k == nil {
		return false
	}
	if k.state != Talking || !v.pauses.gap.IsZero() || tk.floor.agents[v.agent] == nil {
		tk.dropAsk(s, v, "caller_left")
		return false
	}
	was := k.ticket.asks.with
	if was != call.WithOther {
		tk.apply(s.State(k.caller.id, call.OutgoingTurned{Agent: k.agent, With: call.WithOther, For: v.caller.id}))
	}
	switch was {
	case call.WithAll:
		s.Order(call.Part{Call: k.caller.id})
	case call.WithCaller:
		s.Order(call.Unhold{Call: k.caller.id})
	}
	s.Order(call.TalkTo{Agent: k.agent, Leg: k.leg, Remote: k.remote})
	return true
}

// goOnAlone gives the agent the call with the other, in place of the caller's.
func (fl *floor) goOnAlone(s *call.Step, a *agent, queue string, k *visit) {
	a.visit, a.owes = k, queue
	if b := fl.talks.colleagueIn(k); b != nil {
		b.leaveNotice("caller_left", s.Now)
	}
	fl.recordChange(s, a)
	fl.talks.showAsk(k)
}

// handToAsked: the agent hands the caller over to who is asked, and leaves.
func (tk *talks) handToAsked(s *call.Step, a *agent, v *visit, ask call.ID) {
	k := tk.asks[v.caller.id]
	switch {
	case k == nil || k.caller.id != ask || k.state != Talking || !v.pauses.gap.IsZero():
		return
	case v.handed >= mostHandovers:
		tk.tell(s, v, "hand_often", "")
		return
	case !tk.mayTake(k):
		tk.tell(s, v, "hand_offline", "")
		return
	}
	queue := v.queue
	tk.handOn(s, v, k)
	tk.floor.startWrapUp(s, a, queue)
}

// mayTake reports whether who is asked is there. A colleague may not have come back yet
// after a restart.
func (tk *talks) mayTake(k *visit) bool { return k.ticket.number != "" || tk.colleagueIn(k) != nil }

// handOnUnited: the agent is lost from a talk of three. The other two go on, if they
// can. It reports whether they do.
func (tk *talks) handOnUnited(s *call.Step, v *visit) bool {
	if v.outgoing() || !tk.united(v) || !tk.mayTake(tk.asks[v.caller.id]) {
		return false
	}
	tk.handOn(s, v, tk.asks[v.caller.id])
	return true
}

// handOn joins the caller with who is asked, who becomes the caller's agent, or the
// number with which the caller talks. A colleague has the caller from now on; if the
// switch cannot do it, that talk breaks off, and the caller is in front of the line.
func (tk *talks) handOn(s *call.Step, v, k *visit) {
	c, t, by := v.caller, k.ticket, v.agent
	f := call.BridgeHanded{Visit: v.id, Agent: by, To: t.asks.to, Number: t.number, Ask: k.caller.id, Nth: v.handed + 1}
	order := call.HandOn{Call: c.id, Ask: k.caller.id, Leg: t.dial}
	if f.Number != "" {
		order.Transfer = call.AskTransfer(k.caller.id)
	}
	b, note := tk.colleagueIn(k), t.asks.note
	tk.announcer.stopSpeech(s, v)
	c.leaving = []call.Hush{{Agent: by, Leg: k.leg}, {Agent: by, Leg: v.leg}}
	if t.asks.with != call.WithCaller {
		tk.hushLeaving(s, c)
	}
	s.Order(order)
	tk.dialer.bookOutgoing(s, k, "handed", call.SideAgent, "")
	tk.apply(s.State(c.id, f))
	e := lineEntry{queue: v.queue, origin: "transfer", key: v.key, skill: v.skill, level: v.level, by: by, note: note, nth: f.Nth, sticky: by}
	tk.endTalk(s, v, call.SideAgent, "handed")
	if f.Number != "" {
		tk.apply(s.State(c.id, call.TransferStarted{Transfer: order.Transfer, Number: f.Number}))
		s.After(connectLimit, call.Timer{Kind: outsideTimer, Of: string(c.id), Gen: f.Nth})
		return
	}
	tk.takeOver(s, c, b, e, t.dial)
}

// hushLeaving ends the voice of the agent who hands the caller on. One who has turned to
// the caller is heard until the other is there: else the caller would hear nothing.
func (tk *talks) hushLeaving(s *call.Step, c *caller) {
	for _, hush := range c.leaving {
		s.Order(hush)
	}
	c.leaving = nil
}

// handedOn takes news of a caller who is being handed on: the other is there, or cannot be.
func (tk *talks) handedOn(s *call.Step, c *caller, ev call.Event) {
	switch ev := ev.(type) {
	case call.LegMade, call.OnHold:
	case call.Failed:
		if ev.Command == call.NameOf(call.HandOn{}) {
			tk.hushLeaving(s, c)
		}
	default:
		tk.hushLeaving(s, c)
	}
}

// takeOver states that the colleague who was asked has the caller: a visit that does not
// wait.
func (tk *talks) takeOver(s *call.Step, c *caller, b *agent, e lineEntry, leg string) {
	in := tk.queues.entryOf(c, e)
	tk.apply(s.State(c.id, in))
	v := c.visit
	offer := call.OfferStarted{Visit: v.id, Offer: call.OfferID(c.id, v.offers+1), Agent: b.id, Reason: "asked"}
	tk.apply(s.State(c.id, offer))
	tk.endOffer(s, v, "accepted", "")
	tk.apply(s.State(c.id, call.BridgeJoined{Visit: v.id, Offer: v.offer, Agent: b.id, Leg: leg}))
	tk.queues.leaveQueue(s, v, call.Answered)
	v.meant, v.through = b.id, b.address
	b.visit, b.talked, b.done, b.work = v, s.Now, true, v.queue
	b.leaveNotice("ask_handed", s.Now)
	tk.floor.recordChange(s, b)
}

// notUnited: the switch cannot let all three talk. The agent is with the other again.
func (tk *talks) notUnited(s *call.Step, k *visit) {
	if v := tk.talkAbout(k); v != nil && k.ticket.asks.with == call.WithAll {
		tk.turnTo(s, v, k, call.WithOther)
		if !v.pauses.gap.IsZero() {
			tk.holdOther(s, v)
		}
		tk.tell(s, v, "ask_failed", "")
	}
}

// otherNotHeld: the switch cannot let the other hear music.
func (tk *talks) otherNotHeld(s *call.Step, k *visit) {
	v := tk.talkAbout(k)
	switch {
	case !v.pauses.gap.IsZero():
		tk.otherGone(s, k, ended{how: "failed", by: call.SideSystem, why: "hold_failed"})
	case k.ticket.asks.with == call.WithCaller:
		tk.turnTo(s, v, k, call.WithOther)
		tk.tell(s, v, "hold_failed", "")
	}
}

// handOnFailed: the caller could not be joined with who was asked.
func (tk *talks) handOnFailed(s *call.Step, c *caller) {
	s.Order(call.HangUp{Call: c.took})
	switch {
	case c.outside != nil:
		tk.notOutside(s, c, "failed")
	case c.visit != nil && c.visit.state == Talking:
		tk.legEnded(s, c.visit)
	}
}

// askAudioUp: the audio of the colleague who is asked has come back, or was made anew.
func (tk *talks) askAudioUp(s *call.Step, b *agent, ev call.MediaUp) {
	asks := b.visit.ticket.asks
	if ev.Stands {
		asks.through = ev.Address
	}
	if asks.through != ev.Address {
		tk.colleagueLost(s, b.visit, "media_lost")
	}
}

// deskAsked is what the colleague who is asked sees of it.
func (tk *talks) deskAsked(k *visit) *call.DeskAsked {
	asks := k.ticket.asks
	d := &call.DeskAsked{By: k.agent, Note: asks.note, With: asks.with, Left: k.state == Talking && tk.talkAbout(k) == nil}
	if a := tk.floor.agents[k.agent]; a != nil {
		d.Name = a.name
	}
	return d
}

// deskOther is what the agent who asks sees of it.
func (tk *talks) deskOther(k *visit) *call.DeskOther {
	asks := k.ticket.asks
	d := &call.DeskOther{Ask: k.caller.id, Agent: asks.to, Number: k.ticket.number, With: asks.with, Keys: k.keys}
	if b := tk.floor.agents[asks.to]; b != nil {
		d.Name = b.name
	}
	switch {
	case k.state == Talking:
		d.State, d.Since = string(call.Talking), k.joined
	case k.state == Connecting || asks.accepted:
		d.State, d.Since = string(call.Connecting), k.offered
	default:
		d.State, d.Since = string(call.Ringing), k.offered
	}
	return d
}

// askVerbs are what the agent who asks may do now.
func (tk *talks) askVerbs(v, k *visit) (all []call.DeskVerb) {
	if k.state == Talking {
		with := k.ticket.asks.with
		for _, turn := range []struct {
			with call.With
			verb call.DeskVerb
		}{{call.WithCaller, call.CanCaller}, {call.WithOther, call.CanOther}, {call.WithAll, call.CanAll}} {
			if turn.with != with {
				all = append(all, turn.verb)
			}
		}
		if with != call.WithOther || k.ticket.number != "" {
			all = append(all, call.CanKeys)
		}
		if v.handed < mostHandovers {
			all = append(all, call.CanLeave)
		}
	}
	return append(all, call.CanCancel, call.CanEnd)
}

// ringsFor returns the colleague whose page rings for this asking, or nil.
func (tk *talks) ringsFor(k *visit) *agent {
	if k.asking() == nil || k.state != Dialing {
		return nil
	}
	if b := tk.colleagueIn(k); b != nil && b.state == call.Ringing {
		return b
	}
	return nil
}

// allAt is how long all three will have talked then.
func (a *asking) allAt(at time.Time) time.Duration {
	if a.with != call.WithAll {
		return a.all
	}
	return a.all + max(at.Sub(a.since), 0)
}

// holdOther has who is asked hear music while the agent is away.
func (tk *talks) holdOther(s *call.Step, v *visit) {
	if k := tk.asks[v.caller.id]; k != nil && k.state == Talking {
		s.Order(call.Hold{Call: k.caller.id, Class: tk.musicOf(v)})
	}
}

// unholdOther ends that, if the agent was with the other.
func (tk *talks) unholdOther(s *call.Step, v *visit) {
	if k := tk.asks[v.caller.id]; k != nil && k.state == Talking && k.ticket.asks.with != call.WithCaller {
		s.Order(call.Unhold{Call: k.caller.id})
	}
}

// resumeAsk orders anew, after a restart, what who is asked is to hear.
func (tk *talks) resumeAsk(s *call.Step, v, k *visit) {
	switch with := k.ticket.asks.with; {
	case with == call.WithAll:
		s.Order(call.Unite{Call: k.caller.id, With: v.caller.id})
	case with == call.WithCaller || !v.pauses.gap.IsZero():
		s.Order(call.Hold{Call: k.caller.id, Class: tk.musicOf(v)})
	default:
		s.Order(call.Unhold{Call: k.caller.id})
	}
}
