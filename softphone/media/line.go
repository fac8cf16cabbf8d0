package media

import (
	"sync"
	"time"

	"github.com/pion/rtp"
)

// line is one audio line towards a seat's page. The first is the conversation's; on
// the second, if the page has it, a listener hears the agent.
type line struct {
	mu     sync.Mutex
	joined splice // one stream over all that is heard on the line, which a greeting begins
	out    rtp.Packet
}

// hear sends a packet to the page on its line n, and reports whether it went. voice is
// mu-law.
func (s *seat) hear(n int, from source, in packet, voice []byte, now time.Time) bool {
	page := s.page.Load()
	if page == nil || !page.up.Load() || page.tracks[n] == nil {
		return false
	}
	l := &s.lines[n]
	l.mu.Lock()
	defer l.mu.Unlock()
	seq, timestamp, first := l.joined.rewrite(from, in.seq, in.timestamp, now)
	l.out.Header = rtp.Header{ // SSRC and payload type are the track's
		Version:        2,
		Marker:         in.marker || first,
		SequenceNumber: seq,
		Timestamp:      timestamp,
	}
	l.out.Payload = voice
	track := page.tracks[n]
	if track.WriteRTP(&l.out) != nil {
		return false
	}
	if n == 0 {
		if !page.greeted.Load() && track.bound.Load() {
			page.greeted.Store(true)
		}
		page.reports.countSent(timestamp, len(voice), now)
	}
	return true
}
