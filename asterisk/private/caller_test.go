package private_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"presszero/asterisk/private"
)

// caller is one or more telephone calls, made by SIPp, whose sound arrives at
// a socket of the test.
type caller struct {
	*ear
	sipp  *exec.Cmd
	ended chan struct{}
	err   error // after ended
	dir   string
}

// call dials a number and stays on the line until the test ends, or hangs up
// by itself as the SIPp arguments say.
func call(t *testing.T, pbx *private.Process, number string, args ...string) *caller {
	t.Helper()
	scenario, err := filepath.Abs("testdata/caller.xml")
	if err != nil {
		t.Fatal(err)
	}
	c := &caller{ear: listen(t), ended: make(chan struct{}), dir: t.TempDir()}
	args = append([]string{
		pbx.Config().SIPAddr, "-sf", scenario, "-s", number, "-i", "127.0.0.1",
		"-key", "listen_port", strconv.Itoa(int(c.addr().Port())),
		"-m", "1", "-d", "120000", "-nostdin", "-trace_err", "-trace_stat", "-fd", "1", "-nr",
	}, args...)
	c.sipp = exec.Command("sipp", args...)
	c.sipp.Dir = c.dir
	if err := c.sipp.Start(); err != nil {
		t.Fatalf("sipp (Debian package sip-tester) does not start: %v", err)
	}
	go func() { c.err = c.sipp.Wait(); close(c.ended) }()
	t.Cleanup(func() {
		c.sipp.Process.Kill()
		<-c.ended
	})
	return c
}

// mustBeOnTheLine fails the test if the call is over.
func (c *caller) mustBeOnTheLine(t *testing.T) {
	t.Helper()
	select {
	case <-c.ended:
		t.Fatalf("the caller was cut off: sipp says %v\n%s", c.err, c.errors())
	default:
	}
}

// wait waits for SIPp to finish and fails the test if a call failed.
func (c *caller) wait(t *testing.T, patience time.Duration) {
	t.Helper()
	select {
	case <-c.ended:
		if c.err != nil {
			t.Fatalf("sipp: %v\n%s", c.err, c.errors())
		}
	case <-time.After(patience):
		t.Fatalf("the call is not over after %v", patience)
	}
}

// errors is what SIPp wrote about failed calls.
func (c *caller) errors() string {
	files, _ := filepath.Glob(filepath.Join(c.dir, "*_errors.log"))
	var all string
	for _, f := range files {
		text, _ := os.ReadFile(f)
		all += string(text)
	}
	return all
}

// ear hears RTP (RFC 3550) with µ-law audio.
type ear struct {
	conn net.PacketConn
	mu   sync.Mutex
	loud []time.Time // when a packet came that was not silence
}

func listen(t *testing.T) *ear {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := &ear{conn: conn}
	t.Cleanup(func() { conn.Close() })
	go func() {
		packet := make([]byte, 2000)
		for {
			n, _, err := conn.ReadFrom(packet)
			if err != nil {
				return
			}
			if n > 12 && packet[1]&0x7f == 0 && isLoud(packet[12:n]) {
				e.mu.Lock()
				e.loud = append(e.loud, time.Now())
				e.mu.Unlock()
			}
		}
	}()
	return e
}

func (e *ear) addr() netip.AddrPort { return netip.MustParseAddrPort(e.conn.LocalAddr().String()) }

// isLoud tells sound from silence: in µ-law the exponent bits (inverted) of
// silence are all but zero. Level 2 of 7 is about -48 dB, a quiet voice.
func isLoud(ulaw []byte) bool {
	n := 0
	for _, b := range ulaw {
		if ^b>>4&7 >= 2 {
			n++
		}
	}
	return n > len(ulaw)/8
}

// hears waits until the caller has heard the given time of sound from now on.
func (e *ear) hears(t *testing.T, sound, patience time.Duration) {
	t.Helper()
	begin := time.Now()
	eventually(t, patience, fmt.Sprintf("the caller hears %v of sound", sound), func() bool {
		return e.heardSince(begin) >= sound
	})
}

// heardSince is how much sound came since then, at 20 ms a packet.
func (e *ear) heardSince(then time.Time) time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, when := range e.loud {
		if when.After(then) {
			n++
		}
	}
	return time.Duration(n) * 20 * time.Millisecond
}

// longestSilence is the longest time without sound since then.
func (e *ear) longestSilence(then time.Time) time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	longest := time.Duration(0)
	for _, when := range e.loud {
		if when.After(then) {
			longest, then = max(longest, when.Sub(then)), when
		}
	}
	return max(longest, time.Since(then))
}

// eventually waits for a condition of the outside world.
func eventually(t *testing.T, patience time.Duration, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited %v in vain until %s", patience, what)
		case <-tick.C:
		}
	}
}

// person is somebody with a telephone at a SIP address, who answers at once.
func person(t *testing.T) (sipAddr string) {
	t.Helper()
	free, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := netip.MustParseAddrPort(free.LocalAddr().String())
	free.Close()
	sipp := exec.Command("sipp", "-sn", "uas", "-i", "127.0.0.1", "-p", strconv.Itoa(int(addr.Port())),
		"-mp", "30010", "-nostdin")
	sipp.Dir = t.TempDir()
	if err := sipp.Start(); err != nil {
		t.Fatalf("sipp (Debian package sip-tester) does not start: %v", err)
	}
	t.Cleanup(func() { sipp.Process.Kill(); sipp.Wait() })
	return addr.String()
}
