package sql_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/report"
)

// left ends the talk that goes on.
func (s *story) left(f call.BridgeLeft) *story {
	f.Visit = s.visit()
	return s.say(f)
}

// hold puts the caller on hold for some seconds.
func (s *story) hold(agent call.AgentID, seconds float64) *story {
	return s.say(call.BridgeHeld{Visit: s.visit(), Agent: agent}).after(seconds).
		say(call.BridgeResumed{Visit: s.visit(), Agent: agent, Held: seconds})
}

// hand ends the talk with a hand-over; to names the target.
func (s *story) hand(to call.BridgeHanded, end call.BridgeLeft) *story {
	s.handed++
	to.Visit, to.Agent, to.Nth, end.Side, end.Why = s.visit(), end.Agent, s.handed, call.SideAgent, "handed"
	return s.say(to).left(end)
}

// stand enters a queue after a talk.
func (s *story) stand(queue, origin string, by call.AgentID, note string) *story {
	s.visits++
	s.queue, s.waiting, s.ring = queue, s.now, 0
	nth := 0
	if origin == "transfer" {
		nth = s.handed
	}
	return s.say(call.QueueEntered{Visit: s.visit(), Queue: queue, As: "live", Position: 1, Key: s.now, Origin: origin, From: s.from, To: "100", By: by, Note: note, Nth: nth})
}

// outside dials a number outside for the caller.
func (s *story) outside(number string) *story {
	return s.say(call.TransferStarted{Transfer: call.DialID(s.id, 9), Number: number})
}

func (s *story) outsideOver(why string) *story {
	return s.say(call.TransferOver{Transfer: call.DialID(s.id, 9), Why: why})
}

// anyTalk makes up a talk with an agent who has accepted, and what follows; true:
// the call is over, or goes on and nothing more is known.
func anyTalk(r *rand.Rand, s *story, agents []call.AgentID) (over bool) {
	a, began := agents[r.IntN(3)], s.now
	end := call.BridgeLeft{Agent: a, Side: []call.Side{call.SideCaller, call.SideAgent, call.SideSystem}[r.IntN(3)]}
	s.join(a).after(r.Float64() * 200)
	for range r.IntN(3) {
		d := float64(r.IntN(80))
		s.hold(a, d).after(r.Float64() * 20)
		end.Held, end.Holds, end.Longest = end.Held+d, end.Holds+1, max(end.Longest, d)
	}
	if r.IntN(5) == 0 {
		d := float64(r.IntN(30))
		s.say(call.BridgeGap{Visit: s.visit(), Agent: a}).after(d).say(call.BridgeRejoined{Visit: s.visit(), Agent: a, Gone: d}).after(1)
		end.Gone = d
	}
	s.say(call.BridgeKeys{Visit: s.visit(), Agent: a, Keys: 1 + r.IntN(4)})
	if r.IntN(4) == 0 && s.listen(a, r.Float64()*20, r.Float64()*20, r.IntN(4) > 0) {
		if r.IntN(2) == 0 {
			s.after(1).end(call.SystemFailure, call.SideSystem)
		}
		return true
	}
	if r.IntN(4) == 0 {
		b := agents[(slices.Index(agents, a)+1)%len(agents)]
		if anyAsking(r, s, &end, began, b) {
			return true
		}
		s.after(r.Float64() * 20)
	}
	if r.IntN(6) == 0 {
		return true // they talk
	}
	if r.IntN(6) == 0 { // deciding fails
		s.after(1).end(call.SystemFailure, call.SideSystem)
		return true
	}
	if end.OnHold = r.IntN(4) == 0; end.OnHold {
		d := r.Float64() * 60
		s.say(call.BridgeHeld{Visit: s.visit(), Agent: a}).after(d)
		end.Held, end.Holds, end.Longest = end.Held+d, end.Holds+1, max(end.Longest, d)
	}
	end.Talked = s.now.Sub(began).Seconds()
	queue := []string{"billing", "support", "tech"}[r.IntN(3)]
	switch r.IntN(5) {
	case 0:
		s.hand(call.BridgeHanded{Queue: queue}, end).stand(queue, "transfer", a, "knows it all")
	case 1:
		s.hand(call.BridgeHanded{To: agents[r.IntN(3)]}, end).stand(s.queue, "transfer", a, "")
	case 2:
		s.hand(call.BridgeHanded{Number: "+34911000001"}, end).outside("+34911000001").after(7)
		if r.IntN(2) == 0 {
			s.say(call.TransferJoined{Transfer: call.DialID(s.id, 9)}).after(50).outsideOver("over").end(call.TransferredOut, call.SideCaller)
			return true
		}
		s.outsideOver("busy").stand(s.queue, "returned", a, "")
	case 3:
		end.Why = "put_back"
		s.left(end).stand(s.queue, "returned", a, "")
	default:
		s.left(end)
		return false
	}
	s.after(r.Float64() * 90)
	switch b := agents[r.IntN(3)]; r.IntN(4) {
	case 0:
		return true // waits
	case 1:
		s.leave(outcomes[1+r.IntN(len(outcomes)-1)], "")
		return false
	default:
		return anyTalk(r, s.offer(b, 3, "accepted"), agents)
	}
}

