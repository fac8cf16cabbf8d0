package sql_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"presszero/report"
)

// tallyOf are numbers by report, column, queue, agent and what they are about, as
// "handovers.returned support ann bob".
type tallyOf map[string]int

func (n tallyOf) add(list, queue, agent, about string, columns map[string]int) {
	for column, count := range columns {
		n[fmt.Sprintf("%s.%s|%s|%s|%s", list, column, queue, agent, about)] += count
	}
}

// countedAddsUp: behind each number of the reports that count no visits are as many calls
// as it says, whatever the queue, the agent and what it is about.
func countedAddsUp(t *testing.T, rt *rapid.T, f fixture) {
	from, to := aCut(t, rt, f), aCut(t, rt, f)
	if to.Before(from) {
		from, to = to, from
	}
	ctx, p, want := soon(t), during(from, to), tallyOf{}
	must := func(err error) {
		if err != nil {
			rt.Fatal(err)
		}
	}
	limit := rapid.IntRange(0, 60).Draw(rt, "limit")
	waits, err := f.WaitFigures(ctx, p, time.Duration(limit)*time.Second)
	must(err)
	want.add("visits", "", "", strconv.Itoa(limit), map[string]int{"within": waits.Within, "answered": waits.Answered, "cut_off": waits.CutOff + waits.CutOffAfterTalk, "long": waits.Long, "untold": waits.Untold})
	promises, err := f.Promises(ctx, p, "Europe/Madrid")
	must(err)
	for _, r := range promises {
		want.add("promises", r.Queue, "", "", map[string]int{"told": r.Told, "broken": r.Broken, "made_up": r.MadeUp})
	}
	callbacks, err := f.CallbackCounts(ctx, p)
	must(err)
	for _, r := range callbacks {
		want.add("asked", r.Queue, "", "", map[string]int{"offered": r.Offered, "accepted": r.Accepted})
		want.add("callbacks", r.Queue, "", "", map[string]int{"booked": r.Booked, "completed": r.Completed, "exhausted": r.Exhausted, "expired": r.Expired, "cancelled": r.Cancelled,
			"superseded": r.Superseded, "failed": r.Failed, "open": r.Open, "reached": r.Reached, "kept": r.Kept, "broken": r.Broken})
	}
	messages, err := f.MessageCounts(ctx, p)
	must(err)
	for _, r := range messages {
		want.add("messages", r.Queue, "", r.Kind, map[string]int{"left": r.Left, "in_time": r.InTime, "late": r.Late, "open": r.Open, "overdue": r.Overdue, "within_15m": r.Quarter})
	}
	talks, err := f.Talks(ctx, p, "UTC")
	must(err)
	for _, r := range talks {
		about := ""
		if r.Queue == "" {
			about = "own"
		}
		want.add("agents", r.Queue, r.Agent, about, map[string]int{"talks": r.Talks + r.Open})
		want.add("talks", r.Queue, r.Agent, about, map[string]int{"talks": r.Talks, "open": r.Open, "held": r.Held, "handed": r.Handed,
			"left_on_hold_caller": r.LeftByCaller, "left_on_hold_agent": r.LeftByAgent, "left_on_hold_us": r.LeftByUs, "left_on_hold_chose": r.Chose})
	}
	handovers, err := f.Handovers(ctx, p, "UTC")
	must(err)
	for _, r := range handovers {
		to := r.ToAgent
		if to == "" {
			to = r.ToQueue
		}
		if to == "" {
			to = r.ToNumber
		}
		want.add("handovers", r.Queue, r.By, to, map[string]int{"handovers": r.Handovers, "open": r.Open, "answered": r.Answered + r.TransferredOut, "returned": r.Returned,
			"back_in_line": r.BackInLine, "abandoned": r.Abandoned, "failed": r.Failed, "other": r.Other, "warm": r.Warm})
	}
	consults, err := f.Consults(ctx, p, "UTC")
	must(err)
	for _, r := range consults {
		to := r.ToAgent
		if to == "" {
			to = r.ToNumber
		}
		want.add("consults", r.Queue, r.Agent, to, map[string]int{"asked": r.Asked, "open": r.Open, "handed": r.Handed, "back": r.Back, "over": r.Over, "declined": r.Declined,
			"no_answer": r.NoAnswer, "busy": r.Busy, "taken_back": r.TakenBack, "failed": r.Failed})
	}
	codes, err := f.CodeCounts(ctx, p, "UTC")
	must(err)
	for _, r := range codes {
		want.add("codes", r.Queue, "", r.Code, map[string]int{"talks": r.Talks, "notes": r.Notes})
	}
	for _, queue := range []string{"", "support", "billing"} { // who gives up in two queues is a person of the last one, unless only the other is asked about
		people, err := f.LostCounts(ctx, of(queue, from, to), report.LostHours)
		must(err)
		for _, r := range people {
			want.add("people", queue, "", strconv.Itoa(int(r.Hours)), map[string]int{"people": r.People, "too_new": r.TooNew, "served": r.Served, "called_back": r.CalledBack, "lost": r.Lost})
		}
	}
	for key, n := range want {
		listed(t, rt, f, key, n, report.CallFilter{Period: p, Limit: 100_000})
	}
	nodes, err := f.MenuNodes(ctx, p)
	must(err)
	for _, r := range nodes {
		at := report.CallFilter{Period: p, Limit: 100_000, Entered: r.Node}
		for column, n := range map[string]int{"zero_during": r.ZeroDuring, "zero_after": r.ZeroAfter, "silent": r.Silent, "wrong": r.Wrong, "self_served": r.SelfServed,
			"look_ups": r.LookUps, "messages": r.Messages, "transfers": r.Transfers} {
			listed(t, rt, f, "menus."+column+"|||", n, at)
		}
		for key, n := range r.Keys {
			listed(t, rt, f, "menus.keys|||"+key, n, at)
		}
	}
}

