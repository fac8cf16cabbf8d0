package policy

import (
	"time"

	"presszero/call"
)

// answerLimit is how long the media may take to say that it records. After that the talk is
// told as not recorded, and the media is told so.
const answerLimit = 10 * time.Second

// silentTimer: the media has not said whether it records. It is about a call; Gen is its leg's number.
const silentTimer call.TimerKind = "recording.silent"

// stepLimit bounds the pause of a sensitive step, which ends by its own end: no step lasts
// so long, and a controller that dies in it must not leave a talk unrecorded for ever.
const stepLimit = 30 * time.Minute

// rule is how the leg is to be recorded, by the flow that is served now.
func (m *Machine) rule(l *leg) call.RecordingRule { return m.plan.Rule(l.talk) }

// denies returns why the leg may not be recorded, "" if it may be.
func (m *Machine) denies(l *leg) string {
	if l.consult {
		return "off"
	}
	return l.consent.Denies(m.rule(l))
}

// joined decides about a leg that is joined.
func (m *Machine) joined(s *call.Step, l *leg) {
	rule, why := m.rule(l), m.denies(l)
	switch {
	case why != "":
	case rule.Talks == call.RecordOnDemand:
		why = "on_demand"
	case !rule.Talks.Draws(l.id):
		why = "share"
	}
	if why == "" {
		m.record(s, l)
		return
	}
	m.absent(s, l, why)
	m.show(s, l)
}

// record has the media record the leg.
func (m *Machine) record(s *call.Step, l *leg) {
	l.state, l.why = asked, ""
	s.Order(call.RecordTalk{Call: l.id, Agent: l.agent, Leg: l.name, Recording: l.name})
	s.After(answerLimit, call.Timer{Kind: silentTimer, Of: string(l.id), Gen: l.legs})
}

// absent states that the leg is not recorded. A house that records nothing does not say so
// of each talk.
func (m *Machine) absent(s *call.Step, l *leg, why string) {
	l.state, l.why = absent, why
	if m.records {
		m.state(s, l, call.RecordingAbsent{Leg: l.name, Agent: l.agent, Why: why})
	}
}

// over ends the recording of a leg that is over, before that is taken in.
func (m *Machine) over(s *call.Step, l *leg, why string) {
	switch l.state {
	case asked:
		m.absent(s, l, "failed") // the media has never said that it records
	case on, paused:
		if l.consent.Refused {
			why = "refused"
		}
		m.state(s, l, call.RecordingStopped{Recording: l.name, Why: why})
	}
	if m.records && !l.consult {
		s.Order(call.ShowRecording{Agent: l.agent})
	}
}

// refused: the caller does not want it. Nothing is recorded from now on in this call.
func (m *Machine) refused(s *call.Step, l *leg) {
	switch l.state {
	case asked:
		m.stop(s, l, "refused")
		m.absent(s, l, "refused")
	case on, paused:
		m.stop(s, l, "refused")
	}
	m.show(s, l)
}

func (m *Machine) stop(s *call.Step, l *leg, why string) {
	l.stopping = why
	s.Order(call.StopRecording{Call: l.id, Agent: l.agent, Leg: l.name, Recording: l.name})
}

// steered reports whether the leg is recorded, or paused, and goes on being so.
func (l *leg) steered() bool { return (l.state == on || l.state == paused) && l.stopping == "" }

func (m *Machine) pause(s *call.Step, l *leg, why string, limit time.Duration) {
	l.pausing, l.limit, l.until = why, limit, s.Now.Add(limit)
	s.Order(call.PauseRecording{Call: l.id, Agent: l.agent, Leg: l.name, Recording: l.name, Limit: limit})
}

func (m *Machine) resume(s *call.Step, l *leg, by string) {
	l.resuming = by
	s.Order(call.ResumeRecording{Call: l.id, Agent: l.agent, Leg: l.name, Recording: l.name})
}

// sensitive: the caller types what may not be kept, or does so no more.
func (m *Machine) sensitive(s *call.Step, l *leg, begins bool) {
	if l.step == begins {
		return
	}
	l.step = begins
	switch {
	case !l.steered():
	case begins:
		m.pause(s, l, "sensitive", stepLimit)
	case l.why == "agent": // paused by the agent before, and still
		m.pause(s, l, "agent", m.rule(l).Pause)
	default:
		m.resume(s, l, "step")
	}
}

// again orders what had been ordered before a restart of ours.
func (m *Machine) again(s *call.Step, l *leg) {
	switch {
	case (l.state == on || l.state == paused || l.state == asked) && l.consent.Refused:
		m.refused(s, l)
		return
	case l.state == asked:
		m.joined(s, l)
	case l.state == on:
		s.Order(call.RecordTalk{Call: l.id, Agent: l.agent, Leg: l.name, Recording: l.name})
	case l.state == paused && l.until.After(s.Now):
		s.Order(call.PauseRecording{Call: l.id, Agent: l.agent, Leg: l.name, Recording: l.name, Limit: l.until.Sub(s.Now)})
	case l.state == paused:
		m.resume(s, l, "limit")
	}
	m.show(s, l)
}
