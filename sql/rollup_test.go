package sql_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"presszero/call"
	"presszero/report"
	"presszero/sql"
)

// visitRow is a row of queue_visit, as far as tallies go by it.
type visitRow struct {
	Visit     string    `db:"visit_id"`
	Call      string    `db:"call_id"`
	Queue     string    `db:"queue"`
	Entered   time.Time `db:"entered_at"`
	Outcome   string    `db:"outcome"`
	Origin    string    `db:"origin"`
	WaitS     *float64  `db:"queue_s"`
	Estimated bool      `db:"estimated"`
	AfterTalk bool      `db:"after_talk"`
}

func (f fixture) visits(t *testing.T) (list []visitRow) {
	t.Helper()
	if err := f.raw.Select(&list, `SELECT visit_id, call_id, queue, entered_at, coalesce(outcome::text, 'open') AS outcome, coalesce(origin, '') AS origin,
		queue_s, estimated, after_talk FROM queue_visit WHERE kind = 'live' ORDER BY visit_id`); err != nil {
		t.Fatal(err)
	}
	return list
}

// recountTallies counts one visit after the other, by the definitions of package report.
func recountTallies(visits []visitRow, p report.Period, queue string, interval time.Duration, bounds []report.Thresholds) []report.Tally {
	usual := call.UsualQueue()
	tallies := map[string]*report.Tally{}
	for _, v := range visits {
		if v.Entered.Before(p.From) || !v.Entered.Before(p.To) || queue != "" && v.Queue != queue {
			continue
		}
		start := p.From
		if interval > 0 {
			start = p.From.Add(v.Entered.Sub(p.From) / interval * interval)
		}
		target, short := usual.Target.Seconds(), usual.ShortAbandon.Seconds()
		for _, b := range bounds {
			if b.Queue == v.Queue {
				target, short = b.TargetS, b.ShortS
			}
		}
		key := fmt.Sprint(v.Queue, start.UnixMicro(), v.Outcome, v.AfterTalk)
		tally := tallies[key]
		if tally == nil {
			tally = &report.Tally{Queue: v.Queue, Start: start.UTC(), Outcome: v.Outcome, AfterTalk: v.AfterTalk}
			tallies[key] = tally
		}
		tally.Visits++
		if v.Origin == "overflow" && !v.AfterTalk {
			tally.FlowIn++
		}
		if v.WaitS == nil {
			continue
		}
		abandoned := strings.HasPrefix(v.Outcome, "abandoned")
		if (abandoned || v.Outcome == "answered") && *v.WaitS <= target {
			tally.Within++
		}
		if abandoned && *v.WaitS <= short {
			tally.Short++
		}
		if !v.Estimated && (tally.Longest == "" || *v.WaitS >= tally.LongestS) { // of several the latest
			tally.LongestS, tally.Longest = *v.WaitS, v.Call
		}
	}
	var list []report.Tally
	for _, tally := range tallies {
		list = append(list, *tally)
	}
	slices.SortFunc(list, func(a, b report.Tally) int {
		last := map[bool]int{true: 1}
		return cmp.Or(cmp.Compare(a.Queue, b.Queue), a.Start.Compare(b.Start), cmp.Compare(a.Outcome, b.Outcome), last[a.AfterTalk]-last[b.AfterTalk])
	})
	return list
}

// recountCalls counts the calls that first entered one of the period's queues in it.
func recountCalls(visits []visitRow, p report.Period) (n report.CallCounts) {
	byCall := map[string][]visitRow{}
	for _, v := range visits {
		if !v.AfterTalk && v.Outcome != "withdrawn" && (len(p.Queues) == 0 || slices.Contains(p.Queues, v.Queue)) {
			byCall[v.Call] = append(byCall[v.Call], v)
		}
	}
	for _, list := range byCall {
		slices.SortStableFunc(list, func(a, b visitRow) int { return a.Entered.Compare(b.Entered) })
		if list[0].Entered.Before(p.From) || !list[0].Entered.Before(p.To) {
			continue
		}
		n.Calls++
		last := list[len(list)-1].Outcome
		switch {
		case slices.ContainsFunc(list, func(v visitRow) bool { return v.Outcome == "answered" }):
			n.Answered++
		case strings.HasPrefix(last, "abandoned"):
			n.Abandoned++
		case last == "open":
			n.Open++
		}
	}
	return n
}

