package asterisktest

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/pion/rtp"

	"presszero/internal/audio"
)

// legMedia is the sound of an agent's leg: what comes in is the agent, what goes out
// is the caller in the same bridge.
type legMedia interface{ close() }

// rtpMedia is that of an ExternalMedia channel.
type rtpMedia struct {
	conn *net.UDPConn
	to   *net.UDPAddr
}

func newRTPMedia(host string) (*rtpMedia, error) {
	to, err := net.ResolveUDPAddr("udp", host)
	if err != nil {
		return nil, fmt.Errorf("external_host: %w", err)
	}
	conn, err := freePort()
	if err != nil {
		return nil, err
	}
	return &rtpMedia{conn: conn, to: to}, nil
}

func (m *rtpMedia) close() { m.conn.Close() }

// carrySound carries sound both ways until the channel is gone.
func (m *rtpMedia) carrySound(ch *channel) {
	go m.listen(ch)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	packet := rtp.Packet{Header: rtp.Header{Version: 2, SSRC: 7}}
	var last []Sound
	var tone []int16
	for {
		select {
		case <-ch.gone:
			return
		case <-tick.C:
		}
		packet.SequenceNumber++
		packet.Timestamp += audio.FrameSamples
		heard := ch.heardSounds()
		if !slices.Equal(heard, last) || len(tone) == 0 {
			last, tone = heard, mix(heard)
		}
		if len(heard) == 0 {
			continue
		}
		packet.Payload = audio.AppendUlaw(nil, tone[:audio.FrameSamples])
		tone = tone[audio.FrameSamples:]
		if data, err := packet.Marshal(); err == nil {
			_, _ = m.conn.WriteTo(data, m.to)
		}
	}
}

func (m *rtpMedia) listen(ch *channel) {
	buffer := make([]byte, 1500)
	for {
		n, err := m.conn.Read(buffer)
		if err != nil {
			return
		}
		var packet rtp.Packet
		if packet.Unmarshal(buffer[:n]) != nil || len(packet.Payload) == 0 {
			continue
		}
		if audio.Present(audio.AppendFromUlaw(nil, packet.Payload), AgentTone)[0] {
			ch.says(Agent)
		}
	}
}

// mix is a second of the sounds at once, which can be repeated.
func mix(all []Sound) []int16 {
	sum, one := make([]int16, audio.SampleRate), make([]int16, audio.SampleRate)
	for _, hz := range tonesOf(all) {
		audio.NewTone(hz, 8000).Fill(one)
		for i := range sum {
			sum[i] += one[i]
		}
	}
	return sum
}

// says notes what comes in on an agent's leg.
func (ch *channel) says(s Sound) {
	ch.f.mu.Lock()
	defer ch.f.mu.Unlock()
	ch.said, ch.saidAt = s, time.Now()
}

// voice is the sound that comes in on the channel, and goes to the others.
func (ch *channel) voice() Sound {
	switch {
	case ch.leg != nil && time.Since(ch.saidAt) < 100*time.Millisecond:
		return ch.said
	case ch.leg != nil, ch.spies != nil && ch.spies.state != "Up" && (ch.spies.callee == nil || ch.spies.callee.does != Media):
		return Silence
	case ch.callee != nil:
		return ch.callee.voice
	}
	return Voice
}

// heardSounds is what goes out on the channel; nothing: silence.
func (ch *channel) heardSounds() (all []Sound) {
	ch.f.mu.Lock()
	defer ch.f.mu.Unlock()
	return ch.heardSoundsLocked()
}

func (ch *channel) heardSoundsLocked() (all []Sound) {
	switch {
	case ch.f.channels[ch.id] != ch:
		return nil
	case ch.fallback:
		return []Sound{FallbackSound}
	case ch.speaking != nil && strings.HasPrefix(ch.speaking.now, fakeSilence):
		return nil
	case ch.speaking != nil && ch.speaking.now == RingingTone:
		return []Sound{Ringing}
	case ch.speaking != nil:
		return []Sound{Sound(strings.TrimPrefix(ch.speaking.now, "sound:"))}
	case ch.music == "music "+OtherClass:
		return []Sound{OtherMusic}
	case ch.music != "":
		return []Sound{Music}
	case ch.bridge == nil:
		return nil
	}
	for _, m := range ch.bridge.members {
		if m != ch && m.isHeard() && m.voice() != Silence {
			all = append(all, m.voice())
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func freePort() (*net.UDPConn, error) {
	return net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
}

func localPort(c *net.UDPConn) int { return c.LocalAddr().(*net.UDPAddr).Port }