// listed asks for the calls behind a number, all at once and page by page.
func listed(t *testing.T, rt *rapid.T, f fixture, key string, n int, filter report.CallFilter) {
	part := strings.SplitN(key, "|", 4)
	filter.Counted, filter.Agent, filter.About = part[0], part[2], part[3]
	if part[1] != "" {
		filter.Queues = []string{part[1]}
	}
	list, _, _ := strings.Cut(part[0], ".")
	ownCalls := part[1] == "" && slices.Contains([]string{"handovers", "consults"}, list)
	all, err := f.Calls(soon(t), filter)
	if ownCalls { // those of no queue cannot be asked for alone
		all = slices.DeleteFunc(all, func(c report.Call) bool { return c.Queue != "" })
	}
	if err != nil || len(all) != n {
		rt.Fatalf("%s is %d, but listed are %d, %v", key, n, len(all), err)
	}
	if ownCalls || n == 0 {
		return
	}
	filter.Limit, filter.Offset = 3, rapid.IntRange(0, n-1).Draw(rt, "offset")
	page, err := f.Calls(soon(t), filter)
	if err != nil || !slices.EqualFunc(page, all[filter.Offset:min(n, filter.Offset+3)], func(a, b report.Call) bool { return a.Call == b.Call && a.At.Equal(b.At) }) {
		rt.Fatalf("%s from %d on is %+v, %v", key, filter.Offset, page, err)
	}
}

// TestCountedIsListed: every number that can be asked for has its list, and no other.
func TestCountedIsListed(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for name, columns := range report.CountedNumbers {
		for _, column := range columns {
			if _, err := f.Calls(soon(t), report.CallFilter{Period: of("support", noon, at(60)), Counted: name + "." + column, About: "24", Entered: "main"}); err != nil {
				t.Errorf("%s.%s: %v", name, column, err)
			}
		}
	}
	if _, err := f.Calls(soon(t), report.CallFilter{Counted: "promises.kept"}); err == nil {
		t.Error("a number that is none was listed")
	}
}