// drain counts all that is stale. Of the months from the made up days until now, in which
// nobody is signed in, it writes that nobody was there, as Rollup would quarter by quarter.
func (f fixture) drain(t *testing.T) {
	t.Helper()
	f.raw.MustExec(`
		CREATE TEMP VIEW there AS SELECT quarter(min(from_at)) AS first, max(coalesce(until_at, now())) AS last FROM agent_span WHERE presence <> 'signed_out';
		CREATE TEMP VIEW quarters AS SELECT b, b > last AS nobody FROM there CROSS JOIN LATERAL generate_series(first, now() - interval '15 minutes', interval '15 minutes') b;
		INSERT INTO staff_15m SELECT b, 0 FROM quarters ON CONFLICT DO NOTHING;
		INSERT INTO agent_15m SELECT b, '', 0 FROM quarters ON CONFLICT DO NOTHING;
		INSERT INTO agent_1d SELECT DISTINCT date_bin(interval '1 day', b, timestamptz '2000-01-01 00:00+00'), '', '', '', 0 FROM quarters WHERE b < now() - interval '1 day' ON CONFLICT DO NOTHING;
		DELETE FROM rollup_stale WHERE what IN ('staff', 'presence', 'agents') AND bucket IN (SELECT b FROM quarters WHERE nobody
			EXCEPT (SELECT bucket FROM staff_15m WHERE seconds <> 0 UNION SELECT bucket FROM agent_15m WHERE seconds <> 0 UNION SELECT bucket FROM agent_1d WHERE seconds <> 0));
		DROP VIEW quarters, there`)
	if n := f.one(t, `SELECT count(*) > 1000 OR NULL FROM rollup_stale WHERE what = 'staff'`); n != "NULL" {
		t.Fatal("somebody stays signed in: all quarters until today would have to be counted, more each day")
	}
	for {
		n, err := f.Rollup(soon(t), 0)
		if err != nil {
			t.Fatal(err)
		}
		stale := f.one(t, `SELECT (SELECT count(*) FROM rollup_stale WHERE what NOT IN ('staff', 'presence', 'agents') OR bucket < now() - interval '1 day') + (SELECT count(*) FROM rollup_people)`)
		if stale == "0" {
			return
		}
		if n == 0 {
			t.Fatalf("%s buckets stay stale", stale)
		}
	}
}

// TestTalliesAsRecounted: on random days, whatever part of them is in a rollup, the tallies
// are those of a naive recount of the same visits. Facts come in pieces, late, twice; quarters
// are counted in between, and the projections are computed anew. `make soak` tries 200 days.
func TestTalliesAsRecounted(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	seed := uint64(4000)
	rapid.Check(t, func(rt *rapid.T) {
		seed++
		r := rand.New(rand.NewPCG(seed, 1))
		var onTime, late []call.Entry
		held := map[call.ID]bool{}
		for _, e := range anyDay(seed, rapid.IntRange(1, 12).Draw(rt, "calls")) {
			if held[e.Call] = held[e.Call] || r.IntN(30) == 0; held[e.Call] {
				late = append(late, e)
			} else {
				onTime = append(onTime, e)
			}
		}
		for _, rest := range [][]call.Entry{onTime, late} {
			for len(rest) > 0 {
				n := rapid.IntRange(1, len(rest)).Draw(rt, "piece")
				j.Append(rest[:n])
				if r.IntN(3) == 0 {
					j.Append(rest[:n]) // sent again
				}
				arrived(t, s, j)
				if r.IntN(2) == 0 {
					if _, err := f.Rollup(soon(t), 0); err != nil {
						rt.Fatal(err)
					}
				}
				talliesAsRecounted(t, rt, f)
				rest = rest[n:]
			}
		}
		if r.IntN(4) == 0 {
			if err := f.Rebuild(soon(t)); err != nil {
				rt.Fatal(err)
			}
			talliesAsRecounted(t, rt, f)
		}
		// Of agents in several such days, one may stay signed in; the tallies have none of them.
		f.raw.MustExec(`UPDATE agent_span SET until_at = from_at + interval '1 hour' WHERE until_at IS NULL AND presence <> 'signed_out'`)
		f.drain(t)
		talliesAsRecounted(t, rt, f)
	})
	if f.one(t, `SELECT count(*)::text FROM tally_15m`) == "0" {
		t.Error("there is no rollup")
	}
}

