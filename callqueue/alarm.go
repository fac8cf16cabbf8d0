package callqueue

import "presszero/call"

// tooOften is how many may overtake one caller before it is an alarm.
const tooOften = 20

// nearest bounds how many of the oldest visits are looked at. Whoever is older
// has been overtaken at least as often, so the oldest are the ones to watch.
const nearest = 64

// overtake counts, for those who came before v and still wait, that v was
// served before them.
func (qs *queues) overtake(s *call.Step, v *visit) {
	w := qs.line(v.queue).oldest
	for n := 0; w != nil && w != v && n < nearest && w.entered.Before(v.entered); n++ {
		if w.state == Waiting {
			w.overtaken++
			if w.overtaken == tooOften+1 {
				qs.alarm(s, w, "overtaken", float64(w.overtaken))
			}
		}
		w = w.newer
	}
}

// beyondP99: the visit lasts longer than 99 of 100 of the last 28 days.
func (qs *queues) beyondP99(s *call.Step, v *visit) {
	if v.state == Waiting || v.state == Offered {
		qs.alarm(s, v, "beyond_p99", seconds(s.Now.Sub(v.entered)))
	}
}

func (qs *queues) alarm(s *call.Step, v *visit, what string, value float64) {
	s.State(v.caller.id, call.LineAlarm{What: what, Queue: v.queue, Visit: v.id, Value: value})
}
