package web_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"presszero/report"
	"presszero/web"
)

// trunkSource is web.Trunks in memory.
type trunkSource struct {
	mu      sync.Mutex
	page    web.TrunkPage
	refuse  error // what is wrong with the file
	reloads int
	hold    chan struct{} // a test call lasts until it is closed; nil: no time
	dialed  []string      // by whom and what
	ended   error         // of the context of the last test call
	result  web.TestCall
}

func (h *trunkSource) Trunks() web.TrunkPage {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.page
}

// set changes what the page shows.
func (h *trunkSource) set(change func(*web.TrunkPage)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.page.Trunks = slices.Clone(h.page.Trunks)
	change(&h.page)
}

func (h *trunkSource) ReloadTrunks(context.Context, string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refuse != nil {
		return h.refuse
	}
	h.reloads++
	h.page.Trouble = ""
	return nil
}

func (h *trunkSource) TestCall(ctx context.Context, number, by string) (web.TestCall, error) {
	h.mu.Lock()
	h.dialed = append(h.dialed, by+" calls "+number)
	hold := h.hold
	h.mu.Unlock()
	if number == "112" {
		return web.TestCall{}, web.Unfit("112 is an emergency number, which is never called.")
	}
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = ctx.Err()
	if h.result.How == "" {
		h.result.How = "answered"
	}
	return h.result, h.ended
}

func (h *trunkSource) calls() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.dialed)
}

