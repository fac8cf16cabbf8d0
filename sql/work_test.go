package sql_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"presszero/call"
	"presszero/report"
)

// TestAgentTimes: what an agent's time went into, cut at the edges of the period; and
// whoever serves another queue only is not told of.
func TestAgentTimes(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	f.raw.MustExec(`INSERT INTO users (name, role, queues, password_hash) VALUES ('ann', 'agent', '{support}', 'x'), ('bob', 'agent', '{billing}', 'x')`)
	for n, agent := range []call.AgentID{"ann", "bob"} {
		day := &story{id: newID(500 + n), day: call.DayOf(noon), now: noon.Add(-time.Hour)}
		for _, step := range []struct {
			minutes float64
			fact    call.AgentChanged
		}{
			{70, call.AgentChanged{Agent: agent, Presence: call.Away, Reason: "signed_in", State: call.Idle}}, // 10 of them after noon
			{5, call.AgentChanged{Agent: agent, Presence: call.Available, State: call.Idle}},
			{1, call.AgentChanged{Agent: agent, Presence: call.Available, State: call.Ringing, Call: newID(1)}},
			{12, call.AgentChanged{Agent: agent, Presence: call.Available, State: call.Talking, Call: newID(1)}},
			{2, call.AgentChanged{Agent: agent, Presence: call.Away, Reason: "lunch", State: call.WrapUp, Call: newID(1)}},
			{15, call.AgentChanged{Agent: agent, Presence: call.Away, Reason: "lunch", State: call.Idle}},
			{500, call.AgentChanged{Agent: agent, Presence: call.Available, State: call.Idle}}, // 15 of them until one
			{0, call.AgentChanged{Agent: agent, Presence: call.SignedOut, State: call.Idle}},
		} {
			day.say(step.fact).after(60 * step.minutes)
		}
		j.Append(day.list)
	}
	j.Append(arrive(1, at(0), "1").enter("support").after(5).offer("ann", 10, "accepted").talk("ann", 50).end(call.Answered, call.SideCaller).list)
	arrived(t, s, j)
	p := report.Period{From: noon, To: at(60), Queues: []string{"support"}}
	list, err := f.AgentTimes(soon(t), p)
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	a := list[0]
	for i, minutes := range []float64{60, 12, 1, 2, 20, 25} {
		if got := []float64{a.SignedInS, a.TalkingS, a.RingingS, a.WrapUpS, a.IdleS, a.AwayS}[i]; math.Abs(got-60*minutes) > 1e-6 {
			t.Errorf("the %dth is %v s, want %v minutes: %+v", i, got, minutes, a)
		}
	}
	if a.Breaks["lunch"] != 900 || a.Breaks["signed_in"] != 600 || a.Talks != 1 || a.HoldS != 0 || math.Abs(*a.Occupancy-15.0/35) > 1e-6 {
		t.Errorf("%+v, occupancy %v", a, *a.Occupancy)
	}
	p.Queues = nil
	if all, err := f.AgentTimes(soon(t), p); err != nil || len(all) != 2 || all[1].Agent != "bob" || all[1].Talks != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestMessageCounts: messages by whether they were done in time, and how old they are.
func TestMessageCounts(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	for n, queue := range []string{"support", "support", "support", "billing"} {
		c := arrive(n+1, at(n), "1")
		c.say(call.MessageLeft{Node: "box", Record: string(c.id) + ".r", Seconds: 9, Owner: queue, Due: c.now.Add(20 * time.Minute)}).after(1).end(call.Contained, call.SideCaller)
		j.Append(c.list)
	}
	arrived(t, s, j)
	for n, minutes := range map[int]int{1: 10, 2: 30} {
		f.raw.MustExec(`INSERT INTO message_task (message_id, taken_by, taken_at, done_by, done_at, how)
			SELECT message_id, 'ann', left_at, 'ann', left_at + $2 * interval '1 minute', 'called_back' FROM message WHERE call_id = $1
			ON CONFLICT (message_id) DO UPDATE SET (taken_by, taken_at, done_by, done_at, how) = (EXCLUDED.taken_by, EXCLUDED.taken_at, EXCLUDED.done_by, EXCLUDED.done_at, EXCLUDED.how)`, string(newID(n)), minutes)
	}
	rows, err := f.MessageCounts(soon(t), during(noon, at(60)))
	if err != nil || len(rows) != 2 || rows[0].Queue != "billing" {
		t.Fatalf("%+v, %v", rows, err)
	}
	if m := rows[1]; m.Left != 3 || m.InTime != 1 || m.Late != 1 || m.Open != 1 || m.Overdue != 1 || m.Quarter != 1 || *m.DoneP50S != 600 || *m.DoneP90S != 1800 || *m.OldestOpenS < 3600 {
		t.Errorf("%+v", m)
	}
	p := during(noon, at(60))
	p.Queues = []string{"billing"}
	if rows, err := f.MessageCounts(soon(t), p); err != nil || len(rows) != 1 || rows[0].DoneP50S != nil {
		t.Errorf("%+v, %v", rows, err)
	}
}

// workAddsUp: callbacks and agents' time add up, and the callbacks are those of the
// list.
func workAddsUp(t *testing.T, rt *rapid.T, f fixture, p report.Period) {
	rows, err := f.CallbackCounts(soon(t), p)
	if err != nil {
		rt.Fatal(err)
	}
	var total, sum report.CallbackCounts
	for _, c := range rows {
		if c.Booked != c.Completed+c.Exhausted+c.Expired+c.Cancelled+c.Superseded+c.Failed+c.Open || c.Kept+c.Broken > c.Booked || (c.LateP50S == nil) != (c.LateMaxS == nil) {
			rt.Fatalf("%+v", c)
		}
		if c.Queue == "" {
			total = c
			continue
		}
		sum.Booked += c.Booked
		sum.Accepted += c.Accepted
		sum.Kept += c.Kept
	}
	if total.Booked != sum.Booked || total.Accepted != sum.Accepted || total.Kept != sum.Kept {
		rt.Fatalf("all are %+v, the queues together %+v", total, sum)
	}
	var booked []struct {
		Queue  string
		Booked time.Time
		Kept   *bool
	}
	if err := f.raw.Select(&booked, `SELECT queue, booked_at AS booked, kept FROM report.callback`); err != nil {
		t.Fatal(err)
	}
	n, kept := 0, 0
	for _, b := range booked {
		if !b.Booked.Before(p.From) && b.Booked.Before(p.To) && (len(p.Queues) == 0 || slices.Contains(p.Queues, b.Queue)) {
			n++
			if b.Kept != nil && *b.Kept {
				kept++
			}
		}
	}
	if total.Booked != n || total.Kept != kept {
		rt.Fatalf("%+v, but %d were booked, %d kept", total, n, kept)
	}
	times, err := f.AgentTimes(soon(t), p)
	if err != nil {
		rt.Fatal(err)
	}
	for _, a := range times {
		breaks := 0.0
		for _, s := range a.Breaks {
			breaks += s
		}
		if math.Abs(a.SignedInS-a.TalkingS-a.RingingS-a.WrapUpS-a.IdleS-a.AwayS) > 1e-3 || math.Abs(breaks-a.AwayS) > 1e-3 || a.SignedInS < 0 {
			rt.Fatalf("%+v", a)
		}
	}
}

// TestOfferedCallbacks: a caller counts once, however often a callback was offered.
func TestOfferedCallbacks(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	offered := arrive(1, at(0), "1").enter("support").after(30)
	offered.say(call.CallbackOffered{Visit: offered.visit(), Why: "waited"}).after(90).say(call.CallbackOffered{Visit: offered.visit(), Why: "waited"}).after(5).
		leave(call.AbandonedQueue, "").end(call.AbandonedQueue, call.SideCaller)
	took := arrive(2, at(1), "2").enter("support").after(30)
	took.say(call.CallbackOffered{Visit: took.visit(), Why: "long"}).after(5)
	took.book = took.promise(1, 60)
	took.end(call.Answered, call.SideCaller)
	took.book.after(100).dial(1, "bob").reached(1, "person").after(1).talk("bob", 20).over("completed")
	for _, c := range []*story{offered, took, took.book, arrive(3, at(2), "3").enter("support").after(3).leave(call.AbandonedQueue, "").end(call.AbandonedQueue, call.SideCaller)} {
		j.Append(c.list)
	}
	arrived(t, s, j)
	rows, err := f.CallbackCounts(soon(t), during(noon, at(60)))
	if err != nil || len(rows) != 2 || rows[0].Queue != "" {
		t.Fatalf("%+v, %v", rows, err)
	}
	if c := rows[1]; c.Offered != 2 || c.Accepted != 1 || c.Booked != 1 || c.Completed != 1 || c.Reached != 1 || c.Broken != 1 || c.LateP50S == nil || *c.LateMaxS < 30 || *c.LateMaxS > 60 || *c.KeptShare != 0 {
		t.Errorf("%+v", c)
	}
}
