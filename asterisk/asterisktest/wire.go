package asterisktest

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// wire is the network between the Switch and Asterisk, which can be cut.
type wire struct {
	url string
	to  string
	in  net.Listener

	mu    sync.Mutex
	down  bool
	conns map[net.Conn]bool
}

func newWire(t *testing.T, url string) *wire {
	t.Helper()
	in, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	rest := strings.TrimPrefix(url, "http://")
	host, path, _ := strings.Cut(rest, "/")
	w := &wire{url: "http://" + in.Addr().String() + "/" + path, to: host, in: in, conns: map[net.Conn]bool{}}
	t.Cleanup(func() { in.Close(); w.cut() })
	go w.accept()
	return w
}

func (w *wire) accept() {
	for {
		here, err := w.in.Accept()
		if err != nil {
			return
		}
		there, err := net.Dial("tcp", w.to)
		if err != nil || !w.keep(here, there) {
			here.Close()
			if there != nil {
				there.Close()
			}
			continue
		}
		for _, pair := range [][2]net.Conn{{here, there}, {there, here}} {
			go func() {
				_, _ = io.Copy(pair[0], pair[1])
				here.Close()
				there.Close()
				w.mu.Lock()
				delete(w.conns, here)
				delete(w.conns, there)
				w.mu.Unlock()
			}()
		}
	}
}

func (w *wire) keep(conns ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range conns {
		if w.down {
			return false
		}
		w.conns[c] = true
	}
	return true
}

// cut breaks every connection and lets none be made.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = true
	for c := range w.conns {
		c.Close()
	}
	clear(w.conns)
}

func (w *wire) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = false
}
