package pcmwav

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/mewkiz/flac"
	"github.com/mewkiz/flac/frame"
)

const (
	window = 64 << 10 // bytes that are decoded from the beginning rather than searched
	chunk  = 32 << 10 // bytes that are searched for the beginning of a frame at once
)

// flacSource decodes FLAC (RFC 9639) frame by frame. The files of recordings have no seek
// table, so a frame is found by bisection: each says which it is, and its checksums say that
// it is one.
type flacSource struct {
	kept   io.ReaderAt
	is     form
	block  int64 // samples of each frame but the last
	frames int64 // where the first frame begins
	size   int64
	next   *bufio.Reader // at the frame that has nextAt; nil: none was read
	nextAt int64
}

func openFLAC(kept io.ReaderAt, size int64) (*flacSource, error) {
	s, err := flac.New(io.NewSectionReader(kept, 0, size))
	if err != nil {
		return nil, fmt.Errorf("this is no FLAC: %w", err)
	}
	i := s.Info
	if i.NSamples == 0 || i.BlockSizeMin != i.BlockSizeMax || i.BitsPerSample != 16 {
		return nil, errors.New("only FLAC of 16 bits, one block size and a known length can be shown as WAV")
	}
	frames, err := afterMetadata(kept)
	return &flacSource{kept: kept, is: form{int(i.SampleRate), int(i.NChannels), int64(i.NSamples)}, block: int64(i.BlockSizeMax), frames: frames, size: size}, err
}

// afterMetadata is where the first frame begins (RFC 9639 section 8).
func afterMetadata(kept io.ReaderAt) (int64, error) {
	at, last := int64(4), false
	for !last {
		var head [4]byte
		if _, err := kept.ReadAt(head[:], at); err != nil {
			return 0, err
		}
		last = head[0]&0x80 != 0
		at += 4 + int64(binary.BigEndian.Uint32(head[:])&0xffffff)
	}
	return at, nil
}

func (s *flacSource) form() form { return s.is }

func (s *flacSource) piece(sample int64) (int64, []byte, error) {
	if s.next == nil || sample < s.nextAt || sample >= s.nextAt+s.block {
		s.seek(sample)
	}
	for {
		f, err := frame.Parse(s.next)
		if err != nil {
			s.next = nil
			return 0, nil, fmt.Errorf("sample %d cannot be decoded: %w", sample, err)
		}
		first := int64(f.Num) * s.block
		s.nextAt = first + int64(f.BlockSize)
		if sample < s.nextAt {
			return first, s.pcm(f), nil
		}
	}
}

// seek goes to a frame a little before the sample.
func (s *flacSource) seek(sample int64) {
	low, high := s.frames, s.size
	for high-low > window {
		middle := (low + high) / 2
		at, first, ok := s.find(middle, high)
		if !ok || first > sample {
			high = middle
		} else {
			low = at
		}
	}
	s.next = bufio.NewReaderSize(io.NewSectionReader(s.kept, low, s.size-low), chunk)
}

// find finds the first frame that begins from one place to another, and its first sample.
func (s *flacSource) find(from, to int64) (at, first int64, ok bool) {
	buffer := make([]byte, chunk)
	for ; from < to; from += chunk - 1 {
		n, _ := s.kept.ReadAt(buffer[:min(chunk, s.size-from)], from)
		for i := 0; ; i++ {
			next := bytes.Index(buffer[i:n], []byte{0xff, 0xf8}) // a frame of one block size
			if next < 0 || from+int64(i+next) >= to {
				break
			}
			i += next
			at := from + int64(i)
			if f, err := frame.Parse(bufio.NewReader(io.NewSectionReader(s.kept, at, s.size-at))); err == nil {
				return at, int64(f.Num) * s.block, true
			}
		}
	}
	return 0, 0, false
}

func (s *flacSource) pcm(f *frame.Frame) []byte {
	out := make([]byte, 0, 2*s.is.channels*int(f.BlockSize))
	for i := range int(f.BlockSize) {
		for _, channel := range f.Subframes {
			out = binary.LittleEndian.AppendUint16(out, uint16(int16(channel.Samples[i])))
		}
	}
	return out
}
