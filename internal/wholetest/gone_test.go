package wholetest

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"presszero/call"
	"presszero/internal/audio"
	"presszero/internal/browsertest"
	"presszero/internal/customer"
	"presszero/internal/deskclient"
	"presszero/internal/headless"
)

// What caller, agent and colleague hear when the agent's page is gone for a moment: the
// ways in which it goes are in reload_test.go and network_test.go.

const (
	callerTone = 440
	bobTone    = 1600
)

// longestPause bounds what those who talk on without the agent do not hear of each
// other: they are not to notice that the page is gone.
const longestPause = time.Second

// ear is listen, and keeps when the agent heard somebody last, and the longest time
// without, where the next page of the browser finds it.
var ear = listen + fmt.Sprintf(`
if (location.origin !== "null") setInterval(() => {
	if (window.share(%d) < 0.1 && window.share(%d) < 0.1) return;
	const now = Date.now();
	localStorage.longest = Math.max(Number(localStorage.longest ?? 0), now - Number(localStorage.heard ?? now));
	localStorage.heard = now;
}, 20);`, callerTone, bobTone)

// colleague is a robot who is asked, and keeps how long nobody was heard.
type colleague struct {
	*deskclient.Client

	mu      sync.Mutex
	last    time.Time     // when somebody was heard
	longest time.Duration // without
}

// colleague is at a desk of which the callers of these tests are not offered.
func (b *building) colleague(name string) *colleague {
	b.Helper()
	c := &colleague{}
	o := b.employ(name, "billing")
	o.Phone.Tone, o.Phone.OnPacket = bobTone, func(p headless.Packet) {
		if audio.Mixed(audio.AppendFromUlaw(nil, p.Payload), []float64{callerTone}, []float64{callerTone, deskclient.RobotTone}) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.longest, c.last = max(c.longest, p.At.Sub(c.last)), p.At
		}
	}
	c.Client = b.agent(o)
	return c
}

// begins forgets what was before.
func (c *colleague) begins() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last, c.longest = time.Now(), 0
}

// without is the longest time since then in which caller and agent were not heard.
func (c *colleague) without() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return max(c.longest, time.Since(c.last))
}

// hears waits until the colleague hears these tones together.
func (c *colleague) hears(t testing.TB, hz ...float64) {
	t.Helper()
	waitFor(t, 20*time.Second, fmt.Sprintf("the colleague hears %v", hz), func() bool { return c.Phone().Heard(hz...) })
}

// scene is what goes on when the page is gone.
type scene struct {
	name        string
	hold, three bool
}

var scenes = []scene{{name: "in a talk"}, {name: "on hold", hold: true}, {name: "all three", three: true}}

// with are the mixes of tones in which the caller hears the agent.
func (sc scene) with() []float64 {
	if sc.three {
		return []float64{deskclient.RobotTone, bobTone}
	}
	return []float64{deskclient.RobotTone}
}

// way is how a page is gone and comes back.
type way struct {
	name string
	// before makes ready, and returns where the agent will be.
	before func(s *sitting) *sitting
	gone   func(s, next *sitting)
	after  func(s *sitting) // nil: nothing
}

