// Package mediatest tests a media engine from both ends: headless phones in
// place of the agents' pages, and plain RTP peers in place of Asterisk.
//
//	headless.Phone ══ WebRTC ══ media.Engine ══ RTP ══ Peer
//
// Exercise is what every engine must pass, in this process or behind a socket.
package mediatest

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"

	"presszero/internal/headless"
)

// Peer is the far end of a leg, as an ExternalMedia channel of Asterisk is: it
// sends a tone to an RTP address from its own, and hears what is sent there.
type Peer struct {
	*headless.Ear
	*headless.Mouth

	conn  *net.UDPConn
	to    netip.AddrPort
	done  chan struct{}
	once  sync.Once
	tasks sync.WaitGroup

	mu      sync.Mutex
	packets []headless.Packet // without payload
}

// NewPeer opens a peer that ends with the test.
func NewPeer(t testing.TB, to string, hz float64, listen ...float64) *Peer {
	t.Helper()
	p, err := OpenPeer(to, hz, listen...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// OpenPeer sends a tone of hz to the address to, until Close; it listens for
// the tones of listen.
func OpenPeer(to string, hz float64, listen ...float64) (*Peer, error) {
	addr, err := netip.ParseAddrPort(to)
	if err != nil {
		return nil, fmt.Errorf("RTP peer: %w", err)
	}
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, fmt.Errorf("RTP peer: %w", err)
	}
	p := &Peer{
		Ear: headless.NewEar(listen...), Mouth: headless.NewMouth(hz),
		conn: conn, to: addr, done: make(chan struct{}),
	}
	p.tasks.Go(p.listen)
	p.tasks.Go(func() { p.Speak(p.done, p.sendPacket) })
	return p, nil
}

// Addr is what Asterisk would tell as UNICASTRTP_LOCAL_ADDRESS and _PORT.
func (p *Peer) Addr() string { return p.conn.LocalAddr().String() }

// Close hangs up.
func (p *Peer) Close() {
	p.once.Do(func() {
		close(p.done)
		_ = p.conn.Close()
	})
	p.tasks.Wait()
}

// Packets are the headers of all packets that came, in order of arrival.
func (p *Peer) Packets() []headless.Packet {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.packets)
}

func (p *Peer) sendPacket(packet *rtp.Packet) {
	if raw, err := packet.Marshal(); err == nil {
		_, _ = p.conn.WriteToUDPAddrPort(raw, p.to)
	}
}

func (p *Peer) listen() {
	buf := make([]byte, 2048)
	for {
		n, _, err := p.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		var in rtp.Packet
		if in.Unmarshal(buf[:n]) != nil || in.PayloadType != 0 {
			continue
		}
		heard := headless.Packet{
			At: time.Now(), Seq: in.SequenceNumber, Timestamp: in.Timestamp,
			SSRC: in.SSRC, Marker: in.Marker, Payload: in.Payload,
		}
		counted := heard
		counted.Payload = nil
		p.mu.Lock()
		p.packets = append(p.packets, counted) // before it is heard: a tone may be known by its first packet
		p.mu.Unlock()
		p.Hear(heard)
	}
}
