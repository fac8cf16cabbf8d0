package web_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"presszero/internal/browsertest"
)

// asks is a talk in which somebody is asked; turned: whom the agent talks with, "": nobody yet.
func asks(turned string, other map[string]any) map[string]any {
	o := map[string]any{"ask": "k1", "state": "ringing", "since": time.Now().Add(-5 * time.Second)}
	can := []string{"cancel", "end"}
	more := map[string]any{"other": o}
	if turned != "" {
		o["state"], o["with"] = "talking", turned
		can = append(slices.DeleteFunc([]string{"keys", "caller", "other", "all", "leave"}, func(verb string) bool { return verb == turned }), can...)
	}
	if turned == "" || turned == "other" {
		more["hold"] = map[string]any{"since": time.Now().Add(-21 * time.Second)}
	}
	for k, v := range other {
		o[k] = v
	}
	return aTalk(can, more)
}

var (
	bea     = map[string]any{"agent": "bea", "name": "Bea <b>Núñez</b>"}
	courier = map[string]any{"number": "+34911111111"}
)

var askable = []string{"hold", "keys", "hand", "back", "ask", "end"}

// with adds to the consulted party.
func with(who map[string]any, key string, value any) map[string]any {
	more := maps.Clone(who)
	more[key] = value
	return more
}

// asked is a talk with a colleague who asks; turned: whom the colleague talks with.
func asked(turned string, more map[string]any) map[string]any {
	m := map[string]any{"call": "k1", "asked": map[string]any{"by": "eve", "name": "Eve <i>Li</i>", "note": "may I refund\n<b>twice</b>?", "with": turned}}
	for k, v := range more {
		m[k] = v
	}
	return aTalk([]string{"end"}, m)
}

// doing are what a card of the two others says, and whether it is marked as the one who
// talks with the agent.
func doing(nth int, who, what string, now bool) step {
	return until(fmt.Sprintf(`(p => p && p.innerText.includes(%q) && p.querySelector('.doing').innerText.includes(%q) && p.matches('.now') === %v)(document.querySelectorAll('.party')[%d])`,
		who, what, now, nth-1))
}

// onMain waits until the focus is on the first button, which says so.
func onMain(text string) step {
	return until(fmt.Sprintf("document.activeElement.matches('.answer button:first-child') && document.activeElement.innerText.includes(%q)", text))
}

// TestAgentAsksByKeys: an agent asks a colleague, swaps, has all three talk, and leaves
// the two together, and touches no mouse.
func TestAgentAsksByKeys(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.talks.targets = someTargets()
	b := newTab(t, d)
	b.before(plugs)
	b.signIn("agent", password)
	d.desk.hear("hello")
	d.desk.show("available", "talking", aTalk(askable, nil))
	b.do("ask", seen(".panel.talk"), alt("a"), seen("dialog.hand[open]"), shows("Ask about: Ana"), shows("Hand over now"), keys("bea"),
		until("document.querySelectorAll('[role=option]').length === 1"), keys(kb.Tab), until("document.activeElement.matches('.hand textarea')"), keys("twice?"), keys(kb.Tab),
		until("document.activeElement.textContent.includes('Ask Bea Núñez')"), calm, until("(played = [], true)"), keys(kb.Enter))
	d.desk.says("ask", map[string]any{"call": "c1", "to": "bea", "note": "twice?"})

	d.desk.show("available", "talking", asks("", bea))
	b.do("rings", until("!document.querySelector('dialog')"), spoken("Asking Bea <b>Núñez</b>"), doing(1, "Ana <b>García</b>", "Hears music", false),
		doing(2, "Bea <b>Núñez</b>", "Rings…", false), onMain("Do not ask any more"), until("played.length === 1"), keys(kb.Enter), // too soon
		calm, alt("x"))
	d.desk.says("cancel", map[string]any{"call": "c1"})
	d.desk.show("available", "talking", asks("", with(bea, "state", "connecting")))
	b.do("answers", doing(2, "Bea", "Is being connected…", false))

	d.desk.show("available", "talking", asks("other", bea))
	b.do("consult", spoken("Talking with Bea"), doing(1, "Ana", "Hears music", false), doing(2, "Bea", "Talks with you", true), onMain("To the caller"),
		until("document.querySelectorAll('.party .timer')[0].innerText.startsWith('0:2')"), alt("h"))
	d.desk.says("turn", map[string]any{"call": "c1", "with": "caller"})
	d.desk.show("available", "talking", asks("caller", bea))
	b.do("aside", spoken("Talking with Ana"), doing(1, "Ana", "Talks with you", true), doing(2, "Bea", "Hears music", false), onMain("To Bea"), calm, keys(kb.Enter))
	d.desk.says("turn", map[string]any{"call": "c1", "with": "other"})
	b.do("all", alt("j"))
	d.desk.says("turn", map[string]any{"call": "c1", "with": "all"})
	d.desk.show("available", "talking", asks("all", bea))
	b.do("all three", spoken("All three are talking"), doing(1, "Ana", "Talks with you", true), doing(2, "Bea", "Talks with you", true), onMain("Hand over to Bea"), alt("h"))
	d.desk.says("turn", map[string]any{"call": "c1", "with": "other"})
	b.do("leave", alt("t"))
	d.desk.says("hand", map[string]any{"call": "c1", "ask": "k1"})
	d.desk.show("available", "wrap_up", map[string]any{"wrap_up": time.Now().Add(30 * time.Second)})
	b.do("gone", shows("After-call work"), until("played.length === 1")) // it rang only until somebody answered
	select {
	case m := <-d.desk.said:
		t.Errorf("the page also said %v", m)
	default:
	}
}

