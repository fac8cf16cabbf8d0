package wholetest

import (
	"encoding/binary"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"presszero/internal/audio"
)

// wiretap hears the RTP that Asterisk sends to callers, as it passes the
// loopback. SIPp can say a tone but not hear one, so its ear is here.
type wiretap struct {
	*building
	mu    sync.Mutex
	heard map[uint16][]int16 // the last 100 ms, by the port it goes to
}

// tap listens until the test ends. It needs root, as SIPp's voice does.
func tap(t testing.TB, h *building) *wiretap {
	t.Helper()
	var low, high uint16
	if _, err := fmt.Sscanf(h.settings["PRESSZERO_RTP_PORTS"], "%d-%d", &low, &high); err != nil {
		t.Fatal(err)
	}
	const allIP = 0x0008 // ETH_P_IP in network order
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_DGRAM, allIP)
	if err != nil {
		t.Fatalf("packets cannot be watched; run the tests as root: %v", err)
	}
	must(t, syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Usec: 100_000}))
	w := &wiretap{building: h.in(t), heard: map[uint16][]int16{}}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		defer syscall.Close(fd)
		packet := make([]byte, 2000)
		for {
			select {
			case <-quit:
				return
			default:
			}
			if n, _, err := syscall.Recvfrom(fd, packet, 0); err == nil {
				w.take(packet[:n], low, high)
			}
		}
	}()
	t.Cleanup(func() { close(quit); <-done })
	return w
}

// take keeps the voice of a packet that Asterisk sends to somebody's telephone.
func (w *wiretap) take(p []byte, low, high uint16) {
	const ip, udp, rtp = 20, 8, 12
	if len(p) < ip+udp+rtp || p[0] != 0x45 || p[9] != syscall.IPPROTO_UDP {
		return
	}
	from, to := binary.BigEndian.Uint16(p[ip:]), binary.BigEndian.Uint16(p[ip+2:])
	voice := p[ip+udp+rtp:]
	if from < low || from > high || to >= low && to <= high || len(voice) != audio.FrameSamples {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	all := audio.AppendFromUlaw(w.heard[to], voice)
	w.heard[to] = all[max(0, len(all)-5*audio.FrameSamples):]
}

// hear waits until somebody is sent the tone and nothing else.
func (w *wiretap) hear(hz float64) {
	w.Helper()
	w.wait(20*time.Second, fmt.Sprintf("Asterisk sends somebody a tone of %v Hz", hz), func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, samples := range w.heard {
			if len(samples) == 5*audio.FrameSamples && audio.Present(samples, hz)[0] {
				return true
			}
		}
		return false
	})
}
