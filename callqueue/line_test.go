package callqueue

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/calltest"
)

// lineTest is a line with a clock, for tests of one thing at a time.
type lineTest struct {
	*testing.T
	m     *Machine
	loop  *call.Loop
	now   time.Time
	facts []call.Fact
}

func newLineTest(t *testing.T, queues ...Settings) *lineTest {
	m := New(queues...)
	f := &lineTest{T: t, m: m, loop: call.NewLoop(menus{}, m, fails{}, call.NewRegister()), now: calltest.Start}
	f.loop.OnPanic = func(ev call.Event, reason any) { t.Fatalf("%#v: %v", ev, reason) }
	return f
}

func (f *lineTest) post(ev call.Event) call.Effects {
	fx := f.loop.Step(f.now, ev)
	f.note(fx)
	return fx
}

func (f *lineTest) note(fx call.Effects) {
	for _, e := range fx.Facts {
		f.facts = append(f.facts, e.Fact)
	}
}

func (f *lineTest) pass(d time.Duration) {
	until := f.now.Add(d)
	for at, ok := f.loop.Next(); ok && !at.After(until); at, ok = f.loop.Next() {
		f.now = at
		fx, _ := f.loop.Fire(at)
		f.note(fx)
	}
	f.now = until
}

func (f *lineTest) work(a call.AgentID, queues ...string) {
	f.post(call.SignedIn{Agent: a, Queues: queues, Shift: call.ID("s" + a)})
	f.post(call.MediaUp{Agent: a, Address: "x"})
	f.post(call.Chose{Agent: a, Presence: call.Available})
}

// serve lets an agent take the call that is offered to her, and it end after a while.
func (f *lineTest) serve(a call.AgentID, talk time.Duration) {
	f.Helper()
	v := f.m.floor.agents[a].visit
	if v == nil || v.state != Offered {
		f.Fatalf("%s is offered nobody", a)
	}
	f.post(call.Accepted{Agent: a, Offer: v.offer})
	f.post(call.Bridged{Call: v.caller.id, Leg: v.leg})
	f.pass(talk)
	f.post(call.HungUp{Call: v.caller.id, Side: call.SideCaller})
}

func (f *lineTest) ringing() (who []call.AgentID) {
	for _, a := range f.m.floor.agents {
		if a.state == call.Ringing {
			who = append(who, a.id)
		}
	}
	slices.Sort(who)
	return who
}

// fails cannot decide about a certain order that failed.
type fails struct{ menus }

func (fails) Heard(*call.Step, call.Entry) {}
func (fails) Step(_ *call.Step, ev call.Event) {
	if ev, ok := ev.(call.Failed); ok && ev.Command == "test" {
		panic("cannot decide")
	}
}

func alarms(facts []call.Fact, what string) (n int) {
	for _, f := range facts {
		if a, ok := f.(call.LineAlarm); ok && a.What == what {
			n++
		}
	}
	return n
}

func TestStrategies(t *testing.T) {
	for _, c := range []struct {
		strategy call.Strategy
		want     call.AgentID
	}{{call.LongestIdle, "ben"}, {call.LeastRecent, "ana"}} {
		t.Run(string(c.strategy), func(t *testing.T) {
			f := newLineTest(t, Settings{Name: "q", Strategy: c.strategy})
			f.work("ana")
			f.post(call.Arrived{Call: "c1", To: "q"})
			f.serve("ana", time.Second)
			// Ana's talk began first, and Ben's ended first.
			f.work("ben")
			f.post(call.Chose{Agent: "ben", Presence: call.Away})
			f.post(call.Arrived{Call: "c2", To: "q"})
			offer := f.m.floor.agents["ana"].visit.offer
			f.post(call.Accepted{Agent: "ana", Offer: offer})
			f.post(call.Bridged{Call: "c2", Leg: call.LegID(offer)})
			f.pass(time.Second)
			f.post(call.Chose{Agent: "ben", Presence: call.Available})
			f.post(call.Arrived{Call: "c3", To: "q"})
			f.serve("ben", time.Second)
			f.pass(time.Second)
			f.post(call.HungUp{Call: "c2", Side: call.SideCaller})
			f.pass(time.Second)
			f.post(call.Arrived{Call: "c4", To: "q"})
			if got := f.ringing(); !slices.Equal(got, []call.AgentID{c.want}) {
				t.Errorf("%v rings, want %s", got, c.want)
			}
		})
	}
}

// TestHeadStart: an agent of two queues takes the one with the head start
// first, but not before who has waited longer than that.
func TestHeadStart(t *testing.T) {
	f := newLineTest(t, Settings{Name: "a"}, Settings{Name: "b", Weight: 2})
	f.post(call.Arrived{Call: "old", To: "a"})
	f.pass(20 * time.Second)
	f.post(call.Arrived{Call: "young", To: "a"})
	f.pass(15 * time.Second)
	f.post(call.Arrived{Call: "headed", To: "b"})
	f.work("ana")
	var order []call.ID
	for range 3 {
		order = append(order, f.m.floor.agents["ana"].visit.caller.id)
		f.serve("ana", time.Second)
	}
	if want := []call.ID{"old", "headed", "young"}; !slices.Equal(order, want) {
		t.Errorf("served %v, want %v", order, want)
	}
}

