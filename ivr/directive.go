package ivr

import (
	"time"

	"presszero/call"
)

// What supervisors order, as far as callers in the menus hear it.

// applyDirective takes in what holds, or holds no more.
func (m *Machine) applyDirective(e call.Entry) {
	switch f := e.Fact.(type) {
	case call.DirectiveBegan:
		switch f.What {
		case call.PeakDirective:
			m.peaks[f.Queue] = e.Call
		case call.EmergencyDirective:
			m.emergency = &emergency{e.Call, f.Directive}
		}
	case call.DirectiveEnded:
		if f.What == call.PeakDirective && m.peaks[f.Queue] == e.Call {
			delete(m.peaks, f.Queue)
		}
		if m.emergency != nil && m.emergency.id == e.Call {
			m.emergency = nil
		}
	}
}

// emergency is what callers hear before everything else.
type emergency struct {
	id call.ID
	call.Directive
}

// Emergency stands for the node in which a caller is who hears the emergency text.
const Emergency = "emergency"

// warn has the caller hear what is to be heard before everything else, if anything is and
// the caller has not heard it, and reports whether it does. The walk begins after it.
func (t *turn) warn(language string) bool {
	e := t.machine.emergency
	if e == nil || t.warned {
		return false
	}
	t.warned, t.warning = true, true
	t.State(t.call, call.EmergencyHeard{Directive: e.id})
	sound, limit := call.Recording(e.Sound), time.Duration(e.Length*float64(time.Second))
	if e.Sound == "" {
		if language == "" {
			language = t.flow.Language
		}
		sound, limit = call.Spoken(language, e.Text), 2*estimate(e.Text)
	}
	t.switchTo(speaking)
	t.play = t.newID("p")
	t.Order(call.Play{Call: t.call, Play: t.play, Prompts: []string{sound}, Flow: t.flow.Version})
	t.remind(saidTimer, patience+limit)
	return true
}

// duringWarning takes a key before the first node: 0 leads to a person at once, as
// anywhere; others are typed ahead.
func (t *turn) duringWarning(digit string) {
	if digit != "0" {
		t.pushAhead(digit)
		return
	}
	t.apply(call.ZeroPressed{Node: Emergency, DuringPrompt: true})
	t.stopPlaying()
	t.warning = false
	t.toPerson("zero")
}

// promptNow is the prompt that the caller's node says now: the short one at a peak of a
// queue to which it leads.
func (t *turn) promptNow() string {
	if t.node.Short != "" && t.flow.leadsToAny(t.node, t.machine.peaks) {
		return t.node.Short
	}
	return t.node.Prompt
}

// leadsToAny reports whether callers can come from the node to one of the queues.
func (f *Flow) leadsToAny(from *Node, queues map[string]call.ID) bool {
	if len(queues) == 0 {
		return false
	}
	if queues[f.Person] != "" {
		return true // 0 leads there from anywhere
	}
	seen := map[string]bool{}
	for unvisited := []*Node{from}; len(unvisited) > 0; {
		n := unvisited[0]
		unvisited = unvisited[1:]
		if n == nil || seen[n.Name] {
			continue
		}
		seen[n.Name] = true
		if n.Line != nil && queues[n.Line.Queue] != "" {
			return true
		}
		for _, w := range f.waysOut(n) {
			unvisited = append(unvisited, f.Nodes[w.to])
		}
	}
	return false
}
