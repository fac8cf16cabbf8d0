package web_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"presszero/call"
	"presszero/report"
	"presszero/report/patience"
	"presszero/web"
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
	b.visit("/history", shows("What was"), shows("Times in UTC"), shows("too · Times"), seen(".plot canvas"), seen("table.sum"))
	b.do("last week", click(".presets a:nth-child(4)"), until("new URLSearchParams(location.search).get('from') < new URLSearchParams(location.search).get('to')"),
		shows("by the day"), until("document.querySelectorAll('.plot canvas').length === 2"), shows("before: "))
	b.accessible("history")
	b.do("back to a desk", wide(1280))
	b.do("as a table", click("#intervals .button"), until("document.querySelectorAll('#intervals tbody tr').length === 7"), until("location.search.includes('table=intervals')"))
	b.do("a number opens its calls", click("#intervals tbody tr:nth-child(2) td.bad a"), seen("dialog[open] table.calls"),
		until("document.querySelectorAll('dialog table.calls tbody tr').length === 25"), shows("1 to 25"), shows("Page 1"))
	b.accessible("history-calls")
	b.do("next page", wide(1280), click("dialog .pages a[rel=next]"), shows("Page 2"), shows("26 to "), click("dialog .pages a[rel=prev]"), shows("1 to 25"))
	if f := d.books.lastFilter(); f.Limit != 26 {
		t.Errorf("asked for %d calls", f.Limit)
	}
	b.do("a call opens its story", until("document.querySelector('dialog table.calls tbody tr:nth-child(3) a').focus() === undefined && document.activeElement.matches('table.calls a')"), keys(kb.Enter), until("location.search.includes('call=')"), seen("dialog[open] .timeline li"), shows("The call came in"))
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

// spread fills the books with waits as they are: many short ones, few long ones.
func spread(d *testServer) {
	d.books.figures.spreads = []report.WaitSpread{
		{Outcome: "answered", Visits: 700, Counts: []int{160, 120, 110, 90, 60, 50, 40, 30, 20, 12, 5, 2, 1, 0, 0, 0}, MeanS: 38, P50S: 14, P80S: 55, P90S: 95, P95S: 130, P99S: 300, MaxS: 410},
		{Outcome: "abandoned", Visits: 120, Counts: []int{20, 14, 16, 12, 10, 14, 12, 10, 6, 3, 2, 1, 0, 0, 0, 0}, MeanS: 42, P50S: 27, P80S: 70, P90S: 110, P95S: 160, P99S: 290, MaxS: 305},
	}
	d.books.figures.told = []report.Told{
		{Visits: 500, Answered: 430, Abandoned: 60, Other: 10, AbandonRate: seconds(0.12), P50S: seconds(10), P90S: seconds(70)},
		{Low: seconds(120), High: seconds(300), Visits: 90, Answered: 60, Abandoned: 25, Other: 5, Longer: 12, AbandonRate: seconds(0.278), LongerShare: seconds(0.133), P50S: seconds(140), P90S: seconds(280)},
		{Low: seconds(600), High: seconds(0), Visits: 12, Abandoned: 9, Other: 3, AbandonRate: seconds(0.75)},
	}
	for s := 1; s < 400; s++ {
		d.books.figures.waits = append(d.books.figures.waits, patience.Wait{S: float64(s), End: patience.Answered, N: 1 + 400/(s+20)})
		if gaveUp := 4 - s/80 + 9*count(s > 60 && s < 68); gaveUp > 0 {
			d.books.figures.waits = append(d.books.figures.waits, patience.Wait{S: float64(s), End: patience.Abandoned, N: gaveUp})
		}
	}
	d.books.figures.times = []report.TellingTime{{FromS: 15, Calls: 300}, {FromS: 60, Calls: 250}, {FromS: 65, Calls: 4}}
	d.books.waits = []report.WaitAccuracy{{Queue: "support", Told: 212, Answered: 180, Within: seconds(0.914), ErrorS: seconds(7), P80: seconds(0.803), P90: seconds(0.894)}}
}

