package web_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"presszero/report"
	"presszero/web"
)

// visit opens another page of somebody who has signed in.
func (b *tab) visit(path string, steps ...step) {
	b.t.Helper()
	b.do(path, append([]step{chromedp.Navigate(b.url + path), seen("main.floor")}, steps...)...)
}

// click presses what the selector finds.
func click(css string) step { return chromedp.Click(chromedp.CSS(css)) }

// fill writes into a field as a person would who marks all first.
func fill(css, text string) step {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		return chromedp.Do(ctx, chromedp.Focus(chromedp.CSS(css)), until("(document.activeElement.select(), true)"),
			chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
				if text == "" {
					return chromedp.Do(ctx, chromedp.KeyEvent(kb.Delete))
				}
				return chromedp.Do(ctx, chromedp.KeyEvent(text))
			}))
	})
}

// look keeps pictures of the page, light and dark, in the folder SHOTS, for a
// person to look at. Without the folder it does nothing.
func (b *tab) look(name string) {
	b.t.Helper()
	folder := os.Getenv("SHOTS")
	if folder == "" {
		return
	}
	for _, scheme := range []string{"dark", "light"} {
		b.do("picture", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			if err != nil {
				return err
			}
			shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{})
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(folder, name+"-"+scheme+".png"), shot.Data, 0o644)
		}))
	}
}

func TestMenusPage(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.books.nodes = []report.MenuNode{
		{Node: "main", Flow: "v1", Versions: 1, Entries: 214, Keys: map[string]int{"1": 61, "2": 40, "3": 18, "9": 2}, ZeroDuring: 48, ZeroAfter: 21, Silent: 17,
			Wrong: 6, HungUp: 9, Queued: 172, ToQueueP50: seconds(7.4), ToQueueP90: seconds(19), Reached: 150, ToPersonP50: seconds(31), ToPersonP90: seconds(118)},
		{Node: "hours", Flow: "v1", Versions: 2, Entries: 18, SelfServed: 12, ZeroAfter: 3, Keys: map[string]int{}},
		{Node: "<b>order</b>", Flow: "v1", Versions: 1, Entries: 11, LookUps: 11, LookFailed: 2, Keys: map[string]int{}},
	}
	b := newTab(t, d)
	b.signIn("supervisor", password)
	b.do("floor", seen("main.floor"))
	b.visit("/menus", shows("<b>order</b>"), shows("0:31 – 1:58"), shows("11 look-ups, 2 failed"), shows("12 served"),
		until("document.querySelector('.picture a rect') && document.querySelector('.picture').textContent.includes('→ 214')"),
		until("document.querySelector('.picture').getBoundingClientRect().height > 100"), until("(document.querySelector('details').open = true)"), shows("this is the second menu"), shows("flow.yaml:1:24"),
		until("document.querySelectorAll('table.nodes tbody tr').length === 3"), until("!document.body.innerText.includes('A newer file')"))
	b.look("menus")
	b.accessible("menus")
	csv, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("fetch(document.querySelector('.downloads a').href).then(r => r.text()).then(x => x.includes('node,flow'))", chromedp.EvalAwaitPromise))
	if err != nil || !csv {
		t.Errorf("the download is no table: %v", err)
	}
	b.do("a box opens its calls, on the same page", wide(1280), until("(window.same = true)"), until("(document.querySelector('.picture a').dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true})), true)"),
		until("location.search.includes('entered=main')"), seen("dialog[open]"), until("window.same"))
}

