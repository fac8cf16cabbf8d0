package asterisktest

import (
	"net"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"

	"presszero/audio"
)

// agent is the far end of a leg: it speaks with its tone and listens.
type agent struct {
	conn *net.UDPConn
	mu   sync.Mutex
	last time.Time // when the caller's tone was heard last
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
		if packet.Unmarshal(buffer[:n]) == nil && audio.Present(audio.AppendFromUlaw(nil, packet.Payload), CallerTone)[0] {
			a.mu.Lock()
			a.last = time.Now()
			a.mu.Unlock()
		}
	}
}

// hears reports whether the caller is heard now.
func (a *agent) hears() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return time.Since(a.last) < 100*time.Millisecond
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
