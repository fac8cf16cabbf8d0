package callqueue

import (
	"strings"

	"presszero/call"
)

// sentOnce is what happens at most once to a call.
type sentOnce struct {
	call       call.ID
	queue, why string
}

// judge is told what must not be.
type judge interface {
	Fatalf(format string, args ...any)
}

// judge checks what must hold after every step.
func (d *day) judge(fx call.Effects) {
	d.did += len(fx.Facts) + len(fx.Commands)
	for _, e := range fx.Facts {
		d.past = append(d.past, e)
		d.judgeFact(e)
	}
	promised := map[call.ID]bool{}
	for _, c := range fx.Commands {
		switch c := c.(type) {
		case call.Promise:
			promised[c.Call] = true
		case call.Play:
			if strings.HasPrefix(c.Prompts[0], "callback-promise") && !promised[c.Call] {
				d.t.Fatalf("%s is promised something that the disk does not have", c.Call)
			}
		}
		d.carry(c)
	}
	d.floor()
	d.books()
	if !d.starting {
		d.deadAir()
		d.listeners()
	}
	for len(d.later) > 0 {
		ev := d.later[0]
		d.later = d.later[1:]
		d.postEvent(ev)
	}
}

// judgeFact: what is written down must be possible after what was written before.
func (d *day) judgeFact(e call.Entry) {
	switch f := e.Fact.(type) {
	case call.CallStarted:
		d.began[e.Call] = true
	case call.BridgeLeft:
		if f.Held+f.Gone > f.Talked+0.01 || f.Longest > f.Held+0.001 || (f.Holds == 0) != (f.Longest == 0 && f.Held == 0 && !f.OnHold) && f.Holds == 0 {
			d.t.Fatalf("a talk is booked as %+v", f)
		}
	case call.QueueEntered:
		d.entered(e.Call, f)
	case call.QueuePlaced:
		if _, booked := d.booked[e.Call]; booked {
			d.keys[e.Call] = f.Key
		}
	case call.PromiseBroken:
		if d.madeUp[f.Was] {
			d.t.Fatalf("%s makes up for %s, which somebody has done", f.Visit, f.Was)
		}
		d.madeUp[f.Was] = true
		if v := d.line.callers[e.Call].visit; f.Key.After(d.stood[e.Call]) || f.Credit > mostCredit.Seconds() || f.Credit > 0 && v.entered.Sub(f.Key) > mostCredit {
			d.t.Fatalf("%s makes up for a promise with the place %s, and had %s: %+v", f.Visit, f.Key, d.stood[e.Call], f)
		}
		d.stood[e.Call] = f.Key
	case call.QueueLeft:
		if had, ok := d.outcomes[f.Visit]; ok {
			d.t.Fatalf("visit %s ended twice: %s, then %s", f.Visit, had, f.Outcome)
		}
		if _, ok := d.open[f.Visit]; !ok {
			d.t.Fatalf("visit %s ended without having begun", f.Visit)
		}
		delete(d.open, f.Visit)
		d.outcomes[f.Visit] = f.Outcome
	case call.SentBack:
		if d.sent[sentOnce{e.Call, f.Queue, f.Reason}] && f.Reason != tooLong {
			d.t.Fatalf("%s is sent back twice because %s is %s", e.Call, f.Queue, f.Reason)
		}
		d.sent[sentOnce{e.Call, f.Queue, f.Reason}] = true
	case call.OfferStarted:
		d.firstInLine(f)
	case call.CallbackBooked:
		if _, known := d.booked[e.Call]; known {
			d.t.Fatalf("%s is booked twice", e.Call)
		}
		d.booked[e.Call] = true
		d.keys[e.Call], d.gave[e.Call] = f.Key, f.Key
	case call.CallbackDialed:
		if f.Agent == "" {
			d.aboutToBeFree()
		}
	case call.OutgoingDialed:
		d.own[e.Call] = true
	case call.CallEnded, call.CallbackEnded, call.OutgoingEnded:
		d.judgeEnd(e.Call)
	default:
		if d.ended[e.Call] {
			d.t.Fatalf("%s after the end of %s", f.Kind(), e.Call)
		}
	}
}

