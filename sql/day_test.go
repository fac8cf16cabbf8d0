package sql_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/sqltest"
	"presszero/journal"
	"presszero/sql"
)

// A property is tried on twelve random days, where the command line does not say it. The
// number is the whole package's: rapid has one for all tests that run at a time.
func TestMain(m *testing.M) {
	_ = flag.Set("rapid.checks", "12")
	os.Exit(sqltest.Main(m))
}

var (
	quiet = slog.New(slog.DiscardHandler)
	noon  = aTuesday(time.Now()).Add(12 * time.Hour)
	// noonsDay is the day of noon, and noonsTable has the facts of its month.
	noonsDay   = string(call.DayOf(noon))
	noonsTable = "call_event_" + noon.Format("2006_01")
)

const day = 24 * time.Hour

// aTuesday returns the midnight at which the made-up day begins: the last Tuesday that is at
// least four days ago and from the 3rd to the 24th of its month, so that the days before and
// after it are of the same month. The day is recent because the rollups count an agent without a
// sign-out in each quarter hour until now: with a fixed day the tests would take longer each day.
func aTuesday(now time.Time) time.Time {
	t := now.UTC().Truncate(day).AddDate(0, 0, -4)
	for t.Weekday() != time.Tuesday || t.Day() < 3 || t.Day() > 24 {
		t = t.AddDate(0, 0, -1)
	}
	return t
}

// story writes down the facts of one call, as the machines would.
type story struct {
	id      call.ID
	day     call.Day
	now     time.Time
	visits  int
	offers  int
	ring    float64
	waiting time.Time
	queue   string
	from    string
	list    []call.Entry
	book    *story   // of the callback that it ended with
	handed  int      // hand-overs
	asks    []*story // the books of those in which somebody was asked
}

func newID(n int) call.ID {
	return call.ID(fmt.Sprintf("01890a5d-ac96-774b-8000-%012x", n))
}

// arrive begins a call at t.
func arrive(n int, t time.Time, from string) *story {
	s := &story{id: newID(n), day: call.DayOf(t), now: t, from: from}
	return s.say(call.CallStarted{Node: "a1", Channel: fmt.Sprintf("pz-%d", n), To: "100", From: from, Name: "Ada", Trunk: []string{"", "flex"}[n%2]}).
		after(0.1).say(call.CallAnswered{}).say(call.NodeEntered{Node: "main", Flow: "f1"})
}

func (s *story) say(f call.Fact) *story {
	s.list = append(s.list, call.Entry{Call: s.id, Day: s.day, Seq: len(s.list) + 1, At: s.now, Fact: f})
	return s
}

// after lets seconds pass, in whole microseconds as Postgres keeps them.
func (s *story) after(seconds float64) *story {
	s.now = s.now.Add(time.Duration(seconds*1e6) * time.Microsecond)
	return s
}

// enter begins a visit.
func (s *story) enter(queue string) *story {
	s.say(call.ZeroPressed{Node: "main", DuringPrompt: true}).say(call.MenuLeft{Node: "main", Queue: queue, Reason: "zero", Path: "main > 0"})
	s.visits++
	s.queue, s.waiting, s.ring = queue, s.now, 0
	return s.say(call.QueueEntered{Visit: s.visit(), Queue: queue, As: "live", Position: 1, Key: s.now, Origin: "menu", From: s.from, To: "100"})
}

// told tells a range, of which the median was p50.
func (s *story) told(low, p50, high float64) *story {
	return s.say(call.WaitAnnounced{Visit: s.visit(), Queue: s.queue, Low: low, High: high, P50: p50, P90: high, Model: "qlm"})
}

// expect notes what the models said.
func (s *story) expect(mean float64) *story {
	return s.say(call.WaitShadow{Visit: s.visit(), Queue: s.queue, QLm: mean, P50: mean * 0.8, P80: mean * 1.5, P90: mean * 2, LES: mean + 10, Asterisk: mean + 30})
}

