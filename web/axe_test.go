package web_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// axe is axe-core, which finds what keeps people out of a page.
var axe = sync.OnceValues(func() ([]byte, error) {
	return os.ReadFile("frontend/node_modules/axe-core/axe.min.js") // npm ci brings it
})

const runAxe = `axe.run({resultTypes: ["violations"]}).then(({violations}) => violations.map((v) =>
	v.impact + " " + v.id + ": " + v.nodes.map((n) => n.html + " " + n.failureSummary).join(" | ")).join("\n"))`

// accessible looks at the page as it is: light and dark, on a desk and on a small
// telephone. axe finds nothing there of any impact, and nothing has to be pushed aside
// to be seen. With the folder SHOTS it keeps pictures.
func (b *tab) accessible(name string) {
	b.t.Helper()
	script, err := axe()
	if err != nil {
		b.t.Fatal(err)
	}
	b.do("axe", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[any](string(script)+";0"))
		return err
	}))
	for _, width := range []int64{360, 1280} {
		for _, scheme := range []string{"dark", "light"} {
			b.do(name, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
				return b.lookAsIs(ctx, name, width, scheme)
			}))
		}
	}
}

// accessiblePart: axe finds nothing in this part of the page, as it is.
func (b *tab) accessiblePart(css string) {
	b.t.Helper()
	script, err := axe()
	if err != nil {
		b.t.Fatal(err)
	}
	run := strings.Replace(runAxe, "axe.run({", fmt.Sprintf("axe.run(%q, {", css), 1)
	b.do("axe", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		found, err := chromedp.Run(ctx, chromedp.Evaluate[string](string(script)+";"+run, chromedp.EvalAwaitPromise))
		if found != "" {
			b.t.Error(found)
		}
		return err
	}))
}

func (b *tab) lookAsIs(ctx context.Context, name string, width int64, scheme string) error {
	device := emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 900, DeviceScaleFactor: 1}
	if _, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, device); err != nil {
		return err
	}
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media); err != nil {
		return err
	}
	found, err := chromedp.Run(ctx, chromedp.Evaluate[string](runAxe, chromedp.EvalAwaitPromise))
	if err != nil {
		return err
	}
	for _, f := range strings.Split(found, "\n") {
		if f != "" {
			b.t.Errorf("%s, %d wide, %s: %s", name, width, scheme, f)
		}
	}
	wide, err := chromedp.Run(ctx, chromedp.Evaluate[int64]("document.documentElement.scrollWidth"))
	if err != nil {
		return err
	}
	if wide > width {
		b.t.Errorf("%s, %d wide: the page is %d wide", name, width, wide)
	}
	folder := os.Getenv("SHOTS")
	if folder == "" {
		return nil
	}
	beyond := true
	shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{CaptureBeyondViewport: &beyond})
	if err != nil {
		return err
	}
	file := filepath.Join(folder, strings.Join([]string{name, map[int64]string{360: "narrow", 1280: "wide"}[width], scheme}, "-")+".png")
	return os.WriteFile(file, shot.Data, 0o644)
}
