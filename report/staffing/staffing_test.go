package staffing

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func near(a, b, by float64) bool { return math.Abs(a-b) <= by }

// hourly is callers by hour, and their handling time in seconds.
func line(n int, callers, within, handle float64) Line {
	return Line{Agents: n, Rate: callers / within, HandleS: handle}
}

// TestErlangC: the worked values of textbooks and planners' tables (metrics 3.2).
func TestErlangC(t *testing.T) {
	t.Parallel()
	if c := HaveToWait(3, 2); !near(c, 4.0/9, 1e-12) { // Gross and Harris, the eye clinic
		t.Errorf("the clinic: %v", c)
	}
	clinic := line(3, 6, 3600, 1200).Patient(0)
	if !near(clinic.Waiting, 8.0/9, 1e-9) || !near(clinic.MeanWaitS/60, 8.889, 0.001) {
		t.Errorf("the clinic: %+v", clinic)
	}
	hospital := line(2, 2, 3600, 1200).Patient(0) // Hillier and Lieberman
	if !near(hospital.HaveToWait, 1.0/6, 1e-12) || !near(hospital.Waiting, 1.0/12, 1e-12) || !near(hospital.MeanWaitS, 3600.0/24, 1e-9) {
		t.Errorf("the hospital: %+v", hospital)
	}
	if c := HaveToWait(2, 1.6); !near(c, 32.0/45, 1e-12) { // Winston, the bank
		t.Errorf("the bank: %v", c)
	}
	for _, c := range []struct {
		l                 Line
		target            float64
		waits, share, asa float64
		by                float64 // of the mean wait
	}{
		{line(11, 100, 1800, 180), 20, .68212, .38961, 122.78, 0.01},
		{line(12, 100, 1800, 180), 20, .44939, .64016, 40.44, 0.01},
		{line(13, 100, 1800, 180), 20, .28527, .79560, 17.12, 0.01},
		{line(14, 100, 1800, 180), 20, .17413, .88835, 7.836, 0.001},
		{line(55, 360, 1800, 240), 15, .23870, .84588, 8.184, 0.001},
		{line(50, 48, 60, 60), 20, .69446, -1, 20.83, 0.01},
	} {
		f := c.l.Patient(c.target)
		if !near(f.HaveToWait, c.waits, 0.000006) || c.share >= 0 && !near(f.Within, c.share, 0.000006) || !near(f.MeanWaitS, c.asa, c.by) {
			t.Errorf("%+v: %+v", c.l, f)
		}
	}
	for n, want := range map[int][2]float64{30: {298.1, .238}, 31: {106.7, .457}, 32: {53.7, .618}, 33: {30.4, .735}, 35: {11.2, .879}} { // Klenke and Reynolds
		if f := line(n, 350, 3600, 300).Patient(30); !near(f.MeanWaitS, want[0], 0.06) || !near(f.Within, want[1], 0.0006) {
			t.Errorf("%d agents: %+v, want %v", n, f, want)
		}
	}
	for i, share := range []float64{.235, .452, .613, .730, .815, .875, .917, .946} { // Cleveland
		asa, waits := []float64{208.7, 74.7, 37.6, 21.3, 12.7, 7.8, 4.9, 3.1}[i], []float64{.828, .652, .507, .388, .293, .218, .159, .114}[i]
		if f := line(30+i, 250, 1800, 210).Patient(20); !near(f.Within, share, 0.0006) || !near(f.MeanWaitS, asa, 0.06) || !near(f.HaveToWait, waits, 0.0006) {
			t.Errorf("%d agents: %+v", 30+i, f)
		}
	}
	if a, b := line(45, 430, 1800, 170).Patient(20), line(46, 430, 1800, 170).Patient(20); !near(a.Within, .7630, 0.00006) || !near(b.Within, .8341, 0.00006) {
		t.Errorf("45 and 46 agents: %v %v", a.Within, b.Within)
	}
	if n := (Goal{TargetS: 20, Share: 0.8}).Need(430.0/1800, 170, nil); n != 46 { // Portage
		t.Errorf("80/20 needs %d, want 46", n)
	}
	for i, want := range [][2]float64{{136.9, .356}, {51.1, .593}, {24.9, .748}, {13.4, .847}, {7.5, .909}} { // SWPP 2018, by 180 s
		if f := (Line{21 + i, 20.0 / 180, 180}).Patient(30); !near(f.MeanWaitS, want[0], 0.06) || !near(f.Within, want[1], 0.0006) {
			t.Errorf("%d agents: %+v", 21+i, f)
		}
	}
	if over := line(5, 200, 1800, 180).Patient(20); over.HaveToWait != 1 || over.Within != 0 || over.Occupancy != 1 || !math.IsInf(over.MeanWaitS, 1) {
		t.Errorf("more work than agents: %+v", over)
	}
}

