package policy

import (
	"cmp"
	"time"

	"presszero/call"
)

// Machine decides which talks are recorded, and states what becomes of it.
type Machine struct {
	// OnFault, when set, is told that a decision about a recording has failed. The talk goes on
	// unrecorded: to the loop nothing has happened, since it would take caller and agent apart.
	OnFault func(c call.ID, reason any)

	plan    call.RecordingPlan
	records bool // anything at all

	books  map[call.ID]*book
	legs   map[string]*leg       // that are joined, by name
	agents map[call.AgentID]*leg // the leg of each agent's talk
}

// New returns a stage that records nothing until Record tells what.
func New() *Machine {
	return &Machine{books: map[call.ID]*book{}, legs: map[string]*leg{}, agents: map[call.AgentID]*leg{}}
}

// Record changes which talks are recorded, as when a flow is published. Talks that are
// recorded already go on being so. It must run between two events.
func (m *Machine) Record(plan call.RecordingPlan) {
	m.plan, m.records = plan, plan.Records()
}

// state states a fact about a leg and takes it in.
func (m *Machine) state(s *call.Step, l *leg, f call.Fact) { m.apply(s.State(l.id, f)) }

// Heard hears which legs are joined and over, and what callers allow.
func (m *Machine) Heard(s *call.Step, e call.Entry) {
	m.safely(s, e.Call, func() { m.hear(s, e) })
}

// safely decides about a call, and records it no more if that fails.
func (m *Machine) safely(s *call.Step, c call.ID, decide func()) {
	defer func() {
		reason := recover()
		if reason == nil {
			return
		}
		if m.OnFault != nil {
			m.OnFault(c, reason)
		}
		m.Forget(s, c)
	}()
	decide()
}

func (m *Machine) hear(s *call.Step, e call.Entry) {
	b := m.books[e.Call]
	switch e.Fact.(type) {
	case call.BridgeLeft, call.TransferOver, call.OutgoingEnded, call.CallbackEnded, call.CallEnded, call.BridgeJoined, call.OutgoingJoined, call.TransferJoined:
		if b != nil && b.leg != nil {
			m.over(s, b.leg, "end")
		}
	}
	m.apply(e)
	if f, turned := e.Fact.(call.OutgoingTurned); turned {
		if about := m.books[f.For]; about != nil && about.united && about.leg != nil {
			m.unite(s, about.leg)
		}
	}
	if b == nil || b.leg == nil {
		return
	}
	switch f := e.Fact.(type) {
	case call.BridgeJoined, call.OutgoingJoined, call.TransferJoined:
		m.joined(s, b.leg)
	case call.ConsentRefused:
		m.refused(s, b.leg)
	case call.NodeEntered:
		m.sensitive(s, b.leg, m.plan.Sensitive[f.Node])
	case call.MenuLeft, call.BridgeStepOver:
		m.sensitive(s, b.leg, false)
	}
}

// Step takes what agents ask for, and what the media says.
func (m *Machine) Step(s *call.Step, ev call.Event) {
	c := call.CallOf(ev)
	if l := m.agents[call.AgentOf(ev)]; c == "" && l != nil {
		c = l.id
	}
	m.safely(s, c, func() { m.step(s, ev) })
}

func (m *Machine) step(s *call.Step, ev call.Event) {
	switch ev := ev.(type) {
	case call.RecordingTold:
		m.told(s, ev)
	case call.Resumed:
		if b := m.books[ev.Call]; b != nil && b.leg != nil && (b.leg.name == ev.Leg || b.leg.agent == "") {
			m.again(s, b.leg)
		}
	case call.TimerFired:
		b := m.books[call.ID(ev.Timer.Of)]
		if ev.Timer.Kind == silentTimer && b != nil && b.leg != nil && b.legs == ev.Timer.Gen && b.leg.state == asked {
			m.stop(s, b.leg, "failed")
			m.absent(s, b.leg, "failed")
			m.show(s, b.leg)
		}
		if ev.Timer.Kind == retryTimer && b != nil && b.leg != nil && b.legs == ev.Timer.Gen && b.leg.late() && m.denies(b.leg) == "" {
			m.begin(s, b.leg)
			m.tryAgain(s, b.leg)
		}
	default:
		if l := m.agents[call.AgentOf(ev)]; l != nil {
			m.says(s, l, ev)
		}
	}
}

