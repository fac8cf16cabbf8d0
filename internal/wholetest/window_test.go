package wholetest

import (
	"context"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"presszero/internal/browsertest"
)

// window is a tab of a real browser whose microphone says 1,000 Hz.
type window interface {
	preload(js string) error // runs in every page before the page's own
	navigate(url string) error
	reload() error
	evaluate(js string) (string, error) // as JSON; promises are waited for
}

// chromium is a window of Chromium.
type chromium struct{ ctx context.Context }

func (w chromium) preload(js string) error {
	return chromedp.Do(w.ctx, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: js})
		return err
	}))
}
func (w chromium) navigate(url string) error { return chromedp.Do(w.ctx, chromedp.Navigate(url)) }
func (w chromium) reload() error             { return chromedp.Do(w.ctx, chromedp.Reload()) }
func (w chromium) evaluate(js string) (string, error) {
	return chromedp.Run(w.ctx, chromedp.Evaluate[string]("(async () => JSON.stringify(await ("+js+")) ?? 'null')()", chromedp.EvalAwaitPromise))
}

// beside opens another tab.
func (w chromium) beside() (chromium, error) {
	ctx, _ := chromedp.NewContext(w.ctx) // ends with the browser
	return chromium{ctx}, chromedp.Do(ctx)
}

// crash ends the process of the tab, as the kernel does when memory runs out.
func (w chromium) crash() {
	ctx, cancel := context.WithTimeout(w.ctx, time.Second) // nobody answers
	defer cancel()
	_ = chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, page.Crash, struct{}{})
		return err
	}))
}

// firefox is a window of Firefox.
type firefox struct{ *browsertest.Firefox }

func (w firefox) preload(js string) error            { return w.Preload(js) }
func (w firefox) navigate(url string) error          { return w.Navigate(url) }
func (w firefox) reload() error                      { return w.Reload() }
func (w firefox) evaluate(js string) (string, error) { return w.Evaluate(js) }
