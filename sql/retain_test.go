package sql_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/sqltest"
	"presszero/report"
	"presszero/sql"
)

// longAgo is a morning two months before the month of noon; monthAfter is the end of longAgo's month.
var (
	longAgo    = time.Date(noon.Year(), noon.Month()-2, 20, 9, 0, 0, 0, time.UTC)
	monthAfter = time.Date(longAgo.Year(), longAgo.Month()+1, 1, 0, 0, 0, 0, time.UTC)
)

// twoMonths ships calls of longAgo and of noon, some of them of the same callers.
func twoMonths(t *testing.T) fixture {
	t.Helper()
	f := setup(t)
	var all []*story
	for n := range 12 {
		number := fmt.Sprintf("+4930555010%02d", n%5)
		old := from(7000+n, longAgo.Add(time.Duration(n)*time.Hour), number, fmt.Sprintf("Caller %d", n%5)).after(1).enter("support").after(float64(5 * n))
		if n%3 == 0 {
			old.leave(call.AbandonedQueue, "").end(call.AbandonedQueue, call.SideCaller)
		} else {
			old.offer("zoe", 2, "accepted").recorded("zoe", 40).end(call.Answered, call.SideCaller).kept(39)
		}
		all = append(all, old)
		if n%2 == 0 {
			now := from(7500+n, at(10*n), number, "").enter("support").after(3).leave(call.AbandonedQueue, "").end(call.AbandonedQueue, call.SideCaller)
			all = append(all, now)
		}
	}
	old := &story{id: newID(1_007_900), day: call.DayOf(longAgo), now: longAgo}
	old.say(call.AgentChanged{Agent: "zoe", Presence: call.Available, State: call.Idle}).after(100).say(call.AgentChanged{Agent: "zoe", Presence: call.SignedOut, State: call.Idle})
	ship(t, f, append(all, old)...)
	f.drain(t)
	return f
}

// counts are reports that the rollups have, of both months.
func (f fixture) counts(t *testing.T) (told []string) {
	t.Helper()
	for _, p := range []report.Period{during(monthAfter.AddDate(0, -1, 0), monthAfter), during(at(-720), at(1440))} {
		calls, err := f.CallCounts(soon(t), p)
		menus, err2 := f.Menus(soon(t), p)
		nodes, err3 := f.MenuNodes(soon(t), p)
		text, err4 := json.Marshal([]any{calls, menus, nodes})
		for _, err := range []error{err, err2, err3, err4} {
			if err != nil {
				t.Fatal(err)
			}
		}
		told = append(told, string(text))
	}
	return told
}

func sound(t *testing.T, f fixture, when string) {
	t.Helper()
	if x := examined(t, f); len(x.Flaws) > 0 {
		t.Errorf("%s the books have %d flaws: %+v", when, len(x.Flaws), x.Flaws)
	}
}

