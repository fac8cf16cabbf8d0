// Package estimate says how long a caller will probably wait, as arithmetic:
// no clock, no queue, no agent is known to it.
//
// The model (QLm) is a birth and death process. With n agents of rate μ and
// callers who lose patience at rate θ, the i callers ahead leave, served or
// not, at the rate nμ + iθ, so the wait is a sum of exponential stretches:
//
//	             Q                          Q
//	mean  m  =  Σ  1/(nμ + θ·live(i))  v = Σ  1/(nμ + θ·live(i))²
//	            i=0                        i=0
//
// where live(i) counts those among the first i ahead who are on the phone:
// a callback ahead does not lose patience. The sum is close to a gamma
// distribution of the same mean and variance; Wilson and Hilferty's cube root
// gives its quantiles. Calibration compares with what really happened, and
// Shadow keeps the estimates that others use, to be compared with ours.
package estimate
