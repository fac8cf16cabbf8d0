package mediatest

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"presszero/internal/headless"
	"presszero/softphone/media"
)

// Diary keeps an engine's events.
type Diary struct {
	mu     sync.Mutex
	events []media.Event
	news   chan struct{} // closed and renewed with every event
}

// NewDiary makes an empty one; give its Write to the engine.
func NewDiary() *Diary { return &Diary{news: make(chan struct{})} }

// Write is for Config.OnEvent.
func (d *Diary) Write(e media.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.events = append(d.events, e)
	close(d.news)
	d.news = make(chan struct{})
}

// Count is how often this event has come.
func (d *Diary) Count(e media.Event) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, had := range d.events {
		if had == e {
			n++
		}
	}
	return n
}

// Wait waits until the event has come.
func (d *Diary) Wait(t testing.TB, e media.Event) {
	t.Helper()
	deadline := time.After(patience)
	for {
		d.mu.Lock()
		had, news := slices.Contains(d.events, e), d.news
		events := slices.Clone(d.events)
		d.mu.Unlock()
		if had {
			return
		}
		select {
		case <-news:
		case <-deadline:
			t.Fatalf("event %+v has not come; these have: %+v", e, events)
		}
	}
}

var errOfferOnly = errors.New("the offer is all that was wanted")

// Offer is a softphone's SDP offer.
func Offer(t testing.TB) string {
	t.Helper()
	var sdp string
	_, err := headless.Dial(context.Background(), func(offer string) (string, error) {
		sdp = offer
		return "", errOfferOnly
	}, headless.Options{LocalIP: "127.0.0.1"})
	if !errors.Is(err, errOfferOnly) {
		t.Fatalf("no offer: %v", err)
	}
	return sdp
}

// withoutLines leaves out the lines of an SDP that begin with prefix.
func withoutLines(sdp, prefix string) string {
	var kept strings.Builder
	for line := range strings.Lines(sdp) {
		if !strings.HasPrefix(line, prefix) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// addressFree reports whether no socket is bound to the UDP address.
func addressFree(addr string) bool {
	conn, err := net.ListenPacket("udp", addr)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}