// TestPseudonymise: numbers and names of old facts are gone, callers who come back are known
// by number all the same, no count changes, and a rebuild gives the same.
func TestPseudonymise(t *testing.T) {
	t.Parallel()
	f := twoMonths(t)
	held := sql.CallerKey(sqltest.CallerKey, "+493055501001")
	if err := f.Hold(soon(t), report.Hold{ID: "h1", Kind: report.HoldCaller, Of: "+493055501001", Reason: "a claim", By: "admin", Review: noon}); err != nil {
		t.Fatal(err)
	}
	before, people := f.counts(t), f.one(t, `SELECT count(DISTINCT caller_key)::text FROM call_fact`)
	if days, calls, err := f.PlainDays(soon(t), noon.AddDate(0, -1, 0)); err != nil || days != 1 || calls != 12 {
		t.Errorf("%d calls of %d days are to be changed, %v", calls, days, err)
	}
	if n, err := f.Pseudonymise(soon(t), noon.AddDate(0, -1, 0), nil, nil); err != nil || n == 0 {
		t.Fatalf("%d facts were changed, %v", n, err)
	}
	check := func(when string) {
		t.Helper()
		if n := f.one(t, `SELECT count(*)::text FROM call_event WHERE call_day < $2 AND data::text ~ '55501|Caller'
			AND call_id NOT IN (SELECT call_id FROM call_fact WHERE caller_key = $1)`, held, monthAfter); n != "0" {
			t.Errorf("%s %s old facts have a number or a name", when, n)
		}
		if got := f.one(t, `SELECT string_agg(number || ' ' || coalesce(name, ''), ', ' ORDER BY number) FROM caller WHERE number !~ '^~'`); got !=
			"+493055501000 , +493055501001 Caller 1, +493055501002 , +493055501003 , +493055501004 " {
			t.Errorf("%s the callers are %s", when, got)
		}
		if n := f.one(t, `SELECT count(DISTINCT caller_key)::text FROM call_fact`); n != people {
			t.Errorf("%s there are %s callers, and were %s", when, n, people)
		}
		for i, told := range f.counts(t) {
			if told != before[i] {
				t.Errorf("%s the report has\n%s\nand had\n%s", when, told, before[i])
			}
		}
		sound(t, f, when)
	}
	check("pseudonymised,")
	if err := f.Rebuild(soon(t)); err != nil {
		t.Fatal(err)
	}
	check("rebuilt,")
	if err := f.Release(soon(t), "h1", "admin"); err != nil {
		t.Fatal(err)
	}
	if n, err := f.Pseudonymise(soon(t), noon.AddDate(0, -1, 0), nil, nil); err != nil || n == 0 {
		t.Fatalf("%d facts were changed after the hold, %v", n, err)
	}
	if n := f.one(t, `SELECT count(*)::text FROM call_event WHERE call_day < $1 AND data::text ~ '55501|Caller'`, monthAfter); n != "0" {
		t.Errorf("after the hold %s old facts have a number or a name", n)
	}
	if n, err := f.Pseudonymise(soon(t), noon.AddDate(0, -1, 0), nil, nil); err != nil || n != 0 {
		t.Errorf("done again, it has changed %d facts, %v", n, err)
	}
}