// TestWaitsOfThePast: how waits are spread, what was told, how patient callers are;
// every bar has its number in a table, and leads to its calls.
func TestWaitsOfThePast(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	spread(d)
	b := newTab(t, d)
	b.signIn("supervisor", password)
	b.do("floor", seen("main.floor"))
	b.visit("/history?show=waits&table=spread", until("document.querySelectorAll('#spread tbody tr').length === 13"), shows("2:00 to 5:00"), shows("more than 10:00"),
		until("document.querySelector('#told table')"), shows("91.4%"))
	b.do("the calls of a bar", click("#spread tbody tr:nth-child(4) td:last-child a"), shows("waited 20 to 30 s"), until("!document.querySelector('dialog table')"),
		keys(kb.Escape), until("!document.querySelector('dialog[open]')"))
	if f := d.books.lastFilter(); *f.WaitFromS != 20 || *f.WaitToS != 30 {
		t.Errorf("asked for %v to %v s", *f.WaitFromS, *f.WaitToS)
	}
	b.do("as a chart", click("#spread .button"), seen("#spread canvas"))
	b.accessible("waits-of-the-past")
	b.do("patience", wide(1280), click("nav.parts a[href*='show=patience']"), until("document.querySelectorAll('.plot canvas').length === 3"), shows("Half would wait"))
	b.accessible("patience")
}

// TestTheLost: of those who gave up, who came back and who is lost; one of the lost is
// called back with a note, without a mouse.
func TestTheLost(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	now := time.Now()
	for i, h := range report.LostHours {
		d.books.figures.lostOf = append(d.books.figures.lostOf,
			report.LostCount{Hours: h, Queue: "support", People: 60, Returned: 30 + 3*i, Served: 26 + 3*i, CalledBack: 6, Lost: 28 - 3*i, TooNew: 4},
			report.LostCount{Hours: h, Queue: "support", LeftAlone: true, People: 8, Served: 2, Lost: 6})
	}
	d.books.bounds = []report.Thresholds{{TargetS: 20, ShortS: 5, Zone: "UTC"}, {Queue: "support", TargetS: 20, ShortS: 5, Zone: "UTC"}}
	d.books.figures.withheld = report.Withheld{Abandoned: 80, Withheld: 7}
	d.books.figures.values = []report.LostValue{{Queue: "support", Control: 0.1, Value: 120, Buy: 0.2}}
	for i := range 40 {
		d.books.figures.lost = append(d.books.figures.lost, report.LostCaller{Key: fmt.Sprintf("k%d", i), Number: fmt.Sprintf("+3491000%04d", i), Queue: "support", Call: "c", At: now.Add(-time.Duration(i) * time.Hour),
			WaitS: 187, ToldHigh: seconds(120), Times: 1 + i%2, LeftAlone: i == 1, Callback: i == 2, VIP: i == 3})
	}
	b := newTab(t, d)
	b.signIn("supervisor", password)
	b.do("floor", seen("main.floor"))
	b.visit("/history?show=people", shows("7 of 80 calls"), shows("The money at stake"), shows("What ringing back wins"), until("document.querySelectorAll('table.lost tbody tr').length === 25"),
		shows("left alone, as a control"), shows("a callback is open"), shows("told at most 2:00"))
	b.accessible("lost")
	b.do("call back", wide(1280), until("(document.querySelector('table.lost tbody tr button').focus(), true)"), keys(kb.Enter), until("document.activeElement.matches('table.lost input')"))
	b.do("note", keys("wants the blue one"), keys(kb.Enter), shows("+34910000000 stands in line to be called back."))
	if got := d.lost.ordered; len(got) != 1 || got[0] != "k0 support wants the blue one supervisor" {
		t.Errorf("ordered %q", got)
	}
	b.do("next page", click("#lost a[rel=next]"), until("document.querySelectorAll('table.lost tbody tr').length === 15"), shows("Page 2 of 2"))
}

