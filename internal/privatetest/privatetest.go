// Package privatetest gives a test a real Asterisk of its own, on free ports
// and in a temporary folder, and takes it away afterwards:
//
//	pbx := privatetest.Start(t)
//	ari := pbx.ARIURL()             // with pbx.Config().ARIUser and ARIPassword
//	sip := pbx.Config().SIPAddr     // where SIPp calls
//
// If the test fails, the last lines of Asterisk's log are in its output.
package privatetest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"presszero/asterisk/private"
)

// Start runs an Asterisk that is ready for calls from 127.0.0.1. Options
// change its settings beforehand. A host that cannot install Asterisk fails
// the test; the first test on a machine waits some ten seconds for it.
func Start(tb testing.TB, opts ...func(*private.Config)) *private.Process {
	tb.Helper()
	// The install may have to wait for another test's download.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	root, err := private.Install(ctx, "", func(what string) { tb.Log(what) })
	if err != nil {
		tb.Fatal(err)
	}
	config := Config(tb, root)
	for _, opt := range opts {
		opt(&config)
	}
	pbx, err := private.Start(context.Background(), config)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		pbx.Stop()
		if tb.Failed() {
			tb.Logf("the last lines of Asterisk's log:\n%s", pbx.LogTail(40))
		}
	})
	ready, cancelReady := context.WithTimeout(ctx, 30*time.Second)
	defer cancelReady()
	if err := pbx.WaitReady(ready); err != nil {
		tb.Fatal(err)
	}
	return pbx
}

// Config is the settings Start begins with: free ports, a generated password,
// a temporary state folder.
func Config(tb testing.TB, root private.Root) private.Config {
	tb.Helper()
	return private.Config{
		Root:        root,
		Dir:         dir(tb),
		SIPAddr:     freeSIP(tb),
		HTTPAddr:    FreeTCP(tb),
		RTPPorts:    "10000-29999", // below the ports that the system hands out
		ARIPassword: rand.Text(),
	}
}

// dir is like tb.TempDir, but short: sockets lie in it.
func dir(tb testing.TB) string {
	tb.Helper()
	dir, err := os.MkdirTemp("", "pbx")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// What is started later listens between the ports for audio and those that the system
// hands out: an outgoing connection may take one of the latter at any moment.
const firstPort, lastPort = 30_000, 32_766

// nextPort is where the search begins; other test binaries look elsewhere.
var nextPort = func() *atomic.Int64 {
	var n atomic.Int64
	n.Store(int64(os.Getpid()) * 14)
	return &n
}()

// candidate is an even port to try.
func candidate() int { return firstPort + int(nextPort.Add(2)%(lastPort-firstPort))/2*2 }

// freeSIP is an address whose port is free for UDP and TCP, and the next one for
// TLS.
func freeSIP(tb testing.TB) string {
	tb.Helper()
	for range (lastPort - firstPort) / 2 {
		port := candidate()
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		udp, err := net.ListenPacket("udp", addr)
		if err != nil {
			continue
		}
		tcp, errTCP := net.Listen("tcp", addr)
		tls, errTLS := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port+1))
		udp.Close()
		if errTCP == nil {
			tcp.Close()
		}
		if errTLS == nil {
			tls.Close()
		}
		if errTCP == nil && errTLS == nil {
			return addr
		}
	}
	tb.Fatal("no port is free for SIP")
	return ""
}

// FreeTCP is an address of 127.0.0.1 whose TCP port is free now, and none of those that
// the system hands out.
func FreeTCP(tb testing.TB) string {
	tb.Helper()
	for range (lastPort - firstPort) / 2 {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", candidate()))
		if err != nil {
			continue
		}
		defer listener.Close()
		return listener.Addr().String()
	}
	tb.Fatal("no TCP port is free")
	return ""
}