// entered: a place in line is kept, nobody is passed round for ever, and nobody
// goes further ahead than a credit allows.
func (d *day) entered(id call.ID, f call.QueueEntered) {
	d.open[f.Visit] = id
	if key, ok := d.keys[id]; ok {
		if own := d.gave[id]; !key.Equal(f.Key) && !(f.Origin == "returned" && own.Equal(f.Key)) { // served from the front, which is used up
			d.t.Fatalf("callback %s had the place %s, of the line %s, and got %s", id, key, own, f.Key)
		}
		d.keys[id] = f.Key
	}
	if f.MovedBy != "" {
		d.stood[id] = f.Key
		return // a supervisor may do so again and again
	}
	if f.Origin == "overflow" {
		if d.moved[id]++; d.moved[id] > mostOverflows {
			d.t.Fatalf("%s is passed round: %s", id, f.Visit)
		}
	} else {
		d.moved[id] = 0
	}
	if key, ok := d.stood[id]; ok && f.Origin == "sent_back" && f.Key.After(key) {
		d.t.Fatalf("%s stood at %s and was sent back; now it is %s", id, key, f.Key)
	}
	d.stood[id] = f.Key
	if ahead := d.now.Sub(f.Key); f.Origin == "menu" && ahead > mostCredit {
		d.t.Fatalf("%s goes before who came %s earlier", f.Visit, ahead)
	}
}

// judgeEnd: a call ends once, and its visits before it.
func (d *day) judgeEnd(id call.ID) {
	delete(d.own, id)
	if d.ended[id] {
		d.t.Fatalf("%s ended twice", id)
	}
	d.ended[id] = true
	delete(d.booked, id)
	for v, c := range d.open {
		if c == id {
			d.t.Fatalf("%s is over and its visit %s has no outcome", c, v)
		}
	}
}

// judgeLateOrder: of a call that is over nothing is ordered any more but what takes away
// what is left of it. A HangUp may cross with the news of the end.
func (d *day) judgeLateOrder(c call.Command) {
	switch c.(type) {
	case call.DropLeg, call.StopPlay, call.StopRecord, call.DropTransfer, call.HangUp, call.Fallback:
		return
	}
	if id := call.CallOrdered(c); d.ended[id] {
		d.t.Fatalf("%T is ordered after the end of %s", c, id)
	}
}

// never: nobody who waits is hung up on.
func (d *day) never(id call.ID) {
	c := d.line.callers[id]
	if c == nil || c.visit == nil || !d.up[id] && !d.answer[id] {
		return
	}
	if st := c.visit.state; c.onPhone() && (st == Waiting || st == Offered || st == Connecting) {
		d.t.Fatalf("%s is %s and is hung up on", id, st)
	}
}

// firstInLine: whom an agent is offered is the first of all whom she may
// serve, be it a caller or a callback.
func (d *day) firstInLine(f call.OfferStarted) {
	v, a := d.line.talks.byOffer[f.Offer], d.line.floor.agents[f.Agent]
	if v == nil || a == nil {
		return // over within the same step
	}
	if v.returned && v.entered.Equal(d.now) && v.state == Connecting {
		return // a talk that goes on, joined anew
	}
	if v.by != "" && v.entered.Equal(d.now) {
		return // handed over to this colleague
	}
	for _, g := range d.line.queues.groups {
		if !a.serves(g) {
			continue
		}
		g.waiting.eachInOrder(func(w *visit) bool {
			if !d.line.queues.mayServe(w, a, d.now) {
				return true
			}
			if w.entered.Before(d.now) && a.rankOf(w, g.line) < a.rankOf(v, d.line.queues.lines[v.queue]) {
				d.t.Fatalf("%s was offered before %s, who stands in front", v.id, w.id)
			}
			return false
		})
	}
}

// deadAir: who waits on the phone hears something, except while a question
// waits for an answer.
func (d *day) deadAir() {
	for id, c := range d.line.callers {
		v := c.visit
		if v != nil && v.state == Talking && (d.up[id] || d.answer[id]) {
			menus := v.step != nil // which speak, and wait for keys
			if d.hasMusic(v) != d.held[id] || d.held[id] && !menus && !d.music[id] && d.playing[id] == "" {
				d.t.Fatalf("%s talks, is to have music %v, is on hold %v, with music %v and words %q", v.id, d.hasMusic(v), d.held[id], d.music[id], d.playing[id])
			}
			if k := d.line.talks.asks[id]; k != nil && k.state == Talking && k.ticket.asks.with != call.WithOther && d.live[v.agent] != v.leg {
				d.t.Fatalf("%s is with %s, and the live leg is %s", v.agent, k.ticket.asks.with, d.live[v.agent])
			}
			if k := d.line.talks.asks[id]; k != nil && k.state == Talking && (d.united[k.caller.id] == id) != (k.ticket.asks.with == call.WithAll) {
				d.t.Fatalf("%s talks with %s, and the switch has united %s with %q", v.agent, k.ticket.asks.with, k.caller.id, d.united[k.caller.id])
			}
		}
		if v == nil && c.outside != nil && c.outside.joined.IsZero() && c.outside.Ask == "" && !d.music[id] && d.up[id] {
			d.t.Fatalf("%s hears nothing while a number outside rings", id)
		}
		if v == nil || !c.onPhone() || v.state != Waiting && v.state != Offered || v.dialog != nil && v.play == "" {
			continue
		}
		if !d.music[id] && d.playing[id] == "" && (d.up[id] || d.answer[id]) {
			d.t.Fatalf("%s is %s and hears nothing", v.id, v.state)
		}
	}
}

