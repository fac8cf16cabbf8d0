package media

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"
)

// Connections above the bounds are closed, those of others are let in, and a
// place that becomes free is taken again. A connection on which nothing has been said
// gives its place to a new one.
func TestBoundedListener(t *testing.T) {
	inner, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := newBoundedListener(inner, 30, 20)
	defer l.Close()
	let := make(chan net.Conn, 100)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			let <- c
		}
	}()
	dial := func(from string) net.Conn {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		c, err := d.Dial("tcp4", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	came := func() net.Conn {
		select {
		case c := <-let:
			return c
		case <-time.After(5 * time.Second):
			t.Fatal("a connection was not let in")
			return nil
		}
	}
	speaks := func(from string) net.Conn { // returns our side
		c := dial(from)
		ours := came()
		if _, err := c.Write([]byte{1}); err != nil {
			t.Fatal(err)
		}
		if _, err := ours.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		return ours
	}
	closed := func(c net.Conn) bool {
		_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
		_, err := c.Read(make([]byte, 1))
		return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
	}
	var first []net.Conn
	for range 19 {
		first = append(first, speaks("127.0.0.1"))
	}
	silent := dial("127.0.0.1")
	came()
	first = append(first, speaks("127.0.0.1"))
	if !closed(silent) {
		t.Error("a silent connection keeps its place before a new one")
	}
	if !closed(dial("127.0.0.1")) {
		t.Error("an address has more connections than it may")
	}
	for range 9 {
		speaks("127.0.0.2")
	}
	silent = dial("127.0.0.2")
	came()
	speaks("127.0.0.3")
	if !closed(silent) {
		t.Error("a silent connection keeps its place before that of another address")
	}
	if !closed(dial("127.0.0.3")) {
		t.Error("there are more connections than there may be")
	}
	first[0].Close()
	first[0].Close() // counts once
	speaks("127.0.0.3")
	if !closed(dial("127.0.0.3")) {
		t.Error("one connection that was closed twice made two places free")
	}
}

// failing is a listener whose first Accepts fail.
type failing struct {
	net.Listener
	times int
}

func (f *failing) Accept() (net.Conn, error) {
	if f.times > 0 {
		f.times--
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	return f.Listener.Accept()
}

// An error of Accept does not end it; closing does.
func TestAcceptErrors(t *testing.T) {
	inner, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := newBoundedListener(&failing{inner, 3}, 10, 10)
	c, err := net.Dial("tcp4", inner.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := l.Accept(); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(10*time.Millisecond, func() { l.Close() })
	if _, err := l.Accept(); err == nil {
		t.Error("a closed listener accepts")
	}
}

// Thousands of idle connections leave the port open to others: those of one
// address hold no more than its share, and each has seconds for its first STUN
// message.
func TestIdleConnections(t *testing.T) {
	inner, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := newBoundedListener(inner, mostConns, mostConnsPerHost)
	defer l.Close()
	go func() {
		for {
			if _, err := l.Accept(); err != nil {
				return
			}
		}
	}()
	for range 5000 {
		c, err := net.Dial("tcp4", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	l.mu.Lock()
	open := l.open
	l.mu.Unlock()
	if open > mostConnsPerHost {
		t.Errorf("%d connections of one address are open, want at most %d", open, mostConnsPerHost)
	}
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	c, err := d.Dial("tcp4", inner.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ETIMEDOUT) && !isTimeout(err) {
		t.Errorf("another address is refused: %v", err)
	}
}

func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}
