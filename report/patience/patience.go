// Package patience estimates how long callers are willing to wait, from how long
// they did wait and how it ended.
//
// The mean wait of those who gave up says nothing about it: only they are seen whose
// patience was shorter than the wait that lay before them, so it is short by a factor
// of 4 to 13 (see the test). Who was answered, called back or sent elsewhere was
// patient at least as long as that; such a wait is censored, and the product-limit
// estimate counts it as what it is (Kaplan and Meier, J. Am. Stat. Assoc. 53, 1958).
// That a caller takes a callback is not independent of patience, so Incidence shows
// beside the curve what really became of callers.
package patience

import (
	"cmp"
	"math"
	"slices"
)

// End is how a wait ended, as far as patience is concerned.
type End string

// The ends. All but Abandoned are censored waits in Survival; Open is so in
// Incidence, too, for it has not ended.
const (
	Abandoned End = "abandoned"
	Callback  End = "callback"
	Answered  End = "answered"
	Other     End = "other"
	Open      End = "open"
)

// Wait is how many callers waited so long.
type Wait struct {
	S   float64 `db:"s"` // seconds
	End End     `db:"ended"`
	N   int     `db:"n"`
}

// leastAtRisk is how few callers may still be waiting where a curve stops: beyond it
// the band is so wide that the curve only misleads.
const leastAtRisk = 30

// z95 is the 97.5 % quantile of the normal distribution.
const z95 = 1.959963984540054

// Point is a step of a curve: from AtS on this share of the callers would still
// wait, if nobody answered.
type Point struct {
	AtS    float64 `json:"at_s"`
	Share  float64 `json:"share"`
	Low    float64 `json:"low"` // of the 95 % band by Greenwood's formula
	High   float64 `json:"high"`
	AtRisk int     `json:"at_risk"` // callers who waited until then
}

// Curve is the share of callers whose patience is longer than a time.
type Curve struct {
	Points []Point // by AtS; before the first the share is 1
	EndS   float64 // until when the curve is known
}

// Survival is the Kaplan-Meier curve of the waits.
func Survival(waits []Wait) Curve {
	list := byTime(waits)
	left := count(list)
	c, share, sum := Curve{}, 1.0, 0.0
	for i := 0; i < len(list); {
		if left < leastAtRisk {
			return c
		}
		at, events, all := list[i].S, 0, 0
		for ; i < len(list) && list[i].S == at; i++ {
			all += list[i].N
			if list[i].End == Abandoned {
				events += list[i].N
			}
		}
		c.EndS = at
		if events > 0 {
			share *= 1 - float64(events)/float64(left)
			if left > events {
				sum += float64(events) / (float64(left) * float64(left-events))
			}
			half := z95 * share * math.Sqrt(sum)
			c.Points = append(c.Points, Point{at, share, max(0, share-half), min(1, share+half), left})
		}
		left -= all
	}
	return c
}

// byTime are the waits, the shortest first.
func byTime(waits []Wait) []Wait {
	list := slices.Clone(waits)
	slices.SortFunc(list, func(a, b Wait) int { return cmp.Compare(a.S, b.S) })
	return list
}

func count(waits []Wait) (n int) {
	for _, w := range waits {
		n += w.N
	}
	return n
}

// At is the share of callers who are patient for longer than s; the last known where
// the curve has stopped.
func (c Curve) At(s float64) float64 {
	i, _ := slices.BinarySearchFunc(c.Points, s, func(p Point, s float64) int {
		if p.AtS <= s {
			return -1
		}
		return 1
	})
	if i == 0 {
		return 1
	}
	return c.Points[i-1].Share
}

// Median is the time that half of the callers would not wait; nil: not reached, which
// is good news.
func (c Curve) Median() *float64 {
	for _, p := range c.Points {
		if p.Share <= 0.5 {
			return &p.AtS
		}
	}
	return nil
}

