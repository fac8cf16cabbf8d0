package web_test

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"presszero/call"
	"presszero/report"
	"presszero/web"
)

// promised is one caller on the phone, and behind her one at home.
func promised(d *testServer) {
	now := time.Now()
	back := func(attempts int, onPhone bool) *call.CallbackNow {
		return &call.CallbackNow{Begin: now.Add(3 * time.Minute), Until: now.Add(8 * time.Minute), Attempts: attempts, OnPhone: onPhone}
	}
	d.floor.set(func(l *web.Live) {
		l.Queues = []call.QueueNow{{Name: "support", Waiting: []call.CallerNow{
			{Call: "c1", Number: "+34910000001", Name: "Ana", State: "waiting", Since: now.Add(-80 * time.Second)},
			{Call: "b1", Number: "+34600000009", Name: "<b>Bea</b>", State: "waiting", Since: now.Add(-70 * time.Second), Callback: back(0, false)},
			{Call: "b2", Number: "+34600000010", State: "dialing", Since: now.Add(-69 * time.Second), Agent: "eve", Callback: back(1, false)},
			{Call: "b3", Number: "+34600000011", State: "parked", Since: now.Add(-time.Hour), Callback: back(1, false)},
		}}}
	})
	due := now.Add(10 * time.Minute)
	d.sources.callbacks = []web.Callback{
		{ID: "b1", Queue: "support", Number: "+34600000009", Name: "<b>Bea</b>", State: "waiting", Begin: now.Add(3 * time.Minute), Until: now.Add(8 * time.Minute)},
		{ID: "b2", Queue: "support", Number: "+34600000010", State: "dialing", Agent: "eve", Begin: now, Until: now.Add(8 * time.Minute), Attempts: 1},
		{ID: "b3", Queue: "support", Number: "+34600000011", State: "parked", Begin: now.Add(-time.Hour), Until: now.Add(-time.Minute), Due: &due, Attempts: 1},
	}
}

func TestSupervisorSeesAndCancelsCallbacks(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	promised(d)
	d.books.waits = []report.WaitAccuracy{{Queue: "support", Told: 212, Answered: 180, Within: seconds(0.914), ErrorS: seconds(7), Expected: 200, P80: seconds(0.803), P90: seconds(0.894), QLmS: seconds(31), LESS: seconds(52), AsteriskS: seconds(75)}, {Queue: "sales"}}
	b := newTab(t, d)
	b.signIn("supervisor", password)
	b.do("line", shows("<b>Bea</b> · +34600000009"), shows("Callback by"), shows("being dialled for eve"),
		until("document.querySelectorAll('.halves .card:first-child tbody tr').length === 3"), // the parked one has stepped out
		until("/Waiting\\s*1\\s/.test(document.querySelector('.tiles').innerText) && /Callbacks\\s*3\\s/.test(document.querySelector('.tiles').innerText)"))
	b.do("list", shows("Open callbacks 3"), shows("Again at"), shows("already past"), shows("Being dialled for eve"))
	b.look("callbacks")
	b.do("changed my mind", click("table.callbacks tr:first-child td:last-child button"), shows("Really cancel"),
		click("table.callbacks .choices button:last-child"), until("!document.querySelector('table.callbacks .choices')"))
	b.do("cancel", click("table.callbacks tr:first-child td:last-child button"), click("table.callbacks button.decline"), shows("Open callbacks 2"),
		until("!document.querySelector('table.callbacks').innerText.includes('Bea')"))
	d.sources.mu.Lock()
	if len(d.sources.changes) != 1 || d.sources.changes[0] != "supervisor cancels b1" {
		t.Errorf("who did what: %v", d.sources.changes)
	}
	d.sources.callbacks[0].OnPhone = true // meanwhile, unseen by the page
	d.sources.mu.Unlock()
	b.do("too late", click("table.callbacks tr:first-child td:last-child button"), click("table.callbacks button.decline"), shows("on the phone already"))
	b.forgive("409")
	b.visit("/history?show=waits", shows("91.4%"), shows("0:07 too short"), shows("80.3%"), shows("1:15"), until("(document.querySelector('table.waits').scrollIntoView({block: 'center'}), true)"))
	b.look("waits")
}

