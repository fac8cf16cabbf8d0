package headless

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"presszero/internal/audio"
)

// memory is the length of sound by which an Ear tells which tones sound now.
const memory = 100 * time.Millisecond

// Ear judges what is heard: which tones sound now, when each was first heard,
// and how evenly packets come.
type Ear struct {
	listen []float64

	mu     sync.Mutex
	recent []frame // of the last 100 ms, oldest first
	first  map[float64]time.Time
	news   chan struct{} // closed and renewed when a tone is first heard
	gaps   Gaps
	seq    uint16
	ssrc   uint32
	last   time.Time
}

type frame struct {
	at      time.Time
	samples []int16
}

// Gaps tells how evenly packets came since the start or the last Forget.
type Gaps struct {
	Packets int
	Lost    int           // by sequence number
	Longest time.Duration // between two packets of one talk spurt
}

// NewEar makes an ear that notes when it first hears each of the tones, in Hz.
func NewEar(listen ...float64) *Ear {
	return &Ear{
		listen: slices.Clone(listen),
		first:  map[float64]time.Time{},
		news:   make(chan struct{}),
	}
}

// Hear takes an arrived packet; its payload is copied.
func (e *Ear) Hear(p Packet) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.count(p)
	e.forgetOld(p.At)
	samples := audio.AppendFromUlaw(nil, p.Payload)
	e.recent = append(e.recent, frame{p.At, samples})
	for _, hz := range e.listen {
		if _, known := e.first[hz]; !known && audio.Present(samples, hz)[0] {
			e.first[hz] = p.At
			close(e.news)
			e.news = make(chan struct{})
		}
	}
}

// count keeps the gap statistics. The pause before a marker is meant, not a
// gap (RFC 3551 section 4.1).
func (e *Ear) count(p Packet) {
	if e.gaps.Packets > 0 && p.SSRC == e.ssrc && !p.Marker {
		e.gaps.Longest = max(e.gaps.Longest, p.At.Sub(e.last))
		if step := int16(p.Seq - e.seq); step > 1 {
			e.gaps.Lost += int(step) - 1
		}
	}
	e.gaps.Packets++
	e.seq, e.ssrc, e.last = p.Seq, p.SSRC, p.At
}

func (e *Ear) forgetOld(now time.Time) {
	e.recent = slices.DeleteFunc(e.recent, func(f frame) bool { return now.Sub(f.at) >= memory })
}

// window is the sound of the last 100 ms. It expects e.mu.
func (e *Ear) window() []int16 {
	e.forgetOld(time.Now())
	var samples []int16
	for _, f := range e.recent {
		samples = append(samples, f.samples...)
	}
	return samples
}

// LastHeard returns the sound of the last 100 ms, less where packets are late.
func (e *Ear) LastHeard() []int16 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.window()
}

// Heard says whether all these tones, and little else, sounded in the last
// 100 ms.
func (e *Ear) Heard(hz ...float64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return !slices.Contains(audio.Present(e.window(), hz...), false)
}

// Level is the share, 0 to 1, of the last 100 ms' energy at hz.
func (e *Ear) Level(hz float64) float64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return audio.Level(e.window(), hz)
}

// FirstTone is when hz was first heard since the start or the last Forget, to
// the packet. The tone must be one that the ear listens for.
func (e *Ear) FirstTone(hz float64) (time.Time, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	at, heard := e.first[hz]
	return at, heard
}

// WaitTone waits for FirstTone.
func (e *Ear) WaitTone(ctx context.Context, hz float64) (time.Time, error) {
	for {
		e.mu.Lock()
		at, heard := e.first[hz]
		news := e.news
		e.mu.Unlock()
		if heard {
			return at, nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return at, fmt.Errorf("%g Hz was not heard: %w", hz, ctx.Err())
		}
	}
}

// Gaps tells how evenly packets came.
func (e *Ear) Gaps() Gaps {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.gaps
}

// Forget makes the ear listen afresh, as for the next caller.
func (e *Ear) Forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.first)
	e.gaps = Gaps{}
	e.recent = nil
}