// TestDropFacts: months of facts are dropped, and the reports keep their figures. Recordings
// that are kept for longer are found, also after a rebuild, until they are removed.
func TestDropFacts(t *testing.T) {
	t.Parallel()
	f := twoMonths(t)
	before := f.counts(t)
	ctx := soon(t)
	if err := f.Hold(ctx, report.Hold{ID: "h1", Kind: report.HoldQueue, Of: "support", Reason: "a claim", By: "admin", Review: noon}); err != nil {
		t.Fatal(err)
	}
	if list, err := f.DropFacts(ctx, noon); err != nil || len(list) != 0 {
		t.Fatalf("on hold, %v was dropped, %v", list, err)
	}
	if err := f.Release(ctx, "h1", "admin"); err != nil {
		t.Fatal(err)
	}
	if list, err := f.Months(ctx, noon); err != nil || len(list) != 1 || list[0].Bytes == 0 {
		t.Fatalf("to be dropped are %+v, %v", list, err)
	}
	f.raw.MustExec(`INSERT INTO rollup_stale (what, bucket) VALUES ('presence', $1)`, longAgo)
	if _, err := f.DropFacts(ctx, noon); !errors.Is(err, sql.ErrNotCounted) {
		t.Fatalf("before all of the month is counted, dropping says %v", err)
	}
	f.raw.MustExec(`DELETE FROM rollup_stale WHERE what = 'presence'`)
	hers := f.keptRecordings(t, "+493055501001") // of two calls
	if len(hers) != 2 || f.one(t, `SELECT count(*)::text FROM recording`) != "8" {
		t.Fatalf("of eight recordings the caller has %+v", hers)
	}
	gone := f.keptRecordings(t, "+493055501002")[0].ID
	if err := errors.Join(f.NoteRemoval(ctx, []string{gone}, "age"), f.HasRemoved(ctx, []string{gone})); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{hers[0].ID, gone} {
		f.raw.MustExec(`INSERT INTO recording_comment (recording_id, at_s, text, by_user, written_at) VALUES ($1, 3, 'listen', 'ann', $2)`, id, hers[0].JoinedAt)
	}
	list, err := f.DropFacts(ctx, noon)
	if err != nil || len(list) != 1 || list[0].Table != "call_event_"+longAgo.Format("2006_01") {
		t.Fatalf("%+v was dropped, %v", list, err)
	}
	if n := f.one(t, `SELECT (SELECT count(*) FROM call_event WHERE call_day < $1) || ' ' || (SELECT count(*) FROM call_fact WHERE call_day < $1)
		|| ' ' || (SELECT count(*) FROM agent_span WHERE from_at < $1)`, monthAfter); n != "0 0 0" {
		t.Errorf("facts, calls and spans of the month are left: %s", n)
	}
	check := func(when string) {
		t.Helper()
		for i, told := range f.counts(t) {
			if told != before[i] {
				t.Errorf("%s the report has\n%s\nand had\n%s", when, told, before[i])
			}
		}
		sound(t, f, when)
		for i, r := range f.keptRecordings(t, "+493055501001") {
			was := hers[i]
			if r.State != "kept" || r.ID != was.ID || r.Agent != was.Agent || r.Queue != was.Queue || !r.JoinedAt.Equal(was.JoinedAt) || r.Outcome != was.Outcome ||
				r.Direction != "in" || r.Dialed != "100" || r.Number != "" || !r.Alone || r.Comments != 1-i {
				t.Errorf("%s the recording is %+v, and was %+v", when, r, was)
			}
		}
		if n := f.one(t, `SELECT count(*) || ' ' || (SELECT count(*) FROM recording_comment) FROM recording`); n != "7 1" {
			t.Errorf("%s there are %s recordings and comments, want the 7 that were not removed, and 1", when, n)
		}
		for until, want := range map[time.Duration]int{29: 0, 32: 7} { // they are kept for 30 days
			if old, err := f.OldRecordings(ctx, hers[1].JoinedAt.Add(until*24*time.Hour), nil); err != nil || len(old) != want {
				t.Errorf("%s %d recordings are due after %d days, want %d; %v", when, len(old), until, want, err)
			}
		}
		if k, err := f.FindPerson(ctx, sql.Writing{Pattern: `55501001`, Whole: []string{"+493055501001"}}); err != nil || len(k.Recordings) != 2 {
			t.Errorf("%s the person has the recordings %v, %v", when, k.Recordings, err)
		}
		if _, err := f.RecordingBook(ctx, hers[0].ID); !errors.Is(err, sql.ErrNoRecording) {
			t.Errorf("%s there is a book to write into: %v", when, err)
		}
	}
	check("dropped,")
	f.drain(t)
	if err := f.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	f.drain(t)
	check("rebuilt,")
	f.raw.MustExec(`DELETE FROM recording_comment`)
	if err := f.Hold(ctx, report.Hold{ID: "h2", Kind: report.HoldCaller, Of: "+493055501001", Reason: "a claim", By: "admin", Review: noon}); err != nil {
		t.Fatal(err)
	}
	ids := []string{hers[0].ID, hers[1].ID, f.keptRecordings(t, "+493055501004")[0].ID}
	if held, err := f.HeldIDs(ctx, report.HoldRecording, ids); err != nil || len(held) != 2 {
		t.Errorf("held are %v, %v", held, err)
	}
	if err := errors.Join(f.NoteRemoval(ctx, ids[2:], "age"), f.HasRemoved(ctx, ids[2:])); err != nil {
		t.Error(err)
	}
	if _, err := f.Recording(ctx, ids[2]); !errors.Is(err, sql.ErrNoRecording) {
		t.Errorf("removed, and then: %v", err)
	}
	f.raw.MustExec(`TRUNCATE call_event`) // nothing at all to compute from
	if err := f.Rebuild(ctx); err != nil || len(f.keptRecordings(t, "+493055501001")) != 2 {
		t.Errorf("without facts there are %v, %v", f.keptRecordings(t, "+493055501001"), err)
	}
	dump, err := exec.Command(filepath.Join(sqltest.Bin(t), "pg_dump"), "--data-only", f.url).Output()
	if err != nil || strings.Contains(string(dump), "Caller 1") {
		t.Errorf("a name of the month is left, or %v", err)
	}
}

// keptRecordings are those of calls from a number, the newest first.
func (f fixture) keptRecordings(t *testing.T, number string) []report.Recording {
	t.Helper()
	list, err := f.Recordings(soon(t), report.RecordingFilter{Numbers: []string{number}, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
