package sql_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"presszero/call"
	"presszero/report"
)

// asking writes down how an agent asks somebody during the talk of a story: in the book
// of the caller's call, and in its own.
type asking struct {
	caller *story
	book   *story
	agent  call.AgentID
	to     call.AgentID // a colleague…
	number string       // …or a number outside
	left   call.BridgeLeft

	held   time.Time // since when the caller is on hold; zero: is not
	joined time.Time // the two hear each other; zero: not yet
	with   call.With
	since  time.Time // of with
	all    float64
}

// ask puts the caller on hold and begins to ask. talked is what there was of the talk
// before.
func (s *story) ask(agent, to call.AgentID, number string, talked call.BridgeLeft) *asking {
	k := &asking{caller: s, agent: agent, to: to, number: number, left: talked, held: s.now}
	k.left.Agent, k.left.Holds = agent, k.left.Holds+1
	s.say(call.BridgeHeld{Visit: s.visit(), Agent: agent})
	id := call.CallbackID(s.id, 100+len(s.asks))
	k.book = &story{id: id, day: call.DayOf(s.now)}
	s.asks = append(s.asks, k.book)
	return k.say(call.OutgoingDialed{Agent: agent, Number: number, To: to, Dial: call.AskDial(id), For: s.id})
}

// say adds to the book of the asking.
func (k *asking) say(f call.Fact) *asking {
	k.book.now = k.caller.now
	k.book.say(f)
	return k
}

func (k *asking) after(seconds float64) *asking {
	k.caller.after(seconds)
	return k
}

// resume ends the hold.
func (k *asking) resume() {
	d := k.caller.now.Sub(k.held).Seconds()
	k.left.Held, k.left.Longest, k.held = k.left.Held+d, max(k.left.Longest, d), time.Time{}
	k.caller.say(call.BridgeResumed{Visit: k.caller.visit(), Agent: k.agent, Held: d})
}

// join: the agent and the consulted party talk.
func (k *asking) join() *asking {
	k.joined, k.since, k.with = k.caller.now, k.caller.now, call.WithOther
	if k.number != "" {
		k.say(call.TrunkUsed{Dial: call.AskDial(k.book.id), Trunk: "gate", Shown: "+3492", How: "answered"})
	}
	return k.say(call.OutgoingAnswered{Agent: k.agent, For: k.caller.id}).say(call.OutgoingJoined{Agent: k.agent, Leg: "leg", For: k.caller.id})
}

// turn: the agent turns to somebody else.
func (k *asking) turn(with call.With) *asking {
	k.count()
	if k.with = with; with == call.WithOther && k.held.IsZero() {
		k.held = k.caller.now
		k.left.Holds++
		k.caller.say(call.BridgeHeld{Visit: k.caller.visit(), Agent: k.agent})
	}
	if with != call.WithOther && !k.held.IsZero() {
		k.resume()
	}
	return k.say(call.OutgoingTurned{Agent: k.agent, With: with, For: k.caller.id})
}

func (k *asking) count() {
	if k.with == call.WithAll {
		k.all += k.caller.now.Sub(k.since).Seconds()
	}
	k.since = k.caller.now
}

// end ends the asking; the caller stays on hold.
func (k *asking) end(how string, side call.Side) *asking {
	f := call.OutgoingEnded{Agent: k.agent, How: how, Side: side, For: k.caller.id, To: k.to}
	if k.count(); !k.joined.IsZero() {
		f.Talked, f.All = k.caller.now.Sub(k.joined).Seconds(), k.all
	}
	return k.say(f)
}

// leave ends the talk with the caller, which had begun then.
func (k *asking) leave(side call.Side, why string, began time.Time) *story {
	if k.left.Side, k.left.Why, k.left.OnHold = side, why, !k.held.IsZero(); k.left.OnHold {
		d := k.caller.now.Sub(k.held).Seconds()
		k.left.Held, k.left.Longest = k.left.Held+d, max(k.left.Longest, d)
	}
	k.left.Talked = k.caller.now.Sub(began).Seconds()
	return k.caller.left(k.left)
}

