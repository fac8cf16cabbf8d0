// Package browsertest opens a tab in a real browser: Chromium, with a microphone
// that beeps and the leave to use it, or Firefox (see [OpenFirefox]).
//
//	func TestMain(m *testing.M) { os.Exit(browsertest.Sharing(m).Run()) }
//
//	func TestX(t *testing.T) {
//		tab := browsertest.Tab(t) // in the browser of all tests, strange to all others
//	}
package browsertest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// flags are the same for every test. Nothing is fetched from anywhere but the
// test's own server.
var flags = []string{
	"headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
	"disable-background-networking", "disable-component-update", "disable-sync",
	"use-fake-device-for-media-stream", "use-fake-ui-for-media-stream", "allow-loopback-in-peer-connection",
}

// sharedFlags are for the browser of several tests: no tab is to be slower for
// being behind another.
var sharedFlags = []string{
	"disable-background-timer-throttling", "disable-backgrounding-occluded-windows", "disable-renderer-backgrounding",
	"force-prefers-reduced-motion",
}

// unused are parts of Chromium that nobody sees here. The lists that drop down
// from the address bar are pages of their own, made anew for each window, and
// take more processor time than most tests.
const unused = "WebUIOmniboxPopup,WebUIOmniboxAimPopup,SpareRendererForSitePerProcess"

// life ends a test that hangs in a browser. The steps of a test have bounds of their own, and
// one of 200 calls has two thousand.
const life = 6 * time.Minute

// browser is a running Chromium.
type browser struct {
	ctx context.Context // of its first tab
	end func() error    // ends it and takes away what it left
}

// start starts a browser with these options besides, which lives no longer
// than parent.
func start(parent context.Context, options ...chromedp.ExecAllocatorOption) (*browser, error) {
	dir, err := os.MkdirTemp("", "chromium") // t.TempDir's names are too long for Unix sockets
	if err != nil {
		return nil, err
	}
	all := []chromedp.ExecAllocatorOption{chromedp.UserDataDir(dir), chromedp.Env("TMPDIR=" + dir),
		chromedp.WindowSize(1280, 900), chromedp.Flag("lang", "en-GB"),
		chromedp.Flag("disable-features", unused)}
	for _, name := range flags {
		all = append(all, chromedp.Flag(name, true))
	}
	allocator, release := chromedp.NewExecAllocator(parent, append(all, options...)...)
	tab, closeTab := chromedp.NewContext(allocator)
	b := &browser{ctx: tab, end: func() error {
		err := chromedp.Cancel(tab) // waits for the process
		if parent.Err() != nil {
			err = nil // it was killed
		}
		closeTab()
		release()
		if failed := os.RemoveAll(dir); failed != nil {
			return failed
		}
		return err
	}}
	if err := chromedp.Do(tab); err != nil {
		_ = b.end()
		return nil, fmt.Errorf("no browser: Chromium does not start; apt-get install chromium: %w", err)
	}
	return b, nil
}

// Open starts a browser of the test's own, with these options besides, and
// returns the context of its tab. It lives for two minutes at most, and nothing
// is left of it when the test has ended.
func Open(t testing.TB, options ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), life)
	t.Cleanup(cancel)
	b, err := start(ctx, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.end(); err != nil {
			t.Errorf("Chromium: %v", err)
		}
	})
	return b.ctx
}

// shared is the browser of all tests that need no options: its start costs more
// than a tab.
var shared struct {
	once sync.Once
	*browser
	err error
}

// Tab opens a tab in a browser that the tests of a binary share, and returns its
// context. Nothing is common to two such tabs: each has its own cookies,
// storage, cache and connections, and believes that it has the focus. It lives
// for two minutes at most. The package's TestMain has to run the tests by
// [Sharing].
func Tab(t testing.TB) context.Context {
	t.Helper()
	shared.once.Do(func() {
		var options []chromedp.ExecAllocatorOption
		for _, name := range sharedFlags {
			options = append(options, chromedp.Flag(name, true))
		}
		shared.browser, shared.err = start(context.Background(), options...)
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	ctx, cancel := context.WithTimeout(shared.ctx, life)
	tab, _ := chromedp.NewContext(ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(func() {
		if err := chromedp.Cancel(tab); err != nil && ctx.Err() == nil { // waits until it is closed
			t.Logf("Chromium: %v", err)
		}
		cancel()
	})
	err := chromedp.Do(tab, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		return err
	}))
	if err != nil {
		t.Fatalf("Chromium opens no tab: %v", err)
	}
	return tab
}

// Beside opens another tab in the window of tab, with the same cookies and storage,
// and returns its context.
func Beside(t testing.TB, tab context.Context) context.Context {
	t.Helper()
	beside, closeTab := chromedp.NewContext(tab)
	t.Cleanup(closeTab)
	if err := chromedp.Do(beside); err != nil { // it lives as long as this context, not as one of a step
		t.Fatalf("Chromium opens no other tab: %v", err)
	}
	return beside
}

// LeaveAnyway has tab leave a page that asks whether it is to be left.
func LeaveAnyway(t testing.TB, tab context.Context) {
	ctx, cancel := context.WithCancel(tab)
	questions := chromedp.Events(ctx, page.JavascriptDialogOpening)
	var answering sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		answering.Wait()
	})
	answering.Go(func() {
		for _, err := range questions {
			if err == nil {
				_, err = chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
			}
			if err != nil {
				return
			}
		}
	})
}

// Runner is the part of testing.M that TestMain needs.
type Runner interface{ Run() int }

// Sharing is m, and ends the browser of [Tab] when the tests have run.
func Sharing(m Runner) Runner { return sharing{m} }

type sharing struct{ Runner }

func (s sharing) Run() int {
	code := s.Runner.Run()
	if shared.browser != nil {
		if err := shared.end(); err != nil {
			fmt.Fprintf(os.Stderr, "Chromium: %v\n", err)
		}
	}
	return code
}
