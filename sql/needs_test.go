package sql_test

import (
	"math"
	"testing"
	"time"

	"presszero/call"
	"presszero/report"
)

// TestPresent: an agent is there while she takes calls or works, in the half hours in
// which she does; who serves other queues only is not, and a break is not either.
func TestPresent(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	f.raw.MustExec(`INSERT INTO users (name, role, queues, password_hash) VALUES ('ann', 'agent', '{support}', 'x'), ('bob', 'agent', '{billing}', 'x'), ('cyd', 'agent', '{}', 'x')`)
	for n, agent := range []call.AgentID{"ann", "bob", "cyd"} {
		day := &story{id: newID(500 + n), day: call.DayOf(noon), now: noon}
		for _, step := range []struct {
			minutes float64
			fact    call.AgentChanged
		}{
			{15, call.AgentChanged{Agent: agent, Presence: call.Available, State: call.Idle}},
			{30, call.AgentChanged{Agent: agent, Presence: call.Available, State: call.Talking, Call: newID(1)}},
			{6, call.AgentChanged{Agent: agent, Presence: call.Away, Reason: "lunch", State: call.WrapUp, Call: newID(1)}},
			{24, call.AgentChanged{Agent: agent, Presence: call.Away, Reason: "lunch", State: call.Idle}},
			{15, call.AgentChanged{Agent: agent, Presence: call.Available, State: call.Idle}},
			{0, call.AgentChanged{Agent: agent, Presence: call.SignedOut, State: call.Idle}},
		} {
			day.say(step.fact).after(60 * step.minutes)
		}
		j.Append(day.list)
	}
	arrived(t, s, j)
	p := during(noon.Add(-30*time.Minute), noon.Add(2*time.Hour))
	for queue, agents := range map[string]float64{"": 3, "support": 2, "billing": 2, "tech": 1} {
		p.Queues = nil
		if queue != "" {
			p.Queues = []string{queue}
		}
		rows, err := f.Present(soon(t), p)
		if err != nil {
			t.Fatal(err)
		}
		got := map[time.Duration]float64{}
		for _, r := range rows {
			got[r.Start.Sub(noon)] = r.Agents
		}
		for after, share := range map[time.Duration]float64{0: 1, 30 * time.Minute: 21.0 / 30, 60 * time.Minute: 15.0 / 30} {
			if math.Abs(got[after]-agents*share) > 1e-6 {
				t.Errorf("for %q %v after noon there are %v, want %v", queue, after, got[after], agents*share)
			}
		}
		if len(rows) != 3 {
			t.Errorf("for %q: %+v", queue, rows)
		}
	}
}

// TestHandling: what keeps an agent busy is the ringing, the talk and the work after it.
func TestHandling(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	first := arrive(1, at(0), "1").enter("support").after(5).offer("ann", 10, "accepted").talk("ann", 50).end(call.Answered, call.SideCaller)
	second := arrive(2, at(1), "2").enter("support").after(5).offer("ann", 20, "accepted").talk("ann", 100).end(call.Answered, call.SideCaller)
	other := arrive(3, at(2), "3").enter("billing").after(5).offer("ann", 1, "accepted").talk("ann", 999).end(call.Answered, call.SideCaller)
	gaveUp := arrive(4, at(3), "4").enter("support").after(500).leave(call.AbandonedQueue, "").end(call.AbandonedQueue, call.SideCaller)
	work := &story{id: newID(500), day: call.DayOf(noon), now: second.waiting.Add(time.Second)}
	work.say(call.AgentChanged{Agent: "ann", Presence: call.Available, State: call.Ringing, Call: second.id}).after(20).
		say(call.AgentChanged{Agent: "ann", Presence: call.Available, State: call.Talking, Call: second.id}).after(100).
		say(call.AgentChanged{Agent: "ann", Presence: call.Available, State: call.WrapUp, Call: second.id}).after(60).
		say(call.AgentChanged{Agent: "ann", Presence: call.Available, State: call.Idle})
	for _, c := range []*story{first, second, other, gaveUp, work} {
		j.Append(c.list)
	}
	arrived(t, s, j)
	p := report.Period{From: noon, To: at(60), Queues: []string{"support"}}
	if h, err := f.Handling(soon(t), p); err != nil || h.Calls != 2 || math.Abs(h.MeanS-(60+180)/2.0) > 1e-6 {
		t.Errorf("%+v, %v", h, err)
	}
	p.Queues = []string{"tech"}
	if h, err := f.Handling(soon(t), p); err != nil || h != (report.Handling{}) {
		t.Errorf("of nobody: %+v, %v", h, err)
	}
}