// TestOneCallInTheBooks: A talks for 125 s, 10 s of them on hold, and hands the
// caller over to a queue; B answers after 6 s, and the caller hangs up at 225 s.
// All that is told of it, whether its facts come at once or one by one, or are
// replayed.
func TestOneCallInTheBooks(t *testing.T) {
	t.Parallel()
	s := arrive(1, at(0), "+34910000001").enter("support").after(4).offer("ann", 3, "accepted")
	joined := s.now
	s.join("ann").after(30).hold("ann", 10).after(85).
		hand(call.BridgeHanded{Queue: "billing"}, call.BridgeLeft{Agent: "ann", Talked: 125, Held: 10, Holds: 1, Longest: 10}).
		stand("billing", "transfer", "ann", "has paid twice").after(2).offer("bob", 4, "accepted").talk("bob", 94).end(call.Answered, call.SideCaller)
	shifts := [][]call.Entry{
		shift(1, "ann", joined.Add(125*time.Second), call.AgentChanged{Presence: call.Available, State: call.WrapUp, Queue: "support"},
			call.AgentChanged{Presence: call.Away, Reason: "lunch", State: call.WrapUp, Queue: "support"}, call.AgentChanged{Presence: call.Away, Reason: "lunch", State: call.Idle}),
		shift(2, "bob", joined.Add(225*time.Second), call.AgentChanged{Presence: call.Available, State: call.WrapUp, Queue: "billing"},
			call.AgentChanged{Presence: call.Available, State: call.Idle}),
	}
	facts := mix(append(shifts, s.list))
	inPieces(t, facts, func(t *testing.T, f fixture) { oneCall(t, f, joined) })
}

// inPieces ships the facts at once, one by one, and in pieces: each time the tables are
// right, a rebuild makes the same, and the books have no flaw.
func inPieces(t *testing.T, facts []call.Entry, right func(*testing.T, fixture)) {
	t.Helper()
	for name, batch := range map[string]int{"at once": len(facts), "one by one": 1, "in pieces": 7} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, j := setup(t), openJournal(t)
			ship, _ := shipping(t, f.DB, j)
			for rest := facts; len(rest) > 0; rest = rest[min(batch, len(rest)):] {
				j.Append(rest[:min(batch, len(rest))])
				arrived(t, ship, j)
			}
			right(t, f)
			before := f.tables(t)
			if err := f.Rebuild(soon(t)); err != nil {
				t.Fatal(err)
			}
			if f.tables(t) != before {
				t.Error("a rebuild makes other rows")
			}
			right(t, f)
			if x := examined(t, f); len(x.Flaws) != 0 {
				t.Errorf("the books have flaws: %+v", x.Flaws)
			}
		})
	}
}