func TestErlangB(t *testing.T) {
	t.Parallel()
	if b := Blocked(10, 20); !near(b, .5379631686, 1e-9) {
		t.Errorf("20 Erlang on 10 lines: %v", b)
	}
	if b := Blocked(1, 5); !near(b, .8333333333, 1e-9) {
		t.Errorf("5 Erlang on a line: %v", b)
	}
	for n, a := range map[int]float64{5: 1.3608, 10: 4.4612, 20: 12.0306, 100: 84.064} { // the tables for 1 %
		if b := Blocked(n, a); !near(b, 0.01, 0.00001) {
			t.Errorf("%v Erlang on %d lines: %v, want 1 %%", a, n, b)
		}
	}
}

// TestErlangA: Garnett, Mandelbaum and Reiman; the identity with a Poisson state where
// patience is as long as handling; and that the sum and the law agree.
func TestErlangA(t *testing.T) {
	t.Parallel()
	same := line(50, 48, 60, 60)
	f, law := same.Exponential(120), LawOf(same, ExponentialPatience(120))
	if !near(f.Abandoned, .03091, 0.000006) || !near(f.MeanWaitS, 3.709, 0.0006) || !near(f.Waiting, 2.968, 0.0006) || !near(f.HaveToWait, .46777, 0.000006) || !near(f.Occupancy, .9303, 0.00006) {
		t.Errorf("50 agents with 48 Erlang: %+v", f)
	}
	if p90 := law.Longer(12.44); !near(p90, 0.1, 0.0003) {
		t.Errorf("%v wait longer than 12.44 s, want a tenth", p90)
	}
	for _, c := range []struct {
		n                  int
		a, waits, abandons float64
	}{{100, 102, .59172, .04992}, {10, 10, .54207, .12511}} {
		if f := (Line{c.n, c.a / 60, 60}).Exponential(60); !near(f.HaveToWait, c.waits, 0.000006) || !near(f.Abandoned, c.abandons, 0.000006) {
			t.Errorf("%d agents with %v Erlang: %+v", c.n, c.a, f)
		}
	}
	for n, want := range map[int][3]float64{10: {.13746, 16.50, .63994}, 12: {.06160, 7.392, .82558}} {
		l := line(n, 100, 1800, 180)
		f := LawOf(l, ExponentialPatience(120)).Figures(20)
		if !near(f.Abandoned, want[0], 0.00005) || !near(f.MeanWaitS, want[1], 0.006) || !near(f.Within, want[2], 0.00005) {
			t.Errorf("%d agents: %+v, want %v", n, f, want)
		}
	}
	// Halfin and Whitt: the square root of the load as a margin.
	for beta, want := range map[float64]float64{.5: .50454, 1: .22336, 2: .02688} {
		const n = 4_000_000
		a := n - beta*math.Sqrt(n)
		if c := HaveToWait(n, a); !near(c, want, 0.001) {
			t.Errorf("a margin of %v: %v, want about %v", beta, c, want)
		}
	}
}

// TestLawsAgree: whatever the line, the figures are shares, fit each other, and the sum
// over the states says the same as the law; more agents wait less.
func TestLawsAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(rt, "agents")
		handle := rapid.Float64Range(30, 900).Draw(rt, "handle")
		l := Line{n, rapid.Float64Range(0.3, 1.4).Draw(rt, "load") * float64(n) / handle, handle}
		patience := rapid.Float64Range(20, 900).Draw(rt, "patience")
		sum, law := l.Exponential(patience), LawOf(l, ExponentialPatience(patience)).Figures(20)
		if !near(sum.HaveToWait, law.HaveToWait, 0.0005) || !near(sum.Abandoned, law.Abandoned, 0.0005) || !near(sum.MeanWaitS, law.MeanWaitS, 0.01+0.002*sum.MeanWaitS) {
			rt.Fatalf("%+v: the sum says %+v, the law %+v", l, sum, law)
		}
		if law.Within < 0 || law.Within > 1 || sum.Occupancy > 1+1e-9 || !near(sum.Occupancy*float64(n), l.Load()*(1-sum.Abandoned), 1e-6) {
			rt.Fatalf("%+v: %+v and %+v", l, sum, law)
		}
		more := l
		more.Agents++
		if c, d := HaveToWait(n, l.Load()), HaveToWait(n+1, l.Load()); d > c {
			rt.Fatalf("with an agent more %v wait in place of %v", d, c)
		}
		if e := more.Exponential(patience); e.Abandoned > sum.Abandoned || e.HaveToWait > sum.HaveToWait {
			rt.Fatalf("with an agent more %+v in place of %+v", e, sum)
		}
		if a, b := l.Exponential(1e-4), Blocked(n, l.Load()); !near(a.Abandoned, b, 0.002) { // nobody waits
			rt.Fatalf("without patience %v give up, %v are blocked", a.Abandoned, b)
		}
		if l.Load() < 0.9*float64(n) {
			if a, c := l.Exponential(1e9), l.Patient(20); !near(a.HaveToWait, c.HaveToWait, 0.001) || !near(a.MeanWaitS, c.MeanWaitS, 0.01*c.MeanWaitS+0.001) {
				rt.Fatalf("with endless patience %+v, without giving up %+v", a, c)
			}
		}
	})
}

