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

	"presszero/internal/audio"
)

// seat is an agent's place: one page, one RTP address, and legs, of which at most
// one is live.
type seat struct {
	name    string
	engine  *Local
	rtp     *net.UDPConn // towards Asterisk, as long as the seat lasts
	rtpAddr netip.AddrPort
	token   string // part of the address at which Asterisk calls the seat

	// Read for every packet, so without a lock.
	page      atomic.Pointer[page]      // nil: no connection
	live      atomic.Pointer[turn]      // nil: nothing is forwarded
	legs      atomic.Pointer[[]*leg]    // the oldest first; never changed, but replaced under mu
	echoes    atomic.Pointer[echo]      // nil: the page does not hear itself
	whispers  atomic.Pointer[listening] // nil: it does not whisper
	mic       atomic.Uint64
	strangers atomic.Uint64

	lines [MaxLines]line // towards the page

	// mu orders the changes of page and legs, and the events about them. It guards
	// what follows. No other seat's is taken while it is held.
	mu        sync.Mutex
	closed    bool
	expected  time.Time  // since when voice is due without a leg; zero: it is not
	listening *listening // nil: to nobody
}

func newSeat(engine *Local, name string) (*seat, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(engine.rtpHost, 0)))
	if err != nil {
		return nil, fmt.Errorf("media: no RTP socket on %s for seat %q: %w", engine.rtpHost, name, err)
	}
	s := &seat{name: name, engine: engine, rtp: conn, token: newToken(),
		rtpAddr: conn.LocalAddr().(*net.UDPAddr).AddrPort()}
	s.legs.Store(new([]*leg))
	return s, nil
}

// attachPage makes p the seat's page; the one before is closed in the background.
func (s *seat) attachPage(p *page) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fmt.Errorf("media: seat %q was closed while its page connected: %w", s.name, ErrNoSeat)
	}
	if old := s.page.Swap(p); old != nil {
		p.successor = old.told == Connected || old.told == "" && old.successor
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
	p.heard = p.heard || kind == Connected
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
	if !p.link.reaches() {
		return
	}
	now, l := time.Now(), &s.lines[0]
	l.mu.Lock()
	defer l.mu.Unlock()
	seq, timestamp, _ := l.joined.rewrite(source{turn: new(turn)}, 0, 0, now) // a source of its own, which ends with it
	p.send(0, false, seq, timestamp, silence, now)
}

// prove announces the page once voice has gone both ways: a connection by
// itself, its keep-alives and reports prove nothing about voice. It expects
// s.mu.
func (s *seat) prove(p *page) {
	if !p.greeted.Load() || s.quiet(p, time.Now()) {
		return
	}
	if s.page.Load() == p && p.link.reaches() {
		s.announce(p, Connected)
	}
}

// listen announces that a microphone which was heard is not any more, and that
// it is again; also when another page took its place and is not heard in time.
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
	if !s.quiet(p, now) {
		s.prove(p)
	} else if p.told == Connected || p.told == "" && p.successor && now.Sub(p.began) >= quietAfter {
		s.announce(p, Disconnected)
	}
}

func (s *seat) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	for _, leg := range *s.legs.Load() {
		s.removeLeg(leg)
	}
	_ = s.rtp.Close() // ends hearAsterisk
	if p := s.page.Swap(nil); p != nil {
		s.engine.spawn("close page", p.close)
	}
	s.engine.spawn("stop listening", s.stopListening)
}

// hearAsterisk forwards Asterisk's voice to the page until the seat is closed.
func (s *seat) hearAsterisk() {
	buf := make([]byte, 2048)
	for {
		n, from, err := s.rtp.ReadFromUDPAddrPort(buf)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			continue // news of an earlier packet's fate, not of the socket
		}
		s.hearCaller(buf[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()))
	}
}

// hearCaller forwards one packet of Asterisk's, if its leg is live.
func (s *seat) hearCaller(buf []byte, from netip.AddrPort) {
	legs := *s.legs.Load()
	if len(legs) == 0 {
		return // the tail of a leg that has ended
	}
	leg, far := legFrom(legs, from)
	if leg != nil && isRTCP(buf) {
		return
	}
	in, ok := parse(buf)
	if !ok || leg == nil || in.payloadType != far.payload {
		s.strangers.Add(1)
		return
	}
	now := time.Now()
	leg.caller.countReceived(in, now)
	turn := s.live.Load()
	if turn == nil || turn.leg != leg {
		return
	}
	voice := buf[in.start:in.end]
	if far.payload == payloadALaw {
		audio.AlawToUlaw(voice)
	}
	if s.hear(0, source{turn, in.ssrc}, in, voice, now) {
		leg.caller.countForwarded()
	}
	for _, t := range leg.tapped() {
		t.fromCaller(in, voice, now)
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
	if !p.proved.Load() && s.mu.TryLock() { // others' voice would wait with this; there is more to come
		s.prove(p)
		s.mu.Unlock()
	}
	// Of a page that counts as gone, shreds may come: bursts, what a network had kept.
	if turn := s.live.Load(); turn != nil && p.proved.Load() {
		s.toAsterisk(turn, in, buf, now)
		return
	}
	s.echoBack(in, buf, now)
	if l := s.whispers.Load(); l != nil && s.live.Load() == nil {
		l.whisper(in, buf, now)
	}
}

// toAsterisk passes a packet of the page's microphone on to the live leg.
func (s *seat) toAsterisk(turn *turn, in packet, buf []byte, now time.Time) {
	turn.agent.countReceived(in, now)
	for _, t := range turn.tapped() {
		t.fromAgent(in, buf[in.start:in.end], now)
	}
	far := turn.far.Load()
	if far == nil {
		return // Asterisk has not called yet
	}
	out := buf[in.start-headerLen : in.end]
	if far.payload == payloadALaw {
		audio.UlawToAlaw(out[headerLen:])
	}
	turn.mouth.Lock()
	defer turn.mouth.Unlock()
	seq, timestamp, first := turn.joined.rewrite(source{turn, in.ssrc}, in.seq, in.timestamp, now)
	putHeader(out, far.payload, in.marker || first, seq, timestamp, turn.ssrc)
	if _, err := s.rtp.WriteToUDPAddrPort(out, far.addr); err == nil {
		turn.agent.countForwarded()
	}
}

func (s *seat) standing() Seat {
	now := Seat{Name: s.name, RTPAddr: s.rtpAddr.String(), Address: s.engine.signalling.uri(s), Recordings: s.recorded()}
	if p := s.page.Load(); p != nil {
		now.Connected = p.proved.Load()
	}
	if turn := s.live.Load(); turn != nil {
		now.Leg, now.Remote = turn.id, turn.remote()
	}
	return now
}

func (s *seat) stats() Stats {
	stats := Stats{Seat: s.standing(), Mic: s.mic.Load(), Strangers: s.strangers.Load()}
	if p := s.page.Load(); p != nil {
		stats.Network = p.reports.latest()
	}
	if turn := s.live.Load(); turn != nil {
		stats.Leg, stats.Remote, stats.Began = turn.id, turn.remote(), turn.began
		stats.FromAgent, stats.FromCaller = turn.agent.snapshot(), turn.caller.snapshot()
	}
	return stats
}
