package callqueue

import (
	"slices"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/calltest"
)

// direct has a supervisor order something that holds for a while; long 0: without an end.
func (f *lineTest) direct(d call.Directive, long time.Duration) {
	d.By = "eva"
	if long > 0 {
		d.Until = f.now.Add(long)
	}
	f.postEvent(call.DirectiveSet{ID: call.ID("d" + f.now.String()), Directive: d})
}

// again is the line after a restart.
func (f *lineTest) again(queues ...Settings) *lineTest {
	g := newLineTest(f.T, queues...)
	g.now = f.now
	g.loop.Replay(f.entries)
	g.postEvent(call.Learned{Queue: "support"}) // the first news that a program has
	return g
}

// outcomeOf is how the visits of a call have ended, the last one's.
func (f *lineTest) outcomeOf(c call.ID) (how call.Outcome) {
	for _, e := range f.entries {
		if left, is := e.Fact.(call.QueueLeft); is && e.Call == c {
			how = left.Outcome
		}
	}
	return how
}

// TestDoorCloses: who comes while a supervisor has closed the queue goes where the flow
// says, also after a restart; who waited is served; and it opens by itself.
func TestDoorCloses(t *testing.T) {
	support := Settings{Name: "support", Closed: call.Exit{Node: "message"}}
	f := newLineTest(t, support)
	f.postEvent(call.Arrived{Call: "c1", To: "support"})
	f.direct(call.Directive{What: call.DoorDirective, Queue: "support"}, time.Hour)
	f.postEvent(call.Arrived{Call: "c2", To: "support"})
	if how := f.outcomeOf("c2"); how != call.Closed {
		t.Errorf("who comes then is %q", how)
	}
	q := f.m.Snapshot(f.now).Queues[0]
	if q.Open || q.Switched == nil || q.Switched.By != "eva" || len(q.Waiting) != 1 {
		t.Errorf("the floor tells %+v", q)
	}
	for what, g := range map[string]*lineTest{"": f, "after a restart ": f.again(support)} {
		g.postEvent(call.Arrived{Call: "c3", To: "support"})
		if how := g.outcomeOf("c3"); how != call.Closed {
			t.Errorf("%swho comes is %q", what, how)
		}
		g.passTime(time.Hour)
		g.postEvent(call.Arrived{Call: "c4", To: "support"})
		g.signInAgent("ana")
		if got := g.m.floor.agents["ana"].visit; got == nil || got.caller.id != "c1" {
			t.Errorf("%swho waited is not served first: %+v", what, got)
		}
		if how := g.outcomeOf("c4"); how != "" || g.m.Snapshot(g.now).Queues[0].Switched != nil {
			t.Errorf("%swho comes after the hour is %q", what, how)
		}
	}
}

// TestDoorOpens: a queue that is closed by its hours takes callers, until the supervisor
// takes it back.
func TestDoorOpens(t *testing.T) {
	never := func(now time.Time) (opens, closes time.Time) { return now.Add(time.Hour), now.Add(2 * time.Hour) }
	f := newLineTest(t, Settings{Name: "support", Hours: never, Closed: call.Exit{Node: "message"}})
	f.direct(call.Directive{What: call.DoorDirective, Queue: "support", Open: true}, time.Hour)
	f.postEvent(call.Arrived{Call: "c1", To: "support"})
	f.postEvent(call.DirectiveLifted{What: call.DoorDirective, Queue: "support", By: "tom"})
	f.postEvent(call.Arrived{Call: "c2", To: "support"})
	if first, second := f.outcomeOf("c1"), f.outcomeOf("c2"); first != "" || second != call.Closed {
		t.Errorf("the callers are %q and %q", first, second)
	}
}

// TestDoorOpensForCallbacks: callbacks that wait for the hours of a queue are due when a
// supervisor opens it.
func TestDoorOpensForCallbacks(t *testing.T) {
	later := func(now time.Time) (opens, closes time.Time) {
		return calltest.Start.Add(5 * time.Hour), calltest.Start.Add(6 * time.Hour)
	}
	f := newLineTest(t, Settings{Name: "support", Hours: later})
	f.m.Outbound = policy{}
	f.signInAgent("ana")
	f.postEvent(call.CallbackOrdered{Callback: "cb", Queue: "support", Number: "+34600000001", Since: f.now, By: "sue"})
	f.passTime(time.Minute)
	if v := f.m.callers["cb"].visit; v.state != Parked || v.ticket.why != "closed" {
		t.Fatalf("the callback is %s, %q", v.state, v.ticket.why)
	}
	f.direct(call.Directive{What: call.DoorDirective, Queue: "support", Open: true}, time.Hour)
	if v := f.m.callers["cb"].visit; v.state != Offered {
		t.Errorf("when the queue is opened, the callback is %s, %q", v.state, v.ticket.why)
	}
}

