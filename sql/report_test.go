package sql_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"presszero/call"
	"presszero/sql"
)

// sum is what Offered must be.
func sum(c sql.Counts) int {
	return c.Answered + c.AbandonedQueue + c.AbandonedRinging + c.AbandonedAtAnswer + c.CallbackAccepted + c.ExitKey + c.Overflow +
		c.TimeoutExit + c.TransferredOut + c.NoAgents + c.Closed + c.Withdrawn + c.SystemFailure + c.Open
}

func near(p *float64, want float64) bool { return p != nil && math.Abs(*p-want) < 1e-9 }

func TestAHandCountedMorning(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	at := func(min int) time.Time { return noon.Add(time.Duration(min) * time.Minute) }
	for _, c := range []*story{
		arrive(1, at(0), "1").enter("support").after(10).offer("ann", 4, "accepted").talk("ann", 30).end(call.Answered, call.SideCaller),
		arrive(2, at(1), "2").enter("support").after(36).offer("bob", 4, "accepted").talk("bob", 30).end(call.Answered, call.SideAgent),
		arrive(3, at(2), "3").enter("support").after(3).leave(call.AbandonedQueue, "").end(call.AbandonedQueue, call.SideCaller),
		arrive(4, at(14), "4").enter("support").after(50).offer("ann", 7, "cancelled").leave(call.AbandonedRinging, "").end(call.AbandonedRinging, call.SideCaller),
		arrive(5, at(16), "5").enter("billing").after(5).leave("withdrawn", "").enter("support").after(1).leave(call.SystemFailure, "").end(call.SystemFailure, call.SideSystem),
		arrive(6, at(40), "6").enter("support"),
		arrive(7, at(41), "7").after(4).end(call.AbandonedIVR, call.SideCaller),
		arrive(8, at(42), "8").say(call.SelfServed{Node: "hours"}).end(call.Contained, call.SideCaller),
	} {
		j.Append(c.list)
	}
	arrived(t, s, j)
	ctx := soon(t)

	sm, err := f.Summary(ctx, noon, at(60))
	if err != nil {
		t.Fatal(err)
	}
	want := sql.Counts{Offered: 7, Answered: 2, Abandoned: 2, AbandonedQueue: 1, AbandonedRinging: 1, Withdrawn: 1, SystemFailure: 1, Open: 1,
		AnsweredInTime: 1, AbandonedShort: 1}
	if sm.Counts != want || sm.Calls != 8 || sm.AbandonedIVR != 1 || sm.Contained != 1 || sm.Waiting != 1 || sm.NotServed != 3 {
		t.Errorf("summary %+v", sm)
	}
	if !near(sm.AbandonRate, 2.0/5) || !near(sm.ServiceLevel, 1.0/4) || !near(sm.MeanWait, 27) || !near(sm.LongestWait, 57) || !near(sm.MeanPatience, 30) {
		t.Errorf("rates %v %v %v %v", *sm.AbandonRate, *sm.ServiceLevel, *sm.MeanWait, *sm.LongestWait)
	}
	if sm.WaitingSince == nil || !sm.WaitingSince.Equal(at(40).Add(100*time.Millisecond)) || sm.CompleteTo == nil {
		t.Errorf("waiting since %v, complete to %v", sm.WaitingSince, sm.CompleteTo)
	}

	list, err := f.Abandonment(ctx, "support", noon, at(75), 15*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	var offered []int
	for _, b := range list {
		offered = append(offered, b.Offered)
	}
	if fmt.Sprint(offered) != "[4 1 1 0 0]" || list[0].ServiceLevel == nil || list[4].ServiceLevel != nil || list[2].AbandonRate != nil {
		t.Errorf("buckets %v", offered)
	}
	if !list[1].Start.Equal(at(15)) || !list[4].End.Equal(at(75)) {
		t.Errorf("bucket 1 starts %s, the last ends %s", list[1].Start, list[4].End)
	}
	if _, err := f.Abandonment(ctx, "", noon, at(60), 20*time.Minute); err == nil {
		t.Error("an interval of 20 minutes was taken")
	}
	if _, err := f.Abandonment(ctx, "", at(60), noon, 15*time.Minute); err == nil {
		t.Error("an empty period was taken")
	}

	ids := func(filter sql.CallFilter) string {
		rows, err := f.Calls(ctx, noon, at(60), filter)
		if err != nil {
			t.Fatal(err)
		}
		var s string
		for _, r := range rows {
			s += r.CallID[len(r.CallID)-1:]
		}
		return s
	}
	for want, filter := range map[string]sql.CallFilter{
		"87654321": {}, "876": {Limit: 3}, "5": {Queue: "billing"}, "2": {Agent: "bob"}, "7": {Outcome: "abandoned_ivr"}, "6": {Outcome: "open"},
		"21": {Outcome: "answered", Queue: "support"}, "": {Queue: "nobody's"},
	} {
		if got := ids(filter); got != want {
			t.Errorf("calls with %+v: %s, want %s", filter, got, want)
		}
	}
	rows, _ := f.Calls(ctx, noon, at(60), sql.CallFilter{Agent: "bob"})
	if r := rows[0]; r.Queue != "support" || r.Outcome != "answered" || r.Caller != "2" || *r.WaitS != 40 || *r.TalkS != 30 || r.Side != "agent" || r.Visits != 1 {
		t.Errorf("row %+v", r)
	}
	rows, err = f.CallsOf(ctx, rows[0].CallerKey, noon)
	if err != nil || len(rows) != 1 {
		t.Errorf("calls of a caller: %v, %v", rows, err)
	}
	events, err := f.CallEvents(ctx, string(newID(3)))
	if err != nil || len(events) != 8 || events[0].Type != "call.started" || events[7].Type != "call.ended" || events[7].Seq != 8 {
		t.Errorf("timeline %v, %v", events, err)
	}
	for _, id := range []string{"", "x'; DROP TABLE users", string(newID(77))} {
		if events, err := f.CallEvents(ctx, id); err != nil || len(events) != 0 {
			t.Errorf("timeline of %q: %v, %v", id, events, err)
		}
	}
}

// TestNumbersAlwaysAddUp: whatever happens to callers, what was offered is
// what became of it, in every table, view and report, for every cut of time.
func TestNumbersAlwaysAddUp(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	seed, all := uint64(20), 0
	rapid.Check(t, func(rt *rapid.T) {
		seed++
		facts := anyDay(seed, rapid.IntRange(0, 12).Draw(rt, "calls"))
		entered := 0
		for _, e := range facts {
			if _, ok := e.Fact.(call.QueueEntered); ok {
				entered++
			}
		}
		all += entered
		for rest := facts; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(rt, "batch")
			j.Append(rest[:n])
			rest = rest[n:]
		}
		arrived(t, s, j)
		ctx := soon(t)
		from := noon.Add(time.Duration(rapid.IntRange(0, 100).Draw(rt, "from")) * time.Minute)
		to := noon.Add(48 * time.Hour)
		interval := time.Duration(rapid.IntRange(1, 20).Draw(rt, "quarters")) * 15 * time.Minute
		before, err := f.Summary(ctx, noon, from.Add(time.Microsecond))
		if err != nil {
			rt.Fatal(err)
		}
		buckets, err := f.Abandonment(ctx, "", from.Add(time.Microsecond), to, interval)
		if err != nil {
			rt.Fatal(err)
		}
		got := before.Offered
		for _, b := range append(buckets, before.Bucket) {
			if sum(b.Counts) != b.Offered || b.Abandoned != b.AbandonedQueue+b.AbandonedRinging+b.AbandonedAtAnswer {
				rt.Fatalf("it does not add up: %+v", b)
			}
		}
		for _, b := range buckets {
			got += b.Offered
		}
		if got != all {
			rt.Fatalf("%d visits were offered, the reports have %d", all, got)
		}
		if bad := f.one(t, `SELECT count(*)::text FROM report.abandonment WHERE offered <> answered + abandoned_queue + abandoned_ringing
			+ abandoned_at_answer + callback_accepted + exit_key + overflow + timeout_exit + transferred_out + no_agents + closed + withdrawn
			+ system_failure + open`); bad != "0" {
			rt.Fatalf("%s rows of report.abandonment do not add up", bad)
		}
		if n := f.one(t, `SELECT coalesce(sum(offered), 0)::text FROM report.abandonment`); n != fmt.Sprint(all) {
			rt.Fatalf("report.abandonment has %s of %d visits", n, all)
		}
		if bad := f.one(t, `SELECT count(*)::text FROM queue_visit v JOIN call_fact c USING (call_id) WHERE c.ended_at IS NOT NULL AND v.ended_at IS NULL`); bad != "0" {
			rt.Fatalf("%s visits are open although their call has ended", bad)
		}
	})
}
