package finish

import (
	"io"
	"time"

	"presszero/recordings/capture"
)

// Writer returns what writes the sound of a take from one time to another; zero: from its
// first packet, to its last.
func Writer(t capture.Take, from, to time.Time) func(w io.Writer) (Sound, error) {
	return func(w io.Writer) (Sound, error) {
		r, err := t.WriteMulaw(w, from, to)
		s := Sound{From: r.From, Length: r.Length, Peaks: r.Peaks}
		for _, h := range r.Holes {
			s.Holes += h.To - h.From
		}
		return s, err
	}
}
