package sql_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/sqltest"
	"presszero/report"
	"presszero/sql"
)

// from begins a call like arrive, under the name that the caller claims.
func from(n int, t time.Time, number, name string) *story {
	s := arrive(n, t, number)
	f := s.list[0].Fact.(call.CallStarted)
	f.Name = name
	s.list[0].Fact = f
	return s
}

// ship takes stories to Postgres.
func ship(t *testing.T, f fixture, stories ...*story) {
	t.Helper()
	j := openJournal(t)
	s, _ := shipping(t, f.DB, j)
	for _, c := range stories {
		j.Append(c.list)
	}
	arrived(t, s, j)
}

func TestWhoCalls(t *testing.T) {
	t.Parallel()
	f := setup(t)
	if _, known, err := f.Recognise(soon(t), "+34 910 000 001"); known || err != nil {
		t.Fatalf("a new number is known: %v, %v", known, err)
	}
	ship(t, f,
		from(1, at(0), "+34 910 000 001", "Ana").say(call.LanguageChosen{Node: "lang", Language: "es", By: "key"}).
			enter("support").after(10).offer("ann", 4, "accepted").talk("ann", 30).end(call.Answered, call.SideCaller),
		from(2, at(5), "0034910000001", "").say(call.LanguageChosen{Language: "en", By: "number"}).after(4).end(call.AbandonedIVR, call.SideCaller),
		from(3, at(6), "anonymous", "Eve").after(4).end(call.AbandonedIVR, call.SideCaller),
		from(4, at(7), "+34 910 000 002", "Bea").after(4),
	)
	ana, known, err := f.Recognise(soon(t), "+34-910-000-001")
	if err != nil || !known {
		t.Fatalf("Ana is not known: %v", err)
	}
	if ana.Name != "Ana" || ana.Language != "es" || ana.VIP || ana.LastAgent != "ann" || ana.LastOutcome != "abandoned_ivr" ||
		!ana.LastCallAt.Equal(at(5).Add(4100*time.Millisecond)) || ana.CallbackVisit != "" || ana.Number != "+34910000001" {
		t.Errorf("Ana is %+v", ana)
	}
	for _, withheld := range []string{"", "anonymous", "RESTRICTED", "No Number", "0000000000", "+34999"} {
		if _, known, err := f.Recognise(soon(t), withheld); known || err != nil {
			t.Errorf("%q is known: %v, %v", withheld, known, err)
		}
	}
	if bea, _, err := f.Recognise(soon(t), "+34910000002"); err != nil || bea.LastCallAt != nil || bea.LastAgent != "" {
		t.Errorf("Bea, who still calls, is %+v, %v", bea, err)
	}

	edited, err := f.EditCaller(soon(t), ana.Key, report.CallerEdit{Name: "Ana García", Language: "eu", VIP: true, Note: "hard of hearing"}, nil, "sup")
	if err != nil || edited.Name != "Ana García" || edited.Language != "eu" || !edited.VIP || edited.Note != "hard of hearing" || edited.LastAgent != "ann" {
		t.Fatalf("edited: %+v, %v", edited, err)
	}
	if vips, err := f.VIPs(soon(t)); err != nil || len(vips) != 1 || !vips[ana.Key] {
		t.Errorf("the VIPs are %v, %v", vips, err)
	}
	if _, err := f.EditCaller(soon(t), "nobody", report.CallerEdit{}, nil, "sup"); !errors.Is(err, sql.ErrNoCaller) {
		t.Errorf("nobody was edited: %v", err)
	}
	if log, err := f.AuditLog(soon(t), report.ActFilter{Limit: 5}); err != nil || len(log) != 1 || log[0].Who != "sup" || log[0].What != "caller.edit" {
		t.Errorf("the audit log is %+v, %v", log, err)
	}

	// What people wrote outlives a rebuild, and a later choice by key counts.
	if err := f.Rebuild(soon(t)); err != nil {
		t.Fatal(err)
	}
	again := from(5, time.Now().UTC().Add(time.Minute).Truncate(time.Second), "+34910000001", "A. GARCIA").
		say(call.LanguageChosen{Node: "lang", Language: "en", By: "key"}).enter("support").
		say(call.QueueLeft{Visit: call.VisitID(newID(5), 1), Queue: "support", Outcome: "callback_accepted", Waited: 3}).end("callback_accepted", call.SideCaller)
	back := &story{id: newID(6), day: again.day, now: again.now, from: "+34910000001"}
	back.say(call.CallbackBooked{From: again.id, Queue: "support", Number: "+34910000001"}).
		say(call.QueueEntered{Visit: call.VisitID(newID(6), 1), Queue: "support", As: "callback", Key: again.now, From: "+34910000001"})
	ship(t, f, again, back)
	ana, _, err = f.Recognise(soon(t), "+34910000001")
	if err != nil || ana.Name != "Ana García" || ana.Language != "en" || !ana.VIP || ana.LastOutcome != "callback_accepted" || ana.CallbackVisit != call.VisitID(newID(6), 1) {
		t.Errorf("Ana is now %+v, %v", ana, err)
	}
	done := &story{id: back.id, day: back.day, now: back.now.Add(time.Minute), list: back.list}
	done.say(call.BridgeJoined{Visit: call.VisitID(newID(6), 1), Offer: "o", Agent: "bob"}).
		say(call.QueueLeft{Visit: call.VisitID(newID(6), 1), Queue: "support", Outcome: call.Answered, Agent: "bob"})
	done.list = done.list[2:]
	ship(t, f, done)
	if ana, _, err = f.Recognise(soon(t), "+34910000001"); err != nil || ana.LastAgent != "bob" || ana.LastOutcome != "answered" || ana.CallbackVisit != "" {
		t.Errorf("after the callback Ana is %+v, %v", ana, err)
	}

	for digits, want := range map[string]string{"": "[Ana García Bea]", "0002": "[Bea]", "+34 910": "[Ana García Bea]", "%": "[]", "999": "[]"} {
		list, err := f.Callers(soon(t), []string{digits}, nil, 10)
		names := []string{}
		for _, c := range list {
			names = append(names, c.Name)
		}
		if err != nil || fmt.Sprint(names) != want {
			t.Errorf("with %q: %v, %v, want %s", digits, names, err, want)
		}
	}
	if list, err := f.Callers(soon(t), []string{""}, nil, 1); err != nil || len(list) != 1 {
		t.Errorf("one caller: %v, %v", list, err)
	}
}

