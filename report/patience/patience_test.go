package patience

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func near(a, b, by float64) bool { return math.Abs(a-b) <= by*math.Abs(b) }

// free are the moments at which agents become free.
type free []float64

func (f free) Len() int           { return len(f) }
func (f free) Less(i, j int) bool { return f[i] < f[j] }
func (f free) Swap(i, j int)      { f[i], f[j] = f[j], f[i] }
func (f *free) Push(x any)        { *f = append(*f, x.(float64)) }
func (f *free) Pop() any          { x := (*f)[len(*f)-1]; *f = (*f)[:len(*f)-1]; return x }

// line plays a line with this many agents: what the callers waited, in the order of
// their coming. Calls take 240 s in the mean; load is arrivals by capacity.
func line(seed uint64, agents, calls int, load float64, patience func(*rand.Rand) float64) (waits []Wait) {
	r := rand.New(rand.NewPCG(seed, 9))
	next := make(free, agents)
	at := 0.0
	for range calls {
		at += r.ExpFloat64() * 240 / (float64(agents) * load)
		wait, will := max(0, next[0]-at), patience(r)
		if will < wait {
			waits = append(waits, Wait{will, Abandoned, 1})
			continue
		}
		waits = append(waits, Wait{wait, Answered, 1})
		next[0] = at + wait + r.ExpFloat64()*240
		heap.Fix(&next, 0)
	}
	return waits
}

// TestPatienceOfASimulatedLine: the truth is found within 1 %, and the mean wait of
// those who gave up is far from it.
func TestPatienceOfASimulatedLine(t *testing.T) {
	t.Parallel()
	exponential := func(r *rand.Rand) float64 { return 300 * r.ExpFloat64() }
	for _, c := range []struct {
		agents int
		naive  float64 // about
	}{{30, 33.5}, {10, 52.8}, {4, 80.5}} {
		waits := line(uint64(c.agents), c.agents, 1_200_000, 1.05, exponential)
		sum, gaveUp := 0.0, 0.0
		for _, w := range waits {
			if w.End == Abandoned {
				sum, gaveUp = sum+w.S, gaveUp+1
			}
		}
		if naive := sum / gaveUp; !near(naive, c.naive, 0.05) {
			t.Errorf("%d agents: those who gave up waited %.1f s, want about %.1f", c.agents, naive, c.naive)
		}
		if mean := Mean(waits); !near(*mean, 300, 0.01) {
			t.Errorf("%d agents: the mean patience is %.1f s, want 300", c.agents, *mean)
		}
		curve := Survival(waits)
		for _, s := range []float64{15, 60, 90} {
			if got, want := curve.At(s), math.Exp(-s/300); !near(got, want, 0.01) {
				t.Errorf("%d agents: S(%g) is %.4f, want %.4f", c.agents, s, got, want)
			}
		}
		if got, want := curve.RestrictedMean(60), 300*(1-math.Exp(-60.0/300)); !near(got, want, 0.01) {
			t.Errorf("%d agents: the mean up to 60 s is %.2f, want %.2f", c.agents, got, want)
		}
		for _, b := range Hazard(waits, []float64{0, 20, 40, 60}) {
			if !near(*b.PerMinute, 60.0/300, 0.04) {
				t.Errorf("%d agents: %.4f give up by minute from %g s on, want 0.2", c.agents, *b.PerMinute, b.FromS)
			}
		}
	}
	uneven := func(r *rand.Rand) float64 { // a fifth leaves at once, the rest after one to five minutes
		if r.IntN(5) == 0 {
			return 0.001
		}
		return 60 + 240*r.Float64()
	}
	curve := Survival(line(7, 10, 400_000, 1.3, uneven))
	for s, want := range map[float64]float64{30: 0.8, 60: 0.8, 120: 0.6, 150: 0.5} {
		if got := curve.At(s); !near(got, want, 0.01) {
			t.Errorf("of the uneven S(%g) is %.4f, want %.4f", s, got, want)
		}
	}
	if m := curve.Median(); m == nil || !near(*m, 150, 0.01) {
		t.Errorf("the median of the uneven is %v, want 150", m)
	}
}

