package media

import "time"

// The proof of life of a page. Voice proves microphone, browser and network at
// once, but 50 packets a second from every agent who waits cost more than the
// talks. So a page whose offer has the attribute Bursts, and whose answer has it
// too, may rest while no voice is due: it sends a burst of voice, some 60 ms, each
// second. A leg makes voice due, and so does Engine.Expect, which is called at the
// moment when the page is told to ring. A page that goes on sending bursts then has
// not heard that it rings, perhaps because its line to the controller is broken: it
// counts as dead. The bursts need no message: the engine sees them in the voice.

// Bursts is the attribute of an SDP offer whose page can send bursts, and of the
// answer of an engine that understands them.
const Bursts = "presszero-bursts"

const (
	// burstsMissedAfter is the silence of two bursts that did not come, and a half.
	burstsMissedAfter = 2500 * time.Millisecond
	// A silence of breakAfter, which is shorter than that between two bursts, begins
	// a spurt of voice. One that lasts for steadyAfter is longer than a burst.
	breakAfter  = 500 * time.Millisecond
	steadyAfter = 250 * time.Millisecond
)

// pulse tells steady voice from bursts.
type pulse struct {
	began  time.Time // of the spurt that is heard
	steady time.Time // when voice was last heard that is longer than a burst
}

// beat counts a packet. last is when the one before came, zero if there is none.
func (p *pulse) beat(last, now time.Time) {
	if last.IsZero() || now.Sub(last) >= breakAfter {
		p.began = now
	}
	if now.Sub(p.began) >= steadyAfter {
		p.steady = now
	}
}

// heardAt is when the newest packet came, the first, and the last steady voice;
// zero if none did.
func (r *reception) heardAt() (last, first, steady time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last, r.first, r.pulse.steady
}

// expect says whether voice is due without a leg.
func (s *seat) expect(voice bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !voice:
		s.expected = time.Time{}
	case s.expected.IsZero():
		s.expected = time.Now()
	}
}

// voiceDue is since when the page owes voice without a pause; zero: it may rest.
// It expects s.mu.
func (s *seat) voiceDue() time.Time {
	turn := s.live.Load()
	if turn != nil && (s.expected.IsZero() || turn.since.Before(s.expected)) {
		return turn.since
	}
	return s.expected
}

// quiet reports whether too little is heard of the page, or nothing yet. Once it
// was announced as Disconnected, steady voice is asked for, so that a page which is
// not all there does not come and go: one that rests does not while it is told that
// it is not heard. It expects s.mu.
func (s *seat) quiet(p *page, now time.Time) bool {
	if !p.speaks {
		return false
	}
	last, first, steady := p.reports.mic.heardAt()
	if last.IsZero() {
		return true
	}
	if !p.bursts {
		return now.Sub(last) >= quietAfter
	}
	if p.told == Disconnected {
		return now.Sub(steady) >= quietAfter
	}
	due := s.voiceDue()
	if due.IsZero() {
		return now.Sub(last) >= burstsMissedAfter
	}
	for _, t := range []time.Time{first, steady} { // a page that is new has the second, too
		if t.After(due) {
			due = t
		}
	}
	return now.Sub(due) >= quietAfter
}
