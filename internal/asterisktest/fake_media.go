package asterisktest

import (
	"fmt"
	"net"
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
	tone, ringing := audio.NewTone(CallerTone, 8000), audio.NewTone(RingingHz, 8000)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	packet := rtp.Packet{Header: rtp.Header{Version: 2, SSRC: 7}}
	for {
		select {
		case <-ch.gone:
			return
		case <-tick.C:
		}
		packet.SequenceNumber++
		packet.Timestamp += 160
		switch ch.sounds() {
		case RingingHz:
			packet.Payload = ringing.Ulaw()
		case CallerTone:
			packet.Payload = tone.Ulaw()
		default:
			continue
		}
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
		if !audio.Present(audio.AppendFromUlaw(nil, packet.Payload), AgentTone)[0] {
			continue
		}
		ch.agentIsHeard()
	}
}

// agentIsHeard notes that the agent on the leg is heard by the caller in its bridge.
func (ch *channel) agentIsHeard() {
	if caller := ch.other(); caller != nil {
		ch.f.mu.Lock()
		caller.agentTone = time.Now()
		ch.f.mu.Unlock()
	}
}

// sounds is the tone that is sent to the agent; 0: none.
func (ch *channel) sounds() float64 {
	switch {
	case ch.rings():
		return RingingHz
	case ch.speaks():
		return CallerTone
	}
	return 0
}

// rings reports whether the ringing tone is played on a leg.
func (ch *channel) rings() bool {
	ch.f.mu.Lock()
	defer ch.f.mu.Unlock()
	return ch.bridge == nil && ch.speaking != nil && ch.speaking.now == RingingTone
}

// speaks reports whether the caller, or the far end of a call that rings, is heard on
// the leg: they share its bridge, and the far end sends sound.
func (ch *channel) speaks() bool {
	other := ch.other()
	if other == nil {
		return false
	}
	ch.f.mu.Lock()
	defer ch.f.mu.Unlock()
	if !other.isHeard() {
		return false
	}
	return other.spies == nil || other.spies.state == "Up" || other.spies.callee != nil && other.spies.callee.does == Media
}

// other is the other channel of the bridge.
func (ch *channel) other() *channel {
	ch.f.mu.Lock()
	defer ch.f.mu.Unlock()
	if ch.bridge == nil {
		return nil
	}
	for _, m := range ch.bridge.members {
		if m != ch {
			return m
		}
	}
	return nil
}

func freePort() (*net.UDPConn, error) {
	return net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
}

func localPort(c *net.UDPConn) int { return c.LocalAddr().(*net.UDPAddr).Port }
