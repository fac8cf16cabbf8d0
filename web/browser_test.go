package web_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"presszero/call"
	"presszero/internal/browsertest"
	"presszero/web"
)

// tab is a page in a real browser. Whatever it says in its console other than
// what a test expects is a failure: a breach of the content security policy is
// told there, and so is every exception.
type tab struct {
	t   *testing.T
	ctx context.Context
	url string

	mu       sync.Mutex
	complain []string
}

type step = chromedp.Action[chromedp.Void]

// newTab opens a tab, strange to those of other tests, with a microphone that
// beeps. With flags, its browser is the test's own.
func newTab(t *testing.T, d *testServer, flags ...chromedp.ExecAllocatorOption) *tab {
	t.Helper()
	var heard sync.WaitGroup
	b := &tab{t: t, url: d.server.URL}
	t.Cleanup(func() { // when it is closed
		heard.Wait()
		for _, text := range b.complain {
			t.Errorf("the browser says: %s", text)
		}
	})
	if len(flags) == 0 {
		b.ctx = browsertest.Tab(t)
	} else {
		b.ctx = browsertest.Open(t, flags...)
	}
	messages := chromedp.Console(b.ctx)
	heard.Go(func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			b.mu.Lock()
			b.complain = append(b.complain, m.String())
			b.mu.Unlock()
		}
	})
	return b
}

// forgive takes back one expected message of the console.
func (b *tab) forgive(part string) {
	b.t.Helper()
	deadline := time.After(5 * time.Second)
	for {
		b.mu.Lock()
		for i, text := range b.complain {
			if strings.Contains(text, part) {
				b.complain = append(b.complain[:i], b.complain[i+1:]...)
				b.mu.Unlock()
				return
			}
		}
		b.mu.Unlock()
		select {
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			b.t.Errorf("the console does not tell of %q", part)
			return
		}
	}
}

// forgiveAll takes back all messages of the console about something that may
// happen, and as often as it likes.
func (b *tab) forgiveAll(part string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complain = slices.DeleteFunc(b.complain, func(text string) bool { return strings.Contains(text, part) })
}

// do carries out the steps; none may take longer than a person would wait.
func (b *tab) do(what string, steps ...step) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 15*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		shown, _ := chromedp.Run(b.ctx, chromedp.Text(chromedp.CSS("body")))
		b.t.Fatalf("%s: %v; the page shows:\n%s", what, err, shown)
	}
}

func seen(css string) step { return chromedp.WaitVisible(chromedp.CSS(css)) }

// until waits for a condition in the page, over navigations.
func until(js string) step {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		for {
			if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+js+")")); ok && err == nil {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("waiting for %s: %w", js, ctx.Err())
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
}

// shows waits until the page has the text.
func shows(text string) step { return until(fmt.Sprintf("document.body.innerText.includes(%q)", text)) }

// ticks waits for a wait of one to two minutes.
var ticks = until(`/1:[0-5]\d/.test(document.body.innerText)`)

func keys(k string) step { return chromedp.KeyEvent(k) }

// tabTo presses Tab until what has the focus matches.
func (b *tab) tabTo(css string) {
	b.t.Helper()
	for range 30 {
		b.do("Tab", keys(kb.Tab))
		on, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](fmt.Sprintf("document.activeElement.matches(%q)", css)))
		if err != nil {
			b.t.Fatal(err)
		}
		if on {
			return
		}
	}
	b.t.Fatalf("the Tab key does not lead to %s", css)
}

// signIn does it as a person does, without a mouse.
func (b *tab) signIn(name, password string) {
	b.t.Helper()
	b.do("sign-in", chromedp.Navigate(b.url+"/"), until("document.activeElement?.name === 'name'"),
		keys(name), keys(kb.Tab), keys(password), keys(kb.Enter))
}

