package sql_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"presszero/call"
	"presszero/report"
)

// tallied is a period's tallies added up by queue and outcome.
func tallied(rows []report.Tally) map[[2]string]int {
	n := map[[2]string]int{}
	for _, r := range rows {
		n[[2]string{r.Queue, r.Outcome}] += r.Visits
	}
	return n
}

// total is the visits of all rows.
func total(rows []report.Tally) (n int) {
	for _, r := range rows {
		n += r.Visits
	}
	return n
}

// morning ships eight calls that were counted by hand.
func morning(t *testing.T) fixture {
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	for _, c := range []*story{
		arrive(1, at(0), "1").enter("support").after(10).offer("ann", 4, "accepted").talk("ann", 30).end(call.Answered, call.SideCaller),
		arrive(2, at(1), "2").enter("support").after(36).offer("bob", 4, "accepted").talk("bob", 30).end(call.Answered, call.SideAgent),
		arrive(3, at(2), "3").enter("support").after(3).leave(call.AbandonedQueue, "").end(call.AbandonedQueue, call.SideCaller),
		arrive(4, at(14), "4").enter("support").after(50).offer("ann", 7, "cancelled").leave(call.AbandonedRinging, "").end(call.AbandonedRinging, call.SideCaller),
		arrive(5, at(16), "5").enter("billing").after(5).leave("withdrawn", "").say(call.MenuLeft{Node: "again", Queue: "support", Path: "again > 2"}).
			say(call.QueueEntered{Visit: call.VisitID(newID(5), 2), Queue: "support", As: "live"}).after(1).
			say(call.QueueLeft{Visit: call.VisitID(newID(5), 2), Queue: "support", Outcome: call.SystemFailure, Waited: 1}).end(call.SystemFailure, call.SideSystem),
		arrive(6, at(40), "6").enter("support"),
		arrive(7, at(41), "7").after(4).end(call.AbandonedIVR, call.SideCaller),
		arrive(8, at(42), "8").say(call.SelfServed{Node: "hours"}).end(call.Contained, call.SideCaller),
	} {
		j.Append(c.list)
	}
	arrived(t, s, j)
	return f
}

// at is some minutes after noon.
func at(min int) time.Time { return noon.Add(time.Duration(min) * time.Minute) }

func during(from, to time.Time) report.Period { return report.Period{From: from, To: to} }

// of is a time in one queue; "": in all.
func of(queue string, from, to time.Time) report.Period {
	p := during(from, to)
	if queue != "" {
		p.Queues = []string{queue}
	}
	return p
}

func TestAHandCountedMorning(t *testing.T) {
	t.Parallel()
	f := morning(t)
	t.Run("tallies", func(t *testing.T) { countTheMorning(t, f) })
	t.Run("visits", func(t *testing.T) { listTheMorning(t, f) })
	t.Run("timeline", func(t *testing.T) {
		events, err := f.Timeline(soon(t), string(newID(3)))
		if err != nil || len(events) != 8 || events[0].Kind != "call.started" || events[7].Kind != "call.ended" || events[7].Seq != 8 {
			t.Errorf("timeline %v, %v", events, err)
		}
		for _, id := range []string{"", "x'; DROP TABLE users", string(newID(77))} {
			if events, err := f.Timeline(soon(t), id); err != nil || len(events) != 0 {
				t.Errorf("timeline of %q: %v, %v", id, events, err)
			}
		}
	})
}

