package capture

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"presszero/internal/audio"
)

// Span is a stretch of the sound, from its beginning.
type Span struct{ From, To time.Duration }

// Hole is a stretch of which something is missing that was said. Why is "dropped" (the
// disk was too slow or full), "killed" (the process that wrote it died), "cut" (it died, and
// no other wrote on) or "damaged".
type Hole struct {
	Span
	Why string
}

// Result is what WriteMulaw tells of the sound that it has written.
type Result struct {
	Length  time.Duration
	From    time.Time // when the sound begins, by the wall clock
	Holes   []Hole
	Paused  []Span // silence that was ordered: by a pause, or by a stop and another start
	Packets [2]int // that were kept, left and right, duplicates among them, in all of the take
	// Peaks is the loudest sample of each PeakEvery, left and right: 0 (silence) to 255.
	Peaks [2][]byte
}

// PeakEvery is the stretch of one peak.
const PeakEvery = 50 * time.Millisecond

// MostLength is the longest sound that is made.
const MostLength = 24 * time.Hour

// ErrTooLong is for a stretch of more than MostLength, or of less than nothing.
var ErrTooLong = errors.New("capture: no sound can have that length")

// WriteMulaw writes the sound of the take from one time of the wall clock to another, as
// bytes of mu-law, left and right in turn: exactly 16,000 a second. Zero times are those of
// the first and of the last packet. What is missing is silence. The same files give the
// same bytes. The wall clock is believed as it was when the first part was begun.
func (t Take) WriteMulaw(w io.Writer, from, to time.Time) (Result, error) {
	if t.BySides() {
		r, err := t.writeSides(w, from, to)
		if err != nil {
			return Result{}, fmt.Errorf("capture: the sound of recording %s cannot be written: %w", t.Recording, err)
		}
		return r, nil
	}
	var parts []io.ReaderAt
	var s story
	for i, path := range t.paths {
		f, err := os.Open(path)
		if err != nil {
			return Result{}, fmt.Errorf("capture: recording %s cannot be read: %w", t.Recording, err)
		}
		defer f.Close()
		info, err := f.Stat()
		if err == nil {
			err = s.add(i, f, info.Size())
		}
		if err != nil {
			return Result{}, fmt.Errorf("capture: recording %s cannot be read: %w", t.Recording, err)
		}
		parts = append(parts, f)
	}
	r, err := s.render(parts, w, from, to)
	if err != nil {
		return Result{}, fmt.Errorf("capture: the sound of recording %s cannot be written: %w", t.Recording, err)
	}
	return r, nil
}

// voice is a placed packet of either side.
type voice struct {
	placed
	side  int
	order int // of two that overlap, the later is heard
}

// render writes the sound. Its times are in samples since the zero.
func (s *story) render(parts []io.ReaderAt, w io.Writer, from, to time.Time) (Result, error) {
	var voices []voice
	begin, end := int64(0), int64(0)
	for side, packets := range s.sides {
		for i, p := range align(packets) {
			if len(voices) == 0 {
				begin = p.place
			}
			begin, end = min(begin, p.place), max(end, p.place+int64(p.size))
			voices = append(voices, voice{p, side, i})
		}
	}
	if !from.IsZero() {
		begin = int64(from.Sub(s.zero)) / nsPerSample
	}
	if !to.IsZero() {
		end = int64(to.Sub(s.zero)) / nsPerSample
	}
	if !from.IsZero() && !to.IsZero() {
		end = begin + int64(to.Sub(from))/nsPerSample
	}
	if end < begin || end-begin > int64(MostLength)/nsPerSample {
		return Result{}, ErrTooLong
	}
	r := Result{Length: time.Duration((end - begin) * nsPerSample), From: s.zero.Add(time.Duration(begin * nsPerSample))}
	r.Packets = [2]int{len(s.sides[Left]), len(s.sides[Right])}
	r.tell(s, begin*nsPerSample, end*nsPerSample)
	slices.SortFunc(voices, func(a, b voice) int { return cmp.Compare(a.place, b.place) })
	return r, r.paint(newPages(parts), w, voices, begin, end)
}

// tell puts the holes and pauses of the story into the result.
func (r *Result) tell(s *story, begin, end int64) {
	holes := s.holes
	if !s.ended && s.started {
		holes = append(slices.Clone(holes), span{s.last + int64(audio.FrameTime), end, "cut"})
	}
	clip := func(p span) (Span, bool) {
		from, to := max(p.from, begin), min(p.to, end)
		return Span{time.Duration(from - begin), time.Duration(to - begin)}, from < to
	}
	for _, h := range holes {
		if span, some := clip(h); some {
			r.Holes = append(r.Holes, Hole{span, h.why})
		}
	}
	for _, p := range s.pauses {
		if span, some := clip(p); some {
			r.Paused = append(r.Paused, span)
		}
	}
}

// window is how many samples are painted at a time; a multiple of PeakEvery.
const window = 8000

// paint writes the sound of the voices, which are in order of place.
func (r *Result) paint(pages *pages, w io.Writer, voices []voice, begin, end int64) error {
	var now []voice // those that are heard in the window
	silence := bytes.Repeat([]byte{audio.UlawSilence}, 2*window)
	canvas := make([]byte, 2*window)
	for at := begin; at < end; at += window {
		n := min(window, end-at)
		copy(canvas, silence)
		now = slices.DeleteFunc(now, func(v voice) bool { return v.place+int64(v.size) <= at })
		for len(voices) > 0 && voices[0].place < at+n {
			if voices[0].place+int64(voices[0].size) > at {
				now = append(now, voices[0])
			}
			voices = voices[1:]
		}
		slices.SortFunc(now, func(a, b voice) int { return cmp.Compare(a.order, b.order) })
		for _, v := range now {
			sound, err := pages.read(v.packet)
			if err != nil {
				return err
			}
			first := max(at-v.place, 0)
			for i := first; i < min(int64(v.size), at+n-v.place); i++ {
				canvas[2*(v.place+i-at)+int64(v.side)] = sound[i]
			}
		}
		r.measure(canvas[:2*n])
		if _, err := w.Write(canvas[:2*n]); err != nil {
			return err
		}
	}
	return nil
}

// measure adds the peaks of a window.
func (r *Result) measure(sound []byte) {
	const most = 2 * int(PeakEvery/nsPerSample)
	for stretch := range slices.Chunk(sound, most) {
		var peaks [2]byte
		for i, b := range stretch {
			peaks[i%2] = max(peaks[i%2], loudness[b])
		}
		r.Peaks[Left] = append(r.Peaks[Left], peaks[Left])
		r.Peaks[Right] = append(r.Peaks[Right], peaks[Right])
	}
}

// loudness is the loudness of each byte of mu-law, 0 to 250.
var loudness = func() (t [256]byte) {
	for b := range t {
		sample := int(audio.DecodeUlaw(byte(b)))
		t[b] = byte(max(sample, -sample) >> 7)
	}
	return t
}()
