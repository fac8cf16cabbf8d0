package callqueue

import (
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"presszero/call"
)

// A caller who was lost from the line and calls again is recognized: within
// redialLimit with credit for the time waited, and within placeLimit, when it
// was the network's fault, at the very place.
const (
	redialLimit = 15 * time.Minute
	placeLimit  = 3 * time.Minute
)

// memory keeps a memo for each number and queue, for a limited time, and for at
// most mostRemembered of them: the oldest go first. Any caller can claim any number,
// so a memo decides at most a place in line, and never reveals a secret.
type memory struct {
	keep time.Duration
	of   *simplelru.LRU[personKey, memo]
}

// mostRemembered bounds a memory to some 40 MB.
const mostRemembered = 100_000

type personKey struct{ number, queue string }

type memo struct {
	at     time.Time
	agent  call.AgentID  // that served
	key    time.Time     // the place that was lost
	waited time.Duration // until it was lost
	ours   bool          // it was lost through us or the network
}

func newMemory(keep time.Duration) memory {
	of, err := simplelru.NewLRU[personKey, memo](mostRemembered, nil)
	if err != nil {
		panic(err) // only of a size below one
	}
	return memory{keep, of}
}

func (m memory) store(number, queue string, what memo) {
	if !call.Withheld(number) {
		m.of.Add(personKey{number, queue}, what)
	}
}

// lookup returns the memo, if it is not too old. Unlike in other LRU caches a
// lookup does not keep a memo longer: a restart replays the facts and no lookups,
// and must come to the same memos.
func (m memory) lookup(number, queue string, now time.Time) (memo, bool) {
	x, ok := m.of.Peek(personKey{number, queue})
	return x, ok && now.Sub(x.at) <= m.keep
}

func (m memory) erase(number, queue string) { m.of.Remove(personKey{number, queue}) }
