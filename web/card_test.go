package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"presszero/call"
	"presszero/report"
	"presszero/web"
)

// anaCard is a card with everything on it.
func anaCard() web.Card {
	low, high := 60.0, 120.0
	begin, until := time.Now().Add(2*time.Hour), time.Now().Add(150*time.Minute)
	codes := []web.Code{{ID: "order", Label: "Order", Group: "Sales"}, {ID: "return", Label: "Return", Group: "Sales"}, {ID: "price", Label: "Price", Group: "Sales"},
		{ID: "invoice", Label: "Invoice", Group: "Money"}, {ID: "refund", Label: "Refund", Group: "Money", Note: true}, {ID: "other", Label: "Something else"}}
	return web.Card{Queue: "support", Number: "+34910000001", Name: "Ana García", VIP: true, Language: "es", Path: "main > 2 technical", Codes: codes, CodesRequired: true, Available: true,
		Known: &report.Card{Name: "Ana García", Note: "Hard of hearing: speak slowly.", Typed: true, CallsToday: 3, WaitedToday: 245,
			Tries: []report.Try{{At: time.Now().Add(-time.Minute), Queue: "support", Outcome: "open", WaitS: 60},
				{At: time.Now().Add(-time.Hour), Queue: "support", Outcome: "abandoned_queue", WaitS: 185, ToldLow: &low, ToldHigh: &high}},
			Contacts: []report.Contact{{At: nine, Queue: "billing", Kind: "live", Outcome: "answered", Agent: "bea", Code: "invoice", Label: "Invoice", Note: "Sent the invoice again <b>by post</b>."},
				{At: nine.Add(-time.Hour), Queue: "support", Kind: "callback", Outcome: "answered", Agent: "cho", Code: "none_given"}},
			Callback: &report.OpenCallback{ID: "cb", Queue: "support", Begin: &begin, Until: &until},
			Messages: []report.OpenMessage{{ID: "m", Kind: "complaint", Queue: "quality", LeftAt: nine, DueAt: nine, TakenBy: "bea"}}}}
}

// after waits so long that a key is meant for what the page shows now.
func after(name string) step {
	return until(fmt.Sprintf("window.%s ??= Date.now(), Date.now() - window.%s > 500", name, name))
}

// TestCardBesideTheCall: the card comes beside the ringing and stays for the talk and
// the after-call work, in which the agent says by keyboard what it was about.
func TestCardBesideTheCall(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.talks.card = anaCard()
	b := newTab(t, d)
	b.signIn("agent", password)
	b.do("desk", seen(".panel"), click(".choice.available"))
	d.desk.hear("presence")
	d.desk.show("available", "ringing", map[string]any{"offer": caller(nil)})
	b.do("ringing", seen(".panel.ringing"), shows("Hard of hearing"), shows("Calls from"), shows("Typed something"), shows("was told 1:00 to 2:00"), shows("4:05"),
		shows("Sent the invoice again <b>by post</b>."), shows("no code"), shows("Is promised a call"), shows("Complaint waits for an answer"), shows("late"),
		until("document.activeElement.matches('button.accept')"), until("!document.body.innerText.includes('About this talk')"))
	b.look("card-ringing")
	talk := map[string]any{"call": "c1", "queue": "support", "since": time.Now(), "waited": 65.0, "caller": caller(nil)["caller"]}
	d.desk.show("available", "talking", map[string]any{"talk": talk})
	b.do("talking", shows("About this talk"), shows("Hard of hearing"))
	b.tabTo(".words input[type=search]")
	b.do("find a code", keys("ref"), until("document.querySelectorAll('.words .choice').length === 1"))
	b.do("take it", keys(kb.Enter), shows("This code needs a note"), seen(".words .choice[aria-pressed=true]"))
	b.tabTo("#talk-note")
	b.do("write a note", keys("Money back by Friday"), shows("Kept."))
	if d.talks.said != (web.Disposition{Code: "refund", Note: "Money back by Friday"}) {
		t.Errorf("kept: %+v", d.talks.said)
	}
	b.look("card-talking")
	b.narrowTo(360)
	b.do("narrow", until("document.documentElement.scrollWidth <= 360"))
	b.look("card-talking-360")
	b.narrowTo(1280)
	d.desk.show("available", "wrap_up", map[string]any{"wrap_up": time.Now().Add(30 * time.Second), "wrap": map[string]any{"call": "c1", "queue": "support", "caller": caller(nil)["caller"], "more": 120}})
	b.do("after-call work", shows("After-call work"), shows("One more minute"), until("document.querySelector('#talk-note').value === 'Money back by Friday'"))
	b.look("card-wrapup")
	b.do("complain", click(".complaint input[type=checkbox]"), seen(".complaint textarea"), fill(".complaint textarea", "Waited too long."), click(".complaint button"), shows("it is a task with a due time now"))
	b.do("promise", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		at := time.Now().Add(26 * time.Hour).Format("2006-01-02T15:04")
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](fmt.Sprintf(`(() => { const i = document.querySelector(".call-back input"); i.value = %q;
			i.dispatchEvent(new Event("input", {bubbles: true})); return true })()`, at)))
		return err
	}), until("!document.querySelector('.call-back button').disabled"), click(".call-back button"), shows("You are asked first"))
	if len(d.talks.notes) != 1 || d.talks.notes[0] != "Waited too long." || time.Until(d.talks.at).Round(time.Hour) != 26*time.Hour {
		t.Errorf("taken down %q, promised %s", d.talks.notes, d.talks.at)
	}
	b.do("done", after("wrapped"), click(".panel.wrap button.primary"))
	d.desk.hear("wrapped")
}

