package sql

import (
	"context"
	"net"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// dialer connects so that a silent network is noticed: lib/pq alone would
// wait for an answer for ever.
type dialer struct {
	net.Dialer
	operation time.Duration // longest single read or write; 0: no bound
}

func newDialer(operation time.Duration) *dialer {
	return &dialer{operation: operation, Dialer: net.Dialer{
		Timeout:         3 * time.Second,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 3 * time.Second, Count: 3},
		Control:         dropUnacknowledged,
	}}
}

// dropUnacknowledged ends a TCP connection on which sent data stays without
// an answer for 10 s; keep-alive does not look while data is under way.
func dropUnacknowledged(network, _ string, c syscall.RawConn) error {
	if network != "tcp" && network != "tcp4" && network != "tcp6" {
		return nil
	}
	var failed error
	err := c.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 10_000)
	})
	if err != nil {
		return err
	}
	return failed
}

func (d *dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

func (d *dialer) DialTimeout(network, address string, within time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := d.Dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if d.operation == 0 {
		return c, nil
	}
	return &conn{Conn: c, operation: d.operation}, nil
}

// conn gives each read and write a deadline of its own, or the one that
// lib/pq has set, whichever is earlier.
type conn struct {
	net.Conn
	operation time.Duration

	mu          sync.Mutex
	read, write time.Time
}

func (c *conn) Read(b []byte) (int, error) {
	if err := c.Conn.SetReadDeadline(c.sooner(&c.read)); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

func (c *conn) Write(b []byte) (int, error) {
	if err := c.Conn.SetWriteDeadline(c.sooner(&c.write)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

func (c *conn) sooner(set *time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	own := time.Now().Add(c.operation)
	if !set.IsZero() && set.Before(own) {
		return *set
	}
	return own
}

func (c *conn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	c.read, c.write = t, t
	c.mu.Unlock()
	return c.Conn.SetDeadline(t)
}

func (c *conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	c.read = t
	c.mu.Unlock()
	return c.Conn.SetReadDeadline(t)
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	c.write = t
	c.mu.Unlock()
	return c.Conn.SetWriteDeadline(t)
}
