package supervisor

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestPorts: what is chosen for us is free for all networks that are needed, is
// never chosen twice, and is neither Asterisk's nor the kernel's to give away.
func TestPorts(t *testing.T) {
	p := newPorts("0-0")
	p.low = min(p.next, p.high-40)
	p.high, p.next = p.low+40, p.low
	p.rtp = [2]int{p.low + 1, p.low + 10}
	kernel := 0
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	must(t, err)
	_, err = fmt.Sscan(string(text), &kernel)
	must(t, err)

	addr, err := p.free("127.0.0.1:0", "udp", "tcp")
	must(t, err)
	taken, err := net.Listen("tcp", addr)
	must(t, err)
	p.next = p.low // and from the beginning
	defer taken.Close()
	seen := map[string]bool{addr: true}
	for range 8 {
		addr, err := p.free("127.0.0.1:0", "udp", "tcp")
		must(t, err)
		_, port, _ := net.SplitHostPort(addr)
		n, _ := strconv.Atoi(port)
		if seen[addr] || n >= kernel || p.rtp[0] <= n && n <= p.rtp[1] {
			t.Errorf("%s was chosen", addr)
		}
		seen[addr] = true
	}

	if _, err := p.free(taken.Addr().String(), "udp", "tcp"); err == nil || !strings.Contains(err.Error(), "choose another port, or 0 for any") {
		t.Errorf("a port in use: %v", err)
	}
	if addr, err := p.free(taken.Addr().String(), "udp"); err != nil || addr != taken.Addr().String() {
		t.Errorf("a port that TCP uses, for UDP: %s, %v", addr, err)
	}
	if _, err := p.free("192.0.2.1:0", "udp"); err == nil || !strings.Contains(err.Error(), "192.0.2.1") {
		t.Errorf("an address that is not ours: %v", err)
	}
}

// TestPortsOfTwoCopies: copies that start together begin at different numbers,
// however many of these are Asterisk's for its audio.
func TestPortsOfTwoCopies(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	p := &ports{low: 16384, high: 32768, rtp: [2]int{20000, 32000}}
	begins := map[int]int{}
	for range 400 {
		n := p.start(r.IntN)
		if n < p.low || n >= p.high || p.audio(n) {
			t.Fatalf("it begins at %d", n)
		}
		if begins[n]++; begins[n] > 5 {
			t.Fatalf("of 400 copies %d begin at %d", begins[n], n)
		}
	}
	p.rtp = [2]int{10000, 40000}
	if n := p.start(r.IntN); n != p.low {
		t.Errorf("where all are the audio's it begins at %d", n)
	}
}
