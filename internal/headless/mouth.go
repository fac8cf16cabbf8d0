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
	mu      sync.Mutex
	tone    *audio.Tone // nil: silence
	next    int64       // the frame that the tone is at
	muted   bool
	resting bool
	wake    chan struct{} // holds a token when resting has ended
}

// NewMouth speaks with a tone of hz; with 0, silence.
func NewMouth(hz float64) *Mouth {
	m := &Mouth{wake: make(chan struct{}, 1)}
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

// A resting mouth speaks in the first burstFrames of every burstEvery frames, as an
// agent's page does: 60 ms each second.
const (
	burstFrames = 3
	burstEvery  = 50
)

// Rest makes the mouth speak in bursts only, or without a pause again, from the next
// frame on.
func (m *Mouth) Rest(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.resting && !on {
		select {
		case m.wake <- struct{}{}:
		default:
		}
	}
	m.resting = on
}

// pause is how many frames are left out from frame n on.
func (m *Mouth) pause(n int64) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if at := n % burstEvery; m.resting && at >= burstFrames {
		return burstEvery - at
	}
	return 0
}

// lateness is how far a mouth may fall behind its schedule before it leaves
// frames out instead of making up for them. A test that gets no processor for half
// a second has nothing missing in what it says.
const lateness = time.Second

// Speak sends a packet every 20 ms until done is closed, fewer while it rests. The
// schedule is absolute: a late packet makes the next ones no later. send must not
// keep the packet.
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
		said, pause := n-1, m.pause(n)
		n += pause
		due := start.Add(time.Duration(n) * audio.FrameTime)
		if late := time.Since(due); late > lateness {
			n += int64(late / audio.FrameTime)
		} else {
			timer.Reset(-late)
			select {
			case <-timer.C:
			case <-m.wake:
				if n = said; pause > 0 { // with the frame after this moment
					n = max(said, int64(time.Since(start)/audio.FrameTime))
				}
				continue
			case <-done:
				return
			}
		}
		if !m.frame(n, linear[:]) {
			continue
		}
		out.Timestamp = base + uint32(n)*audio.FrameSamples
		out.Payload = audio.AppendUlaw(out.Payload[:0], linear[:])
		send(&out)
		out.Marker = false
		out.SequenceNumber++
	}
}

// frame fills samples with the 20 ms of frame n; false if muted. The tone goes on during what
// is left out, as its timestamps do.
func (m *Mouth) frame(n int64, samples []int16) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tone != nil {
		m.tone.Skip(int(n-m.next) * audio.FrameSamples)
		m.tone.Fill(samples)
	} else {
		clear(samples)
	}
	m.next = n + 1
	return !m.muted
}
