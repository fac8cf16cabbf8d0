// Package carriertest gives a test a SIP carrier of its own, on free ports and
// in a temporary folder, and takes it away afterwards.
package carriertest

import (
	"context"
	"os"
	"testing"
	"time"

	"presszero/internal/carrier"
	"presszero/internal/customer"
)

// Start runs a carrier that demands nothing but what change says, answers with a
// tone of 1000 Hz, and whose account's password is "secret". The first test on a
// machine waits some ten seconds for Kamailio. If the test fails, the last lines
// of Kamailio's log are in its output.
func Start(tb testing.TB, change func(*carrier.Config)) *carrier.Carrier {
	tb.Helper()
	dir, err := os.MkdirTemp("", "carrier") // short: sockets lie in it
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { os.RemoveAll(dir) })
	config := carrier.Config{
		Dir:     dir,
		Account: carrier.Account{Password: "secret"},
		Sound:   customer.Sound{Tone: 1000},
		Log:     func(what string) { tb.Log(what) },
	}
	if change != nil {
		change(&config)
	}
	ctx, cancel := context.WithCancel(context.Background())
	tb.Cleanup(cancel)
	// Fetching Kamailio may have to wait for another test's download.
	timer := time.AfterFunc(5*time.Minute, cancel)
	c, err := carrier.Start(ctx, config)
	timer.Stop()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		c.Stop()
		if tb.Failed() {
			tb.Logf("the last lines of Kamailio's log:\n%s", c.LogTail(40))
		}
	})
	return c
}