// TestOpenNow: the stretches of a queue whose door a supervisor has turned, against hours
// from 9 to 17.
func TestOpenNow(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2026, 3, 2, hour, 0, 0, 0, time.UTC) }
	office := func(now time.Time) (opens, closes time.Time) {
		day := now.Truncate(24 * time.Hour)
		if !now.Before(day.Add(17 * time.Hour)) {
			day = day.Add(24 * time.Hour)
		}
		return day.Add(9 * time.Hour), day.Add(17 * time.Hour)
	}
	for _, c := range []struct {
		name                 string
		hours                call.OpeningHours
		open                 bool
		until, now           int
		opens, closes, stays int // stays: -1 for ever
	}{
		{"closed within the hours", office, false, 12, 10, 12, 17, 0},
		{"closed beyond them", office, false, 18, 10, 33, 41, 0},
		{"open before them", office, true, 8, 6, 6, 8, 0},
		{"open into them", office, true, 9, 6, 6, 17, 0},
		{"asked of a time after it", office, false, 12, 13, 9, 17, 0},
		{"closed, and always open else", nil, false, 12, 10, 12, 0, -1},
		{"open, as always", nil, true, 12, 10, 10, 0, -1},
	} {
		l := &line{Settings: Settings{Hours: c.hours}, door: &standing{Directive: call.Directive{Open: c.open, Until: at(c.until)}}}
		opens, closes := l.openNow(at(c.now))
		if !opens.Equal(at(c.opens)) || c.stays == 0 && !closes.Equal(at(c.closes)) || c.stays < 0 && closes.Before(at(1000)) {
			t.Errorf("%s: %v to %v", c.name, opens, closes)
		}
	}
}

// notice is what the agent was told last.
func (f *lineTest) notice(a call.AgentID) string {
	if n := f.m.floor.agents[a].notice; n != nil {
		return n.What + " by " + string(n.By)
	}
	return ""
}

// agentNow is how the floor tells of an agent.
func (f *lineTest) agentNow(a call.AgentID) call.AgentNow {
	for _, n := range f.m.Snapshot(f.now).Agents {
		if n.Agent == a {
			return n
		}
	}
	return call.AgentNow{}
}

func (f *lineTest) lift(what call.DirectiveKind, a call.AgentID) {
	f.postEvent(call.DirectiveLifted{What: what, Agent: a, By: "tom"})
}

// TestSetAway: a supervisor sets an agent away; what rings goes to another at once. It
// holds over a restart, until it is taken back or the agent chooses otherwise.
func TestSetAway(t *testing.T) {
	f := newLineTest(t, Settings{Name: "support"})
	f.signInAgent("ana")
	f.postEvent(call.Arrived{Call: "c1", To: "support"})
	f.direct(call.Directive{What: call.AwayDirective, Agent: "ana", Reason: "meeting"}, time.Hour)
	now := f.agentNow("ana")
	if now.Presence != call.Away || now.Reason != "meeting" || now.SetBy != "eva" || now.State != call.Idle || f.notice("ana") != "order_away by eva" {
		t.Fatalf("she is %+v, told %s", now, f.notice("ana"))
	}
	f.signInAgent("ben")
	if got := f.ringing(); len(got) != 1 || got[0] != "ben" {
		t.Fatalf("%v rings", got)
	}
	again := f.again(Settings{Name: "support"})
	again.postEvent(call.SignedIn{Agent: "ana", Shift: "s2"})
	again.postEvent(call.MediaUp{Agent: "ana", Address: "x"})
	again.postEvent(call.Resumed{Call: "c1"})
	if now := again.agentNow("ana"); now.SetBy != "eva" || now.Reason != "meeting" || now.State != call.Idle {
		t.Fatalf("after a restart she is %+v", now)
	}
	again.lift(call.AwayDirective, "ana")
	if got := again.agentNow("ana"); got.Presence != call.Available || got.SetBy != "" || got.State != call.Ringing {
		t.Errorf("taken back, she is %+v", got)
	}
	f.postEvent(call.Chose{Agent: "ana", Presence: call.Away, Reason: "lunch"})
	f.lift(call.AwayDirective, "ana")
	if got := f.agentNow("ana"); got.Presence != call.Away || got.Reason != "lunch" || got.SetBy != "" {
		t.Errorf("she has chosen, and is %+v", got)
	}
}

