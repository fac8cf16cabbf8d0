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
// Nothing goes the other way, unless the listener whispers: then the microphone of the
// listener's page is heard on the agent's second line. While the listener has a talk,
// nothing goes either way.
type listening struct {
	ears  *seat // the listener's
	turn  *turn // makes of what is heard a source of its own
	voice *turn // the same, of what is whispered

	seat *seat
	leg  *leg
}

func (l *listening) fromCaller(in packet, voice []byte, now time.Time) {
	l.hear(0, in, voice, now)
}

func (l *listening) fromAgent(in packet, voice []byte, now time.Time) {
	l.hear(1, in, voice, now)
}

func (l *listening) hear(line int, in packet, voice []byte, now time.Time) {
	if l.ears.live.Load() == nil {
		l.ears.hear(line, source{l.turn, in.ssrc}, in, voice, now)
	}
}

// whisper passes a packet of the listener's microphone on to the agent alone.
func (l *listening) whisper(in packet, buf []byte, now time.Time) {
	if turn := l.seat.live.Load(); turn != nil && turn.leg == l.leg {
		l.seat.hear(1, source{l.voice, in.ssrc}, in, buf[in.start:in.end], now)
	}
}

// whisper begins or ends the whispering of a seat that listens.
func (s *seat) whisper(on bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listening == nil {
		return fmt.Errorf("media: seat %q listens to nobody: %w", s.name, ErrNoLeg)
	}
	if on {
		s.whispers.Store(s.listening)
	} else {
		s.whispers.Store(nil)
	}
	return nil
}

// listenTo begins a copy of the leg, in place of any other that the seat listens to.
func (s *seat) listenTo(of *seat, id string) error {
	l := &listening{ears: s, turn: new(turn), voice: new(turn), seat: of}
	if err := of.addTap(id, l); err != nil {
		return err
	}
	s.mu.Lock()
	old := s.listening
	s.listening = l
	s.whispers.Store(nil)
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
	s.whispers.Store(nil)
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
	l.leg.removeTap(l)
}

// removeTap expects the seat's mu.
func (g *leg) removeTap(gone tap) {
	taps := slices.DeleteFunc(slices.Clone(g.tapped()), func(t tap) bool { return t == gone })
	g.taps.Store(&taps)
}

// addTap has the leg of that id copied.
func (s *seat) addTap(id string, l *listening) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	leg, err := s.legOf(id)
	if err != nil {
		return err
	}
	l.leg = leg
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
