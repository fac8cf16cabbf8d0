package media

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// seat is an agent's place: one page, one RTP address, at most one leg.
type seat struct {
	name    string
	engine  *Local
	rtp     *net.UDPConn // towards Asterisk, as long as the seat lasts
	rtpAddr string

	// Read for every packet, so without a lock.
	page      atomic.Pointer[page] // nil: no connection
	leg       atomic.Pointer[leg]  // nil: nothing is forwarded
	mic       atomic.Uint64
	strangers atomic.Uint64

	// ears guards joined: one stream to the page over all legs, which a greeting
	// begins.
	ears   sync.Mutex
	joined splice

	// mu orders the changes of page and leg, and the events about them.
	mu     sync.Mutex
	closed bool
}

func newSeat(engine *Local, name string) (*seat, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(engine.rtpHost, 0)))
	if err != nil {
		return nil, fmt.Errorf("media: no RTP socket on %s for seat %q: %w", engine.rtpHost, name, err)
	}
	return &seat{name: name, engine: engine, rtp: conn, rtpAddr: conn.LocalAddr().String()}, nil
}

// attachPage makes p the seat's page; the one before is closed in the background.
func (s *seat) attachPage(p *page) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fmt.Errorf("media: seat %q was closed while its page connected: %w", s.name, ErrNoSeat)
	}
	if old := s.page.Swap(p); old != nil {
		s.engine.spawn("close page", old.close)
	}
	p.begin(s)
	return nil
}

// detachPage lets go of p, if it is still the seat's page.
func (s *seat) detachPage(p *page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.page.CompareAndSwap(p, nil) {
		return
	}
	s.announce(p, Disconnected)
	s.engine.spawn("close page", p.close)
}

// announce tells the page's state if it is news. It expects s.mu.
func (s *seat) announce(p *page, kind Kind) {
	p.up.Store(kind == Connected)
	p.proved.Store(kind == Connected)
	if p.told != kind {
		p.told = kind
		s.engine.mail.enqueue(Event{Seat: s.name, Kind: kind})
	}
}

// silence is a packet of it.
var silence = bytes.Repeat([]byte{0xFF}, frame)

// greet sends a packet of silence to the page, so that voice has gone both ways
// before anybody relies on it.
func (s *seat) greet(p *page) {
	if !p.track.bound.Load() {
		return
	}
	now := time.Now()
	s.ears.Lock()
	seq, timestamp, _ := s.joined.rewrite(source{leg: new(leg)}, 0, 0, now) // a source of its own, which ends with it
	s.ears.Unlock()
	packet := &rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: seq, Timestamp: timestamp}, Payload: silence}
	if p.track.WriteRTP(packet) == nil {
		p.greeted.Store(true)
		p.reports.countSent(timestamp, frame, now)
	}
}

// prove announces the page once voice has gone both ways: a connection by
// itself, its keep-alives and reports prove nothing about voice. It expects
// s.mu.
func (s *seat) prove(p *page) {
	last := p.reports.mic.lastHeard()
	if !p.greeted.Load() || last.IsZero() || time.Since(last) >= quietAfter {
		return
	}
	if s.page.Load() == p && p.connection.ConnectionState() == webrtc.PeerConnectionStateConnected {
		s.announce(p, Connected)
	}
}

// listen announces that a microphone which was heard is not any more, and that
// it is again.
func (s *seat) listen(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.page.Load()
	if p == nil {
		return
	}
	if !p.greeted.Load() && p.up.Load() {
		s.greet(p)
	}
	switch last := p.reports.mic.lastHeard(); {
	case last.IsZero(): // not yet, or there is none
	case now.Sub(last) >= quietAfter:
		if p.told != "" {
			s.announce(p, Disconnected)
		}
	default:
		s.prove(p)
	}
}

func (s *seat) talkTo(id string, remote netip.AddrPort) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fmt.Errorf("media: seat %q: %w", s.name, ErrNoSeat)
	}
	if now := s.leg.Load(); now != nil && now.id == id && now.remote == remote {
		return nil
	}
	s.leg.Store(newLeg(id, remote))
	return nil
}