// TestLeaving: an agent is signed out after her talk and after-call work, with no caller
// in between; one who has nothing to do at once; and it can be taken back.
func TestLeaving(t *testing.T) {
	f := newLineTest(t, Settings{Name: "support", WrapUp: time.Minute})
	f.signInAgent("ana")
	f.postEvent(call.Arrived{Call: "c1", To: "support"})
	f.direct(call.Directive{What: call.LeavingDirective, Agent: "ana"}, 0)
	f.lift(call.LeavingDirective, "ana")
	f.direct(call.Directive{What: call.LeavingDirective, Agent: "ana"}, 0)
	f.serve("ana", time.Minute)
	f.postEvent(call.Arrived{Call: "c2", To: "support"})
	if now := f.agentNow("ana"); now.State != call.WrapUp || !now.Leaving || f.m.floor.agents["ana"].atWork() {
		t.Fatalf("after the talk she is %+v", now)
	}
	fx := f.postEvent(call.Wrapped{Agent: "ana"})
	if !slices.Contains(fx.Commands, call.Command(call.SignOut{Agent: "ana", By: "eva"})) || f.agentNow("ana").State != call.Idle {
		t.Fatalf("then she is %+v, and ordered is %+v", f.agentNow("ana"), fx.Commands)
	}
	f.postEvent(call.Left{Agent: "ana"})
	f.signInAgent("ana")
	if now := f.agentNow("ana"); now.Leaving || now.State != call.Ringing {
		t.Errorf("back again, she is %+v", now)
	}
	f.signInAgent("ben")
	f.now = f.now.Add(time.Second)
	f.postEvent(call.DirectiveSet{ID: "d9", Directive: call.Directive{What: call.LeavingDirective, Agent: "ben", By: "eva"}})
	f.postEvent(call.Arrived{Call: "c3", To: "support"})
	if now := f.agentNow("ben"); now.State != call.Idle || !now.Leaving {
		t.Errorf("who is free is %+v", now)
	}
}

// TestLeavingOfNobody: an agent who signs out in the moment in which a supervisor has her
// leave comes back to stay.
func TestLeavingOfNobody(t *testing.T) {
	f := newLineTest(t, Settings{Name: "support"})
	f.direct(call.Directive{What: call.LeavingDirective, Agent: "ana"}, 0)
	fx := f.postEvent(call.SignedIn{Agent: "ana", Shift: "s"})
	if f.agentNow("ana").Leaving || slices.ContainsFunc(fx.Commands, func(c call.Command) bool { _, is := c.(call.SignOut); return is }) {
		t.Errorf("she is %+v, and ordered is %+v", f.agentNow("ana"), fx.Commands)
	}
	for what, g := range map[string]*lineTest{"": f, "after a restart ": f.again(Settings{Name: "support"})} {
		if d := g.m.floor.directedTo("ana"); d.leaving != nil {
			t.Errorf("%sit holds still: %+v", what, d.leaving)
		}
	}
}

