package media

import (
	"sync"
	"time"
)

// line is one audio line towards a seat's page. The first is the conversation's; on
// the second, if the page has it, a listener hears the agent.
type line struct {
	mu     sync.Mutex
	joined splice // one stream over all that is heard on the line, which a greeting begins
}

// hear sends a packet to the page on its line n, and reports whether it went. voice is
// mu-law.
func (s *seat) hear(n int, from source, in packet, voice []byte, now time.Time) bool {
	page := s.page.Load()
	if page == nil || !page.up.Load() || n >= len(page.ssrcs) {
		return false
	}
	l := &s.lines[n]
	l.mu.Lock()
	defer l.mu.Unlock()
	seq, timestamp, first := l.joined.rewrite(from, in.seq, in.timestamp, now)
	return page.send(n, in.marker || first, seq, timestamp, voice, now)
}
