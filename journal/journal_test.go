package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"presszero/call"
)

var quiet = slog.New(slog.DiscardHandler)

// fact is the n-th entry of a call that never ends.
func fact(id call.ID, n int) call.Entry {
	e := call.Entry{Call: id, Day: "2026-03-01", Seq: n, At: time.Now().UTC().Truncate(time.Microsecond)}
	if n == 1 {
		e.Fact = call.CallStarted{Node: "a1", Channel: "c", To: "100", From: "+4930123456", Name: `Ada "kind":"call.ended"`}
	} else {
		e.Fact = call.KeyPressed{Node: "main", Digit: fmt.Sprint(n % 10)}
	}
	return e
}

func facts(id call.ID, from, to int) (list []call.Entry) {
	for n := from; n <= to; n++ {
		list = append(list, fact(id, n))
	}
	return list
}

func open(t testing.TB, dir string, opt Options) *Journal {
	t.Helper()
	if opt.Log == nil {
		opt.Log = quiet
	}
	if opt.Reserve == 0 {
		opt.Reserve = 1 << 20
	}
	j, err := Open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func readAll(t testing.TB, j *Journal, step int) (list []call.Entry) {
	t.Helper()
	var at Offset
	for {
		part, next, err := j.Read(at, step)
		if err != nil {
			t.Fatal(err)
		}
		if len(part) == 0 {
			return list
		}
		list, at = append(list, part...), next
	}
}

func same(t testing.TB, got, want []call.Entry) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d entries, want %d", len(got), len(want))
	}
	for i := range got {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("entry %d is %+v, want %+v", i, got[i], want[i])
		}
	}
}

func TestWhatIsAppendedIsRead(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{SegmentSize: 2000})
	want := facts("c1", 1, 100)
	for _, e := range want {
		j.Append([]call.Entry{e})
	}
	if err := j.Sync(soon(t)); err != nil {
		t.Fatal(err)
	}
	for _, step := range []int{1, 7, 1000} {
		same(t, readAll(t, j, step), want)
	}
	if segs, _ := j.segments(); len(segs) < 5 {
		t.Fatalf("%d segments; the journal did not rotate", len(segs))
	}
	if j.Appended() != 100 || j.Synced() != 100 || j.Lag() != 0 || j.Lost() != 0 {
		t.Fatalf("appended %d synced %d lag %d lost %d", j.Appended(), j.Synced(), j.Lag(), j.Lost())
	}
	id := j.ID()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}

	j = open(t, dir, Options{})
	if j.ID() != id {
		t.Fatalf("the journal's id changed from %s to %s", id, j.ID())
	}
	more := facts("c2", 1, 3)
	j.Append(more)
	if err := j.Sync(soon(t)); err != nil {
		t.Fatal(err)
	}
	same(t, readAll(t, j, 10), append(want, more...))
	if n, err := j.Behind(Offset{}); err != nil || n == 0 {
		t.Fatalf("behind the beginning: %d, %v", n, err)
	}
	if n, err := j.Behind(j.End()); err != nil || n != 0 {
		t.Fatalf("behind the end: %d, %v", n, err)
	}
}

func TestOneProcessAtATime(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, Options{})
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Fatalf("a second Open gave %v", err)
	}
}

func TestTornTailAtEveryByte(t *testing.T) {
	whole := t.TempDir()
	j := open(t, whole, Options{})
	want := facts("c1", 1, 3)
	j.Append(want)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	bytes, err := os.ReadFile(j.segmentPath(1))
	if err != nil {
		t.Fatal(err)
	}
	var ends []int
	var b []byte
	for _, e := range want {
		b, _ = appendRecord(b, e)
		ends = append(ends, len(b))
	}
	dir := t.TempDir()
	for size := 0; size <= len(bytes); size++ {
		sub := filepath.Join(dir, fmt.Sprint(size))
		os.Mkdir(sub, 0o700)
		os.WriteFile(filepath.Join(sub, "0000000001.journal"), bytes[:size], 0o600)
		good := 0
		for good < 3 && ends[good] <= size {
			good++
		}
		j, err := Open(sub, Options{Reserve: 1 << 20, Log: quiet})
		if err != nil {
			t.Fatalf("torn at %d: %v", size, err)
		}
		j.Append(facts("c2", 1, 1))
		if err := j.Sync(soon(t)); err != nil {
			t.Fatal(err)
		}
		got := readAll(t, j, 100)
		if len(got) != good+1 || got[good].Call != "c2" {
			t.Fatalf("torn at %d of %d: %d entries, want %d and the new one", size, len(bytes), len(got), good)
		}
		same(t, got[:good], want[:good])
		j.Close()
		os.RemoveAll(sub) // each has a reserve
	}
}

