package media

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"presszero/internal/backoff"
)

// Client is the engine of another process, reached over its Unix socket. When
// that process does not answer, requests fail with ErrLost at once, except
// that Hush, Expect and Close are kept and carried out when it is back: a forgotten
// one would leave a talk open.
type Client struct {
	path  string
	log   *slog.Logger
	mail  *publisher
	done  chan struct{}
	tasks sync.WaitGroup
	once  sync.Once

	pageLines atomic.Int64 // as the process has greeted with
	records   atomic.Bool  // the same

	mu      sync.Mutex
	lines   *lines // nil while the media process is lost
	nextID  uint64
	pending map[uint64]*pending
	kept    []request // Hush, Expect and Close that wait for the media process
}

var _ Engine = (*Client)(nil)

// pending is a request without its reply yet.
type pending struct {
	request request
	reply   chan message // nil: no caller waits, but it must be done
}

const (
	requestWithin = 5 * time.Second // for requests without a deadline of their own
	pingEvery     = 200 * time.Millisecond
	// A connection on which the media process has been silent for so long, pings
	// unanswered, is made anew. If that fails, the process counts as lost.
	silentAfter = 700 * time.Millisecond
	lostAfter   = 300 * time.Millisecond

	// Agents and callers wait meanwhile, and an attempt costs nothing.
	firstRetry = 10 * time.Millisecond
	lastRetry  = 100 * time.Millisecond

	rejectedRetry = time.Second
)

// Dial reaches the media process at path. It tries until ctx ends, because the
// process may be about to start; ctx is not needed afterwards. onEvent is
// given the events under the same rules as Config.OnEvent, and Lost and Back besides.
// A process that speaks another version is an error at once.
func Dial(ctx context.Context, path string, onEvent func(Event)) (*Client, error) {
	c := &Client{
		path:    path,
		log:     slog.Default().With("part", "media"),
		mail:    newPublisher(),
		done:    make(chan struct{}),
		pending: map[uint64]*pending{},
	}
	first, err := c.reach(ctx)
	if err != nil {
		return nil, fmt.Errorf("media: no media process at %s: %w", path, err)
	}
	if onEvent != nil {
		c.mail.listen(onEvent)
	}
	c.lines = first
	c.tasks.Go(func() { c.mail.deliverUntil(c.done) })
	c.tasks.Go(func() { c.keepConnected(first) })
	c.tasks.Go(c.pingServer)
	return c, nil
}

// Shutdown ends the connection. The media process goes on.
func (c *Client) Shutdown() error {
	c.once.Do(func() {
		close(c.done)
		c.mu.Lock()
		if c.lines != nil {
			_ = c.lines.conn.Close()
		}
		c.mu.Unlock()
	})
	c.tasks.Wait()
	return nil
}

var errVersion = errors.New("it speaks another version of the media protocol")

// reach connects and checks the greeting, with full-jitter back-off.
func (c *Client) reach(ctx context.Context) (*lines, error) {
	pause := backoff.Backoff{First: firstRetry, Last: lastRetry, Jitter: 1}
	for {
		l, err := c.greet(ctx)
		if err == nil || errors.Is(err, errVersion) {
			return l, err
		}
		if !pause.Wait(ctx) {
			return nil, err
		}
	}
}

// Alive returns an error if the media process at path does not answer, and says
// why. It does not disturb the controller that uses the process.
func Alive(ctx context.Context, path string) error {
	l, err := (&Client{path: path}).greet(ctx)
	if err != nil {
		return err
	}
	return l.conn.Close()
}

func (c *Client) greet(ctx context.Context) (*lines, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", c.path)
	if err != nil {
		return nil, err
	}
	l, within := newLines(conn), requestWithin
	if end, ok := ctx.Deadline(); ok {
		within = min(within, time.Until(end))
	}
	var hello greeting
	if err := l.readValue(&hello, within); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	c.pageLines.Store(int64(max(hello.Lines, 1)))
	c.records.Store(hello.Records)
	if hello.Version != wireVersion {
		_ = conn.Close()
		return nil, fmt.Errorf("%w: %d, ours is %d; restart it when its conversations have ended",
			errVersion, hello.Version, wireVersion)
	}
	return l, nil
}

// keepConnected reads, and connects again whenever the connection breaks.
func (c *Client) keepConnected(l *lines) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c.tasks.Go(func() {
		<-c.done
		cancel()
	})
	for {
		err := c.readReplies(l)
		c.connectionLost()
		select {
		case <-c.done:
			return
		default:
		}
		c.log.Warn("media: the media process does not answer", "err", err)
		lost := time.AfterFunc(lostAfter, func() { c.mail.enqueue(Event{Kind: Lost}) })
		for l = nil; l == nil; {
			if l, err = c.reach(ctx); err != nil {
				if ctx.Err() != nil {
					lost.Stop()
					return
				}
				c.log.Error("media: cannot use the media process", "err", err)
				c.waitRetry(ctx)
			}
		}
		lost.Stop()
		c.connectionRestored(l)
	}
}

// waitRetry paces attempts that fail for good, like one with a wrong version.
func (c *Client) waitRetry(ctx context.Context) {
	retry := time.NewTimer(rejectedRetry)
	defer retry.Stop()
	select {
	case <-retry.C:
	case <-ctx.Done():
	}
}

// readReplies hands out replies and events until the connection breaks.
func (c *Client) readReplies(l *lines) error {
	defer l.conn.Close()
	for {
		var m message
		if err := l.readValue(&m, silentAfter); err != nil {
			return err
		}
		if m.Event != nil {
			c.mail.enqueue(*m.Event)
			continue
		}
		c.mu.Lock()
		waiting := c.pending[m.ID]
		delete(c.pending, m.ID)
		c.mu.Unlock()
		if waiting != nil && waiting.reply != nil {
			waiting.reply <- m // has room for one
		}
	}
}

