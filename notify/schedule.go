package notify

import (
	"math/rand/v2"
	"time"
)

// pauses are those before the second, third… try, as Standard Webhooks 1.0 recommends:
// ten tries in a little more than three days.
var pauses = []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour}

// longestPause bounds what the other side may ask for.
const longestPause = 24 * time.Hour

// problem is why a try has failed.
type problem struct {
	status int           // as HTTP or SMTP has it; 0: there was no answer
	text   string        // one line
	after  time.Duration // the other side asks not to be tried before; 0: it does not
	busy   bool          // the other side takes nothing at all for now
	final  bool          // another try will not help
	gone   bool          // the address is no longer there: nothing more is to be sent
}

func (p *problem) Error() string { return p.text }

// next tells after which pause a delivery that has been tried so often is tried again;
// false: it is given up. A tenth of each pause is random, so that what failed together
// is not tried together.
func next(tries int, p *problem) (time.Duration, bool) {
	if p.final || p.gone || tries > len(pauses) {
		return 0, false
	}
	pause := pauses[max(tries, 1)-1]
	return max(pause+rand.N(pause/10), min(p.after, longestPause)), true
}

// pauseAll tells how long nothing is sent to the same address.
func pauseAll(p *problem) time.Duration {
	if !p.busy {
		return 0
	}
	return min(max(p.after, pauses[0]), longestPause)
}