// hand hands the caller over to the consulted party, who takes the caller at once.
func (k *asking) hand(began time.Time) *story {
	s := k.end("handed", call.SideAgent).caller
	s.handed++
	s.say(call.BridgeHanded{Visit: s.visit(), Agent: k.agent, To: k.to, Number: k.number, Ask: k.book.id, Nth: s.handed})
	k.leave(call.SideAgent, "handed", began)
	if k.number != "" {
		return s.say(call.TransferStarted{Transfer: call.AskTransfer(k.book.id), Number: k.number}).say(call.TransferJoined{Transfer: call.AskTransfer(k.book.id)})
	}
	return s.stand(s.queue, "transfer", k.agent, "").offer(k.to, 0, "accepted").join(k.to)
}

// TestAskingInTheBooks: A talks for 125 s. C is on hold from 30 to 40 s, and again from
// 60 s while A asks B, who answers at 75 s. From 105 s on all three talk, at 125 s A
// leaves the two, and at 225 s C hangs up. All that is told of it, whether its facts come
// at once or one by one, or are replayed.
func TestAskingInTheBooks(t *testing.T) {
	t.Parallel()
	s := arrive(1, at(0), "+34910000001").enter("support").after(4).offer("ann", 3, "accepted")
	joined := s.now
	s.join("ann").after(30).hold("ann", 10).after(20).ask("ann", "bob", "", call.BridgeLeft{Held: 10, Holds: 1, Longest: 10}).
		after(15).join().after(30).turn(call.WithAll).after(20).hand(joined).after(100).
		left(call.BridgeLeft{Agent: "bob", Side: call.SideCaller, Talked: 100}).end(call.Answered, call.SideCaller)
	if f := s.list[len(s.list)-8].Fact; f != (call.BridgeLeft{Visit: call.VisitID(s.id, 1), Agent: "ann", Side: call.SideAgent, Why: "handed", Talked: 125, Held: 55, Holds: 2, Longest: 45}) {
		t.Fatalf("the story is another: %+v", f)
	}
	shifts := [][]call.Entry{
		shift(1, "ann", joined.Add(125*time.Second), call.AgentChanged{Presence: call.Available, State: call.WrapUp, Queue: "support"},
			call.AgentChanged{Presence: call.Available, State: call.Idle}),
		shift(2, "bob", joined.Add(75*time.Second), call.AgentChanged{Presence: call.Available, State: call.Talking, Call: s.asks[0].id}),
		shift(3, "bob", joined.Add(225*time.Second), call.AgentChanged{Presence: call.Available, State: call.WrapUp, Queue: "support"},
			call.AgentChanged{Presence: call.Available, State: call.Idle}),
	}
	facts := mix(append(shifts, s.list, s.asks[0].list))
	inPieces(t, facts, func(t *testing.T, f fixture) { asked(t, f, joined) })
}

