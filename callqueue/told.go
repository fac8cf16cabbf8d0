package callqueue

import (
	"time"

	"presszero/callqueue/estimate"
)

// Told returns the wait that a caller would be told who came into the queue now, without
// credit or skill, in seconds: between low and high, as WaitAnnounced has them (low 0:
// only the upper bound is said; high 0: there is none). ok is false where nothing would be
// said: announcements are off, there is no ground for an estimate, or the wait is short.
func (m *Machine) Told(queue string, now time.Time) (low, high float64, ok bool) {
	l := m.queues.lines[queue]
	if l == nil || l.Announce.Off || l.waitingCount() == 0 && l.hasFreeAgent() {
		return 0, 0, false
	}
	behindAll := now.Add(1)
	e, ok := m.queues.estimateWait(&visit{queue: queue, key: behindAll, entered: now, state: Waiting}, now)
	if !ok {
		return 0, 0, false
	}
	p50, p90 := e.quantile(estimate.Z50), e.quantile(estimate.Z90)
	if p90 < worthSaying {
		return 0, 0, false
	}
	p := estimate.Snap(p50, p90)
	return 60 * float64(p.Low), 60 * float64(p.High), true
}

// hasFreeAgent reports whether an agent of the queue could be offered a caller now.
func (l *line) hasFreeAgent() bool {
	for _, p := range l.profiles {
		for _, a := range p.members {
			if a.canTakeOffer() {
				return true
			}
		}
	}
	return false
}