func talliesAsRecounted(t *testing.T, rt *rapid.T, f fixture) {
	visits := f.visits(t)
	zone := rapid.SampledFrom([]string{"UTC", "Europe/Madrid", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"}).Draw(rt, "zone")
	in, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	var p report.Period
	if rapid.Bool().Draw(rt, "whole days") {
		day := noon.In(in).AddDate(0, 0, rapid.IntRange(-1, 1).Draw(rt, "day"))
		p.From = time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, in)
		p.To = p.From.AddDate(0, 0, rapid.IntRange(1, 3).Draw(rt, "days"))
	} else {
		p.From, p.To = aCut(t, rt, f).Truncate(time.Microsecond), aCut(t, rt, f).Truncate(time.Microsecond)
	}
	calls := p
	calls.Queues = rapid.SampledFrom([][]string{nil, {"support"}, {"billing"}, {"billing", "support"}}).Draw(rt, "queues")
	if got, err := f.CallCounts(soon(t), calls); err != nil || got != recountCalls(visits, calls) {
		rt.Fatalf("calls of %+v: %+v, %v; recounted %+v", calls, got, err, recountCalls(visits, calls))
	}
	queue := rapid.SampledFrom([]string{"", "", "support", "billing"}).Draw(rt, "queue")
	interval := rapid.SampledFrom([]time.Duration{0, 0, 15 * time.Minute, 30 * time.Minute, time.Hour, 24 * time.Hour, 7 * time.Minute}).Draw(rt, "interval")
	var bounds []report.Thresholds
	for _, q := range []string{"support", "billing"} {
		if rapid.Bool().Draw(rt, q+" has its own") {
			b := report.Thresholds{Queue: q, TargetS: rapid.Float64Range(0, 300).Draw(rt, "target"), ShortS: rapid.Float64Range(0, 30).Draw(rt, "short")}
			if ended := slices.DeleteFunc(slices.Clone(visits), func(v visitRow) bool { return v.WaitS == nil }); len(ended) > 0 && rapid.Bool().Draw(rt, "to the microsecond") {
				b.TargetS = *rapid.SampledFrom(ended).Draw(rt, "visit").WaitS
			}
			bounds = append(bounds, b)
		}
	}
	got, err := f.Tallies(soon(t), inQueue(p, queue), interval, bounds...)
	if err != nil {
		rt.Fatal(err)
	}
	for i := range got {
		got[i].Start = got[i].Start.UTC()
	}
	if want := recountTallies(visits, p, queue, interval, bounds); !slices.Equal(got, want) {
		rt.Fatalf("%s to %s every %s in %q by %v:\n%+v\nrecounted\n%+v", p.From, p.To, interval, queue, bounds, got, want)
	}
}

// TestAWrongRollupIsFound: every rollup that is not what its rows amount to is found, by the
// audit and by the check of yesterday, and is right again after the latter.
func TestAWrongRollupIsFound(t *testing.T) {
	t.Parallel()
	f := aSoundDay(t, 60, 40)
	f.drain(t)
	check := func() (wrong int) {
		t.Helper()
		// The made up days; and now, for the staff's quarters are counted from there back.
		for _, day := range []time.Time{noon.Truncate(24 * time.Hour), time.Now().UTC().Truncate(24 * time.Hour)} {
			n, err := f.CheckRollups(soon(t), during(day.AddDate(0, 0, -1), day.AddDate(0, 0, 2)))
			if err != nil {
				t.Fatal(err)
			}
			wrong += n
		}
		return wrong
	}
	if wrong := check(); wrong != 0 {
		t.Fatalf("%d buckets of a sound day are wrong", wrong)
	}
	damages := map[string]string{
		"tally_15m":       `UPDATE tally_15m SET visits = visits + 1 WHERE ctid = (SELECT min(ctid) FROM tally_15m)`,
		"calls_15m":       `DELETE FROM calls_15m WHERE ctid = (SELECT min(ctid) FROM calls_15m)`,
		"queue_calls_15m": `UPDATE queue_calls_15m SET calls = calls + 1 WHERE ctid = (SELECT min(ctid) FROM queue_calls_15m)`,
		"menu_15m":        `UPDATE menu_15m SET outcome = 'refused' WHERE ctid = (SELECT min(ctid) FROM menu_15m)`,
		"menu_node_15m":   `UPDATE menu_node_15m SET keys = '{"1": 77}' WHERE ctid = (SELECT min(ctid) FROM menu_node_15m)`,
		"wait_1d":         `UPDATE wait_1d SET ww = ww + 1 WHERE ctid = (SELECT min(ctid) FROM wait_1d)`,
		"staff_15m":       `UPDATE staff_15m SET seconds = seconds - 1 WHERE bucket = (SELECT max(bucket) FROM staff_15m)`,
		"queue_path_15m":  `UPDATE queue_path_15m SET path[2] = 'other' WHERE ctid = (SELECT min(ctid) FROM queue_path_15m)`,
		"queue_node_15m":  `DELETE FROM queue_node_15m WHERE ctid = (SELECT min(ctid) FROM queue_node_15m)`,
		"wait_spread_1d":  `UPDATE wait_spread_1d SET waits[1] = 0.1 WHERE ctid = (SELECT min(ctid) FROM wait_spread_1d)`,
		"promise_15m":     `UPDATE promise_15m SET told = told + 1 WHERE ctid = (SELECT min(ctid) FROM promise_15m)`,
		"code_15m":        `UPDATE code_15m SET talks = talks + 1 WHERE ctid = (SELECT min(ctid) FROM code_15m)`,
		"told_1d":         `UPDATE told_1d SET longer = longer + 1 WHERE ctid = (SELECT min(ctid) FROM told_1d)`,
		"first_told_1d":   `UPDATE first_told_1d SET calls = calls + 1 WHERE ctid = (SELECT min(ctid) FROM first_told_1d)`,
		"dialed_1d":       `UPDATE dialed_1d SET flow_in = flow_in + 1 WHERE ctid = (SELECT min(ctid) FROM dialed_1d)`,
		"talk_1d":         `UPDATE talk_1d SET talks = talks + 1 WHERE ctid = (SELECT min(ctid) FROM talk_1d)`,
		"handled_1d":      `UPDATE handled_1d SET wrap_s = wrap_s + 1 WHERE ctid = (SELECT min(ctid) FROM handled_1d)`,
		"agent_1d":        `UPDATE agent_1d SET seconds = seconds + 1 WHERE bucket = (SELECT max(bucket) FROM agent_1d)`,
		"agent_15m":       `UPDATE agent_15m SET seconds = seconds + 1 WHERE bucket = (SELECT max(bucket) FROM agent_15m)`,
		"gave_up":         `UPDATE gave_up SET served_at = ended_at WHERE ctid = (SELECT min(ctid) FROM gave_up)`,
	}
	for _, damage := range damages {
		f.raw.MustExec(damage)
	}
	x := examined(t, f)
	for table := range damages {
		if !slices.ContainsFunc(x.Flaws, func(w sql.Flaw) bool { return w.Table == table && w.Check == "rollup" }) {
			t.Errorf("of %s the audit finds nothing", table)
		}
	}
	if check() == 0 {
		t.Error("the check finds none")
	}
	f.drain(t)
	if wrong := check(); wrong != 0 {
		t.Errorf("after they were counted anew, %d are wrong", wrong)
	}
	if x := examined(t, f); len(x.Flaws) != 0 {
		t.Errorf("in the end: %+v", x.Flaws)
	}
}

// TestReportsFromRollupsAndRows: every report of any period, and every view, tells the same
// whether all of it is counted from the rows or what can be is taken from the rollups.
func TestReportsFromRollupsAndRows(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		f, j := setup(t), openJournal(t)
		s, _ := shipping(t, f.DB, j)
		r := rand.New(rand.NewPCG(seed, 3))
		j.Append(anyDay(70+seed, 40))
		var walks [][]call.Entry
		for n := range 40 {
			walks = append(walks, wander(r, 5000+n, noon.Add(time.Duration(r.IntN(20*3600))*time.Second)).list)
		}
		j.Append(mix(walks))
		arrived(t, s, j)
		var periods []report.Period
		for range 6 {
			from := noon.Add(time.Duration(r.Int64N(int64(20 * time.Hour)))).Truncate(time.Microsecond)
			periods = append(periods, during(from, from.Add(time.Duration(r.Int64N(int64(40*time.Hour))))))
		}
		periods = append(periods, during(noon.Add(-48*time.Hour), noon.Add(72*time.Hour)))
		f.raw.MustExec(`UPDATE rollup_stale SET marks = marks + 1; UPDATE rollup_people SET marks = marks + 1`)
		rows := f.tells(t, periods)
		f.drain(t)
		for i, told := range f.tells(t, periods) {
			if told != rows[i] {
				t.Errorf("seed %d: from the rollups\n%s\nfrom the rows\n%s", seed, told, rows[i])
			}
		}
	}
}