func asked(t *testing.T, f fixture, joined time.Time) {
	t.Helper()
	since := func(column string) string {
		return `extract(epoch FROM ` + column + ` - '` + joined.Format(time.RFC3339Nano) + `')::int`
	}
	for query, want := range map[string]string{
		`SELECT string_agg(concat_ws(' ', agent, queue, origin, ` + since("joined_at") + `, ` + since("left_at") + `, talk_s, hold_s, holds, longest_hold_s, side, coalesce(why, '-'), coalesce(handed_to_agent, '-'), wrap_s), '; '
			ORDER BY joined_at) FROM report.talk`: "ann support menu 0 125 125 55 2 45 agent handed bob 60; bob support transfer 125 225 100 0 0 0 caller - - 60",
		`SELECT concat_ws(' ', agent, queue, to_agent, coalesce(to_number, '-'), how, ` + since("at") + `, ` + since("answered_at") + `, ` + since("joined_at") + `, ` + since("ended_at") + `,
			ring_s, talk_s, hold_s, all_s, gap_s, for_call = (SELECT call_id FROM report.call)) FROM report.consult`: "ann support bob - handed 60 75 75 125 15 50 0 20 0 t",
		`SELECT concat_ws(' ', h.by, queue, coalesce(to_queue, '-'), to_agent, nth, how, agent, wait_s, warm, ask_call = (SELECT call_id FROM report.consult)) FROM report.handover h`: "ann support - bob 1 answered bob 0 t t",
		`SELECT count(*)::text FROM report.outgoing`:             "0",
		`SELECT concat_ws(' ', visits, talk_s) FROM report.call`: "2 225",
		`SELECT string_agg(concat_ws(' ', queue, outcome, agent, queue_s, talk_s, after_talk), '; ' ORDER BY entered_at) FROM queue_visit`:                                              "support answered ann 7 125 f; support answered bob 0 100 t",
		`SELECT concat_ws(' ', sum(offered), sum(answered), sum(after_talk), sum(abandoned_after_talk)) FROM report.abandonment`:                                                        "1 1 1 0",
		`SELECT string_agg(concat_ws(' ', event, agent, data1, data2), '; ' ORDER BY time, event) FROM report.queue_log WHERE event LIKE 'CO%'`:                                         "CONNECT ann 7 01890a5d-ac96-774b-8000-000000000001.o1.leg; COMPLETEAGENT ann 7 125; CONNECT bob 0 01890a5d-ac96-774b-8000-000000000001.o2.leg; COMPLETECALLER bob 0 100",
		`SELECT string_agg(concat_ws(' ', agent, state, extract(epoch FROM until_at - from_at)::int), '; ' ORDER BY from_at) FROM agent_span WHERE agent = 'bob' AND state = 'talking'`: "bob talking 150",
	} {
		if got := f.one(t, query); got != want {
			t.Errorf("%s:\n got %s\nwant %s", query, got, want)
		}
	}
	mean := func(s float64) *float64 { return &s }
	talks, err := f.Talks(soon(t), during(noon, at(60)), "Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := say(talks), say([]report.Talks{
		{Day: noonsDay, Agent: "ann", Queue: "support", Talks: 1, Handed: 1, TalkS: 70, HoldS: 55, WrapS: 60, HandleS: 185,
			MeanTalkS: mean(70), MeanHoldS: mean(55), MeanWrapS: mean(60), MeanHandleS: mean(185), Held: 1, Holds: 2, LongestHoldS: 45},
		{Day: noonsDay, Agent: "bob", Queue: "support", Talks: 1, TalkS: 100, WrapS: 60, HandleS: 160, MeanTalkS: mean(100), MeanWrapS: mean(60), MeanHandleS: mean(160)},
	}); got != want {
		t.Errorf("talks are\n%s, want\n%s", got, want)
	}
	handed, err := f.Handovers(soon(t), during(noon, at(60)), "Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := say(handed), say([]report.Handovers{{Day: noonsDay, By: "ann", Queue: "support", ToAgent: "bob", Handovers: 1, Answered: 1, Warm: 1}}); got != want {
		t.Errorf("hand-overs are\n%s, want\n%s", got, want)
	}
	consults, err := f.Consults(soon(t), during(noon, at(60)), "Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := say(consults), say([]report.Consults{{Day: noonsDay, Agent: "ann", Queue: "support", ToAgent: "bob", Asked: 1, Handed: 1,
		MeanRingS: mean(15), MeanTalkS: mean(30), TalkS: 30, AllS: 20}}); got != want {
		t.Errorf("asking is\n%s, want\n%s", got, want)
	}
	timeline, err := f.Timeline(soon(t), string(newID(1)))
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, fact := range timeline[12:20] {
		told = append(told, fact.Kind)
		if strings.HasPrefix(fact.Kind, "outgoing.") != (fact.Call != "") {
			t.Errorf("%+v is of another call", fact)
		}
	}
	if got := strings.Join(told, " "); len(timeline) != 28 ||
		got != "outgoing.dialed bridge.held outgoing.answered outgoing.joined outgoing.turned bridge.resumed outgoing.ended bridge.handed" {
		t.Errorf("of %d facts the timeline tells %s", len(timeline), got)
	}
	if n, err := f.CallCounts(soon(t), during(noon, at(60))); err != nil || n != (report.CallCounts{Calls: 1, Answered: 1}) {
		t.Errorf("calls are %+v, %v", n, err)
	}
}

