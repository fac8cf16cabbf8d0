package pcmwav_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"presszero/internal/audio"
	"presszero/internal/pcmwav"
)

type kept struct {
	*bytes.Reader
	closed *bool
}

func (k kept) Close() error {
	*k.closed = true
	return nil
}

// talk is so many seconds of two voices, as mu-law and as what it stands for.
func talk(seconds int) (law, plain []byte) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range seconds * audio.SampleRate {
		for _, hertz := range []float64{300, 500} {
			b := audio.EncodeUlaw(int16(6000*math.Sin(2*math.Pi*hertz*float64(i)/audio.SampleRate)*math.Sin(float64(i)/9000) + 300*r.NormFloat64()))
			law = append(law, b)
			plain = binary.LittleEndian.AppendUint16(plain, uint16(audio.DecodeUlaw(b)))
		}
	}
	return law, plain
}

func wavOf(format uint16, data []byte) []byte {
	width := uint16(2)
	if format == 1 {
		width = 4
	}
	var b bytes.Buffer
	for _, v := range []any{[]byte("RIFF"), uint32(0), []byte("WAVELIST"), uint32(3), []byte("abc\x00fmt "), uint32(16), format, uint16(2), uint32(8000), uint32(8000) * uint32(width), width, 4 * width,
		[]byte("data"), uint32(len(data)), data} {
		_ = binary.Write(&b, binary.LittleEndian, v)
	}
	return b.Bytes()
}

// encoded is what the encoder of Debian makes, as the archive has it: from a pipe, with the
// length told, and so without a seek table.
func encoded(t *testing.T, plain []byte) []byte {
	t.Helper()
	flac := exec.Command("flac", "-5", "--silent", "--stdout", "--force-raw-format", "--endian=little", "--sign=signed", "--channels=2", "--bps=16", "--sample-rate=8000",
		"--input-size="+strconv.Itoa(len(plain)), "-")
	flac.Stdin = bytes.NewReader(plain)
	out, err := flac.Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestFile: whatever it is kept as, the file is the same WAV, from wherever it is read.
func TestFile(t *testing.T) {
	t.Parallel()
	law, plain := talk(70)
	for format, file := range map[string][]byte{"wav": wavOf(7, law), "pcm": wavOf(1, plain), "flac": encoded(t, plain)} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			if format == "pcm" {
				format = "wav"
			}
			var closed bool
			f, err := pcmwav.Open(kept{bytes.NewReader(file), &closed}, int64(len(file)), format)
			if err != nil {
				t.Fatal(err)
			}
			whole, err := io.ReadAll(f)
			if err != nil || len(whole) != 44+len(plain) || !bytes.Equal(whole[44:], plain) {
				t.Fatalf("%d bytes, %v; the sound has %d", len(whole), err, len(plain))
			}
			if string(whole[:4]) != "RIFF" || binary.LittleEndian.Uint32(whole[4:]) != uint32(len(whole)-8) || binary.LittleEndian.Uint32(whole[24:]) != 8000 ||
				binary.LittleEndian.Uint32(whole[28:]) != 32000 || string(whole[36:40]) != "data" || binary.LittleEndian.Uint32(whole[40:]) != uint32(len(plain)) {
				t.Errorf("the header is %q", whole[:44])
			}
			r := rand.New(rand.NewPCG(3, 4))
			for range 50 {
				at := r.IntN(len(whole))
				part := make([]byte, min(1+r.IntN(20_000), len(whole)-at))
				if _, err := f.Seek(int64(at), io.SeekStart); err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadFull(f, part); err != nil || !bytes.Equal(part, whole[at:at+len(part)]) {
					t.Fatalf("%d bytes from %d are others (%v)", len(part), at, err)
				}
			}
			if err := f.Close(); err != nil || !closed {
				t.Error("what is kept stays open")
			}
		})
	}
}

// TestNoSuchSound: what is no such file, or a part of one, is refused and does no harm.
func TestNoSuchSound(t *testing.T) {
	t.Parallel()
	_, plain := talk(1)
	whole := encoded(t, plain)
	for name, c := range map[string]struct {
		format string
		file   []byte
	}{
		"nothing": {"wav", nil}, "no WAV": {"wav", []byte("RIFF....WAVEnothing of the sort")}, "A-law": {"wav", wavOf(6, plain)}, "no FLAC": {"flac", wavOf(7, plain)}, "Ogg": {"ogg", plain},
	} {
		if _, err := pcmwav.Open(kept{bytes.NewReader(c.file), new(bool)}, int64(len(c.file)), c.format); err == nil {
			t.Errorf("%s was opened", name)
		}
	}
	half := whole[:len(whole)/2]
	f, err := pcmwav.Open(kept{bytes.NewReader(half), new(bool)}, int64(len(half)), "flac")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(f); err == nil {
		t.Error("the half of a file was read to its end")
	}
}

// TestTagged: a copy says whose it is, and sounds as before.
func TestTagged(t *testing.T) {
	t.Parallel()
	law, plain := talk(3)
	tags := []pcmwav.Tag{{"RECORDING", "r1.leg"}, {"COPY_FOR", "Ana Núñez"}}
	for format, file := range map[string][]byte{"wav": wavOf(7, law), "flac": encoded(t, plain)} {
		copied, err := pcmwav.Tagged(bytes.NewReader(file), int64(len(file)), format, tags)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := io.ReadAll(copied)
		if err != nil || int64(len(whole)) != copied.Size() || !bytes.Contains(whole, []byte("COPY_FOR=Ana Núñez")) || bytes.Contains(file, []byte("COPY_FOR")) {
			t.Fatalf("%s: %d of %d bytes, %v", format, len(whole), copied.Size(), err)
		}
		at := make([]byte, 99)
		if _, err := copied.ReadAt(at, 30); err != nil || !bytes.Equal(at, whole[30:129]) {
			t.Errorf("%s: from within it is something else (%v)", format, err)
		}
		var closed bool
		sound, err := pcmwav.Open(kept{bytes.NewReader(whole), &closed}, int64(len(whole)), format)
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		if pcm, err := io.ReadAll(sound); err != nil || !bytes.Equal(pcm[44:], plain) {
			t.Errorf("%s: it sounds otherwise (%v)", format, err)
		}
		if format == "flac" {
			check := exec.Command("metaflac", "--export-tags-to=-", "-")
			name := t.TempDir() + "/copy.flac"
			if err := os.WriteFile(name, whole, 0o600); err != nil {
				t.Fatal(err)
			}
			check.Args[len(check.Args)-1] = name
			if out, err := check.CombinedOutput(); err != nil || string(out) != "RECORDING=r1.leg\nCOPY_FOR=Ana Núñez\n" {
				t.Errorf("metaflac says %q, %v", out, err)
			}
			if out, err := exec.Command("flac", "--test", "--silent", name).CombinedOutput(); err != nil {
				t.Errorf("flac says %s", out)
			}
		}
	}
	if _, err := pcmwav.Tagged(bytes.NewReader(nil), 0, "flac", nil); err == nil {
		t.Error("nothing has tags")
	}
	if _, err := pcmwav.Tagged(bytes.NewReader(nil), 0, "opus", nil); err == nil {
		t.Error("an unknown kind has tags")
	}
}