// connectionLost fails the requests whose reply is awaited and keeps the others.
func (c *Client) connectionLost() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = nil
	for _, p := range c.pending {
		if p.reply != nil {
			close(p.reply)
		} else if p.request.Do != doPing {
			c.kept = append(c.kept, p.request)
		}
	}
	clear(c.pending)
	slices.SortFunc(c.kept, func(a, b request) int { return cmp.Compare(a.ID, b.ID) })
}

// connectionRestored carries out what was kept, before anything newer.
func (c *Client) connectionRestored(l *lines) {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.done: // Shutdown came first and found nothing to close
		_ = l.conn.Close()
	default:
	}
	c.lines = l
	kept := c.kept
	c.kept = nil
	for _, r := range kept {
		c.writeRequest(&pending{request: r})
	}
	c.mail.enqueue(Event{Kind: Back})
}

// pingServer keeps messages coming, so that silence means that something is wrong.
func (c *Client) pingServer() {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			c.mu.Lock()
			if c.lines != nil {
				c.writeRequest(&pending{request: request{Do: doPing}})
			}
			c.mu.Unlock()
		case <-c.done:
			return
		}
	}
}

// writeRequest writes a request. It expects c.mu and c.lines. A write that fails
// breaks the connection, and connectionLost deals with the request.
func (c *Client) writeRequest(p *pending) {
	c.nextID++
	p.request.ID = c.nextID
	c.pending[p.request.ID] = p
	if err := c.lines.write(p.request); err != nil {
		_ = c.lines.conn.Close()
	}
}

// order sends what must be done, now or when the media process is back.
func (c *Client) order(r request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lines == nil {
		c.nextID++
		r.ID = c.nextID
		c.kept = append(c.kept, r)
		return
	}
	c.writeRequest(&pending{request: r})
}

// roundTrip sends a request and waits for its reply.
func (c *Client) roundTrip(ctx context.Context, r request) (message, error) {
	ctx, cancel := context.WithTimeout(ctx, requestWithin)
	defer cancel()
	deadline, _ := ctx.Deadline()
	r.Within = max(time.Until(deadline).Milliseconds(), 1)
	p := &pending{request: r, reply: make(chan message, 1)}
	c.mu.Lock()
	if c.lines == nil {
		c.mu.Unlock()
		return message{}, c.unreachable(r)
	}
	c.writeRequest(p)
	c.mu.Unlock()
	select {
	case m, ok := <-p.reply:
		if !ok {
			return message{}, c.unreachable(r)
		}
		return m, m.decodeError()
	case <-ctx.Done():
		c.mu.Lock()
		delete(c.pending, p.request.ID)
		c.mu.Unlock()
		return message{}, fmt.Errorf("media: no reply to %s of seat %q: %w", r.Do, r.Seat, ctx.Err())
	}
}

func (c *Client) unreachable(r request) error {
	return fmt.Errorf("media: cannot %s seat %q: %w", r.Do, r.Seat, ErrLost)
}

// Connect implements Engine.
func (c *Client) Connect(ctx context.Context, seat, offer string) (Answer, error) {
	if len(offer) > MaxOffer { // would not fit into a line
		return Answer{}, refuse("it has %d bytes, at most %d are accepted", len(offer), MaxOffer)
	}
	m, err := c.roundTrip(ctx, request{Do: doConnect, Seat: seat, Offer: offer})
	if err != nil || m.Answer == nil {
		return Answer{}, err
	}
	return *m.Answer, nil
}

// Lines implements Engine.
func (c *Client) Lines() int { return int(c.pageLines.Load()) }

// TalkTo implements Engine.
func (c *Client) TalkTo(seat, leg, remote string) error {
	_, err := c.roundTrip(context.Background(), request{Do: doTalk, Seat: seat, Leg: leg, Remote: remote})
	return err
}

// Hush implements Engine.
func (c *Client) Hush(seat, leg string) { c.order(request{Do: doHush, Seat: seat, Leg: leg}) }

// Listen implements Engine.
func (c *Client) Listen(seat, of, leg string) error {
	_, err := c.roundTrip(context.Background(), request{Do: doListen, Seat: seat, Of: of, Leg: leg})
	return err
}

// Whisper implements Engine. A media process of before it refuses the request.
func (c *Client) Whisper(seat string, on bool) error {
	_, err := c.roundTrip(context.Background(), request{Do: doWhisper, Seat: seat, Voice: on})
	return err
}

// StopListening implements Engine.
func (c *Client) StopListening(seat string) { c.order(request{Do: doStopListening, Seat: seat}) }

// Expect implements Engine. A media process of before it replies that it does not
// know the request; it takes every page for one that never rests, and so does the page.
func (c *Client) Expect(seat string, voice bool) {
	c.order(request{Do: doExpect, Seat: seat, Voice: voice})
}

// Echo implements Engine. A media process of before it refuses the request.
func (c *Client) Echo(seat string, on bool) error {
	_, err := c.roundTrip(context.Background(), request{Do: doEcho, Seat: seat, Voice: on})
	return err
}

// Close implements Engine.
func (c *Client) Close(seat string) { c.order(request{Do: doClose, Seat: seat}) }

// Seats implements Engine.
func (c *Client) Seats() ([]Seat, error) {
	m, err := c.roundTrip(context.Background(), request{Do: doSeats})
	return m.Seats, err
}

// Stats implements Engine.
func (c *Client) Stats(seat string) (Stats, error) {
	m, err := c.roundTrip(context.Background(), request{Do: doStats, Seat: seat})
	if err != nil || m.Stats == nil {
		return Stats{}, err
	}
	return *m.Stats, nil
}
