// Package staffing computes how many agents a queue needs: by Erlang's formulas, and by
// the law of waiting with any patience of its callers.
//
// The formulas are recursions of positive terms without factorials, so they are exact
// for thousands of agents too. Erlang C, whose callers wait for ever, asks for too many
// agents where callers give up, and has no answer where work is more than agents: it is
// an upper bound. Erlang A, the same with impatience (Palm 1957; Garnett, Mandelbaum and
// Reiman, M&SOM 4, 2002), is what advice goes by.
//
// Times are seconds and rates are by second. The load is a = Rate × HandleS, in Erlang.
package staffing

import "math"

// Line is a queue with its agents.
type Line struct {
	Agents  int     // at least 1
	Rate    float64 // callers by second, above 0
	HandleS float64 // mean seconds that a caller keeps an agent busy, above 0
}

// Load is the work that comes, in Erlang: how many agents it keeps busy.
func (l Line) Load() float64 { return l.Rate * l.HandleS }

// Blocked is the share of callers who find all lines busy and are turned away, of a load
// of a on n lines (Erlang B).
func Blocked(n int, a float64) float64 {
	b := 1.0
	for k := 1; k <= n; k++ {
		b = a * b / (float64(k) + a*b)
	}
	return b
}

// HaveToWait is the share of callers who wait where none gives up (Erlang C); 1 where
// the work is as much as the agents or more.
func HaveToWait(n int, a float64) float64 {
	if a >= float64(n) {
		return 1
	}
	b := Blocked(n, a)
	return float64(n) * b / (float64(n) - a*(1-b))
}

// Figures are how a line serves in the long run. Shares are of all callers.
type Figures struct {
	HaveToWait float64 // share that is not answered at once
	Abandoned  float64 // share that gives up
	Within     float64 // share that is answered within the target
	MeanWaitS  float64 // of all, however it ended; +Inf where a line without impatience only grows
	Waiting    float64 // mean number of callers in line
	Occupancy  float64 // share of the agents' time that is work
}

// Patient is the line where nobody gives up (Erlang C). Where the work is as much as
// the agents or more, the line grows for ever: nobody is answered within the target.
func (l Line) Patient(targetS float64) Figures {
	a, n := l.Load(), float64(l.Agents)
	f := Figures{HaveToWait: HaveToWait(l.Agents, a), Occupancy: min(1, a/n)}
	if a >= n {
		f.MeanWaitS, f.Waiting = math.Inf(1), math.Inf(1)
		return f
	}
	f.MeanWaitS = f.HaveToWait * l.HandleS / (n - a)
	f.Waiting = l.Rate * f.MeanWaitS
	f.Within = 1 - f.HaveToWait*math.Exp(-(n-a)*targetS/l.HandleS)
	return f
}

// Exponential is the line whose callers have an exponential patience of this mean
// (Erlang A), as a sum over the states of the line. It tells no share within a target;
// Impatient does.
func (l Line) Exponential(patienceS float64) Figures {
	mu, theta := 1/l.HandleS, 1/patienceS
	// Weights of the states with j callers in line, and first, that of none; they are
	// scaled together, since the greatest may be of thousands of callers.
	first, x, sum, line := 1.0, 1.0, 1.0, 0.0
	for j := 1; ; j++ {
		ratio := l.Rate / (float64(l.Agents)*mu + float64(j)*theta)
		x *= ratio
		sum += x
		line += float64(j) * x
		if x < 1e-17*sum && ratio < 1 {
			break
		}
		if sum > 1e200 {
			first, x, sum, line = first/1e200, x/1e200, sum/1e200, line/1e200
		}
	}
	all := sum + first*(1/Blocked(l.Agents, l.Load())-1) // with the states in which an agent is free
	f := Figures{HaveToWait: sum / all, Waiting: line / all}
	f.Abandoned = min(1, theta*f.Waiting/l.Rate)
	f.MeanWaitS = f.Waiting / l.Rate
	f.Occupancy = l.Load() * (1 - f.Abandoned) / float64(l.Agents)
	return f
}