func TestMessagesPage(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	now := time.Now()
	d.sources.messages = []report.Message{
		{ID: "m1", Call: "c1", Queue: "support", Number: "+34910000001", Name: "Ana <i>García</i>", VIP: true, State: "open", Length: 42, LeftAt: now.Add(-25 * time.Minute), DueAt: now.Add(-10 * time.Minute)},
		{ID: "m2", Call: "c2", Queue: "billing", Number: "", State: "taken", TakenBy: "admin", Length: 7, LeftAt: now.Add(-2 * time.Minute), DueAt: now.Add(13 * time.Minute)},
	}
	d.books.add(report.Call{Call: "c1", At: now, Outcome: "ivr_contained", Number: "+34910000001"})
	b := newTab(t, d)
	b.signIn("supervisor", password)
	b.do("floor", seen("main.floor"))
	b.visit("/messages", shows("Ana <i>García</i>"), until("/1\\d:\\d\\d overdue/.test(document.body.innerText)"), until("/in 12:\\d\\d/.test(document.body.innerText)"),
		until("document.querySelectorAll('tr.overdue').length === 1"), shows("Number withheld"), shows("Take over from admin"))
	b.look("messages")
	b.do("play", click("tr.overdue .play"), until("document.querySelector('tr.overdue .play').textContent.includes('Stop')"),
		until("document.querySelector('tr.overdue .play').textContent.includes('Play')")) // a second later it is over
	b.tabTo("tr.overdue .choices button")
	b.do("take", keys(kb.Enter), shows("yours"), seen("tr.overdue select"))
	b.do("done", until("(s => (s.value = 'written', s.dispatchEvent(new Event('change', {bubbles: true})), true))(document.querySelector('tr.overdue select'))"),
		shows("Answered in writing"), until("document.querySelectorAll('tr.overdue').length === 0"))
	if m := d.sources.messages[0]; m.State != "done" || m.How != "written" || m.DoneBy != "supervisor" {
		t.Errorf("the message is %+v", m)
	}
	// Somebody else was faster: the page says so and shows who.
	d.sources.mu.Lock()
	d.sources.messages[1].TakenBy = "boss"
	d.sources.mu.Unlock()
	b.do("too late", click("tbody .choices button"), shows("Somebody else has taken"), shows("Take over from boss"))
	b.forgive("409")
	b.do("timeline", click("section:last-of-type button.link"), seen("dialog[open] .timeline li"), keys(kb.Escape), until("!document.querySelector('dialog[open]')"))
}

func TestFlowPage(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.sources.alarm = "flow.yaml:3:1: it is not YAML"
	d.sources.profiles = []string{"es"}
	b := newTab(t, d)
	b.signIn("admin", password)
	b.do("floor", seen("main.floor"))
	b.visit("/flow", shows("it is not YAML"), shows("published by admin"), until("document.querySelector('button.primary').disabled"))
	b.do("bad", fill("textarea", "nodes:\n  trap: lost"), click(".choices button:not(.primary)"), shows("must not be served"), shows("flow.yaml:2:9"),
		until("document.querySelector('button.primary').disabled"))
	b.look("flow")
	b.do("go to the finding", click(".findings button"), until("document.activeElement.tagName === 'TEXTAREA' && document.activeElement.selectionStart === 15"))
	b.do("warned", fill("textarea", "fine # depth"), until("!document.querySelector('.findings')"), click(".choices button:not(.primary)"), shows("second menu"),
		click("button.primary:enabled"), shows("It is served from now on"), shows("v12"), until("document.querySelectorAll('table.versions tbody tr').length === 2"))
	// Bring the old one back; meanwhile somebody publishes another.
	b.do("the old one", click("table.versions tr:last-child button"), until("document.querySelector('textarea').value.startsWith('numbers:')"),
		click(".choices button:not(.primary)"), shows("second menu"))
	if _, err := d.sources.Publish(t.Context(), []byte("by someone else"), "v12", "boss"); err != nil {
		t.Fatal(err)
	}
	b.do("too late", click("button.primary:enabled"), shows("Another version was published meanwhile"))
	b.forgive("412")
	b.visit("/flow", click("table.versions tr:last-child button"), until("document.querySelector('textarea').value.startsWith('numbers:')"),
		click(".choices button:not(.primary)"), shows("second menu"), click("button.primary:enabled"), shows("It is served from now on"))
	if f := d.sources.present(); f.text != "numbers: {100: main} # depth\n" || f.PublishedBy != "admin" {
		t.Errorf("served is %+v", f)
	}
}

