package media

import (
	"cmp"
	"context"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Local is the engine in this process.
type Local struct {
	log         *slog.Logger
	rtpHost     netip.Addr
	talks       string
	ports       *ports
	certificate tls.Certificate
	pace        *rate.Limiter
	mail        *publisher
	signalling  *signalling

	done  chan struct{}
	tasks sync.WaitGroup
	gate  sync.Mutex // held to close done, and while one joins tasks: never both at once

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
		talks: config.Talks,
		pace:  rate.NewLimiter(offersPerSecond, offersAtOnce),
		mail:  newPublisher(),
		done:  make(chan struct{}),
		seats: map[string]*seat{},
	}
	var err error
	if l.rtpHost, err = netip.ParseAddr(cmp.Or(config.RTPHost, "127.0.0.1")); err != nil || l.rtpHost.IsUnspecified() {
		return nil, fmt.Errorf("media: RTPHost %q is not one IP address to which Asterisk could send", config.RTPHost)
	}
	if l.certificate, err = newCertificate(); err != nil {
		return nil, err
	}
	if l.ports, err = openPorts(config.MediaAddr, config.PublicIP, pionLogs{l.log}, l.survive); err != nil {
		return nil, err
	}
	if l.signalling, err = newSignalling(l, l.rtpHost); err != nil {
		return nil, errors.Join(err, l.ports.close())
	}
	if config.OnEvent != nil {
		l.mail.listen(config.OnEvent)
	}
	l.spawn("events", func() { l.mail.deliverUntil(l.done) })
	l.spawn("watch", l.watch)
	l.spawn("reports", l.report)
	return l, nil
}

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
	page, answer, err := l.newPage(ctx, offer)
	if err != nil {
		return Answer{}, err
	}
	seat, err := l.seatFor(name)
	if err == nil {
		err = seat.attachPage(page)
	}
	if err != nil {
		page.close()
		return Answer{}, err
	}
	return Answer{SDP: answer, RTPAddr: seat.rtpAddr.String(), Address: l.signalling.uri(seat)}, nil
}

// Lines implements Engine.
func (l *Local) Lines() int { return MaxLines }

// TalkTo implements Engine.
func (l *Local) TalkTo(name, id, remote string) error {
	far, err := readRemote(remote)
	if err != nil {
		return fmt.Errorf("media: seat %q cannot talk to %q: %w", name, remote, err)
	}
	seat, err := l.findSeat(name)
	if err != nil {
		return err
	}
	return seat.talkTo(id, far)
}

// readRemote reads the address of an ExternalMedia channel; nil for none.
func readRemote(remote string) (*farEnd, error) {
	if remote == "" {
		return nil, nil
	}
	addr, err := netip.ParseAddrPort(remote)
	if err != nil || addr.Port() == 0 {
		return nil, errors.New("it is not an ip:port")
	}
	return &farEnd{addr: netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port()), payload: payloadPCM}, nil
}

// Hush implements Engine.
func (l *Local) Hush(name, leg string) {
	if seat, err := l.findSeat(name); err == nil {
		seat.hush(leg)
	}
}

// Listen implements Engine.
func (l *Local) Listen(name, of, leg string) error {
	ears, err := l.findSeat(name)
	if err != nil {
		return err
	}
	seat, err := l.findSeat(of)
	if err != nil {
		return err
	}
	return ears.listenTo(seat, leg)
}

// Whisper implements Engine.
func (l *Local) Whisper(name string, on bool) error {
	seat, err := l.findSeat(name)
	if err != nil {
		return err
	}
	return seat.whisper(on)
}

// StopListening implements Engine.
func (l *Local) StopListening(name string) {
	if seat, err := l.findSeat(name); err == nil {
		seat.stopListening()
	}
}

// Expect implements Engine.
func (l *Local) Expect(name string, voice bool) {
	if seat, err := l.findSeat(name); err == nil {
		seat.expect(voice)
	}
}

// Echo implements Engine.
func (l *Local) Echo(name string, on bool) error {
	seat, err := l.findSeat(name)
	if err != nil {
		return err
	}
	if err := seat.echo(on); err != nil {
		return fmt.Errorf("media: seat %q cannot hear itself: %w", name, err)
	}
	return nil
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
	for _, seat := range l.allSeats() {
		seats = append(seats, seat.standing())
	}
	slices.SortFunc(seats, func(a, b Seat) int { return cmp.Compare(a.Name, b.Name) })
	return seats, nil
}

// Stats implements Engine.
func (l *Local) Stats(name string) (Stats, error) {
	seat, err := l.findSeat(name)
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
	for _, seat := range l.allSeats() {
		l.Close(seat.name)
	}
	silenced := l.signalling.close()
	l.gate.Lock()
	close(l.done)
	l.gate.Unlock()
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
	return errors.Join(silenced, l.signalling.closeLate(), l.ports.close())
}

// seatOf finds the seat with that token, or returns nil.
func (l *Local) seatOf(token string) *seat {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, seat := range l.seats {
		if subtle.ConstantTimeCompare([]byte(seat.token), []byte(token)) == 1 {
			return seat
		}
	}
	return nil
}

func (l *Local) findSeat(name string) (*seat, error) {
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

func (l *Local) allSeats() []*seat {
	l.mu.Lock()
	defer l.mu.Unlock()
	seats := make([]*seat, 0, len(l.seats))
	for _, seat := range l.seats {
		seats = append(seats, seat)
	}
	return seats
}

// spawn runs f on a goroutine that Shutdown waits for, unless it waits already.
func (l *Local) spawn(what string, f func()) {
	task := func() {
		defer l.survive(what)
		f()
	}
	l.gate.Lock()
	defer l.gate.Unlock()
	select {
	case <-l.done:
		go task()
	default:
		l.tasks.Go(task)
	}
}

// survive is deferred at the root of every goroutine: one page that makes the
// library panic must not end everybody's conversation.
func (l *Local) survive(what string) {
	if cause := recover(); cause != nil {
		l.log.Error("media: panic survived", "in", what, "err", cause, "stack", string(debug.Stack()))
	}
}