// TestAskIsRefusedWhereItWasAsked: and the caller can be handed over at once instead.
func TestAskIsRefusedWhereItWasAsked(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.talks.targets = someTargets()
	b := newTab(t, d)
	b.signIn("agent", password)
	d.desk.hear("hello")
	d.desk.show("available", "talking", aTalk(askable, nil))
	b.do("open", seen(".panel.talk"), alt("a"), seen("dialog.hand[open]"), shows("Bea Núñez"))
	b.accessible("ask")
	b.do("queue", keys("vent"), until("document.querySelectorAll('[role=option]').length === 1"), calm, keys(kb.Enter))
	d.desk.says("ask", map[string]any{"call": "c1", "queue": "Ventas <b>", "note": ""})
	d.desk.show("available", "talking", refusing("ask_nobody", "", aTalk(askable, nil)))
	b.do("nobody", until("document.querySelector('.hand .banner').innerText.includes('Nobody is free in that queue now')"))
	b.accessible("ask-nobody")
	b.do("number", fill(".hand input", "+34 806 11 11 11"), until("!document.querySelector('.hand .banner')"), keys(kb.Enter))
	d.desk.says("ask", map[string]any{"call": "c1", "number": "+34 806 11 11 11", "note": ""})
	d.desk.show("available", "talking", refusing("ask_refused", "+34 806 is a premium number", aTalk(askable, nil)))
	b.do("refused", until("document.querySelector('.hand .banner').innerText.includes('This number is not called: +34 806 is a premium number')"))
	b.do("hand over instead", fill(".hand input", "vent"), click(".hand .choices button:nth-child(2)"))
	d.desk.says("hand", map[string]any{"call": "c1", "queue": "Ventas <b>", "note": "", "anyway": false})
	b.do("ask first", keys(kb.Escape), until("!document.querySelector('dialog')"), alt("t"), seen("dialog.hand[open]"), fill(".hand input", "eve"),
		until("document.querySelector('.hand .primary').innerText.includes('Hand over to Eve')"), click(".hand .choices button:nth-child(2)"))
	d.desk.says("ask", map[string]any{"call": "c1", "to": "eve", "note": ""})
}

// TestAskComesToItsEnd: the agent hears and reads why, and the caller is still there.
func TestAskComesToItsEnd(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.before(plugs)
	b.signIn("agent", password)
	d.desk.hear("hello")
	for _, c := range []struct{ what, text string }{{"ask_declined", "they declined"}, {"ask_no_answer", "Nobody answered"}, {"ask_left", "has hung up"}} {
		d.desk.show("available", "talking", asks("other", courier))
		b.do("consult", doing(2, "+34911111111", "Talks with you", true), until("(played = [], document.querySelector('.answer button').focus(), true)"))
		ended := aTalk([]string{"resume", "keys", "hand", "back", "ask", "end"}, map[string]any{"hold": map[string]any{"since": time.Now()}})
		d.desk.show("available", "talking", refusing(c.what, "", ended))
		b.do(c.what, until(fmt.Sprintf("document.querySelector('[aria-live=assertive]').innerText.includes(%q)", c.text)), spoken("On hold"),
			onMain("Talk again"), until("played.length === 1"))
	}
}

