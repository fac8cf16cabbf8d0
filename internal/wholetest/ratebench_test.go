package wholetest

import (
	"context"
	"testing"
	"time"

	"presszero/internal/customer/sipp"
)

// BenchmarkCallRate is row (e): the highest rate, in calls a second, at which no call
// fails. A caller dials, is answered into a line that nobody serves, hears music for 3 s
// and hangs up. A call has failed when SIP says so, when it is not in the database, and
// all have when the mean answer takes more than a quarter of a second, for then it is late
// and later.
// A step of the search is too short for 1 in 1,000 to be less than one call, so none may
// fail. The search ends when bounds are within a sixth.
//
// After a step that failed, a side is started anew: an Asterisk that was overloaded takes
// its time.
func BenchmarkCallRate(b *testing.B) { rounds(b, rateRow) }

// lastRates are those that the round before has found: a search begins there.
var lastRates = map[string]int{}

func rateRow(t testing.TB, r rig, s sizes, f figures) {
	searchRate(t, "ours", func(t testing.TB) side { return r.ours(t) }, "100", s, f)
	searchRate(t, "queue", func(t testing.TB) side { return r.queue(t, 1) }, toLone, s, f)
}

func searchRate(t testing.TB, arm string, start func(testing.TB) side, number string, s sizes, f figures) {
	t.Helper()
	rate, upwards := s.rates[arm], 1.4
	if last := lastRates[arm]; last > 0 && s.apart {
		rate, upwards = last*9/10, 1.2
	}
	low, high := 0, 0
	open := func() bool { return high == 0 || (high-low)*6 > high }
	for steps := 0; steps < s.steps && rate > 0 && open(); {
		within(t, func(t testing.TB) {
			side := start(t)
			s.pin(t, side)
			holds(t, side, number, 1, s) // what is done once is done
			for good := true; good && steps < s.steps && open(); steps++ {
				if good = holds(t, side, number, rate, s); good {
					low = rate
				} else {
					high = rate
				}
				rate = nextRate(low, high, upwards)
			}
		})
	}
	lastRates[arm] = low
	f.note(arm+"-calls/s", float64(low))
}

// nextRate is tried after low was borne and high was not; 0 is neither.
func nextRate(low, high int, upwards float64) int {
	switch {
	case high == 0:
		return int(float64(low) * upwards)
	case low == 0:
		return high * 2 / 3
	}
	return (low + high) / 2
}

// holds reports whether the side bears that rate for a step.
func holds(t testing.TB, to side, number string, rate int, s sizes) (good bool) {
	t.Helper()
	calls, ended := int(float64(rate)*s.step.Seconds()), to.ended()
	ctx, cancel := context.WithTimeout(context.Background(), s.step+s.stay+4*time.Second)
	defer cancel()
	result, err := sipp.Run(ctx, sipp.Options{Scenario: sipp.Caller, Server: to.sip(), To: number, Calls: calls, Rate: float64(rate), Stay: s.stay, Sound: silent})
	good = err == nil && result.OK == calls && result.Answer <= time.Second/4
	booked := 0
	for deadline := time.Now().Add(3 * time.Second); good && booked < calls; time.Sleep(20 * time.Millisecond) { // another process does it
		booked, good = to.ended()-ended, time.Now().Before(deadline)
	}
	s.say(t, "%d calls a second: %v; %d of %d, answered after %v, %d in the books, %v", rate, good, result.OK, calls, result.Answer, booked, err)
	return good
}
