package supervisor

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"syscall"

	"presszero/internal/settings"
)

// ports finds numbers for the ports that the operator leaves to us. What
// listens there ends and is started again, minutes or months later, with the
// same number. The kernel gives its own range to sockets that connect outward
// (ip_local_port_range), so one of those could be anybody's by then, for as
// long as that connection lasts. Ours lie below.
type ports struct {
	low, high int // [low, high)
	next      int
	rtp       [2]int // Asterisk's audio has these, both included
}

func newPorts(rtp string) *ports {
	p := &ports{high: 32768} // where the kernel's begin mostly, and if it does not tell
	if text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range"); err == nil {
		_, _ = fmt.Sscan(string(text), &p.high)
	}
	p.high = max(p.high, 4096)
	p.low = p.high / 2
	_, _ = fmt.Sscanf(rtp, "%d-%d", &p.rtp[0], &p.rtp[1]) // Asterisk complains of what it cannot use
	p.next = p.start(rand.IntN)
	return p
}

// start returns where to begin, so that copies started together do not meet:
// any of our numbers, each as likely as the others. Were it one of the audio's,
// all such copies would go on to the same number after them.
func (p *ports) start(random func(n int) int) int {
	for range 100 {
		if n := p.low + random(p.high-p.low); !p.audio(n) {
			return n
		}
	}
	return p.low // the audio has them all; free tells
}

func (p *ports) audio(n int) bool { return p.rtp[0] <= n && n <= p.rtp[1] }

// free checks that addr can be listened on for all of the networks, "udp" or
// "tcp", and finds a number for port 0, another one each time.
func (p *ports) free(addr string, networks ...string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", err
	}
	if port != "0" {
		if err := usable(addr, networks); err != nil {
			return "", settings.InUse(addr, err)
		}
		return addr, nil
	}
	for range p.high - p.low {
		n := p.next
		if p.next++; p.next == p.high {
			p.next = p.low
		}
		if p.audio(n) {
			continue
		}
		addr := net.JoinHostPort(host, strconv.Itoa(n))
		if err = usable(addr, networks); err == nil {
			return addr, nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return "", settings.InUse(addr, err)
		}
	}
	return "", fmt.Errorf("no port of %s from %d to %d is free; write one that is", host, p.low, p.high-1)
}

func usable(addr string, networks []string) error {
	for _, network := range networks {
		if network == "tcp" {
			l, err := net.Listen(network, addr)
			if err != nil {
				return err
			}
			_ = l.Close()
			continue
		}
		c, err := net.ListenPacket(network, addr)
		if err != nil {
			return err
		}
		_ = c.Close()
	}
	return nil
}

// settle replaces port 0 in the settings by ports that are free now, so that every process
// and every restart uses the same ones. The port of the pages is hold's.
func (p *ports) settle(s *settings.Settings) error {
	if s.MediaAddr == "" {
		host, _, _ := net.SplitHostPort(s.HTTPAddr)
		if host == "localhost" {
			host = "127.0.0.1"
		}
		s.MediaAddr = net.JoinHostPort(host, "0")
	}
	host, port, _ := net.SplitHostPort(s.SIPAddr)
	var err error
	if s.SIPAddr, err = p.free(s.SIPAddr, "udp", "tcp"); err != nil {
		return fmt.Errorf("PRESSZERO_SIP_ADDR: %w", err)
	}
	if s.Trunks != "" && s.SIPTLSAddr == "" && port == "0" {
		if s.SIPTLSAddr, err = p.free(net.JoinHostPort(host, "0"), "tcp"); err != nil {
			return fmt.Errorf("PRESSZERO_SIP_TLS_ADDR: %w", err)
		}
	}
	if s.MediaAddr, err = p.free(s.MediaAddr, "udp", "tcp"); err != nil {
		return fmt.Errorf("PRESSZERO_MEDIA_ADDR: %w", err)
	}
	return nil
}
