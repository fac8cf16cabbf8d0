package media

import (
	"fmt"
	"slices"
	"time"
)

// tap is given a copy of each packet of a leg that is live, on the goroutine that
// forwards it: it must be quick, and must not keep the voice, which is mu-law.
type tap interface {
	fromCaller(in packet, voice []byte, now time.Time)
	fromAgent(in packet, voice []byte, now time.Time)
}

// listening is the tap of a seat whose page listens to a leg of another seat: the
// caller on its first line, and the agent on its second.
//
//	Asterisk ── leg ── agent's seat ══ agent's page
//	                      │ copies
//	                      └──────▶ listener's seat ══ listener's page
//
// Nothing goes the other way.
type listening struct {
	ears *seat // the listener's
	turn *turn // makes of what is heard a source of its own

	seat *seat
	leg  *leg
}

func (l *listening) fromCaller(in packet, voice []byte, now time.Time) {
	if l.ears.live.Load() == nil { // else the line is the listener's own talk's
		l.ears.hear(0, source{l.turn, in.ssrc}, in, voice, now)
	}
}

func (l *listening) fromAgent(in packet, voice []byte, now time.Time) {
	l.ears.hear(1, source{l.turn, in.ssrc}, in, voice, now)
}

// listenTo begins a copy of the leg, in place of any other that the seat listens to.
func (s *seat) listenTo(of *seat, id string) error {
	l := &listening{ears: s, turn: new(turn), seat: of}
	if err := of.addTap(id, l); err != nil {
		return err
	}
	s.mu.Lock()
	old := s.listening
	s.listening = l
	closed := s.closed
	s.mu.Unlock()
	old.end()
	if closed {
		s.stopListening()
		return errSeatClosed
	}
	return nil
}

func (s *seat) stopListening() {
	s.mu.Lock()
	old := s.listening
	s.listening = nil
	s.mu.Unlock()
	old.end()
}

// end ends the copies; nil: there are none.
func (l *listening) end() {
	if l == nil {
		return
	}
	l.seat.mu.Lock()
	defer l.seat.mu.Unlock()
	taps := slices.DeleteFunc(slices.Clone(l.leg.tapped()), func(t tap) bool { return t == tap(l) })
	l.leg.taps.Store(&taps)
}

// addTap has the leg of that id copied.
func (s *seat) addTap(id string, l *listening) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.leg = s.findLeg(id); l.leg == nil {
		return fmt.Errorf("media: seat %q, leg %q: %w", s.name, id, ErrNoLeg)
	}
	taps := append(slices.Clone(l.leg.tapped()), tap(l))
	l.leg.taps.Store(&taps)
	return nil
}

// tapped are the taps of the leg.
func (g *leg) tapped() []tap {
	if taps := g.taps.Load(); taps != nil {
		return *taps
	}
	return nil
}
