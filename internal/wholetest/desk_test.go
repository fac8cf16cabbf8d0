package wholetest

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"presszero/internal/browsertest"
	"presszero/internal/customer"
	"presszero/internal/deskclient"
)

// alt presses Alt and a letter.
func alt(letter string) chromedp.Action[chromedp.Void] {
	return chromedp.KeyEvent(letter, chromedp.KeyModifiers(chromedp.ModifierAlt))
}

// TestAgentsPage: what an agent does with a caller, at a real page and heard by a real
// caller: hold, keys, a page that is loaded anew, one that is opened twice, and back in
// line.
func TestAgentsPage(t *testing.T) {
	t.Parallel()
	h := build(t)
	b := openBrowser(t, deskclient.RobotTone)
	browsertest.LeaveAnyway(t, b.ctx)
	b.signIn(h, "agent")
	b.do("free", click(".choice.available"), shows("Waiting for a call"))
	c := h.callPerson("+34910000001")
	b.do("it rings", shows("+34910000001"))
	b.accepts()
	heardAgent(t, c, time.Now())

	b.do("hold", alt("h"), shows("On hold"))
	held := time.Now()
	b.do("the agent hears nobody", until("window.share(440) < 0.1"))
	if _, err := c.WaitSound(soon(t), held.Add(200*time.Millisecond)); err != nil {
		t.Errorf("on hold: %v", err)
	}
	if c.Hears(deskclient.RobotTone) {
		t.Error("a caller on hold hears the agent")
	}
	b.do("talk again", alt("h"), shows("Talking with"), hears(440))
	heardAgent(t, c, time.Now())

	pressed := time.Now()
	b.do("keys", alt("k"), until("document.activeElement.matches('.keypad input')"), press("12#"))
	for _, want := range "12#" {
		digit, at, err := c.WaitDigit(soon(t), pressed)
		if err != nil || digit != want {
			t.Fatalf("the caller's side took %c for a key, want %c: %v", digit, want, err)
		}
		pressed = at.Add(time.Millisecond)
	}

	begun := time.Now()
	b.do("loaded anew", chromedp.Reload(), shows("Talking with"), hears(440))
	heardAgent(t, c, time.Now())
	t.Logf("reload: the caller's longest silence was %s", c.LongestSilence(begun, time.Now()).Round(time.Millisecond))
	if s := c.LongestSilence(begun, time.Now()); s > time.Second {
		t.Errorf("the caller heard nothing for %s while the page was loaded anew", s)
	}

	begun = time.Now()
	second := b.beside()
	second.do("a second window", chromedp.Navigate(h.web+"/agent"), shows("Use it here?"))
	b.do("goes on in the first", hears(440))
	second.do("take it", click("button.primary"), shows("Talking with"), hears(440))
	b.do("the first is told", shows("in another window"))
	heardAgent(t, c, time.Now())
	t.Logf("second window: the caller's longest silence was %s", c.LongestSilence(begun, time.Now()).Round(time.Millisecond))

	put := time.Now()
	second.do("back in line", alt("t"), until("document.querySelector('dialog.hand[open] .choices button:nth-child(2)')"),
		click(".hand .choices button:nth-child(2)"), shows("After-call work"))
	if _, err := c.WaitSound(soon(t), put.Add(200*time.Millisecond)); err != nil || c.Hears(deskclient.RobotTone) {
		t.Errorf("back in line the caller hears no music: %v", err)
	}
	must(t, c.Hangup())
}

// heardAgent waits until the caller hears the agent, from then on.
func heardAgent(t *testing.T, c *customer.Call, from time.Time) {
	t.Helper()
	_, err := c.WaitToneAfter(soon(t), from, deskclient.RobotTone)
	must(t, err)
}

// beside opens another window of the same browser.
func (b *browser) beside() *browser {
	b.Helper()
	second := &browser{b.TB, browsertest.Beside(b, b.ctx)}
	second.do("bring an ear", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: listen})
		return err
	}))
	return second
}
