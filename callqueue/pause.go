package callqueue

import (
	"time"

	"presszero/call"
)

// A talk is interrupted in two ways, in both of which the caller hears music and is
// heard by nobody:
//
//	Talking ──Held──> on hold ──Held off──> Talking        the agent wants it
//	   └──page or audio gone──> gap ──audio back──> as before, on hold or not
//	                             └──gapLimit──> the front of the line
//
// Leg and bridge stay in both. See call.Hold.

const (
	// gapLimit is how long a talk waits for its agent's page or audio to come back.
	gapLimit = 30 * time.Second
	// pageLimit is how long after-call work waits for the agent's page.
	pageLimit = 30 * time.Second
	// longHold is when a caller on hold is told of the ways out of it.
	longHold = 30 * time.Second
)

// pauses is what a visit knows of the interruptions of its talk. It changes only in
// apply, but for told, which is about words and is not kept over a restart.
type pauses struct {
	held  bool          // the caller is on hold…
	since time.Time     // …since then, or since the end of a gap within the hold
	this  time.Duration // of this hold, before since
	told  bool          // in this hold the caller has been told of the ways out

	holds   int           // begun so far
	total   time.Duration // of all holds, without gaps
	longest time.Duration

	gap  time.Time     // since when the agent is away; zero: is not
	away time.Duration // all gaps before
}

// paused reports whether the caller hears music instead of the agent.
func (p *pauses) paused() bool { return p.held || !p.gap.IsZero() }

// hold begins a hold.
func (p *pauses) hold(at time.Time) {
	p.held, p.since, p.this, p.told = true, at, 0, false
	p.holds++
}

// count adds the hold up to now.
func (p *pauses) count(at time.Time) {
	if !p.held || !p.gap.IsZero() {
		return
	}
	d := max(at.Sub(p.since), 0)
	p.this, p.total, p.since = p.this+d, p.total+d, at
	p.longest = max(p.longest, p.this)
}

// resume ends a hold.
func (p *pauses) resume(at time.Time) {
	p.count(at)
	p.held = false
}

// leave begins a gap. The clock of a hold stands meanwhile, so that no second is
// counted twice.
func (p *pauses) leave(at time.Time) {
	p.count(at)
	p.gap = at
}

// rejoin ends a gap.
func (p *pauses) rejoin(at time.Time) {
	p.away += max(at.Sub(p.gap), 0)
	p.gap, p.since = time.Time{}, at
}

// at returns what the pauses will be if the talk ends then.
func (p pauses) at(end time.Time) pauses {
	p.count(end)
	if !p.gap.IsZero() {
		p.rejoin(end)
	}
	return p
}

// applyPause changes the pauses of a talk.
func (v *visit) applyPause(e call.Entry) {
	switch f := e.Fact.(type) {
	case call.BridgeHeld:
		v.pauses.hold(e.At)
	case call.BridgeResumed:
		v.pauses.resume(e.At)
	case call.BridgeGap:
		v.pauses.leave(e.At)
	case call.BridgeRejoined:
		v.pauses.rejoin(e.At)
	case call.BridgeKeys:
		v.keys += f.Keys
	}
}

// talkOf returns the visit of the call that the agent talks with, or nil.
func (tk *talks) talkOf(id call.AgentID, c call.ID) (*agent, *visit) {
	a := tk.floor.agents[id]
	if a == nil || a.state != call.Talking || a.visit == nil || a.visit.caller.id != c || a.visit.agent != id || a.visit.state != Talking {
		return nil, nil
	}
	return a, a.visit
}

// holdOrResume: the agent puts the caller on hold, or talks again.
func (tk *talks) holdOrResume(s *call.Step, ev call.Held) {
	a, v := tk.talkOf(ev.Agent, ev.Call)
	if v == nil || v.pauses.held == ev.On || !v.pauses.gap.IsZero() {
		return
	}
	if v.step != nil {
		tk.takeBack(s, v, "agent")
	}
	if k := tk.asks[v.caller.id]; k != nil {
		tk.holdWhileAsking(s, v, k, ev.On)
		return
	}
	if ev.On {
		tk.beginHold(s, v)
	} else {
		tk.endHold(s, v)
		tk.orderUnhold(s, v)
	}
	tk.floor.showPage(a)
}

// beginHold puts the caller on hold.
func (tk *talks) beginHold(s *call.Step, v *visit) {
	tk.apply(s.State(v.caller.id, call.BridgeHeld{Visit: v.id, Agent: v.agent}))
	tk.orderHold(s, v)
	tk.watchHold(s, v)
}

// endHold ends a hold in the books.
func (tk *talks) endHold(s *call.Step, v *visit) {
	p := v.pauses.at(s.Now)
	tk.apply(s.State(v.caller.id, call.BridgeResumed{Visit: v.id, Agent: v.agent, Held: seconds(p.this)}))
}

// orderHold has the caller hear the music of the queue. It is repeated after words.
func (tk *talks) orderHold(s *call.Step, v *visit) {
	s.Order(call.Hold{Call: v.caller.id, Class: tk.musicOf(v)})
}