// hasMusic is whether the far end of a talk is to hear music instead of the agent. Of
// three it is the one from whom the agent has turned away, or both others while the
// agent is gone; but not when they are with each other.
func (d *day) hasMusic(v *visit) bool {
	if about := d.about(v); about != nil {
		with := v.ticket.asks.with
		return with == call.WithCaller || with == call.WithOther && !about.pauses.gap.IsZero()
	}
	if d.line.talks.united(v) {
		return v.pauses.held
	}
	return v.pauses.paused()
}

// about is the talk about which somebody is asked in this call; nil: none is.
func (d *day) about(v *visit) *visit { return d.line.talks.talkAbout(v) }

// aboutToBeFree: customers who are called before an agent is free are no more
// than the agents who soon will be.
func (d *day) aboutToBeFree() {
	for _, l := range d.line.queues.lines {
		handle, ok := l.handling.Seconds(d.now)
		if l.predialed > 0 && (!ok || float64(l.predialed) > d.line.floor.crewSize(l, d.now)/handle*pickUp.Seconds()) {
			d.t.Fatalf("%s: %d customers are called for nobody", l.Name, l.predialed)
		}
	}
}

// books: the structures that make deciding fast say what is so.
func (d *day) books() {
	for _, l := range d.line.queues.lines {
		all, open, waiting, live, dialed := 0, 0, 0, 0, 0
		var before *visit
		l.open.eachOpen(func(v *visit) bool {
			if before != nil && !before.before(v) {
				d.t.Fatalf("%s stands before %s", before.id, v.id)
			}
			before = v
			all++
			if v.stands() {
				open++
			}
			if v.state == Waiting {
				waiting++
				if v.isLive() {
					live++
				}
			}
			if (v.state == Waiting) != (v.place >= 0) {
				d.t.Fatalf("%s is %s at place %d", v.id, v.state, v.place)
			}
			if v.counted {
				dialed++
			}
			return true
		})
		if n := countsBelow(l.open.root); n.open != open || n.waiting != waiting || n.live != live {
			d.t.Fatalf("%s counts %d %d %d, and has %d %d %d", l.Name, n.open, n.waiting, n.live, open, waiting, live)
		}
		if first := l.open.firstAway(); (first != nil) != (waiting > live) {
			d.t.Fatalf("%s: first callback %v of %d", l.Name, first, waiting-live)
		}
		listed := 0
		for v := l.oldest; v != nil; v = v.newer {
			listed++
		}
		if listed != all || dialed != l.predialed {
			d.t.Fatalf("%s: %d in line, %d listed; %d called first, %d counted", l.Name, all, listed, dialed, l.predialed)
		}
	}
	for id := range d.booked {
		if c := d.line.callers[id]; c == nil || d.line.callbacks.tickets[c.ticket.unique()] != c {
			d.t.Fatalf("callback %s is lost", id)
		}
	}
	if len(d.line.callbacks.tickets) != len(d.booked) {
		d.t.Fatalf("%d callbacks, %d booked", len(d.line.callbacks.tickets), len(d.booked))
	}
}

// floor: nobody waits for a free agent, no agent has two callers, no caller
// two agents.
func (d *day) floor() {
	for _, a := range d.line.floor.agents {
		if !a.canTakeOffer() {
			continue
		}
		for _, g := range d.line.queues.groups {
			for _, v := range g.waiting {
				if a.serves(g) && d.line.queues.mayServe(v, a, d.now) && !v.reserved.Equal(d.now) { // else the timer of the reserve is next
					d.t.Fatalf("%s waits while %s is free", v.id, a.id)
				}
			}
		}
	}
	with := map[*visit]call.AgentID{}
	for id, a := range d.line.floor.agents {
		busy := a.state == call.Ringing || a.state == call.Connecting || a.state == call.Talking
		if busy != (a.visit != nil) {
			d.t.Fatalf("%s is %s with visit %v", id, a.state, a.visit)
		}
		if a.visit.isAsked(a) {
			if asks := a.visit.ticket.asks; asks.to != id {
				d.t.Fatalf("%s has the call in which %s is asked", id, asks.to)
			}
		} else if a.visit != nil {
			if other, ok := with[a.visit]; ok {
				d.t.Fatalf("%s and %s both have %s", id, other, a.visit.id)
			}
			with[a.visit] = id
			if a.visit.agent != id {
				d.t.Fatalf("%s has %s, which thinks it is with %q", id, a.visit.id, a.visit.agent)
			}
		}
	}
}