// TestOvertakenAlarm: a caller whom nobody present may serve is passed by.
func TestOvertakenAlarm(t *testing.T) {
	f := newLineTest(t, Settings{Name: "q"})
	f.post(call.Arrived{Call: "c0", To: "q;skill=french"})
	f.work("ana")
	for i := range 25 {
		f.pass(time.Second)
		f.post(call.Arrived{Call: call.ID(fmt.Sprintf("c%d", i+1)), To: "q"})
		f.serve("ana", time.Second)
		if got, want := alarms(f.facts, "overtaken"), min(1, (i+1)/21); got != want {
			t.Fatalf("after %d: %d alarms", i+1, got)
		}
	}
}

func TestBeyondP99(t *testing.T) {
	f := newLineTest(t, Settings{Name: "q"})
	f.post(call.Learned{Queue: "q", P99: 60})
	f.post(call.Arrived{Call: "c", To: "q"})
	f.pass(59 * time.Second)
	if alarms(f.facts, "beyond_p99") != 0 {
		t.Error("too early")
	}
	f.pass(2 * time.Second)
	if alarms(f.facts, "beyond_p99") != 1 {
		t.Error("no alarm")
	}
}

// TestSilentWithoutGround: no number is said before there is one.
func TestSilentWithoutGround(t *testing.T) {
	f := newLineTest(t, Settings{Name: "q"})
	f.work("ana")
	said := func() (n int) {
		for _, x := range f.facts {
			if _, ok := x.(call.WaitAnnounced); ok {
				n++
			}
		}
		return n
	}
	for i := range 5 {
		f.post(call.Arrived{Call: call.ID(fmt.Sprintf("c%d", i)), To: "q"})
		f.post(call.Arrived{Call: call.ID(fmt.Sprintf("w%d", i)), To: "q"})
		f.serve("ana", 2*time.Minute)
		if said() > 0 {
			t.Fatalf("after %d calls a wait is announced", i+1)
		}
		f.serve("ana", 2*time.Minute)
		if i == 1 {
			break
		}
	}
	for i := range 3 {
		f.post(call.Arrived{Call: call.ID(fmt.Sprintf("d%d", i)), To: "q"})
		f.post(call.Arrived{Call: call.ID(fmt.Sprintf("x%d", i)), To: "q"})
		f.serve("ana", 2*time.Minute)
		f.serve("ana", 2*time.Minute)
	}
	if said() == 0 {
		t.Error("after many calls nothing is announced")
	}
}

// TestSharedAgents: who gives half of her time to another queue counts half.
func TestSharedAgents(t *testing.T) {
	f := newLineTest(t, Settings{Name: "a"}, Settings{Name: "b"})
	f.work("ana", "a", "b")
	f.work("ben", "a")
	l := f.m.queues.line("a")
	if n := f.m.floor.crewSize(l, f.now); n != 2 {
		t.Errorf("at first %v", n)
	}
	for i := range 10 {
		f.post(call.Arrived{Call: call.ID(fmt.Sprintf("b%d", i)), To: "b"})
		f.serve("ana", time.Minute)
		f.pass(time.Minute)
	}
	if n := f.m.floor.crewSize(l, f.now); n < 1.4 || n > 1.6 {
		t.Errorf("Ana is half away: %v", n)
	}
	f.post(call.Chose{Agent: "ben", Presence: call.Away})
	if n := f.m.floor.crewSize(l, f.now); n > 0.6 {
		t.Errorf("Ben has gone: %v", n)
	}
}

// TestSnapshotAndForget: what is shown, and what a failed decision leaves.
func TestSnapshotAndForget(t *testing.T) {
	f := newLineTest(t, Settings{Name: "q"})
	f.m.Outbound = policy{}
	f.work("ana")
	f.post(call.Arrived{Call: "c1", To: "q"})
	offer := f.m.floor.agents["ana"].visit.offer
	f.post(call.Accepted{Agent: "ana", Offer: offer})
	f.post(call.Bridged{Call: "c1", Leg: call.LegID(offer)})
	f.post(call.Arrived{Call: "c2", To: "q", From: "600000001"})
	for range 2 {
		f.now = f.now.Add(2 * time.Second)
		f.post(call.DigitPressed{Call: "c2", Digit: "1"})
	}
	f.post(call.HungUp{Call: "c2", Side: call.SideCaller})
	f.post(call.Arrived{Call: "c3", To: "q"})
	snap := f.m.Snapshot()
	q := snap.Queues[0]
	if len(q.Talking) != 1 || len(q.Waiting) != 2 || q.Waiting[0].Callback == nil || q.Waiting[1].Call != "c3" {
		t.Fatalf("%+v", q)
	}
	if len(snap.Agents) != 1 || snap.Agents[0].Call != "c1" || f.m.Talks()["c1"].Agent != "ana" {
		t.Errorf("%+v", snap.Agents)
	}
	f.loop.OnPanic = nil
	for _, id := range []call.ID{"c1", "c2.cb1", "c3"} {
		f.post(call.Failed{Call: id, Command: "test"})
	}
	if n := len(f.m.callers) + len(f.m.talks.byAgent) + f.m.queues.line("q").waitingCount(); n != 1 || f.m.callers["c2.cb1"].visit.state != Parked {
		t.Errorf("%d left behind; the promise to c2 stands, and nothing else", n)
	}
	if a := f.m.floor.agents["ana"]; a.state != call.Idle || a.visit != nil {
		t.Errorf("Ana is %s", a.state)
	}
}
