package callqueue

import "presszero/call"

// bookQuality books how a talk was heard. It decides nothing. The talk is over, and often
// the call with it, so the book is that of her shift.
func (fl *floor) bookQuality(s *call.Step, ev call.QualityMeasured) {
	if a := fl.agents[ev.Agent]; a != nil {
		s.State(a.shift, ev.Heard)
	}
}
