package callqueue

import "presszero/call"

// The agent who has asked somebody leaves the other two together: see ask.go. It is a
// hand-over, with all that is in the books about one.

// handToAsked: the agent hands the caller over to the consulted party, and leaves.
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

// mayTake reports whether the consulted party is there. A colleague may not have come back yet
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

// handOn joins the caller with the consulted party, who becomes the caller's agent, or the
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
	e := lineEntry{queue: v.queue, origin: "transfer", key: v.ownKey(), skill: v.skill, level: v.level, by: by, note: note, nth: f.Nth, sticky: by}
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
	tk.apply(s.State(c.id, tk.queues.entryOf(c, e)))
	v := c.visit
	tk.apply(s.State(c.id, call.OfferStarted{Visit: v.id, Offer: call.OfferID(c.id, v.offers+1), Agent: b.id, Reason: "asked"}))
	tk.endOffer(s, v, "accepted", "")
	tk.apply(s.State(c.id, call.BridgeJoined{Visit: v.id, Offer: v.offer, Agent: b.id, Leg: leg}))
	tk.queues.leaveQueue(s, v, call.Answered)
	v.meant, v.through = b.id, b.address
	b.visit, b.talked, b.done, b.work = v, s.Now, true, v.queue
	b.leaveNotice("ask_handed", s.Now)
	tk.floor.recordChange(s, b)
}

// handOnFailed: the caller could not be joined with the consulted party.
func (tk *talks) handOnFailed(s *call.Step, c *caller) {
	s.Order(call.HangUp{Call: c.took})
	switch {
	case c.outside != nil:
		tk.notOutside(s, c, "failed")
	case c.visit != nil && c.visit.state == Talking:
		tk.legEnded(s, c.visit)
	}
}
