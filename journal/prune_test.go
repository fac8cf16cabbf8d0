package journal

import (
	"os"
	"testing"
	"time"
)

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
		os.Chtimes(j.files.segmentPath(n), old, old)
	}
	left := func(shipped Offset) int64 {
		if err := j.Prune(shipped); err != nil {
			t.Fatal(err)
		}
		segs, _ := j.files.segments()
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
	j.retention.cap = 1
	half := time.Now().Add(-12 * time.Hour)
	os.Chtimes(j.files.segmentPath(4), half, half)
	if n := left(Offset{4, 0}); n != 4 {
		t.Fatal("over the cap an unshipped segment was removed")
	}
	if n := left(Offset{6, 0}); n != 5 {
		t.Fatalf("over the cap: the oldest left is %d", n)
	}
}
