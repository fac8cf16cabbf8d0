package estimate

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func requireNear(t *testing.T, what string, got, want, part float64) {
	t.Helper()
	if math.Abs(got-want) > part*math.Abs(want) {
		t.Errorf("%s: got %v, want %v within %v %%", what, got, want, 100*part)
	}
}

func TestPredict(t *testing.T) {
	// by hand: n=2, AHT 100 s, patience 50 s, one caller ahead
	w := Predict(0.02, 0.02, []bool{true}, 0, 0)
	requireNear(t, "mean", w.Mean, 50+25, 1e-12)
	requireNear(t, "variance", w.Variance, 2500+625, 1e-12)
	w = Predict(0.02, 0.02, []bool{false}, 0, 0) // a callback ahead does not give up
	requireNear(t, "mean behind a callback", w.Mean, 100, 1e-12)
}

// TestManyAhead: the integral beyond the first 64 is the sum.
func TestManyAhead(t *testing.T) {
	for _, leave := range []float64{0, 1e-9, 1. / 300, 1. / 10} {
		var sum Wait
		for i := 0; i <= 5000; i++ {
			sum.addStage(0.125 + leave*float64(i))
		}
		w := Ahead(0.125, leave, 5000)
		requireNear(t, "mean", w.Mean, sum.Mean, 1e-4)
		requireNear(t, "variance", w.Variance, sum.Variance, 1e-4)
		live := make([]bool, exact)
		for i := range live {
			live[i] = true
		}
		p := Predict(0.125, leave, live, 5000-exact, 5000-exact)
		requireNear(t, "the same, told caller by caller", p.Mean, sum.Mean, 1e-4)
	}
}

// TestQuantiles against drawn sums.
func TestQuantiles(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, ahead := range []int{0, 1, 5, 40} {
		w := Ahead(0.125, 1./300, ahead)
		const n = 200_000
		var under [3]int
		for range n {
			sum := 0.0
			for i := 0; i <= ahead; i++ {
				sum += r.ExpFloat64() / (0.125 + float64(i)/300)
			}
			for i, z := range []float64{Z50, Z80, Z90} {
				if sum <= w.Quantile(z, 1) {
					under[i]++
				}
			}
		}
		for i, want := range []float64{.5, .8, .9} {
			if got := float64(under[i]) / n; math.Abs(got-want) > 0.006 {
				t.Errorf("%d ahead: %.4f of the waits lie under p%.0f", ahead, got, 100*want)
			}
		}
	}
}

// TestPatience reproduces metrics 1.9: the mean of those who gave up is many
// times too short, the estimate is right.
func TestPatience(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var p Patience
	naive, gaveUp := 0.0, 0
	for range 400_000 {
		patience, offered := 300*r.ExpFloat64(), 40*r.ExpFloat64()
		p.Add(min(patience, offered), patience < offered)
		if patience < offered {
			naive += patience
			gaveUp++
		}
	}
	requireNear(t, "patience", p.Seconds(), 300, 0.01)
	if mean := naive / float64(gaveUp); mean > 100 {
		t.Errorf("the mean of those who gave up is %v; the test shows nothing", mean)
	}
	var few Patience
	few.Add(10, true)
	requireNear(t, "too few", few.Seconds(), PriorPatience, 0)
	few.Add(1e6, false)
	requireNear(t, "nobody gives up in a million seconds", few.Seconds(), 1e6/50, 0.01)
}

// TestCalibration: learned from the answered alone the factor would be far
// too small; weighted it is right.
func TestCalibration(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var c Calibration
	mean := 0.0
	const n = 200_000
	for i := range n {
		if offered := 120 * r.ExpFloat64(); offered < 300*r.ExpFloat64() {
			c.Learn(offered, 100, 300)
		}
		if i > n/2 {
			mean += c.Scale() / (n / 2)
		}
	}
	requireNear(t, "scale", mean, 1.2, 0.03)
}

func TestHandling(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var h Handling
	for range 4 {
		h.Busy(now, 100, true)
	}
	if _, ok := h.Seconds(now); ok {
		t.Error("four calls are no ground")
	}
	h.Busy(now, 100, true)
	if s, ok := h.Seconds(now); !ok || s != 100 {
		t.Errorf("five calls: %v %v", s, ok)
	}
	h.Learn(200, 0) // 20 calls of 200 s
	s, _ := h.Seconds(now)
	requireNear(t, "shrunk", s, (500+20*200)/25., 1e-9)
	later, _ := h.Seconds(now.Add(HandleHalfLife))
	requireNear(t, "half forgotten", later, (250+20*200)/22.5, 1e-9)
}

func TestSnap(t *testing.T) {
	for _, c := range []struct {
		p50, p90 float64
		want     string
	}{
		{20, 50, "wait-within-1"}, {70, 110, "wait-1-2"}, {100, 200, "wait-1-5"}, {40, 170, "wait-within-3"},
		{61, 62, "wait-1-2"}, {60, 61, "wait-within-2"}, {900, 1700, "wait-12-30"}, {1000, 1801, "wait-over-30"},
		{1700, 1750, "wait-20-30"},
	} {
		if got := Snap(c.p50, c.p90); got.Name != c.want {
			t.Errorf("%v to %v s: %s, want %s", c.p50, c.p90, got.Name, c.want)
		}
	}
	known := map[string]bool{}
	for _, p := range Phrases() {
		if known[p.Name] {
			t.Errorf("%s is there twice", p.Name)
		}
		known[p.Name] = true
	}
	for p50 := 1.0; p50 < 2000; p50 *= 1.1 {
		for p90 := p50; p90 < 2500; p90 *= 1.1 {
			p := Snap(p50, p90)
			if !known[p.Name] || p.High != 0 && 60*float64(p.High) < p90 {
				t.Fatalf("%v to %v: %+v", p50, p90, p)
			}
		}
	}
}