// tells is what the reports of some periods, and the views, have.
func (f fixture) tells(t *testing.T, periods []report.Period) (told []string) {
	t.Helper()
	say := func(what string, v any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, what+" "+string(text))
	}
	for _, p := range periods {
		calls, err := f.CallCounts(soon(t), p)
		say("calls", calls, err)
		for _, queues := range [][]string{{"support"}, {"billing", "support"}} {
			some := p
			some.Queues = queues
			calls, err := f.CallCounts(soon(t), some)
			say("calls of some queues", calls, err)
		}
		for _, queues := range [][]string{nil, {"billing"}, {"billing", "support"}} {
			some := p
			some.Queues = queues
			nodes, err := f.MenuNodes(soon(t), some)
			say("nodes", nodes, err)
			spreads, err := f.WaitSpreads(soon(t), some)
			for i := range spreads {
				spreads[i].MeanS = math.Round(spreads[i].MeanS*1e6) / 1e6
			}
			say("spreads", spreads, err)
			toldOf, err := f.Told(soon(t), some)
			say("what callers were told", toldOf, err)
			firsts, err := f.TellingTimes(soon(t), some)
			say("when callers were first told", firsts, err)
			promises, err := f.Promises(soon(t), some, "Asia/Kathmandu")
			say("promises", promises, err)
			codes, err := f.CodeCounts(soon(t), some, "America/St_Johns")
			say("codes", codes, err)
			for _, zone := range []string{"UTC", "Asia/Kathmandu"} { // rollups are counted in one of them
				talks, err := f.Talks(soon(t), some, zone)
				say("talks by day in "+zone, roundedTalks(talks), err)
				talks, err = f.AgentTalks(soon(t), some, zone)
				say("talks of agents in "+zone, roundedTalks(talks), err)
			}
			holds, err := f.HoldFigures(soon(t), some, 20*time.Second)
			say("holds", holds, err)
			dialed, err := f.DialedTallies(soon(t), some, report.Thresholds{Queue: "support", TargetS: 47.3, ShortS: 7})
			say("numbers dialled", dialed, err)
			balances, err := f.Balances(soon(t), some)
			say("balances", balances, err)
			times, err := f.AgentTimes(soon(t), some)
			say("agents' time", times, err)
			present, err := f.Present(soon(t), some)
			for i := range present {
				present[i].Agents = math.Round(present[i].Agents*1e6) / 1e6
			}
			say("agents present", present, err)
			people, err := f.LostCounts(soon(t), some, []float64{0.5, 4, 24})
			say("people", people, err)
		}
		menus, err := f.Menus(soon(t), p)
		say("menus", menus, err)
		staffed, err := f.Staffed(soon(t), p)
		say("staffed", staffed.Round(time.Millisecond), err)
		accuracy, err := f.WaitAccuracy(soon(t), p)
		for i := range accuracy {
			a := &accuracy[i]
			for _, x := range []*float64{a.Within, a.ErrorS, a.AbsS, a.P80, a.P90, a.Bias, a.QLmS, a.LESS, a.AvgCS, a.AsteriskS} {
				if x != nil {
					*x = math.Round(*x*1e6) / 1e6 // the last digits depend on the order of adding up
				}
			}
		}
		say("accuracy", accuracy, err)
		for _, limit := range []time.Duration{0, 20 * time.Second, 47300 * time.Millisecond, 3 * time.Minute} {
			figures, err := f.WaitFigures(soon(t), p, limit)
			say("waits", figures, err)
			long, err := f.LongWaits(soon(t), p, limit, 50)
			for i := range long {
				if long[i].Outcome == report.Open {
					long[i].WaitS = 0
				}
			}
			say("long waits", long, err)
		}
	}
	for _, view := range []string{"report.abandonment", "report.refused"} {
		say(view, f.one(t, `SELECT jsonb_agg(to_jsonb(v) ORDER BY to_jsonb(v))::text FROM `+view+` v`), nil)
	}
	return told
}

