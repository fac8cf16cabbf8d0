package recordings

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"time"
)

// Unusable says why a sound or a name given to us is not taken, in a sentence
// for the person who gave it.
type Unusable string

func (u Unusable) Error() string { return string(u) }

// wav is where the sound is in a wav file.
type wav struct {
	data     int64 // offset of the samples
	bytes    int64 // of samples that are there
	declared int64 // that the header claims
	second   int64 // bytes of a second
}

var errNotWAV = errors.New("not a wav file")

func (w wav) length() time.Duration {
	if w.second == 0 {
		return 0
	}
	return time.Duration(float64(w.bytes) / float64(w.second) * float64(time.Second))
}

// readWAV finds the sound in a wav file of so many bytes. A file whose writer
// was killed has a header that knows nothing of its samples; they count.
func readWAV(r io.ReaderAt, size int64) (w wav, err error) {
	head := make([]byte, 24)
	if _, err := r.ReadAt(head[:12], 0); err != nil || string(head[:4]) != "RIFF" || string(head[8:12]) != "WAVE" {
		return w, errNotWAV
	}
	for at := int64(12); at+8 <= size; {
		if _, err := r.ReadAt(head[:8], at); err != nil {
			return w, errNotWAV
		}
		name, long := string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:]))
		at += 8
		switch name {
		case "fmt ":
			if _, err := r.ReadAt(head[:16], at); err != nil {
				return w, errNotWAV
			}
			w.second = int64(binary.LittleEndian.Uint32(head[8:]))
		case "data":
			if w.second == 0 {
				return w, errNotWAV
			}
			w.data, w.declared, w.bytes = at, long, min(long, size-at)
			if long == 0 {
				w.bytes = size - at
			}
			return w, nil
		}
		at += long + long%2
	}
	return w, errNotWAV
}

// whole is the file up to the end of its samples, with a header that tells the truth
// about them.
func (w wav) whole(f io.ReaderAt) (io.Reader, error) {
	head := make([]byte, w.data)
	if _, err := f.ReadAt(head, 0); err != nil {
		return nil, err
	}
	binary.LittleEndian.PutUint32(head[4:], uint32(w.data+w.bytes-8))
	binary.LittleEndian.PutUint32(head[w.data-4:], uint32(w.bytes))
	return io.MultiReader(bytes.NewReader(head), io.NewSectionReader(f, w.data, w.bytes)), nil
}
