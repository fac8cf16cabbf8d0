package sql_test

import (
	"testing"
	"time"

	"presszero/call"
	"presszero/report"
)

// again enters a queue that is no new arrival: origin is returned or overflow.
func (s *story) again(queue, origin string, first time.Time) *story {
	s.visits++
	s.queue, s.waiting, s.ring = queue, s.now, 0
	return s.say(call.QueueEntered{Visit: s.visit(), Queue: queue, As: "live", Position: 1, Key: s.now, Origin: origin, From: s.from, To: "100", First: first})
}

// TestTargetsAtQueryTime: the bounds of each queue are those that the question
// names, whatever they were when the callers came.
func TestTargetsAtQueryTime(t *testing.T) {
	t.Parallel()
	f := morning(t)
	within := func(bounds ...report.Thresholds) (answered, abandoned, short int) {
		rows, err := f.Tallies(soon(t), of("support", noon, at(60)), 0, bounds...)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if r.Outcome == "answered" {
				answered += r.Within
			} else {
				abandoned += r.Within
			}
			short += r.Short
		}
		return answered, abandoned, short
	}
	for _, c := range []struct {
		bounds []report.Thresholds
		want   [3]int // waits of the answered: 14, 40; of the abandoned: 3, 57
	}{
		{nil, [3]int{1, 1, 1}},
		{[]report.Thresholds{{Queue: "support", TargetS: 60, ShortS: 5}}, [3]int{2, 2, 1}},
		{[]report.Thresholds{{Queue: "support", TargetS: 40, ShortS: 2}, {Queue: "billing", TargetS: 1, ShortS: 1}}, [3]int{2, 1, 0}},
		{[]report.Thresholds{{Queue: "billing", TargetS: 60, ShortS: 60}}, [3]int{1, 1, 1}},
		{[]report.Thresholds{{Queue: "support", TargetS: 2, ShortS: 0}}, [3]int{0, 0, 0}},
	} {
		if a, b, s := within(c.bounds...); [3]int{a, b, s} != c.want {
			t.Errorf("by %v there are %d, %d and %d, want %v", c.bounds, a, b, s, c.want)
		}
	}
}

// TestNoNewCaller: a caller who was moved to another queue, or was cut off in a talk and
// stands in line again, enters a queue again but is no new caller; a call
// counts once.
func TestNoNewCaller(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	moved := arrive(1, at(0), "1").enter("support").after(60)
	first := moved.waiting
	moved.leave(call.Overflow, "").again("sales", "overflow", first).after(5).leave(call.AbandonedQueue, "").end(call.AbandonedQueue, call.SideCaller)
	back := arrive(2, at(1), "2").enter("support").after(3).offer("ann", 1, "accepted").talk("ann", 30).
		again("support", "returned", time.Time{}).after(4).offer("bob", 1, "accepted").talk("bob", 9).end(call.Answered, call.SideCaller)
	for _, c := range []*story{moved, back} {
		j.Append(c.list)
	}
	arrived(t, s, j)
	rows, err := f.Tallies(soon(t), during(noon, at(60)), 0)
	if err != nil {
		t.Fatal(err)
	}
	visits, in := map[string]int{}, map[string]int{}
	for _, r := range rows {
		what := r.Queue + " " + r.Outcome
		if r.AfterTalk {
			what += " after a talk"
		}
		visits[what] += r.Visits
		in[r.Queue] += r.FlowIn
	}
	if visits["support overflow"] != 1 || visits["support answered"] != 1 || visits["support answered after a talk"] != 1 || visits["sales abandoned_queue"] != 1 || in["support"] != 0 || in["sales"] != 1 {
		t.Errorf("visits %v, of which no new callers %v", visits, in)
	}
	if n, err := f.CallCounts(soon(t), during(noon, at(60))); err != nil || n != (report.CallCounts{Calls: 2, Answered: 1, Abandoned: 1}) {
		t.Errorf("calls are %+v, %v", n, err)
	}
	// A call belongs to the period of its first entry, also when it is in line in the next.
	if n, err := f.CallCounts(soon(t), during(moved.waiting, at(60))); err != nil || n.Calls != 1 {
		t.Errorf("calls after the first entry are %+v, %v", n, err)
	}
	if got := f.one(t, `SELECT string_agg(concat(queue, ' ', flow_in, ' ', first_entered_at < entered_at), ', ' ORDER BY entered_at) FROM report.visit WHERE call_id = '`+string(newID(1))+`'`); got != "support f f, sales t t" {
		t.Errorf("the visits are %q", got)
	}
	if got := f.one(t, `SELECT concat(sum(offered), ' ', sum(flow_in), ' ', sum(flow_out), ' ', sum(not_served)) FROM report.abandonment`); got != "3 1 1 1" {
		t.Errorf("report.abandonment has %q", got)
	}
}

