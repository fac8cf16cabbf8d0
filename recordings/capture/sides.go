package capture

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"presszero/internal/audio"
)

// Of a talk that no process of ours has the packets of, Asterisk itself writes what it
// hears: each side into a file of its own, mu-law without a header, from a moment after the
// talk began to its end, silence where nobody sends anything.
//
//	RECORDING.left.ulaw    the caller
//	RECORDING.right.ulaw   the number outside
//
// A file begins when it was made, which the file system knows; of a copy with the time of
// change of then, as a restore makes it, that and the length tell it.

var sideFile = regexp.MustCompile(`^(.+)\.(left|right)\.ulaw$`)

// FindAll lists the takes of both kinds, the oldest first: those of talks, the folder of
// parts, and those that Asterisk has written into the folder recorded.
func FindAll(talks, recorded string) ([]Take, error) {
	takes, err := Find(talks)
	if err != nil {
		return nil, err
	}
	sides, err := findSides(recorded)
	if err != nil {
		return nil, err
	}
	takes = append(takes, sides...)
	slices.SortFunc(takes, byAge)
	return takes, nil
}

func byAge(a, b Take) int {
	return cmp.Or(a.Wall.Compare(b.Wall), strings.Compare(a.Recording, b.Recording))
}

// findSides lists what Asterisk has written. A folder that is missing is an empty one.
func findSides(dir string) (takes []Take, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("capture: the folder where Asterisk records cannot be read: %w", err)
	}
	for _, e := range entries {
		name := sideFile.FindStringSubmatch(e.Name())
		if name == nil || !validID.MatchString(name[1]) {
			continue
		}
		s, err := openSide(filepath.Join(dir, e.Name()))
		if errors.Is(err, os.ErrNotExist) {
			continue // it has been removed meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("capture: a side of recording %s cannot be read: %w", name[1], err)
		}
		s.Close()
		i := slices.IndexFunc(takes, func(t Take) bool { return t.Recording == name[1] })
		if i < 0 {
			takes = append(takes, Take{Head: Head{Recording: name[1], Leg: name[1], Wall: s.began}, Parts: 1})
			i = len(takes) - 1
		}
		t := &takes[i]
		t.Bytes += s.size
		t.Wall = minTime(t.Wall, s.began)
		t.paths = append(t.paths, s.Name())
		t.sides[map[string]Side{"left": Left, "right": Right}[name[2]]] = s.Name()
	}
	return takes, nil
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// BySides reports whether Asterisk has written it. Whether it still does cannot be seen.
func (t Take) BySides() bool { return t.sides != [2]string{} }

// side is one side's file.
type side struct {
	*os.File
	began time.Time
	size  int64 // samples
	at    int64 // where it begins in the sound, in samples
}

// openSide opens one side. Where the file system does not know when a file was made, or made
// it after it was last written, which is a copy, it began its length before that.
func openSide(path string) (s side, err error) {
	if s.File, err = os.Open(path); err != nil {
		return s, err
	}
	var is unix.Statx_t
	if err := unix.Statx(int(s.Fd()), "", unix.AT_EMPTY_PATH, unix.STATX_BTIME|unix.STATX_MTIME|unix.STATX_SIZE, &is); err != nil {
		return s, errors.Join(err, s.Close())
	}
	s.size = int64(is.Size)
	changed := time.Unix(is.Mtime.Sec, int64(is.Mtime.Nsec))
	if s.began = time.Unix(is.Btime.Sec, int64(is.Btime.Nsec)); is.Mask&unix.STATX_BTIME == 0 || changed.Before(s.began) {
		s.began = changed.Add(-time.Duration(s.size * nsPerSample))
	}
	return s, nil
}

// sideSlack is how much of a talk may be missing at its beginning and end: Asterisk needs a
// moment to begin, and hears the end of a talk before it is told.
const sideSlack = 250 * time.Millisecond

// writeSides is WriteMulaw of what Asterisk has written.
func (t Take) writeSides(w io.Writer, from, to time.Time) (r Result, err error) {
	var sides [2]side
	last := t.Wall
	for i, path := range t.sides {
		if path == "" {
			continue
		}
		if sides[i], err = openSide(path); err != nil {
			return r, err
		}
		defer sides[i].Close()
		if end := sides[i].began.Add(time.Duration(sides[i].size * nsPerSample)); end.After(last) {
			last = end
		}
	}
	if r.From = from; from.IsZero() {
		r.From = t.Wall
	}
	if to.IsZero() {
		to = last
	}
	length := int64(to.Sub(r.From)) / nsPerSample
	if length < 0 || length > int64(MostLength)/nsPerSample {
		return r, ErrTooLong
	}
	r.Length = time.Duration(length * nsPerSample)
	begin, end := time.Duration(0), r.Length
	for i := range sides {
		s := &sides[i]
		s.at = int64(s.began.Sub(r.From)) / nsPerSample
		begin, end = max(begin, time.Duration(s.at*nsPerSample)), min(end, time.Duration((s.at+s.size)*nsPerSample))
	}
	if begin > sideSlack {
		r.Holes = append(r.Holes, Hole{Span{0, min(begin, r.Length)}, "cut"})
	}
	if end < r.Length-sideSlack && begin < r.Length {
		r.Holes = append(r.Holes, Hole{Span{max(begin, end), r.Length}, "cut"})
	}
	return r, r.paintSides(w, sides, length)
}

// paintSides writes the sound of both sides.
func (r *Result) paintSides(w io.Writer, sides [2]side, length int64) error {
	canvas, one := make([]byte, 2*window), make([]byte, window)
	for at := int64(0); at < length; at += window {
		n := min(window, length-at)
		for i, s := range sides {
			if err := s.read(one[:n], at); err != nil {
				return err
			}
			for j, b := range one[:n] {
				canvas[2*j+i] = b
			}
		}
		r.measure(canvas[:2*n])
		if _, err := w.Write(canvas[:2*n]); err != nil {
			return err
		}
	}
	return nil
}

// read reads a stretch of the sound; where there is nothing, it is silent.
func (s side) read(into []byte, at int64) error {
	for i := range into {
		into[i] = audio.UlawSilence
	}
	first, last := max(at, s.at), min(at+int64(len(into)), s.at+s.size)
	if first >= last {
		return nil
	}
	_, err := s.ReadAt(into[first-at:last-at], first-s.at)
	if errors.Is(err, io.EOF) {
		return nil // it was cut meanwhile
	}
	return err
}