func TestTimelineTellsWhyThisAgent(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	now := time.Now()
	d.books.add(report.Call{Call: "c1", At: now, Queue: "support", Outcome: "abandoned_queue", Number: "+34910000001"})
	fact := func(kind string, data map[string]any) report.Fact {
		return report.Fact{At: now, Kind: kind, Data: raw(data)}
	}
	list := []report.Fact{
		fact("call.started", map[string]any{"from": "+34910000001"}),
		fact("ewt.shadow", map[string]any{"ahead": 4, "p50_s": 130, "p90_s": 280, "les_s": 99}),
		fact("ewt.announced", map[string]any{"low_s": 120, "high_s": 300, "p50_s": 130, "p90_s": 280, "ahead": 4, "phrase": "wait-2-5", "grown": true}),
		fact("callback.offered", map[string]any{"visit": "v", "why": "waited"}),
		fact("offer.started", map[string]any{"visit": "v", "agent": "bob", "waited_s": 41, "reason": "longest_idle",
			"candidates": []map[string]any{{"agent": "bob", "idle_s": 45}, {"agent": "<i>eve", "idle_s": 12}},
			"passed":     []map[string]any{{"agent": "ann", "why": "talking"}, {"agent": "joe", "why": "skill"}}, "passed_more": 3, "over": 2, "over_why": "skill"}),
		fact("queue.alarm", map[string]any{"what": "overtaken", "queue": "support", "value": 21}),
		fact("callback.accepted", map[string]any{"visit": "v", "callback": "b1", "source": "claimed", "low_s": 300, "high_s": 600}),
		fact("queue.left", map[string]any{"outcome": "callback_accepted", "queue_s": 50}),
	}
	book := []report.Fact{
		fact("callback.booked", map[string]any{"from_call": "c1", "queue": "support", "number": "+34910000001", "begin": now, "until": now.Add(time.Hour), "expires": now.Add(24 * time.Hour), "source": "claimed"}),
		fact("callback.dialed", map[string]any{"dial": "b1.d1", "attempt": 1, "agent": "bob"}),
		fact("callback.reached", map[string]any{"by": "machine"}),
		fact("callback.tried", map[string]any{"how": "machine", "counts": true}),
		fact("callback.parked", map[string]any{"until": now.Add(5 * time.Minute), "why": "retry"}),
		fact("callback.ended", map[string]any{"how": "superseded", "by": "c9", "attempts": 1}),
	}
	for _, l := range [][]report.Fact{list, book} {
		for i := range l {
			l[i].Seq = i + 1
		}
	}
	d.books.facts = map[string][]report.Fact{"c1": list, "b1": book}
	d.books.heard = map[string][]report.TalkQuality{"c1": {
		{Agent: "<i>eve", Started: now, MeasuredS: 185, BadS: 65, MOSMin: 2.2, RTTP50MS: 38.4, RTTP95MS: 412, LossPct: 0.4, ConcealedPct: 3.21, AgentLossPct: 0.1},
		{Agent: "bob", Started: now.Add(time.Hour), MeasuredS: 30, MOSMin: 4.3, RTTP50MS: 12, RTTP95MS: 20}}}
	b := newTab(t, d)
	b.signIn("supervisor", password)
	b.do("floor", seen("main.floor"))
	b.visit("/history?calls=all", click("table.calls a"), seen("dialog[open] .timeline .trace"),
		shows("bob · free the longest · Waited 0:41"), shows("bob (free 0:45), <i>eve (free 0:12)"), shows("ann: was talking, joe: lacks the skill, and 3 more"),
		shows("2 callers with an older place: this agent lacks the skill they need"), shows("longer than was said before: 2:00 to 5:00."),
		shows("nine in ten below 4:40 · 4 ahead"), shows("waited for a while"), shows("Overtaken · support · 21 times"), shows("on the number they called from · 5:00 to 10:00"))
	b.do("how it was heard", shows("How it was heard"), shows("<i>eve poor for 1:05 of 3:05 · there and back 38 ms, at times 412 ms · 3.2% lost on the way to the agent · 0.1% lost on the way from the agent"),
		shows("bob never poor · there and back 12 ms"))
	b.look("trace")
	b.do("down", until("(document.querySelector('.heard').scrollIntoView(), true)"))
	b.look("trace-heard")
	b.tabTo("dialog .detail button")
	b.do("callback", keys(kb.Enter), shows("The callback was booked"), shows("attempt 1 · bob"), shows("an answering machine"), shows("before the next attempt · until"),
		shows("the customer called in · dialled once"), shows("that call"))
	b.look("callback-book")
	b.do("and back", keys(kb.Escape), shows("The call came in"), keys(kb.Escape), seen("dialog[open] table.calls"), keys(kb.Escape), until("!document.querySelector('dialog[open]')"))
}

func TestCallbacksInSpanish(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	promised(d)
	b := newTab(t, d, chromedp.Flag("accept-lang", "es-MX,en"))
	b.signIn("supervisor", password)
	b.do("floor", shows("Devoluciones de llamada abiertas 3"), shows("se marca para eve"), shows("ya pasó"))
}
