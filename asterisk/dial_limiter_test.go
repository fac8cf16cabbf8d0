package asterisk

import (
	"net"
	"sync"
	"testing"
	"time"
)

// TestDialLimiter: however many requests want a connection at once, only so many wait
// in Asterisk's backlog, and each gets its connection.
func TestDialLimiter(t *testing.T) {
	t.Parallel()
	backlog, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const all = 50
	var clients, server sync.WaitGroup
	var mu sync.Mutex
	now, most := 0, 0
	accepted := make(chan net.Conn, all)
	server.Go(func() {
		for {
			c, err := backlog.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			accepted <- c
		}
	})
	defer server.Wait()
	defer backlog.Close()

	d := newDialLimiter()
	d.quiet = time.Hour
	for range all {
		clients.Go(func() {
			c, err := d.dialContext(t.Context(), "tcp", backlog.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			if _, err := c.Read(make([]byte, 1)); err != nil {
				t.Error(err)
			}
		})
	}
	var waiting []net.Conn
	for range mostPending {
		waiting = append(waiting, <-accepted)
	}
	for i := range all {
		if len(waiting) == 0 {
			waiting = append(waiting, <-accepted)
		}
		c := waiting[0]
		waiting = waiting[1:]
		mu.Lock()
		now--
		mu.Unlock()
		if _, err := c.Write([]byte{byte(i)}); err != nil {
			t.Error(err)
		}
		defer c.Close()
	}
	clients.Wait()
	if most != mostPending {
		t.Errorf("%d connections waited at once, want %d", most, mostPending)
	}
}
