package journal

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"presszero/call"
)

func TestUnfinishedAreTheOpenCallsInOrder(t *testing.T) {
	j := open(t, t.TempDir(), Options{SegmentSize: 1000})
	old, lost := fact("old", 1), fact("lost", 1)
	old.At = time.Now().Add(-25 * time.Hour) // a call has no time limit
	lost.At = time.Now().Add(-openCallLimit - time.Hour)
	shift := call.Entry{Call: "shift", Day: "2026-03-01", Seq: 1, At: time.Now(), Fact: call.AgentChanged{Agent: "ann"}}
	ended := func(id call.ID, ago time.Duration) call.Entry {
		return call.Entry{Call: id, Day: "2026-03-01", Seq: 3, At: time.Now().Add(-ago), Fact: call.CallEnded{Outcome: call.AbandonedQueue}}
	}
	own := call.Entry{Call: "o", Day: "2026-03-01", Seq: 1, At: time.Now(), Fact: call.OutgoingDialed{Agent: "ann"}}
	done := call.Entry{Call: "p", Day: "2026-03-01", Seq: 2, At: time.Now().Add(-time.Hour), Fact: call.OutgoingEnded{Agent: "ann"}}
	j.Append([]call.Entry{lost, old, fact("a", 1), shift, fact("b", 1), fact("b", 2), fact("c", 1), fact("d", 1)})
	j.Append([]call.Entry{fact("a", 2), ended("b", 16*time.Minute), ended("d", 14*time.Minute), fact("c", 2), fact("a", 2), fact("a", 3)})
	j.Append([]call.Entry{own, {Call: "p", Day: "2026-03-01", Seq: 1, At: time.Now(), Fact: call.OutgoingDialed{}}, done})
	if err := j.Sync(soon(t)); err != nil {
		t.Fatal(err)
	}
	got, err := j.Unfinished(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, e := range got {
		said = append(said, fmt.Sprint(e.Call, e.Seq))
	}
	if s := strings.Join(said, " "); s != "old1 a1 c1 d1 a2 d3 c2 a3 o1" {
		t.Fatalf("unfinished: %s", s)
	}
}

// TestLongCallsAreRestored: a call of three days is there after a restart,
// whole and in order, although the calls around it have been pruned; so is a
// call that an agent made. Ended, they hold nothing.
func TestLongCallsAreRestored(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{SegmentSize: 1}) // each Append its own segment
	days := func(n int) time.Time { return time.Now().AddDate(0, 0, -n).UTC().Truncate(time.Microsecond) }
	say := func(id call.ID, seq, ago int, f call.Fact) call.Entry {
		e := call.Entry{Call: id, Day: call.DayOf(days(ago)), Seq: seq, At: days(ago), Fact: f}
		j.Append([]call.Entry{e})
		return e
	}
	want := []call.Entry{
		say("long", 1, 3, call.CallStarted{Channel: "c1"}),
		say("own", 1, 3, call.OutgoingDialed{Agent: "ann"}),
	}
	say("short", 1, 3, call.CallStarted{Channel: "c2"})
	want = append(want, say("long", 2, 2, call.KeyPressed{Digit: "0"}))
	say("short", 2, 2, call.CallEnded{})
	j.Append([]call.Entry{ // lies wholly within one segment
		{Call: "one", Day: call.DayOf(days(2)), Seq: 1, At: days(2), Fact: call.CallStarted{}},
		{Call: "one", Day: call.DayOf(days(2)), Seq: 2, At: days(2), Fact: call.CallEnded{}}})
	say("x", 7, 0, call.KeyPressed{})
	age := func() {
		t.Helper()
		if err := j.Sync(soon(t)); err != nil {
			t.Fatal(err)
		}
		segs, _ := j.files.segments()
		for i, ago := range []int{3, 3, 3, 2, 2, 2} {
			os.Chtimes(j.files.segmentPath(segs[i].n), days(ago), days(ago))
		}
	}
	age()
	left := func(n int) {
		t.Helper()
		if err := j.Prune(j.End()); err != nil {
			t.Fatal(err)
		}
		if segs, _ := j.files.segments(); len(segs) != n {
			t.Fatalf("%d segments are left, want %d", len(segs), n)
		}
		got, err := j.Unfinished(soon(t))
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, want)
	}
	left(4) // two beginnings, a key, and today's
	j.Close()
	j = open(t, dir, Options{SegmentSize: 1})
	left(4)
	say("long", 3, 1, call.CallEnded{})
	say("own", 2, 1, call.OutgoingEnded{})
	say("x", 8, 0, call.KeyPressed{})
	if err := j.Sync(soon(t)); err != nil {
		t.Fatal(err)
	}
	want = nil
	left(4) // all of today
}