func countTheMorning(t *testing.T, f fixture) {
	ctx := soon(t)
	rows, err := f.Tallies(ctx, during(noon, at(60)), 0)
	if err != nil {
		t.Fatal(err)
	}
	start, first := noon, string(newID(1))[:35]
	want := []report.Tally{
		{Queue: "billing", Start: start, Outcome: "withdrawn", Visits: 1, LongestS: 5, Longest: first + "5"},
		{Queue: "support", Start: start, Outcome: "abandoned_queue", Visits: 1, Within: 1, Short: 1, LongestS: 3, Longest: first + "3"}, // within 20 s, and within 5 s
		{Queue: "support", Start: start, Outcome: "abandoned_ringing", Visits: 1, LongestS: 57, Longest: first + "4"},
		{Queue: "support", Start: start, Outcome: "answered", Visits: 2, Within: 1, LongestS: 40, Longest: first + "2"}, // one of them within 20 s
		{Queue: "support", Start: start, Outcome: "open", Visits: 1},
		{Queue: "support", Start: start, Outcome: "system_failure", Visits: 1, LongestS: 1, Longest: first + "5"},
	}
	for i := range rows {
		rows[i].Start = rows[i].Start.UTC()
	}
	if !slices.Equal(rows, want) {
		t.Errorf("tallies %+v, want %+v", rows, want)
	}
	if n, err := f.Menus(ctx, during(noon, at(60))); err != nil || n != (report.MenuCounts{Abandoned: 1, Contained: 1}) {
		t.Errorf("menus %+v, %v", n, err)
	}

	// By the quarter: 4 visits after noon, one at 12:16 and one at 12:40.
	quarters, err := f.Tallies(ctx, of("support", noon, at(75)), 15*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	perStart := map[time.Duration]int{}
	for _, r := range quarters {
		perStart[r.Start.Sub(noon)] += r.Visits
	}
	if fmt.Sprint(perStart) != "map[0s:4 15m0s:1 30m0s:1]" {
		t.Errorf("by the quarter %v", perStart)
	}

	// A visit on the edge belongs to the interval that begins there.
	edge := at(40).Add(100 * time.Millisecond)
	rows, err = f.Tallies(ctx, during(edge.Add(-15*time.Minute), edge.Add(time.Microsecond)), 15*time.Minute)
	if err != nil || len(rows) != 1 || !rows[0].Start.Equal(edge) {
		t.Errorf("on the edge: %+v, %v", rows, err)
	}
	if rows, err := f.Tallies(ctx, during(at(60), noon), 15*time.Minute); err != nil || len(rows) != 0 {
		t.Errorf("an empty period has %v, %v", rows, err)
	}
	if _, err := f.Tallies(ctx, during(noon, at(60)), -time.Minute); err == nil {
		t.Error("an interval below zero was taken")
	}
}

func listTheMorning(t *testing.T, f fixture) {
	ctx := soon(t)
	list := func(filter report.CallFilter) (rows []report.Call, ids string) {
		filter.From, filter.To = noon, at(60)
		rows, err := f.Calls(ctx, filter)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			ids += r.Call[len(r.Call)-1:]
		}
		return rows, ids
	}
	for _, c := range []struct {
		want   string
		filter report.CallFilter
	}{
		{"21", report.CallFilter{WaitFromS: new(10.0), WaitToS: new(41.0), Outcomes: []string{"answered"}}},
		{"2", report.CallFilter{Agent: "bob"}},
		{"3", report.CallFilter{WaitUpToS: new(3.0), Outcomes: []string{"abandoned_queue", "abandoned_ringing"}}},
		{"", report.CallFilter{Origin: "overflow"}},
		{"76", report.CallFilter{Offset: 1, Limit: 2}},
		{"876554321", report.CallFilter{Dialed: "100", Entered: "main"}},
		{"", report.CallFilter{Dialed: "200"}},
		{"", report.CallFilter{Entered: "sales"}},
		{"7", report.CallFilter{Node: "main", Outcomes: []string{"abandoned_ivr"}}},
		{"876", report.CallFilter{Weekday: new(2), Minute: new(13*60 + 30), Zone: "Europe/Madrid"}}, // a Tuesday
		{"", report.CallFilter{Weekday: new(3), Zone: "Europe/Madrid"}},
		{"", report.CallFilter{Code: "refund"}},
		{"", report.CallFilter{Told: &report.Waiting{LowS: 60, HighS: 120}}},
		{"6554321", report.CallFilter{Told: &report.Waiting{}}}, // nobody was told anything
		{"876554321", report.CallFilter{}},                      // the fifth call was in two queues
		{"8765", report.CallFilter{Limit: 4}},
		{"65", report.CallFilter{Period: of("support", noon, at(60)), Limit: 2}},
		{"5", report.CallFilter{Period: of("billing", noon, at(60))}},
		{"7", report.CallFilter{Outcomes: []string{"abandoned_ivr"}}},
		{"6", report.CallFilter{Outcomes: []string{"open"}}},
		{"743", report.CallFilter{Outcomes: []string{"abandoned_queue", "abandoned_ringing", "abandoned_ivr"}}},
		{"21", report.CallFilter{Period: of("support", noon, at(60)), Outcomes: []string{"answered"}}},
		{"", report.CallFilter{Period: of("support", noon, at(60)), Outcomes: []string{"abandoned_ivr"}}},
		{"", report.CallFilter{Period: of("nobody's", noon, at(60))}},
	} {
		if _, got := list(c.filter); got != c.want {
			t.Errorf("visits with %+v: %s, want %s", c.filter, got, c.want)
		}
	}

	rows, _ := list(report.CallFilter{})
	bob, open, hungUp := rows[7], rows[2], rows[1]
	if bob.Queue != "support" || bob.Outcome != "answered" || bob.Number != "2" || bob.Name != "Ada" || bob.Path != "main > 0" ||
		bob.QueueS != 40 || bob.RingS != 4 || bob.Agent != "bob" || !bob.At.Equal(at(1).Add(100*time.Millisecond)) || bob.Ended == nil {
		t.Errorf("an answered visit %+v", bob)
	}
	if open.Outcome != "open" || open.Ended != nil || open.QueueS != 0 || open.Agent != "" {
		t.Errorf("an open visit %+v", open)
	}
	if hungUp.Queue != "" || hungUp.Path != "main" || hungUp.Number != "7" || !hungUp.At.Equal(at(41)) {
		t.Errorf("a call that reached no queue %+v", hungUp)
	}
	again, before := rows[3], rows[4]
	if again.Queue != "support" || again.Path != "again > 2" || before.Queue != "billing" || before.Path != "main > 0" {
		t.Errorf("two ways through the menus are %+v and %+v", before, again)
	}
}