// TestRecognisingIsFast: of very many callers one is found by index.
func TestRecognisingIsFast(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.raw.MustExec(`INSERT INTO caller (caller_key, number, name, seen_at)
		SELECT caller_key('a', 'b', '^$', '+34' || n), '+34' || n, 'somebody', now() FROM generate_series(1, 100000) n`)
	key := sql.CallerKey(sqltest.CallerKey, "+34910000001")
	f.raw.MustExec(`INSERT INTO caller (caller_key, number, name, seen_at) VALUES ($1, '+34910000001', 'Ana', now())`, key)
	f.raw.MustExec(`ANALYZE caller`)
	if _, _, err := f.Recognise(soon(t), "+34910000001"); err != nil { // a connection is there
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	ana, known, err := f.Recognise(ctx, "+34910000001")
	if err != nil || !known || ana.Name != "Ana" {
		t.Errorf("Ana is %+v, %v", ana, err)
	}
	t.Logf("one of 100,001 callers was recognised after %v", time.Since(began))
}

// TestNewestOfManyMessages: a message can be had and called back however many
// older ones wait.
func TestNewestOfManyMessages(t *testing.T) {
	t.Parallel()
	f := setup(t)
	now := time.Now().UTC().Truncate(time.Second)
	ship(t, f, from(1, now.Add(-time.Minute), "+34910000001", "Ana").say(call.MessageLeft{Node: "box", Record: "newest", Owner: "support", Due: now}))
	f.raw.MustExec(`INSERT INTO message SELECT (jsonb_populate_record(m, jsonb_build_object('message_id', 'older' || n, 'left_at', m.left_at - n * interval '1 second'))).*
		FROM message m, generate_series(1, 1500) n`)
	list, err := f.Messages(soon(t), false, nil, 1000)
	if err != nil || len(list) != 1000 || slices.ContainsFunc(list, func(m report.Message) bool { return m.ID == "newest" }) {
		t.Fatalf("%d messages are listed, %v", len(list), err)
	}
	if m, err := f.Message(soon(t), "newest"); err != nil || m.Number != "+34910000001" || m.Queue != "support" || m.Name != "Ana" {
		t.Errorf("the newest is %+v, %v", m, err)
	}
	if err := f.TakeMessage(soon(t), "newest", "boss", ""); err != nil {
		t.Errorf("it cannot be taken: %v", err)
	}
}

func TestMessagesAreTasks(t *testing.T) {
	t.Parallel()
	f := setup(t)
	now := time.Now().UTC().Truncate(time.Second)
	ship(t, f,
		from(1, now.Add(-time.Hour), "+34910000001", "Ana").say(call.MessageLeft{Node: "box", Record: "r1", Seconds: 12.5, Owner: "support", Due: now.Add(-45 * time.Minute)}),
		from(2, now.Add(-time.Minute), "anonymous", "").say(call.MessageLeft{Node: "box", Record: "r2", Seconds: 3, Owner: "billing", Due: now.Add(14 * time.Minute)}),
	)
	list, err := f.Messages(soon(t), false, nil, 10)
	if err != nil || len(list) != 2 {
		t.Fatalf("messages are %+v, %v", list, err)
	}
	m := list[0]
	if m.ID != "r1" || m.Name != "Ana" || m.Number != "+34910000001" || m.Queue != "support" || m.Length != 12.5 || m.State != "open" || !m.Overdue ||
		m.AgeS < 3599 || m.Call != string(newID(1)) || !m.DueAt.Equal(now.Add(-45*time.Minute)) {
		t.Errorf("the oldest is %+v", m)
	}
	if list[1].Overdue || list[1].Key != "" {
		t.Errorf("the other is %+v", list[1])
	}

	// Of many users who take it at once, one has it.
	var wg sync.WaitGroup
	got := make([]error, 5)
	for i := range got {
		wg.Go(func() { got[i] = f.TakeMessage(soon(t), "r1", fmt.Sprintf("sup%d", i), "") })
	}
	wg.Wait()
	winner := ""
	for i, err := range got {
		switch {
		case err == nil && winner == "":
			winner = fmt.Sprintf("sup%d", i)
		case !errors.Is(err, sql.ErrMessageTaken):
			t.Errorf("sup%d: %v", i, err)
		}
	}
	if err := f.TakeMessage(soon(t), "r1", "boss", winner); err != nil {
		t.Errorf("taking it over from %q: %v", winner, err)
	}
	if err := f.FinishMessage(soon(t), "r1", "boss", "called_back"); err != nil {
		t.Error(err)
	}
	for _, err := range []error{f.FinishMessage(soon(t), "r1", "sup", "spam"), f.TakeMessage(soon(t), "r1", "sup", "boss")} {
		if !errors.Is(err, sql.ErrMessageTaken) {
			t.Errorf("one that is done: %v", err)
		}
	}
	if err := f.FinishMessage(soon(t), "r9", "sup", "spam"); !errors.Is(err, sql.ErrNoMessage) {
		t.Errorf("one that never was: %v", err)
	}
	if err := f.FinishMessage(soon(t), "r2", "sup", "eaten"); err == nil {
		t.Error("an unknown way of finishing was taken")
	}
	if err := f.Rebuild(soon(t)); err != nil {
		t.Fatal(err)
	}
	if list, err = f.Messages(soon(t), true, nil, 10); err != nil || len(list) != 1 || list[0].How != "called_back" || list[0].DoneBy != "boss" || list[0].TakenBy != "boss" {
		t.Errorf("done: %+v, %v", list, err)
	}
	if list, err = f.Messages(soon(t), false, nil, 10); err != nil || len(list) != 1 || list[0].ID != "r2" {
		t.Errorf("still open: %+v, %v", list, err)
	}
	if n := f.one(t, `SELECT string_agg(what || ' ' || who, ', ' ORDER BY id) FROM audit`); n != "message.take "+winner+", message.take boss, message.done boss" {
		t.Errorf("the audit log is %s", n)
	}
}

func TestNodesOfTheMenus(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ship(t, f,
		// Silent, then wrong, then 0 during the prompt: a person after 2 + 3 + 10 + 4 s.
		arrive(1, at(0), "1").after(2).say(call.NoInput{Node: "main", Try: 1}).after(3).say(call.NoMatch{Node: "main", Digit: "7", Try: 2}).
			enter("support").after(10).offer("ann", 4, "accepted").talk("ann", 30).end(call.Answered, call.SideCaller),
		// 1, then a text, then 0 after it; gives up in line.
		arrive(2, at(1), "2").after(1).say(call.KeyPressed{Node: "main", Digit: "1"}).say(call.NodeEntered{Node: "hours", Flow: "f1"}).after(5).
			say(call.SelfServed{Node: "hours"}).say(call.NodeEntered{Node: "main", Flow: "f1"}).after(6).
			say(call.ZeroPressed{Node: "main"}).say(call.MenuLeft{Node: "main", Queue: "support", Reason: "zero"}).
			say(call.QueueEntered{Visit: call.VisitID(newID(2), 1), Queue: "support", As: "live"}).after(4).
			say(call.QueueLeft{Visit: call.VisitID(newID(2), 1), Queue: "support", Outcome: call.AbandonedQueue, Waited: 4}).end(call.AbandonedQueue, call.SideCaller),
		// Hangs up in the menu.
		arrive(3, at(2), "3").after(3).end(call.AbandonedIVR, call.SideCaller),
		// The newer version: a look-up that fails, a message, a transfer.
		arrive(4, at(3), "4").say(call.KeyPressed{Node: "main", Digit: "2"}).say(call.NodeEntered{Node: "order", Flow: "f2"}).
			say(call.LookUpEnded{Node: "order", How: "timeout"}).say(call.LookUpEnded{Node: "order", How: "answered"}).say(call.NodeEntered{Node: "box", Flow: "f2"}).
			say(call.MessageLeft{Node: "box", Record: "r", Owner: "support", Due: at(20)}).say(call.NodeEntered{Node: "out", Flow: "f2"}).
			say(call.TransferStarted{Node: "out", Transfer: "t"}).say(call.TransferJoined{Transfer: "t"}).end(call.Contained, call.SideCaller),
		// Of another day, but it enters the menu again today.
		arrive(5, at(-13*60), "5").after(13*3600+600).say(call.NodeEntered{Node: "main", Flow: "f0"}),
		arrive(6, at(90), "6"),
	)
	nodes, err := f.MenuNodes(soon(t), during(noon, at(60)))
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]report.MenuNode{}
	for _, n := range nodes {
		byName[n.Node] = n
	}
	if len(nodes) != 5 || nodes[0].Node != "main" {
		t.Fatalf("nodes are %+v", nodes)
	}
	main := byName["main"]
	if main.Entries != 6 || main.Flow != "f0" || main.Versions != 2 || main.ZeroDuring != 1 || main.ZeroAfter != 1 || main.Silent != 1 ||
		main.Wrong != 1 || main.HungUp != 1 || fmt.Sprint(main.Keys) != "map[1:1 2:1]" || main.LookUps != 0 {
		t.Errorf("main is %+v", main)
	}
	// Entered a queue after 5, 12 and (the second stay) 6 s; reached a person after 19 s.
	near := func(what string, got *float64, want float64) {
		t.Helper()
		if got == nil || math.Abs(*got-want) > 0.001 {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	if main.Queued != 3 || main.Reached != 1 {
		t.Errorf("from main %d entered a queue and %d reached a person", main.Queued, main.Reached)
	}
	near("p50 to the queue", main.ToQueueP50, 6)
	near("p90 to the queue", main.ToQueueP90, 12)
	near("p50 to a person", main.ToPersonP50, 19)
	near("p90 to a person", main.ToPersonP90, 19)
	if h := byName["hours"]; h.SelfServed != 1 || h.Entries != 1 || h.ZeroAfter != 0 || h.ToPersonP50 != nil || h.Keys == nil {
		t.Errorf("hours is %+v", h)
	}
	if o := byName["order"]; o.LookUps != 2 || o.LookFailed != 1 {
		t.Errorf("order is %+v", o)
	}
	if b := byName["box"]; b.Messages != 1 || b.HungUp != 0 {
		t.Errorf("box is %+v", b)
	}
	if o := byName["out"]; o.Transfers != 1 || o.Joined != 1 {
		t.Errorf("out is %+v", o)
	}
	if nodes, err := f.MenuNodes(soon(t), during(at(200), at(300))); err != nil || len(nodes) != 0 {
		t.Errorf("nobody came, but %+v, %v", nodes, err)
	}
}

func TestVersionsOfTheFlow(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, v := range []string{"a", "a", "b", "a"} {
		if err := f.KeepFlow(soon(t), v, "admin", "text of "+v); err != nil {
			t.Fatal(err)
		}
	}
	list, err := f.FlowVersions(soon(t), 10)
	var got string
	for _, v := range list {
		got += v.Version
	}
	if err != nil || got != "aba" || list[0].PublishedBy != "admin" || time.Since(list[0].PublishedAt) > time.Minute {
		t.Errorf("versions are %+v, %v", list, err)
	}
	if text, err := f.FlowText(soon(t), "b"); err != nil || text != "text of b" {
		t.Errorf("b is %q, %v", text, err)
	}
	if _, err := f.FlowText(soon(t), "c"); !errors.Is(err, sql.ErrNoFlow) {
		t.Errorf("c: %v", err)
	}
}

func TestHowLongTheyWaited(t *testing.T) {
	t.Parallel()
	f := setup(t)
	told := func(n int) call.WaitAnnounced {
		return call.WaitAnnounced{Visit: call.VisitID(newID(n), 1), Queue: "support", Low: 60, High: 120}
	}
	back := &story{id: newID(9), day: call.DayOf(noon), now: at(9)}
	back.say(call.QueueEntered{Visit: call.VisitID(newID(9), 1), Queue: "support", As: "callback"})
	ship(t, f,
		arrive(1, at(0), "1").enter("support").after(10).offer("ann", 4, "accepted").talk("ann", 30).end(call.Answered, call.SideCaller),
		arrive(2, at(1), "2").enter("support").say(told(2)).after(36).say(told(2)).offer("bob", 4, "accepted").talk("bob", 30).end(call.Answered, call.SideCaller),
		arrive(3, at(2), "3").enter("support").after(50).say(call.CallbackOffered{Visit: call.VisitID(newID(3), 1), Why: "waited"}).after(10).
			leave(call.AbandonedQueue, "").end(call.AbandonedQueue, call.SideCaller),
		arrive(4, at(3), "4").enter("support").after(5).leave("callback_accepted", "").end("callback_accepted", call.SideCaller),
		arrive(5, at(4), "5").enter("support").after(5).leave(call.SystemFailure, "").end(call.SystemFailure, call.SideSystem),
		arrive(6, at(5), "6").enter("support").after(5).leave("exit_key", "").end("exit_key", call.SideCaller),
		arrive(7, at(6), "7").enter("support").after(5).leave("withdrawn", ""),
		arrive(8, at(7), "8").enter("support"), // waits since then
		arrive(10, at(8), "10").enter("support").after(5).leave(call.TimedOut, ""),
		arrive(11, at(8), "11").enter("support").after(5).leave(call.NoAgents, ""),
		arrive(12, at(8), "12").enter("support").leave(call.Closed, ""),
		back,
	)
	w, err := f.WaitFigures(soon(t), during(noon, at(60)), 30*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	mean, p50, p90 := *w.MeanS, *w.P50S, *w.P90S
	w.MeanS, w.P50S, w.P90S = nil, nil, nil
	if want := (report.WaitFigures{Offered: 10, Open: 1, Answered: 2, Within: 1, Abandoned: 1, Callbacks: 1, CutOff: 1, TurnedAway: 2, Elsewhere: 2,
		Long: 3, Unoffered: 2, Untold: 2, LongestS: 60}); w != want {
		t.Errorf("figures are %+v, want %+v", w, want)
	}
	if mean != 27 || p50 != 14 || p90 != 40 {
		t.Errorf("mean %v, p50 %v, p90 %v", mean, p50, p90)
	}
	if w, err := f.WaitFigures(soon(t), during(at(100), at(200)), time.Minute); err != nil || w != (report.WaitFigures{}) {
		t.Errorf("a day without callers has %+v, %v", w, err)
	}
	if got := f.one(t, `SELECT told_low_s || '-' || told_high_s FROM report.visit WHERE visit_id = $1`, call.VisitID(newID(2), 1)); got != "60-120" {
		t.Errorf("was told %s", got)
	}
}

func TestHowLongSomebodyWasThere(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	there, away := call.AgentChanged{Presence: call.Available, State: call.Idle}, call.AgentChanged{Presence: call.Away, State: call.Idle}
	gone := call.AgentChanged{Presence: "signed_out"}
	j.Append(shift(1, "ann", at(0), there, there, gone))       // 2 minutes from noon
	j.Append(shift(2, "bob", at(1), there, away, there, gone)) // 12:01 to 12:02, 12:03 to 12:04
	j.Append(shift(3, "cyd", at(600), away, gone))
	arrived(t, s, j)
	for _, c := range []struct {
		from, to int
		want     time.Duration
	}{{0, 60, 3 * time.Minute}, {1, 60, 2 * time.Minute}, {-60, 1, time.Minute}, {600, 700, 0}} {
		if d, err := f.Staffed(soon(t), during(at(c.from), at(c.to))); err != nil || d != c.want {
			t.Errorf("from %d to %d: %v, %v, want %v", c.from, c.to, d, err, c.want)
		}
	}
}
