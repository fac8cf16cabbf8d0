package callqueue

import (
	"slices"
	"strings"
	"time"

	"presszero/call"
)

// An agent gives a caller away, and the caller is never lost by it:
//
//	                 ┌─ queue ─────> in line there, with the place of before
//	Talking ─handed─>├─ colleague ─> her page rings; not taken: the giver if free, then all
//	   │             └─ number ────> rings outside ──answered──> talks there until one hangs up
//	   │                                └──busy, no answer…──> the front of the line
//	   └─put back──> the front of the line, for another agent
//
// What cannot work is refused before anything has changed: see whyNotHanded.

// mostHandovers bounds how often a caller is handed over in one call.
const mostHandovers = 5

// outside is a caller whom an agent has handed over to a number outside. Once
// somebody has answered there, the menus see to its end, as to their own transfers.
type outside struct {
	call.BridgeHanded
	transfer string
	joined   time.Time          // somebody has answered; zero: nobody yet
	back     lineEntry          // where the caller goes if nobody answers
	notice   call.OutsideNotice // that whoever answers is told first; not known after a restart
}

// outsideLimit is how long the switch may say nothing about a number outside. It lets
// the number ring for 45 s over each trunk that takes the call.
const outsideLimit = 2 * time.Minute

// handOver gives the caller to a queue, a colleague or a number.
func (tk *talks) handOver(s *call.Step, ev call.HandedOver) {
	a, v := tk.talkOf(ev.Agent, ev.Call)
	if v == nil {
		return
	}
	if ev.Ask != "" {
		tk.handToAsked(s, a, v, ev.Ask)
		return
	}
	f := call.BridgeHanded{Visit: v.id, Agent: a.id, Queue: ev.Queue, To: ev.To, Nth: v.handed + 1}
	what, text := tk.whyNotHanded(s, a, v, ev)
	if what == "" && ev.Number != "" {
		f.Number, what, text = tk.dialer.mayHandTo(s, a, ev.Number)
	}
	if what != "" {
		tk.tell(s, v, what, text)
		return
	}
	e := lineEntry{queue: v.queue, origin: "transfer", key: v.ownKey(), skill: v.skill, level: v.level, by: a.id, note: ev.Note, nth: f.Nth}
	if ev.Queue != "" {
		e.queue = ev.Queue
		e.skill, e.level = tk.queues.requirementIn(v, ev.Queue)
	}
	to := tk.floor.agents[ev.To]
	if to != nil {
		e.sticky, e.direct = a.id, true
	}
	a.notice = nil
	c, queue, talk := v.caller, v.queue, v.recordedTalk()
	tk.dropAsk(s, v, "handed")
	tk.announcer.stopSpeech(s, v)
	tk.dropAgentLeg(s, v)
	tk.apply(s.State(c.id, f))
	tk.endTalk(s, v, call.SideAgent, "handed")
	if f.Number != "" {
		tk.callOutside(s, c, talk)
	} else {
		tk.queues.enterQueue(s, c, e)
	}
	tk.floor.startWrapUp(s, a, queue)
	if to != nil && c.visit != nil {
		c.visit.meant = to.id
		tk.startOffer(s, c.visit, []*agent{to})
	}
}

// whyNotHanded returns the notice that says why the caller cannot be handed over
// so; "" if nothing speaks against it.
func (tk *talks) whyNotHanded(s *call.Step, a *agent, v *visit, ev call.HandedOver) (what, text string) {
	l, colleague := tk.queues.lines[ev.Queue], tk.whyNotTo(a, ev.To)
	switch {
	case !oneTarget(ev.Queue, ev.To, ev.Number) || v.outgoing() || ev.Queue != "" && l == nil:
		return "hand_unknown", ""
	case v.handed >= mostHandovers:
		return "hand_often", ""
	case colleague != "":
		return "hand_" + colleague, ""
	case l != nil && !ev.Anyway && !l.isOpen(s.Now):
		return "hand_closed", ""
	case l != nil && !ev.Anyway && !tk.queues.hasAgentBeside(v, ev.Queue, a):
		return "hand_nobody", ""
	}
	return "", ""
}

