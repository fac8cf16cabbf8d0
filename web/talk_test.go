package web_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"presszero/internal/browsertest"
	"presszero/web"
)

// alt presses Alt and a letter.
func alt(letter string) step {
	return chromedp.KeyEvent(letter, chromedp.KeyModifiers(chromedp.ModifierAlt))
}

// calm waits until Enter and Space are no longer taken for keys that were meant for what
// was there before.
var calm = chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
	_, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("new Promise((done) => setTimeout(done, 400, true))", chromedp.EvalAwaitPromise))
	return err
})

var everything = []string{"hold", "keys", "hand", "back", "end"}

// aTalk is call.DeskTalk as JSON.
func aTalk(can []string, more map[string]any) map[string]any {
	m := map[string]any{"call": "c1", "queue": "support", "since": time.Now().Add(-95 * time.Second), "waited": 65.0,
		"caller": caller(nil)["caller"], "can": can}
	for k, v := range more {
		m[k] = v
	}
	return map[string]any{"talk": m}
}

// held is a talk whose caller has been on hold for so long.
func held(d time.Duration, more map[string]any) map[string]any {
	m := map[string]any{"hold": map[string]any{"since": time.Now().Add(-d)}}
	for k, v := range more {
		m[k] = v
	}
	return aTalk([]string{"resume", "keys", "hand", "back", "end"}, m)
}

// refusing adds a notice to a desk.
func refusing(what, text string, more map[string]any) map[string]any {
	more["notice"] = map[string]any{"what": what, "at": time.Now(), "text": text}
	return more
}

// says waits for a message of the page, and compares all of it but its type.
func (d *desks) says(kind string, want map[string]any) {
	d.t.Helper()
	m := d.hear(kind)
	delete(m, "type")
	if fmt.Sprint(m) != fmt.Sprint(want) {
		d.t.Fatalf("%s is %v, want %v", kind, m, want)
	}
}

// spoken waits until a screen reader has been given the text.
func spoken(text string) step {
	return until(fmt.Sprintf("document.querySelector('p.hidden[role=status]').textContent.includes(%q)", text))
}

// someTargets are of every kind.
func someTargets() web.Targets {
	return web.Targets{
		Queues:     []web.TargetQueue{{Name: "support", Open: true, Waiting: 3}, {Name: "Ventas <b>", Open: true, Free: 2}, {Name: "billing"}},
		Colleagues: []web.Colleague{{Agent: "bea", Name: "Bea Núñez", State: "talking"}, {Agent: "eve", Name: "Eve <i>Li</i>", State: "idle"}, {Agent: "joe", State: "away"}},
		Numbers:    []web.TargetNumber{{Name: "Courier", Number: "+34911111111", Queue: "sales"}, {Name: "Front desk", Number: "+34922222222", Queue: "support"}},
		Breaks:     []web.Break{{ID: "break", Title: "Short break"}, {ID: "prayer", Title: "Prayer <b>"}},
	}
}

