package media

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v4"
	"golang.org/x/time/rate"
)

// Config is what the engine needs to know.
type Config struct {
	// MediaAddr is the "ip:port" for all pages' voice, UDP and TCP. Port 0
	// takes a free one; 0.0.0.0 takes every address that the machine has at
	// the start.
	MediaAddr string
	// PublicIP, if set, is told to pages as well: the address by which the
	// world reaches MediaAddr through a 1:1 NAT.
	PublicIP string
	// RTPHost is the IP address of the sockets for Asterisk; 127.0.0.1 if
	// empty. RTP is neither encrypted nor authenticated there, so anything
	// but loopback needs a private network.
	RTPHost string
	// OnEvent, if set, hears the news, one at a time, in order. It may call
	// the engine. While it blocks, later news wait in memory; voice does not.
	OnEvent func(Event)
	// Logger is slog.Default() if nil.
	Logger *slog.Logger
}

// A page whose network is gone is announced after disconnectedAfter and given
// up after failedAfter more; it offers anew by itself when it is back.
const (
	disconnectedAfter = 4 * time.Second
	failedAfter       = 6 * time.Second
	keepaliveEvery    = 2 * time.Second
	connectWithin     = 15 * time.Second
)

// When hundreds of pages come back at once, a handshake costs 2 to 4 ms of
// CPU; at this pace they take less than half a core from those who talk.
const (
	offersPerSecond = 100
	offersAtOnce    = 100
)

// Local is the engine in this process.
type Local struct {
	log         *slog.Logger
	rtpHost     netip.Addr
	ports       *ports
	api         *webrtc.API
	certificate webrtc.Certificate
	pace        *rate.Limiter
	mail        *mailbox

	done  chan struct{}
	tasks sync.WaitGroup

	mu     sync.Mutex
	seats  map[string]*seat
	closed bool
}

var _ Engine = (*Local)(nil)

// New starts an engine; Shutdown ends it. It fails when an address is not one
// or is taken.
func New(config Config) (*Local, error) {
	l := &Local{
		log:   cmp.Or(config.Logger, slog.Default()).With("part", "media"),
		pace:  rate.NewLimiter(offersPerSecond, offersAtOnce),
		mail:  newMailbox(),
		done:  make(chan struct{}),
		seats: map[string]*seat{},
	}
	var err error
	if l.rtpHost, err = netip.ParseAddr(cmp.Or(config.RTPHost, "127.0.0.1")); err != nil {
		return nil, fmt.Errorf("media: RTPHost %q is not an IP address: %w", config.RTPHost, err)
	}
	if l.certificate, err = newCertificate(); err != nil {
		return nil, err
	}
	if l.ports, err = openPorts(config.MediaAddr, pionLogs{l.log}); err != nil {
		return nil, err
	}
	if l.api, err = l.newAPI(config.PublicIP); err != nil {
		return nil, errors.Join(err, l.ports.close())
	}
	if config.OnEvent != nil {
		l.mail.listen(config.OnEvent)
	}
	l.spawn("events", func() { l.mail.run(l.done) })
	l.spawn("watch", l.watch)
	l.spawn("reports", l.report)
	return l, nil
}

// newCertificate makes the DTLS identity of this process start. It lives in
// memory only; pages learn its fingerprint from the answer.
func newCertificate() (webrtc.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return webrtc.Certificate{}, fmt.Errorf("media: cannot make a DTLS key: %w", err)
	}
	certificate, err := webrtc.GenerateCertificate(key)
	if err != nil {
		return webrtc.Certificate{}, fmt.Errorf("media: cannot make a DTLS certificate: %w", err)
	}
	return *certificate, nil
}

// newAPI sets the WebRTC library to PCMU and nothing else: no video, no data
// channel, no header extension, no interceptor; RTCP is our own (reports).
func (l *Local) newAPI(publicIP string) (*webrtc.API, error) {
	codecs := &webrtc.MediaEngine{}
	err := codecs.RegisterCodec(webrtc.RTPCodecParameters{
		RTPCodecCapability: pcmu,
		PayloadType:        payloadPCM,
	}, webrtc.RTPCodecTypeAudio)
	if err != nil {
		return nil, fmt.Errorf("media: cannot register PCMU: %w", err)
	}
	settings := webrtc.SettingEngine{LoggerFactory: pionLogs{l.log}}
	settings.SetLite(true)
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.DisableActiveTCP(true) // never dial out
	settings.SetICETimeouts(disconnectedAfter, failedAfter, keepaliveEvery)
	// A lost handshake packet costs this much, and the library's second is
	// a long time for an agent who has just signed in.
	settings.SetDTLSRetransmissionInterval(200 * time.Millisecond)
	if err := l.ports.publish(&settings, publicIP); err != nil {
		return nil, err
	}
	return webrtc.NewAPI(
		webrtc.WithMediaEngine(codecs),
		webrtc.WithSettingEngine(settings),
		// Left out, the library takes its default ones, for video mostly,
		// which cost two allocations a packet.
		webrtc.WithInterceptorRegistry(&interceptor.Registry{}),
	), nil
}