// TestWhatCameOfAsking: each way in which asking can go on.
func TestWhatCameOfAsking(t *testing.T) {
	t.Parallel()
	f := setup(t)
	n := 0
	var began time.Time
	talked := func() *story {
		n++
		s := arrive(n, at(10*n), fmt.Sprint("+3491000000", n)).enter("support").after(5).offer("ann", 1, "accepted")
		began = s.now
		return s.join("ann").after(20)
	}
	bob := func() *asking { return talked().ask("ann", "bob", "", call.BridgeLeft{}).after(4) }
	outside := func() *asking { return talked().ask("ann", "", "+34911000001", call.BridgeLeft{}).after(9) }
	// over ends the talk, and the call.
	over := func(k *asking) *story {
		return k.leave(call.SideCaller, "", began).end(call.Answered, call.SideCaller)
	}
	// back goes on with the caller.
	back := func(k *asking) *story {
		if !k.held.IsZero() {
			k.after(2).resume()
		}
		return over(k.after(10))
	}
	stories := []*story{
		back(bob().join().after(12).end("talked", call.SideAgent)),
		back(bob().end("declined", call.SideCaller)),
		back(bob().after(11).end("no_answer", call.SideCaller)),
		back(bob().end("given_up", call.SideAgent)),
		over(bob().end("cancelled", call.SideAgent)), // the caller hangs up
		// 10 s alone, 5 s of music, 7 s alone, 30 s all three
		back(bob().join().after(10).turn(call.WithCaller).after(5).turn(call.WithOther).after(7).turn(call.WithAll).after(30).end("talked", call.SideCaller)),
		bob().join().after(20).hand(began).after(9).left(call.BridgeLeft{Agent: "bob", Side: call.SideAgent, Talked: 9}).end(call.Answered, call.SideAgent),
		back(outside().end("busy", call.SideCaller)),
		back(outside().join().after(6).end("talked", call.SideCaller)),
		outside().join().after(8).turn(call.WithAll).after(5).hand(began).after(60).
			say(call.TransferOver{Transfer: "t", Why: "over"}).end(call.TransferredOut, call.SideCaller),
		back(outside().end("invalid", call.SideSystem)),
	}
	// C hangs up, and A and X talk on.
	alone := outside().join().after(8)
	stories = append(stories, over(alone))
	alone.after(25).end("talked", call.SideAgent)
	// Handed over at once.
	stories = append(stories, bob().join().hand(began).after(9).left(call.BridgeLeft{Agent: "bob", Side: call.SideAgent, Talked: 9}).end(call.Answered, call.SideAgent))
	// The consulted party cannot be held: they had talked.
	stories = append(stories, back(bob().join().after(5).turn(call.WithCaller).end("failed", call.SideSystem)))
	// Deciding about the asking fails.
	stories = append(stories, back(bob().join().after(5).say(call.CallEnded{Outcome: call.SystemFailure, Side: call.SideSystem})))
	// It goes on.
	stories = append(stories, outside().join().caller)
	for _, s := range slices.Clone(stories) {
		stories = append(stories, s.asks...)
	}
	ship(t, f, stories...)
	if got, want := f.one(t, `SELECT string_agg(concat_ws(' ', n, coalesce(to_agent, to_number), coalesce(how, '-'), coalesce(ring_s::text, '-'), coalesce(talk_s::text, '-'), hold_s, all_s), '; ' ORDER BY n)
		FROM (SELECT row_number() OVER (ORDER BY at) AS n, * FROM report.consult WHERE agent = 'ann' AND queue = 'support') c`),
		"1 bob back 4 12 0 0; 2 bob declined 4 - 0 0; 3 bob no_answer 15 - 0 0; 4 bob given_up 4 - 0 0; 5 bob cancelled 4 - 0 0; 6 bob back 4 52 5 30; 7 bob handed 4 20 0 0; "+
			"8 +34911000001 busy 9 - 0 0; 9 +34911000001 back 9 6 0 0; 10 +34911000001 handed 9 13 0 5; 11 +34911000001 invalid 9 - 0 0; 12 +34911000001 over 9 33 0 0; "+
			"13 bob handed 4 0 0 0; 14 bob back 4 5 0 0; 15 bob back 4 5 0 0; 16 +34911000001 - 9 -"; got != want {
		t.Errorf("asking is\n%s, want\n%s", got, want)
	}
	list, err := f.Consults(soon(t), during(noon, at(200)), "UTC")
	if err != nil {
		t.Fatal(err)
	}
	mean := func(s float64) *float64 { return &s }
	if got, want := say(list), say([]report.Consults{
		{Day: noonsDay, Agent: "ann", Queue: "support", ToNumber: "+34911000001", Asked: 6, Handed: 1, Back: 1, Over: 1, Busy: 1, Failed: 1, Open: 1,
			MeanRingS: mean(9), MeanTalkS: mean(47. / 3), TalkS: 47, AllS: 5},
		{Day: noonsDay, Agent: "ann", Queue: "support", ToAgent: "bob", Asked: 10, Handed: 2, Back: 4, Declined: 1, NoAnswer: 1, TakenBack: 2,
			MeanRingS: mean(4), MeanTalkS: mean(59. / 6), TalkS: 59, HoldS: 5, AllS: 30},
	}); got != want {
		t.Errorf("asking is\n%s, want\n%s", got, want)
	}
	for query, want := range map[string]string{
		// A number that is asked is called over a trunk, and paid for; a colleague is not.
		`SELECT concat_ws(' ', count(*), count(for_call), count(trunk), count(*) FILTER (WHERE how = 'handed')) FROM report.outgoing`:          "6 6 4 1",
		`SELECT coalesce(sum(answered), 0)::text FROM report.trunk`:                                                                            "4",
		`SELECT string_agg(concat_ws(' ', to_agent, to_number, how, agent, warm), '; ' ORDER BY at) FROM report.handover`:                      "bob answered bob t; +34911000001 transferred_out t; bob answered bob t",
		`SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE agent = 'bob'), count(*) FILTER (WHERE origin = 'outgoing')) FROM report.talk`: "18 2 0",
		// The talk with the caller is none with the consulted party.
		`SELECT concat_ws(' ', talk_s, hold_s, holds, longest_hold_s) FROM report.talk WHERE call_id = '` + string(newID(6)) + `'`: "86 21 2 14",
	} {
		if got := f.one(t, query); got != want {
			t.Errorf("%s:\n got %s\nwant %s", query, got, want)
		}
	}
	handed, err := f.Handovers(soon(t), during(noon, at(200)), "UTC")
	if err != nil || len(handed) != 2 || handed[0].Warm != 1 || handed[0].TransferredOut != 1 || handed[1].Warm != 2 || handed[1].Answered != 2 {
		t.Errorf("hand-overs are %+v, %v", handed, err)
	}
	if x := examined(t, f); len(x.Flaws) != 0 {
		t.Errorf("the books have flaws: %+v", x.Flaws)
	}
}

