package asterisk

import (
	"context"
	"net"
	"sync"
	"time"
)

// dialLimiter opens connections to Asterisk, and lets only so many wait in its
// backlog at once. Asterisk listens with a backlog of ten (main/tcptls.c). The kernel
// drops the attempts beyond that and repeats them after a second, in which a caller
// hears nothing. That happens when many callers want something at the same moment and
// few connections are open, as after a restart of ours.
type dialLimiter struct {
	net.Dialer
	pending chan struct{} // holds one for each connection that may still wait in the backlog
	quiet   time.Duration // after which a connection with no answer counts as accepted: nothing has been asked over it yet
}

const (
	mostPending   = 8 // of the ten; the socket of events and a watchdog come besides
	acceptedAfter = 100 * time.Millisecond
)

func newDialLimiter() *dialLimiter {
	return &dialLimiter{Dialer: net.Dialer{Timeout: time.Second, KeepAlive: 15 * time.Second},
		pending: make(chan struct{}, mostPending), quiet: acceptedAfter}
}

// dialContext is http.Transport's DialContext.
func (d *dialLimiter) dialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	select {
	case d.pending <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	accepted := sync.OnceFunc(func() { <-d.pending })
	conn, err := d.DialContext(ctx, network, addr)
	if err != nil {
		accepted()
		return nil, err
	}
	time.AfterFunc(d.quiet, accepted)
	return &limitedConn{conn, accepted}, nil
}

// limitedConn is a connection that counts as accepted when Asterisk says something
// over it.
type limitedConn struct {
	net.Conn
	accepted func()
}

func (l *limitedConn) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	l.accepted()
	return n, err
}

func (l *limitedConn) Close() error {
	l.accepted()
	return l.Conn.Close()
}
