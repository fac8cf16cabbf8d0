package policy

import "presszero/call"

// show tells the agent's page how her talk is recorded. What nobody could record, because
// the flow has it off, is not shown.
func (m *Machine) show(s *call.Step, l *leg) {
	if m.agents[l.agent] != l || l.state == asked || !m.records {
		return
	}
	s.Order(call.ShowRecording{Agent: l.agent, Recording: m.shown(l)})
}

// shown is what the page shows of a leg.
func (m *Machine) shown(l *leg) call.DeskRecording {
	d := call.DeskRecording{Call: l.id, State: "off", Why: l.why, Marks: l.marks}
	switch l.state {
	case on:
		if d.State = "on"; l.failing {
			d.State, d.Why = "off", "disk"
		}
		if !l.steered() {
			break
		}
		d.Can = []call.RecordingVerb{call.CanPause, call.CanMark, call.CanRefuse}
	case paused:
		if d.State, d.Until = "paused", l.until; !l.steered() {
			break
		}
		d.Can = []call.RecordingVerb{call.CanMark, call.CanRefuse}
		if !l.step {
			d.Can = append([]call.RecordingVerb{call.CanResumeRecording}, d.Can...)
		}
	default:
		if m.onDemand(l) {
			d.Can = []call.RecordingVerb{call.CanRecord}
		}
		if d.Why != "off" && !l.consent.Refused {
			d.Can = append(d.Can, call.CanRefuse) // for whoever takes the caller over
		}
	}
	return d
}

// onDemand reports whether the agent may have the leg recorded now.
func (m *Machine) onDemand(l *leg) bool {
	return l.state == absent && m.denies(l) == "" && m.rule(l).Talks == call.RecordOnDemand
}