func oneCall(t *testing.T, f fixture, joined time.Time) {
	t.Helper()
	for query, want := range map[string]string{
		`SELECT string_agg(concat_ws(' ', agent, queue, origin, extract(epoch FROM joined_at - '` + joined.Format(time.RFC3339Nano) + `')::int, extract(epoch FROM left_at - joined_at)::int,
			talk_s, hold_s, holds, longest_hold_s, gap_s, side, coalesce(why, '-'), on_hold, coalesce(handed_to_queue, '-'), coalesce(handed_to_agent, '-'), coalesce(handed_to_number, '-'), wrap_s), '; ' ORDER BY joined_at) FROM report.talk`: "ann support menu 0 125 125 10 1 10 0 agent handed f billing - - 120; bob billing transfer 131 94 94 0 0 0 0 caller - f - - - 60",
		`SELECT concat_ws(' ', extract(epoch FROM at - '` + joined.Format(time.RFC3339Nano) + `')::int, h.by, queue, to_queue, coalesce(to_agent, '-'), coalesce(to_number, '-'), nth, how, agent, coalesce(why, '-'), wait_s) FROM report.handover h`: "125 ann support billing - - 1 answered bob - 6",
		`SELECT concat_ws(' ', visits, talk_s) FROM report.call`:                                                                                                                       "2 219",
		`SELECT string_agg(concat_ws(' ', queue, outcome, queue_s, flow_in, after_talk), '; ' ORDER BY entered_at) FROM report.visit`:                                                  "support answered 7 f f; billing answered 6 f t",
		`SELECT string_agg(concat_ws(' ', queue, offered, answered, abandoned, answered_20s, flow_in, after_talk, abandoned_after_talk), '; ' ORDER BY queue) FROM report.abandonment`: "billing 0 0 0 0 0 1 0; support 1 1 0 1 0 0 0",
	} {
		if got := f.one(t, query); got != want {
			t.Errorf("%s:\n got %s\nwant %s", query, got, want)
		}
	}
	talks, err := f.Talks(soon(t), during(noon, at(60)), "Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	mean := func(s float64) *float64 { return &s }
	want := []report.Talks{
		{Day: noonsDay, Agent: "ann", Queue: "support", Talks: 1, Handed: 1, TalkS: 115, HoldS: 10, WrapS: 120, HandleS: 245,
			MeanTalkS: mean(115), MeanHoldS: mean(10), MeanWrapS: mean(120), MeanHandleS: mean(245), Held: 1, Holds: 1, LongestHoldS: 10},
		{Day: noonsDay, Agent: "bob", Queue: "billing", Talks: 1, TalkS: 94, WrapS: 60, HandleS: 154,
			MeanTalkS: mean(94), MeanWrapS: mean(60), MeanHandleS: mean(154)},
	}
	if got, want := say(talks), say(want); got != want {
		t.Errorf("talks are\n%s, want\n%s", got, want)
	}
	handed, err := f.Handovers(soon(t), during(noon, at(60)), "Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := say(handed), say([]report.Handovers{{Day: noonsDay, By: "ann", Queue: "support", ToQueue: "billing", Handovers: 1, Answered: 1, MeanWaitS: mean(6), LongestWaitS: 6}}); got != want {
		t.Errorf("hand-overs are\n%s, want\n%s", got, want)
	}
	// A hand-over is no new offered caller, and no other call.
	rows, err := f.Tallies(soon(t), during(noon, at(60)), 0)
	if err != nil {
		t.Fatal(err)
	}
	var row report.Row
	for _, r := range rows {
		row.Add(r, report.Thresholds{TargetS: 20, ShortS: 5})
	}
	if row.Offered != 1 || row.Answered != 1 || row.AfterTalk != 1 || row.AbandonedAfterTalk != 0 || *row.ServiceLevel != 1 {
		t.Errorf("the row is %+v", row)
	}
	if n, err := f.CallCounts(soon(t), during(noon, at(60))); err != nil || n != (report.CallCounts{Calls: 1, Answered: 1}) {
		t.Errorf("calls are %+v, %v", n, err)
	}
	if w, err := f.WaitFigures(soon(t), during(noon, at(60)), 20*time.Second); err != nil || w.Offered != 1 || w.Answered != 1 || w.Within != 1 || *w.MeanS != 7 {
		t.Errorf("the waits are %+v, %v", w, err)
	}
}

// say is rows with what their pointers point to.
func say[T any](rows []T) string {
	var lines []string
	for _, r := range rows {
		line, err := json.Marshal(r)
		if err != nil {
			panic(err)
		}
		lines = append(lines, string(line))
	}
	return strings.Join(lines, "\n")
}

// TestWhatCameOfHandovers: each way in which a hand-over can go on.
func TestWhatCameOfHandovers(t *testing.T) {
	t.Parallel()
	f := setup(t)
	n := 0
	talked := func(to call.BridgeHanded) *story {
		n++
		return arrive(n, at(n), fmt.Sprint("+3491000000", n)).enter("support").after(5).offer("ann", 1, "accepted").
			join("ann").after(30).hand(to, call.BridgeLeft{Agent: "ann", Talked: 30})
	}
	toBilling := call.BridgeHanded{Queue: "billing"}
	toBob, outside := call.BridgeHanded{To: "bob"}, call.BridgeHanded{Number: "+34911000001"}
	given := func(to call.BridgeHanded, queue string) *story { return talked(to).stand(queue, "transfer", "ann", "") }
	stories := []*story{
		given(toBilling, "billing").after(3).offer("bob", 2, "accepted").talk("bob", 9).end(call.Answered, call.SideCaller),
		given(toBob, "support").after(1).offer("bob", 15, "no_answer").offer("ann", 4, "accepted").talk("ann", 9).end(call.Answered, call.SideCaller),
		given(toBob, "support").offer("bob", 15, "declined").after(5).offer("cyd", 2, "accepted").talk("cyd", 9).end(call.Answered, call.SideCaller),
		given(toBilling, "billing").after(40).leave(call.AbandonedQueue, "").end(call.AbandonedQueue, call.SideCaller),
		given(toBilling, "billing").after(40).leave(call.Overflow, "").stand("support", "overflow", "", "").after(2).leave(call.AbandonedQueue, "").end(call.AbandonedQueue, call.SideCaller),
		given(toBilling, "billing").leave(call.Closed, "").after(3).end(call.Closed, call.SideCaller),
		talked(outside).outside("+34911000001").after(8).say(call.TransferJoined{Transfer: "t"}).after(60).outsideOver("over").end(call.TransferredOut, call.SideUs),
		talked(outside).outside("+34911000001").after(8).outsideOver("busy").stand("support", "returned", "ann", "").after(4).offer("ann", 1, "accepted").talk("ann", 5).end(call.Answered, call.SideAgent),
		talked(outside).outside("+34911000001").after(6).outsideOver("caller_left").end(call.Answered, call.SideCaller),
		given(toBilling, "billing").after(2).end(call.SystemFailure, call.SideSystem), // deciding fails
		given(toBilling, "billing"), // waits
		talked(toBilling),           // the rest is still to come
	}
	ship(t, f, stories...)
	if got, want := f.one(t, `SELECT string_agg(concat_ws(' ', row_number, coalesce(how, '-'), coalesce(agent, '-'), coalesce(why, '-'), coalesce(wait_s::text, '-')), '; ' ORDER BY row_number)
		FROM (SELECT row_number() OVER (ORDER BY at), * FROM report.handover) h`),
		"1 answered bob - 5; 2 returned ann - 20; 3 answered cyd - 22; 4 abandoned - abandoned_queue 40; 5 abandoned - abandoned_queue 42; 6 closed - closed 0; "+
			"7 transferred_out - - 8; 8 back_in_line - busy 8; 9 abandoned - Normal Clearing 6; 10 failed - Normal Clearing 2; 11 - - - -; 12 - - - -"; got != want {
		t.Errorf("hand-overs are\n%s, want\n%s", got, want)
	}
	handed, err := f.Handovers(soon(t), during(noon, at(60)), "UTC")
	if err != nil || len(handed) != 3 {
		t.Fatalf("hand-overs are %+v, %v", handed, err)
	}
	number, bob, billing := handed[0], handed[1], handed[2]
	if number.ToNumber != "+34911000001" || number.Handovers != 3 || number.TransferredOut != 1 || number.BackInLine != 1 || number.Abandoned != 1 || *number.MeanWaitS != 8 {
		t.Errorf("to the number: %+v", number)
	}
	if bob.ToAgent != "bob" || bob.Handovers != 2 || bob.Answered != 1 || bob.ByAnother != 1 || bob.Returned != 1 || *bob.MeanWaitS != 21 || bob.LongestWaitS != 22 {
		t.Errorf("to Bob: %+v", bob)
	}
	if billing.ToQueue != "billing" || billing.Handovers != 7 || billing.Answered != 1 || billing.Abandoned != 2 || billing.Other != 1 || billing.Failed != 1 || billing.Open != 2 || billing.LongestWaitS != 42 {
		t.Errorf("to billing: %+v", billing)
	}
	// Who gives up after a talk is told apart, also in the queue to which she was moved on.
	if got := f.one(t, `SELECT string_agg(concat_ws(' ', queue, offered, abandoned, flow_in, after_talk, abandoned_after_talk), '; ' ORDER BY queue)
		FROM (SELECT queue, sum(offered) AS offered, sum(abandoned) AS abandoned, sum(flow_in) AS flow_in, sum(after_talk) AS after_talk,
		             sum(abandoned_after_talk) AS abandoned_after_talk FROM report.abandonment GROUP BY 1) a`); got != "billing 0 0 0 6 1; support 12 0 0 4 1" {
		t.Errorf("report.abandonment has %s", got)
	}
	if x := examined(t, f); len(x.Flaws) != 0 {
		t.Errorf("the books have flaws: %+v", x.Flaws)
	}
}

// TestTalksOverARestart: a talk that outlives the controller is one row, also
// when its facts come in two journals, and one whose decision failed ends with
// its call.
func TestTalksOverARestart(t *testing.T) {
	t.Parallel()
	f := setup(t)
	s := arrive(1, at(0), "+34910000001").enter("support").after(4).offer("ann", 3, "accepted").join("ann").after(20).
		say(call.BridgeHeld{Visit: call.VisitID(newID(1), 1), Agent: "ann"})
	half := len(s.list)
	ship(t, f, s)
	if got := f.one(t, `SELECT concat_ws(' ', agent, left_at IS NULL, talk_s IS NULL, hold_s IS NULL, wrap_s IS NULL) FROM report.talk`); got != "ann t t t t" {
		t.Errorf("while it goes on the talk is %s", got)
	}
	open, err := f.Talks(soon(t), during(noon, at(60)), "UTC")
	if err != nil || len(open) != 1 || open[0].Talks != 0 || open[0].Open != 1 || open[0].MeanTalkS != nil {
		t.Errorf("while it goes on there are %+v, %v", open, err)
	}
	s.after(40).left(call.BridgeLeft{Agent: "ann", Side: call.SideCaller, Talked: 60, Held: 40, Holds: 1, Longest: 40, OnHold: true}).end(call.Answered, call.SideCaller)
	rest := *s
	rest.list = s.list[half:]
	ship(t, f, &rest, arrive(2, at(5), "+34910000002").enter("support").after(4).offer("bob", 1, "accepted").join("bob").after(33).end(call.SystemFailure, call.SideSystem))
	if got := f.one(t, `SELECT string_agg(concat_ws(' ', agent, talk_s, hold_s, holds, on_hold, side, why), '; ' ORDER BY joined_at) FROM report.talk`); got !=
		"ann 60 40 1 t caller; bob 33 0 0 f system Normal Clearing" {
		t.Errorf("the talks are %s", got)
	}
	if x := examined(t, f); len(x.Flaws) != 0 {
		t.Errorf("the books have flaws: %+v", x.Flaws)
	}
}

// TestHoldFigures: a hold is too long unless a callback was offered in it, and
// who gives up on hold is counted, whoever else ends a talk then.
func TestHoldFigures(t *testing.T) {
	t.Parallel()
	f := setup(t)
	n := 0
	served := func() *story {
		n++
		return arrive(n, at(n), fmt.Sprint("+3491000000", n)).enter("support").after(5).offer("ann", 1, "accepted").join("ann").after(10)
	}
	asked := served()
	asked.say(call.BridgeHeld{Visit: asked.visit(), Agent: "ann"}).after(30).say(call.CallbackOffered{Visit: asked.visit(), Why: "on_hold"}).after(60).
		say(call.BridgeResumed{Visit: asked.visit(), Agent: "ann", Held: 90}).left(call.BridgeLeft{Agent: "ann", Side: call.SideCaller, Talked: 100, Held: 90, Holds: 1, Longest: 90})
	unasked := served().hold("ann", 41).hold("ann", 5).left(call.BridgeLeft{Agent: "ann", Side: call.SideAgent, Talked: 56, Held: 46, Holds: 2, Longest: 41})
	short := served().hold("ann", 40).left(call.BridgeLeft{Agent: "ann", Side: call.SideAgent, Talked: 50, Held: 40, Holds: 1, Longest: 40})
	ended := func(side call.Side, why string) *story {
		s := served()
		return s.say(call.BridgeHeld{Visit: s.visit(), Agent: "ann"}).after(20).left(call.BridgeLeft{Agent: "ann", Side: side, Why: why, Talked: 30, Held: 20, Holds: 1, Longest: 20, OnHold: true})
	}
	goesOn := served()
	goesOn.say(call.BridgeHeld{Visit: goesOn.visit(), Agent: "zoe"}) // since March
	goesOn.list[len(goesOn.list)-3].Fact = call.BridgeJoined{Visit: goesOn.visit(), Agent: "zoe"}
	ship(t, f, asked, unasked, short, ended(call.SideCaller, "Normal Clearing"), ended(call.SideAgent, ""), ended(call.SideSystem, "leg_lost"), goesOn,
		ended(call.SideCaller, "agent_lost"), ended(call.SideAgent, "handed"), ended(call.SideAgent, "put_back"), ended(call.SideCaller, "caller_chose"))
	h, err := f.HoldFigures(soon(t), during(noon, at(60)), 40*time.Second)
	if err != nil || h != (report.HoldFigures{Talks: 11, Unasked: 2, GivenUp: 1}) {
		t.Errorf("the figures are %+v, %v", h, err)
	}
	if h, err = f.HoldFigures(soon(t), during(at(1), at(2)), 40*time.Second); err != nil || h != (report.HoldFigures{Talks: 1}) {
		t.Errorf("of the consulted party they are %+v, %v", h, err)
	}
	// What is offered in a hold was not offered while the caller waited for an agent.
	if w, err := f.WaitFigures(soon(t), during(noon, at(60)), 3*time.Second); err != nil || w.Long != 11 || w.Unoffered != 11 {
		t.Errorf("the waits are %+v, %v", w, err)
	}
	talks, err := f.Talks(soon(t), during(noon, at(60)), "UTC")
	if err != nil || len(talks) != 2 {
		t.Fatalf("the talks are %+v, %v", talks, err)
	}
	if a := talks[0]; a.LeftByCaller != 1 || a.LeftByAgent != 1 || a.LeftByUs != 2 || a.Chose != 1 || a.Held != 10 || a.Holds != 11 || a.LongestHoldS != 90 || *a.MeanHoldS != 31.6 {
		t.Errorf("Ann's are %+v", a)
	}
}

// TestExamineFindsTalks: each thing that no talk and no hand-over can be is found.
func TestExamineFindsTalks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		check string
		story func(s *story) *story
	}{
		"more on hold than talked": {"talk", func(s *story) *story { return s.left(call.BridgeLeft{Agent: "ann", Talked: 30, Held: 40, Longest: 40}) }},
		"held longer than in all":  {"talk", func(s *story) *story { return s.left(call.BridgeLeft{Agent: "ann", Talked: 30, Held: 4, Longest: 9}) }},
		"a talk of another length": {"talk", func(s *story) *story { return s.left(call.BridgeLeft{Agent: "ann", Talked: 50}) }},
		"an agent in two talks":    {"talk", func(s *story) *story { return s.left(call.BridgeLeft{Agent: "ann", Talked: 30}) }},
		"handed over, then nowhere": {"handover", func(s *story) *story {
			return s.hand(call.BridgeHanded{Queue: "billing"}, call.BridgeLeft{Agent: "ann", Talked: 30}).stand("billing", "menu", "", "")
		}},
		"handed over to two lines": {"handover", func(s *story) *story {
			return s.hand(call.BridgeHanded{Queue: "billing"}, call.BridgeLeft{Agent: "ann", Talked: 30}).stand("billing", "transfer", "ann", "").
				after(1).leave(call.Overflow, "").stand("support", "transfer", "ann", "")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			s := c.story(arrive(1, at(0), "+34910000001").enter("support").after(5).offer("ann", 1, "accepted").join("ann").after(30))
			stories := []*story{s}
			if name == "an agent in two talks" {
				stories = append(stories, arrive(2, at(0), "+34910000002").enter("support").after(20).offer("ann", 1, "accepted").talk("ann", 3))
			}
			ship(t, f, stories...)
			x := examined(t, f)
			for _, flaw := range x.Flaws {
				if flaw.Check != c.check || !strings.HasSuffix(flaw.Text, ".") || flaw.Call == "" {
					t.Errorf("found is %+v", flaw)
				}
			}
			if len(x.Flaws) == 0 {
				t.Error("nothing was found")
			}
		})
	}
}