// oneTarget reports whether exactly one of a queue, a colleague and a number is named.
func oneTarget(queue string, to call.AgentID, number string) bool {
	named := 0
	for _, target := range []string{queue, string(to), number} {
		if target != "" {
			named++
		}
	}
	return named == 1
}

// whyNotTo returns why the agent cannot turn to this colleague: self, offline or busy;
// "": she can, or no colleague is named.
func (tk *talks) whyNotTo(a *agent, id call.AgentID) string {
	to := tk.floor.agents[id]
	switch {
	case id == "":
		return ""
	case id == a.id:
		return "self"
	case to == nil || !to.atWork():
		return "offline"
	case to.state != call.Idle:
		return "busy"
	}
	return ""
}

// hasAgentBeside reports whether another agent than a is at work who could serve the
// visit in that queue.
func (qs *queues) hasAgentBeside(v *visit, queue string, a *agent) bool {
	skill, level := qs.requirementIn(v, queue)
	for _, p := range qs.widestGroup(qs.lineNamed(queue), skill, level).profiles {
		if slices.ContainsFunc(p.members, func(b *agent) bool { return b != a && b.atWork() }) {
			return true
		}
	}
	return false
}

// requirementIn is what a visit asks of agents in a queue, which may be its own. What
// the queue of before has asked for stays behind; what the caller has asked for goes
// along.
func (qs *queues) requirementIn(v *visit, queue string) (skill string, level int) {
	if l := qs.lineNamed(v.queue); v.skill == l.Skill && v.level == l.Level {
		to := qs.lineNamed(queue)
		return to.Skill, to.Level
	}
	return v.skill, v.level
}

// mayHandTo returns the number in E.164, or the notice that says why no caller is
// handed over to it. The policy is the one for all calls that leave; it counts the
// call as the agent's.
func (dl *dialer) mayHandTo(s *call.Step, a *agent, number string) (e164, what, why string) {
	if dl.machine.Outbound != nil {
		if _, may := dl.machine.Outbound.Emergency(number); may {
			return "", "hand_refused", ""
		}
	}
	e164, what, why = dl.mayDial(s, a, number)
	return e164, strings.Replace(what, "dial_", "hand_", 1), why
}

// callOutside has the number ring. The caller hears music until it is answered, and who
// answers has been told of the recording; talk is the one that the caller comes from.
func (tk *talks) callOutside(s *call.Step, c *caller, talk call.RecordedTalk) {
	o := c.outside
	o.notice = tk.machine.recording.OutsideNotice(c.id, talk, c.consent, o.Number)
	if o.notice.Prompt != "" && tk.machine.SoundKey != nil {
		o.notice.Played.Sound = tk.machine.SoundKey(o.notice.Prompt)
	}
	id := call.TransferID(c.id, o.Nth)
	tk.apply(s.State(c.id, call.TransferStarted{Transfer: id, Number: o.Number}))
	s.Order(call.Music{Call: c.id, Class: tk.queues.lineNamed(o.back.queue).Music})
	s.Order(call.TransferOut{Call: c.id, Transfer: id, Number: o.Number, By: o.Agent, Notice: o.notice})
	s.After(outsideLimit, call.Timer{Kind: outsideTimer, Of: string(c.id), Gen: o.Nth})
}