// TestOldRowsMayGo: when the rows of a day are deleted, what its rollups say stays, is not
// counted anew, and nothing about it is wrong. Not before all of it is counted.
func TestOldRowsMayGo(t *testing.T) {
	t.Parallel()
	f := aSoundDay(t, 60, 40)
	day := noon.UTC().Truncate(24 * time.Hour)
	until := day.AddDate(0, 0, 3)
	if _, err := f.raw.Exec(`SELECT keep_rollups($1)`, until); err == nil {
		t.Fatal("rollups are kept before they are counted")
	}
	f.drain(t)
	p := during(day, until)
	told := func() string {
		t.Helper()
		tallies, err := f.Tallies(soon(t), p, 15*time.Minute)
		calls, err2 := f.CallCounts(soon(t), p)
		menus, err3 := f.Menus(soon(t), p)
		nodes, err4 := f.MenuNodes(soon(t), p)
		accuracy, err5 := f.WaitAccuracy(soon(t), p)
		staffed, err6 := f.Staffed(soon(t), p)
		text, err7 := json.Marshal([]any{tallies, calls, menus, nodes, accuracy, staffed})
		if err := errors.Join(err, err2, err3, err4, err5, err6, err7); err != nil || calls.Calls == 0 || staffed == 0 {
			t.Fatal(calls, staffed, err)
		}
		return string(text)
	}
	before := told()
	f.raw.MustExec(`SELECT keep_rollups($1)`, until)
	f.raw.MustExec(`SELECT mark_all_stale()`)
	for _, table := range []string{"queue_visit", "call_fact", "callback_fact", "ewt_shadow", "agent_span"} {
		f.raw.MustExec(`DELETE FROM ` + table)
	}
	f.raw.MustExec(`DROP TABLE call_event_` + noon.Format("2006_01")) // facts go by the month
	if stale := f.one(t, `SELECT count(*)::text FROM rollup_stale WHERE bucket < '`+until.Format(time.RFC3339)+`'`); stale != "0" {
		t.Errorf("%s buckets that are kept are stale", stale)
	}
	if wrong, err := f.CheckRollups(soon(t), p); err != nil || wrong != 0 {
		t.Errorf("%d buckets that are kept are wrong, %v", wrong, err)
	}
	if after := told(); after != before {
		t.Errorf("without the rows\n%s\nbefore\n%s", after, before)
	}
}

// inQueue is a period of one queue; "": of all.
func inQueue(p report.Period, queue string) report.Period {
	if queue != "" {
		p.Queues = []string{queue}
	}
	return p
}