// TestAgentServesACallByKeys: an agent holds, resumes, presses keys and hands over, and
// touches no mouse.
func TestAgentServesACallByKeys(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.talks.targets = someTargets()
	b := newTab(t, d)
	b.signIn("agent", password)
	if m := d.desk.hear("hello"); m["version"] != 2.0 || m["take"] != false {
		t.Fatalf("the page said %v", m)
	}
	b.do("desk", seen(".panel"))
	d.desk.show("available", "talking", aTalk(everything, nil))
	b.do("talk", seen(".panel.talk"), spoken("Talking with Ana"), shows("1:3"), alt("h"))
	d.desk.says("hold", map[string]any{"call": "c1", "on": true})

	d.desk.show("available", "talking", held(4*time.Second, nil))
	b.do("on hold", shows("On hold"), spoken("On hold"), shows("They hear music"), shows("0:0"), until("!document.querySelector('.long-hold')"), calm, alt("h"))
	d.desk.says("hold", map[string]any{"call": "c1", "on": false})
	d.desk.show("available", "talking", aTalk(everything, map[string]any{"held": 34.6}))
	b.do("again", shows("Talking with"), spoken("Talking again"), shows("On hold so far"), shows("0:34"))

	b.do("keypad", alt("k"), until("document.activeElement.matches('.keypad input')"), keys("12#"))
	for pressed := ""; pressed != "12#"; { // one message, if the browser was fast
		m := d.desk.hear("keys")
		if m["call"] != "c1" || m["after"] != float64(len(pressed)) {
			t.Fatalf("after %q the page said %v", pressed, m)
		}
		pressed += m["keys"].(string)
	}
	d.desk.show("available", "talking", aTalk(everything, map[string]any{"keys": 3}))
	b.do("more", until("document.querySelector('.keypad input').value === '12#'"), keys("9"))
	d.desk.says("keys", map[string]any{"call": "c1", "keys": "9", "after": 3})
	b.do("close", keys(kb.Escape), until("!document.querySelector('.keypad')"),
		until("document.activeElement.getAttribute('aria-keyshortcuts') === 'Alt+K'"), keys("5"), // a digit means nothing now
		alt("k"), until("document.querySelector('.keypad input').value === ''"), alt("k"), until("!document.querySelector('.keypad')"))

	b.do("hand over", alt("t"), seen("dialog.hand[open]"), until("document.activeElement.matches('.hand input')"), shows("Ventas <b>"),
		keys(kb.Enter), // too soon, and nothing is chosen
		calm, keys(kb.Enter), keys("vent"), until("document.querySelectorAll('[role=option]').length === 1"),
		keys(kb.Tab))
	b.do("note", until("document.activeElement.matches('.hand textarea')"), keys("wants <i>two</i>"), keys(kb.Tab),
		until("document.activeElement.textContent.includes('Hand over to Ventas <b>')"), keys(kb.Enter))
	d.desk.says("hand", map[string]any{"call": "c1", "queue": "Ventas <b>", "note": "wants <i>two</i>", "anyway": false})
	d.desk.show("available", "wrap_up", map[string]any{"wrap_up": time.Now().Add(30 * time.Second)})
	b.do("gone", shows("After-call work"), until("!document.querySelector('dialog')"))
	select {
	case m := <-d.desk.said:
		t.Errorf("the page also said %v", m)
	default:
	}
}

// TestEnterRightAfterAChangeDoesNothing: whoever presses twice does not end the hold that
// she has just begun.
func TestEnterRightAfterAChangeDoesNothing(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.signIn("agent", password)
	d.desk.hear("hello")
	d.desk.show("available", "talking", aTalk(everything, nil))
	b.do("hold", seen(".panel.talk"), calm, until("(document.querySelector('[aria-keyshortcuts=\"Alt+H\"]').focus(), true)"), keys(kb.Enter))
	d.desk.says("hold", map[string]any{"call": "c1", "on": true})
	d.desk.show("available", "talking", held(0, nil))
	b.do("twice", seen(".panel.held"), keys(kb.Enter), keys(" "), until("document.activeElement.textContent.includes('Talk again')"), calm, keys(" "))
	d.desk.says("hold", map[string]any{"call": "c1", "on": false})
}

// TestLongHold: after 30 s a callback is offered, calmly.
func TestLongHold(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.signIn("agent", password)
	d.desk.hear("hello")
	d.desk.show("available", "talking", held(42*time.Second, map[string]any{"held": 20.0}))
	b.do("long", shows("On hold for 0:4"), shows("in all"), spoken("over 30 seconds"))
	b.accessible("hold-long")
	b.do("callback", click(".long-hold button"))
	d.desk.says("back", map[string]any{"call": "c1", "note": "", "callback": true})
	only := held(42*time.Second, nil)["talk"].(map[string]any)
	only["can"] = []string{"resume", "end"}
	d.desk.show("available", "talking", map[string]any{"talk": only})
	b.do("no callback here", until("!document.querySelector('.long-hold')"), until("!document.querySelector('[aria-keyshortcuts=\"Alt+K\"], [aria-keyshortcuts=\"Alt+T\"]')"),
		alt("t"), alt("k"), until("!document.querySelector('dialog, .keypad')"))
}

