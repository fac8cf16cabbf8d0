package callqueue

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"presszero/call"
)

// supervisor does what supervisors do.
func (d *day) supervisor() map[string]func(*rapid.T) {
	queue := func(t *rapid.T) string {
		return rapid.SampledFrom([]string{"support", "billing", "small", "late", "night", "first", "german"}).Draw(t, "queue")
	}
	agent := func(t *rapid.T) call.AgentID { return rapid.SampledFrom(staff).Draw(t, "agent") }
	return map[string]func(*rapid.T){
		"opens or closes": func(t *rapid.T) {
			d.direct(call.Directive{What: call.DoorDirective, Queue: queue(t), Open: rapid.Bool().Draw(t, "open")},
				time.Duration(rapid.IntRange(1, 24*60).Draw(t, "min"))*time.Minute)
		},
		"sets away": func(t *rapid.T) {
			d.direct(call.Directive{What: call.AwayDirective, Agent: agent(t), Reason: "meeting"}, 10*time.Hour)
		},
		"has leave": func(t *rapid.T) { d.direct(call.Directive{What: call.LeavingDirective, Agent: agent(t)}, 0) },
		"assigns for today": func(t *rapid.T) {
			work := rapid.SampledFrom(crews).Draw(t, "crew")
			d.direct(call.Directive{What: call.TodayDirective, Agent: agent(t), Queues: work.Queues, Skills: work.Skills}, 10*time.Hour)
		},
		"takes back": func(t *rapid.T) {
			what := rapid.SampledFrom([]call.DirectiveKind{call.AwayDirective, call.LeavingDirective, call.TodayDirective}).Draw(t, "what")
			d.postEvent(call.DirectiveLifted{What: what, Agent: agent(t), By: "eva"})
		},
		"answers for help": func(t *rapid.T) {
			a := agent(t)
			d.postEvent(call.HelpAsked{Agent: a, On: true})
			d.postEvent(call.HelpAsked{Agent: a, By: "eva"})
		},
		"calls next": func(t *rapid.T) {
			if c, ok := pick(t, append(d.callers(), sorted(d.booked)...), "caller"); ok {
				d.postEvent(call.WaitPlaced{Call: c, Next: rapid.IntRange(0, 2).Draw(t, "next") > 0, By: "eva"})
			}
		},
		"moves": func(t *rapid.T) {
			if c, ok := pick(t, d.callers(), "caller"); ok {
				d.postEvent(call.WaitMoved{Call: c, Queue: queue(t), By: "eva"})
			}
		},
		"orders a peak": func(t *rapid.T) {
			d.direct(call.Directive{What: call.PeakDirective, Queue: queue(t)}, time.Duration(rapid.IntRange(1, 12*60).Draw(t, "min"))*time.Minute)
		},
		"ends a peak": func(t *rapid.T) {
			d.postEvent(call.DirectiveLifted{What: call.PeakDirective, Queue: queue(t), By: "eva"})
		},
		"has the hours decide": func(t *rapid.T) {
			d.postEvent(call.DirectiveLifted{What: call.DoorDirective, Queue: queue(t), By: "eva"})
		},
	}
}

// direct has a supervisor order something that holds for a while; long 0: without an end.
func (d *day) direct(o call.Directive, long time.Duration) {
	o.By = "eva"
	if long > 0 {
		o.Until = d.now.Add(long)
	}
	d.calls++
	d.postEvent(call.DirectiveSet{ID: call.ID(fmt.Sprintf("d%d", d.calls)), Directive: o})
}
