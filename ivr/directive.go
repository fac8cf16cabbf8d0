package ivr

import "presszero/call"

// What supervisors order, as far as callers in the menus hear it.

// applyDirective takes in what holds, or holds no more.
func (m *Machine) applyDirective(e call.Entry) {
	switch f := e.Fact.(type) {
	case call.DirectiveBegan:
		if f.What == call.PeakDirective {
			m.peaks[f.Queue] = e.Call
		}
	case call.DirectiveEnded:
		if f.What == call.PeakDirective && m.peaks[f.Queue] == e.Call {
			delete(m.peaks, f.Queue)
		}
	}
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
