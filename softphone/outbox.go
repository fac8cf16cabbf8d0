package softphone

import (
	"sync"

	"presszero/call"
)

// outboxBound is how many messages may wait for a page. Apart from desks,
// which replace one another, a page is told something only when it asked, so
// a page that lets so many pile up does not read at all.
const outboxBound = 64

// outbox holds the messages that a page has not been sent yet. Appending never
// waits. A desk is a complete state, so a newer one replaces an older one that
// still waits: a slow page misses steps, never the outcome.
type outbox struct {
	mu      sync.Mutex
	waiting []Down
	desk    *call.Desk
	bye     *Down
	full    bool
	ring    chan struct{} // holds one token while something waits
}

func newOutbox() *outbox { return &outbox{ring: make(chan struct{}, 1)} }

func (o *outbox) append(m Down) {
	o.mu.Lock()
	switch {
	case m.Type == "bye":
		if o.bye == nil {
			o.bye = &m
		}
	case m.Type == "desk":
		o.desk = m.Desk
	case len(o.waiting) < outboxBound:
		o.waiting = append(o.waiting, m)
	default:
		o.full = true
	}
	o.mu.Unlock()
	select {
	case o.ring <- struct{}{}:
	default:
	}
}

// takeNext takes the oldest message, then the newest desk, then the good-bye.
// full tells that the page has let too much pile up.
func (o *outbox) takeNext() (m Down, ok, full bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case len(o.waiting) > 0:
		m, o.waiting = o.waiting[0], o.waiting[1:]
	case o.desk != nil:
		m, o.desk = Down{Type: "desk", Desk: o.desk}, nil
	case o.bye != nil:
		m, o.bye = *o.bye, nil
	default:
		return Down{}, false, o.full
	}
	return m, true, o.full
}