// promise ends the visit with a callback, whose book it opens.
func (s *story) promise(n int, window float64) (book *story) {
	id := call.CallbackID(s.id, n)
	from, key := s.now, s.waiting
	s.leave(call.ToCallback, "").say(call.CallbackAccepted{Visit: s.visit(), Callback: id, Source: "claimed", High: window})
	b := &story{id: id, day: call.DayOf(s.now), now: s.now, queue: s.queue, waiting: s.now, from: s.from, visits: 1}
	return b.say(call.CallbackBooked{From: s.id, Queue: s.queue, Number: s.from, Key: key, Entered: key, Begin: from,
		Until: from.Add(time.Duration(window) * time.Second), Due: from, Expires: from.Add(24 * time.Hour), Source: "claimed", To: "100"}).
		say(call.QueueEntered{Visit: b.visit(), Queue: s.queue, As: "callback", Position: 1, Key: key, Origin: "callback", From: s.from, To: "100"}).
		say(call.CallbackParked{Visit: b.visit(), Until: s.now.Add(time.Minute), Why: "on_phone"}).after(1).say(call.CallbackDue{Visit: b.visit()})
}

// dial calls the person for an agent; how it ends is to be said.
func (s *story) dial(n int, agent call.AgentID) *story {
	s.offer(agent, 2, "accepted")
	return s.say(call.CallbackDialed{Visit: s.visit(), Dial: call.DialID(s.id, n), Attempt: n, Agent: agent}).after(8)
}

func (s *story) tried(n int, how string) *story {
	return s.say(call.CallbackTried{Visit: s.visit(), Dial: call.DialID(s.id, n), How: how, Counts: true}).
		say(call.CallbackParked{Visit: s.visit(), Until: s.now.Add(5 * time.Minute), Why: "retry"})
}

func (s *story) reached(n int, by string) *story {
	return s.say(call.CallbackReached{Visit: s.visit(), Dial: call.DialID(s.id, n), By: by})
}

func (s *story) over(how string) *story { return s.say(call.CallbackEnded{How: how}) }

// anyCallback makes up what comes of a promise.
func anyCallback(r *rand.Rand, b *story, agents []call.AgentID) {
	for n := 1; n <= 3; n++ {
		b.after(r.Float64() * 400)
		switch r.IntN(7) {
		case 0:
			return // open
		case 1:
			b.leave("withdrawn", "").over([]string{"cancelled", "superseded"}[r.IntN(2)])
			return
		case 2: // while it rings
			b.dial(n, agents[r.IntN(3)]).leave("withdrawn", "").over("cancelled")
			return
		case 3:
			b.dial(n, agents[r.IntN(3)]).end(call.SystemFailure, call.SideSystem)
			return
		case 4:
			b.dial(n, agents[r.IntN(3)]).reached(n, "machine").tried(n, "machine")
		case 5:
			b.dial(n, agents[r.IntN(3)]).tried(n, "no_answer")
		default:
			a := agents[r.IntN(3)]
			b.dial(n, a).reached(n, "person").after(1).talk(a, r.Float64()*300).over("completed")
			return
		}
		b.after(300).say(call.CallbackDue{Visit: b.visit()})
	}
	b.leave("timeout_exit", "").over("exhausted")
}

func (s *story) visit() string { return call.VisitID(s.id, s.visits) }

// offer rings an agent for some seconds.
func (s *story) offer(agent call.AgentID, seconds float64, how string) *story {
	s.offers++
	id := call.OfferID(s.id, s.offers)
	s.say(call.OfferStarted{Visit: s.visit(), Offer: id, Agent: agent, Waited: s.now.Sub(s.waiting).Seconds()}).after(seconds)
	s.ring += seconds
	return s.say(call.OfferEnded{Visit: s.visit(), Offer: id, Agent: agent, How: how, Rang: seconds})
}

// leave ends the visit.
func (s *story) leave(o call.Outcome, agent call.AgentID) *story {
	return s.say(call.QueueLeft{Visit: s.visit(), Queue: s.queue, Outcome: o, Waited: s.now.Sub(s.waiting).Seconds(), Rang: s.ring, Agent: agent})
}

// talk answers the visit and talks for some seconds.
func (s *story) talk(agent call.AgentID, seconds float64) *story {
	return s.join(agent).after(seconds).say(call.BridgeLeft{Visit: s.visit(), Agent: agent, Side: call.SideCaller, Talked: seconds})
}

