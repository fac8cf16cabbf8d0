package finish

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"presszero/internal/audio"
	"presszero/recordings/archive"
)

// Talk is a captured talk.
type Talk struct {
	ID string
	// Write writes the sound, mu-law, left and right in turn, 16,000 bytes a second: the
	// same each time.
	Write func(w io.Writer) (Sound, error)
}

// Sound is what is known of a sound when it has been written.
type Sound struct {
	From   time.Time // when it begins
	Length time.Duration
	Holes  time.Duration // of which nothing was captured
	Peaks  [2][]byte     // loudest per 50 ms, left and right
}

const channels = 2

// callOf is the call of a recording: the ids within a call begin with its own.
func callOf(id string) string {
	of, _, _ := strings.Cut(id, ".")
	return of
}

// Keep takes a talk into the archive. flac is the program that encodes; "": there is
// none, and the talk is kept as WAV.
func Keep(ctx context.Context, a *archive.Archive, t Talk, flac string) (archive.Kept, error) {
	if k, is := a.Has(ctx, t.ID); is {
		return k, nil
	}
	is, err := t.Write(io.Discard)
	if err != nil {
		return archive.Kept{}, err
	}
	m := archive.Meta{At: is.From, Length: is.Length, Holes: is.Holes, Peaks: is.Peaks, Format: "wav", Call: callOf(t.ID)}
	samples := int64(is.Length) * audio.SampleRate / int64(time.Second)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	muLaw := writtenBy(func(w io.Writer) error { _, err := t.Write(w); return err })
	defer muLaw.Close()
	if flac == "" || samples == 0 { // flac refuses what has no sample
		return a.Keep(ctx, t.ID, io.MultiReader(bytes.NewReader(wavHeader(samples)), muLaw), m)
	}
	m.Format = "flac"
	encoded, err := encode(ctx, flac, muLaw, samples)
	if err != nil {
		return archive.Kept{}, err
	}
	return a.Keep(ctx, t.ID, encoded, m)
}

// writtenBy is what a function writes, to be read.
func writtenBy(write func(io.Writer) error) *io.PipeReader {
	r, w := io.Pipe()
	go func() {
		out := bufio.NewWriterSize(w, 1<<16)
		err := write(out)
		if err == nil {
			err = out.Flush()
		}
		w.CloseWithError(err)
	}()
	return r
}

// encoding is what comes out of flac. Its end is the end only if flac says that all went
// well.
type encoding struct {
	io.Reader
	cmd  *exec.Cmd
	said *bytes.Buffer
	end  error
}

// encode has flac encode so many samples, and decode them again to see that they are
// the same. It is told their number, since players show no length without. What flac has
// started ends with ctx.
func encode(ctx context.Context, flac string, muLaw io.Reader, samples int64) (io.Reader, error) {
	cmd := exec.CommandContext(ctx, flac, "-5", "--verify", "--silent", "--stdout", "--force-raw-format", "--endian=little", "--sign=signed",
		"--channels="+strconv.Itoa(channels), "--bps=16", "--sample-rate="+strconv.Itoa(audio.SampleRate),
		"--input-size="+strconv.FormatInt(samples*channels*2, 10), "-")
	said := &bytes.Buffer{}
	cmd.Stdin, cmd.Stderr = &linear{from: muLaw}, said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s cannot be started: %w", flac, err)
	}
	return &encoding{Reader: out, cmd: cmd, said: said}, nil
}

func (e *encoding) Read(p []byte) (int, error) {
	if e.end != nil {
		return 0, e.end
	}
	n, err := e.Reader.Read(p)
	if err == nil {
		return n, nil
	}
	e.end = err
	if failed := e.cmd.Wait(); failed != nil { // nothing of it is kept
		e.end = fmt.Errorf("flac has failed: %w: %s", failed, strings.TrimSpace(e.said.String()))
	} else if !errors.Is(err, io.EOF) {
		e.end = fmt.Errorf("what flac has made cannot be read: %w", err)
	}
	return n, e.end
}

// linear decodes mu-law into 16 bits, the lower byte first.
type linear struct {
	from io.Reader
	law  [1 << 14]byte
}

func (l *linear) Read(p []byte) (int, error) {
	n, err := l.from.Read(l.law[:min(len(p)/2, len(l.law))])
	for i, u := range l.law[:n] {
		binary.LittleEndian.PutUint16(p[2*i:], uint16(audio.DecodeUlaw(u)))
	}
	return 2 * n, err
}

// wavHeader is the head of a WAV file of so many samples of mu-law, stereo (RIFF,
// "Multimedia Programming Interface and Data Specifications 1.0", 1991; WAVE_FORMAT_MULAW
// with its fact chunk).
func wavHeader(samples int64) []byte {
	const muLaw, rest = 7, 4 + 8 + 18 + 8 + 4 + 8
	size := uint32(samples * channels)
	h := binary.LittleEndian.AppendUint32([]byte("RIFF"), rest+size)
	h = binary.LittleEndian.AppendUint32(append(h, "WAVEfmt "...), 18)
	for _, v := range []uint16{muLaw, channels} {
		h = binary.LittleEndian.AppendUint16(h, v)
	}
	for _, v := range []uint32{audio.SampleRate, audio.SampleRate * channels} {
		h = binary.LittleEndian.AppendUint32(h, v)
	}
	for _, v := range []uint16{channels, 8, 0} { // bytes of a frame, bits of a sample, no more
		h = binary.LittleEndian.AppendUint16(h, v)
	}
	h = binary.LittleEndian.AppendUint32(append(h, "fact"...), 4)
	h = binary.LittleEndian.AppendUint32(h, uint32(samples))
	return binary.LittleEndian.AppendUint32(append(h, "data"...), size)
}