// wait waits until something of the sources is so.
func (h *trunkSource) wait(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		h.mu.Lock()
		ok := so()
		h.mu.Unlock()
		if ok {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// TestTrunksAreTold: supervisors read how the trunks are. Lists are never null.
func TestTrunksAreTold(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	v := d.as("supervisor")
	if got := d.do(v, "GET", "/api/v1/trunks", nil); !strings.Contains(got.body, `"trunks":[]`) || !strings.Contains(got.body, `"unnamed":[]`) {
		t.Errorf("without trunks: %v", got)
	}
	d.trunks.page = web.TrunkPage{File: "trunks.yaml", Trunks: []web.Trunk{{Name: "carrier", SignIn: "address", Transport: "udp", Media: "plain", State: "unknown"}}}
	got := d.do(v, "GET", "/api/v1/trunks", nil)
	for _, part := range []string{`"numbers":[]`, `"trouble":[]`, `"answers":{}`, `"last_in":null`, `"file":"trunks.yaml"`, `"now":"`} {
		if !strings.Contains(got.body, part) {
			t.Errorf("%s is not in %s", part, got.body)
		}
	}
	if got := get[struct{ Now time.Time }](d, v, "/api/v1/trunks"); time.Since(got.Now).Abs() > time.Minute {
		t.Errorf("the server's time is told as %v", got.Now)
	}
}

// TestTrunksAreNotThere: without trunks in the configuration there is no such page.
func TestTrunksAreNotThere(t *testing.T) {
	t.Parallel()
	d := newTestServer(t, func(c *web.Config) { c.Trunks = nil })
	v := d.as("admin")
	for _, c := range []string{"GET /api/v1/trunks", "POST /api/v1/trunks/reload", "POST /api/v1/trunks/test", "GET /trunks"} {
		method, path, _ := strings.Cut(c, " ")
		if got := d.do(v, method, path, nil); got.status != http.StatusNotFound || strings.Contains(path, "api") && got.sentence() == "" {
			t.Errorf("%s: %v", c, got)
		}
	}
	if len(d.acts.acts) > 0 {
		t.Errorf("the audit is %+v", d.acts.acts)
	}
}

// TestReloadOfTrunks: what is wrong with the file is told, and not in the audit.
func TestReloadOfTrunks(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	v := d.as("admin")
	d.trunks.refuse = web.Unfit("trunks.yaml:7:5: there is no preset acme.")
	if got := d.do(v, "POST", "/api/v1/trunks/reload", nil); got.status != http.StatusUnprocessableEntity || got.sentence() != d.trunks.refuse.Error() {
		t.Errorf("a bad file: %v", got)
	}
	if len(d.acts.acts) > 0 {
		t.Errorf("the audit is %+v", d.acts.acts)
	}
	d.trunks.refuse = nil
	if got := d.do(v, "POST", "/api/v1/trunks/reload", nil); got.status != http.StatusNoContent || d.trunks.reloads != 1 {
		t.Errorf("a good file: %v", got)
	}
	if got := d.do(d.as("supervisor"), "POST", "/api/v1/trunks/reload", nil); got.status != http.StatusForbidden || d.trunks.reloads != 1 {
		t.Errorf("a supervisor: %v", got)
	}
}

// TestTestCall: an admin makes a test call and is told what came of it. The
// audit does not have the whole number.
func TestTestCall(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	v := d.as("admin")
	d.trunks.result = web.TestCall{How: "busy", Trunk: "carrier", Shown: "+4930555", SIP: 486, Seconds: 3.2, Text: "The number is busy."}
	got := d.do(v, "POST", "/api/v1/trunks/test", map[string]string{"number": " +34 911 23 45 67 "})
	if got.status != http.StatusOK || strings.TrimSpace(got.body) != `{"how":"busy","trunk":"carrier","shown":"+4930555","sip":486,"seconds":3.2,"text":"The number is busy."}` {
		t.Errorf("%v", got)
	}
	if calls := d.trunks.calls(); !slices.Equal(calls, []string{"admin calls +34 911 23 45 67"}) {
		t.Errorf("called were %q", calls)
	}
	if len(d.acts.acts) != 1 || d.acts.acts[0].What != "trunks.test" || string(d.acts.acts[0].Detail) != `{"how":"busy","number":"+34 911 23 •• ••","trunk":"carrier"}` {
		t.Errorf("the audit is %+v", d.acts.acts)
	}
	for what, body := range map[string]any{
		"no number":            map[string]string{},
		"an empty one":         map[string]string{"number": "  "},
		"a long one":           map[string]string{"number": strings.Repeat("1", 41)},
		"one not to be called": map[string]string{"number": "112"},
	} {
		if got := d.do(v, "POST", "/api/v1/trunks/test", body); got.status != http.StatusUnprocessableEntity || got.sentence() == "" {
			t.Errorf("%s: %v", what, got)
		}
	}
	if got := d.do(v, "POST", "/api/v1/trunks/test", map[string]int{"number": 7}); got.status != http.StatusBadRequest || got.sentence() == "" {
		t.Errorf("no text: %v", got)
	}
	if got := d.do(d.as("supervisor"), "POST", "/api/v1/trunks/test", map[string]string{"number": "100"}); got.status != http.StatusForbidden {
		t.Errorf("a supervisor: %v", got)
	}
	if len(d.acts.acts) != 1 || len(d.trunks.calls()) != 2 {
		t.Errorf("the audit is %+v, called were %q", d.acts.acts, d.trunks.calls())
	}
}

// TestOneTestCallAtATime: a second one is refused; the first ends when whoever
// asked for it goes away.
func TestOneTestCallAtATime(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	v := d.as("admin")
	d.trunks.hold = make(chan struct{})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	gone := make(chan error, 1)
	go func() {
		req, err := http.NewRequestWithContext(ctx, "POST", d.server.URL+"/api/v1/trunks/test", strings.NewReader(`{"number": "100"}`))
		if err != nil {
			gone <- err
			return
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := v.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		gone <- err
	}()
	d.trunks.wait(t, "the first call", func() bool { return len(d.trunks.dialed) == 1 })
	if got := d.do(v, "POST", "/api/v1/trunks/test", map[string]string{"number": "101"}); got.status != http.StatusConflict || got.sentence() == "" {
		t.Errorf("a second call: %v", got)
	}
	leave()
	if err := <-gone; err == nil {
		t.Error("the first call was answered")
	}
	d.trunks.wait(t, "the end of the first call", func() bool { return d.trunks.ended != nil })
	// It may have rung: it is in the audit, all the same.
	var acts []report.Act
	for end := time.Now().Add(10 * time.Second); len(acts) == 0 && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		acts, _ = d.acts.Acts(t.Context(), report.ActFilter{Limit: 9})
	}
	if len(acts) != 1 || !strings.Contains(string(acts[0].Detail), "unsure") || strings.Contains(string(acts[0].Detail), "100") {
		t.Errorf("the audit is %+v", acts)
	}
	close(d.trunks.hold)
	if got := d.do(v, "POST", "/api/v1/trunks/test", map[string]string{"number": "102"}); got.status != http.StatusOK {
		t.Errorf("after the first call: %v", got)
	}
}

// someTrunks are one that is good, one that is in trouble, and one of which
// nothing is known yet.
func someTrunks() web.TrunkPage {
	ago := func(d time.Duration) *time.Time { at := time.Now().Add(-d); return &at }
	return web.TrunkPage{File: "/etc/presszero/trunks.yaml",
		Trunks: []web.Trunk{
			{Name: "sipgate", Server: "sip.sipgate.example:5061", SignIn: "register", Transport: "tls", Media: "encrypt",
				Numbers: []string{"+49305550-+49305559", "+4989123456"}, State: "good", Registration: "Registered", Reach: "reachable", RoundTripMS: 18.4,
				Up: 11, Channels: 30, Answers: map[string]int{"answered": 41, "busy": 5, "no_answer": 9, "declined": 2, "invalid": 1, "failed": 1},
				LastIn: ago(42 * time.Second), LastOut: ago(3*time.Minute + 10*time.Second)},
			{Name: "backup", Server: "sbc.backup.example", SignIn: "digest", Transport: "udp", Media: "plain",
				Numbers: []string{"+34910000001", "+34910000002", "+34910000003", "+34910000004", "+34910000005", "+34910000006"}, State: "bad", Reach: "unreachable",
				Up: 2, Channels: 2, Answers: map[string]int{"answered": 1, "trunk": 6}, LastOut: ago(26 * time.Hour), Skipped: true,
				Trouble: []string{"backup does not answer (SIP 408) since 10:42; check its address, the network and the firewall.",
					"2 of 2 channels are in use, so further calls are refused."}},
			{Name: "<b>pbx</b>", SignIn: "address", Transport: "tcp", Media: "prefer", State: "unknown"},
		},
		Unnamed: []web.Unnamed{
			{Number: "+4930555<i>9", Calls: 3, Last: *ago(5 * time.Minute)},
			{Number: "+34910000006", Calls: 1, Last: *ago(3 * time.Hour)},
		}}
}

// TestTrunksPage: a supervisor sees how each trunk is, while it happens, and can
// do nothing.
func TestTrunksPage(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.trunks.page = someTrunks()
	b := newTab(t, d)
	b.signIn("supervisor", password)
	b.do("floor", seen("main.floor"))
	b.do("the way there", click(`nav a[href="/trunks"]`), seen(".trunk.good"), until("document.title === 'Trunks – Press Zero'"))
	b.do("states", until("[...document.querySelectorAll('.trunk .state')].map(x => x.innerText.replace(/\\s+/g, ' ')).join() === '✓ Good,! Trouble,? Not known yet'"),
		shows("Registered"), shows("Reachable 18 ms"), shows("Unreachable"), shows("11 of 30"), shows("3 min ago"), shows("26 h ago"), shows("none since the start"),
		shows("+49305550 – +49305559"), shows("SIP 408"), shows("channels are in use"), shows("passed over for 30 s"), shows("<b>pbx</b>"),
		shows("calls come in only"), shows("No call of ours leaves over it."), shows("last 15 min: 59"), shows("42 of 66"), shows("+4930555<i>9"), shows("5 min ago"),
		until("document.querySelectorAll('svg.share').length === 2 + 2*7"))
	b.do("nothing to press", until("!document.querySelector('main :is(button, input)')"))
	b.look("trunks-supervisor")
	b.do("where the trouble is", until(`document.querySelector(".tile.alarm a[href='#trunk-backup']")`))
	b.do("the other numbers", until("!document.body.innerText.includes('+34910000005')"))
	b.tabTo("summary")
	b.do("the other numbers", keys(kb.Enter), shows("+34910000005"))
	height, err := chromedp.Run(b.ctx, chromedp.Evaluate[float64]("document.querySelector('.trunk').getBoundingClientRect().height"))
	if err != nil {
		t.Fatal(err)
	}
	just := time.Now()
	d.trunks.set(func(p *web.TrunkPage) {
		p.Trunks[0].LastIn = &just
		p.Trunks[0].Up, p.Trunks[0].Answers = 28, map[string]int{"answered": 1200, "trunk": 1}
	})
	b.do("news", shows("28 of 30"), shows("1200"), until("/\\b\\d+ s ago/.test(document.body.innerText)"), until("document.querySelector('details').open"))
	if now, err := chromedp.Run(b.ctx, chromedp.Evaluate[float64]("document.querySelector('.trunk').getBoundingClientRect().height")); err != nil || now != height {
		t.Errorf("the page moves: a trunk was %v px high and is %v, %v", height, now, err)
	}
	d.trunks.set(func(p *web.TrunkPage) { p.Trouble = "trunks.yaml:7:5: there is no preset acme" })
	b.do("not in force", seen("main > .banner.bad"), shows("is not in force"), shows("trunks.yaml:7:5"))
	b.narrow()
	b.look("trunks-narrow")
}

// TestTrunksByKeyboard: an admin reads the file again and makes test calls,
// without a mouse.
func TestTrunksByKeyboard(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.trunks.page = someTrunks()
	d.trunks.page.Trouble = "trunks.yaml:7:5: there is no preset acme; presets are sipgate, telekom."
	d.trunks.refuse = web.Unfit("trunks.yaml:9:1: the trunk backup is there twice; give one another name.")
	b := newTab(t, d)
	b.signIn("admin", password)
	b.do("floor", seen("main.floor"))
	b.visit("/trunks", shows("no preset acme"), shows("It may cost money"))
	b.tabTo(".title-row button")
	b.do("reload", keys(kb.Enter), shows("is there twice"), shows("no preset acme"))
	b.forgive("422")
	b.look("trunks-refused")
	d.trunks.mu.Lock()
	d.trunks.refuse = nil
	d.trunks.mu.Unlock()
	b.do("reload again", until("document.activeElement.matches('.title-row button:not([aria-disabled=true])')"), keys(kb.Enter), shows("The file is in force."), until("!document.querySelector('.banner.bad')"))

	d.trunks.hold = make(chan struct{})
	d.trunks.result = web.TestCall{How: "answered", Trunk: "sipgate", Shown: "+49305550", SIP: 200, Seconds: 6.4, Text: "Somebody answered after 6 s; the trunk carries calls."}
	b.tabTo("input[name=number]")
	b.do("call", keys("+34 911 23 45 67"), keys(kb.Enter), shows("is being called"))
	d.trunks.wait(t, "the call", func() bool { return len(d.trunks.dialed) == 1 })
	b.do("only once", keys(kb.Enter), keys(kb.Enter), until("/at most 45 s. [1-9] s/.test(document.body.innerText)"))
	close(d.trunks.hold)
	b.do("answered", shows("✓ Answered"), shows("the trunk carries calls"), shows("over sipgate · shown: +49305550 · SIP 200 · 6.4 s"),
		until("document.activeElement.name === 'number'"))
	b.look("trunks")
	b.do("never", fill("input[name=number]", "112"), keys(kb.Enter), shows("✗ 112 is an emergency number"))
	b.forgive("422")
	d.trunks.mu.Lock()
	d.trunks.result = web.TestCall{How: "trunk", Trunk: "backup", SIP: 403, Seconds: 0.3, Text: "The carrier refuses the number shown."}
	d.trunks.mu.Unlock()
	b.do("not carried", fill("input[name=number]", "100"), keys(kb.Tab), until("document.activeElement.matches('.test-call button')"), keys(kb.Enter),
		shows("✗ Not carried"), shows("SIP 403"))
	if calls := d.trunks.calls(); !slices.Equal(calls, []string{"admin calls +34 911 23 45 67", "admin calls 112", "admin calls 100"}) {
		t.Errorf("called were %q", calls)
	}
	b.visit("/audit", shows("File of trunks read again"), shows("Test call"), shows("+34 911 23 •• ••"))
}

// TestTrunksPageWithoutTrunks says what to write.
func TestTrunksPageWithoutTrunks(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.signIn("admin", password)
	b.do("floor", seen("main.floor"))
	b.visit("/trunks", shows("PRESSZERO_TRUNKS"), shows("docs/trunks.md"), shows("presszero carrier"), until("!document.querySelector('main :is(button, input, table)')"))
	d.trunks.set(func(p *web.TrunkPage) {
		*p = someTrunks()
		p.File, p.Unnamed = "", nil
	})
	b.do("by the setting", shows("From the setting PRESSZERO_TRUNK;"), shows("every number that was dialled is in the flow"), until("!document.querySelector('.title-row button')"))
}

// TestTrunksPageInSpanish: everything that is not the server's sentence is Spanish.
func TestTrunksPageInSpanish(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.trunks.page = someTrunks()
	d.trunks.page.Trouble = "trunks.yaml:7:5: there is no preset acme."
	d.trunks.refuse = web.Unfit(d.trunks.page.Trouble)
	d.trunks.result = web.TestCall{How: "busy", Trunk: "sipgate", SIP: 486, Text: "The number is busy."}
	b := newTab(t, d, chromedp.Flag("accept-lang", "es-MX,en"))
	b.signIn("admin", password)
	b.do("floor", seen("main.floor"))
	b.visit("/trunks", until("document.title === 'Troncales – Press Zero'"), shows("no está en vigor"),
		until("[...document.querySelectorAll('.trunk .state')].map(x => x.innerText.replace(/\\s+/g, ' ')).join() === '✓ En orden,! Con problemas,? Aún sin datos'"),
		shows("Registrada"), shows("Accesible 18 ms"), shows("11 de 30"), shows("hace 3 min"), shows("ninguna desde el inicio"), shows("últimos 15 min: 59"), shows("Comunica"),
		shows("Números marcados que ningún flujo nombra"), shows("hace 5 min"))
	b.do("reload", click(".title-row button"), shows("sigue sin estar en vigor"))
	b.forgive("422")
	b.do("call", fill("input[name=number]", "100"), keys(kb.Enter), shows("✗ Comunica"), shows("por sipgate · SIP 486"))
	b.look("trunks-es")
	d.trunks.set(func(p *web.TrunkPage) { *p = web.TrunkPage{} })
	b.do("none", shows("Aún no hay troncales."))
}
