package estimate

import "math"

// Calibration learns by how much the model is off, from the waits of those who
// were answered. Long waits are the ones that are abandoned, so the answered
// are too short a sample; each therefore counts for all who would have given
// up before: inverse probability of censoring.
type Calibration struct {
	actual, predicted float64
	samples           int
}

const (
	gain      = 0.005
	maxWeight = 10
	minScale  = 0.7
	maxScale  = 1.5
	warmUp    = 50 // samples before the scale is used
)

// Learn takes an answered wait in seconds, what the model had said, and the
// mean patience.
func (c *Calibration) Learn(actual, predicted, patience float64) {
	w := 1.0
	if patience > 0 {
		w = math.Min(math.Exp(actual/patience), maxWeight)
	}
	g := gain * w
	if c.samples < 1/gain { // a plain mean at first
		g = w * math.Max(gain, 1/float64(c.samples+1))
	}
	g = math.Min(g, 1)
	c.actual += g * (actual - c.actual)
	c.predicted += g * (predicted - c.predicted)
	c.samples++
}

// Scale returns the factor for the model's waits.
func (c *Calibration) Scale() float64 {
	if c.samples < warmUp || c.predicted <= 0 {
		return 1
	}
	return math.Min(maxScale, math.Max(minScale, c.actual/c.predicted))
}
