package callqueue

import (
	"time"

	"presszero/call"
)

// memory remembers something about a person, by number and queue, for some
// time, of mostRemembered people at most. A number is a claim, so what hangs on
// it is a place in line and never a secret.
type memory struct {
	keep time.Duration
	of   map[person]memo
	old  []person // in the order in which they were noted
}

// mostRemembered bounds a memory to some 35 MB. Who was noted first is forgotten
// first.
const mostRemembered = 100_000

type person struct{ number, queue string }

type memo struct {
	at     time.Time
	agent  call.AgentID  // who served
	key    time.Time     // the place that was lost
	waited time.Duration // until it was lost
	ours   bool          // it was lost through us or the network
}

func (m *memory) put(number, queue string, at time.Time, who call.AgentID) {
	m.note(number, queue, memo{at: at, agent: who})
}

func (m *memory) note(number, queue string, what memo) {
	if withheld(number) {
		return
	}
	if m.of == nil {
		m.of = map[person]memo{}
	}
	for len(m.old) > 0 {
		p := m.old[0]
		if x, ok := m.of[p]; ok && what.at.Sub(x.at) <= m.keep && len(m.of) < mostRemembered {
			break
		}
		delete(m.of, p)
		m.old = m.old[1:]
	}
	p := person{number, queue}
	if _, known := m.of[p]; !known {
		m.old = append(m.old, p)
	}
	m.of[p] = what
}

// get returns what is remembered and not too old.
func (m *memory) get(number, queue string, now time.Time) (memo, bool) {
	x, ok := m.of[person{number, queue}]
	return x, ok && now.Sub(x.at) <= m.keep
}

// Owes reports whether we owe a caller with this number a place: a callback is
// open, or the line was lost a moment ago and it was not the caller's doing.
func (m *Machine) Owes(number string, now time.Time) bool {
	if withheld(number) {
		return false
	}
	e164 := m.e164(number)
	for _, l := range m.booked {
		if m.tickets[ticketKey{e164, l.Name}] != nil {
			return true
		}
	}
	for _, queue := range m.names {
		if x, ok := m.lost.get(number, queue, now); ok && x.ours && now.Sub(x.at) <= placeLimit {
			return true
		}
	}
	return false
}

func (m *memory) drop(number, queue string) { delete(m.of, person{number, queue}) }

// withheld reports whether a claimed number says nothing about who calls.
func withheld(number string) bool {
	switch number {
	case "", "anonymous", "Anonymous", "private", "restricted", "unavailable", "unknown", "withheld":
		return true
	}
	return false
}
