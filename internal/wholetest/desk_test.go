package wholetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"presszero/call"
	"presszero/internal/customer"
	"presszero/internal/deskclient"
)

// alt presses Alt and a letter, when the page shows a button with that key: a caller is
// heard a moment before the page shows the talk.
func alt(letter string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(until(fmt.Sprintf("document.querySelector(`[aria-keyshortcuts='Alt+%s']`)", strings.ToUpper(letter))),
		chromedp.KeyEvent(letter, chromedp.KeyModifiers(chromedp.ModifierAlt)))
}

// talking is a building in which an agent at a real page talks with a caller.
func talking(t *testing.T) (*building, *browser, *customer.Call) {
	t.Helper()
	h := build(t)
	b := openBrowser(t, deskclient.RobotTone)
	b.signIn(h, "agent")
	b.do("free", click(".choice.available"), shows("Waiting for a call"))
	c := h.callPerson("+34910000001")
	b.do("it rings", shows("+34910000001"))
	b.accepts()
	return h, b, c
}

// TestDeskByKeys: what an agent does with a caller, at a real page without a mouse and
// heard by a real caller: hold, keys for the far end, and a hand-over to a colleague.
func TestDeskByKeys(t *testing.T) {
	t.Parallel()
	h, b, c := talking(t)
	hearsAgent := func() {
		t.Helper()
		_, err := c.WaitToneAfter(soon(t), time.Now(), deskclient.RobotTone)
		must(t, err)
	}
	hearsAgent()

	b.do("hold", alt("h"), shows("On hold"), until("window.share(440) < 0.1"))
	_, err := c.WaitSound(soon(t), time.Now())
	must(t, err)
	if c.Hears(deskclient.RobotTone) {
		t.Error("a caller on hold hears the agent")
	}
	b.do("talk again", alt("h"), shows("Talking with"), hears(440))
	hearsAgent()

	pressed := time.Now()
	b.do("keys", alt("k"), until("document.activeElement.matches('.keypad input')"), press("12#"), press(kb.Escape))
	for _, want := range "12#" {
		digit, at, err := c.WaitDigit(soon(t), pressed)
		if err != nil || digit != want {
			t.Fatalf("the far end took %q for a key, want %q: %v", digit, want, err)
		}
		pressed = at.Add(time.Millisecond)
	}

	bob := h.agent(h.employ("bob"))
	b.do("hand over", alt("t"), until("document.activeElement.matches('.hand input')"), press("bob"),
		until("document.querySelector('[role=option][aria-selected=true]')"), press(kb.Tab), until("document.activeElement.matches('.hand textarea')"),
		press("has paid twice"), press(kb.Tab), until("document.activeElement.matches('.hand .primary')"), press(kb.Enter), shows("After-call work"))
	d, err := bob.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.Ringing })
	must(t, err)
	if g := d.Offer.Handed; g == nil || g.By != "agent" || g.Note != "has paid twice" || g.Nth != 1 {
		t.Errorf("the colleague sees %+v", g)
	}
	answer(t, bob)
	hear(t, c, bob)
	must(t, c.Hangup())
}

// TestAskByKeys: an agent asks a colleague during a talk, swaps, has all three talk and
// leaves the two together, at a real page without a mouse.
func TestAskByKeys(t *testing.T) {
	t.Parallel()
	h, b, c := talking(t)
	b.do("talk", hears(440))

	o := h.employ("bob")
	o.Phone.Tone, o.Phone.Listen = bobTone, []float64{deskclient.RobotTone, 440}
	bob := h.agent(o)
	b.asks("bob", "twice?")
	d, err := bob.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.Ringing })
	must(t, err)
	if q := d.Offer.Asked; q == nil || q.By != "agent" || q.Note != "twice?" || d.Offer.Caller.Number != "+34910000001" {
		t.Errorf("the colleague sees %+v", d.Offer)
	}
	answer(t, bob)
	b.do("consult", shows("Talking with bob"), hears(bobTone))
	_, err = c.WaitSound(soon(t), time.Now())
	must(t, err)
	if c.Hears(deskclient.RobotTone) || c.Hears(bobTone) {
		t.Error("the caller hears what is not meant for the caller")
	}
	b.do("aside", alt("h"), shows("Talking with +34910000001"), hears(440))
	b.do("swap", alt("h"), shows("Talking with bob"), hears(bobTone))
	b.do("all three", alt("j"), shows("All three are talking"), until(fmt.Sprintf("window.share(440) > 0.2 && window.share(%d) > 0.2", bobTone)))
	b.do("leave", alt("t"), shows("After-call work"))
	_, err = c.WaitToneAfter(soon(t), time.Now(), bobTone)
	must(t, err)
	if d, err = bob.WaitDesk(soon(t), func(d call.Desk) bool { return d.Talk != nil && d.Talk.Asked == nil }); err != nil || d.Talk.Handed == nil || d.Talk.Caller.Number != "+34910000001" {
		t.Errorf("the colleague has %+v, %v", d.Talk, err)
	}
	must(t, c.Hangup())
}
