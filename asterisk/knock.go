package asterisk

import (
	"context"
	"net"
	"sync"
	"time"
)

// knock opens connections to Asterisk, and lets only so many stand before its
// door at once. Asterisk listens with a backlog of ten (main/tcptls.c): the
// kernel drops who comes on top, and tries again after a second, in which a
// caller hears nothing. That happens when many callers want something at the
// same moment and few connections are open, as after a restart of ours.
type knock struct {
	net.Dialer
	door  chan struct{} // holds those who have not been let in
	still time.Duration // after which one that says nothing is in: nobody asks anything over it yet
}

const (
	beforeTheDoor = 8 // of the ten; the socket of events and a watchdog come besides
	letIn         = 100 * time.Millisecond
)

func newKnock() *knock {
	return &knock{Dialer: net.Dialer{Timeout: time.Second, KeepAlive: 15 * time.Second},
		door: make(chan struct{}, beforeTheDoor), still: letIn}
}

// dial is http.Transport's DialContext.
func (k *knock) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	select {
	case k.door <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	in := sync.OnceFunc(func() { <-k.door })
	conn, err := k.DialContext(ctx, network, addr)
	if err != nil {
		in()
		return nil, err
	}
	time.AfterFunc(k.still, in)
	return &let{conn, in}, nil
}

// let is a connection that is in when Asterisk says something over it.
type let struct {
	net.Conn
	in func()
}

func (l *let) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	l.in()
	return n, err
}

func (l *let) Close() error {
	l.in()
	return l.Conn.Close()
}