// TestBandHoldsTheTruth: of many small samples the 95 % band has the truth in it in
// about 95 of 100.
func TestBandHoldsTheTruth(t *testing.T) {
	t.Parallel()
	held := 0
	for seed := range uint64(1000) {
		curve := Survival(line(seed, 5, 400, 1.3, func(r *rand.Rand) float64 { return 300 * r.ExpFloat64() }))
		i := slices.IndexFunc(curve.Points, func(p Point) bool { return p.AtS > 45 })
		if p := curve.Points[i-1]; p.Low <= math.Exp(-45.0/300) && math.Exp(-45.0/300) <= p.High {
			held++
		}
	}
	if held < 925 || held > 975 {
		t.Errorf("the band holds the truth in %d of 1000 samples", held)
	}
}

// TestSmallCurves: by hand, with equal times, at the edge of what may be drawn, and of
// nothing.
func TestSmallCurves(t *testing.T) {
	t.Parallel()
	c := Survival([]Wait{{10, Answered, 10}, {10, Abandoned, 10}, {5, Abandoned, 20}, {20, Abandoned, 40}, {30, Open, 20}, {40, Abandoned, 1}})
	// 101 come, 20 go at 5; at 10 the 10 who give up do so before the 10 are answered; of 61, 40 go at 20.
	first := 1 - 20.0/101
	second := first * (1 - 10.0/81)
	third := second * (1 - 40.0/61)
	if len(c.Points) != 3 || !near(c.Points[0].Share, first, 1e-12) || !near(c.Points[1].Share, second, 1e-12) || !near(c.Points[2].Share, third, 1e-12) || c.EndS != 20 || c.Points[2].AtRisk != 61 {
		t.Fatalf("the curve is %+v", c)
	}
	half := z95 * second * math.Sqrt(20.0/(101*81)+10.0/(81*71))
	if p := c.Points[1]; !near(p.High-p.Share, half, 1e-9) || !near(p.Share-p.Low, half, 1e-9) {
		t.Errorf("the band is %+v, want %.4f to both sides", p, half)
	}
	if m := c.Median(); m == nil || *m != 20 {
		t.Errorf("the median is %v", m)
	}
	if c.At(4.9) != 1 || !near(c.At(5), first, 1e-12) || !near(c.At(1000), third, 1e-12) {
		t.Errorf("shares are %v %v %v", c.At(4.9), c.At(5), c.At(1000))
	}
	if thin := c.Thin(15); len(thin.Points) != 2 || thin.Points[0].AtS != 10 {
		t.Errorf("thinned to 15 s it is %+v", thin)
	}
	if c := Survival([]Wait{{9, Abandoned, 29}}); len(c.Points) != 0 || c.Median() != nil || c.RestrictedMean(10) != 10 {
		t.Errorf("of 29 callers there is a curve: %+v", c)
	}
	if c := Survival([]Wait{{9, Abandoned, 40}}); c.Points[0].Share != 0 || c.Points[0].High != 0 {
		t.Errorf("of callers who all gave up: %+v", c)
	}
	if Mean(nil) != nil || Mean([]Wait{{9, Answered, 3}}) != nil || len(Hazard(nil, nil)) != 0 || Incidence(nil, 1) != nil {
		t.Error("of nobody there is a patience")
	}
	if b := Hazard([]Wait{{5, Answered, 1}}, []float64{0, 10, 20}); *b[0].PerMinute != 0 || b[1].PerMinute != nil {
		t.Errorf("where nobody waited there is a rate: %+v", b)
	}
}

// TestIncidenceAddsUp: without open waits the shares are those of a plain count, and
// those of an open one go to the others.
func TestIncidenceAddsUp(t *testing.T) {
	t.Parallel()
	waits := []Wait{{1, Answered, 100}, {3, Abandoned, 50}, {4, Callback, 25}, {4, Other, 25}, {9, Answered, 100}, {10, Abandoned, 100}}
	got := Incidence(waits, 1)
	last := got[len(got)-1]
	for _, c := range [][2]float64{{last.Answered, 0.5}, {last.Abandoned, 0.375}, {last.Callback, 0.0625}, {last.Other, 0.0625}, {got[1].Abandoned, 0.125}} {
		if !near(c[0], c[1], 1e-9) {
			t.Errorf("the shares are %+v", got)
		}
	}
	open := Incidence([]Wait{{1, Open, 100}, {2, Abandoned, 50}, {3, Answered, 50}}, 1)
	if last := open[len(open)-1]; !near(last.Abandoned, 0.5, 1e-9) || !near(last.Answered, 0.5, 1e-9) {
		t.Errorf("with open waits %+v", open)
	}
	if n := len(Incidence(waits, 5)); n != 3 {
		t.Errorf("by 5 s there are %d steps", n)
	}
}
