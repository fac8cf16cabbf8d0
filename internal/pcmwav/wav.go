package pcmwav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"presszero/internal/audio"
)

const (
	pcm   = 1
	mulaw = 7
	piece = 4096 // samples that are decoded at once
)

// wavSource decodes a WAV file of mu-law, or of 16-bit PCM.
type wavSource struct {
	kept   io.ReaderAt
	is     form
	format uint16
	data   int64 // where the samples begin
}

func openWAV(kept io.ReaderAt, size int64) (*wavSource, error) {
	s := &wavSource{kept: kept}
	at := int64(12)
	for {
		var head [24]byte // of a chunk, and what we want of the format
		if n, err := kept.ReadAt(head[:], at); n < 8 {
			return nil, fmt.Errorf("this is no WAV: %w", err)
		}
		length := int64(binary.LittleEndian.Uint32(head[4:]))
		switch string(head[:4]) {
		case "fmt ":
			s.format = binary.LittleEndian.Uint16(head[8:])
			s.is.channels = int(binary.LittleEndian.Uint16(head[10:]))
			s.is.rate = int(binary.LittleEndian.Uint32(head[12:]))
		case "data":
			if s.is.channels == 0 || s.format != pcm && s.format != mulaw {
				return nil, errors.New("only WAV of mu-law or PCM can be shown")
			}
			s.data = at + 8
			s.is.samples = min(length, size-s.data) / s.width()
			return s, nil
		}
		at += 8 + length + length%2
	}
}

// width is how many bytes a sample of all channels has.
func (s *wavSource) width() int64 {
	if s.format == pcm {
		return int64(2 * s.is.channels)
	}
	return int64(s.is.channels)
}

func (s *wavSource) form() form { return s.is }

func (s *wavSource) piece(sample int64) (int64, []byte, error) {
	raw := make([]byte, min(piece, s.is.samples-sample)*s.width())
	if _, err := s.kept.ReadAt(raw, s.data+sample*s.width()); err != nil && !errors.Is(err, io.EOF) {
		return 0, nil, err
	}
	if s.format == pcm {
		return sample, raw, nil
	}
	out := make([]byte, 0, 2*len(raw))
	for _, b := range raw {
		out = binary.LittleEndian.AppendUint16(out, uint16(audio.DecodeUlaw(b)))
	}
	return sample, out, nil
}
