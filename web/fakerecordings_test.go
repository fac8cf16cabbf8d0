package web_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"math"
	"slices"
	"sync"
	"time"

	"presszero/report"
	"presszero/web"
)

// recordingBook is web.Recordings of a few talks. Each sounds like toneAt.
type recordingBook struct {
	acts *actBook

	mu       sync.Mutex
	list     []report.Recording // the newest first
	asked    report.RecordingFilter
	comments []report.RecordingComment
	plays    []report.RecordingPlay
	wav      bool            // the sound was asked for as WAV
	away     error           // of everything that writes
	listen   map[string]bool // roles with the queue, as agent/support, that may hear what others may not, or not
}

// talked adds a talk in a queue that was recorded and kept, of so many seconds.
func (b *recordingBook) talked(id, queue string, seconds float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	left := nine.Add(time.Duration(seconds * float64(time.Second)))
	b.list = append(b.list, report.Recording{ID: id, Call: "c-" + id, Agent: "agent", Queue: queue, Number: "+34600000001", Name: "Ana", Direction: "in",
		JoinedAt: nine, LeftAt: &left, StartedAt: &nine, State: "kept", Outcome: "answered", Code: "bill", Note: "Wants a refund", LengthS: &seconds,
		Notice: "recorded", Consent: "stayed", Format: "wav", Bytes: 1000})
}

func (b *recordingBook) Recordings(_ context.Context, f report.RecordingFilter) (list []report.Recording, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = f
	for _, r := range b.list {
		switch {
		case len(f.Queues) > 0 && !slices.Contains(f.Queues, r.Queue), slices.Contains(f.Hidden, r.Queue), f.Queue != "" && f.Queue != r.Queue,
			f.Agent != "" && f.Agent != r.Agent, f.Before != nil && r.ID >= f.Before.ID, len(list) == f.Limit, f.Absent != (r.State == "absent"):
		default:
			list = append(list, r)
		}
	}
	return list, nil
}

func (b *recordingBook) Recording(_ context.Context, id string) (report.Recording, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.list {
		if r.ID == id {
			return r, nil
		}
	}
	return report.Recording{}, web.ErrNotFound
}

func (b *recordingBook) Comments(context.Context, string) ([]report.RecordingComment, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.comments), nil
}

func (b *recordingBook) Comment(_ context.Context, id string, c report.RecordingComment) (report.RecordingComment, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c.ID, c.At = int64(len(b.comments)+1), nine
	b.comments = append(b.comments, c)
	b.acts.Write(c.By, "recording.comment", map[string]any{"recording": id})
	return c, b.away
}

func (b *recordingBook) Plays(context.Context, string, int) ([]report.RecordingPlay, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.plays), nil
}

func (b *recordingBook) Play(_ context.Context, id string, p report.RecordingPlay) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away != nil {
		return b.away
	}
	p.At = nine
	b.plays = append(b.plays, p)
	b.acts.Write(p.By, "recording."+p.Kind, map[string]any{"recording": id, "play": p.ID, "why": p.Why})
	return nil
}

func (b *recordingBook) Heard(_ context.Context, play, by string, fromS, toS float64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.acts.Write(by, "recording.heard", map[string]any{"play": play, "from_s": fromS, "to_s": toS})
	return b.away
}

func (b *recordingBook) Sound(ctx context.Context, id string, wav bool) (web.Audio, error) {
	r, err := b.Recording(ctx, id)
	if err != nil {
		return web.Audio{}, err
	}
	b.mu.Lock()
	b.wav = wav
	b.mu.Unlock()
	return web.Audio{Type: "audio/wav", Changed: nine, Content: content{bytes.NewReader(toneFile(int(*r.LengthS)))}}, nil
}

func (b *recordingBook) Copy(ctx context.Context, id string, p report.RecordingPlay) (web.Audio, error) {
	a, err := b.Sound(ctx, id, false)
	if err == nil {
		file, _ := io.ReadAll(a.Content) // of memory
		a.Content = content{bytes.NewReader(append(file, "copy "+p.ID+" for "+p.By...))}
	}
	return a, err
}

func (b *recordingBook) Peaks(ctx context.Context, id string) (peaks [2][]byte, err error) {
	r, err := b.Recording(ctx, id)
	if err != nil {
		return peaks, err
	}
	for i := range int(20 * *r.LengthS) {
		peaks[0] = append(peaks[0], byte(60+60*math.Sin(float64(i)/40)))
		peaks[1] = append(peaks[1], byte(60+60*math.Cos(float64(i)/70)))
	}
	return peaks, nil
}

func (b *recordingBook) Hidden(role web.Role) (queues []string) {
	for _, q := range []string{"", "support", "billing"} {
		if !b.hears(role, q) {
			queues = append(queues, q)
		}
	}
	return queues
}

func (b *recordingBook) hears(role web.Role, queue string) bool {
	if may, ok := b.listen[string(role)+"/"+queue]; ok {
		return may
	}
	return role != web.RoleAgent
}

func (b *recordingBook) Hears(role web.Role, r report.Recording) bool { return b.hears(role, r.Queue) }

func (b *recordingBook) Downloads(role web.Role) bool { return role == web.RoleAdmin }

// toneAt is what sounds in a second, in Hz: the caller, on the left, and the agent. Each
// second has tones of its own, so that it is heard where a player is.
func toneAt(second int) (caller, agent float64) {
	return 500 + 20*float64(second), 2000 + 20*float64(second)
}

// toneFile is a stereo file of so many seconds.
func toneFile(seconds int) []byte {
	const rate = 8000
	var b bytes.Buffer
	b.WriteString("RIFF")
	_ = binary.Write(&b, binary.LittleEndian, uint32(36+4*rate*seconds))
	b.WriteString("WAVEfmt ")
	for _, v := range []any{uint32(16), uint16(1), uint16(2), uint32(rate), uint32(4 * rate), uint16(4), uint16(16)} {
		_ = binary.Write(&b, binary.LittleEndian, v)
	}
	b.WriteString("data")
	_ = binary.Write(&b, binary.LittleEndian, uint32(4*rate*seconds))
	for i := range rate * seconds {
		caller, agent := toneAt(i / rate)
		for _, hertz := range []float64{caller, agent} {
			b.Write(binary.LittleEndian.AppendUint16(nil, uint16(int16(8000*math.Sin(2*math.Pi*hertz*float64(i)/rate)))))
		}
	}
	return b.Bytes()
}