// TestToday: an agent serves what a supervisor gives her for today, over a restart, and
// what she is set up for after it, also when that was changed meanwhile.
func TestToday(t *testing.T) {
	queues := []Settings{{Name: "support"}, {Name: "billing"}, {Name: "sales"}}
	f := newLineTest(t, queues...)
	f.signInAgent("ana", "support")
	f.direct(call.Directive{What: call.TodayDirective, Agent: "ana", Queues: []string{"billing"}, Skills: map[string]int{"french": 5}}, time.Hour)
	f.postEvent(call.Arrived{Call: "c1", To: "support"})
	f.postEvent(call.Arrived{Call: "c2", To: "billing;skill=french;level=4"})
	if now := f.agentNow("ana"); !now.Today || now.Call != "c2" || f.notice("ana") != "" {
		t.Errorf("she is %+v", now)
	}
	f.postEvent(call.Assigned{Agent: "ana", Queues: []string{"sales"}})
	if now := f.agentNow("ana"); !slices.Equal(now.Queues, []string{"billing"}) {
		t.Errorf("she serves %v", now.Queues)
	}
	for what, g := range map[string]*lineTest{"": f, "after a restart ": f.again(queues...)} {
		if what != "" {
			g.postEvent(call.SignedIn{Agent: "ana", Queues: []string{"sales"}, Shift: "s2"})
		}
		if now := g.agentNow("ana"); !slices.Equal(now.Queues, []string{"billing"}) || !now.Today {
			t.Errorf("%sshe serves %v", what, now.Queues)
		}
		g.passTime(time.Hour)
		if now := g.agentNow("ana"); !slices.Equal(now.Queues, []string{"sales"}) || now.Today || len(now.Skills) > 0 {
			t.Errorf("%safter today she serves %v", what, now.Queues)
		}
	}
}

// TestHelpAnswered: the supervisor who answers is named.
func TestHelpAnswered(t *testing.T) {
	f := newLineTest(t, Settings{Name: "support"})
	f.signInAgent("ana")
	f.postEvent(call.HelpAsked{Agent: "ana", On: true})
	f.postEvent(call.HelpAsked{Agent: "ana", By: "eva"})
	f.postEvent(call.HelpAsked{Agent: "ana", By: "tom"})
	last, is := f.facts[len(f.facts)-1].(call.AgentHelp)
	if !is || last.On || last.By != "eva" || f.notice("ana") != "order_help by eva" {
		t.Errorf("%+v, and she is told %s", last, f.notice("ana"))
	}
}

// TestPeak: at a peak the level asked for falls as the queue's peak has it, callbacks are
// offered at once and another queue takes over sooner; for who waits already, too. It
// holds over a restart and ends by itself.
func TestPeak(t *testing.T) {
	queues := []Settings{{Name: "support", Skill: "german", Level: 5, Overflow: call.OverflowSettings{Queue: "sales", After: 10 * time.Minute},
		Peak: call.PeakSettings{Widen: []call.Widening{{After: time.Second, Level: 0}}, Overflow: call.OverflowSettings{Queue: "sales", After: time.Minute}}},
		{Name: "sales"}}
	f := newLineTest(t, queues...)
	f.m.Outbound = policy{}
	f.signInAgent("ana", "support") // speaks no German
	f.postEvent(call.Arrived{Call: "c1", To: "support", From: "+34600000001"})
	f.passTime(10 * time.Second)
	f.postEvent(call.Chose{Agent: "ana", Presence: call.Away})
	offered := func(g *lineTest, c call.ID) string {
		for _, e := range g.entries {
			if o, is := e.Fact.(call.CallbackOffered); is && e.Call == c {
				return o.Why
			}
		}
		return ""
	}
	f.direct(call.Directive{What: call.PeakDirective, Queue: "support"}, time.Hour)
	f.postEvent(call.Arrived{Call: "c2", To: "support", From: "+34600000002"})
	f.passTime(atPeak)
	if first, second := offered(f, "c1"), offered(f, "c2"); first != "peak" || second != "peak" {
		t.Errorf("offered are %q and %q", first, second)
	}
	if p := f.m.Snapshot(f.now).Queues[1].Peak; p == nil || p.By != "eva" {
		t.Errorf("the floor tells %+v", p)
	}
	f.postEvent(call.Chose{Agent: "ana", Presence: call.Available})
	if got := f.agentNow("ana"); got.Call != "c1" {
		t.Errorf("who speaks no German has %q", got.Call)
	}
	f.passTime(time.Minute)
	if how := f.outcomeOf("c2"); how != call.Overflow {
		t.Errorf("after a minute the second is %q", how)
	}
	for what, g := range map[string]*lineTest{"": f, "after a restart ": f.again(queues...)} {
		if g.m.queues.lines["support"].peak == nil {
			t.Errorf("%sthe peak is over", what)
		}
		g.passTime(time.Hour)
		g.postEvent(call.Arrived{Call: "c3", To: "support", From: "+34600000003"})
		g.passTime(5 * time.Minute)
		if how := g.outcomeOf("c3"); how != "" || g.m.Snapshot(g.now).Queues[1].Peak != nil {
			t.Errorf("%safter the peak a caller is %q", what, how)
		}
	}
}