// TestExamineFindsAsking: each thing that asking cannot be is found.
func TestExamineFindsAsking(t *testing.T) {
	t.Parallel()
	for name, tell := range map[string]func(s *story, began time.Time) []*story{
		"nobody talks": func(s *story, began time.Time) []*story {
			k := s.after(5).ask("bob", "cyd", "", call.BridgeLeft{})
			return []*story{k.after(9).end("declined", call.SideCaller).book}
		},
		"twice at a time": func(s *story, began time.Time) []*story {
			k := s.ask("ann", "bob", "", call.BridgeLeft{}).after(3)
			other := s.ask("ann", "cyd", "", call.BridgeLeft{}).after(3)
			return []*story{k.end("declined", call.SideCaller).book, other.end("declined", call.SideCaller).book}
		},
		"all three for longer than two": func(s *story, began time.Time) []*story {
			k := s.ask("ann", "bob", "", call.BridgeLeft{}).after(3).join().after(4).turn(call.WithAll).after(5)
			k.all = 9
			return []*story{k.end("talked", call.SideCaller).book}
		},
		"all three by its own account only": func(s *story, began time.Time) []*story {
			k := s.ask("ann", "bob", "", call.BridgeLeft{}).after(3).join().after(40)
			k.all = 30
			return []*story{k.end("talked", call.SideCaller).book}
		},
		"handed over in one book only": func(s *story, began time.Time) []*story {
			k := s.ask("ann", "bob", "", call.BridgeLeft{}).after(3).join().after(4).end("handed", call.SideAgent).after(5)
			return []*story{k.leave(call.SideCaller, "", began).end(call.Answered, call.SideCaller), k.book}
		},
		"handed over in the other book only": func(s *story, began time.Time) []*story {
			k := s.ask("ann", "bob", "", call.BridgeLeft{}).after(3).join().after(4)
			k.hand(began)
			k.book.list[len(k.book.list)-1].Fact = call.OutgoingEnded{Agent: "ann", How: "talked", Talked: 4, For: s.id, To: "bob"}
			return []*story{k.book}
		},
		"a colleague who talks": func(s *story, began time.Time) []*story {
			k := s.ask("ann", "bob", "", call.BridgeLeft{}).after(30).join().after(60)
			return []*story{k.end("talked", call.SideCaller).book,
				arrive(2, at(0), "+34910000002").enter("support").after(20).offer("bob", 1, "accepted").talk("bob", 60).end(call.Answered, call.SideCaller)}
		},
		"a talk while the one before goes on without its caller": func(s *story, began time.Time) []*story {
			k := s.ask("ann", "", "+34911000001", call.BridgeLeft{}).after(3).join().after(4)
			k.leave(call.SideCaller, "", began).end(call.Answered, call.SideCaller)
			return []*story{k.after(100).end("talked", call.SideAgent).book,
				arrive(2, at(1), "+34910000002").enter("support").after(20).offer("ann", 1, "accepted").talk("ann", 30).end(call.Answered, call.SideCaller)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			s := arrive(1, at(0), "+34910000001").enter("support").after(5).offer("ann", 1, "accepted")
			began := s.now
			s.join("ann").after(30)
			ship(t, f, append([]*story{s}, tell(s, began)...)...)
			x := examined(t, f)
			for _, flaw := range x.Flaws {
				if flaw.Check != "consult" && flaw.Check != "talk" || !strings.HasSuffix(flaw.Text, ".") || flaw.Call == "" {
					t.Errorf("found is %+v", flaw)
				}
			}
			if len(x.Flaws) == 0 {
				t.Error("nothing was found")
			}
		})
	}
}