func TestPromptsOnThePage(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.signIn("admin", password)
	b.do("floor", seen("main.floor"))
	voice := filepath.Join(t.TempDir(), "voice.wav")
	if err := os.WriteFile(voice, tone(), 0o600); err != nil {
		t.Fatal(err)
	}
	upload := func(name string) step {
		return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			return chromedp.Do(ctx, chromedp.SetUploadFiles(chromedp.CSS("table.prompts tbody tr:first-child input[type=file]"), []string{name}))
		})
	}
	b.visit("/flow", shows("Press 0 for a person."), shows("Spoken"), shows("Words of the program 1"), until("!document.body.innerText.includes('core/beep')"))
	b.do("search", fill("section:has(> .title-row > #prompts-title) input[type=search]", "beep"), shows("core/beep"), until("!document.body.innerText.includes('Press 0 for a person.')"),
		fill("section:has(> .title-row > #prompts-title) input[type=search]", ""), shows("Press 0 for a person."))
	b.do("upload", upload(voice), shows("Recorded"), click("table.prompts .play"), until("document.querySelector('table.prompts .play').textContent.includes('Stop')"))
	b.do("scroll", until("(document.querySelector('#prompts-title').scrollIntoView(), true)"))
	b.look("prompts")
	b.do("delete", click("table.prompts tr:first-child .choices > button:last-child"), until("!document.body.innerText.includes('Recorded')"))
	if err := os.WriteFile(voice, []byte("no sound"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.do("no sound", upload(voice), shows("This is not a sound"))
	b.forgive("422")
}

func TestCallersPage(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	yesterday := time.Now().Add(-24 * time.Hour)
	d.sources.callers = []report.Caller{
		{Key: "k1", Number: "+34910000001", Name: "ana", Language: "es", LastCallAt: &yesterday, LastOutcome: "abandoned_queue", LastAgent: "bob", Callback: true},
		{Key: "k2", Number: "+34910000002", Name: "Bea", VIP: true, Note: "speak slowly"},
	}
	b := newTab(t, d)
	b.signIn("supervisor", password)
	b.do("floor", seen("main.floor"))
	b.visit("/callers", shows("+34910000001"), shows("Gave up waiting"), shows("waits for a callback"), shows("speak slowly"))
	b.do("search", fill("input[type=search]", "0002"), keys(kb.Enter), until("document.querySelectorAll('tbody tr').length === 1"),
		fill("input[type=search]", "999"), keys(kb.Enter), shows("Nobody with this number"),
		fill("input[type=search]", "0001"), keys(kb.Enter), shows("+34910000001"))
	b.do("edit", click("tbody button"), fill("input[name=name]", "Ana García"), fill("input[name=language]", "no language at all"), click("input[name=vip]"), click("form.edit button.primary"),
		shows("A language is written like"))
	b.forgive("422")
	b.look("callers")
	b.do("save", fill("input[name=language]", ""), click("form.edit button.primary"), shows("Ana García"), until("!document.querySelector('form.edit')"), seen(".chip.vip"))
	if c := d.sources.callers[0]; c.Name != "Ana García" || c.Language != "" || !c.VIP {
		t.Errorf("the caller is %+v", c)
	}
}

// TestPeoplePage: an admin adds somebody, says what she can do, and is told
// what cannot be; the floor shows the skills of who is signed in.
func TestPeoplePage(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.signIn("admin", password)
	b.do("floor", seen("main.floor"))
	b.visit("/people", shows("supervisor"), click(".title-row button"), fill("input[name=name]", "ann"), fill("input[name=queues]", "support=3, sales"),
		fill("input[name=skills]", "german=11"), fill("input[name=password]", "long enough"), click("form.edit button.primary"),
		shows("The level of german must be from 1 to 10"))
	b.forgive("422")
	b.look("person")
	b.do("add", fill("input[name=skills]", "german=8, refunds"), click("form.edit button.primary"), until("!document.querySelector('form.edit')"),
		shows("support=3, sales"), shows("german=8, refunds=5"))
	b.look("people")
	b.do("change", click("button[aria-label='Edit: ann']"), fill("input[name=queues]", ""), fill("input[name=skills]", "french=2"),
		click("form.edit button.primary"), until("!document.querySelector('form.edit')"), shows("french=2"))
	u, err := d.users.User(t.Context(), "ann")
	if err != nil || len(u.Queues)+len(u.Weights) > 0 || len(u.Skills) != 1 || u.Skills["french"] != 2 {
		t.Errorf("ann is %+v, %v", u, err)
	}
}

func TestWhatWasPromised(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	yes, no := true, false
	d.books.rules = []report.Requirement{
		{Profile: "es", Requirement: "answered_within", Seconds: 180, Measured: seconds(0.934), Limit: 0.95, Unit: "share", OK: &no},
		{Profile: "es", Requirement: "not_cut_off", Measured: seconds(0), Unit: "calls", OK: &yes},
		{Profile: "kr", Requirement: "callback_offered", Seconds: 30, Unit: "calls"},
	}
	for i := range 6 {
		told := 40 + 7*i
		d.books.promises = append(d.books.promises, report.Promises{Day: fmt.Sprintf("2026-05-%02d", 4+i), Queue: "support", Told: told, Broken: 2 * i, Share: seconds(float64(2*i) / float64(told)), MadeUp: i, LongestOverS: float64(70 * i)},
			report.Promises{Day: fmt.Sprintf("2026-05-%02d", 4+i), Queue: "billing", Told: 10, Broken: 1, Share: seconds(0.1), LongestOverS: 15})
	}
	b := newTab(t, d)
	b.signIn("supervisor", password)
	b.do("floor", seen("main.floor"))
	b.visit("/history?show=promises&from=2026-05-04&to=2026-05-09", shows("Broken promises"), seen("#broken canvas"), click("#broken .button"),
		until("document.querySelectorAll('#broken tbody tr').length === 13"), shows("5:50"),
		click("#broken tbody tr:nth-child(11) td.bad a"), shows("Waited longer · support"), keys(kb.Escape), until("!document.querySelector('dialog[open]')"), click("#broken .button"), seen("#broken canvas"))
	if f := d.books.lastFilter(); f.Counted != "promises.broken" || f.Queues[0] != "support" || f.From.Day() != 9 || f.To.Day() != 10 {
		t.Errorf("asked for %+v", f)
	}
	b.accessible("broken-promises")
	b.do("what is required", wide(1280), shows("Answered within 3:00"), shows("93.4%"), shows("at least 95.0%"), shows("✗ not kept"), shows("✓ kept"), shows("nothing to measure"),
		until("(document.querySelector('table.promises').scrollIntoView({block: 'center'}), true)"))
	b.look("promises")
}

func TestPagesInSpanish(t *testing.T) {
	t.Parallel()
	d := newTestServer(t, func(c *web.Config) { c.Flow = nil })
	b := newTab(t, d, chromedp.Flag("accept-lang", "es-MX,en"))
	b.signIn("supervisor", password)
	b.do("floor", seen("main.floor"), until("!document.querySelector('nav a[href=\"/flow\"]')"))
	b.visit("/messages", shows("Nadie espera respuesta."))
	b.visit("/menus", shows("Nadie estuvo en los menús"), shows("no está configurado"))
	b.forgive("404")
	b.visit("/callers", shows("Nadie con este número"))
	b.visit("/recordings", shows("No se encontró nada."), shows("Palabras de la nota"))
}

// narrow makes the window as wide as a telephone, and looks whether the page
// has to be pushed aside.
func (b *tab) narrow() {
	b.t.Helper()
	b.do("narrow", wide(390), until("document.documentElement.scrollWidth <= 390"))
}

// wide makes the window so wide.
func wide(pixels int64) step {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: pixels, Height: 800, DeviceScaleFactor: 1})
		return err
	})
}

