package rehearsal

import (
	"math"
	"testing"
	"time"
)

// scenarios are those of metrics 2.2: AHT 240 s, patience 300 s.
func scenarios(calls int) map[string]Config {
	of := func(n int, rho float64) Config {
		return Config{Agents: n, PerHour: rho * float64(n) * 15, Handle: 4 * time.Minute, Patience: 5 * time.Minute, Calls: calls, Seed: 7}
	}
	all := map[string]Config{"A n=10": of(10, 1), "B n=30": of(30, 1.05), "D arrivals ±30 %": of(30, 1.05), "E staff 30→20→30": of(30, 1)}
	d := all["D arrivals ±30 %"]
	d.Rate = func(since time.Duration) float64 { return 1 + 0.3*math.Sin(2*math.Pi*since.Hours()/8) }
	all["D arrivals ±30 %"] = d
	e := all["E staff 30→20→30"]
	e.Away = func(since time.Duration) int { // ten are away for an hour in four
		if h := int(since.Hours()) % 4; h == 2 {
			return 10
		}
		return 0
	}
	all["E staff 30→20→30"] = e
	return all
}

// TestEstimates: what callers are told is true, and truer than what others
// tell. Score: the true offered wait of all who had to wait.
func TestEstimates(t *testing.T) {
	n := 25_000
	if *full {
		n = 500_000
	}
	for name, c := range scenarios(n) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := Run(c)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("mean wait %.0f s, p50 %.1f %%, p80 %.1f %%, p90 %.1f %%; announced upper bound kept %.1f %%", float64(r.MeanWait/r.HadToWait),
				100*float64(r.ToldP50Coverage), 100*float64(r.ToldP80Coverage), 100*float64(r.ToldP90Coverage), 100*float64(r.AnnouncedKept))
			models := map[string]Model{}
			for _, m := range r.Models {
				models[m.Name] = m
				t.Logf("%-9s bias %+6.1f %%  RRASE %5.1f %%  broken %5.1f %%", m.Name, 100*float64(m.Bias), 100*float64(m.RRASE), 100*float64(m.Broken))
			}
			if b := float64(r.ToldBias); math.Abs(b) > .03 {
				t.Errorf("bias %.2f %%", 100*b)
			}
			between(t, "p80 coverage", float64(r.ToldP80Coverage), .78, .83)
			between(t, "p90 coverage", float64(r.ToldP90Coverage), .88, .92)
			for _, other := range []string{"LES", "Asterisk"} {
				if models["QLm"].RRASE >= models[other].RRASE {
					t.Errorf("%s is better", other)
				}
			}
		})
	}
}

func between(t *testing.T, what string, x, low, high float64) {
	t.Helper()
	if math.IsNaN(x) || x < low || x > high {
		t.Errorf("%s is %.4f, not within %.2f to %.2f", what, x, low, high)
	}
}
