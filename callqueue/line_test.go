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

	entries []call.Entry // the facts in their places
}

func newLineTest(t *testing.T, queues ...Settings) *lineTest {
	m := New(queues...)
	f := &lineTest{T: t, m: m, loop: call.NewLoop(call.NewDirectives(), menus{}, m, fails{}, call.NewRegister()), now: calltest.Start}
	f.loop.OnPanic = func(ev call.Event, reason any) { t.Fatalf("%#v: %v", ev, reason) }
	return f
}

func (f *lineTest) postEvent(ev call.Event) call.Effects {
	fx := f.loop.Step(f.now, ev)
	f.keepFacts(fx)
	return fx
}

func (f *lineTest) keepFacts(fx call.Effects) {
	for _, e := range fx.Facts {
		f.facts = append(f.facts, e.Fact)
	}
	f.entries = append(f.entries, fx.Facts...)
}

func (f *lineTest) passTime(d time.Duration) {
	until := f.now.Add(d)
	for at, ok := f.loop.Next(); ok && !at.After(until); at, ok = f.loop.Next() {
		f.now = at
		fx, _ := f.loop.Fire(at)
		f.keepFacts(fx)
	}
	f.now = until
}

func (f *lineTest) signInAgent(a call.AgentID, queues ...string) {
	f.postEvent(call.SignedIn{Agent: a, Queues: queues, Shift: call.ID("s" + a)})
	f.postEvent(call.MediaUp{Agent: a, Address: "x"})
	f.postEvent(call.Chose{Agent: a, Presence: call.Available})
}

// serve lets an agent take the call that is offered to her, and it end after a while.
func (f *lineTest) serve(a call.AgentID, talk time.Duration) {
	f.Helper()
	v := f.m.floor.agents[a].visit
	if v == nil || v.state != Offered {
		f.Fatalf("%s is offered nobody", a)
	}
	f.postEvent(call.Accepted{Agent: a, Offer: v.offer})
	f.postEvent(call.Bridged{Call: v.caller.id, Leg: v.leg})
	f.passTime(talk)
	f.postEvent(call.HungUp{Call: v.caller.id, Side: call.SideCaller})
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
			f.signInAgent("ana")
			f.postEvent(call.Arrived{Call: "c1", To: "q"})
			f.serve("ana", time.Second)
			// Ana's talk began first, and Ben's ended first.
			f.signInAgent("ben")
			f.postEvent(call.Chose{Agent: "ben", Presence: call.Away})
			f.postEvent(call.Arrived{Call: "c2", To: "q"})
			offer := f.m.floor.agents["ana"].visit.offer
			f.postEvent(call.Accepted{Agent: "ana", Offer: offer})
			f.postEvent(call.Bridged{Call: "c2", Leg: call.LegID(offer)})
			f.passTime(time.Second)
			f.postEvent(call.Chose{Agent: "ben", Presence: call.Available})
			f.postEvent(call.Arrived{Call: "c3", To: "q"})
			f.serve("ben", time.Second)
			f.passTime(time.Second)
			f.postEvent(call.HungUp{Call: "c2", Side: call.SideCaller})
			f.passTime(time.Second)
			f.postEvent(call.Arrived{Call: "c4", To: "q"})
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
	f.postEvent(call.Arrived{Call: "old", To: "a"})
	f.passTime(20 * time.Second)
	f.postEvent(call.Arrived{Call: "young", To: "a"})
	f.passTime(15 * time.Second)
	f.postEvent(call.Arrived{Call: "headed", To: "b"})
	f.signInAgent("ana")
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
	f.postEvent(call.Arrived{Call: "c0", To: "q;skill=french"})
	f.signInAgent("ana")
	for i := range 25 {
		f.passTime(time.Second)
		f.postEvent(call.Arrived{Call: call.ID(fmt.Sprintf("c%d", i+1)), To: "q"})
		f.serve("ana", time.Second)
		if got, want := alarms(f.facts, "overtaken"), min(1, (i+1)/21); got != want {
			t.Fatalf("after %d: %d alarms", i+1, got)
		}
	}
}

