package asterisktest

import (
	"net"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"

	"presszero/internal/audio"
)

// agent is the far end of a leg: it speaks with its tone and listens.
type agent struct {
	conn *net.UDPConn
	mu   sync.Mutex
	last [2]time.Time // when the caller's tone, and that of ringing, was heard last
}

func newAgent(t *testing.T) *agent {
	t.Helper()
	conn, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	a := &agent{conn: conn}
	t.Cleanup(func() { conn.Close() })
	go a.listen()
	return a
}

func (a *agent) address() string { return a.conn.LocalAddr().String() }

func (a *agent) listen() {
	buffer := make([]byte, 1500)
	for {
		n, err := a.conn.Read(buffer)
		if err != nil {
			return
		}
		var packet rtp.Packet
		if packet.Unmarshal(buffer[:n]) != nil {
			continue
		}
		a.mu.Lock()
		for i, there := range audio.Present(audio.AppendFromUlaw(nil, packet.Payload), CallerTone, RingingHz) {
			if there {
				a.last[i] = time.Now()
			}
		}
		a.mu.Unlock()
	}
}

// hears reports whether the caller is heard now.
func (a *agent) hears() bool { return a.hearsTone(0) }

// hearsRinging reports whether the ringing tone is heard now.
func (a *agent) hearsRinging() bool { return a.hearsTone(1) }

func (a *agent) hearsTone(i int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return time.Since(a.last[i]) < 100*time.Millisecond
}

// talkTo sends the agent's tone until the test ends.
func (a *agent) talkTo(remote string) {
	to, err := net.ResolveUDPAddr("udp", remote)
	if err != nil {
		return
	}
	go func() {
		tone := audio.NewTone(AgentTone, 8000)
		packet := rtp.Packet{Header: rtp.Header{Version: 2, SSRC: 1}}
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for range tick.C {
			packet.SequenceNumber++
			packet.Timestamp += 160
			packet.Payload = tone.Ulaw()
			data, _ := packet.Marshal()
			if _, err := a.conn.WriteTo(data, to); err != nil {
				return
			}
		}
	}()
}
