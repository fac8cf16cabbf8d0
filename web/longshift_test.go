package web_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/memory"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// pageMemory is what a page holds when nothing can be thrown away any more.
type pageMemory struct {
	heap             float64 // bytes of JavaScript
	nodes, listeners int64
}

func (b *tab) memory() (m pageMemory) {
	b.t.Helper()
	b.do("memory", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		for range 2 { // what the first frees may hold something more
			if _, err := chromedp.Call(ctx, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
				return err
			}
		}
		heap, err := chromedp.Call(ctx, runtime.GetHeapUsage, cdp.Empty{})
		if err != nil {
			return err
		}
		dom, err := chromedp.Call(ctx, memory.GetDOMCounters, cdp.Empty{})
		if err != nil {
			return err
		}
		m = pageMemory{heap.UsedSize, dom.Nodes, dom.JsEventListeners}
		return nil
	}))
	return m
}

// TestLongShift: an agent's page does not grow over a shift of 200 calls, each with a
// hold, the keypad, the dialog of hand-overs, and after-call work.
func TestLongShift(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.talks.targets = someTargets()
	b := newTab(t, d)
	b.signIn("agent", password)
	d.desk.hear("hello")
	serve := func(from, to int) {
		for n := from; n < to; n++ {
			id := fmt.Sprintf("c%d", n)
			d.desk.show("available", "ringing", map[string]any{"offer": caller(map[string]any{"offer": id + ".o1"})})
			b.do("rings", seen(".panel.ringing"))
			d.desk.show("available", "talking", aTalk(everything, map[string]any{"call": id}))
			b.do("talks", seen("[aria-keyshortcuts='Alt+H']"), alt("k"), seen(".keypad"), alt("k"), until("!document.querySelector('.keypad')"),
				alt("t"), seen("dialog[open]"), click("dialog[open] button:last-of-type"), until("!document.querySelector('dialog[open]')"))
			d.desk.show("available", "talking", held(0, map[string]any{"call": id}))
			b.do("holds", shows("On hold"))
			d.desk.show("available", "talking", aTalk(everything, map[string]any{"call": id}))
			d.desk.show("available", "wrap_up", nil)
			b.do("wraps up", shows("After-call work"))
			d.desk.show("available", "idle", nil)
			b.do("is free", shows("Waiting for a call"))
		}
	}
	serve(0, 50) // caches fill, and code is compiled
	before := b.memory()
	serve(50, 200)
	after := b.memory()
	t.Logf("after 50 calls %+v, after 200 %+v: %.0f bytes a call", before, after, (after.heap-before.heap)/150)
	if after.heap > before.heap+150*2000 {
		t.Errorf("the page has grown from %.0f to %.0f bytes in 150 calls", before.heap, after.heap)
	}
	if after.nodes > before.nodes+150 || after.listeners > before.listeners+150 {
		t.Errorf("the page holds more and more of the DOM: %+v, then %+v", before, after)
	}
	b.forgiveAll("404") // the cards of calls that nobody knows
}
