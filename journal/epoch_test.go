package journal

import (
	"errors"
	"os"
	"testing"
	"time"

	"presszero/call"
)

// TestFencedWritesNoMore: the process that raised the epoch is alone with the journal,
// though the one before has neither died nor let go of it.
func TestFencedWritesNoMore(t *testing.T) {
	dir := t.TempDir()
	old := open(t, dir, Options{})
	before := facts("before", 1, 2)
	old.Append(before)
	if err := Fence(dir); err != nil {
		t.Fatal(err)
	}
	if old.IsFenced() {
		t.Fatal("fenced before it tried to write")
	}
	old.Append(facts("late", 1, 3))
	select {
	case <-old.Fenced():
	default:
		t.Fatal("it does not know that it is fenced")
	}
	if old.Lost() != 3 {
		t.Errorf("%d facts were refused, want 3", old.Lost())
	}
	if err := old.Sync(soon(t)); err != nil {
		t.Errorf("what was taken before is not on disk: %v", err)
	}
	same(t, readAll(t, old, 10), before)
	if err := old.Close(); err != nil {
		t.Error(err)
	}

	fresh := open(t, dir, Options{})
	if fresh.Epoch() != old.Epoch()+2 {
		t.Errorf("the epoch went from %d over one fence to %d", old.Epoch(), fresh.Epoch())
	}
	after := facts("after", 1, 1)
	fresh.Append(after)
	if err := fresh.Sync(soon(t)); err != nil {
		t.Fatal(err)
	}
	same(t, readAll(t, fresh, 10), append(before, after...))
}

// TestFencedWhileTheDiskRefused: facts that waited for the disk are not
// written behind the back of the process that has taken over.
func TestFencedWhileTheDiskRefused(t *testing.T) {
	dir := t.TempDir()
	d := &disk{}
	old := open(t, dir, Options{create: func(path string) (file, error) {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		return weak{f, d}, err
	}})
	before := facts("before", 1, 1)
	old.Append(before)
	if err := old.Sync(soon(t)); err != nil {
		t.Fatal(err)
	}
	d.set(errors.New("no space left on device"), nil)
	old.Append(facts("late", 1, 1))
	if err := Fence(dir); err != nil {
		t.Fatal(err)
	}
	d.set(nil, nil)
	select {
	case <-old.Fenced():
	case <-soon(t).Done():
		t.Fatal("the retry was not fenced")
	}
	if err := old.Close(); err == nil {
		t.Error("closing does not tell of the fact that was refused")
	}
	same(t, readAll(t, open(t, dir, Options{}), 10), before)
}

// TestTakingOver: the process that waits gets the journal as soon as the other closes it,
// with all that the other wrote to the end.
func TestTakingOver(t *testing.T) {
	dir := t.TempDir()
	old := open(t, dir, Options{})
	got := make(chan *Journal)
	go func() {
		j, err := Open(dir, Options{Wait: time.Minute, Log: quiet})
		if err != nil {
			t.Error(err)
		}
		got <- j
	}()
	all := facts("c", 1, 5)
	old.Append(all)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	fresh := <-got
	defer fresh.Close()
	if old.IsFenced() {
		t.Error("the one before was fenced though it let go")
	}
	same(t, readAll(t, fresh, 10), all)
}

// TestTakingOverFromOneThatHangs: it is fenced while its lock is waited for,
// and the lock is not taken from it.
func TestTakingOverFromOneThatHangs(t *testing.T) {
	dir := t.TempDir()
	old := open(t, dir, Options{})
	if _, err := Open(dir, Options{Wait: 20 * time.Millisecond, Log: quiet}); err == nil {
		t.Fatal("two processes have the journal open")
	}
	old.Append(facts("late", 1, 1))
	if !old.IsFenced() {
		t.Fatal("the one that hung goes on writing")
	}
}

// TestReadAhead: what was read while another process wrote, and the rest read
// after it closed, are together what is open.
func TestReadAhead(t *testing.T) {
	dir := t.TempDir()
	old := open(t, dir, Options{SegmentSize: 500})
	at := time.Now()
	entry := func(id call.ID, seq int, f call.Fact) {
		old.Append([]call.Entry{{Call: id, Day: call.DayOf(at), Seq: seq, At: at, Fact: f}})
	}
	state := func(agent call.AgentID, is call.AgentState) call.Fact {
		return call.AgentChanged{Agent: agent, Presence: call.Available, State: is}
	}
	entry("stays", 1, call.CallStarted{From: "+1"})
	entry("goes", 1, call.CallStarted{From: "+2"})
	entry("s1", 1, state("ana", call.WrapUp))
	entry("s2", 1, state("ben", call.WrapUp))
	past, err := Ahead(soon(t), dir, Options{Recent: time.Nanosecond, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	entry("goes", 2, call.CallEnded{Outcome: call.Answered})
	entry("s3", 1, state("ana", call.Idle)) // she has come back after a restart
	entry("comes", 1, call.CallStarted{From: "+3"})
	entry("stays", 2, call.CallAnswered{})
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	fresh := open(t, dir, Options{Past: past})
	got, err := fresh.Unfinished(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	var is []call.ID
	for _, e := range got {
		is = append(is, e.Call)
	}
	want := []call.ID{"stays", "s2", "comes", "stays"}
	if len(is) != len(want) {
		t.Fatalf("got %v, want %v", is, want)
	}
	for i := range want {
		if is[i] != want[i] {
			t.Fatalf("got %v, want %v", is, want)
		}
	}
}

// TestReadAheadOfNothing: on the first start there is no journal yet.
func TestReadAheadOfNothing(t *testing.T) {
	past, err := Ahead(soon(t), t.TempDir()+"/none", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := open(t, t.TempDir(), Options{Past: past}).Unfinished(soon(t)); err != nil || len(got) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
}