// TestEstimatedIsNotTheLongest: a wait whose end nobody saw is in no longest.
func TestEstimatedIsNotTheLongest(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	seen := arrive(1, at(0), "1").enter("support").after(40).leave(call.AbandonedQueue, "").end(call.AbandonedQueue, call.SideCaller)
	guessed := arrive(2, at(1), "2").enter("support").after(3300).leave(call.SystemFailure, "").
		say(call.CallEnded{Outcome: call.SystemFailure, Side: call.SideSystem, Estimated: true})
	// The talk's end is a guess; how long the caller waited before is not.
	talked := arrive(3, at(2), "3").enter("billing").after(100).offer("ann", 1, "accepted").talk("ann", 600).
		say(call.CallEnded{Outcome: call.Answered, Side: call.SideSystem, Estimated: true})
	for _, c := range []*story{seen, guessed, talked} {
		j.Append(c.list)
	}
	arrived(t, s, j)
	rows, err := f.Tallies(soon(t), during(noon, at(60)), 0)
	if err != nil {
		t.Fatal(err)
	}
	longest := map[string]float64{}
	for _, r := range rows {
		longest[r.Queue] = max(longest[r.Queue], r.LongestS)
		if r.Outcome == "system_failure" && r.Longest != "" {
			t.Errorf("the longest wait is a guess: %+v", r)
		}
	}
	if longest["support"] != 40 || longest["billing"] != 101 {
		t.Errorf("the longest waits are %v", longest)
	}
	if w, err := f.WaitFigures(soon(t), during(noon, at(60)), time.Minute); err != nil || w.LongestS != 101 {
		t.Errorf("the figures are %+v, %v", w, err)
	}
	if got := f.one(t, `SELECT string_agg(concat(queue, ' ', longest_wait_s), ', ' ORDER BY queue) FROM report.abandonment`); got != "billing 101, support 40" {
		t.Errorf("report.abandonment has %q", got)
	}
	if got := f.one(t, `SELECT count(*)::text FROM report.visit WHERE estimated`); got != "1" {
		t.Errorf("%s visits are estimated", got)
	}
}

// TestLongWaits: what is counted as too long is listed, call by call.
func TestLongWaits(t *testing.T) {
	t.Parallel()
	f := morning(t)
	for _, limit := range []time.Duration{0, 20 * time.Second, 39 * time.Second, 50 * time.Second, 100_000 * time.Hour} {
		w, err := f.WaitFigures(soon(t), during(noon, at(60)), limit)
		if err != nil {
			t.Fatal(err)
		}
		list, err := f.LongWaits(soon(t), during(noon, at(60)), limit, 100)
		if err != nil || len(list) != w.Long {
			t.Errorf("over %s there are %d, listed %+v, %v", limit, w.Long, list, err)
		}
		for i, l := range list {
			if l.WaitS <= limit.Seconds() || i > 0 && l.At.After(list[i-1].At) || l.Queue != "support" && l.Queue != "billing" {
				t.Errorf("over %s is listed %+v", limit, l)
			}
		}
	}
	if list, err := f.LongWaits(soon(t), during(noon, at(60)), 0, 2); err != nil || len(list) != 2 || list[0].Outcome != "open" {
		t.Errorf("the newest two are %+v, %v", list, err)
	}
}
