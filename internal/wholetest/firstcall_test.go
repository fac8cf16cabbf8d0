package wholetest

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"presszero/internal/customer/sipp"
	"presszero/internal/deskclient"
)

// TestFirstCall is the whole path on real parts: SIPp dials 100, presses 0 and
// says 440 Hz; an agent at a real Chromium sees who calls, accepts, and says
// 1 kHz. Each side's ear is asked for the other's tone. Once the agent hangs
// up, once the caller. A supervisor watches, and the rows are read.
func TestFirstCall(t *testing.T) {
	t.Parallel()
	h := buildNew(t, "PRESSZERO_RTP_PORTS=24000-27000") // of its own, since the wiretap hears all calls
	wire := tap(t, h)

	agent := openBrowser(t, deskclient.RobotTone)
	agent.signIn(h, "agent")
	agent.do("the phone is proved", click(".choice.available"), shows("Waiting for a call"))
	agent.picture("agent-waiting")
	agent.rests()

	boss := openBrowser(t, deskclient.RobotTone)
	boss.signIn(h, "supervisor")
	boss.do("the floor", shows("agent"))

	for i, by := range []string{"agent", "caller"} {
		stop := make(chan struct{})
		done := make(chan sipp.Result, 1)
		stay := time.Duration(0)
		if by == "caller" {
			stay = 8 * time.Second
		}
		from := []string{"+34910000001", "+34910000002"}[i]
		go func() {
			r, err := sipp.Run(context.Background(), sipp.Options{Scenario: sipp.Caller, Server: h.sip, To: "100", From: []string{from},
				Calls: 1, Stay: stay, Stop: stop, Sound: sipp.Sound{Wait: time.Second, Digits: "0", Tone: 440, Last: time.Minute}})
			if err != nil {
				t.Error(err)
			}
			done <- r
		}()
		agent.do("it rings", shows(from), shows("welcome 0"))
		agent.picture("agent-ringing")
		agent.accepts()
		wire.hear(deskclient.RobotTone)
		agent.picture("agent-talking")
		if by == "agent" {
			agent.do("hang up", click("button.decline"))
		}
		agent.wrapsUp()
		close(stop)
		if r := <-done; r.OK != 1 || r.Failed != 0 {
			t.Errorf("SIPp: %+v", r)
		}
		h.outcome(from, "answered")
	}
	h.booksBalance(2)

	// The supervisor finds it all among what was.
	boss.do("two answered", chromedp.Navigate(h.web+"/history"), until("document.querySelector('tr.total a[aria-label=\"Answered: 2\"]')"))
	boss.picture("history")
	boss.do("the floor", chromedp.Navigate(h.web+"/supervisor"), until("document.querySelector('main.floor .halves')"), shows("of 2 callers today"))
	boss.picture("supervisor")
	agent.losesItsVoice(h)
	boss.givesUp(h)
	boss.do("the menus", chromedp.Navigate(h.web+"/history?show=menus"), shows("welcome"), until("document.querySelector('.picture a rect')"))
	boss.picture("menus")
}

// accepts: a page does not take an Enter for an answer that was meant for
// something else, when it has just begun to ring.
func (b *browser) accepts() {
	b.Helper()
	b.do("accept", until("window.began ??= Date.now(), Date.now() - window.began > 500"), press(kb.Enter), shows("Hang up"), hears(440))
}

// rests: a page that waits sends bursts of voice only, and is offered callers.
func (b *browser) rests() {
	b.Helper()
	b.do("it rests", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		for {
			packets, err := chromedp.Run(ctx, chromedp.Evaluate[int]("sent(2000)", chromedp.EvalAwaitPromise))
			if err != nil || packets > 0 && packets < 40 { // of 100
				return err
			}
		}
	}))
}

func (b *browser) wrapsUp() {
	b.Helper()
	b.do("wrap-up", shows("After-call work"))
	b.do("done", until("delete window.began, window.later ??= Date.now(), Date.now() - window.later > 500"),
		press(kb.Enter), shows("Waiting for a call"), until("delete window.later"))
}

// losesItsVoice: the voice process dies in the middle of a talk. The page makes
// its voice anew, and the two talk again, unasked; media-killed-in-talk (chaos) holds
// that. Where the browser has no processor time to do so within 1.5 s, the caller is
// back in front and rings the same agent, who takes the call again.
func (b *browser) losesItsVoice(h *building) {
	b.Helper()
	c := h.callPerson("+34910000004")
	b.do("it rings", shows("+34910000004"))
	b.accepts()
	_, err := c.WaitTone(soon(b), deskclient.RobotTone)
	must(b, err)
	killed := time.Now()
	h.kill("media")
	b.do("the old voice is gone", until("window.share(440) === 0"))
	b.do("they talk again, or it rings again", until("window.share(440) > 0.6 || document.querySelector('button.accept')"))
	var rings bool
	b.do("does it ring", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) (err error) {
		rings, err = chromedp.Run(ctx, chromedp.Evaluate[bool]("!!document.querySelector('button.accept')"))
		return err
	}))
	if rings {
		b.Log("the page's voice took longer than a talk is kept; the caller rings again")
		b.do("a new ring", until("delete window.began"))
		b.accepts()
	}
	b.do("they talk again", hears(440), shows("Hang up"))
	_, err = c.WaitToneAfter(soon(b), time.Now(), deskclient.RobotTone)
	must(b, err)
	silence := c.LongestSilence(killed, time.Now())
	b.Logf("the caller heard nothing for %d ms while the voice process was away", silence.Milliseconds())
	if silence > 3*time.Second {
		b.Errorf("the caller heard nothing for %s", silence)
	}
	must(b, c.Hangup())
	b.wrapsUp()
}

// givesUp: a caller who gives up in line is gone from the supervisor's page within a
// second, and among what was.
func (b *browser) givesUp(h *building) {
	b.Helper()
	h.callPerson("+34910000009")
	c := h.callPerson("+34910000003")
	b.do("somebody waits", shows("+34910000003"))
	b.picture("supervisor-waiting")
	began := time.Now()
	must(b, c.Hangup())
	b.do("gone", until("!document.body.innerText.includes('+34910000003')"))
	b.Logf("the supervisor's page showed it %d ms after the caller hung up", time.Since(began).Milliseconds())
	b.do("gave up", chromedp.Navigate(h.web+"/history?calls=abandoned"), shows("Gave up waiting"), until("document.querySelectorAll('table.calls tbody tr').length === 1"))
	h.waitCount(5*time.Second, 1, `SELECT count(*) FROM report.visit WHERE outcome = 'abandoned_queue' AND queue_s > 0`)
}