// RestrictedMean is the mean patience, where all longer than s count as s: the area
// below the curve.
func (c Curve) RestrictedMean(s float64) float64 {
	area, share, from := 0.0, 1.0, 0.0
	for _, p := range c.Points {
		if p.AtS >= s {
			break
		}
		area += share * (p.AtS - from)
		share, from = p.Share, p.AtS
	}
	return area + share*(s-from)
}

// Thin leaves at most one step in each so many seconds, the last.
func (c Curve) Thin(seconds float64) Curve {
	thin := Curve{EndS: c.EndS}
	for i, p := range c.Points {
		if i+1 == len(c.Points) || math.Floor(c.Points[i+1].AtS/seconds) > math.Floor(p.AtS/seconds) {
			thin.Points = append(thin.Points, p)
		}
	}
	return thin
}

// Mean is the mean of an exponential patience that makes the waits likeliest: all
// seconds waited through the callers who gave up. nil: nobody did.
func Mean(waits []Wait) *float64 {
	seconds, gaveUp := 0.0, 0
	for _, w := range waits {
		seconds += w.S * float64(w.N)
		if w.End == Abandoned {
			gaveUp += w.N
		}
	}
	if gaveUp == 0 {
		return nil
	}
	mean := seconds / float64(gaveUp)
	return &mean
}

// Bin is a stretch of waiting, and how many gave up in it. A stretch with a high rate
// tells of what drives callers away then, as an announcement.
type Bin struct {
	FromS     float64  `json:"from_s"`
	ToS       float64  `json:"to_s"`
	Abandoned int      `json:"abandoned"`
	RiskS     float64  `json:"risk_s"`     // seconds waited in it by all
	PerMinute *float64 `json:"per_minute"` // Abandoned by minute waited; nil: nobody waited
}

// Hazard tells how many give up by minute waited, in stretches between the edges,
// which are sorted; the last of them ends the last stretch.
func Hazard(waits []Wait, edges []float64) []Bin {
	bins := make([]Bin, max(0, len(edges)-1))
	for i := range bins {
		b := &bins[i]
		b.FromS, b.ToS = edges[i], edges[i+1]
		for _, w := range waits {
			if w.S >= b.FromS {
				b.RiskS += float64(w.N) * (min(w.S, b.ToS) - b.FromS)
			}
			if w.End == Abandoned && w.S >= b.FromS && w.S < b.ToS {
				b.Abandoned += w.N
			}
		}
		if b.RiskS > 0 {
			rate := 60 * float64(b.Abandoned) / b.RiskS
			b.PerMinute = &rate
		}
	}
	return bins
}

// Became is what has become of callers until AtS, in shares of all who came. They
// add up to 1 with those who still wait.
type Became struct {
	AtS       float64 `json:"at_s"`
	Abandoned float64 `json:"abandoned"`
	Callback  float64 `json:"callback"`
	Answered  float64 `json:"answered"`
	Other     float64 `json:"other"`
}

// Incidence tells how many callers had given up, taken a callback, been answered or
// ended otherwise after each so many seconds, until fewer than 30 wait (Aalen and
// Johansen, Scand. J. Stat. 5, 1978).
func Incidence(waits []Wait, seconds float64) (list []Became) {
	sorted := byTime(waits)
	left, waiting, now := count(sorted), 1.0, Became{}
	for i := 0; i < len(sorted) && left >= leastAtRisk; {
		at, ends := sorted[i].S, map[End]int{}
		for ; i < len(sorted) && sorted[i].S == at; i++ {
			ends[sorted[i].End] += sorted[i].N
		}
		part := waiting / float64(left)
		now.Abandoned += part * float64(ends[Abandoned])
		now.Callback += part * float64(ends[Callback])
		now.Answered += part * float64(ends[Answered])
		now.Other += part * float64(ends[Other])
		over := ends[Abandoned] + ends[Callback] + ends[Answered] + ends[Other]
		waiting -= part * float64(over)
		left -= over + ends[Open]
		if n := len(list); n > 0 && math.Floor(list[n-1].AtS/seconds) == math.Floor(at/seconds) {
			list = list[:n-1]
		}
		now.AtS = at
		list = append(list, now)
	}
	return list
}