func TestBeyondP99(t *testing.T) {
	f := newLineTest(t, Settings{Name: "q"})
	f.postEvent(call.Learned{Queue: "q", P99: 60})
	f.postEvent(call.Arrived{Call: "c", To: "q"})
	f.passTime(59 * time.Second)
	if alarms(f.facts, "beyond_p99") != 0 {
		t.Error("too early")
	}
	f.passTime(2 * time.Second)
	if alarms(f.facts, "beyond_p99") != 1 {
		t.Error("no alarm")
	}
}

// TestSilentWithoutGround: no number is said before there is one.
func TestSilentWithoutGround(t *testing.T) {
	f := newLineTest(t, Settings{Name: "q"})
	f.signInAgent("ana")
	said := func() (n int) {
		for _, x := range f.facts {
			if _, ok := x.(call.WaitAnnounced); ok {
				n++
			}
		}
		return n
	}
	for i := range 5 {
		f.postEvent(call.Arrived{Call: call.ID(fmt.Sprintf("c%d", i)), To: "q"})
		f.postEvent(call.Arrived{Call: call.ID(fmt.Sprintf("w%d", i)), To: "q"})
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
		f.postEvent(call.Arrived{Call: call.ID(fmt.Sprintf("d%d", i)), To: "q"})
		f.postEvent(call.Arrived{Call: call.ID(fmt.Sprintf("x%d", i)), To: "q"})
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
	f.signInAgent("ana", "a", "b")
	f.signInAgent("ben", "a")
	l := f.m.queues.lineNamed("a")
	if n := f.m.floor.crewSize(l, f.now); n != 2 {
		t.Errorf("at first %v", n)
	}
	for i := range 10 {
		f.postEvent(call.Arrived{Call: call.ID(fmt.Sprintf("b%d", i)), To: "b"})
		f.serve("ana", time.Minute)
		f.passTime(time.Minute)
	}
	if n := f.m.floor.crewSize(l, f.now); n < 1.4 || n > 1.6 {
		t.Errorf("Ana is half away: %v", n)
	}
	f.postEvent(call.Chose{Agent: "ben", Presence: call.Away})
	if n := f.m.floor.crewSize(l, f.now); n > 0.6 {
		t.Errorf("Ben has gone: %v", n)
	}
}

// TestSnapshotAndForget: what is shown, and what a failed decision leaves.
func TestSnapshotAndForget(t *testing.T) {
	f := newLineTest(t, Settings{Name: "q"})
	f.m.Outbound = policy{}
	f.signInAgent("ana")
	f.postEvent(call.Arrived{Call: "c1", To: "q"})
	offer := f.m.floor.agents["ana"].visit.offer
	f.postEvent(call.Accepted{Agent: "ana", Offer: offer})
	f.postEvent(call.Bridged{Call: "c1", Leg: call.LegID(offer)})
	f.postEvent(call.Arrived{Call: "c2", To: "q", From: "600000001"})
	for range 2 {
		f.now = f.now.Add(2 * time.Second)
		f.postEvent(call.DigitPressed{Call: "c2", Digit: "1"})
	}
	f.postEvent(call.HungUp{Call: "c2", Side: call.SideCaller})
	f.postEvent(call.Arrived{Call: "c3", To: "q"})
	snap := f.m.Snapshot(f.now)
	q := snap.Queues[0]
	if len(q.Talking) != 1 || len(q.Waiting) != 2 || q.Waiting[0].Callback == nil || q.Waiting[1].Call != "c3" {
		t.Fatalf("%+v", q)
	}
	if len(snap.Agents) != 1 || snap.Agents[0].Call != "c1" || f.m.Talks()["c1"].Agent != "ana" {
		t.Errorf("%+v", snap.Agents)
	}
	f.loop.OnPanic = nil
	for _, id := range []call.ID{"c1", "c2.cb1", "c3"} {
		f.postEvent(call.Failed{Call: id, Command: "test"})
	}
	if n := len(f.m.callers) + len(f.m.talks.byAgent) + f.m.queues.lineNamed("q").waitingCount(); n != 1 || f.m.callers["c2.cb1"].visit.state != Parked {
		t.Errorf("%d left behind; the promise to c2 stands, and nothing else", n)
	}
	if a := f.m.floor.agents["ana"]; a.state != call.Idle || a.visit != nil {
		t.Errorf("Ana is %s", a.state)
	}
}