// join answers the visit.
func (s *story) join(agent call.AgentID) *story {
	id := call.OfferID(s.id, s.offers)
	return s.say(call.BridgeJoined{Visit: s.visit(), Offer: id, Agent: agent, Leg: call.LegID(id)}).leave(call.Answered, agent)
}

func (s *story) end(o call.Outcome, side call.Side) *story {
	end := call.CallEnded{Outcome: o, Side: side, Cause: 16, Text: "Normal Clearing"}
	if o == call.AbandonedIVR {
		end.Node = "main"
	}
	return s.say(end)
}

// shift writes down an agent's day.
func shift(n int, agent call.AgentID, t time.Time, facts ...call.Fact) []call.Entry {
	s := &story{id: newID(1_000_000 + n), day: call.DayOf(t), now: t}
	for _, f := range facts {
		switch state := f.(type) {
		case call.AgentChanged:
			state.Agent = agent
			f = state
		case call.TalkQuality:
			state.Agent = agent
			f = state
		}
		s.say(f).after(60)
	}
	return s.list
}

// heardTalk makes up how a talk was heard.
func heardTalk(r *rand.Rand, c call.ID, joined time.Time) call.TalkQuality {
	return call.TalkQuality{Call: c, Joined: joined, Measured: float64(5 + 5*r.IntN(100)), Bad: 5, MOS: 1 + 3*r.Float64(),
		Trip50: 20, Trip95: float64(20 + r.IntN(300)), Jitter95: 30, Lost: r.Float64(), AgentLost: 0.1}
}

// outcomes are all the ends that a visit can have.
var outcomes = []call.Outcome{"answered", "abandoned_queue", "abandoned_ringing", "abandoned_at_answer", "callback_accepted", "exit_key",
	"overflow", "timeout_exit", "transferred_out", "no_agents", "closed", "withdrawn", "system_failure"}

// agentsOf are three agents whom only the n-th call has, so that none is in two
// talks at a time.
func agentsOf(n int) (list []call.AgentID) {
	for _, name := range []string{"ann", "bob", "cyd"} {
		list = append(list, call.AgentID(fmt.Sprintf("%s%d", name, n)))
	}
	return list
}

// anyCall makes up a call.
func anyCall(r *rand.Rand, n int, t time.Time) *story {
	agents := agentsOf(n)
	s := arrive(n, t, fmt.Sprintf("+49301234%03d", r.IntN(200))).after(r.Float64() * 10)
	if r.IntN(10) == 0 {
		return s.end(call.AbandonedIVR, call.SideCaller)
	}
	if r.IntN(3) == 0 {
		s.say(call.LanguageChosen{Node: "language", Language: []string{"en", "es", "ko"}[r.IntN(3)], By: "key"}).after(1)
	}
	if r.IntN(6) == 0 {
		s.say(call.MessageLeft{Node: "box", Record: string(s.id) + ".r", Seconds: 9, Owner: "support", Due: s.now.Add(15 * time.Minute)}).after(1)
	}
	if r.IntN(10) == 0 {
		return s.say(call.SelfServed{Node: "hours"}).after(3).end(call.Contained, call.SideCaller)
	}
	for range 1 + r.IntN(2) {
		s.after(0.5).enter([]string{"billing", "support", "tech"}[r.IntN(3)])
		if r.IntN(8) == 0 {
			s.say(call.PromiseBroken{Visit: s.visit(), Queue: s.queue, Was: fmt.Sprintf("before-%d", n), High: 60, Waited: 90, Credit: 60, Key: s.now.Add(-time.Minute), Told: true})
		}
		for range r.IntN(3) {
			s.after(r.Float64()*30).offer(agents[r.IntN(3)], 12, "no_answer")
		}
		if r.IntN(2) == 0 {
			s.expect(20 * r.Float64())
		}
		if s.after(r.Float64() * 20); r.IntN(2) == 0 {
			s.told(0, 20*r.Float64(), []float64{0, 10, 60}[r.IntN(3)])
		}
		s.after(r.Float64() * 40)
		if s.book == nil && r.IntN(5) == 0 {
			s.book = s.promise(1, 600)
			anyCallback(r, s.book, agentsOf(n+1_000_000)) // the caller may talk meanwhile
			continue
		}
		switch o := outcomes[r.IntN(len(outcomes))]; r.IntN(3) {
		case 0:
			return s // still waiting
		case 1:
			a := agents[r.IntN(3)]
			if anyTalk(r, s.offer(a, 2, "accepted").after(0.2), agents) {
				return s
			}
		default:
			if o == call.Answered {
				o = call.AbandonedQueue
			}
			s.leave(o, "")
		}
	}
	if r.IntN(8) == 0 {
		s.enter("support").after(4) // the decision fails: the visit has no end of its own
		return s.end(call.SystemFailure, call.SideSystem)
	}
	if r.IntN(4) == 0 {
		return s // talking, or on the way to somewhere
	}
	return s.end(call.Answered, call.SideCaller)
}

