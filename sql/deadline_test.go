package sql

import (
	"context"
	"net"
	"os"
	"testing"
	"time"
)

// TestEveryReadAndWriteHasADeadline: also where lib/pq sets none, and never
// later than one that it has set.
func TestEveryReadAndWriteHasADeadline(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dial := func(operation time.Duration) net.Conn {
		c, err := newDialer(operation).DialContext(context.Background(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	short := dial(10 * time.Millisecond)
	if _, err := short.Read(make([]byte, 1)); !os.IsTimeout(err) {
		t.Errorf("reading from a silent server gave %v", err)
	}
	for err == nil { // nobody reads: the buffers fill
		_, err = short.Write(make([]byte, 1<<20))
	}
	if !os.IsTimeout(err) {
		t.Errorf("writing to a deaf server gave %v", err)
	}
	long := dial(time.Hour)
	long.SetDeadline(time.Now().Add(10 * time.Millisecond))
	if _, err := long.Read(make([]byte, 1)); !os.IsTimeout(err) {
		t.Errorf("reading past lib/pq's deadline gave %v", err)
	}
}