// TestNumbersAlwaysAddUp: whatever happens to callers, what entered a queue is
// what became of it, in every table, view and report, for every queue,
// interval and cut of time.
func TestNumbersAlwaysAddUp(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	seed := uint64(20)
	entered, calls := map[string]int{"": 0}, 0 // by queue; "": all of them
	var talks recount
	day := func(rt *rapid.T) {
		seed++
		facts := anyDay(seed, rapid.IntRange(0, 12).Draw(rt, "calls"))
		talks.add(facts)
		for _, e := range facts {
			switch fact := e.Fact.(type) {
			case call.CallStarted:
				calls++
			case call.QueueEntered:
				if fact.As != "live" {
					continue
				}
				entered[""]++
				entered[fact.Queue]++
			}
		}
		for rest := facts; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(rt, "batch")
			j.Append(rest[:n])
			rest = rest[n:]
		}
		arrived(t, s, j)
		talliesAddUp(t, rt, f, entered)
		figuresAddUp(t, rt, f)
		listsAddUp(t, rt, f, calls)
		countedAddsUp(t, rt, f)
		viewsAddUp(t, rt, f, entered[""])
		callbacksAddUp(t, rt, f)
		outgoingAddsUp(t, rt, f)
		talksAddUp(t, rt, f, talks)
		consultsAddUp(t, rt, f, talks)
		queueLogAddsUp(t, rt, f)
	}
	for range 3 { // 36 days: they are the cheapest of the random ones
		rapid.Check(t, day)
	}
}

// aCut is any moment of the day, often one at which something began.
func aCut(t *testing.T, rt *rapid.T, f fixture) time.Time {
	if rapid.Bool().Draw(rt, "on a visit") {
		var began []time.Time
		if err := f.raw.Select(&began, `SELECT entered_at FROM queue_visit ORDER BY 1`); err != nil {
			t.Fatal(err)
		}
		if len(began) > 0 {
			return rapid.SampledFrom(began).Draw(rt, "cut")
		}
	}
	return noon.Add(time.Duration(rapid.Int64Range(0, int64(36*time.Hour)).Draw(rt, "cut")))
}

// talliesAddUp: two periods that meet have every visit once, and the intervals
// of a period what the period has.
func talliesAddUp(t *testing.T, rt *rapid.T, f fixture, entered map[string]int) {
	ctx := soon(t)
	cut, end := aCut(t, rt, f), noon.Add(48*time.Hour)
	interval := time.Duration(rapid.IntRange(1, 20).Draw(rt, "quarters")) * 15 * time.Minute
	for queue, want := range entered {
		got := 0
		for _, p := range [][2]time.Time{{noon, cut}, {cut, end}} {
			whole, err := f.Tallies(ctx, of(queue, p[0], p[1]), 0)
			if err != nil {
				rt.Fatal(err)
			}
			parts, err := f.Tallies(ctx, of(queue, p[0], p[1]), interval)
			if err != nil {
				rt.Fatal(err)
			}
			if w, p := fmt.Sprint(tallied(whole)), fmt.Sprint(tallied(parts)); w != p {
				rt.Fatalf("queue %q has %s, its intervals have %s", queue, w, p)
			}
			for _, r := range slices.Concat(whole, parts) {
				if r.Within > r.Visits || r.Within > 0 && r.Outcome != "answered" && !strings.HasPrefix(r.Outcome, "abandoned") || r.Short > r.Within || r.FlowIn > r.Visits || (r.Longest == "") != (r.Outcome == "open") ||
					queue != "" && r.Queue != queue || r.Outcome != "open" && !slices.Contains(outcomes, call.Outcome(r.Outcome)) {
					rt.Fatalf("a tally makes no sense: %+v", r)
				}
			}
			got += total(whole)
		}
		if got != want {
			rt.Fatalf("%d visits entered queue %q, the tallies have %d", want, queue, got)
		}
	}
}

