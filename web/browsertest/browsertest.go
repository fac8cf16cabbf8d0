// Package browsertest opens a tab in a real browser: Chromium, with a microphone
// that beeps and the leave to use it.
package browsertest

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// flags are the same for every test. Nothing is fetched from anywhere but the
// test's own server.
var flags = []string{
	"headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
	"disable-background-networking", "disable-component-update", "disable-sync",
	"use-fake-device-for-media-stream", "use-fake-ui-for-media-stream", "allow-loopback-in-peer-connection",
}

// Open starts a browser of the test's own, with these options besides, and
// returns the context of its tab. It lives for two minutes at most, and nothing
// is left of it when the test has ended.
func Open(t testing.TB, options ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	dir, err := os.MkdirTemp("", "chromium") // t.TempDir's names are too long for Unix sockets
	if err != nil {
		t.Fatal(err)
	}
	all := []chromedp.ExecAllocatorOption{chromedp.UserDataDir(dir), chromedp.Env("TMPDIR=" + dir),
		chromedp.WindowSize(1280, 900), chromedp.Flag("lang", "en-GB")}
	for _, name := range flags {
		all = append(all, chromedp.Flag(name, true))
	}
	life, end := context.WithTimeout(context.Background(), 2*time.Minute)
	allocator, release := chromedp.NewExecAllocator(life, append(all, options...)...)
	tab, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		if err := chromedp.Cancel(tab); err != nil && life.Err() == nil { // waits for the process
			t.Logf("Chromium: %v", err)
		}
		closeTab()
		release()
		end()
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := chromedp.Do(tab); err != nil {
		t.Fatalf("Chromium does not start; apt-get install chromium: %v", err)
	}
	return tab
}