func (s *seat) endTalk(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.leg.Load(); now != nil && now.id == id {
		s.leg.Store(nil)
	}
}

func (s *seat) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	s.leg.Store(nil)
	_ = s.rtp.Close() // ends hearAsterisk
	if p := s.page.Swap(nil); p != nil {
		s.engine.spawn("close page", p.close)
	}
}

// hearAsterisk forwards Asterisk's voice to the page until the seat is closed.
func (s *seat) hearAsterisk() {
	buf := make([]byte, 2048)
	forward := earForwarder{seat: s}
	for {
		n, from, err := s.rtp.ReadFromUDPAddrPort(buf)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			continue // news of an earlier packet's fate, not of the socket
		}
		forward.packet(buf[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()))
	}
}

// earForwarder carries what must last from packet to packet on the way to the
// page.
type earForwarder struct {
	seat *seat
	out  rtp.Packet
}

func (f *earForwarder) packet(buf []byte, from netip.AddrPort) {
	s := f.seat
	leg := s.leg.Load()
	if leg == nil {
		return // the tail of a leg that has ended
	}
	in, ok := parse(buf)
	if !ok || from != leg.remote || in.payloadType != payloadPCM {
		s.strangers.Add(1)
		return
	}
	now := time.Now()
	leg.caller.countReceived(in, now)
	page := s.page.Load()
	if page == nil || !page.up.Load() {
		return
	}
	s.ears.Lock()
	seq, timestamp, first := s.joined.rewrite(source{leg, in.ssrc}, in.seq, in.timestamp, now)
	s.ears.Unlock()
	f.out.Header = rtp.Header{ // SSRC and payload type are the track's
		Version:        2,
		Marker:         in.marker || first,
		SequenceNumber: seq,
		Timestamp:      timestamp,
	}
	f.out.Payload = buf[in.start:in.end]
	if page.track.WriteRTP(&f.out) == nil {
		if !page.greeted.Load() && page.track.bound.Load() {
			page.greeted.Store(true)
		}
		leg.caller.countForwarded()
		page.reports.countSent(timestamp, in.end-in.start, now)
	}
}

// hearPage forwards one packet of the page's microphone to Asterisk. It writes
// the new header into buf, in front of the voice, where the old one was.
func (s *seat) hearPage(p *page, buf []byte) {
	in, ok := parse(buf)
	if !ok || in.payloadType != payloadPCM {
		return
	}
	now := time.Now()
	s.mic.Add(1)
	p.reports.mic.countReceived(in, now)
	if !p.proved.Load() {
		s.mu.Lock()
		s.prove(p)
		s.mu.Unlock()
	}
	leg := s.leg.Load()
	if leg == nil {
		return
	}
	leg.agent.countReceived(in, now)
	out := buf[in.start-headerLen : in.end]
	leg.mouth.Lock()
	defer leg.mouth.Unlock()
	seq, timestamp, first := leg.joined.rewrite(source{leg, in.ssrc}, in.seq, in.timestamp, now)
	putHeader(out, in.marker || first, seq, timestamp, leg.ssrc)
	if _, err := s.rtp.WriteToUDPAddrPort(out, leg.remote); err == nil {
		leg.agent.countForwarded()
	}
}

func (s *seat) standing() Seat {
	now := Seat{Name: s.name, RTPAddr: s.rtpAddr}
	if p := s.page.Load(); p != nil {
		now.Connected = p.proved.Load()
	}
	if leg := s.leg.Load(); leg != nil {
		now.Leg, now.Remote = leg.id, leg.remote.String()
	}
	return now
}

func (s *seat) stats() Stats {
	stats := Stats{Seat: s.standing(), Mic: s.mic.Load(), Strangers: s.strangers.Load()}
	if p := s.page.Load(); p != nil {
		stats.Network = p.reports.latest()
	}
	if leg := s.leg.Load(); leg != nil {
		stats.Leg, stats.Remote, stats.Began = leg.id, leg.remote.String(), leg.began
		stats.FromAgent, stats.FromCaller = leg.agent.snapshot(), leg.caller.snapshot()
	}
	return stats
}
