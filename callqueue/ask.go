package callqueue

import (
	"slices"
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
	note  string       // for the consulted party; not kept over a restart

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

// ask puts the caller on hold, and lets the other's page or phone ring. What cannot work
// is refused before anything has changed.
func (tk *talks) ask(s *call.Step, ev call.Asked) {
	a, v := tk.talkOf(ev.Agent, ev.Call)
	if v == nil || v.step != nil || !v.pauses.gap.IsZero() || ev.Ask == "" || tk.callers[ev.Ask] != nil {
		return
	}
	f := call.OutgoingDialed{Agent: a.id, Dial: call.AskDial(ev.Ask), For: v.caller.id}
	b, what := tk.whomToAsk(a, v, ev)
	text := ""
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
func (tk *talks) whomToAsk(a *agent, v *visit, ev call.Asked) (b *agent, what string) {
	b = tk.floor.agents[ev.To]
	colleague := tk.whyNotTo(a, ev.To)
	switch {
	case !oneTarget(ev.Queue, ev.To, ev.Number) || v.outgoing() || ev.Queue != "" && tk.queues.lines[ev.Queue] == nil:
		what = "unknown"
	case tk.asks[v.caller.id] != nil:
		what = "once"
	case a.address == "":
		what = "no_audio"
	case colleague != "":
		what = colleague
	case ev.Queue != "":
		if b = tk.queues.freeAgentOf(ev.Queue); b == nil {
			what = "nobody"
		}
	}
	if what != "" {
		return nil, "ask_" + what
	}
	return b, ""
}

// freeAgentOf returns the free agent of the queue whose turn it is, or nil.
func (qs *queues) freeAgentOf(queue string) *agent {
	l := qs.lineNamed(queue)
	var free []*agent
	for _, p := range qs.widestGroup(l, l.Skill, l.Level).profiles {
		free = append(free, p.ready...)
	}
	if len(free) == 0 {
		return nil
	}
	return slices.MinFunc(free, l.order(l.Skill))
}

// dialAsked has the switch call the consulted party.
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
		if joined {
			b.leaveNotice("ask_over", s.Now)
		} else {
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

// otherGone: the consulted party has hung up, or cannot be reached.
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
	if k.ticket.asks.with != call.WithOther {
		tk.bookTurn(s, k, call.WithOther)
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
