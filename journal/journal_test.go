package journal

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"presszero/call"
)

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
	if segs, _ := j.files.segments(); len(segs) < 5 {
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
