package callqueue

import (
	"time"

	"presszero/call"
)

// Settings say how one queue works; only Name is needed. What is not set is
// usual, see call.QueueSettings.
type Settings = call.QueueSettings

// usual are the settings of a queue of which nothing is said.
var usual = call.UsualQueue()

// mostCredit bounds every credit, so that no caller is overtaken by one who
// comes more than that later.
var mostCredit = call.SettingTime(call.QueueSetting("credits").Tag.Get("most"))

// mostWeight is the greatest weight that a queue can have.
var mostWeight = call.SettingCount(call.QueueSetting("weight").Tag.Get("most"))

// HeadStart is what a weight from 1 up means: every step above 1 puts the
// queue's callers half a minute before those of the agent's others. Weights are
// bounded, so no weight lets the callers of a light queue starve.
func HeadStart(weight int) time.Duration {
	return time.Duration(min(max(weight, 1), mostWeight)-1) * 30 * time.Second
}

// connectLimit is how long joining the audio may take after an accept before
// the caller goes back in line. Asterisk needs some 20 ms; half a second of
// patience with a loaded switch, times ten.
const connectLimit = 5 * time.Second

// mediaLimit is how long a talk survives the agent's audio path being down,
// while the page tries to make it anew. The caller hears nothing meanwhile, nor
// in the second that it takes to find out, and is to hear music within two.
const mediaLimit = 500 * time.Millisecond

// ownRing is how long a number rings that an agent has dialled.
const ownRing = 45 * time.Second

// returnLimit is how long, after a restart of the controller, a talk that
// still goes on waits for its agent's page to come back.
const returnLimit = 10 * time.Second

// inForce returns settings with the defaults, and within what the line can do.
func inForce(q Settings) Settings {
	q = q.WithUsual()
	q.Sticky.Reserve = min(q.Sticky.Reserve, usual.Sticky.Reserve, q.Target)
	if q.Skill != "" {
		q.Level = max(q.Level, 1)
	}
	return q
}

// patienceEnds returns when the queue's patience with a visit ends: to overflow, and
// for good. A zero time is never.
func (l *line) patienceEnds(v *visit) (spill, most time.Time) {
	if over := l.overflowing(); over.Queue != "" {
		spill = v.entered.Add(over.After)
	}
	if l.MaxWait > 0 {
		most = v.first.Add(l.MaxWait)
	}
	return spill, most
}

// levelAfter is the level asked for by a caller who asked for one and has waited so
// long, and how long it stays so; 0: for good.
func (l *line) levelAfter(asked int, waited time.Duration) (level int, stays time.Duration) {
	level = asked
	for _, w := range l.widening() {
		if waited >= w.After {
			level = min(level, w.Level)
		} else if stays == 0 || w.After-waited < stays {
			stays = w.After - waited
		}
	}
	return level, stays
}

// tooLate returns when the queue opens next if what would be promised lies
// outside its hours, or so late that it might.
func (l *line) tooLate(due time.Time, w promise, now time.Time) (next time.Time, late bool) {
	if due.IsZero() {
		due = now
	}
	opens, closes := l.openNow(due)
	if due.Before(opens) {
		return opens, true
	}
	if w.phrase == "" || !w.end.After(closes.Add(-lastCall)) {
		return due, false
	}
	next, _ = l.openNow(closes)
	return next, true
}

// lastCall is how long before closing the last callback is promised.
const lastCall = 15 * time.Minute

// predialMemory is the half-life of the counts of customers called first.
const predialMemory = 24 * time.Hour
