package customer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/rtp"

	"presszero/internal/audio"
	"presszero/internal/customer/internal/digit"
)

// loudness is the peak of the tones that customers speak with.
const loudness = 8000

// Sound is what a customer says. The zero Sound is silence, which is sent like
// any other sound.
type Sound struct {
	// Voice is spoken first (8 kHz; see audio.ReadWAV).
	Voice []int16
	// Loop repeats the voice for ever, with Pause of silence in between.
	Loop  bool
	Pause time.Duration
	// Tone (Hz) is heard once the voice has been spoken; 0 is silence.
	Tone float64
	// NoPackets sends nothing at all, as a telephone that is on hold does.
	NoPackets bool
}

// ErrNoDigits says that the other side did not offer to take telephone events.
var ErrNoDigits = errors.New("customer: the other side takes no digits: its SDP has no telephone-event")

// A mouth sends one packet every 20 ms for as long as the call lasts. The
// schedule is absolute, so a late packet delays none after it.
type mouth struct {
	socket *wire

	mu     sync.Mutex
	to     netip.AddrPort
	event  uint8 // the other side's number for telephone events
	sound  speech
	keys   []*key
	header rtp.Header
}

// speech is a Sound being spoken.
type speech struct {
	Sound
	tone  *audio.Tone
	next  int // the voice's next sample
	pause int // samples of silence still to go
}

// key is a digit being pressed.
type key struct {
	event uint8
	frame int
	sent  chan time.Time // when the first packet of its end was sent
}

func newMouth(socket *wire, what Sound) *mouth {
	m := &mouth{socket: socket, header: rtp.Header{
		Version: 2, PayloadType: payloadUlaw, Marker: true,
		SequenceNumber: uint16(rand.Uint32()), Timestamp: rand.Uint32(), SSRC: rand.Uint32(),
	}}
	m.startSound(what)
	return m
}

func (m *mouth) startSound(what Sound) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sound = speech{Sound: what, tone: audio.NewTone(what.Tone, loudness)}
}

// sendTo sets the address of the other side, which may change during a call.
func (m *mouth) sendTo(s session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.to, m.event, m.header.PayloadType = s.media, s.event, s.law
}

// newStream has the next packet be the first of another stream.
func (m *mouth) newStream(sequence uint16) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.header.SSRC, m.header.Timestamp = rand.Uint32(), rand.Uint32()
	m.header.SequenceNumber, m.header.Marker = sequence, true
}

// law is the payload type of the voice.
func (m *mouth) law() uint8 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.header.PayloadType
}

// speak sends until ctx ends.
func (m *mouth) speak(ctx context.Context) {
	next := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		m.sendPacket()
		next = next.Add(audio.FrameTime)
		timer.Reset(time.Until(next))
	}
}

// sendPacket sends one packet: a pressed key goes before any sound.
func (m *mouth) sendPacket() {
	m.mu.Lock()
	packet := rtp.Packet{Header: m.header}
	var key *key
	if len(m.keys) > 0 {
		key = m.keys[0]
	}
	if key != nil && key.frame < digit.Packets {
		packet.PayloadType = m.event
		packet.Marker = key.frame == 0
		packet.Timestamp -= uint32(key.frame * audio.FrameSamples)
		packet.Payload = digit.Payload(key.event, key.frame)
	} else {
		packet.Payload = m.sound.frame()
		if m.header.PayloadType == payloadAlaw {
			audio.UlawToAlaw(packet.Payload)
		}
	}
	m.header.SequenceNumber++
	m.header.Timestamp += audio.FrameSamples
	m.header.Marker = false
	to, sends := m.to, key != nil || !m.sound.NoPackets
	m.mu.Unlock()

	// A packet that cannot be sent is a lost one, as everywhere in telephony.
	if raw, err := packet.Marshal(); err == nil && sends {
		_ = m.socket.sendRTP(raw, to)
	}
	if key != nil {
		m.advance(key)
	}
}

func (m *mouth) advance(k *key) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if k.frame == digit.Down {
		k.sent <- time.Now()
	}
	k.frame++
	if k.frame == digit.Packets+digit.Pause {
		m.keys = m.keys[1:]
	}
}

// press sends a digit after those already being sent and says when the first
// packet that marks its end left.
func (m *mouth) press(ctx context.Context, which rune, ended <-chan struct{}) (time.Time, error) {
	event, err := digit.Event(which)
	if err != nil {
		return time.Time{}, fmt.Errorf("customer: %w", err)
	}
	k := &key{event: event, sent: make(chan time.Time, 1)}
	m.mu.Lock()
	if m.event == 0 {
		m.mu.Unlock()
		return time.Time{}, ErrNoDigits
	}
	m.keys = append(m.keys, k)
	m.mu.Unlock()
	select {
	case at := <-k.sent:
		return at, nil
	case <-ended:
		return time.Time{}, ErrEnded
	case <-ctx.Done():
		return time.Time{}, ctx.Err() // the key goes down nevertheless
	}
}

// frame is the next 20 ms.
func (s *speech) frame() []byte {
	samples := make([]int16, audio.FrameSamples)
	switch {
	case s.pause > 0:
		s.pause -= audio.FrameSamples
	case s.next < len(s.Voice):
		s.next += copy(samples, s.Voice[s.next:])
		if s.Loop && s.next == len(s.Voice) {
			s.next, s.pause = 0, int(s.Pause*audio.SampleRate/time.Second)
		}
	case s.Tone > 0:
		s.tone.Fill(samples)
	}
	return audio.AppendUlaw(make([]byte, 0, len(samples)), samples)
}