// TestLargeLines: nothing overflows with thousands of agents, nor far above the load.
func TestLargeLines(t *testing.T) {
	t.Parallel()
	for _, a := range []float64{1, 2500, 4999.9, 5000, 5500, 50_000} {
		l := Line{5000, a / 180, 180}
		for _, f := range []Figures{l.Exponential(120), LawOf(l, ExponentialPatience(120)).Figures(20)} {
			for _, x := range []float64{f.HaveToWait, f.Abandoned, f.Within, f.Occupancy} {
				if math.IsNaN(x) || x < 0 || x > 1+1e-9 {
					t.Errorf("5000 agents, %v Erlang: %+v", a, f)
				}
			}
			if a == 50_000 && !near(f.Abandoned, 0.9, 0.001) {
				t.Errorf("of ten times the work nine tenths are not done: %+v", f)
			}
		}
		if c := HaveToWait(5000, a); math.IsNaN(c) || c < 0 || c > 1 {
			t.Errorf("5000 agents, %v Erlang: %v", a, c)
		}
	}
}

// TestNeed: the fewest agents who reach the goal, Erlang C as the upper bound, and a
// patience that is no formula.
func TestNeed(t *testing.T) {
	t.Parallel()
	uneven := func(s float64) float64 { // a fifth leaves at once
		switch {
		case s <= 0:
			return 1
		case s < 60:
			return 0.8
		default:
			return 0.8 * math.Exp(-(s-60)/200)
		}
	}
	for _, p := range []Patience{ExponentialPatience(120), uneven, Tabled(uneven, 600)} {
		for _, rate := range []float64{0.002, 0.05, 0.5, 3} {
			g := Goal{TargetS: 20, Share: 0.8, Occupancy: 0.85}
			n, c := g.Need(rate, 180, p), g.Need(rate, 180, nil)
			f, less := LawOf(Line{n, rate, 180}, p).Figures(20), Figures{}
			if n > 1 {
				less = LawOf(Line{n - 1, rate, 180}, p).Figures(20)
			}
			if f.Within < 0.8 || f.Occupancy > 0.85 || n > 1 && less.Within >= 0.8 && less.Occupancy <= 0.85 {
				t.Errorf("%v a second: %d agents have %+v, one less %+v", rate, n, f, less)
			}
			if f.Abandoned < 0.19 && n > c { // who leaves at once is not answered within 20 s, also with an agent for each
				t.Errorf("%v a second: %d are needed, more than the upper bound %d", rate, n, c)
			}
		}
	}
	if n := (Goal{TargetS: 20, Share: 0.8}).Need(0, 180, nil); n != 0 {
		t.Errorf("nobody needs %d agents", n)
	}
	if n := (Goal{Shrinkage: 0.3}).Rostered(14); n != 20 {
		t.Errorf("for 14 of 20 there are %d on the roster", n)
	}
	if n := (Goal{}).Rostered(14); n != 14 {
		t.Errorf("without shrinkage there are %d on the roster", n)
	}
}

// BenchmarkPlan makes the plan of a week of a large queue, some 100 Erlang.
func BenchmarkPlan(b *testing.B) {
	monday := time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)
	past := Past{Now: monday, Arrived: map[int64]float64{}, Present: map[int64]float64{}}
	for week := 1; week <= 8; week++ {
		for half := range 7 * 48 {
			at := monday.Add(time.Duration(half)*halfHour - time.Duration(week)*7*24*time.Hour)
			past.Arrived[at.Unix()], past.Present[at.Unix()] = 900+10*float64(half%48)+50*float64(week%3), 95
		}
	}
	terms := Terms{Goal: Goal{TargetS: 20, Share: 0.8, Occupancy: 0.85}, HandleS: 180, Patience: ExponentialPatience(200)}
	for b.Loop() {
		Plan(monday, monday.AddDate(0, 0, 7), past, terms)
	}
}
