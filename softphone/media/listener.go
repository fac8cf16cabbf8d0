package media

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Bounds of the media port's TCP side. A page has one connection, two while it
// connects anew; an office behind one address has many pages.
const (
	mostConns        = 4096
	mostConnsPerHost = 1024 // of one IPv4 address, or one IPv6 /64
)

// boundedListener refuses connections above its bounds by closing them, and
// goes on after an error of Accept, such as no file being left. (pion's TCP mux
// stops accepting for good at the first error.)
type boundedListener struct {
	net.Listener
	most, perHost int

	mu     sync.Mutex
	open   int
	byHost map[netip.Prefix]int
	closed chan struct{}
	close  func()
}

func newBoundedListener(l net.Listener, most, perHost int) *boundedListener {
	b := &boundedListener{Listener: l, most: most, perHost: perHost, byHost: map[netip.Prefix]int{}, closed: make(chan struct{})}
	b.close = sync.OnceFunc(func() { close(b.closed) })
	return b
}

func (b *boundedListener) Close() error {
	b.close()
	return b.Listener.Close()
}

// Accept returns an error only when the listener is closed.
func (b *boundedListener) Accept() (net.Conn, error) {
	const first, last = 5 * time.Millisecond, time.Second
	for pause := first; ; {
		conn, err := b.Listener.Accept()
		if err == nil {
			pause = first
			if c := b.let(conn); c != nil {
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
		slog.Warn("the media port took no TCP connection; trying again", "error", err, "pause", pause)
		select {
		case <-time.After(pause):
		case <-b.closed:
			return nil, err
		}
		pause = min(2*pause, last)
	}
}

// let counts a connection, or returns nil if there are too many.
func (b *boundedListener) let(conn net.Conn) net.Conn {
	from, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return nil
	}
	host := hostOf(from.Addr())
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open >= b.most || b.byHost[host] >= b.perHost {
		return nil
	}
	b.open++
	b.byHost[host]++
	return &countedConn{Conn: conn, release: sync.OnceFunc(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.open--
		if b.byHost[host]--; b.byHost[host] == 0 {
			delete(b.byHost, host)
		}
	})}
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
	release func()
}

func (c *countedConn) Close() error {
	c.release()
	return c.Conn.Close()
}
