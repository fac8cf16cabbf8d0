package web_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"presszero/internal/browsertest"
)

// again tells whether a page that has said hello takes the desk by itself. Another page,
// which is still there, says hello when its line was broken; that does not count.
func (d *desks) again(take bool, other ...any) map[string]any {
	d.t.Helper()
	m := d.hear("hello")
	for slices.Contains(other, m["page"]) {
		m = d.hear("hello")
	}
	if m["take"] != take {
		d.t.Fatalf("the page said %v", m)
	}
	return m
}

// TestReload: a page that is loaded anew takes its desk back without asking, is available
// again, and as muted as before.
func TestReload(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.signIn("agent", password)
	browsertest.LeaveAnyway(t, b.ctx)
	first := d.desk.again(false)
	b.do("desk", seen(".panel"), click(".choice.available"))
	d.desk.hear("presence")
	d.desk.show("available", "idle", nil)
	b.do("free", shows("Waiting for a call"))
	d.desk.forget()
	b.do("reload", chromedp.Reload())
	if m := d.desk.again(true); m["page"] == first["page"] {
		t.Error("a page loaded anew is a new page")
	}
	if m := d.desk.hear("presence"); m["presence"] != "available" {
		t.Errorf("the page said %v", m)
	}

	d.desk.show("available", "talking", aTalk(everything, nil))
	b.do("mute", seen(".panel.talk"), keys("m"), shows("You are muted"), chromedp.Reload())
	d.desk.again(true)
	b.do("muted still", seen(".panel.talk"), shows("You are muted"), alt("t"), seen("dialog.hand[open]"), fill(".hand textarea", "calls about <i>two</i> bills"), chromedp.Reload())
	d.desk.again(true)
	b.do("note still", seen(".panel.talk"), shows("You are muted"), alt("t"), until("document.querySelector('.hand textarea').value.includes('<i>two</i>')"))
	d.desk.forget()
	b.do("too late", chromedp.Reload(), shows("This page was away for too long"), until("!document.body.innerText.includes('You are muted')"))
	d.desk.again(true)
	b.accessible("page-lost")
	d.desk.show("available", "talking", aTalk(everything, map[string]any{"call": "c2"}))
	b.do("another caller", seen(".panel.talk"), until("!document.body.innerText.includes('You are muted')"), until("!document.body.innerText.includes('away for too long')"),
		alt("t"), until("document.querySelector('.hand textarea').value === ''"))

	// Away by choice: nobody is made available by a reload.
	d.desk.show("away", "idle", map[string]any{"reason": "lunch"})
	b.do("away", shows("You are on a break"))
	d.desk.forget()
	b.do("reload", chromedp.Reload())
	d.desk.again(true)
	b.do("still away", shows("You are not taking calls"))
	if m := d.desk.nothingBut("media"); m != nil {
		t.Errorf("the page said %v", m)
	}
}

// TestSecondWindow: another tab of the same browser is told that the desk is open, and has
// it when she says so. The first is told, and can have it back.
func TestSecondWindow(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.signIn("agent", password)
	page := d.desk.again(false)["page"]
	b.do("desk", seen(".panel"), click(".choice.available"))
	d.desk.hear("presence")
	d.desk.show("available", "idle", nil)
	b.do("free", shows("Waiting for a call"))

	second := b.beside()
	second.do("open", chromedp.Navigate(b.url+"/agent"))
	bye := func(page any, why string) {
		d.desk.sayToPage(page, map[string]any{"type": "bye", "why": why, "text": ""})
	}
	bye(d.desk.again(false, page)["page"], "open")
	second.do("asked", shows("Press Zero is open in another window. Use it here?"))
	second.accessible("open-elsewhere")

	// Also a tab that was duplicated, with all that the first remembers, asks.
	memory, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("sessionStorage.getItem('presszero.desk')"))
	if err != nil || !strings.Contains(memory, `"available":true`) {
		t.Fatalf("the page remembers %q, %v", memory, err)
	}
	second.do("duplicate", until(fmt.Sprintf("(sessionStorage.setItem('presszero.desk', %q), true)", memory)), chromedp.Reload())
	bye(d.desk.again(false, page)["page"], "open")
	second.do("asked again", shows("Press Zero is open in another window. Use it here?"))

	second.tabTo("button.primary")
	second.do("here", keys(kb.Enter))
	has := d.desk.again(true, page)["page"]
	bye(page, "elsewhere")
	b.do("elsewhere", shows("so this one is closed"))
	second.do("desk", shows("Waiting for a call"))

	// Loaded anew, the first asks like any other.
	b.do("reload", chromedp.Reload())
	bye(d.desk.again(false, has)["page"], "open")
	b.do("back here", shows("Use it here?"), click("button.primary"))
	d.desk.again(true, has)
}

// TestNetworkComesBack: the voice is made anew at once, not when the browser has noticed.
func TestNetworkComesBack(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.signIn("agent", password)
	d.desk.again(false)
	first := d.desk.hear("media")
	b.do("back", until("(window.dispatchEvent(new Event('online')), true)"))
	if m := d.desk.hearWithin(3*time.Second, "media"); m["sdp"] == first["sdp"] {
		t.Error("the page offers the old connection")
	}
}

// nothingBut drains what the page has said, and returns what is of no such kind.
func (d *desks) nothingBut(kinds ...string) map[string]any {
	for {
		select {
		case m := <-d.said:
			if kind, _ := m["type"].(string); !slices.Contains(kinds, kind) {
				return m
			}
		case <-time.After(300 * time.Millisecond):
			return nil
		}
	}
}

// beside opens another tab in the same window: with the same cookies and storage.
func (b *tab) beside() *tab {
	b.t.Helper()
	return &tab{t: b.t, ctx: browsertest.Beside(b.t, b.ctx), url: b.url}
}
