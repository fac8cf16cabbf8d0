package estimate

import (
	"math"
	"time"
)

// Fading is a sum in which what is old counts less: half after each half-life.
type Fading struct {
	Half time.Duration
	sum  float64
	at   time.Time
}

// Add adds x at now.
func (f *Fading) Add(now time.Time, x float64) {
	f.sum = f.Value(now) + x
	f.at = now
}

// Value returns the sum as it counts at now.
func (f *Fading) Value(now time.Time) float64 {
	if f.sum == 0 || f.Half <= 0 || !now.After(f.at) {
		return f.sum
	}
	return f.sum * math.Exp2(-now.Sub(f.at).Seconds()/f.Half.Seconds())
}

// HandleHalfLife is how fast a queue's handling time forgets.
const HandleHalfLife = 45 * time.Minute

// historyWeight is for how many calls of today the same hour of the last four
// weeks counts.
const historyWeight = 20

// Handling measures how long an agent is busy with a call, everything
// included: ringing, joining, talk and wrap-up, and offers that came to nothing.
type Handling struct {
	busy, calls Fading
	finished    int     // today
	history     float64 // seconds; 0 none
}

// Busy tells that an agent was busy for the queue; done, that a call was
// finished with it.
func (h *Handling) Busy(now time.Time, seconds float64, done bool) {
	h.busy.Half, h.calls.Half = HandleHalfLife, HandleHalfLife
	h.busy.Add(now, seconds)
	if done {
		h.calls.Add(now, 1)
		h.finished++
	}
}

// Learn takes what was before: seconds per call in this hour of the last
// weeks, and the calls finished today.
func (h *Handling) Learn(seconds float64, finished int) {
	h.history = seconds
	h.finished = max(h.finished, finished)
}

// Seconds returns the seconds per call, and whether there is ground for it:
// a history, or five calls.
func (h *Handling) Seconds(now time.Time) (s float64, ok bool) {
	busy, calls := h.busy.Value(now), h.calls.Value(now)
	if h.history > 0 {
		busy += historyWeight * h.history
		calls += historyWeight
	} else if h.finished < 5 {
		return 0, false
	}
	if calls < 0.01 || busy <= 0 {
		return 0, false
	}
	return busy / calls, true
}

// Patience estimates how long callers wait before they give up: all seconds
// waited by all, through the number who gave up. The mean of those who gave
// up would be many times too short, since only the impatient are among them.
type Patience struct {
	waited   float64
	abandons int
}

// PriorPatience is taken, in seconds, while fewer than 50 have given up.
const (
	PriorPatience = 300.0
	minAbandons   = 50
)

// Add takes one visit that is over.
func (p *Patience) Add(waited float64, abandoned bool) {
	p.waited += waited
	if abandoned {
		p.abandons++
	}
}

// Learn takes the last 28 days in the place of what is known.
func (p *Patience) Learn(waited float64, abandons int) { p.waited, p.abandons = waited, abandons }

// Seconds returns the mean patience. Where few have given up it is the prior,
// unless so much has been waited that the prior cannot be true.
func (p *Patience) Seconds() float64 {
	if p.abandons < minAbandons {
		return max(PriorPatience, p.waited/minAbandons)
	}
	return p.waited / float64(p.abandons)
}
