package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestTornTailAtEveryByte(t *testing.T) {
	whole := t.TempDir()
	j := open(t, whole, Options{})
	want := facts("c1", 1, 3)
	j.Append(want)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	bytes, err := os.ReadFile(j.files.segmentPath(1))
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
	b, _ := os.ReadFile(j.files.segmentPath(1))
	first, _ := appendRecord(nil, want[0])
	b[len(first)+headerSize+20] ^= 1
	os.WriteFile(j.files.segmentPath(1), b, 0o600)

	j = open(t, dir, Options{})
	same(t, readAll(t, j, 2), append(want[:1:1], want[2:]...))
	if j.Damaged() == 0 {
		t.Fatal("damage was not counted")
	}
}