// orderUnhold ends that. Words under way are cut by it.
func (tk *talks) orderUnhold(s *call.Step, v *visit) {
	v.play = ""
	s.Order(call.Unhold{Call: v.caller.id})
}

// musicOf is the class of music of the visit. An agent's own call is in no queue.
func (tk *talks) musicOf(v *visit) string {
	if v.outgoing() {
		return usual.Music
	}
	return tk.queues.lineNamed(v.queue).Music
}

// watchHold sets the timer of a hold; also one that a restart has lost.
func (tk *talks) watchHold(s *call.Step, v *visit) {
	if !v.outgoing() && !v.pauses.told {
		s.After(max(longHold-v.pauses.at(s.Now).this, 0), v.timer(holdTimer))
	}
}

// longOnHold: the caller hears the ways out of the hold, once in each. When a gap or
// words are in the way, it is looked at again after them.
func (tk *talks) longOnHold(s *call.Step, v *visit) {
	p := v.pauses.at(s.Now)
	switch {
	case v.state != Talking || !v.pauses.held || v.step != nil || v.pauses.told || v.play != "" || !v.pauses.gap.IsZero():
	case p.this < longHold:
		tk.watchHold(s, v)
	default:
		v.pauses.told = true
		words := "hold-line"
		if tk.announcer.mayBeCalled(v) {
			words = "hold-choice"
			tk.apply(s.State(v.caller.id, call.CallbackOffered{Visit: v.id, Why: "on_hold"}))
		}
		tk.announcer.playPrompts(s, v, words)
	}
}

// holdKey takes a key of a caller who has been on hold for long: 1 is a callback, 0
// the line. The place is in front.
func (tk *talks) holdKey(s *call.Step, v *visit, key string) {
	callback := key == "1" && tk.announcer.mayBeCalled(v)
	if !v.pauses.held || v.step != nil || v.outgoing() || v.pauses.at(s.Now).this < longHold || key != "0" && !callback {
		return
	}
	a := tk.floor.agents[v.agent]
	tk.backInLine(s, v, call.SideCaller, "caller_chose", lineEntry{}, callback)
	if a != nil {
		a.leaveNotice("caller_chose", s.Now)
		tk.floor.startWrapUp(s, a, v.queue)
	}
}

// otherOrderFailed takes that an order during a talk, or for a number outside, could
// not be carried out, and reports whether it was such an order.
func (tk *talks) otherOrderFailed(s *call.Step, c *caller, ev call.Failed) bool {
	v := c.visit
	switch ev.Command {
	case call.NameOf(call.Hold{}):
		switch {
		case v == nil || v.state != Talking:
		case v.asking() != nil && tk.talkAbout(v) != nil:
			tk.otherNotHeld(s, v)
		case !v.pauses.gap.IsZero(): // the caller would hear nothing
			tk.lostInGap(s, v)
		default:
			tk.holdFailed(s, v)
		}
	case call.NameOf(call.Unite{}):
		tk.notUnited(s, v)
	case call.NameOf(call.HandOn{}):
		tk.handOnFailed(s, c)
	case call.NameOf(call.SendKeys{}):
		if v != nil && v.state == Talking {
			tk.tell(s, v, "keys_failed", "")
		}
	case call.NameOf(call.TransferOut{}):
		if c.outside != nil && c.outside.joined.IsZero() {
			tk.notOutside(s, c, "failed")
		}
	default:
		return false
	}
	return true
}

// resumePauses orders anew, after a restart, what the caller is to hear: the orders
// of before may be lost, or their facts.
func (tk *talks) resumePauses(s *call.Step, v *visit) {
	if about := tk.talkAbout(v); about != nil {
		tk.resumeAsk(s, about, v)
		return
	}
	if !v.pauses.paused() {
		tk.orderUnhold(s, v)
		return
	}
	if tk.united(v) {
		tk.orderUnhold(s, v)
	} else {
		tk.orderHold(s, v)
	}
	if v.pauses.held {
		tk.watchHold(s, v)
	}
	if !v.pauses.gap.IsZero() {
		s.After(gapLimit, v.timer(gapTimer))
	}
}

// holdFailed: the switch could not put the caller on hold, and has undone what it had
// begun: the two hear each other.
func (tk *talks) holdFailed(s *call.Step, v *visit) {
	if !v.pauses.held {
		return
	}
	if v.step != nil {
		tk.takeBack(s, v, "failed")
	}
	if k := tk.asks[v.caller.id]; k != nil {
		tk.endAsk(s, k, ended{by: call.SideSystem, why: "hold_failed"})
	}
	tk.endHold(s, v)
	tk.announcer.stopSpeech(s, v)
	tk.tell(s, v, "hold_failed", "")
}

// tell leaves a notice for the agent who talks with the caller.
func (tk *talks) tell(s *call.Step, v *visit, what, text string) {
	if a := tk.floor.agents[v.agent]; a != nil && a.visit == v {
		a.notice = &call.DeskNotice{What: what, At: s.Now, Text: text}
		tk.floor.showPage(a)
	}
}

