package callqueue

import (
	"testing"
	"time"

	"presszero/call"
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
