package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func wavOf(t *testing.T, samples []int16) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := WriteWAV(&file, samples); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestWAVRoundTrip(t *testing.T) {
	for _, samples := range [][]int16{{}, {1, -1, 32767, -32768}, mixTones(SampleRate, 8000, 440)} {
		file := wavOf(t, samples)
		if len(file) != 44+2*len(samples) {
			t.Errorf("%d samples make %d bytes", len(samples), len(file))
		}
		got, err := ReadWAV(bytes.NewReader(file))
		if err != nil || !slices.Equal(got, samples) {
			t.Errorf("%d samples came back as %d, %v", len(samples), len(got), err)
		}
	}
}

func TestWAVWithOtherChunksAndAnOpenEnd(t *testing.T) {
	file := wavOf(t, []int16{1, 2, 3})
	list := append([]byte("LIST\x03\x00\x00\x00abc"), 0) // odd, hence padded
	file = slices.Insert(file, 36, list...)
	binary.LittleEndian.PutUint32(file[len(file)-10:], 0x7FFFF000) // as espeak-ng writes to a pipe
	got, err := ReadWAV(bytes.NewReader(file))
	if err != nil || !slices.Equal(got, []int16{1, 2, 3}) {
		t.Errorf("read %v, %v", got, err)
	}
}

func TestWAVRefusals(t *testing.T) {
	changed := func(at int, b ...byte) []byte {
		file := wavOf(t, []int16{1, 2, 3})
		copy(file[at:], b)
		return file
	}
	for _, c := range []struct {
		what, says string
		file       []byte
	}{
		{"empty", "no RIFF header", nil},
		{"an MP3", "does not begin", []byte("ID3 and so on and on")},
		{"stereo", "2 channel(s)", changed(22, 2)},
		{"44.1 kHz", "44100 Hz", changed(24, 0x44, 0xAC, 0, 0)},
		{"8 bits", "8 bits", changed(34, 8)},
		{"floats", "format 3", changed(20, 3)},
		{"a huge format", "format chunk has", changed(16, 0xFF, 0xFF, 0xFF, 0x7F)},
		{"no format", "before its format", changed(12, 'd', 'a', 't', 'a')},
		{"cut in its format", "ends within its format", changed(0)[:30]},
		{"cut before the sound", "before any sound", changed(0)[:36]},
		{"cut in a chunk", "ends within its", changed(12, 'L', 'I', 'S', 'T', 0xFF)},
	} {
		_, err := ReadWAV(bytes.NewReader(c.file))
		if !errors.Is(err, ErrWAV) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error %v, want one that says %q", c.what, err, c.says)
		}
	}
}

func TestWAVIsBounded(t *testing.T) {
	header := wavOf(t, nil)
	binary.LittleEndian.PutUint32(header[40:], 0xFFFFFFFF)
	if _, err := ReadWAV(io.MultiReader(bytes.NewReader(header), endless{})); !errors.Is(err, ErrWAV) {
		t.Errorf("an endless file: %v", err)
	}
	if err := WriteWAV(io.Discard, make([]int16, MaxWAVSamples+1)); err == nil {
		t.Error("a file that could not be read again was written")
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
