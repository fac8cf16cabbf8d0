package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"presszero/report"
	"presszero/web"
)

// noticed is a house whose mail is well and whose webhook is not.
func noticed(d *testServer) {
	now := time.Now()
	later, before := now.Add(40*time.Minute), now.Add(-3*time.Minute)
	d.notices.list = []report.Subscription{
		{ID: "m", Kind: report.Mail, Address: "lead@calls.example", Types: []string{"limit.crossed", "limit.over", "report.day"}, Language: "en", CreatedAt: nine, SentAt: &before},
		{ID: "w", Kind: report.Webhook, Address: "https://crm.example.com/hooks/<b>press-zero</b>?a-rather-long-address=that-has-no-place-to-break", Types: []string{"call.ended", "queue.left"},
			Queues: []string{"support", "billing"}, Facts: true, Owner: "admin", CreatedAt: nine, Waiting: 12, Failed: 2, Error: "503 Service Unavailable try later", SentAt: &nine},
		{ID: "x", Kind: report.Webhook, Address: "https://old.example.com/", Types: []string{"message.left"}, Owner: "admin", CreatedAt: nine, DisabledAt: &nine, DisabledWhy: "The address says that it is gone (410)."},
	}
	for i := range 3 {
		x := report.Delivery{Notice: report.Notice{ID: fmt.Sprint(i), Type: report.NoticeCallEnded, Queue: "support", At: before, Data: []byte(`{}`), Seq: int64(i + 1)}, Tries: i + 1, TriedAt: &before}
		switch i {
		case 0:
			x.SentAt, x.Status = &before, 204
		case 1:
			x.NextAt, x.Status, x.Error = &later, 503, "503 Service Unavailable try later"
		case 2:
			x.Error = "400 Bad Request no such field"
		}
		d.notices.deliveries = append(d.notices.deliveries, x)
	}
	d.notices.tokens = []report.Token{
		{ID: "t1", Name: "Wallboard", Owner: "supervisor", Scopes: []string{"live.read", "reports.read"}, Queues: []string{"support"}, CreatedAt: nine, ExpiresAt: now.Add(90 * 24 * time.Hour), UsedAt: &before},
		{ID: "t2", Name: "Prometheus", Owner: "admin", Scopes: []string{"metrics"}, CreatedAt: nine, ExpiresAt: nine, RevokedAt: &nine},
	}
}

func TestNoticesPage(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	noticed(d)
	b := newTab(t, d)
	b.signIn("admin", password)
	b.do("floor", seen("main.floor"))
	b.visit("/notices", shows("lead@calls.example"), shows("<b>press-zero</b>"), shows("12 waiting"), shows("2 given up"), shows("it is gone (410)"), shows("Wallboard"), shows("Revoked"))
	b.accessible("notices")
	b.do("deliveries", click("table.subscriptions tr:nth-child(2) .choices button"), seen("dialog[open] table"), shows("no such field"),
		until("document.querySelectorAll('dialog tbody tr').length === 2"))
	b.accessible("deliveries")
	b.do("all", click("dialog .tick input"), until("document.querySelectorAll('dialog tbody tr').length === 3"), click("dialog tbody tr:last-child .choices button"), shows("1 on their way"),
		click("dialog tbody tr .choices button:last-child"), shows("3 on their way"), keys(kb.Escape), until("!document.querySelector('dialog')"))
	b.do("a webhook", click("section:first-of-type .title-row button:last-child"), seen("form.edit"), fill("form.edit [name=address]", "nowhere"), click("form.edit .primary"), shows("This is no address"))
	b.forgive("422")
	b.accessible("webhook-edit")
	b.do("made", fill("form.edit [name=address]", "https://new.example.com/"), click("form.edit .primary"), shows("whsec_s4"), shows("https://new.example.com/"))
	b.do("a test", click("table.subscriptions tr:nth-child(4) .choices button:nth-child(2)"), shows("The test is on its way"))
	b.do("a new key", until("(window.confirm = () => true, true)"), click("table.subscriptions tr:nth-child(4) .choices button:nth-child(4)"), shows("whsec_new"))
	b.do("on again", click("table.subscriptions tr:nth-child(3) .choices button:nth-child(3)"), until("!document.body.innerText.includes('it is gone (410)')"))
	b.do("a token", click("section:last-of-type .title-row button"), seen("form.edit [name=days]"))
	b.accessible("token-edit")
	b.do("made, too", fill("form.edit [name=name]", "BI"), click("form.edit .primary"), shows("The token “BI”"), until("/pz_[0-9A-Za-z]{49}/.test(document.body.innerText)"))
	b.do("revoked", click("table.tokens tr:first-child td button"), until("document.querySelectorAll('table.tokens tr.over').length === 2"))
	d.notices.mu.Lock()
	defer d.notices.mu.Unlock()
	if got := strings.Join(d.notices.did, ", "); got != "again w, replay w, test by admin s4, key s4, disable x" {
		t.Errorf("done: %s", got)
	}
}

// TestNoticesPageOfSomeQueues: who gets notices is not theirs; their tokens are.
func TestNoticesPageOfSomeQueues(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	noticed(d)
	if err := d.users.change("supervisor", func(u *web.User) { u.Queues = []string{"support"} }); err != nil {
		t.Fatal(err)
	}
	b := newTab(t, d)
	b.signIn("supervisor", password)
	b.do("floor", seen("main.floor"))
	b.visit("/notices", shows("Wallboard"), until("!document.body.innerText.includes('lead@calls.example') && !document.body.innerText.includes('Prometheus')"))
	if got := d.do(d.as("supervisor"), "GET", "/api/v1/subscriptions", nil).status; got != http.StatusForbidden {
		t.Errorf("subscriptions: %d", got)
	}
}

// TestNoticesInEveryLanguage keeps pictures, and looks for what people cannot read.
func TestNoticesInEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"es", "ko", "ja"} {
		d := newTestServer(t)
		noticed(d)
		b := newTab(t, d, chromedp.Flag("accept-lang", language))
		b.signIn("admin", password)
		b.do("floor", seen("main.floor"))
		b.visit("/notices", shows("lead@calls.example"), shows("Wallboard"))
		b.accessible("notices-" + language)
	}
}