// TestPasswordPage: somebody whose password was made for her puts it off on
// this machine, and then changes it without a mouse.
func TestPasswordPage(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	if err := d.users.change("agent", func(u *web.User) { u.FirstPassword = true }); err != nil {
		t.Fatal(err)
	}
	b := newTab(t, d)
	b.signIn("agent", password)
	b.do("asked", shows("Your password was made for you"))
	b.look("first-password")
	b.do("later", click(".first-password button"), until("!document.querySelector('.first-password')"))
	b.visit("/password", until("document.activeElement?.name === 'old'"), keys("wrong"), keys(kb.Tab), keys("my own password"), keys(kb.Tab),
		keys("another"), keys(kb.Enter), shows("The two new passwords differ."))
	b.do("again", click("input[name=again]"), until("(document.activeElement.value = '', true)"), keys("my own password"), keys(kb.Enter),
		shows("Your present password is not right."))
	b.forgive("422")
	b.look("password")
	b.narrow()
	b.look("password-narrow")
	b.do("right", click("input[name=old]"), until("(document.activeElement.value = '', true)"), keys(password), keys(kb.Enter),
		shows("Your password is changed."), click("main a"), until("location.pathname === '/agent'"))
	if got := d.signIn(d.visitor(), "agent", "my own password"); got.status != http.StatusOK {
		t.Errorf("with the new password: %v", got)
	}
}

