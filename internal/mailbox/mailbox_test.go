package mailbox

import (
	"sync"
	"testing"
)

// TestMailbox: no message is lost, and those of one sender keep their order.
func TestMailbox(t *testing.T) {
	type message struct{ sender, n int }
	const senders, each = 4, 1000
	box := New[message]()
	var sending sync.WaitGroup
	for sender := range senders {
		sending.Go(func() {
			for n := range each {
				box.Put(message{sender, n})
			}
		})
	}
	var next [senders]int
	for got := 0; got < senders*each; {
		<-box.Ready()
		for _, m := range box.TakeAll() {
			if m.n != next[m.sender] {
				t.Fatalf("sender %d: message %d came instead of %d", m.sender, m.n, next[m.sender])
			}
			next[m.sender]++
			got++
		}
	}
	sending.Wait()
	if box.Len() != 0 || box.TakeAll() != nil {
		t.Error("the mailbox is not empty")
	}
}
