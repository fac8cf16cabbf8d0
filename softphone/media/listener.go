package media

import (
	"container/list"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"presszero/internal/backoff"
)

// Bounds of the media port's TCP side. A page has one connection, two while it
// connects anew; an office behind one address has many pages.
const (
	mostConns        = 4096
	mostConnsPerHost = 1024 // of one IPv4 address, or one IPv6 /64
)

// boundedListener keeps the connections within its bounds, and goes on after an error
// of Accept, such as no file being left. (pion's TCP mux stops accepting for good at
// the first error.) One too many takes the place of the oldest on which nothing has
// been said, if there is one, and is closed if not: a page speaks at once.
type boundedListener struct {
	net.Listener
	most, perHost int

	mu     sync.Mutex
	open   int
	byHost map[netip.Prefix]*hostConns
	closed chan struct{}
	close  func()
}

// hostConns are the connections of one host.
type hostConns struct {
	key    netip.Prefix
	open   int
	silent list.List // of *countedConn, the oldest first
}

func newBoundedListener(l net.Listener, most, perHost int) *boundedListener {
	b := &boundedListener{Listener: l, most: most, perHost: perHost, byHost: map[netip.Prefix]*hostConns{}, closed: make(chan struct{})}
	b.close = sync.OnceFunc(func() { close(b.closed) })
	return b
}

func (b *boundedListener) Close() error {
	b.close()
	return b.Listener.Close()
}

// Accept returns an error only when the listener is closed.
func (b *boundedListener) Accept() (net.Conn, error) {
	pause := backoff.Backoff{First: 5 * time.Millisecond, Last: time.Second}
	for {
		conn, err := b.Listener.Accept()
		if err == nil {
			pause.Reset()
			if c := b.admit(conn); c != nil {
				return c, nil
			}
			conn.Close()
			continue
		}
		select {
		case <-b.closed:
			return nil, err
		default:
		}
		if errors.Is(err, net.ErrClosed) {
			return nil, err
		}
		slog.Warn("the media port took no TCP connection; trying again", "err", err)
		select {
		case <-time.After(pause.Next()):
		case <-b.closed:
			return nil, err
		}
	}
}

// admit counts a connection, or returns nil if there are too many.
func (b *boundedListener) admit(conn net.Conn) net.Conn {
	from, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return nil
	}
	key := hostOf(from.Addr())
	b.mu.Lock()
	defer b.mu.Unlock()
	host := b.byHost[key]
	if host == nil {
		host = &hostConns{key: key}
	}
	var full *hostConns // the host that loses a connection
	switch {
	case host.open >= b.perHost:
		full = host
	case b.open >= b.most:
		full = b.mostSilentLocked()
	}
	if full != nil {
		oldest := full.silent.Front()
		if oldest == nil {
			return nil
		}
		out := oldest.Value.(*countedConn)
		b.forgetLocked(out)
		_ = out.Conn.Close()
	}
	c := &countedConn{Conn: conn, of: b, host: host}
	b.byHost[key] = host
	b.open++
	host.open++
	c.silent = host.silent.PushBack(c)
	return c
}

// mostSilentLocked is the host with the most connections on which nothing has been
// said. It expects b.mu.
func (b *boundedListener) mostSilentLocked() *hostConns {
	most := &hostConns{}
	for _, h := range b.byHost {
		if h.silent.Len() > most.silent.Len() {
			most = h
		}
	}
	return most
}

// forgetLocked uncounts a connection, once. It expects b.mu.
func (b *boundedListener) forgetLocked(c *countedConn) {
	if c.gone {
		return
	}
	c.gone = true
	c.spokenLocked()
	b.open--
	if c.host.open--; c.host.open == 0 {
		delete(b.byHost, c.host.key)
	}
}

// hostOf is what one host can easily have: an address, or an IPv6 /64.
func hostOf(a netip.Addr) netip.Prefix {
	a = a.Unmap()
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.WithZone("").Prefix(bits)
	return p
}

type countedConn struct {
	net.Conn
	of     *boundedListener
	host   *hostConns
	speaks atomic.Bool // something has been read

	// of.mu guards these.
	silent *list.Element // in host.silent; nil: something has been said, or it is gone
	gone   bool          // no longer counted
}

func (c *countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && !c.speaks.Swap(true) {
		c.of.mu.Lock()
		defer c.of.mu.Unlock()
		c.spokenLocked()
	}
	return n, err
}

func (c *countedConn) spokenLocked() {
	if c.silent != nil {
		c.host.silent.Remove(c.silent)
		c.silent = nil
	}
}

func (c *countedConn) Close() error {
	c.of.mu.Lock()
	c.of.forgetLocked(c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}
