package asterisk

import (
	"time"

	"golang.org/x/time/rate"

	"presszero/call"
)

// keypad tells each press of a key once, though Asterisk may report it more than once. A
// telephone may send a key in two forms at a time: as an event in the RTP stream (RFC
// 4733) and as SIP INFO. Asterisk 22 then tells of it twice or three times (measured, in
// ms, for a key that is held for 100 ms; INFO says that it is 160 ms):
//
//	  0  INFO, when it arrives, whatever length it claims
//	117  RFC 4733, when the key is let go
//	205  the same once more, when Asterisk has played out the first (160 + 45)
//
// Two events are one press if their times overlap: a person releases a key before
// pressing it again, and needs at least 130 ms from one press to the next. The
// events of a telephone that sends INFO only may seem to overlap, because it
// states a fixed length; such events all have the same length.
//
// Only Run's goroutine uses a keypad.
type keypad struct {
	first   event         // of the press that is told
	doubled bool          // the telephone sends two forms
	limit   *rate.Limiter // how fast keys may be pressed
	stormed bool          // they have been pressed too fast
}

// A person presses a few keys in a second, a machine that dials for a person at most
// twelve (RFC 4733, 40 ms and 40 ms between). Keys that come faster are a storm, of
// which no more goes to the event loop than a person could have pressed: the events
// of all other callers wait behind it.
const (
	keysASecond = 20
	keysAtOnce  = 40
)

func newKeypad() *keypad { return &keypad{limit: rate.NewLimiter(keysASecond, keysAtOnce)} }

// pressed tells a key of the caller's.
func (k *keypad) pressed(c *caller, e event) {
	if k.isSamePress(e) {
		return
	}
	if k.limit.Allow() {
		c.postEvent(call.DigitPressed{Call: c.id, Digit: e.Digit})
		return
	}
	c.s.dropped.Add(1)
	if !k.stormed {
		k.stormed = true
		c.s.log.Warn("a caller's keys come faster than anybody can press them; some are passed over", "call", c.id)
	}
}

const (
	// overlap is what is left between two events of one key at least, if they
	// are two presses: the pause of a machine that dials (ITU-T Q.24).
	overlap = 40 * time.Millisecond
	// playOut is by how much Asterisk tells of a press later than its length.
	playOut = 60 * time.Millisecond
	// quickest is the time from one press of a key to the next, at least.
	quickest = 130 * time.Millisecond
)

// isSamePress reports whether an event is about the same press as the one before.
func (k *keypad) isSamePress(e event) bool {
	since := e.At.Sub(k.first.At)
	if e.Digit == k.first.Digit && e.Held > 0 && since >= 0 && since < k.first.Held+playOut &&
		(k.doubled || e.At.Add(-e.Held).Sub(k.first.At) < overlap && (since < quickest || e.Held != k.first.Held)) {
		k.doubled = true
		return true
	}
	k.first = e
	return false
}
