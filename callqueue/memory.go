package callqueue

import (
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"presszero/call"
)

// memory remembers something about a person, by number and queue, for some
// time, of mostRemembered people at most: who was noted last is kept. A number
// is a claim, so what hangs on it is a place in line and never a secret.
type memory struct {
	keep time.Duration
	of   *simplelru.LRU[person, memo]
}

// mostRemembered bounds a memory to some 40 MB.
const mostRemembered = 100_000

type person struct{ number, queue string }

type memo struct {
	at     time.Time
	agent  call.AgentID  // who served
	key    time.Time     // the place that was lost
	waited time.Duration // until it was lost
	ours   bool          // it was lost through us or the network
}

func newMemory(keep time.Duration) memory {
	of, err := simplelru.NewLRU[person, memo](mostRemembered, nil)
	if err != nil {
		panic(err) // only of a size below one
	}
	return memory{keep, of}
}

func (m memory) note(number, queue string, what memo) {
	if !call.Withheld(number) {
		m.of.Add(person{number, queue}, what)
	}
}

// get returns what is remembered and not too old. Asking keeps nothing longer:
// after a restart, which replays only what was noted, the same is known.
func (m memory) get(number, queue string, now time.Time) (memo, bool) {
	x, ok := m.of.Peek(person{number, queue})
	return x, ok && now.Sub(x.at) <= m.keep
}

func (m memory) drop(number, queue string) { m.of.Remove(person{number, queue}) }

// Owes reports whether we owe a caller with this number a place: a callback is
// open, or the line was lost a moment ago and it was not the caller's doing.
func (m *Machine) Owes(number string, now time.Time) bool {
	if call.Withheld(number) {
		return false
	}
	e164 := m.dialer.e164(number)
	for _, l := range m.callbacks.booked {
		if m.callbacks.owedTo(e164, l.Name) {
			return true
		}
	}
	for _, queue := range m.queues.names {
		if x, ok := m.queues.lost.get(number, queue, now); ok && x.ours && now.Sub(x.at) <= placeLimit {
			return true
		}
	}
	return false
}

// owedTo reports whether a callback is open for the number.
func (cbs *callbacks) owedTo(e164, queue string) bool {
	for i := range mostPersons {
		if cbs.tickets[ticketKey{e164, queue, i}] != nil {
			return true
		}
	}
	return false
}
