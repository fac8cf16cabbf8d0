package media

import "time"

// EchoFor is how long a page hears itself at most, see Engine.Echo.
const EchoFor = 15 * time.Second

// echo is a time in which a page hears itself: what its microphone sends comes back on
// its first line, at once and as it is.
type echo struct {
	turn  *turn // makes of what is heard a source of its own
	until time.Time
}

// echo begins the time, anew if it had begun, or ends it.
func (s *seat) echo(on bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !on:
		s.echoes.Store(nil)
	case s.live.Load() != nil || s.listening != nil:
		return ErrTalking
	default:
		s.echoes.Store(&echo{turn: new(turn), until: time.Now().Add(EchoFor)})
	}
	return nil
}

// echoBack sends a packet of the page's microphone back to it, if it hears itself.
func (s *seat) echoBack(in packet, buf []byte, now time.Time) {
	if e := s.echoes.Load(); e != nil && now.Before(e.until) {
		s.hear(0, source{e.turn, in.ssrc}, in, buf[in.start:in.end], now)
	}
}