// TestPageInsistsOnACode: where a code is required, the work does not end without one.
func TestPageInsistsOnACode(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.talks.card = anaCard()
	b := newTab(t, d)
	b.signIn("agent", password)
	b.do("desk", seen(".panel"))
	d.desk.show("available", "wrap_up", map[string]any{"wrap_up": time.Now().Add(30 * time.Second), "wrap": map[string]any{"call": "c1", "queue": "support", "caller": caller(nil)["caller"]}})
	b.do("try to end it", shows("About this talk"), after("first"), keys(kb.Enter), shows("This queue needs a code"), until("document.activeElement.matches('.words input[type=search]')"))
	b.do("choose", keys("order"+kb.Enter), seen(".words .choice[aria-pressed=true]"), shows("Kept."))
	b.do("end it", click(".panel.wrap button.primary"))
	d.desk.hear("wrapped")
	if d.talks.said.Code != "order" {
		t.Errorf("kept: %+v", d.talks.said)
	}
}

// TestDraftSurvives: what is typed while the server does not answer is there after a
// reload, and is kept then; also when the after-call work is over meanwhile.
func TestDraftSurvives(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.talks.card = anaCard()
	b := newTab(t, d)
	b.signIn("agent", password)
	wrap := map[string]any{"wrap_up": time.Now().Add(time.Minute), "wrap": map[string]any{"call": "c1", "queue": "support", "caller": caller(nil)["caller"]}}
	b.do("desk", seen(".panel"))
	d.desk.show("available", "wrap_up", wrap)
	b.do("the form", seen("#talk-note"))
	d.talks.refuse(errors.New("away"))
	b.do("write", seen("#talk-note"), fill("#talk-note", "Call her daughter"), shows("Not kept by the server yet"))
	b.do("reload", chromedp.Reload(), seen(".panel"))
	d.talks.refuse(nil)
	d.desk.show("available", "wrap_up", wrap)
	b.do("it is there", until("document.querySelector('#talk-note')?.value === 'Call her daughter'"), shows("Kept."))
	if d.talks.said.Note != "Call her daughter" {
		t.Errorf("kept: %+v", d.talks.said)
	}
	d.talks.refuse(errors.New("away"))
	b.do("write more", fill("#talk-note", "Call her son"), shows("Not kept by the server yet"))
	b.do("reload", chromedp.Reload(), seen(".panel"))
	d.talks.refuse(nil)
	d.desk.show("available", "idle", nil)
	b.do("sent when idle", until("Object.keys(sessionStorage).every((k) => !k.startsWith('presszero-draft'))"))
	if got := d.talks.note(); got != "Call her son" {
		t.Errorf("kept: %q", got)
	}
	b.forgiveAll("503")
}

// TestCardIsNotWaitedFor: the call rings and is taken while the card cannot be had.
func TestCardIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.talks.refuse(errors.New("away"))
	d.talks.cardToo = true
	b := newTab(t, d)
	b.signIn("agent", password)
	b.do("desk", seen(".panel"), click(".choice.available"))
	d.desk.hear("presence")
	d.desk.show("available", "ringing", map[string]any{"offer": caller(nil)})
	b.do("ringing", seen(".panel.ringing"), shows("Not available at the moment"), after("rings"), keys(kb.Enter))
	d.desk.hear("accept")
	d.talks.card = web.Card{Number: "anonymous", Withheld: true, Available: true}
	d.talks.refuse(nil)
	b.do("it fills in", shows("The number is withheld, so nothing is known"))
	b.forgiveAll("503")
}