// TestAuditOnThePage: an admin reads who did what, and finds what she looks for.
func TestAuditOnThePage(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	for i := range 150 {
		d.acts.Write("sue", "caller.edit", map[string]any{"caller": fmt.Sprintf("k%d", i), "after": map[string]any{"name": "Ana García", "vip": true}})
	}
	d.acts.Write("admin", "user.disable", map[string]any{"name": "ann", "disabled": false})
	b := newTab(t, d)
	b.signIn("admin", password)
	b.do("floor", seen("main.floor"))
	b.visit("/audit", shows("User disabled or enabled"), shows("name: ann"), shows("disabled: false"), shows("caller: k149"))
	b.look("audit")
	b.do("older", until("!/caller: k0\\b/.test(document.body.innerText)"), until("(document.querySelector('.scroll > button').focus(), true)"), keys(kb.Enter), until("/caller: k0\\b/.test(document.body.innerText)"))
	b.do("some", until("(document.querySelector('input[name=who]').focus(), true)"), keys("admin"), keys(kb.Enter), until("!document.body.innerText.includes('caller: k149')"), shows("name: ann"))
	b.narrow()
	b.look("audit-narrow")
}

// TestGeneratedPasswordIsShownOnce: an admin has one made and gives it on.
func TestGeneratedPasswordIsShownOnce(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.signIn("admin", password)
	b.do("floor", seen("main.floor"))
	b.visit("/people", shows("supervisor"), click(".title-row button"), fill("input[name=name]", "ann"), click("input[name=generate]"),
		click("form.edit button.primary"), shows("The password of ann"), shows("first password"))
	b.look("made")
	word, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.querySelector('.made code').textContent"))
	if err != nil {
		t.Fatal(err)
	}
	if got := d.signIn(d.visitor(), "ann", word); got.status != http.StatusOK {
		t.Errorf("with the password shown: %v", got)
	}
	b.do("role", click("button[aria-label='Edit: ann']"), until("(document.querySelector('select[name=role]').value = 'supervisor', true)"),
		click("form.edit button.primary"), until("!document.querySelector('form.edit')"))
	if u, _ := d.users.User(t.Context(), "ann"); u.Role != web.RoleSupervisor {
		t.Errorf("ann is %+v", u)
	}
}