// TestOpenCallbacksOutliveTheirCall: a callback of days ago is there after a
// restart, whole and in order, although all around it has been pruned.
func TestOpenCallbacksOutliveTheirCall(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{SegmentSize: 1}) // each Append its own segment
	days := func(n int) time.Time { return time.Now().AddDate(0, 0, -n).UTC().Truncate(time.Microsecond) }
	say := func(id call.ID, seq, ago int, f call.Fact) call.Entry {
		e := call.Entry{Call: id, Day: call.DayOf(days(ago)), Seq: seq, At: days(ago), Fact: f}
		j.Append([]call.Entry{e})
		return e
	}
	var want []call.Entry
	say("lost", 1, 40, call.CallbackBooked{Queue: "q"})
	fact := func(id call.ID, seq, ago int, f call.Fact) { want = append(want, say(id, seq, ago, f)) }
	say("a", 1, 9, call.CallStarted{})
	fact("a.cb1", 1, 9, call.CallbackBooked{Queue: "q", Number: "+4930123456"})
	say("a", 2, 9, call.CallEnded{})
	say("b.cb1", 1, 8, call.CallbackBooked{Queue: "q"})
	fact("a.cb1", 2, 8, call.CallbackParked{Visit: "a.cb1.v1", Why: "scheduled"})
	say("c.cb1", 1, 7, call.CallbackBooked{Queue: "q"})
	say("b.cb1", 2, 7, call.CallbackEnded{How: "completed"})
	say("c.cb1", 2, 6, call.CallEnded{Outcome: call.SystemFailure})
	fact("d.cb1", 1, 5, call.CallbackBooked{Queue: "q"})
	fact("a.cb1", 3, 5, call.CallbackDue{Visit: "a.cb1.v1"})
	fact("e", 1, 0, call.CallStarted{From: "1"})
	fact("f", 1, 0, call.CallStarted{})
	fact("a.cb1", 4, 0, call.CallbackDialed{Visit: "a.cb1.v1"})
	fact("f", 2, 0, call.CallEnded{}) // a moment ago
	if err := j.Sync(soon(t)); err != nil {
		t.Fatal(err)
	}
	segs, _ := j.files.segments()
	for i, ago := range []int{40, 9, 9, 9, 8, 8, 7, 7, 6, 5, 5} {
		os.Chtimes(j.files.segmentPath(segs[i].n), days(ago), days(ago))
	}
	check := func() {
		t.Helper()
		got, err := j.Unfinished(soon(t))
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, want)
	}
	left := func() (n int) {
		t.Helper()
		if err := j.Prune(j.End()); err != nil {
			t.Fatal(err)
		}
		segs, _ := j.files.segments()
		return len(segs)
	}
	check()
	if n := left(); n != 8 { // 4 of a.cb1 and d.cb1 that are old, and 4 of today
		t.Fatalf("%d segments are left", n)
	}
	check()
	j.Close()
	j = open(t, dir, Options{SegmentSize: 1})
	check()
	if n := left(); n != 8 {
		t.Fatalf("%d segments are left after a restart", n)
	}
	// Ended, it holds nothing any more, once that is in a full segment.
	say("a.cb1", 5, 0, call.CallbackEnded{How: "completed"})
	say("g", 1, 0, call.KeyPressed{})
	if err := j.Sync(soon(t)); err != nil {
		t.Fatal(err)
	}
	if n := left(); n != 7 { // d.cb1, 4 and 2 of today
		t.Fatalf("%d segments are left when a.cb1 has ended", n)
	}
	var rest []call.Entry
	for _, e := range want {
		if e.Call != "a.cb1" {
			rest = append(rest, e)
		}
	}
	want = rest
	check()
}
