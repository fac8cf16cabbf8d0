package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// WAV files hold what the rest of this package works on and nothing else:
// 16-bit PCM, mono, 8 kHz (RIFF, "Multimedia Programming Interface and Data
// Specifications 1.0", 1991).

const (
	// MaxWAVSamples bounds what is read or written: half an hour, 29 MB.
	MaxWAVSamples = 30 * 60 * SampleRate

	maxFormatChunk = 4096 // a "fmt " chunk is 16 to 40 bytes
	formatPCM      = 1
)

// ErrWAV is wrapped by every refusal of a file's content.
var ErrWAV = errors.New("audio: not a usable WAV file")

// wavFormat is the "fmt " chunk.
type wavFormat struct {
	Format, Channels          uint16
	Rate, BytesPerSecond      uint32
	BlockBytes, BitsPerSample uint16
}

// wavHeader is the whole of what precedes the samples in a file we write.
type wavHeader struct {
	RIFF     [4]byte
	RIFFSize uint32
	WAVE     [4]byte
	Fmt      [4]byte
	FmtSize  uint32
	Format   wavFormat
	Data     [4]byte
	DataSize uint32
}

// ReadWAV reads a 16-bit mono 8 kHz PCM file. Anything else is refused with a
// sentence that says what was found and what is needed. A data chunk that
// claims to be longer than the file (as from a program writing to a pipe) is
// read to the end of the file.
func ReadWAV(r io.Reader) ([]int16, error) {
	var riff [12]byte
	if _, err := io.ReadFull(r, riff[:]); err != nil {
		return nil, fmt.Errorf("%w: it has no RIFF header (%v)", ErrWAV, err)
	}
	if string(riff[:4]) != "RIFF" || string(riff[8:]) != "WAVE" {
		return nil, fmt.Errorf("%w: it does not begin with RIFF and WAVE", ErrWAV)
	}
	known := false
	for {
		id, size, err := readChunkHeader(r)
		if err != nil {
			return nil, err
		}
		switch {
		case id == "fmt ":
			if err := readFormat(r, size); err != nil {
				return nil, err
			}
			known = true
		case id == "data" && !known:
			return nil, fmt.Errorf("%w: its sound comes before its format", ErrWAV)
		case id == "data":
			return readSamples(r, size)
		default: // LIST, fact and the like; chunks are padded to even length
			if _, err := io.CopyN(io.Discard, r, size+size%2); err != nil {
				return nil, fmt.Errorf("%w: it ends within its %q chunk", ErrWAV, id)
			}
		}
	}
}

func readChunkHeader(r io.Reader) (id string, size int64, err error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return "", 0, fmt.Errorf("%w: it ends before any sound (%v)", ErrWAV, err)
	}
	return string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:])), nil
}

func readFormat(r io.Reader, size int64) error {
	if size < 16 || size > maxFormatChunk {
		return fmt.Errorf("%w: its format chunk has %d bytes", ErrWAV, size)
	}
	chunk := make([]byte, size+size%2)
	if _, err := io.ReadFull(r, chunk); err != nil {
		return fmt.Errorf("%w: it ends within its format", ErrWAV)
	}
	var f wavFormat
	if _, err := binary.Decode(chunk, binary.LittleEndian, &f); err != nil {
		return fmt.Errorf("%w: %v", ErrWAV, err)
	}
	if f.Format != formatPCM || f.Channels != 1 || f.Rate != SampleRate || f.BitsPerSample != 16 {
		return fmt.Errorf("%w: it has format %d, %d channel(s), %d Hz, %d bits, but needed is PCM (format 1), mono, %d Hz, 16 bits: convert it with sox IN -r 8000 -c 1 -b 16 -e signed-integer OUT.wav",
			ErrWAV, f.Format, f.Channels, f.Rate, f.BitsPerSample, SampleRate)
	}
	return nil
}

func readSamples(r io.Reader, size int64) ([]int16, error) {
	// One sample more than allowed is enough to know that it is too long.
	raw, err := io.ReadAll(io.LimitReader(r, min(size, 2*MaxWAVSamples+2)))
	if err != nil {
		return nil, fmt.Errorf("audio: reading a WAV file: %w", err)
	}
	if len(raw) > 2*MaxWAVSamples {
		return nil, fmt.Errorf("%w: it is longer than %v", ErrWAV, Duration(MaxWAVSamples))
	}
	samples := make([]int16, len(raw)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return samples, nil
}

// WriteWAV writes samples as a 16-bit mono 8 kHz PCM file.
func WriteWAV(w io.Writer, samples []int16) error {
	if len(samples) > MaxWAVSamples {
		return fmt.Errorf("audio: %v are too long for a WAV file here: write at most %v",
			Duration(len(samples)), Duration(MaxWAVSamples))
	}
	size := uint32(2 * len(samples))
	header := wavHeader{
		RIFF: [4]byte([]byte("RIFF")), RIFFSize: 36 + size,
		WAVE: [4]byte([]byte("WAVE")), Fmt: [4]byte([]byte("fmt ")), FmtSize: 16,
		Format: wavFormat{formatPCM, 1, SampleRate, 2 * SampleRate, 2, 16},
		Data:   [4]byte([]byte("data")), DataSize: size,
	}
	var file bytes.Buffer
	file.Grow(44 + int(size))
	for _, part := range []any{header, samples} {
		if err := binary.Write(&file, binary.LittleEndian, part); err != nil {
			return fmt.Errorf("audio: writing a WAV file: %w", err)
		}
	}
	if _, err := w.Write(file.Bytes()); err != nil {
		return fmt.Errorf("audio: writing a WAV file: %w", err)
	}
	return nil
}
