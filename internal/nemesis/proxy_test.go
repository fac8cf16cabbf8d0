package nemesis

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func through(t *testing.T, h http.Handler) *Proxy {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	p, err := New(strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// eventsTold is what is heard of n events, alternately about two channels.
func eventsTold(t *testing.T, p *Proxy) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c, _, err := websocket.Dial(ctx, "ws://"+p.Addr(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	var all []string
	for {
		_, text, err := c.Read(ctx)
		if err != nil {
			return all
		}
		all = append(all, string(text))
	}
}

const events = 100

func event(i int) string { return fmt.Sprintf(`{"n":%d,"channel":{"id":"c%d"}}`, i, i%2) }

var speaker = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	for i := range events {
		_ = c.Write(r.Context(), websocket.MessageText, []byte(event(i)))
	}
	_ = c.Close(websocket.StatusNormalClosure, "")
})

// TestSpoil: messages come twice and behind others, by the seed; those of one
// channel keep their order, and none is missing.
func TestSpoil(t *testing.T) {
	p := through(t, speaker)
	plain := eventsTold(t, p)
	if len(plain) != events || plain[events-1] != event(events-1) {
		t.Fatalf("unspoiled came %d: %v", len(plain), plain)
	}
	p.Spoil(Faults{Twice: 0.3, Move: 0.3}, 7)
	first := eventsTold(t, p)
	done := p.Done()
	p.Spoil(Faults{Twice: 0.3, Move: 0.3}, 7)
	eventsTold(t, p)
	if both := p.Done(); both.Twice != 2*done.Twice || both.Moved != 2*done.Moved {
		t.Errorf("one seed, two weathers: %+v, then together %+v", done, both)
	}
	if done.Twice == 0 || done.Moved == 0 || slices.Equal(first, slices.Compact(slices.Clone(plain))) {
		t.Errorf("nothing was spoiled: %+v", done)
	}
	for channel := range 2 {
		var mine []string
		for _, e := range first {
			if strings.Contains(e, fmt.Sprintf("c%d", channel)) {
				mine = append(mine, e)
			}
		}
		var want []string
		for i := channel; i < events; i += 2 {
			want = append(want, event(i))
		}
		if mine = slices.Compact(mine); !slices.Equal(mine, want) {
			t.Errorf("channel %d was told as %v", channel, mine)
		}
	}
	p.Spoil(Faults{Lose: 0.1}, 7)
	if lossy := eventsTold(t, p); len(lossy) >= events || !slices.Equal(lossy, plain[:len(lossy)]) {
		t.Errorf("a stream with a hole in it: %v", lossy)
	}
}

// TestWire: cut, mended, frozen and late.
func TestWire(t *testing.T) {
	p := through(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("here")) }))
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	get := func() error {
		resp, err := client.Get("http://" + p.Addr())
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		_, err = io.ReadAll(resp.Body)
		return err
	}
	if err := get(); err != nil {
		t.Fatal(err)
	}
	p.Cut()
	if get() == nil {
		t.Error("a cut wire carries")
	}
	p.Mend()
	if err := get(); err != nil {
		t.Error("a mended wire does not carry:", err)
	}
	p.Freeze()
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal("a half-open wire can be reached:", err)
	}
	defer c.Close()
	answered := make(chan error, 1)
	go func() { answered <- get() }()
	p.Thaw()
	if err := <-answered; err != nil {
		t.Error("what was sent over a frozen wire comes later:", err)
	}
	p.Delay(100 * time.Millisecond)
	began := time.Now()
	if err := get(); err != nil || time.Since(began) < 200*time.Millisecond {
		t.Errorf("there and back took %v: %v", time.Since(began), err)
	}
}
