package staffing

import (
	"math"
	"sort"
)

// Goal is what a line must reach.
type Goal struct {
	TargetS   float64 // answered within this…
	Share     float64 // …is this share of all callers, 0 to 1
	Occupancy float64 // and agents work no more of their time than this, 0 to 1; 0: no bound
	Shrinkage float64 // the share of the time paid in which an agent is not there, 0 to below 1
}

// Need is the fewest agents with whom callers of this rate are served as the goal says;
// 0 where nobody comes. patience nil: nobody gives up (Erlang C).
func (g Goal) Need(rate, handleS float64, patience Patience) int {
	if rate <= 0 || handleS <= 0 {
		return 0
	}
	reached := func(n int) bool {
		l := Line{Agents: n, Rate: rate, HandleS: handleS}
		var f Figures
		if patience == nil {
			f = l.Patient(g.TargetS)
		} else {
			f = LawOf(l, patience).Figures(g.TargetS)
		}
		return f.Within >= g.Share && (g.Occupancy == 0 || f.Occupancy <= g.Occupancy)
	}
	// No more callers are answered than the agents have time for, so fewer than this
	// share of the load never reach the goal.
	least := max(1, int(g.Share*rate*handleS))
	more := max(1, int(rate*handleS)+1-least) // mostly a few more than the load are needed
	for !reached(least + more - 1) {
		more += 2 + more/8
		if more > 20_000 {
			return least + more
		}
	}
	return least + sort.Search(more-1, func(i int) bool { return reached(least + i) })
}

// Rostered is how many agents must be on the roster for n to be there: of ten paid
// hours seven are worked where the shrinkage is 0.3. It is rounded once, at the end.
func (g Goal) Rostered(n int) int {
	return int(math.Ceil(float64(n)/(1-g.Shrinkage) - 1e-9))
}
