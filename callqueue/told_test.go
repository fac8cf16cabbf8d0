package callqueue

import (
	"fmt"
	"testing"
	"time"

	"presszero/call"
)

// TestTold: what the floor says that callers are told is what the next caller is told.
func TestTold(t *testing.T) {
	t.Parallel()
	f := newLineTest(t, Settings{Name: "q", Announce: call.AnnounceSettings{First: time.Second}}, Settings{Name: "silent", Announce: call.AnnounceSettings{Off: true}})
	f.signInAgent("ana")
	if _, _, ok := f.m.Told("q", f.now); ok {
		t.Error("it tells a wait without ground")
	}
	for _, q := range []string{"q", "silent"} {
		f.postEvent(call.Learned{Queue: q, Handle: 120, Finished: 100})
	}
	if _, _, ok := f.m.Told("q", f.now); ok {
		t.Error("it tells a wait to a caller who would be served at once")
	}
	for i := range 6 {
		f.postEvent(call.Arrived{Call: call.ID(fmt.Sprintf("c%d", i)), To: "q"})
		f.postEvent(call.Arrived{Call: call.ID(fmt.Sprintf("s%d", i)), To: "silent"})
	}
	low, high, ok := f.m.Told("q", f.now)
	if !ok || high <= 60 || low >= high {
		t.Fatalf("from %v to %v, %v", low, high, ok)
	}
	f.postEvent(call.Arrived{Call: "next", To: "q"})
	f.passTime(2 * time.Second)
	var said call.WaitAnnounced
	for _, e := range f.entries {
		if a, is := e.Fact.(call.WaitAnnounced); is && e.Call == "next" {
			said = a
			break
		}
	}
	if said.Low != low || said.High != high {
		t.Errorf("the next caller is told %v to %v, the floor says %v to %v", said.Low, said.High, low, high)
	}
	if _, _, ok := f.m.Told("silent", f.now); ok {
		t.Error("it tells a wait where announcements are off")
	}
	if _, _, ok := f.m.Told("none", f.now); ok || len(f.m.queues.names) != 2 {
		t.Error("asking makes a queue")
	}
}
