package staffing

import (
	"math"
	"time"
)

// Half hours are the grain of a plan.
const halfHour = 30 * time.Minute

// How many weeks a plan looks back.
const (
	arrivalWeeks = 8
	presentWeeks = 4
)

// Past is what is known of the half hours that are over, by their beginning in Unix
// seconds; where nobody came or was there, nothing need stand.
type Past struct {
	Since   time.Time // when the books of the queue begin; weeks before count for nothing
	Now     time.Time
	Arrived map[int64]float64 // callers
	Present map[int64]float64 // agents, in the mean
}

// Terms are the terms of a plan.
type Terms struct {
	Goal
	HandleS  float64
	Patience Patience
}

// HalfHour is one of a plan. Callers is the mean of the same weekday and half hour of
// the weeks before, SD their standard deviation from week to week. Needed is for
// the mean, OneMore and TwoMore for one and two standard deviations above it, Bound for
// the mean if nobody gave up (Erlang C), all within the limits of Terms.
type HalfHour struct {
	Start   time.Time `json:"start"`
	Weeks   int       `json:"weeks"` // that were looked at
	Callers float64   `json:"callers"`
	SD      float64   `json:"sd"`

	Needed   int `json:"needed"`
	OneMore  int `json:"needed_1sd"`
	TwoMore  int `json:"needed_2sd"`
	Bound    int `json:"needed_at_most"`
	Rostered int `json:"rostered"` // for Needed, with the shrinkage

	Present   *float64 `json:"present"`   // agents who were there then in the weeks before, in the mean; nil: not known
	Within    *float64 `json:"within"`    // with so many, rounded: the share answered within the target; nil: nobody comes
	Abandoned *float64 `json:"abandoned"` // …and that gives up
}

// Plan tells what each half hour from one local time to another needs.
func Plan(from, to time.Time, past Past, terms Terms) (list []HalfHour) {
	memo, served := map[[2]float64]int{}, map[[2]float64]Figures{}
	for t := from; t.Before(to); t = t.Add(halfHour).In(from.Location()) {
		h := HalfHour{Start: t}
		var callers, present []float64
		for back := 1; back <= arrivalWeeks+1 && len(callers) < arrivalWeeks; back++ {
			u, ok := weeksBefore(t, back)
			if !ok || u.Before(past.Since) || u.Add(halfHour).After(past.Now) {
				continue
			}
			callers = append(callers, past.Arrived[u.Unix()])
			if len(present) < presentWeeks {
				present = append(present, past.Present[u.Unix()])
			}
		}
		if h.Weeks = len(callers); h.Weeks > 0 {
			h.Callers, h.SD = spread(callers)
			mean, _ := spread(present)
			h.Present = &mean
		}
		h.Needed = terms.need(memo, h.Callers, terms.Patience)
		h.OneMore = terms.need(memo, h.Callers+h.SD, terms.Patience)
		h.TwoMore = terms.need(memo, h.Callers+2*h.SD, terms.Patience)
		h.Bound = max(h.Needed, terms.need(memo, h.Callers, nil))
		h.Rostered = terms.Rostered(h.Needed)
		if h.Present != nil && h.Callers > 0 {
			key := [2]float64{math.Round(*h.Present), h.Callers}
			if _, known := served[key]; !known {
				served[key] = terms.with(int(key[0]), h.Callers)
			}
			f := served[key]
			h.Within, h.Abandoned = &f.Within, &f.Abandoned
		}
		list = append(list, h)
	}
	return list
}

// weeksBefore is the half hour of the same weekday and clock some weeks before t; false
// where that clock time is there not once, for the clocks were changed.
func weeksBefore(t time.Time, back int) (u time.Time, once bool) {
	y, m, d := t.Date()
	u = time.Date(y, m, d-7*back, t.Hour(), t.Minute(), 0, 0, t.Location())
	for _, by := range []time.Duration{0, -time.Hour, -halfHour, halfHour, time.Hour} {
		other := u.Add(by)
		if same := other.Hour() == t.Hour() && other.Minute() == t.Minute(); same != (by == 0) {
			return u, false
		}
	}
	return u, true
}

// spread is the mean and the standard deviation.
func spread(xs []float64) (mean, sd float64) {
	for _, x := range xs {
		mean += x / float64(len(xs))
	}
	for _, x := range xs {
		sd += (x - mean) * (x - mean)
	}
	if len(xs) < 2 {
		return mean, 0
	}
	return mean, math.Sqrt(sd / float64(len(xs)-1))
}

// need is the agents for so many callers in the half hour, to three digits of them.
func (t Terms) need(memo map[[2]float64]int, callers float64, p Patience) int {
	if callers <= 0 {
		return 0
	}
	digit := math.Pow(10, math.Floor(math.Log10(callers))-2)
	key := [2]float64{math.Round(callers/digit) * digit, 0}
	if p == nil {
		key[1] = 1
	}
	if _, known := memo[key]; !known {
		memo[key] = t.Need(key[0]/halfHour.Seconds(), t.HandleS, p)
	}
	return memo[key]
}

// with is how so many agents serve so many callers in the half hour; without an agent
// all give up.
func (t Terms) with(agents int, callers float64) Figures {
	if agents < 1 {
		return Figures{HaveToWait: 1, Abandoned: 1}
	}
	return LawOf(Line{agents, callers / halfHour.Seconds(), t.HandleS}, t.Patience).Figures(t.TargetS)
}

// Block is a stretch of a day in which as many agents are needed.
type Block struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Needed int       `json:"needed"`
}

// Blocks joins the half hours of a plan that need as many; those that need nobody are
// left out.
func Blocks(plan []HalfHour) (list []Block) {
	for _, h := range plan {
		end := h.Start.Add(halfHour)
		switch n := len(list); {
		case h.Needed == 0:
		case n > 0 && list[n-1].To.Equal(h.Start) && list[n-1].Needed == h.Needed:
			list[n-1].To = end
		default:
			list = append(list, Block{h.Start, end, h.Needed})
		}
	}
	return list
}