// outsideSays takes news of the number outside.
func (tk *talks) outsideSays(s *call.Step, ev call.Event) {
	c := tk.callers[call.CallOf(ev)]
	if c == nil || c.outside == nil {
		return
	}
	switch ev := ev.(type) {
	case call.TransferAnswered:
		if ev.Transfer == c.outside.transfer && c.outside.joined.IsZero() {
			tk.apply(s.State(c.id, c.outside.notice.Joined(ev)))
		}
	case call.TransferEnded:
		switch {
		case ev.Transfer != c.outside.transfer:
		case c.outside.joined.IsZero():
			tk.notOutside(s, c, ev.Why)
		case c.ticket != nil: // a call of ours, which the menus do not know
			tk.endOutside(s, c, ev.Why)
			s.Order(call.HangUp{Call: c.id})
		}
	}
}

// outsideSilent: the switch says nothing any more.
func (tk *talks) outsideSilent(s *call.Step, c *caller, t call.Timer) {
	if o := c.outside; o != nil && o.Nth == t.Gen && o.joined.IsZero() {
		s.Order(call.DropTransfer{Call: c.id, Transfer: o.transfer})
		tk.notOutside(s, c, "no_answer")
	}
}

// outsideAfterRestart: a number that rang before a restart is dropped. A talk outside
// goes on.
func (tk *talks) outsideAfterRestart(s *call.Step, c *caller) {
	if o := c.outside; o.joined.IsZero() {
		s.Order(call.DropTransfer{Call: c.id, Transfer: o.transfer})
		tk.notOutside(s, c, "restart")
	}
}

// notOutside: nobody has answered outside. The caller goes to the front of the line,
// and the agent who had the call is the first to be asked.
func (tk *talks) notOutside(s *call.Step, c *caller, why string) {
	back := tk.endOutside(s, c, why)
	tk.queues.enterQueue(s, c, back)
}

// endOutside ends the attempt in the books, and returns where the caller came from.
func (tk *talks) endOutside(s *call.Step, c *caller, why string) lineEntry {
	o := c.outside
	switch why {
	case "trunk", "failed", "restart":
		if tk.machine.Outbound != nil {
			tk.machine.Outbound.Uncount(o.Number)
		}
	}
	f := call.TransferOver{Transfer: o.transfer, Why: why}
	if !o.joined.IsZero() {
		f.Talked = seconds(s.When(c.id).Sub(o.joined))
	}
	tk.apply(s.State(c.id, f))
	return o.back
}

// putBack: the agent gives the caller back to the line, for another agent.
func (tk *talks) putBack(s *call.Step, ev call.PutBack) {
	a, v := tk.talkOf(ev.Agent, ev.Call)
	if v == nil || v.outgoing() {
		return
	}
	tk.backInLine(s, v, call.SideAgent, "put_back", lineEntry{by: a.id, note: ev.Note, nth: v.handed}, ev.Callback)
	tk.floor.startWrapUp(s, a, v.queue)
}

// backInLine ends a talk, and puts the caller at the front of the line; callback has
// the caller asked at once whether to be called back.
func (tk *talks) backInLine(s *call.Step, v *visit, by call.Side, why string, e lineEntry, callback bool) {
	tk.endToLine(s, v, by, why, e)
	if w := v.caller.visit; w != nil && w.ticket == nil && callback {
		tk.announcer.askForCallback(s, w)
	}
}

// Outside returns the talks outside of callers whom agents have handed over and whom
// we had called; those of all others are the menus' (see ivr.Machine.Transfers).
func (m *Machine) Outside() map[call.ID]string {
	up := map[call.ID]string{}
	for id, c := range m.callers {
		if o := c.outside; o != nil && !o.joined.IsZero() && c.ticket != nil {
			up[id] = o.transfer
		}
	}
	return up
}

// handedOf is what the agent sees who has, or is offered, a caller that was handed
// over.
func (tk *talks) handedOf(v *visit, to call.AgentID) *call.DeskHanded {
	if v.by == "" {
		return nil
	}
	h := &call.DeskHanded{By: v.by, Note: v.note, Nth: v.handed, Back: v.by == to}
	if a := tk.floor.agents[v.by]; a != nil {
		h.Name = a.name
	}
	return h
}
