package figures

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/call"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// at is a moment so many seconds after the start.
func at(s int) *time.Time {
	t := start.Add(time.Duration(s) * time.Second)
	return &t
}

// TestLook: one queue with one limit, looked at again and again. Each step is a moment in
// seconds and what is seen then; want is what changes, "+" crossed and "-" over, with
// the moment and the value.
func TestLook(t *testing.T) {
	t.Parallel()
	type seen struct {
		at int
		q  Queue
	}
	waits := func(at, since int) seen {
		return seen{at, Queue{Oldest: new(start.Add(time.Duration(since) * time.Second))}}
	}
	nobodyWaits := func(at int) seen { return seen{at, Queue{}} }
	waiting := func(at, n int) seen { return seen{at, Queue{Waiting: n}} }
	level := func(at, decided int, share float64) seen {
		return seen{at, Queue{Today: &Today{ServiceLevel: &share, Decided: decided}}}
	}
	crew := func(at int, open bool, a Agents) seen { return seen{at, Queue{Open: open, Agents: a}} }
	for name, c := range map[string]struct {
		set   call.LimitSettings
		steps []seen
		want  string
	}{
		"a wait on the bound is none beyond it": {call.LimitSettings{LongestWait: time.Minute}, []seen{waits(60, 0)}, ""},
		"a long wait, and a minute of short ones": {call.LimitSettings{LongestWait: time.Minute},
			[]seen{waits(61, 0), nobodyWaits(70), waits(100, 60), nobodyWaits(129), nobodyWaits(130)}, "+61 longest_wait 61; -130 longest_wait 0"},
		"the next caller waits as long before the minute is over": {call.LimitSettings{LongestWait: time.Minute},
			[]seen{waits(61, 0), waits(90, 50), waits(115, 50), waits(176, 140), waits(234, 180), waits(236, 180)}, "+61 longest_wait 61; -236 longest_wait 56"},
		"as many as may wait":       {call.LimitSettings{Waiting: 3}, []seen{waiting(0, 3)}, ""},
		"one more":                  {call.LimitSettings{Waiting: 3}, []seen{waiting(0, 4), waiting(1, 9), waiting(2, 0), waiting(61, 0), waiting(62, 0)}, "+0 waiting 4; -62 waiting 0"},
		"the first caller of a day": {call.LimitSettings{ServiceLevel: 80}, []seen{level(0, 1, 0), level(9, 9, 0)}, ""},
		"ten callers":               {call.LimitSettings{ServiceLevel: 80}, []seen{level(0, 10, .79)}, "+0 service_level 0.79"},
		"a service level on the edge stays crossed": {call.LimitSettings{ServiceLevel: 80},
			[]seen{level(0, 20, .79), level(100, 21, .81), level(900, 22, .81), level(1000, 23, .83), level(1059, 23, .83), level(1060, 23, .83)}, "+0 service_level 0.79; -1060 service_level 0.83"},
		"a level of 100 can be reached again": {call.LimitSettings{ServiceLevel: 100}, []seen{level(0, 20, .99), level(1, 20, 1), level(61, 20, 1)}, "+0 service_level 0.99; -61 service_level 1"},
		"the next day begins":                 {call.LimitSettings{ServiceLevel: 80}, []seen{level(0, 20, .5), level(1, 0, 0), level(61, 0, 0)}, "+0 service_level 0.5; -61 service_level 1"},
		"the reports do not answer for a while": {call.LimitSettings{ServiceLevel: 80, MessageOverdue: time.Second},
			[]seen{level(0, 20, .5), waiting(100, 0), waiting(900, 0), level(901, 20, .5)}, "+0 service_level 0.5"},
		"nobody is at work, but for a moment": {call.LimitSettings{Nobody: 2 * time.Minute},
			[]seen{crew(0, true, Agents{}), crew(119, true, Agents{}), crew(119, true, Agents{Free: 1}), crew(121, true, Agents{}), crew(240, true, Agents{})}, ""},
		"nobody is at work": {call.LimitSettings{Nobody: 2 * time.Minute},
			[]seen{crew(0, true, Agents{Away: 3, CannotRing: 1}), crew(120, true, Agents{}), crew(150, true, Agents{WrapUp: 1}), crew(210, true, Agents{Free: 1})}, "+120 nobody 120; -210 nobody 0"},
		"it is closed":         {call.LimitSettings{Nobody: time.Second}, []seen{crew(0, false, Agents{}), crew(500, false, Agents{})}, ""},
		"a message is overdue": {call.LimitSettings{MessageOverdue: time.Hour}, []seen{{3601, Queue{Today: &Today{}, OverdueSince: at(0)}}}, "+3601 message_overdue 3601"},
		"a callback is late":   {call.LimitSettings{CallbackLate: time.Minute}, []seen{{60, Queue{Late: at(0)}}, {61, Queue{Late: at(0)}}}, "+61 callback_late 61"},
		"no limit is set":      {call.LimitSettings{}, []seen{{99999, Queue{Waiting: 99, Oldest: at(0), Late: at(0), Open: true}}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var w Watch
			var told []string
			for _, s := range c.steps {
				s.q.Name = "support"
				_, changed := w.Look([]Queue{s.q}, map[string]call.LimitSettings{"support": c.set}, *at(s.at))
				told = append(told, tell(changed, s.at)...)
			}
			if got := strings.Join(told, "; "); got != c.want {
				t.Errorf("told %q, want %q", got, c.want)
			}
		})
	}
}

func tell(changed []Crossing, at int) (told []string) {
	for _, x := range changed {
		sign := "+"
		if x.Over != nil {
			sign = "-"
		}
		told = append(told, fmt.Sprintf("%s%d %s %v", sign, at, x.Limit, x.Value))
	}
	return told
}

// TestResume: what was crossed before a restart is not crossed anew, keeps its beginning and
// its worst, and is over where the limit or the queue is not in the flow any more.
func TestResume(t *testing.T) {
	t.Parallel()
	old := []Crossing{
		{Queue: "gone", Limit: Waiting, Bound: 1, Crossed: *at(0)},
		{Queue: "support", Limit: LongestWait, Bound: 60, Value: 61, Worst: 300, Crossed: *at(0)},
		{Queue: "support", Limit: Waiting, Bound: 5, Value: 6, Worst: 9, Crossed: *at(0)},
	}
	w := Resume(old)
	crossed, changed := w.Look([]Queue{{Name: "support", Waiting: 7}}, map[string]call.LimitSettings{"support": {Waiting: 6}, "gone": {Waiting: 1}}, *at(100))
	if len(crossed) != 1 || crossed[0].Limit != Waiting || !crossed[0].Crossed.Equal(*at(0)) || crossed[0].Worst != 9 || crossed[0].Value != 7 || crossed[0].Bound != 6 {
		t.Errorf("crossed is %+v", crossed)
	}
	over := func(c Crossing) string { return fmt.Sprintf("%s %s %v %v", c.Queue, c.Limit, c.Over != nil, c.Worst) }
	var told []string
	for _, c := range changed {
		told = append(told, over(c))
	}
	if want := []string{"gone waiting true 0", "support longest_wait true 300"}; !slices.Equal(told, want) {
		t.Errorf("changed are %q, want %q", told, want)
	}
	if _, changed = w.Look([]Queue{{Name: "support", Waiting: 7}}, map[string]call.LimitSettings{"support": {Waiting: 6}}, *at(101)); len(changed) != 0 {
		t.Errorf("told again: %+v", changed)
	}
}