// TestPop: the page of another program opens with the accept, in one window for all
// callers, once for each, and a reload opens nothing.
func TestPop(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	crm := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Referer() != "" {
			t.Errorf("the other program is told of %q", r.Referer())
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<title>CRM</title><link rel=icon href=data:,>")
	}))
	defer crm.Close()
	elsewhere := strings.Replace(crm.URL, "127.0.0.1", "localhost", 1)
	b := newTab(t, d)
	windows := func() (urls []string) {
		list, err := chromedp.Call(b.ctx, target.GetTargets, target.GetTargetsParams{})
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range list.TargetInfos {
			if strings.HasPrefix(w.URL, elsewhere) {
				urls = append(urls, strings.TrimPrefix(w.URL, elsewhere))
			}
		}
		return urls
	}
	opened := func(want string) {
		t.Helper()
		deadline := time.Now().Add(10 * time.Second)
		for {
			got := windows()
			if len(got) == 1 && got[0] == want {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("open are %q, want one of %s", got, want)
			}
			time.Sleep(20 * time.Millisecond) // polls the browser
		}
	}
	b.signIn("agent", password)
	b.do("desk", seen(".panel"))
	for i, id := range []string{"c1", "c2"} {
		d.talks.card = anaCard()
		d.talks.card.Pop = &web.Pop{URL: elsewhere + "/?call=" + id, When: "answer"}
		d.desk.show("available", "ringing", map[string]any{"offer": caller(map[string]any{"offer": id + ".o1"})})
		b.do("ringing", seen(".panel.ringing"), seen("button.pop"), after("ring"+id))
		if got := windows(); len(got) != i {
			t.Fatalf("while it rings, open are %q", got)
		}
		b.do("accept", keys(kb.Enter))
		d.desk.hear("accept")
		opened("/?call=" + id)
		d.desk.show("available", "idle", nil)
		b.do("idle", until("!document.querySelector('button.pop')"))
	}
	b.do("reload", chromedp.Reload(), seen(".panel"))
	d.desk.show("available", "ringing", map[string]any{"offer": caller(map[string]any{"offer": "c2.o2"})})
	b.do("rings again", seen("button.pop"), after("again"), keys(kb.Enter))
	d.desk.hear("accept")
	opened("/?call=c2")
}

// TestInboxOnTheDesk: an agent answers the messages and complaints of her queues
// while she has no caller.
func TestInboxOnTheDesk(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.sources.messages = []report.Message{
		{ID: "m1", Queue: "support", Number: "+34910000001", Name: "Ana", State: "open", LeftAt: time.Now().Add(-20 * time.Minute), DueAt: time.Now().Add(-5 * time.Minute)},
		{ID: "m3", Kind: "complaint", Queue: "support", Number: "+34910000003", State: "open", LeftAt: time.Now(), DueAt: time.Now().Add(time.Hour), Agent: "bea", Text: "Waited too long <i>twice</i>."}}
	b := newTab(t, d)
	b.signIn("agent", password)
	b.do("inbox", shows("Messages and complaints of your queues 2"), shows("overdue"), shows("Waited too long <i>twice</i>."), shows("taken down by bea"))
	b.look("inbox")
	b.do("take", click("button[aria-label='Take: Ana']"), shows("yours"), seen(".inbox select"))
	if m := d.sources.messages[0]; m.TakenBy != "agent" {
		t.Errorf("taken: %+v", m)
	}
	d.desk.show("available", "ringing", map[string]any{"offer": caller(nil)})
	b.do("it gives way", seen(".panel.ringing"), until("!document.querySelector('.inbox')"))
}

// TestCodesOnTheFloor: a supervisor sees what talks were about, and the house's own
// breaks by their names.
func TestCodesOnTheFloor(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	share := 0.75
	d.books.codes = []report.CodeCount{{Day: "2026-03-03", Queue: "support", Code: "order", Talks: 3, Notes: 1, Share: &share}, {Day: "2026-03-03", Queue: "support", Code: "none_given", Talks: 1}}
	d.talks.targets.Breaks = []web.Break{{ID: "prayer", Title: "Time of prayer"}}
	d.floor.set(func(l *web.Live) {
		l.Agents = []call.AgentNow{{Agent: "agent", Name: "agent", Presence: "away", Reason: "prayer", State: "idle", Since: time.Now()}}
	})
	v := d.as("supervisor")
	if got := d.do(v, "GET", "/api/v1/reports/codes?format=csv&bom=0", nil); got.body != "day,queue,code,talks,notes,share\n2026-03-03,support,order,3,1,0.7500\n2026-03-03,support,none_given,1,0,\n" {
		t.Errorf("the file is %q", got.body)
	}
	b := newTab(t, d)
	b.signIn("supervisor", password)
	b.do("breaks", shows("Away: Time of prayer"))
	b.visit("/history?show=codes", shows("What talks were about"), shows("order"), shows("75.0%"), shows("required, none given"))
}

// narrowTo is a telephone's width.
func (b *tab) narrowTo(width int64) {
	b.t.Helper()
	b.do("narrow", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 800, DeviceScaleFactor: 1})
		return err
	}))
}