// anyAsking makes up how a colleague, or a number, is asked during a talk that began
// then. true: the talk is over.
func anyAsking(r *rand.Rand, s *story, end *call.BridgeLeft, began time.Time, colleague call.AgentID) (over bool) {
	number := ""
	if r.IntN(3) == 0 {
		colleague, number = "", "+34911234567"
	}
	k := s.ask(end.Agent, colleague, number, *end).after(r.Float64() * 15)
	defer func() { *end = k.left }()
	if r.IntN(3) == 0 {
		k.end([]string{"declined", "no_answer", "busy", "given_up", "trunk"}[r.IntN(5)], call.SideCaller).after(1).resume()
		return false
	}
	k.join().after(1 + r.Float64()*60)
	for range r.IntN(4) {
		with := []call.With{call.WithCaller, call.WithOther, call.WithAll}[r.IntN(3)]
		if with != k.with {
			k.turn(with).after(r.Float64() * 40)
		}
	}
	switch r.IntN(6) {
	case 0:
		if colleague == "" {
			k.hand(began).after(50).say(call.TransferOver{Transfer: call.AskTransfer(k.book.id), Why: "over"}).end(call.TransferredOut, call.SideCaller)
			return true
		}
		k.hand(began).after(30).left(call.BridgeLeft{Agent: colleague, Side: call.SideCaller, Talked: 30}).end(call.Answered, call.SideCaller)
		return true
	case 1: // C hangs up, and the others talk on
		k.leave(call.SideCaller, "", began).end(call.Answered, call.SideCaller)
		if k.count(); k.with != call.WithOther {
			k.with = call.WithOther
			k.say(call.OutgoingTurned{Agent: k.agent, With: k.with, For: s.id})
		}
		if k.after(r.Float64() * 30); r.IntN(2) == 0 {
			k.end("talked", call.SideAgent)
		}
		return true
	default:
		if k.end("talked", []call.Side{call.SideCaller, call.SideAgent}[r.IntN(2)]); !k.held.IsZero() {
			k.after(1).resume()
		}
		return false
	}
}

// consultsAddUp: whoever was asked is in one row and in one column, and in no talk.
func consultsAddUp(t *testing.T, rt *rapid.T, f fixture, want recount) {
	rows, err := f.Consults(soon(t), during(noon, noon.Add(96*time.Hour)), "Europe/Madrid")
	if err != nil {
		rt.Fatal(err)
	}
	var got recount
	warm := 0
	for _, c := range rows {
		got.asked, got.together, warm = got.asked+c.Asked, got.together+c.AllS, warm+c.Handed
		talked := c.Handed + c.Back + c.Over
		if c.Asked != talked+c.Declined+c.NoAnswer+c.Busy+c.TakenBack+c.Failed+c.Open || (talked > 0) != (c.MeanRingS != nil) || (talked > 0) != (c.MeanTalkS != nil) ||
			c.TalkS < -0.01 || (c.ToAgent == "") == (c.ToNumber == "") {
			rt.Fatalf("a row of asking makes no sense: %+v", c)
		}
	}
	if got.asked != want.asked || got.together-want.together > 0.01 || want.together-got.together > 0.01 || warm != want.warm {
		rt.Fatalf("asked %d times, %v s all three, handed over %d times; want %+v", got.asked, got.together, warm, want)
	}
}