// pressKeys presses keys towards the far end. Keys that were sent twice have the
// wrong count.
func (tk *talks) pressKeys(s *call.Step, ev call.Keyed) {
	a, v := tk.talkOf(ev.Agent, ev.Call)
	if v == nil {
		a, v = tk.askOf(ev.Agent, ev.Call)
	}
	if v == nil {
		tk.keepKeys(ev)
		return
	}
	n := len(ev.Keys.Reveal())
	if n == 0 || ev.After != v.keys || v.step != nil || !v.pauses.gap.IsZero() {
		return
	}
	s.Order(call.SendKeys{Call: v.caller.id, Keys: ev.Keys})
	tk.apply(s.State(v.caller.id, call.BridgeKeys{Visit: v.id, Agent: a.id, Keys: n}))
	tk.floor.showPage(a)
}

// beginGap: the agent of a talk cannot hear or be heard. The caller hears so, and
// then music, while the agent's page has time to come back.
func (tk *talks) beginGap(s *call.Step, v *visit) {
	if v.state != Talking || !v.pauses.gap.IsZero() {
		return
	}
	if v.play != "" {
		v.pauses.told = false // cut off by this
		tk.announcer.stopSpeech(s, v)
	}
	tk.apply(s.State(v.caller.id, call.BridgeGap{Visit: v.id, Agent: v.agent}))
	if !tk.united(v) && v.step == nil { // the caller and the other talk on, or the caller is in the menus
		tk.waitForAgent(s, v)
		tk.holdOther(s, v)
	}
	s.After(gapLimit, v.timer(gapTimer))
}

// mostEarlyKeys bounds what is kept.
const mostEarlyKeys = 64

// keepKeys keeps keys for a number that the agent has dialled and that has not answered.
func (tk *talks) keepKeys(ev call.Keyed) {
	a := tk.floor.agents[ev.Agent]
	if a == nil || a.state != call.Connecting || a.visit == nil || !a.visit.outgoing() || a.visit.isAsked(a) || a.visit.caller.id != ev.Call {
		return
	}
	v := a.visit
	before := v.early.Reveal()
	if keys := before + ev.Keys.Reveal(); ev.After == len(before) && len(keys) <= mostEarlyKeys {
		v.early = call.NewSecret(keys)
		tk.floor.showPage(a)
	}
}

// sendEarlyKeys sends what was pressed before the number has answered.
func (tk *talks) sendEarlyKeys(s *call.Step, v *visit) {
	n := len(v.early.Reveal())
	if n == 0 {
		return
	}
	s.Order(call.SendKeys{Call: v.caller.id, Keys: v.early})
	tk.apply(s.State(v.caller.id, call.BridgeKeys{Visit: v.id, Agent: v.agent, Keys: n}))
	v.early = call.Secret{}
}

// waitForAgent has the caller hear that the agent is away, and then music.
func (tk *talks) waitForAgent(s *call.Step, v *visit) {
	tk.orderHold(s, v)
	if !v.outgoing() {
		tk.announcer.playPrompts(s, v, "talk-lost")
	}
}

// endGap: the agent's audio is back on the leg of the talk.
func (tk *talks) endGap(s *call.Step, v *visit) {
	if v.pauses.gap.IsZero() {
		return
	}
	gone := max(s.Now.Sub(v.pauses.gap), 0)
	tk.apply(s.State(v.caller.id, call.BridgeRejoined{Visit: v.id, Agent: v.agent, Gone: seconds(gone)}))
	tk.unholdOther(s, v)
	if v.pauses.held {
		tk.watchHold(s, v)
		return
	}
	tk.orderUnhold(s, v)
}

// gapOver: the page has not come back in time.
func (tk *talks) gapOver(s *call.Step, v *visit) {
	if v.state != Talking || v.pauses.gap.IsZero() {
		return
	}
	if left := gapLimit - s.Now.Sub(v.pauses.gap); left > 0 {
		s.After(left, v.timer(gapTimer)) // it is another gap
		return
	}
	tk.lostInGap(s, v)
}

// lostInGap ends a talk during a gap. The caller goes to the front of the line, where
// the same agent is the first to be asked if there again.
func (tk *talks) lostInGap(s *call.Step, v *visit) {
	a := tk.floor.agents[v.agent]
	if v.outgoing() || tk.united(v) {
		tk.breakOff(s, v, call.SideAgent, "agent_lost")
	} else {
		tk.endToLine(s, v, call.SideAgent, "agent_lost", lineEntry{sticky: v.agent})
	}
	switch {
	case a == nil || a.state != call.Talking: // her own call is over, and after-call work has begun
	case a.pageless:
		a.visit = nil
		tk.floor.signOut(s, a)
	default:
		a.leaveNotice(v.lostAudioNotice(), s.Now)
		tk.floor.changeState(s, a, call.Idle)
	}
}
