package controller

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"presszero/call"
)

// TestBeat: the controller that comes after reads when calls were last known
// to be there; a lost or broken file leaves the last fact.
func TestBeat(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "beat")
	noon := time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)
	fact := noon.Add(-time.Minute)
	if b := openBeat(path, time.Time{}); !b.last().IsZero() {
		t.Errorf("without anything the last beat is %s", b.last())
	}
	b := openBeat(path, fact)
	if !b.last().Equal(fact) {
		t.Errorf("without a file the last beat is %s, want that of the last fact", b.last())
	}
	for _, at := range []time.Time{noon.Add(-time.Second), noon} {
		if err := b.write(at); err != nil {
			t.Fatal(err)
		}
	}
	if got := openBeat(path, fact).last(); !b.last().Equal(noon) || !got.Equal(noon) {
		t.Errorf("after the beat it is %s, and for the next controller %s, want %s", b.last(), got, noon)
	}
	if got := openBeat(path, noon.Add(time.Second)).last(); !got.Equal(noon.Add(time.Second)) {
		t.Errorf("a later fact counts as %s", got)
	}
	if err := os.WriteFile(path, []byte("2026-03-"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := openBeat(path, fact).last(); !got.Equal(fact) {
		t.Errorf("half a beat counts as %s", got)
	}
}

// TestLastFact: only facts of calls that are open tell that callers were there.
func TestLastFact(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)
	facts := []call.Entry{{Call: "a", At: noon}, {Call: "b", At: noon.Add(time.Second)}, {Call: "callback", At: noon.Add(time.Hour)}}
	if got := lastFact(facts, map[call.ID]string{"a": "", "b": ""}); !got.Equal(noon.Add(time.Second)) {
		t.Errorf("the last fact is of %s", got)
	}
}
