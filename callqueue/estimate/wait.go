package estimate

import "math"

// Z-values of the quantiles in use.
const (
	Z50 = 0.0
	Z80 = 0.841621
	Z90 = 1.281552
)

// Wait is a waiting time that is not known yet, in seconds.
type Wait struct {
	Mean     float64
	Variance float64
}

// exact is how many callers ahead are added up one by one; for those beyond,
// an integral is as good.
const exact = 64

// Predict returns the wait of a caller. served is nμ, the calls per second
// that are finished while all are busy; leave is θ, 1/patience, per second and
// caller. live tells of the nearest callers to be served, the next first,
// whether each is on the phone; more stand behind these, moreLive of them on
// the phone. served must be above 0.
func Predict(served, leave float64, live []bool, more, moreLive int) Wait {
	var w Wait
	on := 0
	w.addStage(served)
	for _, l := range live {
		if l {
			on++
		}
		w.addStage(served + leave*float64(on))
	}
	if more > 0 {
		w.addMany(served+leave*float64(on), leave*float64(moreLive)/float64(more), more)
	}
	return w
}

// Ahead is Predict for n callers ahead who are all on the phone.
func Ahead(served, leave float64, n int) Wait {
	var w Wait
	for i := 0; i <= min(n, exact); i++ {
		w.addStage(served + leave*float64(i))
	}
	if n > exact {
		w.addMany(served+leave*exact, leave, n-exact)
	}
	return w
}

func (w *Wait) addStage(rate float64) {
	w.Mean += 1 / rate
	w.Variance += 1 / (rate * rate)
}

// addMany adds n stretches of the rates from+slope, from+2·slope…, by the
// midpoint rule.
func (w *Wait) addMany(from, slope float64, n int) {
	lo, hi := from+slope/2, from+slope*(float64(n)+0.5)
	if slope*float64(n) < 1e-9*from {
		w.Mean += float64(n) / from
		w.Variance += float64(n) / (from * from)
		return
	}
	w.Mean += math.Log(hi/lo) / slope
	w.Variance += (1/lo - 1/hi) / slope
}

// Delayed adds a stretch that is waited in any case: those who will overtake.
func (w Wait) Delayed(mean float64) Wait {
	w.Variance *= 1 + 2*mean/w.Mean // grows as if there were more of the same
	w.Mean += mean
	return w
}

// Quantile returns the seconds that are not exceeded with the probability of
// z, the mean being scale times ours.
func (w Wait) Quantile(z, scale float64) float64 {
	if w.Mean <= 0 {
		return 0
	}
	k := w.Mean * w.Mean / w.Variance
	root := 1 - 1/(9*k) + z/(3*math.Sqrt(k))
	return scale * w.Mean * math.Max(0, root*root*root)
}
