package policy

import (
	"cmp"
	"time"

	"presszero/call"
)

// answerLimit is how long the media may take to say that it records. After that the talk is
// told as not recorded, and the media is told so.
const answerLimit = 10 * time.Second

// The media tries by itself to go on writing. A recording that has not begun because the
// disk takes nothing is ordered anew, after firstRetry and then less and less often, until
// the leg ends.
const (
	firstRetry = 5 * time.Second
	lastRetry  = 2 * time.Minute
)

// retryTimer: a recording that could not begin is tried again. It is about a call; Gen is its
// leg's number.
const retryTimer call.TimerKind = "recording.retry"

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

// record has the media record the leg. A pause of the same agent with the caller goes on
// that was not over when her leg before ended.
func (m *Machine) record(s *call.Step, l *leg) {
	l.state, l.why, l.retry = asked, "", 0
	if l.rest.agent == l.agent && l.rest.until.After(s.Now) {
		l.pausing, l.until, l.step = "agent", l.rest.until, l.rest.step
		if l.step {
			l.pausing = "sensitive"
		}
	}
	m.begin(s, l)
	s.After(answerLimit, call.Timer{Kind: silentTimer, Of: string(l.id), Gen: l.legs})
}

// begin orders the recording, or the pause with which it begins.
func (m *Machine) begin(s *call.Step, l *leg) {
	if l.pausing != "" && l.until.After(s.Now) {
		m.pause(s, l, l.pausing, l.until.Sub(s.Now))
	} else {
		s.Order(call.RecordTalk{Call: l.id, Agent: l.agent, Leg: l.name, Recording: l.name})
	}
}

// tryAgain sees to it that a recording that the disk did not take is ordered anew.
func (m *Machine) tryAgain(s *call.Step, l *leg) {
	l.retry = min(max(2*l.retry, firstRetry), lastRetry)
	s.After(l.retry, call.Timer{Kind: retryTimer, Of: string(l.id), Gen: l.legs})
}

// late reports whether the leg is absent only because the disk has not taken it yet.
func (l *leg) late() bool { return l.state == absent && l.why == "disk" }

// absent states that the leg is not recorded. A house that records nothing does not say so
// of each talk.
func (m *Machine) absent(s *call.Step, l *leg, why string) {
	keep := 0
	if call.KeptIfCaptured(why) {
		keep = m.rule(l).Keep
	}
	m.absentFor(s, l, why, keep)
}

func (m *Machine) absentFor(s *call.Step, l *leg, why string, keep int) {
	l.state, l.why = absent, why
	if m.records {
		m.state(s, l, call.RecordingAbsent{Leg: l.name, Agent: l.agent, Why: why, Keep: keep})
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
	case l.steered(), l.late():
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
	case l.state == asked && begins:
		m.pause(s, l, "sensitive", stepLimit)
	case l.state == asked:
		l.quiet, l.pausing, l.until = false, "", time.Time{}
		s.Order(call.ResumeRecording{Call: l.id, Agent: l.agent, Leg: l.name, Recording: l.name})
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

// typesAgain pauses the recording if the caller types what may not be kept.
func (m *Machine) typesAgain(s *call.Step, l *leg) bool {
	if !m.plan.Sensitive[l.node] || l.state != asked && l.state != on {
		return false
	}
	l.step = true
	m.pause(s, l, "sensitive", stepLimit)
	return true
}

// again orders what had been ordered before a restart of ours.
func (m *Machine) again(s *call.Step, l *leg) {
	switch {
	case (l.state == on || l.state == paused || l.state == asked || l.late()) && l.consent.Refused:
		m.refused(s, l)
		return
	case l.united && l.steered() && m.outsideDenies(l) != "":
		m.unite(s, l)
		return
	case l.state == asked:
		m.joined(s, l)
		m.typesAgain(s, l)
	case l.late():
		l.retry = 0
		m.begin(s, l)
		m.tryAgain(s, l)
	case l.state == on && m.typesAgain(s, l): // the pause before may be lost
	case l.state == on:
		s.Order(call.RecordTalk{Call: l.id, Agent: l.agent, Leg: l.name, Recording: l.name})
	case l.state == paused && l.until.After(s.Now):
		s.Order(call.PauseRecording{Call: l.id, Agent: l.agent, Leg: l.name, Recording: l.name, Limit: l.until.Sub(s.Now)})
	case l.state == paused:
		m.resume(s, l, "limit")
	}
	m.show(s, l)
}
