package media

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// page is one WebRTC connection with an agent's browser. A seat has many, one
// after another: every refresh makes a new one.
type page struct {
	link    *link
	offer   offer
	up      atomic.Bool // voice can be sent
	greeted atomic.Bool // a packet of voice has gone to the page
	proved  atomic.Bool // announced as Connected
	speaks  bool        // it has a microphone's line
	bursts  bool        // it may rest while no voice is due
	ssrcs   []uint32    // of what is heard on each line
	reports reports     // of the first line

	// The seat's mu guards these.
	told      Kind // the last event about it
	heard     bool // it was once announced as Connected
	successor bool // it took the place of a page that was
	began     time.Time
	deadline  *time.Timer
}

// newPage answers an offer, without trickle: the candidates, being our own port, are
// known at once.
func (l *Local) newPage(ctx context.Context, o offer) (_ *page, answer string, err error) {
	link, candidates, err := l.openLink(ctx, o)
	if err != nil {
		return nil, "", err
	}
	p := &page{link: link, offer: o, speaks: !o.lines[0].recvonly, bursts: o.bursts}
	for range o.lines {
		p.ssrcs = append(p.ssrcs, rand.Uint32())
	}
	p.reports.ssrc = p.ssrcs[0]
	ufrag, pwd, err := link.agent.GetLocalUserCredentials()
	ours, err2 := identity(l.certificate.Certificate[0], "sha-256")
	if err := errors.Join(err, err2); err != nil {
		p.close()
		return nil, "", fmt.Errorf("media: cannot make a voice connection: %w", err)
	}
	return p, o.answer(ufrag, pwd, ours, p.ssrcs, candidates), nil
}

// begin lets the page speak for its seat. It expects the seat's mu. Nothing is
// missed before: without the answer the page cannot connect.
func (p *page) begin(s *seat) {
	p.link.take = func(voice []byte) {
		if p.speaks && s.page.Load() == p { // a replaced page is not forwarded
			s.hearPage(p, voice)
		}
	}
	p.link.note = p.reports.take
	p.began = time.Now()
	p.deadline = time.AfterFunc(connectWithin, func() {
		defer s.engine.survive("page's deadline")
		s.mu.Lock()
		never := !p.heard
		s.mu.Unlock()
		if never {
			s.engine.log.Info("media: a page did not connect in time", "seat", s.name)
			s.detachPage(p)
		}
	})
	err := p.link.connect(s.engine, p.offer, func(bool) { p.checkState(s) }, func() { s.detachPage(p) })
	if err != nil {
		s.engine.log.Warn("media: a voice connection cannot be begun", "seat", s.name, "err", err)
	}
}

// checkState acts on whether the page is reached. It asks instead of being told,
// because news from several goroutines may overtake one another.
func (p *page) checkState(s *seat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.page.Load() != p:
	case p.link.reaches():
		p.up.Store(true)
		s.greet(p)
		s.prove(p)
	case p.told == Connected:
		s.announce(p, Disconnected)
	default: // never heard, or told already: the keys may be known before ICE's news has come
		p.up.Store(false)
	}
}

// send sends a packet of voice to the page on its line n, and reports whether it went.
func (p *page) send(n int, marker bool, seq uint16, timestamp uint32, voice []byte, now time.Time) bool {
	if !p.link.sendVoice(marker, seq, timestamp, p.ssrcs[n], voice) {
		return false
	}
	if n == 0 {
		p.greeted.Store(true)
		p.reports.countSent(timestamp, len(voice), now)
	}
	return true
}

// close ends the connection and waits until its goroutines have ended.
func (p *page) close() {
	if p.deadline != nil {
		p.deadline.Stop()
	}
	p.link.close()
}
