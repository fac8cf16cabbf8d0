package controller

import (
	"slices"
	"testing"
	"time"
)

// TestTroublesSayTheirBeginning: a trouble keeps its time while figures in its text
// change, and a trouble that comes back has a new one.
func TestTroublesSayTheirBeginning(t *testing.T) {
	t.Parallel()
	var l lasting
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	at := func(minutes int, want string, troubles ...trouble) {
		t.Helper()
		got := l.describe(noon.Add(time.Duration(minutes)*time.Minute), troubles)
		if want == "" && len(got) > 0 || want != "" && !slices.Equal(got, []string{want}) {
			t.Errorf("after %d minutes %q, want %q", minutes, got, want)
		}
	}
	at(0, "1 waits (seen since 2026-03-02 12:00:00 UTC)", trouble{"disk", "1 waits"})
	at(1, "2 wait (seen since 2026-03-02 12:00:00 UTC)", trouble{"disk", "2 wait"})
	at(2, "")
	at(3, "1 waits (seen since 2026-03-02 12:03:00 UTC)", trouble{"disk", "1 waits"})
}
