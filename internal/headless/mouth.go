package headless

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/pion/rtp"

	"presszero/internal/audio"
)

// A tone's peaks: a comfortable telephone level.
const amplitude = 8000

// Mouth makes RTP of a steady tone. It may be changed while it speaks.
type Mouth struct {
	mu    sync.Mutex
	tone  *audio.Tone // nil: silence
	muted bool
}

// NewMouth speaks with a tone of hz; with 0, silence.
func NewMouth(hz float64) *Mouth {
	m := &Mouth{}
	m.SetTone(hz)
	return m
}

// SetTone changes the tone, from the next packet on; 0 is silence.
func (m *Mouth) SetTone(hz float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tone = nil
	if hz > 0 {
		m.tone = audio.NewTone(hz, amplitude)
	}
}

// Mute stops the packets altogether, like a microphone that was unplugged.
func (m *Mouth) Mute(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.muted = on
}

// lateness is how far a mouth may fall behind its schedule before it leaves
// frames out instead of making up for them.
const lateness = 200 * time.Millisecond

// Speak sends a packet every 20 ms until done is closed. The schedule is
// absolute: a late packet makes the next ones no later. send must not keep
// the packet.
func (m *Mouth) Speak(done <-chan struct{}, send func(*rtp.Packet)) {
	var linear [audio.FrameSamples]int16
	out := rtp.Packet{Header: rtp.Header{
		Version:        2,
		Marker:         true,
		SequenceNumber: uint16(rand.Uint32()),
		SSRC:           rand.Uint32(),
	}}
	start, base := time.Now(), rand.Uint32()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for n := int64(0); ; n++ {
		due := start.Add(time.Duration(n) * audio.FrameTime)
		if late := time.Since(due); late > lateness {
			n += int64(late / audio.FrameTime)
		} else {
			timer.Reset(-late)
			select {
			case <-timer.C:
			case <-done:
				return
			}
		}
		if !m.frame(linear[:]) {
			continue
		}
		out.Timestamp = base + uint32(n)*audio.FrameSamples
		out.Payload = audio.AppendUlaw(out.Payload[:0], linear[:])
		send(&out)
		out.Marker = false
		out.SequenceNumber++
	}
}

// frame fills samples with the next 20 ms; false if muted.
func (m *Mouth) frame(samples []int16) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tone != nil {
		m.tone.Fill(samples)
	} else {
		clear(samples)
	}
	return !m.muted
}