// TestAskWhileTheVoiceIsAway: what can be done is to hand over or end, as in any talk.
func TestAskWhileTheVoiceIsAway(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.signIn("agent", password)
	d.desk.hear("hello")
	for turned, text := range map[string]string{"other": "Until then the caller hears music.", "all": "Until then the other two talk on."} {
		gap := asks(turned, bea)
		gap["talk"].(map[string]any)["can"] = []string{"hand", "back", "end"}
		d.desk.show("available", "talking", gap)
		b.do(turned, shows("Your voice is being connected again. "+text), until("!document.querySelector('[aria-keyshortcuts=\"Alt+H\"], [aria-keyshortcuts=\"Alt+X\"]')"),
			alt("t"), seen("dialog.hand[open]"), keys(kb.Escape), until("!document.querySelector('dialog')"))
	}
	b.accessible("ask-gap")
}

// TestHangingUpWithTwoAsksOnce: nobody is cut off by one wrong key, of the headset either.
func TestHangingUpWithTwoAsksOnce(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.before(headset)
	b.signIn("agent", password)
	b.do("grant", shows("Ready to ring"), click(".setup .more"), click(".sounds .choose:last-child button"), shows("Answer, hang up and mute: Fake headset"))
	d.desk.show("available", "talking", asks("all", bea))
	b.do("hang up", shows("End for all"), calm, click(".answer .decline"), seen("dialog.leave[open]"), shows("End the call for everybody?"))
	b.accessible("end-for-all")
	b.do("no", keys(kb.Escape), until("!document.querySelector('dialog')"), click(".answer .decline"), click("dialog.leave .decline"))
	d.desk.says("hangup", map[string]any{"call": "c1"})
	d.desk.show("available", "talking", aTalk(askable, nil))
	b.do("the other has left", until("!document.querySelector('dialog')"))

	down := func() {
		b.do("hook", until("device.opened && press(0b01)"), until("(window.held = Date.now(), true)"),
			until("Date.now() - window.held > 600"), until("press(0b00)")) // a key that springs back is faster
	}
	d.desk.show("available", "talking", asks("all", bea))
	b.do("all three", shows("All three are talking"))
	down()
	d.desk.says("hand", map[string]any{"call": "c1", "ask": "k1"})
	d.desk.show("available", "talking", asks("caller", bea))
	b.do("aside", shows("Talking with Ana"))
	down()
	d.desk.says("cancel", map[string]any{"call": "c1"})
}

// TestKeysGoToWhomSheTalksWith: to the number that is asked, else to the caller.
func TestKeysGoToWhomSheTalksWith(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.signIn("agent", password)
	d.desk.hear("hello")
	d.desk.show("available", "talking", asks("other", with(courier, "keys", 2)))
	b.do("to the number", seen(".party"), alt("k"), shows("Keys go to +34911111111."), keys("5"))
	d.desk.says("keys", map[string]any{"call": "k1", "keys": "5", "after": 2})
	b.accessible("consult-keypad")
	d.desk.show("available", "talking", asks("caller", with(courier, "keys", 3)))
	b.do("to the caller", shows("Keys go to Ana <b>García</b>."), until("document.querySelector('.keypad input').value === ''"), keys("6"))
	d.desk.says("keys", map[string]any{"call": "c1", "keys": "6", "after": 0})
	d.desk.show("available", "talking", asks("all", with(courier, "keys", 3)))
	b.do("to the number again", shows("Keys go to +34911111111."), keys("7"))
	d.desk.says("keys", map[string]any{"call": "k1", "keys": "7", "after": 3})
	d.desk.show("available", "talking", aTalk(askable, nil))
	b.do("it has ended", until("!document.querySelector('.keypad')"))
}

