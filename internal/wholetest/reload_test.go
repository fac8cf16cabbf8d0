package wholetest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"presszero/internal/browsertest"
	"presszero/internal/customer"
	"presszero/internal/deskclient"
	"presszero/internal/settings"
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
func (w chromium) beside() chromium {
	ctx, _ := chromedp.NewContext(w.ctx) // ends with the browser
	return chromium{ctx}
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

// received makes the page count the packets of voice that have come.
const received = `
window.peers = [];
const Peer = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Peer {
	constructor(...args) {
		super(...args);
		window.peers.push(this);
	}
};
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = () => ask({audio: {echoCancellation: false, noiseSuppression: false, autoGainControl: false}});
window.received = async () => {
	let packets = 0;
	for (const peer of window.peers) (await peer.getStats()).forEach((s) => { if (s.type === "inbound-rtp") packets += s.packetsReceived; });
	return packets;
};`

// sitting is an agent at a window.
type sitting struct {
	*building
	window
	word string
}

// until waits until an expression is true in the page, over navigations.
func (s *sitting) until(js string) {
	s.Helper()
	var last any
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		got, err := s.evaluate("!!(" + js + ")")
		if got == "true" {
			return
		}
		last = err
		time.Sleep(20 * time.Millisecond) // the page does it; there is nothing to be told by
	}
	shown, _ := s.evaluate("document.body.innerText")
	s.Fatalf("%s did not come true: %v; the page shows:\n%s", js, last, shown)
}

func (s *sitting) click(css string) {
	s.Helper()
	s.until(fmt.Sprintf("document.querySelector(%q)", css))
	_, err := s.evaluate(fmt.Sprintf("document.querySelector(%q).click()", css))
	must(s, err)
}

// begins signs ana in and makes her available.
func (s *sitting) begins() {
	s.Helper()
	must(s, s.preload(received))
	must(s, s.navigate(s.web+"/"))
	body, err := json.Marshal(map[string]string{"name": "ana", "password": s.word})
	must(s, err)
	status, err := s.evaluate(fmt.Sprintf(`fetch("/api/v1/session", {method: "POST", headers: {"Content-Type": "application/json"}, body: %q}).then((r) => r.status)`, body))
	must(s, err)
	if status != "200" {
		s.Fatalf("signing in: %s", status)
	}
	must(s, s.navigate(s.web+"/"))
	s.click(".choice.available")
	// Without a sound device, Firefox's page says that it cannot ring; it does all else.
	s.until("/Waiting for a call|Your voice arrives/.test(document.body.innerText)")
}

// talks has the page answer a new caller.
func (s *sitting) talks(from string) *customer.Call {
	s.Helper()
	c := s.callPerson(from)
	s.click("button.accept")
	_, err := c.WaitTone(soon(s), deskclient.RobotTone)
	must(s, err)
	return c
}

// goesOn waits until caller and page hear each other again, and ends the talk.
func (s *sitting) goesOn(c *customer.Call, from, what string, since time.Time) {
	s.Helper()
	s.until("document.querySelector('button.decline')")
	s.until("received().then((n) => n > 50)")
	_, err := c.WaitToneAfter(soon(s), time.Now(), deskclient.RobotTone)
	must(s, err)
	silence := c.LongestSilence(since, time.Now())
	s.Logf("%s: the caller heard nothing for %v at most", what, silence)
	if silence > longestSilence {
		s.Errorf("the caller heard nothing for %v", silence)
	}
	must(s, c.Hangup())
	s.oneTalk(from)
	s.until("document.body.innerText.includes('After-call work')")
}

func (s *sitting) wrapsUp() {
	s.Helper()
	s.click(".panel button.primary")
	s.until("document.body.innerText.includes('Waiting for a call')")
}

// TestReload: an agent loads the page anew in a talk, in each browser.
func TestReload(t *testing.T) {
	t.Parallel()
	b := build(t, "PRESSZERO_MEDIA_ADDR=0.0.0.0:0") // Firefox does not reach loopback
	word := settings.RandomPassword(12)
	must(t, b.admin().Employ(soon(t), "ana", word))
	t.Run("Chromium", func(t *testing.T) {
		w := chromium{openChromium(t, deskclient.RobotTone)}
		s := &sitting{b.in(t), w, word}
		s.begins()
		c := s.talks("+34796001")
		began := time.Now()
		must(t, s.reload())
		s.goesOn(c, "+34796001", "reload", began)

		s.wrapsUp()
		c = s.talks("+34796002")
		next := w.beside() // is there before
		s2 := &sitting{b.in(t), next, word}
		must(t, s2.preload(received))
		began = time.Now()
		w.crash()
		must(t, s2.navigate(b.web+"/"))
		s2.goesOn(c, "+34796002", "crash", began)

		s2.wrapsUp()
		c = s2.talks("+34796003")
		s3 := &sitting{b.in(t), next.beside(), word}
		must(t, s3.preload(received))
		must(t, s3.navigate(b.web+"/"))
		s3.until("document.body.innerText.includes('open in another window')")
		began = time.Now()
		s3.click("button.primary")
		s3.goesOn(c, "+34796003", "second tab", began)
		s2.until("document.body.innerText.includes('another window')")
	})
	t.Run("Firefox", func(t *testing.T) {
		s := &sitting{b.in(t), firefox{browsertest.OpenFirefox(t)}, word}
		s.begins()
		c := s.talks("+34796011")
		began := time.Now()
		must(t, s.reload())
		s.goesOn(c, "+34796011", "reload", began)
	})
}