// anyDay makes up calls and shifts and mixes them by time, as a journal has them.
func anyDay(seed uint64, calls int) []call.Entry {
	r := rand.New(rand.NewPCG(seed, 1))
	var streams [][]call.Entry
	for n := range calls {
		t := noon.Add(time.Duration(r.IntN(36*3600)) * time.Second)
		s := anyCall(r, int(seed%1000)*10_000+n, t)
		streams = append(streams, s.list)
		for _, k := range s.asks {
			streams = append(streams, k.list)
		}
		if s.book != nil {
			streams = append(streams, s.book.list)
		}
	}
	for n := range calls / 3 {
		at := noon.Add(time.Duration(r.IntN(36*3600)) * time.Second)
		streams = append(streams, ownCall(r, int(seed%1000)*10_000+9000+n, at))
	}
	for n, a := range []call.AgentID{"ann", "bob", "cyd"} {
		at := noon.Add(time.Duration(n)*time.Second + time.Duration(r.IntN(1000))*time.Millisecond)
		streams = append(streams,
			shift(int(seed%1000)*10+n, a, at, call.AgentChanged{Presence: call.Away, Reason: "signed_in", State: call.Idle},
				call.AgentChanged{Presence: call.Available, State: call.Idle}, call.AgentChanged{Presence: call.Available, State: call.Talking, Call: newID(1)},
				heardTalk(r, newID(1), noon)),
			shift(int(seed%1000)*10+5+n, a, at.Add(20*time.Hour), call.AgentChanged{Presence: call.Available, State: call.Idle},
				call.AgentChanged{Presence: call.SignedOut, State: call.Idle}))
	}
	return mix(streams)
}

// mix merges streams by time; each stays in its order.
func mix(streams [][]call.Entry) (list []call.Entry) {
	for {
		first := -1
		for i, s := range streams {
			if len(s) > 0 && (first < 0 || s[0].At.Before(streams[first][0].At)) {
				first = i
			}
		}
		if first < 0 {
			return list
		}
		list = append(list, streams[first][0])
		streams[first] = streams[first][1:]
	}
}

// soon bounds what waits for Postgres.
func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func openJournal(t testing.TB) *journal.Journal {
	t.Helper()
	j, err := journal.Open(t.TempDir(), journal.Options{SegmentSize: 200_000, Reserve: 1 << 20, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

// shipping runs a shipper until the test is over, or until the returned
// function is called.
func shipping(t testing.TB, db *sql.DB, j *journal.Journal) (*sql.Shipper, func()) {
	s := sql.NewShipper(db, j)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	stop := func() { cancel(); <-done }
	t.Cleanup(stop)
	return s, stop
}

// arrived waits until Postgres has all of the journal.
func arrived(t testing.TB, s *sql.Shipper, j *journal.Journal) {
	t.Helper()
	ctx := soon(t)
	if err := j.Sync(ctx); err != nil {
		t.Fatal(err)
	}
	until(t, "postgres has all of the journal", func() bool { return !s.Shipped().Before(j.End()) })
}

// until waits for something of another process.
func until(t testing.TB, what string, true func() bool) {
	t.Helper()
	for ctx := soon(t); !true(); {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain until %s", what)
		case <-time.After(2 * time.Millisecond):
		}
	}
}
