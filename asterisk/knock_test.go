package asterisk

import (
	"net"
	"sync"
	"testing"
	"time"
)

// TestKnock: however many want a connection at once, only so many stand before
// the door, and all are let in.
func TestKnock(t *testing.T) {
	t.Parallel()
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const all = 50
	var guests, house sync.WaitGroup
	var mu sync.Mutex
	before, most := 0, 0
	knocking := make(chan net.Conn, all)
	house.Go(func() {
		for {
			c, err := door.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			before++
			most = max(most, before)
			mu.Unlock()
			knocking <- c
		}
	})
	defer house.Wait()
	defer door.Close()

	k := newKnock()
	k.still = time.Hour
	for range all {
		guests.Go(func() {
			c, err := k.dial(t.Context(), "tcp", door.Addr().String())
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
	var standing []net.Conn
	for range beforeTheDoor {
		standing = append(standing, <-knocking)
	}
	for i := range all {
		if len(standing) == 0 {
			standing = append(standing, <-knocking)
		}
		c := standing[0]
		standing = standing[1:]
		mu.Lock()
		before--
		mu.Unlock()
		if _, err := c.Write([]byte{byte(i)}); err != nil {
			t.Error(err)
		}
		defer c.Close()
	}
	guests.Wait()
	if most != beforeTheDoor {
		t.Errorf("%d stood before the door at once, want %d", most, beforeTheDoor)
	}
}
