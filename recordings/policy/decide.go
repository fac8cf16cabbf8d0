package policy

import (
	"cmp"
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
	if why := l.consent.Denies(m.rule(l)); why != "" {
		return why
	}
	return m.outsideDenies(l)
}

// outsideDenies returns why the leg may not be recorded because of the number outside that
// is in the talk: it is judged for itself, by the rule of the talk with that number's
// country. "": there is none, or it may be.
func (m *Machine) outsideDenies(l *leg) string {
	number, told := l.outside, l.told
	if l.united {
		number, told = l.asked.talk.Other, l.asked.consent
	}
	if number == "" {
		return ""
	}
	switch why := told.Denies(m.plan.OutsideRule(l.talk, number)); why {
	case "refused":
		return "outside_refused"
	case "no_notice":
		return "outside_no_notice"
	default:
		return why
	}
}

// joined decides about a leg that is joined.
func (m *Machine) joined(s *call.Step, l *leg) {
	why := m.denies(l)
	if why == "" {
		why = m.rule(l).Unasked(l.id)
	}
	if why == "" && l.outside != "" {
		why = m.plan.OutsideRule(l.talk, l.outside).Unasked(l.id)
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
		if why = cmp.Or(l.stopping, why); l.consent.Refused {
			why = "refused"
		}
		m.state(s, l, call.RecordingStopped{Recording: l.name, Why: why})
	}
	if m.records && !l.consult && l.agent != "" {
		s.Order(call.ShowRecording{Agent: l.agent})
	}
}

// refused: the caller does not want it. Nothing is recorded from now on in this call.
func (m *Machine) refused(s *call.Step, l *leg) {
	m.noMore(s, l, "refused")
	m.show(s, l)
}

// noMore ends the recording of a leg that goes on.
func (m *Machine) noMore(s *call.Step, l *leg, why string) {
	switch {
	case l.state == asked:
		m.stop(s, l, why)
		m.absent(s, l, why)
	case l.steered():
		m.stop(s, l, why)
	}
}

// unite: a number that the agent has asked is in the talk from now on. If it has not been
// told, or does not want it, the talk is recorded no more.
func (m *Machine) unite(s *call.Step, l *leg) {
	if why := m.outsideDenies(l); why != "" && l.state != absent && l.state != stopped {
		m.noMore(s, l, why)
		m.show(s, l)
	}
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
	case l.outside != "": // of which Asterisk cannot leave out a part; no flow comes here
		m.noMore(s, l, "failed")
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
	case l.united && l.steered() && m.outsideDenies(l) != "":
		m.unite(s, l)
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
