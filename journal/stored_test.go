package journal

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestCopyIsAJournal: a folder copied while the last record is being written tells where it
// ends, and opens as a journal that has all before.
func TestCopyIsAJournal(t *testing.T) {
	t.Parallel()
	from, to := t.TempDir(), t.TempDir()
	j := open(t, from, Options{})
	want := facts("c", 1, 9)
	j.Append(want)
	if err := j.Sync(soon(t)); err != nil {
		t.Fatal(err)
	}
	names, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	copied := 0
	for _, n := range names {
		if !IsPart(n.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(from, n.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if n.Name() != "id" {
			text = append(text, text[:20]...) // the beginning of a tenth record
		}
		if err := os.WriteFile(filepath.Join(to, n.Name()), text, 0o600); err != nil {
			t.Fatal(err)
		}
		copied++
	}
	id, end, err := Stored(to)
	if err != nil || id != j.ID() || end != j.End() || copied != 2 {
		t.Fatalf("%d files copied; the journal %q ends at %s (%v), want %q and %s", copied, id, end, err, j.ID(), j.End())
	}
	again := open(t, to, Options{})
	same(t, readAll(t, again, 5), want)
	if again.ID() != j.ID() {
		t.Error("the copy has another id")
	}
	if _, _, err := Stored(t.TempDir()); !errors.Is(err, os.ErrNotExist) {
		t.Error("an empty folder is a journal")
	}
}