// TestKeypad: by mouse and by pasting, with pauses.
func TestKeypad(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.signIn("agent", password)
	d.desk.hear("hello")
	d.desk.show("available", "talking", aTalk(everything, map[string]any{"keys": 7}))
	b.do("open", click("[aria-keyshortcuts='Alt+K']"), seen(".keypad"), click(".pad button:nth-child(11)"))
	d.desk.says("keys", map[string]any{"call": "c1", "keys": "0", "after": 7})
	paste := func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(() => {
			const clipboardData = new DataTransfer();
			clipboardData.setData("text", "+34 (910) 00,1");
			return document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true}));
		})()`))
		return err
	}
	b.do("paste", chromedp.Func(paste), until("document.querySelector('.keypad input').value === '03491000,1'"))
	d.desk.says("keys", map[string]any{"call": "c1", "keys": "3491000", "after": 8})
	d.desk.says("keys", map[string]any{"call": "c1", "keys": "1", "after": 15})
	b.accessible("keypad")
	d.desk.show("available", "talking", refusing("keys_failed", "", aTalk(everything, map[string]any{"keys": 8})))
	b.do("failed", shows("The keys did not get through"), keys("2"))
	d.desk.says("keys", map[string]any{"call": "c1", "keys": "2", "after": 8})
}

// TestKeysWhileItRings: an extension is typed before the number answers. Esc closes the
// keypad first, and gives the call up after that.
func TestKeysWhileItRings(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.signIn("agent", password)
	d.desk.hear("hello")
	offer := func(keys int) map[string]any {
		return map[string]any{"offer": map[string]any{
			"offer": "own1.o1", "call": "own1", "keys": keys, "outgoing": true, "caller": map[string]any{"number": "+34910000001", "dialed": ""}, "queue": "",
			"waiting": time.Now(), "expires": time.Now().Add(45 * time.Second), "returned": false,
			"callback": map[string]any{"number": "+34910000001", "attempt": 1, "until": time.Now().Add(45 * time.Second), "dialing": true},
		}}
	}
	d.desk.show("available", "connecting", offer(0))
	b.do("open", shows("It rings there"), alt("k"), seen(".keypad"), shows("sent once it is answered"), keys("1"))
	d.desk.says("keys", map[string]any{"call": "own1", "keys": "1", "after": 0})
	b.do("more", keys("2"))
	d.desk.says("keys", map[string]any{"call": "own1", "keys": "2", "after": 1})
	b.accessible("keypad-early")
	d.desk.show("available", "connecting", offer(2))
	b.do("close", keys(kb.Escape), until("!document.querySelector('.keypad')"), keys(kb.Escape))
	d.desk.says("giveup", map[string]any{"offer": "own1.o1"})
}

// TestHandOverIsRefusedWhereItWasAsked: a refusal is read in the dialog, and what she may
// insist on is one key away.
func TestHandOverIsRefusedWhereItWasAsked(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.talks.targets = someTargets()
	b := newTab(t, d)
	b.signIn("agent", password)
	d.desk.hear("hello")
	d.desk.show("available", "talking", aTalk(everything, nil))
	b.do("open", seen(".panel.talk"), alt("t"), seen("dialog.hand[open]"), shows("Bea Núñez"), shows("Eve <i>Li</i>"), shows("3 waiting, 0 free"), shows("closed"), shows("Front desk"))
	b.accessible("hand")
	b.do("queue", keys("bill"), until("document.querySelector('[role=option][aria-selected=true]')"), calm, keys(kb.Enter))
	d.desk.says("hand", map[string]any{"call": "c1", "queue": "billing", "note": "", "anyway": false})
	d.desk.show("available", "talking", refusing("hand_closed", "", aTalk(everything, nil)))
	b.do("closed", shows("That queue is closed now."), shows("Hand over anyway"))
	b.accessible("hand-closed")
	b.do("insist", until("(document.querySelector('.hand .banner button').focus(), true)"), keys(kb.Enter))
	d.desk.says("hand", map[string]any{"call": "c1", "queue": "billing", "note": "", "anyway": true})

	b.do("colleague", fill(".hand input", "nunez"), until("document.querySelectorAll('[role=option]').length === 1"), until("!document.querySelector('.hand .banner')"), keys(kb.Enter))
	d.desk.says("hand", map[string]any{"call": "c1", "to": "bea", "note": "", "anyway": false})
	d.desk.show("available", "talking", refusing("hand_busy", "", aTalk(everything, nil)))
	b.do("busy", shows("Your colleague is busy now"), until("!document.querySelector('.hand .banner button')"))
	b.accessible("hand-busy")

	b.do("number", fill(".hand input", "+34 806 11 11 11"), until("document.querySelectorAll('[role=option]').length === 1"), keys(kb.Enter))
	d.desk.says("hand", map[string]any{"call": "c1", "number": "+34 806 11 11 11", "note": "", "anyway": false})
	d.desk.show("available", "talking", refusing("hand_refused", "+34 806 is a premium number", aTalk(everything, nil)))
	b.do("refused", shows("This number is not called: +34 806 is a premium number"))
	b.accessible("hand-number")

	b.do("by arrows", fill(".hand input", ""), until("!document.querySelector('[aria-selected=true]')"), keys(kb.ArrowDown), keys(kb.ArrowDown),
		until("document.querySelector('[aria-selected=true]').textContent.includes('Ventas')"), keys(kb.ArrowUp), keys(kb.ArrowUp),
		until("document.querySelector('[aria-selected=true]').textContent.includes('Courier')"))
	b.do("nobody", fill(".hand input", "nobody of that name"), shows("Nobody of that name"), until("document.querySelector('.hand .primary').disabled"), keys(kb.Enter))
	b.do("keep the note", fill(".hand textarea", "call him Bob"), keys(kb.Escape), until("!document.querySelector('dialog')"), alt("t"),
		until("document.querySelector('.hand textarea').value === 'call him Bob'"), click(".hand .choices button:nth-child(2)"))
	d.desk.says("back", map[string]any{"call": "c1", "note": "call him Bob", "callback": false})
}

// TestHandedCallers: who takes a caller whom another has handed over sees by whom, and why.
func TestHandedCallers(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.signIn("agent", password)
	d.desk.hear("hello")
	handed := map[string]any{"by": "bea", "name": "Bea <b>Núñez</b>", "note": "has paid twice;\nwants <i>one</i> back", "nth": 3}
	d.desk.show("available", "ringing", map[string]any{"offer": caller(map[string]any{"handed": handed, "returned": true})})
	b.do("rings", shows("Handed over by Bea <b>Núñez</b>"), shows("wants <i>one</i> back"), shows("3rd hand-over"))
	b.accessible("ringing-handed")
	d.desk.show("available", "talking", aTalk(everything, map[string]any{"handed": handed}))
	b.do("talk", seen(".panel.talk"), shows("Handed over by Bea"), shows("3rd hand-over"))
	b.accessible("talk")
	d.desk.show("available", "ringing", map[string]any{"offer": caller(map[string]any{"offer": "c1.o2",
		"handed": map[string]any{"by": "agent", "name": "agent", "nth": 1, "back": true}})})
	b.do("comes back", shows("Comes back to you: nobody took it"), until("!document.body.innerText.includes('hand-over')"))
}

// TestStatesOfATalkAreAccessible are those that no other test looks at.
func TestStatesOfATalkAreAccessible(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.talks.targets = someTargets()
	b := newTab(t, d)
	b.signIn("agent", password)
	d.desk.hear("hello")
	b.do("desk", seen(".panel"))
	b.accessible("welcome")
	d.desk.show("away", "idle", map[string]any{"reason": "prayer"})
	b.do("own break", shows("You are on a break: Prayer <b>"), seen(".choice.away[aria-pressed=true]"))
	d.desk.show("available", "wrap_up", map[string]any{"wrap_up": time.Now().Add(30 * time.Second)})
	b.do("wrap-up", shows("After-call work"))
	b.accessible("wrap-up")
	d.desk.show("available", "connecting", map[string]any{"offer": caller(map[string]any{"callback": map[string]any{
		"number": "+34600000009", "attempt": 2, "until": time.Now().Add(time.Minute), "dialing": true}})})
	b.do("dialling", shows("Dialling…"))
	b.accessible("dialling")
	d.desk.show("available", "talking", held(4*time.Second, map[string]any{"held": 61.0}))
	b.do("hold", seen(".panel.held"), keys("m"), shows("You are muted"))
	b.accessible("hold")
	gap := aTalk([]string{"hand", "back", "end"}, nil)
	gap["media"], gap["help"] = false, time.Now()
	d.desk.show("available", "talking", gap)
	b.do("gap", shows("Your voice is being connected again"), shows("Help is asked for"))
	b.accessible("gap")
	b.do("leave", click("header button"), seen("dialog.leave[open]"), shows("You are talking with a caller."))
	b.accessible("leave")
	b.do("stay", keys(kb.Escape), until("!document.querySelector('dialog')"), alt("s"))
	d.desk.says("help", map[string]any{"on": false})
	b.do("really", click("header button"), click("dialog.leave .decline"), until("location.pathname === '/sign-in'"))
	d.desk.hear("signout")
	b.forgiveAll("401")
}

// TestSingleLettersCanBeSwitchedOff: and Alt with a letter stays.
func TestSingleLettersCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	browsertest.LeaveAnyway(t, b.ctx)
	b.signIn("agent", password)
	d.desk.hear("hello")
	b.do("off", seen(".dial kbd"), shows("Ready to ring") /* what is above the box moves no more */, click(".setup .tick input"), until("document.querySelectorAll('.dial label kbd').length === 0"), until("(document.activeElement.blur(), true)"),
		keys("d"), until("!document.activeElement.matches('.dial input')"))
	d.desk.show("available", "talking", aTalk(everything, nil))
	b.do("talk", seen(".panel.talk"), keys("m"), alt("h"))
	d.desk.says("hold", map[string]any{"call": "c1", "on": true})
	b.do("not muted", until("!document.body.innerText.includes('You are muted')"))
	b.do("kept on this machine", chromedp.Reload(), seen(".setup"), until("!document.querySelector('.setup .tick input').checked"),
		click(".setup .tick input"), until("localStorage.length === 0"))
}

// language makes the browser prefer a language, from the next page on.
func (b *tab) language(tag string) {
	b.t.Helper()
	b.do(tag, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		agent, err := chromedp.Run(ctx, chromedp.Evaluate[string]("navigator.userAgent"))
		if err != nil {
			return err
		}
		_, err = chromedp.Call(ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: tag})
		return err
	}))
}

// TestDeskInEveryLanguage: nothing of a talk is left in English.
func TestDeskInEveryLanguage(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.talks.targets = someTargets()
	b := newTab(t, d)
	browsertest.LeaveAnyway(t, b.ctx)
	b.language("ko-KR,ko")
	b.signIn("agent", password)
	for i, c := range []struct{ tag, hold, hand string }{{"ko-KR", "보류 중", "넘기기"}, {"ja-JP", "保留中", "転送"}, {"es-MX", "En espera", "Transferir"}} {
		if i > 0 {
			b.language(c.tag)
			b.do("again", chromedp.Reload())
		}
		d.desk.hear("hello")
		d.desk.show("available", "talking", held(40*time.Second, map[string]any{"handed": map[string]any{"by": "bea", "nth": 2}}))
		b.do(c.tag, until("document.documentElement.lang === "+fmt.Sprintf("%q", c.tag[:2])), shows(c.hold))
		b.accessible("hold-" + c.tag[:2])
		b.do("hand", alt("t"), seen("dialog.hand[open]"), shows(c.hand))
		b.accessible("hand-" + c.tag[:2])
		b.do("close", keys(kb.Escape), until("!document.querySelector('dialog')"))
	}
}