func TestEveryRoleSignsInByKeyboard(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.signIn("agent", "not it")
	b.do("refusal", shows("The name or the password is not right."))
	b.forgive("401")
	for _, c := range []struct{ name, page string }{
		{"agent", "main.desk .panel"}, {"supervisor", "main.floor .halves"}, {"admin", "main.floor .halves"},
	} {
		b.signIn(c.name, password)
		b.do(c.name, seen(c.page), shows(c.name))
		b.do("injection", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.body.insertAdjacentHTML("beforeend",
				"<img src='https://elsewhere.example/x' alt=''><b onclick='alert(1)'></b>"), true`))
			return err
		}))
		b.forgive("inline event handler")
		b.forgive("elsewhere.example") // refused, and told: so a breach would be seen in every test
		b.tabTo("header button")
		b.do("sign-out", keys(kb.Enter), until("location.pathname === '/sign-in'"))
		b.forgiveAll("401") // what the page was just asking for
	}
}

func caller(more map[string]any) map[string]any {
	m := map[string]any{"offer": "c1.o1", "queue": "support", "returned": false,
		"waiting": time.Now().Add(-65 * time.Second), "expires": time.Now().Add(15 * time.Second),
		"caller": map[string]any{"number": "+34910000001", "name": "Ana <b>García</b>", "vip": true, "dialed": "100", "path": "main > 0"}}
	for k, v := range more {
		m[k] = v
	}
	return m
}

func TestAgentWorksByKeyboard(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.signIn("agent", password)
	b.do("desk", shows("You are not taking calls"))
	if media := d.desk.hear("media"); !strings.Contains(fmt.Sprint(media["sdp"]), "PCMU/8000") {
		t.Errorf("the offer is without PCMU: %v", media)
	}
	b.tabTo(".choice.available")
	b.do("available", keys(" "))
	if p := d.desk.hear("presence"); p["presence"] != "available" {
		t.Fatalf("the page said %v", p)
	}
	d.desk.show("available", "idle", nil)
	b.do("free", shows("Waiting for a call"), shows("Ready to ring"))

	d.desk.show("available", "ringing", map[string]any{"offer": caller(nil)})
	b.do("ringing", seen(".panel.ringing .chip.vip"), shows("Ana <b>García</b>"), shows("+34910000001"), shows("main > 0"), ticks,
		until("document.activeElement.matches('button.accept')"), until("document.title !== 'My desk – Press Zero'"),
		keys(kb.Enter), // meant for something else: it must not take the call
		until("window.begin ??= Date.now(), Date.now() - window.begin > 500"),
		seen("button.accept"), keys(kb.Enter))
	if m := d.desk.hear("accept"); m["offer"] != "c1.o1" {
		t.Fatalf("the page said %v", m)
	}
	d.desk.show("available", "connecting", map[string]any{"offer": caller(nil)})
	b.do("connecting", shows("Connecting you with"))
	talk := map[string]any{"call": "c1", "queue": "support", "since": time.Now(), "waited": 65.0, "caller": caller(nil)["caller"]}
	d.desk.show("available", "talking", map[string]any{"talk": talk})
	b.do("talking", seen(".panel.talk .timer"), until("document.title === 'My desk – Press Zero'"),
		keys("m"), shows("You are muted"), keys("m"), until("!document.body.innerText.includes('You are muted')"))
	d.desk.say(map[string]any{"type": "audio", "from_agent": false, "from_caller": true})
	b.do("one-way audio", shows("The caller cannot hear you"))
	b.tabTo("button.decline")
	b.do("hang up", calm, keys(kb.Enter))
	if m := d.desk.hear("hangup"); m["call"] != "c1" {
		t.Fatalf("the page said %v", m)
	}
	d.desk.show("available", "wrap_up", map[string]any{"wrap_up": time.Now().Add(30 * time.Second),
		"notice": map[string]any{"what": "caller_left", "at": time.Now()}})
	b.do("wrap-up", shows("After-call work"), shows("The caller hung up."),
		until("window.later ??= Date.now(), Date.now() - window.later > 500"), keys(kb.Enter))
	d.desk.hear("wrapped")

	d.desk.show("available", "ringing", map[string]any{"offer": caller(map[string]any{"offer": "c2.o1"})})
	b.do("ringing again", seen(".panel.ringing"), until("window.third ??= Date.now(), Date.now() - window.third > 500"), keys(kb.Escape))
	if m := d.desk.hear("decline"); m["offer"] != "c2.o1" {
		t.Fatalf("the page said %v", m)
	}
	d.desk.show("away", "idle", map[string]any{"reason": "declined"})
	b.do("set aside", shows("You declined a call"))
	b.tabTo(".choice.away")
	b.do("break", keys(kb.Enter))
	if p := d.desk.hear("presence"); p["presence"] != "away" || p["reason"] != "break" {
		t.Fatalf("the page said %v", p)
	}
}

func TestAgentSeesACallbackBeforeSheDials(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.signIn("agent", password)
	b.do("desk", seen(".panel"), click(".choice.available"))
	d.desk.hear("presence")
	back := map[string]any{"number": "+34600000009", "attempt": 2, "until": time.Now().Add(9 * time.Minute)}
	offer := caller(map[string]any{"callback": back, "why": "longest_idle"})
	d.desk.show("available", "ringing", map[string]any{"offer": offer})
	b.do("look first", seen(".panel.ringing.callback"), shows("Callback: you dial when you accept"), shows("Ana <b>García</b>"), shows("+34600000009"),
		shows("Attempt"), shows("Promised by"), shows("You have been free the longest"), until("!document.body.innerText.includes('+34910000001')"))
	b.look("callback")
	b.do("accept", shows("Accept and dial"), until("window.began ??= Date.now(), Date.now() - window.began > 500"), keys(kb.Enter))
	if m := d.desk.hear("accept"); m["offer"] != "c1.o1" {
		t.Fatalf("the page said %v", m)
	}
	back["dialing"], back["until"] = true, time.Now().Add(-time.Minute)
	d.desk.show("available", "connecting", map[string]any{"offer": offer})
	b.do("dialling", shows("Dialling…"), shows("+34600000009"), shows("already past"))
	b.look("dialling")
	b.do("give it up", shows("Give up"), keys(kb.Escape))
	if m := d.desk.hear("giveup"); m["offer"] != "c1.o1" {
		t.Fatalf("the page said %v", m)
	}
	for what, text := range map[string]string{"callback_busy": "Busy: the customer", "callback_no_answer": "Nobody answered", "callback_machine": "An answering machine",
		"callback_superseded": "The customer has called in", "callback_blocked": "may not be called now"} {
		d.desk.show("available", "idle", map[string]any{"notice": map[string]any{"what": what, "at": time.Now()}})
		b.do(what, shows(text))
	}
	d.desk.show("available", "idle", map[string]any{"notice": map[string]any{"what": "taken", "at": time.Now(), "by": "<i>bob"}})
	b.do("taken", shows("<i>bob has taken this call."))
}

func TestAgentDialsByKeyboard(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.signIn("agent", password)
	b.do("desk", seen(".dial"))
	d.desk.show("away", "idle", map[string]any{"reason": "break"})
	b.do("number", shows("Call a number"),
		// chromedp sends a key's letter also where a browser, told not to, would not
		until("!document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'd', bubbles: true, cancelable: true}))"),
		until("document.activeElement.matches('.dial input')"),
		keys("+34 911 23 45 67"), keys(kb.Enter))
	if m := d.desk.hear("dial"); m["number"] != "+34 911 23 45 67" {
		t.Fatalf("the page said %v", m)
	}
	own := map[string]any{"offer": "o.o1", "caller": map[string]any{"number": "+34911234567", "dialed": ""}, "queue": "", "outgoing": true,
		"waiting": time.Now(), "expires": time.Now().Add(time.Minute), "callback": map[string]any{"number": "+34911234567", "attempt": 1, "until": time.Now().Add(time.Minute), "dialing": true}}
	d.desk.show("away", "connecting", map[string]any{"offer": own})
	b.do("rings", shows("Dialling…"), shows("+34911234567"), until("!document.body.innerText.includes('Promised by')"))
	b.look("own-dialling")
	b.do("give up", keys(kb.Escape))
	if m := d.desk.hear("giveup"); m["offer"] != "o.o1" {
		t.Fatalf("the page said %v", m)
	}
	d.desk.show("away", "idle", map[string]any{"reason": "break", "notice": map[string]any{"what": "dial_refused", "at": time.Now(), "text": "+34 806 is a premium number"}})
	b.do("refused", shows("This number is not dialled: +34 806 is a premium number"))
	b.look("own-refused")
	talk := map[string]any{"call": "o", "queue": "", "since": time.Now(), "waited": 0, "outgoing": true, "caller": own["caller"]}
	d.desk.show("away", "talking", map[string]any{"talk": talk})
	b.do("talks", shows("You called"), until("!document.body.innerText.includes('Had waited')"), click("button.decline"))
	if m := d.desk.hear("hangup"); m["call"] != "o" {
		t.Fatalf("the page said %v", m)
	}
}

func TestAgentsPageComesBackByItself(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.signIn("agent", password)
	first := d.desk.hear("hello")
	b.do("desk", seen(".panel"), chromedp.Click(chromedp.CSS(".choice.available")))
	d.desk.hear("presence")
	d.desk.show("available", "idle", nil)
	b.do("free", shows("Waiting for a call"))

	d.desk.forget()
	d.desk.drop()
	if again := d.desk.hear("hello"); again["page"] != first["page"] {
		t.Fatalf("the page came back as %v, it was %v", again, first)
	}
	if p := d.desk.hear("presence"); p["presence"] != "available" { // the new server had not heard it
		t.Fatalf("the page said %v", p)
	}
	d.desk.say(map[string]any{"type": "bye", "why": "restart", "text": "back soon"})
	d.desk.drop()
	d.desk.hear("hello")

	d.desk.say(map[string]any{"type": "bye", "why": "elsewhere", "text": "another window"})
	b.do("elsewhere", shows("in another window"))
	b.tabTo("button.primary")
	b.do("use it here", keys(kb.Enter))
	if fresh := d.desk.hear("hello"); fresh["page"] == first["page"] {
		t.Fatal("a page loaded anew is a new page")
	}
}

func TestBlockedMicrophoneIsExplained(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d, chromedp.Flag("use-fake-ui-for-media-stream", false), chromedp.Flag("deny-permission-prompts", true))
	b.signIn("agent", password)
	b.do("advice", shows("The microphone is blocked"), shows("no caller is sent to you"), shows("Try again"))
}

func TestSupervisorSeesAnAbandonAtOnce(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	now := time.Now()
	waits := call.CallerNow{Call: "c2", Number: "+34910000002", Name: "<img src=x>", VIP: true, State: "waiting", Since: now.Add(-70 * time.Second)}
	d.floor.set(func(l *web.Live) {
		l.Queues = []call.QueueNow{{Name: "support", Waiting: []call.CallerNow{waits}}}
		l.Agents = []call.AgentNow{{Agent: "agent", Name: "agent", Presence: "away", Reason: "no_answer", State: "idle", Since: now}}
	})
	b := newTab(t, d)
	b.signIn("supervisor", password)
	b.do("floor", shows("<img src=x> · +34910000002"), seen("main.floor .chip.vip"), ticks, shows("Away: did not answer"))
	b.look("floor")

	began := time.Now()
	d.floor.set(func(l *web.Live) { l.Queues[0].Waiting = nil; l.Reported++ })
	b.do("abandon", shows("Nobody waits."))
	t.Logf("an abandon was shown after %v", time.Since(began).Round(time.Millisecond))
}

func TestSpanishAndDark(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d, chromedp.Flag("accept-lang", "es-MX,en"))
	b.do("dark", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
		return err
	}))
	b.signIn("agent", password)
	b.do("Spanish", shows("No está recibiendo llamadas"), until("document.documentElement.lang === 'es'"),
		until("getComputedStyle(document.documentElement).backgroundColor === 'rgb(20, 22, 26)'"))
}
