package lookup

import (
	"sync"
	"time"
)

// A breaker leaves a host alone that has failed several times in a row:
//
//	closed ──5 failures──> open ──10 s──> half-open: one question is let through
//	   ^                     ^                │ failed          │ answered
//	   │                     └────────────────┘                 │
//	   └────────────────────────────────────────────────────────┘
const (
	breakAfter = 5
	breakFor   = 10 * time.Second
)

type breaker struct {
	failures int // in a row
	until    time.Time
	trying   bool // one question is out to see whether the host is well
}

// breakers are those of all hosts. Only allowed hosts come here, so they are few.
type breakers struct {
	mu   sync.Mutex
	host map[string]*breaker
}

// allow reports whether the host may be asked now. A caller that is
// told true must tell recordResult how it went.
func (b *breakers) allow(host string, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.host[host]
	switch {
	case s == nil || s.failures < breakAfter:
		return true
	case s.trying || now.Before(s.until):
		return false
	}
	s.trying = true
	return true
}

// recordResult tells how asking went. opened is true when the host is left alone from
// now on, and was not before.
func (b *breakers) recordResult(host string, now time.Time, well bool) (opened bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if well {
		delete(b.host, host)
		return false
	}
	s := b.host[host]
	if s == nil {
		if b.host == nil {
			b.host = map[string]*breaker{}
		}
		s = &breaker{}
		b.host[host] = s
	}
	s.failures++
	if s.failures < breakAfter {
		return false
	}
	s.until, s.trying = now.Add(breakFor), false
	return s.failures == breakAfter
}