func TestDamageInTheMiddleLosesOneRecord(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{})
	want := facts("c1", 1, 5)
	j.Append(want)
	j.Close()
	b, _ := os.ReadFile(j.segmentPath(1))
	first, _ := appendRecord(nil, want[0])
	b[len(first)+headerSize+20] ^= 1
	os.WriteFile(j.segmentPath(1), b, 0o600)

	j = open(t, dir, Options{})
	same(t, readAll(t, j, 2), append(want[:1:1], want[2:]...))
	if j.Damaged() == 0 {
		t.Fatal("damage was not counted")
	}
}

func TestUnfinishedAreTheOpenCallsInOrder(t *testing.T) {
	j := open(t, t.TempDir(), Options{SegmentSize: 1000})
	old, lost := fact("old", 1), fact("lost", 1)
	old.At = time.Now().Add(-25 * time.Hour) // a call has no time limit
	lost.At = time.Now().Add(-keepBooks - time.Hour)
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

func TestPruneKeepsWhatIsYoungOrUnshipped(t *testing.T) {
	j := open(t, t.TempDir(), Options{SegmentSize: 1})
	for n := 1; n <= 6; n++ {
		j.Append(facts("c", n+1, n+1)) // of a call whose beginning is pruned
	}
	if err := j.Sync(soon(t)); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-25 * time.Hour)
	for n := int64(1); n <= 3; n++ {
		os.Chtimes(j.segmentPath(n), old, old)
	}
	left := func(shipped Offset) int64 {
		if err := j.Prune(shipped); err != nil {
			t.Fatal(err)
		}
		segs, _ := j.segments()
		return segs[0].n
	}
	if n := left(Offset{2, 0}); n != 2 {
		t.Fatalf("shipped up to segment 2: the oldest left is %d", n)
	}
	if n := left(Offset{6, 0}); n != 4 {
		t.Fatalf("all shipped, three old: the oldest left is %d", n)
	}
	if got := readAll(t, j, 10); len(got) != 3 || got[0].Seq != 5 {
		t.Fatalf("read from a pruned offset gave %v", got)
	}
	j.opt.Cap = 1
	half := time.Now().Add(-12 * time.Hour)
	os.Chtimes(j.segmentPath(4), half, half)
	if n := left(Offset{4, 0}); n != 4 {
		t.Fatal("over the cap an unshipped segment was removed")
	}
	if n := left(Offset{6, 0}); n != 5 {
		t.Fatalf("over the cap: the oldest left is %d", n)
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
		segs, _ := j.segments()
		for i, ago := range []int{3, 3, 3, 2, 2, 2} {
			os.Chtimes(j.segmentPath(segs[i].n), days(ago), days(ago))
		}
	}
	age()
	left := func(n int) {
		t.Helper()
		if err := j.Prune(j.End()); err != nil {
			t.Fatal(err)
		}
		if segs, _ := j.segments(); len(segs) != n {
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
	segs, _ := j.segments()
	for i, ago := range []int{40, 9, 9, 9, 8, 8, 7, 7, 6, 5, 5} {
		os.Chtimes(j.segmentPath(segs[i].n), days(ago), days(ago))
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
		segs, _ := j.segments()
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

func TestOffsetText(t *testing.T) {
	o, err := ParseOffset(Offset{12, 3456}.String())
	if err != nil || o != (Offset{12, 3456}) {
		t.Fatal(o, err)
	}
	for _, bad := range []string{"", "1", "a:1", "1:-2", "1:2:3"} {
		if _, err := ParseOffset(bad); err == nil {
			t.Errorf("%q was taken for an offset", bad)
		}
	}
}

// weak is a disk that refuses when told to.
type weak struct {
	*os.File
	d *disk
}

type disk struct {
	mu              sync.Mutex
	noWrite, noSync error
	syncs           int
}

func (d *disk) set(write, sync error) {
	d.mu.Lock()
	d.noWrite, d.noSync = write, sync
	d.mu.Unlock()
}

func (w weak) WriteAt(b []byte, at int64) (int, error) {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	if w.d.noWrite != nil {
		n, _ := w.File.WriteAt(b[:len(b)/2], at)
		return n, w.d.noWrite
	}
	return w.File.WriteAt(b, at)
}

func (w weak) Sync() error {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	w.d.syncs++
	if w.d.noSync != nil {
		return w.d.noSync
	}
	return w.File.Sync()
}

// TestOneSyncForAll: those who promise at the same time wait for the same
// fsync; and a segment that is old enough is followed by another.
func TestOneSyncForAll(t *testing.T) {
	d := &disk{}
	j := open(t, t.TempDir(), Options{SegmentAge: 50 * time.Millisecond, create: func(path string) (file, error) {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		return weak{f, d}, err
	}})
	const promises = 20
	ctx, rounds := soon(t), 0
	for segs, _ := j.segments(); len(segs) < 3; segs, _ = j.segments() {
		var all sync.WaitGroup
		rounds++
		for n := range promises {
			j.Append(facts(call.ID(fmt.Sprintf("%d-%d", rounds, n)), 1, 1))
		}
		for range promises {
			all.Go(func() {
				if err := j.Sync(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.syncs > 3*rounds { // one, one that began before the last fact, and that of a full segment
		t.Errorf("%d fsyncs for %d times %d promises", d.syncs, rounds, promises)
	}
	if n := len(readAll(t, j, 100)); n != rounds*promises {
		t.Errorf("%d facts are there, want %d", n, rounds*promises)
	}
}

func TestARefusingDiskLosesNothing(t *testing.T) {
	full := errors.New("no space left on device")
	d := &disk{}
	dir := t.TempDir()
	j := open(t, dir, Options{SegmentSize: 3000, Backlog: 100_000, create: func(path string) (file, error) {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		return weak{f, d}, err
	}})
	seq := 0
	add := func(n int) {
		for range n {
			seq++
			j.Append(facts("c", seq, seq))
		}
	}
	add(5)
	d.set(full, nil)
	add(20)
	short, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := j.Sync(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("Sync with a full disk gave %v", err)
	}
	d.set(nil, nil)
	add(5)
	if err := j.Sync(soon(t)); err != nil {
		t.Fatal(err)
	}
	d.set(nil, errors.New("input/output error"))
	add(10)
	short, cancel = context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := j.Sync(short); err == nil {
		t.Fatal("Sync reports success although fsync fails")
	}
	add(10)
	d.set(nil, nil)
	if err := j.Sync(soon(t)); err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, e := range readAll(t, j, 10) {
		seen[e.Seq] = true
	}
	if len(seen) != seq || j.Lost() != 0 || j.Lag() != 0 {
		t.Fatalf("%d of %d entries are there; lost %d, lag %d", len(seen), seq, j.Lost(), j.Lag())
	}
}

func TestTheBacklogIsBounded(t *testing.T) {
	d := &disk{}
	d.set(errors.New("no space left on device"), nil)
	j := open(t, t.TempDir(), Options{Backlog: 2000, create: func(path string) (file, error) {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
		return weak{f, d}, err
	}})
	for n := 1; n <= 100; n++ {
		j.Append(facts("c", n, n))
	}
	lost := j.Lost()
	if lost == 0 || lost == 100 {
		t.Fatalf("%d of 100 lost", lost)
	}
	d.set(nil, nil)
	if err := j.Sync(soon(t)); err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, j, 1000); int64(len(got)) != 100-lost || got[0].Seq != 1 {
		t.Fatalf("%d entries, %d lost of 100", len(got), lost)
	}
}

func TestReadingWhileAppending(t *testing.T) {
	j := open(t, t.TempDir(), Options{SegmentSize: 20_000})
	const calls, each = 4, 500
	var wg sync.WaitGroup
	for c := range calls {
		wg.Go(func() {
			for n := 1; n <= each; n++ {
				j.Append(facts(call.ID(fmt.Sprint(c)), n, n))
			}
		})
	}
	ctx, last, got := soon(t), map[call.ID]int{}, 0
	var at Offset
	for got < calls*each {
		changed := j.Changed()
		part, next, err := j.Read(at, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range part {
			if e.Seq != last[e.Call]+1 {
				t.Fatalf("call %s: %d follows %d", e.Call, e.Seq, last[e.Call])
			}
			last[e.Call] = e.Seq
		}
		got, at = got+len(part), next
		if len(part) == 0 {
			select {
			case <-changed:
			case <-ctx.Done():
				t.Fatalf("%d entries after 20 s", got)
			}
		}
	}
	wg.Wait()
}

func BenchmarkAppend(b *testing.B) {
	j := open(b, b.TempDir(), Options{})
	e := facts("01890a5d-ac96-774b-bcce-b302099a8057", 2, 2)
	b.ReportAllocs()
	for b.Loop() {
		j.Append(e)
	}
}

func BenchmarkSync(b *testing.B) {
	j := open(b, b.TempDir(), Options{})
	e := facts("01890a5d-ac96-774b-bcce-b302099a8057", 2, 2)
	for b.Loop() {
		j.Append(e)
		j.Sync(context.Background())
	}
}
