package rehearsal

import (
	"flag"
	"math"
	"testing"
	"time"
)

// go test ./rehearsal -full -v -timeout 1h
var full = flag.Bool("full", false, "rehearse a million calls, where a test has time for fewer")

// calls is how many calls a comparison with theory takes, and how close it
// must come. A million come within 2 %; the few that a test has time for leave
// more to chance (but always the same, by the seed).
func calls() (n int, within float64) {
	if *full {
		return 1_000_000, 0.02
	}
	return 25_000, 0.1
}

func perHour(a float64, handle time.Duration) float64 {
	return a * time.Hour.Seconds() / handle.Seconds()
}

// TestErlangA compares with M/M/n+M, rows 13 to 15 of the metrics reference.
func TestErlangA(t *testing.T) {
	for _, c := range []struct {
		name                   string
		agents                 int
		perHour                float64
		handle, patience       time.Duration
		abandoned, wait, level float64 // level 0: the row has none
	}{
		{"row 13", 50, 48 * 60, time.Minute, 2 * time.Minute, .03091, 3.709, 0},
		{"row 14, n=100", 100, perHour(102, time.Minute), time.Minute, time.Minute, .04992, .04992 * 60, 0},
		{"row 14, n=10", 10, perHour(10, time.Minute), time.Minute, time.Minute, .12511, .12511 * 60, 0},
		{"row 15, n=10", 10, 200, 3 * time.Minute, 2 * time.Minute, .13746, 16.50, .63994},
		{"row 15, n=12", 12, 200, 3 * time.Minute, 2 * time.Minute, .06160, 7.392, .82558},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n, within := calls()
			r, err := Run(Config{Agents: c.agents, PerHour: c.perHour, Handle: c.handle, Patience: c.patience, Calls: n, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("abandonment %.5f (%.5f), wait %.3f s (%.3f), level %.5f", float64(r.Abandonment), c.abandoned, float64(r.MeanWait), c.wait, float64(r.ServiceLevel))
			requireNear(t, "abandonment", float64(r.Abandonment), c.abandoned, within)
			requireNear(t, "mean wait", float64(r.MeanWait), c.wait, within)
			if c.level > 0 {
				requireNear(t, "service level", float64(r.ServiceLevel), c.level, within)
			}
			if r.Answered+r.Abandoned != n || r.Calls != n {
				t.Errorf("%d calls, %d answered, %d abandoned", r.Calls, r.Answered, r.Abandoned)
			}
		})
	}
}

// TestErlangC compares with M/M/n, nobody giving up: rows 4 and 9.
func TestErlangC(t *testing.T) {
	for _, c := range []struct {
		name                 string
		agents               int
		perHour              float64
		target               time.Duration
		wait, level, hadWait float64
	}{
		{"row 4, n=12", 12, 200, 20 * time.Second, 40.44, .64016, .44939},
		{"row 4, n=13", 13, 200, 20 * time.Second, 17.12, .79560, .28527},
		{"row 4, n=14", 14, 200, 20 * time.Second, 7.836, .88835, .17413},
		{"row 9, n=23", 23, perHour(20, 3*time.Minute), 30 * time.Second, 24.9, .748, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n, within := calls()
			r, err := Run(Config{Agents: c.agents, PerHour: c.perHour, Handle: 3 * time.Minute, Calls: n, Seed: 3, Target: c.target})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("wait %.3f s (%.3f), level %.5f (%.5f), had to wait %.5f (%.5f)", float64(r.MeanWait), c.wait,
				float64(r.ServiceLevel), c.level, float64(r.HadToWait), c.hadWait)
			requireNear(t, "mean wait", float64(r.MeanWait), c.wait, 2*within) // heavy traffic: chance is slow to even out
			requireNear(t, "service level", float64(r.ServiceLevel), c.level, within)
			if c.hadWait > 0 {
				requireNear(t, "had to wait", float64(r.HadToWait), c.hadWait, within)
			}
		})
	}
}

func requireNear(t *testing.T, what string, got, want, part float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > part*want {
		t.Errorf("%s: got %.5f, want %.5f within %.1f %%", what, got, want, 100*part)
	}
}
