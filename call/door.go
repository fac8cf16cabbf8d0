package call

import (
	"strings"
	"time"
)

// Limits say how many calls are admitted. A bound of 0 is none.
type Limits struct {
	PerCaller int           // from one number, in a minute
	PerNumber int           // to one of our numbers, at once
	AtOnce    int           // in all, at once
	Late      time.Duration // how long the news of a caller may have waited to be decided
}

// Door is the admission control: it decides which calls are admitted. More callers
// than can be served would harm those who are here already, so a caller too many
// is refused before being answered: it costs next to nothing, the caller's own
// network says that the line is busy and tries again, and the refusal is in the
// books.
//
// Its counts follow the facts, so they are the same after a restart, except that
// calls that are over are forgotten. Preferred, Full and NoRoom ask other packages, whose
// state is not in the facts. They are asked once, when a caller arrives, and the
// answer is in CallStarted.Refused: a replay goes by that and never asks.
type Door struct {
	Limits

	// Preferred reports, by the number claimed, whether a caller meets the
	// limits ForPreferred instead: callers whose place is kept, who were lost
	// through our fault, or who are VIPs. A number is a claim that any caller can
	// make, so these callers have limits too, higher ones. nil: no caller does.
	Preferred    func(now time.Time, number string) bool
	ForPreferred Limits

	// Full reports whether a trunk carries more calls, both ways and with the one
	// that arrives, than it has channels. nil: no trunk is full.
	Full func(trunk string) bool
	// NoRoom reports that a disk is full, and the house takes no call that it could not
	// record. nil: it takes them.
	NoRoom func() bool

	admitted int            // calls that are here
	to       map[string]int // of these, by number dialled
	recent   []visitor      // admitted within the last minute, oldest first
	from     map[string]int // of these, by caller
	strained time.Time      // until then the switch is at its limits
}

type visitor struct {
	number string
	at     time.Time
}

// Why a caller is refused.
const (
	RefusedCaller   = "calls_per_caller"
	RefusedNumber   = "calls_per_number"
	RefusedAtOnce   = "calls_at_once"
	RefusedTrunk    = "trunk_full" // all channels of the trunk are in use
	RefusedDisk     = "disk_full"  // the house records all calls, and cannot
	RefusedLate     = "late"       // the event loop does not keep up
	RefusedStrained = "strained"   // the switch does not keep up
)

// Causes of Q.850 with which a call is refused: the line is busy, or there is
// no way just now.
const (
	causeBusy       = 17
	causeCongestion = 34
)

// refusalReason returns why a caller is not admitted, and "" for all others. A
// caller who comes back from Asterisk's fallback has waited there, and is admitted.
func (d *Door) refusalReason(now time.Time, ev Arrived) string {
	d.forget(now)
	if ev.Again {
		return ""
	}
	limits, preferred := d.Limits, d.Preferred != nil && d.Preferred(now, ev.From)
	if preferred {
		limits = d.ForPreferred
	}
	switch {
	case limits.PerCaller > 0 && (preferred || telephone(ev.From)) && d.from[normalizedNumber(ev.From)] >= limits.PerCaller:
		return RefusedCaller
	case limits.PerNumber > 0 && d.to[ev.To] >= limits.PerNumber:
		return RefusedNumber
	case d.Full != nil && ev.Trunk != "" && d.Full(ev.Trunk):
		return RefusedTrunk
	case d.NoRoom != nil && d.NoRoom():
		return RefusedDisk
	case limits.AtOnce > 0 && d.admitted >= limits.AtOnce:
		return RefusedAtOnce
	case limits.Late > 0 && !ev.At.IsZero() && now.Sub(ev.At) > limits.Late:
		return RefusedLate
	case now.Before(d.strained) && !preferred:
		return RefusedStrained
	}
	return ""
}

// causeFor is what the caller's network is told.
func causeFor(why string) int {
	if why == RefusedCaller || why == RefusedNumber {
		return causeBusy
	}
	return causeCongestion
}

// countCall counts a call that is admitted.
func (d *Door) countCall(at time.Time, f CallStarted) {
	if d.to == nil {
		d.to, d.from = map[string]int{}, map[string]int{}
	}
	d.admitted++
	d.to[f.To]++
	if !Withheld(f.From) {
		number := normalizedNumber(f.From)
		d.recent = append(d.recent, visitor{number, at})
		d.from[number]++
	}
}

// uncountCall takes a call that is over out of the counts.
func (d *Door) uncountCall(to string) {
	d.admitted--
	decrement(d.to, to)
}

// forget drops the arrivals of more than a minute ago.
func (d *Door) forget(now time.Time) {
	for len(d.recent) > 0 && now.Sub(d.recent[0].at) >= time.Minute {
		decrement(d.from, d.recent[0].number)
		d.recent = d.recent[1:]
	}
}

// decrement counts one less for the key, and drops it at none.
func decrement(n map[string]int, key string) {
	if n[key]--; n[key] <= 0 {
		delete(n, key)
	}
}

// telephone reports whether a claimed number tells callers apart: a word, as
// pbx, or a short number may be all callers of a switchboard.
func telephone(number string) bool { return len(digits(number)) >= 5 }

// normalizedNumber is a claimed number without what differs between ways to write
// it, so that one caller is not counted as several.
func normalizedNumber(number string) string {
	if !telephone(number) {
		return number
	}
	return strings.TrimLeft(digits(number), "0")
}

func digits(number string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, number)
}