// TestColleagueIsAsked: the consulted party sees by whom and about whom, hears what goes on, and
// is told when the caller becomes hers.
func TestColleagueIsAsked(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.signIn("agent", password)
	d.desk.hear("hello")
	d.desk.show("available", "ringing", map[string]any{"offer": offerToAsk()})
	b.do("rings", shows("Eve <i>Li</i> asks you about Ana <b>García</b>"), shows("may I refund\n<b>twice</b>?"), shows("support"),
		until("!document.body.innerText.includes('Has waited')"), calm, keys(kb.Enter))
	d.desk.says("accept", map[string]any{"offer": "k1.o1"})
	d.desk.show("available", "talking", asked("other", nil))
	b.do("talk", seen(".panel.three"), spoken("Eve <i>Li</i> asks you"), shows("may I refund"), doing(1, "Eve", "Talks with you", true), doing(2, "Ana", "Hears music", false),
		until("!document.querySelector('.words, [aria-keyshortcuts=\"Alt+H\"], [aria-keyshortcuts=\"Alt+T\"]')"), until("!document.body.innerText.includes('Had waited')"))
	d.desk.show("available", "talking", asked("caller", nil))
	b.do("music", spoken("Eve <i>Li</i> talks with the caller. You hear music meanwhile."), doing(1, "Eve", "Talks with the caller", false), doing(2, "Ana", "Talks with Eve", false))
	d.desk.show("available", "talking", asked("all", nil))
	b.do("all", spoken("All three are talking"), doing(1, "Eve", "Talks with you", true), doing(2, "Ana", "Talks with you", true),
		until("(document.querySelector('.answer .decline').focus(), true)"))
	hers := aTalk(askable, map[string]any{"handed": map[string]any{"by": "eve", "name": "Eve", "nth": 1}})
	d.desk.show("available", "talking", refusing("ask_handed", "", hers))
	b.do("hers", until("document.querySelector('[aria-live=assertive]').innerText.includes('handed over to you')"), spoken("Talking with Ana"), shows("Handed over by Eve"),
		until("document.activeElement.matches('.answer .decline')"), seen("[aria-keyshortcuts='Alt+H']"))
	b.accessible("asked-hers")
	d.desk.show("available", "idle", refusing("ask_over", "", map[string]any{}))
	b.do("over", shows("Your colleague has ended the talk with you."))
	d.desk.show("available", "talking", asked("", nil))
	b.do("leave", seen(".panel.three"), calm, click(".answer .decline"))
	d.desk.says("hangup", map[string]any{"call": "k1"})
}

// offerToAsk is the offer of a colleague's question.
func offerToAsk() map[string]any {
	return caller(map[string]any{"offer": "k1.o1", "asked": map[string]any{"by": "eve", "name": "Eve <i>Li</i>", "note": "may I refund\n<b>twice</b>?"}})
}

// TestAskingInEveryLanguage: each state is for everybody, in each language.
func TestAskingInEveryLanguage(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.talks.targets = someTargets()
	b := newTab(t, d)
	browsertest.LeaveAnyway(t, b.ctx)
	b.language("en-GB")
	b.signIn("agent", password)
	for i, c := range []struct{ tag, music, asks string }{
		{"en-GB", "Hears music", "asks you"}, {"ko-KR", "음악 듣는 중", "협의를 요청합니다"}, {"ja-JP", "音楽を聞いています", "からの相談です"}, {"es-MX", "Oye música", "le consulta"},
	} {
		if i > 0 {
			b.language(c.tag)
			b.do("again", chromedp.Reload())
		}
		d.desk.hear("hello")
		for _, state := range []struct {
			name, shows string
			talk        map[string]any
		}{
			{"ask-rings", c.music, asks("", bea)}, {"consult", c.music, asks("other", bea)}, {"aside", c.music, asks("caller", courier)}, {"all-three", "", asks("all", bea)},
			{"asked", c.asks, asked("other", nil)}, {"asked-aside", "", asked("caller", nil)}, {"asked-all", "", asked("all", nil)},
		} {
			d.desk.show("available", "talking", state.talk)
			b.do(state.name, until("document.documentElement.lang === "+fmt.Sprintf("%q", c.tag[:2])), seen(".panel.three"), shows(state.shows),
				until("!/undefined|null|=>/.test(document.body.innerText)"))
			b.accessible(state.name + "-" + c.tag[:2])
		}
		d.desk.show("available", "ringing", map[string]any{"offer": offerToAsk()})
		b.do("offer", seen(".panel.asked"))
		b.accessible("ask-offer-" + c.tag[:2])
		d.desk.show("available", "talking", aTalk(askable, nil))
		b.do("ask", seen(".panel.talk"), alt("a"), seen("dialog.hand[open]"), shows("Bea Núñez"))
		b.accessible("ask-" + c.tag[:2])
		b.do("close", keys(kb.Escape), until("!document.querySelector('dialog')"))
	}
}
