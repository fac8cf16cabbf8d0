package main

import (
	"fmt"
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