// plays has the page be gone once, and returns where the agent is then, and the
// numbers.
func (s *sitting) plays(w way, sc scene, bob *colleague, from string) (next *sitting, r absence) {
	s.Helper()
	c := s.talks(from)
	s.until(fmt.Sprintf("window.share(%d) > 0.6", callerTone))
	switch b := s.keyboard(); {
	case sc.hold:
		b.do("hold", alt("h"), shows("On hold"))
		_, err := c.WaitSound(soon(s), time.Now())
		must(s, err)
	case sc.three:
		b.asks("bob", "twice?")
		answer(s, bob.Client)
		b.do("all three", shows("Talking with bob"), alt("j"), shows("All three are talking"))
		s.hearEachOther(c, bob)
	}
	next = w.before(s)
	s.number("[localStorage.heard, localStorage.longest] = [Date.now(), 0], window.before = window.peers.length")
	bob.begins()
	began := time.Now()
	w.gone(s, next)
	next.until("window.peers?.length > (window.before ?? 0) && window.peers.at(-1).connectionState === 'connected'") // a new page knows of no before
	if sc.hold {
		next.until("document.body.innerText.includes('Talking with') || (document.querySelector(`[aria-keyshortcuts='Alt+H']`)?.click(), false)")
	}
	if sc.three {
		next.hearEachOther(c, bob)
	} else {
		next.until(fmt.Sprintf("window.share(%d) > 0.6", callerTone))
		_, err := c.WaitToneAfter(soon(s), time.Now(), deskclient.RobotTone)
		must(s, err)
	}
	ended := time.Now()
	r = absence{what: w.name, where: sc.name, caller: c.LongestSilence(began, ended), back: c.LongestWithout(began, ended, sc.with())}
	r.agent = time.Duration(next.number("Math.max(Number(localStorage.longest), Date.now() - Number(localStorage.heard))")) * time.Millisecond
	if r.caller > longestSilence {
		s.Errorf("%s, %s: the caller heard nothing for %v", w.name, sc.name, r.caller)
	}
	if sc.three {
		talkOn(s, c, bob, began, ended)
	}
	must(s, c.Hangup())
	if sc.three {
		must(s, bob.HangUp(bob.Desk().Talk.Call))
		_, err := bob.WaitDesk(soon(s), func(d call.Desk) bool { return d.State == call.Idle })
		must(s, err)
	}
	if w.after != nil {
		w.after(s)
	}
	s.oneTalk(from)
	next.until("document.body.innerText.includes('After-call work')")
	next.wrapsUp()
	return next, r
}

// hearEachOther waits until all three do.
func (s *sitting) hearEachOther(c *customer.Call, bob *colleague) {
	s.Helper()
	s.until(fmt.Sprintf("window.share(%d) > 0.2 && window.share(%d) > 0.2", callerTone, bobTone))
	bob.hears(s, callerTone, deskclient.RobotTone)
	_, err := c.WaitToneAfter(soon(s), time.Now(), deskclient.RobotTone, bobTone)
	must(s, err)
}

// talkOn holds that caller and colleague heard each other all the while, and neither
// music nor words.
func talkOn(t testing.TB, c *customer.Call, bob *colleague, from, to time.Time) {
	t.Helper()
	if d := c.LongestWithout(from, to, []float64{bobTone}, []float64{bobTone, deskclient.RobotTone}); d > longestPause {
		t.Errorf("the caller did not hear the colleague for %v", d)
	}
	if d := bob.without(); d > longestPause {
		t.Errorf("the colleague did not hear the caller for %v", d)
	}
}

// keyboard is what a person does at the window.
func (s *sitting) keyboard() *browser { return &browser{s.TB, s.window.(chromium).ctx} }

// number evaluates to a whole number.
func (s *sitting) number(js string) int {
	s.Helper()
	text, err := s.evaluate(js)
	must(s, err)
	n, err := strconv.Atoi(text)
	must(s, err)
	return n
}

// beside is the same agent at another tab.
func (s *sitting) beside() *sitting {
	s.Helper()
	w, err := s.window.(chromium).beside()
	must(s, err)
	return s.at(w)
}

// at is the same agent at another window of Chromium.
func (s *sitting) at(w chromium) *sitting {
	s.Helper()
	next := &sitting{s.building, w, s.word}
	browsertest.LeaveAnyway(s.TB, w.ctx)
	must(s, next.preload(ear))
	return next
}

// asks asks a colleague during a talk.
func (b *browser) asks(name, note string) {
	b.Helper()
	b.do("ask", alt("a"), until("document.activeElement.matches('.hand input')"), press(name),
		until("document.querySelector('[role=option][aria-selected=true]')"), press(kb.Tab), until("document.activeElement.matches('.hand textarea')"),
		press(note), press(kb.Tab), until("document.activeElement.matches('.hand .primary')"),
		chromedp.Sleep(tooSoon), press(kb.Enter), shows("Asking "+name), shows("Hears music"))
}

// tooSoon is for how long the page takes no key that ends or begins something, after
// what it shows has changed.
const tooSoon = 400 * time.Millisecond

// absence is one line of the table of what was measured.
type absence struct {
	what, where         string
	caller, agent, back time.Duration
}

// table is for docs/talks.md.
func table(rows []absence) string {
	var b strings.Builder
	b.WriteString("| the page | where | caller's longest silence, s | agent's | until the caller hears the agent again |\n|---|---|---|---|---|\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s | %.2f | %.2f | %.2f |\n", r.what, r.where, r.caller.Seconds(), r.agent.Seconds(), r.back.Seconds())
	}
	return b.String()
}
