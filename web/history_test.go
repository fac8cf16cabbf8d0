package web_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"presszero/report"
)

// past fills the books with so many days of calls before today, in two queues.
func past(d *testServer, days int) {
	d.books.menus = report.MenuCounts{Abandoned: 12, Contained: 30}
	d.books.counts = report.CallCounts{Calls: 100, Answered: 90, Abandoned: 10}
	today := time.Now().UTC().Truncate(24 * time.Hour)
	outcomes := []string{"answered", "answered", "answered", "abandoned_queue", "answered", "callback_accepted", "answered", "abandoned_ringing"}
	for day := range days {
		for i := range 120 + 16*(day%5) {
			at := today.AddDate(0, 0, -day).Add(time.Duration(8*60+(i*7)%600) * time.Minute)
			if at.After(time.Now()) && day == 0 {
				at = today.Add(time.Duration(i) * time.Second)
			}
			d.books.add(report.Call{Call: fmt.Sprintf("call-%d-%d", day, i), At: at, Queue: []string{"billing", "support"}[i%2], Outcome: outcomes[(i+day)%len(outcomes)],
				Number: fmt.Sprintf("+3491000%04d", i), QueueS: float64((i * 13) % 240), Agent: "ann"})
		}
	}
}

// TestHistory is the way from a span of days to a number, its calls, the story of
// one, and back, each with an address of its own.
func TestHistory(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	past(d, 30)
	b := newTab(t, d)
	b.signIn("supervisor", password)
	b.do("floor", seen("main.floor"))
	b.visit("/history", shows("What was"), shows("Times in UTC"), seen(".plot canvas"), seen("table.sum"))
	b.do("last week", click(".presets a:nth-child(4)"), until("new URLSearchParams(location.search).get('from') < new URLSearchParams(location.search).get('to')"),
		shows("by the day"), until("document.querySelectorAll('.plot canvas').length === 2"), shows("before: "))
	b.accessible("history")
	b.do("back to a desk", wide(1280))
	b.do("as a table", click("#intervals .button"), until("document.querySelectorAll('#intervals tbody tr').length === 7"), until("location.search.includes('table=intervals')"))
	b.do("a number opens its calls", click("#intervals tbody tr:nth-child(2) td.bad a"), seen("dialog[open] table.calls"),
		until("document.querySelectorAll('dialog table.calls tbody tr').length === 25"), shows("Page 1 of 2"))
	b.accessible("history-calls")
	b.do("next page", wide(1280), click("dialog .pages a[rel=next]"), shows("Page 2 of 2"), click("dialog .pages a[rel=prev]"), shows("Page 1 of 2"))
	b.do("a call opens its story", until("document.querySelector('dialog table.calls tbody tr:nth-child(3) a').focus() === undefined"), keys(kb.Enter), seen("dialog[open] .timeline li"), shows("The call came in"))
	b.accessible("history-story")
	again, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("location.pathname + location.search"))
	if err != nil {
		t.Fatal(err)
	}
	b.do("the address is the view", wide(1280), chromedp.Navigate(b.url+again), seen("dialog[open] .timeline li"), shows("The call came in"))
	b.do("Esc leads back", keys(kb.Escape), seen("dialog[open] table.calls"), keys(kb.Escape), until("!document.querySelector('dialog[open]')"),
		until("document.querySelectorAll('#intervals tbody tr').length === 7"))
	b.do("so does the browser", click("#intervals .button"), until("!location.search.includes('table=')"), chromedp.NavigateBack(), until("location.search.includes('table=intervals')"))
}
