package journal

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"presszero/call"
)

// TestOverwrite: a number is gone from every segment while the journal is written, every
// other record is as before, and offsets hold.
func TestOverwrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j, err := Open(dir, Options{SegmentSize: 4000, Reserve: 1 << 20, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	const n = 60
	for i := range n {
		from := "+493055501234"
		if i%3 > 0 {
			from = "+493055509999"
		}
		j.Append([]call.Entry{{Call: call.ID("c"), Day: "2026-03-02", Seq: i + 1, Fact: call.CallStarted{From: from, Name: "Wilhelmina"}}})
	}
	if err := j.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	middle, err := j.Since(time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	changed, err := Overwrite(dir, func(p []byte) []byte {
		if !bytes.Contains(p, []byte("+493055501234")) {
			return p
		}
		return bytes.ReplaceAll(bytes.ReplaceAll(p, []byte("+493055501234"), []byte("~q3k9x2m")), []byte("Wilhelmina"), nil)
	})
	if err != nil || changed != n/3 {
		t.Fatalf("%d records were changed, %v", changed, err)
	}
	j.Append([]call.Entry{{Call: call.ID("c"), Day: "2026-03-02", Seq: n + 1, Fact: call.CallAnswered{}}})
	if err := j.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, _, err := j.Read(middle, 1000)
	if err != nil || len(list) != n+1 || j.Damaged() != 0 {
		t.Fatalf("%d records are read, %d are damaged, %v", len(list), j.Damaged(), err)
	}
	for i, e := range list[:n] {
		want := call.CallStarted{From: "+493055509999", Name: "Wilhelmina"}
		if i%3 == 0 {
			want = call.CallStarted{From: "~q3k9x2m"}
		}
		if e.Fact != call.Fact(want) || e.Seq != i+1 {
			t.Fatalf("record %d is %+v", i, e)
		}
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, file := range files {
		if b, err := os.ReadFile(file); err != nil || bytes.Contains(b, []byte("55501234")) {
			t.Errorf("%s has the number, or %v", file, err)
		}
	}
	if _, err := Overwrite(dir, func(p []byte) []byte { return append(p, ' ') }); err == nil {
		t.Error("a longer record was written")
	}
}
