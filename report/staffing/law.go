package staffing

import "math"

// Patience is the share of callers who wait longer than a time: 1 at 0, and never
// rising.
type Patience func(s float64) float64

// ExponentialPatience is a patience of this mean.
func ExponentialPatience(meanS float64) Patience {
	return func(s float64) float64 { return math.Exp(-s / meanS) }
}

// Tabled is p from a table of a value for each quarter of a second up to so many, and
// from there on falling by half as it did over the second half of the table's time; it
// makes a curve that takes long to look up fast.
func Tabled(p Patience, untilS float64) Patience {
	const step = 0.25
	table := make([]float64, int(untilS/step)+2)
	for i := range table {
		table[i] = p(float64(i) * step)
	}
	return func(s float64) float64 {
		i := int(s / step)
		if i+1 >= len(table) {
			return p(s)
		}
		part := s/step - float64(i)
		return table[i]*(1-part) + table[i+1]*part
	}
}

// Law is how long callers wait in the long run, with any patience: the density of the
// wait that is offered to a caller with endless patience is
//
//	v(x) = Rate p exp(Rate ∫₀ˣ Patience − Agents x / HandleS)
//
// where p is the probability that all agents but one are busy (Baccelli and Hebuterne,
// Performance '81).
type Law struct {
	line    Line
	wait    []float64 // x, from 0
	offered []float64 // v(x)
	stays   []float64 // Patience(x)
	free    float64   // the share that is answered at once
}

// lawSteps bounds the work for a line that never settles, as with callers of whom
// some wait for ever and too few agents.
const lawSteps = 200_000

// LawOf computes the law.
func LawOf(l Line, patience Patience) Law {
	capacity := float64(l.Agents) / l.HandleS
	law := Law{line: l}
	x, exponent, top := 0.0, 0.0, 0.0
	exponents := []float64{0}
	law.wait, law.stays = []float64{0}, []float64{patience(0)}
	for len(law.wait) < lawSteps {
		s := law.stays[len(law.stays)-1]
		h := max(0.002, min(0.25, 0.02/(math.Abs(l.Rate*s-capacity)+0.02), 0.02*l.HandleS))
		middle, end := patience(x+h/2), patience(x+h)
		exponent += l.Rate*h/6*(s+4*middle+end) - capacity*h
		x += h
		top = max(top, exponent)
		law.wait, law.stays, exponents = append(law.wait, x), append(law.stays, end), append(exponents, exponent)
		if exponent < top-30 {
			break
		}
	}
	for _, e := range exponents {
		law.offered = append(law.offered, math.Exp(e-top))
	}
	// Weights in the scale of exp(top): of the offered waits, and of an agent free.
	waits := l.Rate * law.integral(func(i int) float64 { return law.offered[i] }, math.Inf(1))
	free := 1.0
	if l.Agents > 1 {
		free = 1 / Blocked(l.Agents-1, l.Load())
	}
	free *= math.Exp(-top)
	if math.IsInf(free, 1) { // so many agents that hardly ever all of them are busy
		free = math.MaxFloat64
	}
	for i := range law.offered {
		law.offered[i] *= l.Rate / (free + waits)
	}
	law.free = free / (free + waits)
	return law
}

// integral is that of a function of the steps up to a wait, by the trapezoid rule.
func (w Law) integral(of func(i int) float64, until float64) (sum float64) {
	for i := 1; i < len(w.wait); i++ {
		from, to := w.wait[i-1], w.wait[i]
		if from >= until {
			break
		}
		left, right := of(i-1), of(i)
		if to > until {
			right = left + (right-left)*(until-from)/(to-from)
			to = until
		}
		sum += (to - from) * (left + right) / 2
	}
	return sum
}

// Figures are those of the line, with the share that is answered within the target.
func (w Law) Figures(targetS float64) Figures {
	f := Figures{HaveToWait: 1 - w.free}
	served := w.integral(func(i int) float64 { return w.offered[i] * w.stays[i] }, math.Inf(1))
	f.Abandoned = min(1, max(0, f.HaveToWait-served))
	f.Within = min(1, w.free+w.integral(func(i int) float64 { return w.offered[i] * w.stays[i] }, targetS))
	f.MeanWaitS = w.mean()
	f.Waiting = w.line.Rate * f.MeanWaitS
	f.Occupancy = min(1, w.line.Load()*(1-f.Abandoned)/float64(w.line.Agents))
	return f
}

// longer are, at each step, the shares of callers who are offered a longer wait.
func (w Law) longer() []float64 {
	list := make([]float64, len(w.wait))
	for i := len(list) - 2; i >= 0; i-- {
		list[i] = list[i+1] + (w.wait[i+1]-w.wait[i])*(w.offered[i]+w.offered[i+1])/2
	}
	return list
}

// mean is the mean wait of all callers: who gives up waits for the patience, who does
// not for what is offered.
func (w Law) mean() float64 {
	longer := w.longer()
	return w.integral(func(i int) float64 { return longer[i] * w.stays[i] }, math.Inf(1))
}

// Longer is the share of all callers who wait longer than s.
func (w Law) Longer(s float64) float64 {
	longer := w.longer()
	for i := 1; i < len(w.wait); i++ {
		if w.wait[i] >= s {
			part := (s - w.wait[i-1]) / (w.wait[i] - w.wait[i-1])
			return (longer[i-1] + part*(longer[i]-longer[i-1])) * (w.stays[i-1] + part*(w.stays[i]-w.stays[i-1]))
		}
	}
	return 0
}
