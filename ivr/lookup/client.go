package lookup

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"presszero/call"
)

// Limits of all look-ups.
const (
	within   = 2 * time.Second // the longest that a caller waits for an answer
	atOnce   = 32              // questions being asked
	inLine   = 256             // questions waiting to be asked; more are refused
	bodyMax  = 64 << 10        // bytes of an answer
	headMax  = 16 << 10        // bytes of an answer's header
	keepOpen = time.Minute     // of a connection that is not used
)

// The reasons of an answer that has none, as the flow branches by them.
const (
	timeout = "timeout" // no answer in time
	refused = "refused" // not asked: not allowed, or too much is going on, or the service is known to be down
	failed  = "failed"  // asked, and the answer is none
)

// Config is what a Client needs.
type Config struct {
	// Allow lists the services that may be asked, as "host" (on the usual
	// ports, 443 and 80) or "host:port". Empty: none.
	Allow []string
	// AllowPrivate lists networks that may be reached though they are not
	// public, such as the company's own. Without it the flow's author could
	// reach whatever this machine can, and so could the owner of a service's
	// domain name.
	AllowPrivate []netip.Prefix
	// Post takes the answers. It must not block.
	Post func(call.Event)
	// Logger is told what fails, without a word of what was asked. nil: slog's default.
	Logger *slog.Logger
}

// Client asks services.
type Client struct {
	post      func(call.Event)
	log       *slog.Logger
	permit    atomic.Pointer[permit]
	breakers  breakers
	http      *http.Client
	transport *http.Transport
	now       func() time.Time

	ctx   context.Context
	stop  context.CancelFunc
	group sync.WaitGroup
	queue chan question

	mu     sync.RWMutex
	closed bool // nothing enters the queue any more
}

// question is a look-up with the time by which its caller goes on without it.
type question struct {
	call.LookUp
	until time.Time
}

// New makes a Client. Close ends it.
func New(cfg Config) *Client {
	c := &Client{post: cfg.Post, log: cfg.Logger, now: time.Now, queue: make(chan question, inLine)}
	if c.log == nil {
		c.log = slog.Default()
	}
	c.Permit(cfg.Allow, cfg.AllowPrivate)
	c.transport = c.newTransport()
	c.http = &http.Client{Transport: c.transport,
		// An allowed service must not send us to one that is not.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	c.ctx, c.stop = context.WithCancel(context.Background())
	for range atOnce {
		c.group.Go(c.serveQueue)
	}
	return c
}

// Permit replaces what may be asked, as when a new flow is published. Calls
// that are still on an older flow need what that one asks.
func (c *Client) Permit(allow []string, private []netip.Prefix) {
	c.permit.Store(newPermit(allow, private))
	if c.transport != nil {
		c.transport.CloseIdleConnections()
	}
}

// Do asks. It never blocks; the answer is posted, always, and exactly once.
func (c *Client) Do(l call.LookUp) {
	q := question{l, c.now().Add(limit(l.Within))}
	if !c.enqueue(q) {
		c.log.Warn("a look-up is refused: too many are being asked, or we are stopping", "call", l.Call, "lookup", l.LookUp)
		c.answer(q, nil, refused)
	}
}

func (c *Client) enqueue(q question) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.closed {
		return false
	}
	select {
	case c.queue <- q:
		return true
	default:
		return false
	}
}

// limit is how long a question may take.
func limit(asked time.Duration) time.Duration {
	if asked <= 0 || asked > within {
		return within
	}
	return asked
}

// Close stops asking. What is open is answered as failed or refused before it
// returns; what is ordered later is refused.
func (c *Client) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.stop()
	c.group.Wait()
	for {
		select {
		case q := <-c.queue:
			c.answer(q, nil, refused)
		default:
			c.transport.CloseIdleConnections()
			return
		}
	}
}

func (c *Client) serveQueue() {
	for {
		select {
		case q := <-c.queue:
			fields, why := c.askService(q)
			c.answer(q, fields, why)
		case <-c.ctx.Done():
			return
		}
	}
}

func (c *Client) answer(q question, fields map[string]string, why string) {
	c.post(call.LookedUp{Call: q.Call, LookUp: q.LookUp.LookUp, Fields: fields, Failed: why != "", Why: why})
}

// askService asks one question and returns the fields, or why there are none.
func (c *Client) askService(q question) (fields map[string]string, why string) {
	ctx, cancel := context.WithDeadline(c.ctx, q.until)
	defer cancel()
	request, host, err := c.request(ctx, q)
	if err != nil {
		c.logFailure(q, host, refused, err)
		return nil, refused
	}
	if !c.breakers.allow(host, c.now()) {
		return nil, refused // told once, when it opened
	}
	fields, err = c.fetch(request, q.Fields)
	why = reason(err)
	ill := err != nil && !errors.As(err, new(noneOfOurs))
	if opened := c.breakers.recordResult(host, c.now(), !ill); opened {
		c.log.Error("a service has failed five times in a row and is left alone for 10 s; callers take the branch for failures", "host", host)
	}
	if err != nil {
		c.logFailure(q, host, why, err)
		return nil, why
	}
	return fields, ""
}

// logFailure logs a failure in words of ours only. Errors of the HTTP library repeat
// the address, with what the caller typed, or what the service wrote.
func (c *Client) logFailure(q question, host, why string, err error) {
	c.log.Warn("a look-up got no answer", "call", q.Call, "lookup", q.LookUp.LookUp, "host", host, "why", why, "err", cause(err))
}