// says takes what the agent asks for. What cannot be done now is passed over.
func (m *Machine) says(s *call.Step, l *leg, ev call.Event) {
	switch ev := ev.(type) {
	case call.PauseAsked:
		if l.state == on && l.steered() {
			m.pause(s, l, "agent", m.rule(l).Pause)
		}
	case call.ResumeAsked:
		if l.state == paused && l.steered() && !l.step {
			m.resume(s, l, "agent")
		}
	case call.MarkAsked:
		if l.steered() && ev.Of >= 0 && ev.Of <= l.marks && (ev.Of == 0 || ev.Text != "") {
			m.state(s, l, call.RecordingMarked{Recording: l.name, Text: ev.Text, Of: ev.Of})
			m.show(s, l)
		}
	case call.RecordAsked:
		if m.onDemand(l) {
			m.record(s, l)
		}
	case call.RefusedToAgent:
		if !l.consent.Refused && m.records {
			m.state(s, l, call.ConsentRefused{How: "agent"})
			m.refused(s, l)
		}
	}
}

// told takes what the media says of a leg. What it says of a leg that is over is passed
// over: its recording has ended with it.
func (m *Machine) told(s *call.Step, ev call.RecordingTold) {
	l := m.legs[ev.Leg]
	if l == nil {
		return
	}
	recorded := l.state == on || l.state == paused
	switch {
	case ev.What == "started" && (l.state == asked || l.late() && m.denies(l) == ""):
		m.state(s, l, call.RecordingStarted{Recording: l.name, Leg: l.name, Agent: l.agent, Queue: l.talk.Queue, Keep: m.rule(l).Keep})
		if l.quiet {
			m.state(s, l, call.RecordingPaused{Recording: l.name, Why: l.pausing, Limit: l.limit.Seconds()})
		}
	case ev.What == "started" && recorded && l.failing:
		m.state(s, l, call.RecordingRecovered{Recording: l.name})
	case ev.What == "started" && !recorded:
		m.stop(s, l, cmp.Or(l.why, "failed")) // it was told otherwise meanwhile
		return
	case ev.What == "paused" && !recorded:
		l.quiet = l.pausing != ""
		return
	case ev.What == "resumed" && !recorded:
		l.quiet, l.pausing, l.until = false, "", time.Time{}
		return
	case ev.What == "paused" && l.state == on:
		m.state(s, l, call.RecordingPaused{Recording: l.name, Why: cmp.Or(l.pausing, "agent"), Limit: l.limit.Seconds()})
	case ev.What == "paused" && l.state == paused: // it lasts longer now, or less
	case ev.What == "resumed" && l.state == paused:
		m.state(s, l, call.RecordingResumed{Recording: l.name, By: cmp.Or(ev.By, l.resuming, "limit")})
	case ev.What == "stopped" && recorded:
		m.state(s, l, call.RecordingStopped{Recording: l.name, Why: cmp.Or(l.stopping, "failed")})
	case ev.What == "failed" && l.state == asked:
		if m.absent(s, l, cmp.Or(ev.Why, "failed")); l.late() {
			m.tryAgain(s, l)
		}
	case ev.What == "failed" && ev.Why == "disk" && recorded && !l.failing:
		m.state(s, l, call.RecordingFailed{Recording: l.name, Why: ev.Why})
	case ev.What == "failed" && ev.Why == "disk" && recorded: // still
	case ev.What == "failed" && recorded:
		m.stop(s, l, "failed") // nothing may go on of which the books say that it does not
		m.state(s, l, call.RecordingStopped{Recording: l.name, Why: "failed"})
	default:
		return
	}
	m.show(s, l)
}

// Forget lets go of a call that could not be decided about. Its leg is recorded no more: the
// caller goes where no agent is.
func (m *Machine) Forget(s *call.Step, c call.ID) {
	b := m.books[c]
	if b == nil || b.leg == nil {
		return
	}
	l := b.leg
	m.part(b)
	if l.state == on || l.state == paused || l.state == asked || l.late() {
		m.stop(s, l, "failed")
	}
	if l.state == asked {
		m.absentFor(s, l, "failed", 0) // without days: the rule that has them may be what failed
	}
	m.over(s, l, "failed")
}

// Free has nothing to do: the agent's talk ends in the line, which states so.
func (*Machine) Free(*call.Step, call.AgentID, bool) []call.ID { return nil }