// listsAddUp: a list has what the tally says, and each call is in a queue or
// counted in the menus.
func listsAddUp(t *testing.T, rt *rapid.T, f fixture, calls int) {
	ctx := soon(t)
	from, to := aCut(t, rt, f), aCut(t, rt, f)
	if to.Before(from) {
		from, to = to, from
	}
	rows, err := f.Tallies(ctx, during(from, to), 0)
	if err != nil {
		rt.Fatal(err)
	}
	menus, err := f.Menus(ctx, during(from, to))
	if err != nil {
		rt.Fatal(err)
	}
	for _, r := range rows {
		list, err := f.Calls(ctx, report.CallFilter{Period: of(r.Queue, from, to), Outcomes: []string{r.Outcome}, AfterTalk: &r.AfterTalk, Limit: r.Visits + 1})
		if err != nil || len(list) != r.Visits {
			rt.Fatalf("%+v, but listed are %d, %v", r, len(list), err)
		}
	}
	inMenus := menus.Abandoned + menus.Contained + menus.SystemFailure + menus.Open
	all, err := f.Calls(ctx, report.CallFilter{Period: during(from, to), Limit: 1_000_000})
	if err != nil || len(all) != total(rows)+inMenus {
		rt.Fatalf("%d visits and %d calls without one, but listed are %d, %v", total(rows), inMenus, len(all), err)
	}
	if !slices.IsSortedFunc(all, func(a, b report.Call) int { return b.At.Compare(a.At) }) {
		rt.Fatal("the list is not newest first")
	}
	limit := rapid.IntRange(1, 30).Draw(rt, "limit")
	some, err := f.Calls(ctx, report.CallFilter{Period: during(from, to), Limit: limit})
	if err != nil || !slices.EqualFunc(some, all[:min(limit, len(all))], func(a, b report.Call) bool { return a.Call == b.Call && a.At.Equal(b.At) }) {
		rt.Fatalf("the first %d of the list are others, %v", limit, err)
	}
	offset := rapid.IntRange(0, len(all)).Draw(rt, "offset")
	page, err := f.Calls(ctx, report.CallFilter{Period: during(from, to), Limit: limit, Offset: offset})
	if err != nil || !slices.EqualFunc(page, all[offset:min(offset+limit, len(all))], func(a, b report.Call) bool { return a.Call == b.Call && a.At.Equal(b.At) }) {
		rt.Fatalf("%d from the %dth on are others, %v", limit, offset, err)
	}
	everyone, err := f.Calls(ctx, report.CallFilter{Period: during(noon, noon.Add(48*time.Hour)), Limit: 1_000_000})
	if err != nil {
		rt.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range everyone {
		seen[r.Call] = true
	}
	if len(seen) != calls {
		rt.Fatalf("%d calls came, %d are listed", calls, len(seen))
	}
}

// viewsAddUp: so do the views that others read.
func viewsAddUp(t *testing.T, rt *rapid.T, f fixture, entered int) {
	if bad := f.one(t, `SELECT count(*)::text FROM report.abandonment WHERE offered <> answered + abandoned_queue + abandoned_ringing
		+ abandoned_at_answer + callback_accepted + exit_key + overflow + timeout_exit + transferred_out + no_agents + closed + withdrawn
		+ system_failure + open OR abandoned <> abandoned_queue + abandoned_ringing + abandoned_at_answer`); bad != "0" {
		rt.Fatalf("%s rows of report.abandonment do not add up", bad)
	}
	if n := f.one(t, `SELECT coalesce(sum(offered + after_talk), 0)::text FROM report.abandonment`); n != fmt.Sprint(entered) {
		rt.Fatalf("report.abandonment has %s of %d visits", n, entered)
	}
	if n := f.one(t, `SELECT count(*)::text FROM report.visit WHERE kind = 'live'`); n != fmt.Sprint(entered) {
		rt.Fatalf("report.visit has %s of %d visits", n, entered)
	}
	if bad := f.one(t, `SELECT count(*)::text FROM queue_visit v JOIN call_fact c USING (call_id) WHERE c.ended_at IS NOT NULL AND v.ended_at IS NULL`); bad != "0" {
		rt.Fatalf("%s visits are open although their call has ended", bad)
	}
}