// TestStaffingOfTheNextDays: a queue's next seven days, as a chart, a table and files.
func TestStaffingOfTheNextDays(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.books.figures.handling = report.Handling{Calls: 900, MeanS: 180}
	today := time.Now().UTC().Truncate(24 * time.Hour)
	for day := range 56 {
		at := today.AddDate(0, 0, -1-day)
		for hour := 8; hour < 18; hour++ {
			for i := range 4 + 3*(hour%5) {
				d.books.add(report.Call{Call: "c", At: at.Add(time.Duration(60*hour+7*i) * time.Minute), Queue: "support", Outcome: "answered", QueueS: 4})
			}
			d.books.figures.present = append(d.books.figures.present, report.PresentAt{Start: at.Add(time.Duration(hour) * time.Hour), Agents: 3})
		}
	}
	d.books.bounds = []report.Thresholds{{TargetS: 20, ShortS: 5, Zone: "UTC"}, {Queue: "support", TargetS: 20, ShortS: 5, Zone: "UTC"}}
	d.floor.set(func(l *web.Live) { l.Queues = []call.QueueNow{{Name: "support"}} })
	b := newTab(t, d)
	b.signIn("supervisor", password)
	b.do("floor", seen("main.floor"))
	b.visit("/history?show=staffing", shows("Choose a queue"), click(".drawn-from .choices a"), seen("#needed canvas"), shows("Handling, on average"),
		until("document.querySelectorAll('.plans li').length === 7"), until("document.querySelector('.plans a[href*=ics]')"))
	b.accessible("staffing")
	b.do("what if", wide(1280), fill(".what-if input[name=more]", "2"), click(".what-if button"), shows("Being rehearsed"), until("location.search.includes('rehearsal=r1')"))
	if got := d.rehearsals.days; len(got) != 1 || got[0].Queue != "support" {
		t.Errorf("rehearsed is %+v", got)
	}
	d.rehearsals.list[0].State, d.rehearsals.list[0].Result = "done", &web.RehearsalResult{Calls: 300, Answered: 290, ServiceLevel: seconds(0.91), Abandonment: seconds(0.02), MeanWaitS: seconds(9)}
	b.do("done", shows("91.0%"), shows("0:09"))
	b.accessible("what-if")
	b.do("as a table", wide(1280), click("#needed .button"), until("document.querySelectorAll('#needed tbody tr').length > 100"))
}

// TestKeptAndWorked: which callbacks were kept, how old messages became, and what the
// agents' time went into.
func TestKeptAndWorked(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.books.figures.callbacks = []report.CallbackCounts{
		{Offered: 90, Accepted: 60, Booked: 66, Completed: 50, Exhausted: 6, Expired: 2, Cancelled: 3, Superseded: 4, Open: 1, Reached: 52, Kept: 55, Broken: 8, KeptShare: seconds(0.873), LateP50S: seconds(240), LateP90S: seconds(1500), LateMaxS: seconds(4000)},
		{Queue: "support", Offered: 90, Accepted: 60, Booked: 66, Completed: 50, Kept: 55, Broken: 8, KeptShare: seconds(0.873)},
		{Queue: "billing"},
	}
	d.books.figures.messages = []report.MessageCounts{
		{Queue: "support", Kind: "voice", Left: 21, InTime: 15, Late: 3, Open: 3, Overdue: 1, Quarter: 12, DoneP50S: seconds(500), DoneP90S: seconds(2500), OldestOpenS: seconds(5000)},
		{Queue: "support", Kind: "complaint", Left: 2, InTime: 2, DoneP50S: seconds(100), DoneP90S: seconds(200)},
	}
	d.books.figures.agents = []agentOf{{queue: "support", AgentTime: report.AgentTime{Agent: "<b>ann", SignedInS: 28800, TalkingS: 14400, RingingS: 600, WrapUpS: 3600, IdleS: 6600, AwayS: 3600,
		Breaks: map[string]float64{"lunch": 2700, "break": 900}, Talks: 80, HoldS: 700, Occupancy: seconds(0.738)}}}
	b := newTab(t, d)
	b.signIn("supervisor", password)
	b.do("floor", seen("main.floor"))
	b.visit("/history?show=kept", shows("87.3%"), shows("1:06:40"), shows("Complaint"), shows("1:23:20"), until("document.querySelectorAll('main table').length === 2"))
	b.accessible("kept")
	b.do("late callbacks", wide(1280), click("a[aria-label^='Callbacks promised, and kept: Later – support']"), seen("dialog[open]"), keys(kb.Escape), until("!document.querySelector('dialog[open]')"))
	if f := d.books.lastFilter(); f.Counted != "callbacks.broken" || f.Queues[0] != "support" {
		t.Errorf("asked for %+v", f)
	}
	b.do("complaints", click("a[aria-label^='Messages and complaints, by age: of them, overdue']"), seen("dialog[open]"), keys(kb.Escape), until("!document.querySelector('dialog[open]')"))
	if f := d.books.lastFilter(); f.Counted != "messages.overdue" || f.About != "voice" {
		t.Errorf("asked for %+v", f)
	}
	b.do("agents", wide(1280), click("nav.parts a[href*='show=agents']"), shows("<b>ann"), shows("Lunch 45:00, Short break 15:00"), shows("73.8%"),
		click("#time .button"), shows("4:00:00"))
	b.accessible("time")
}