var pcmu = webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMU, ClockRate: clockRate}

// Port is the UDP and TCP port that pages reach.
func (l *Local) Port() int { return l.ports.number }

// Connect implements Engine.
func (l *Local) Connect(ctx context.Context, name, text string) (Answer, error) {
	offer, err := readOffer(text)
	if err != nil {
		return Answer{}, err
	}
	if err := l.pace.Wait(ctx); err != nil {
		return Answer{}, fmt.Errorf("media: too many pages connect at this moment, try again in a second: %w", err)
	}
	page, answer, err := l.newPage(ctx, offer.sdp())
	if err != nil {
		return Answer{}, err
	}
	seat, err := l.seatFor(name)
	if err == nil {
		err = seat.take(page)
	}
	if err != nil {
		page.close()
		return Answer{}, err
	}
	return Answer{SDP: answer, RTPAddr: seat.rtpAddr}, nil
}

// TalkTo implements Engine.
func (l *Local) TalkTo(name, id, remote string) error {
	addr, err := netip.ParseAddrPort(remote)
	if err != nil || addr.Port() == 0 {
		return fmt.Errorf("media: seat %q cannot talk to %q: it is not an ip:port", name, remote)
	}
	seat, err := l.find(name)
	if err != nil {
		return err
	}
	return seat.talkTo(id, netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port()))
}

// Hush implements Engine.
func (l *Local) Hush(name, leg string) {
	if seat, err := l.find(name); err == nil {
		seat.hush(leg)
	}
}

// Close implements Engine.
func (l *Local) Close(name string) {
	l.mu.Lock()
	seat := l.seats[name]
	delete(l.seats, name)
	l.mu.Unlock()
	if seat != nil {
		seat.close()
	}
}

// Seats implements Engine; it never fails.
func (l *Local) Seats() ([]Seat, error) {
	seats := []Seat{}
	for _, seat := range l.all() {
		seats = append(seats, seat.standing())
	}
	slices.SortFunc(seats, func(a, b Seat) int { return cmp.Compare(a.Name, b.Name) })
	return seats, nil
}

// Stats implements Engine.
func (l *Local) Stats(name string) (Stats, error) {
	seat, err := l.find(name)
	if err != nil {
		return Stats{}, err
	}
	return seat.stats(), nil
}

// Shutdown closes every seat and the ports, and waits until all is quiet, at
// most 5 s. It may be repeated.
func (l *Local) Shutdown() error {
	l.mu.Lock()
	already := l.closed
	l.closed = true
	l.mu.Unlock()
	if already {
		return nil
	}
	for _, seat := range l.all() {
		l.Close(seat.name)
	}
	close(l.done)
	quiet := make(chan struct{})
	go func() {
		defer close(quiet)
		l.tasks.Wait()
	}()
	select {
	case <-quiet:
	case <-time.After(5 * time.Second):
		l.log.Warn("media: some voice connections did not end in time")
	}
	return l.ports.close()
}

func (l *Local) find(name string) (*seat, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if seat := l.seats[name]; seat != nil {
		return seat, nil
	}
	return nil, fmt.Errorf("media: seat %q: %w", name, ErrNoSeat)
}

// seatFor finds the seat or sets one up.
func (l *Local) seatFor(name string) (*seat, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, ErrClosed
	}
	if seat := l.seats[name]; seat != nil {
		return seat, nil
	}
	seat, err := newSeat(l, name)
	if err != nil {
		return nil, err
	}
	l.seats[name] = seat
	l.spawn("asterisk's voice", seat.hearAsterisk)
	return seat, nil
}

func (l *Local) all() []*seat {
	l.mu.Lock()
	defer l.mu.Unlock()
	seats := make([]*seat, 0, len(l.seats))
	for _, seat := range l.seats {
		seats = append(seats, seat)
	}
	return seats
}

// spawn runs f on a goroutine that Shutdown waits for.
func (l *Local) spawn(what string, f func()) {
	l.tasks.Go(func() {
		defer l.survive(what)
		f()
	})
}

// survive is deferred at the root of every goroutine: one page that makes the
// library panic must not end everybody's conversation.
func (l *Local) survive(what string) {
	if cause := recover(); cause != nil {
		l.log.Error("media: panic survived", "in", what, "cause", cause, "stack", string(debug.Stack()))
	}
}
