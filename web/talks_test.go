package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/xuri/excelize/v2"

	"presszero/report"
	"presszero/web"
)

// talked is a day on which three agents have talked and handed callers over.
func talked(d *testServer) {
	const day = "2026-05-04"
	d.books.talks = []report.Talks{
		{Day: day, Agent: "ann", Queue: "billing", Talks: 1, TalkS: 94, WrapS: 60, HandleS: 154, MeanTalkS: seconds(94), MeanWrapS: seconds(60), MeanHandleS: seconds(154)},
		{Day: day, Agent: "ann", Queue: "support", Talks: 20, Open: 1, Handed: 3, TalkS: 2300, HoldS: 400, WrapS: 900, HandleS: 3600, GapS: 12, MeanTalkS: seconds(115), MeanHoldS: seconds(80),
			MeanWrapS: seconds(45), MeanHandleS: seconds(180), Held: 5, Holds: 7, LongestHoldS: 131, LeftByCaller: 2, LeftByAgent: 1, Chose: 1},
		{Day: day, Agent: "<b>bob</b>", Talks: 2, TalkS: 60, HandleS: 60, MeanTalkS: seconds(30), MeanWrapS: seconds(0), MeanHandleS: seconds(30)},
	}
	d.books.handed = []report.Handovers{
		{Day: day, By: "ann", Queue: "support", ToQueue: "billing", Handovers: 5, Answered: 3, Returned: 1, Abandoned: 1, MeanWaitS: seconds(21.4), LongestWaitS: 75},
		{Day: day, By: "ann", Queue: "support", ToAgent: "bob", Handovers: 2, Answered: 2, ByAnother: 1, MeanWaitS: seconds(6), LongestWaitS: 9, Warm: 1},
		{Day: day, By: "bob", ToNumber: "+34911000001", Handovers: 3, TransferredOut: 1, BackInLine: 1, Open: 1, MeanWaitS: seconds(8), LongestWaitS: 30},
	}
	d.books.asked = []report.Consults{
		{Day: day, Agent: "ann", Queue: "support", ToAgent: "<b>bob</b>", Asked: 7, Handed: 2, Back: 3, Declined: 1, TakenBack: 1, MeanRingS: seconds(4.2), MeanTalkS: seconds(31.5), TalkS: 157.5, HoldS: 8, AllS: 75},
		{Day: day, Agent: "ann", Queue: "support", ToNumber: "+34911000001", Asked: 3, Over: 1, Failed: 1, Open: 1, MeanRingS: seconds(9), MeanTalkS: seconds(20), TalkS: 20},
		{Day: day, Agent: "bob", Queue: "billing", ToAgent: "ann", Asked: 2, NoAnswer: 1, Busy: 1},
	}
}

func TestTalks(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	talked(d)
	v := d.as("supervisor")
	got := get[struct{ Talks []report.Talks }](d, v, "/api/v1/reports/talks?day=2026-05-04")
	if len(got.Talks) != 3 || got.Talks[1].LongestHoldS != 131 || *got.Talks[1].MeanHoldS != 80 || got.Talks[0].MeanHoldS != nil {
		t.Errorf("talks are %+v", got)
	}
	together := get[struct{ Talks []report.Talks }](d, v, "/api/v1/reports/talks?day=2026-05-04&by=agent")
	if len(together.Talks) != 3 || together.Talks[0].Day != "" || together.Talks[0].Agent != "ann" {
		t.Errorf("talks of all days together are %+v", together)
	}
	if got := d.do(v, "GET", "/api/v1/reports/talks?by=week", nil); got.status != http.StatusBadRequest || got.sentence() == "" {
		t.Errorf("talks by week: %v", got)
	}
	given := get[struct{ Handovers []report.Handovers }](d, v, "/api/v1/reports/handovers")
	if len(given.Handovers) != 3 || given.Handovers[0].ToQueue != "billing" || given.Handovers[2].ToNumber != "+34911000001" {
		t.Errorf("hand-overs are %+v", given)
	}
	asked := get[struct{ Consults []report.Consults }](d, v, "/api/v1/reports/consults")
	if len(asked.Consults) != 3 || asked.Consults[0].AllS != 75 || asked.Consults[1].ToNumber != "+34911000001" || asked.Consults[2].MeanTalkS != nil {
		t.Errorf("asking is %+v", asked)
	}
	for path, want := range map[string][2]string{
		"talks": {"\ufeffday,agent,queue,talks,open,handed,talk_s,hold_s,wrap_s,handle_s,gap_s,mean_talk_s,mean_hold_s,mean_wrap_s,mean_handle_s,held,holds,longest_hold_s,left_on_hold_caller,left_on_hold_agent,left_on_hold_us,left_on_hold_chose\n",
			"\n2026-05-04,ann,support,20,1,3,2300,400,900,3600,12,115.0000,80.0000,45.0000,180.0000,5,7,131,2,1,0,1\n"},
		"handovers": {"\ufeffday,by,queue,to_queue,to_agent,to_number,handovers,answered,by_another,returned,transferred_out,abandoned,back_in_line,failed,other,open,mean_wait_s,longest_wait_s,warm\n",
			"\n2026-05-04,bob,,,,+34911000001,3,0,0,0,1,0,1,0,0,1,8.0000,30,0\n"},
		"consults": {"\ufeffday,agent,queue,to_agent,to_number,asked,handed,back,over,declined,no_answer,busy,taken_back,failed,open,mean_ring_s,mean_talk_s,talk_s,hold_s,all_s\n",
			"\n2026-05-04,ann,support,,+34911000001,3,0,0,1,0,0,0,0,1,1,9.0000,20.0000,20,0,0\n"},
	} {
		sheet := d.do(v, "GET", "/api/v1/reports/"+path+"?format=csv", nil)
		if !strings.HasPrefix(sheet.body, want[0]) || !strings.Contains(sheet.body, want[1]) || !strings.Contains(sheet.header.Get("Content-Disposition"), path+".csv") {
			t.Errorf("%s as csv: %v %s", path, sheet.header, sheet.body)
		}
		book, err := excelize.OpenReader(strings.NewReader(d.do(v, "GET", "/api/v1/reports/"+path+"?format=xlsx", nil).body))
		if err != nil {
			t.Fatal(err)
		}
		if rows, err := book.GetRows(path); err != nil || len(rows) != 4 || rows[0][0] != "day" || rows[1][1] != "ann" {
			t.Errorf("%s as xlsx: %v, %v", path, rows, err)
		}
		book.Close()
		none := newTestServer(t, func(c *web.Config) { c.Reports = onlyReports{c.Reports} })
		if got := none.do(none.as("admin"), "GET", "/api/v1/reports/"+path, nil); got.status != http.StatusNotFound {
			t.Errorf("%s without a source: %v", path, got)
		}
		d.books.talks, d.books.handed, d.books.asked = nil, nil, nil
		if got := d.do(v, "GET", "/api/v1/reports/"+path, nil); !strings.Contains(got.body, `"`+path+`":[]`) {
			t.Errorf("%s of a quiet day: %s", path, got.body)
		}
		talked(d)
	}
}

// TestAfterATalk: who was handed over is offered once, and gives up apart.
func TestAfterATalk(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	asked := morning(d)
	d.books.add(
		report.Call{Call: "c1", At: nine.Add(5 * time.Minute), Queue: "support", Outcome: "abandoned_queue", Number: "+34910000001", QueueS: 300, AfterTalk: true},
		report.Call{Call: "c2", At: nine.Add(6 * time.Minute), Queue: "support", Outcome: "answered", Number: "+34910000002", QueueS: 9, Agent: "agent", AfterTalk: true},
	)
	v := d.as("supervisor")
	total := get[struct{ Total report.Row }](d, v, "/api/v1/reports/summary?"+asked).Total
	if total.Offered != 5 || total.Answered != 2 || total.Abandoned != 2 || *total.AbandonRate != 0.5 || *total.ServiceLevel != 0.25 ||
		total.AfterTalk != 2 || total.AbandonedAfterTalk != 1 || total.LongestS != 300 {
		t.Errorf("total is %+v", total)
	}
	for query, want := range map[string]string{
		"":                                  "c2 c1 c5 c4 c3 c2 c1", // as they were added
		"&after_talk=false":                 "c5 c4 c3 c2 c1",
		"&after_talk=true":                  "c2 c1",
		"&after_talk=true&outcome=answered": "c2",
	} {
		var ids []string
		for _, c := range get[struct{ Calls []report.Call }](d, v, "/api/v1/reports/calls?"+asked+query).Calls {
			ids = append(ids, c.Call)
		}
		if strings.Join(ids, " ") != want {
			t.Errorf("calls with %q are %v, want %s", query, ids, want)
		}
	}
	if got := d.do(v, "GET", "/api/v1/reports/calls?after_talk=perhaps", nil); got.status != http.StatusBadRequest || got.sentence() == "" {
		t.Errorf("perhaps: %v", got)
	}
}

func TestTalksPage(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	talked(d)
	b := newTab(t, d)
	b.signIn("supervisor", password)
	b.do("floor", seen("main.floor"))
	b.visit("/history?show=agents&from=2026-05-04", shows("<b>bob</b>"), shows("own calls"), shows("and 1 going on"), until("document.querySelectorAll('table.talks tbody tr').length === 4"),
		until("[...document.querySelectorAll('table.talks tbody th')].map(e => e.innerText).join() === '<b>bob</b>,ann,ann,All queues'"), // by name
		until("document.querySelector('table.talks tr:nth-child(3) svg').getAttribute('aria-label') === 'Talk 63.9%, Hold 11.1%, After-call work 25.0%'"),
		until("[...document.querySelectorAll('table.talks tr.total td')].map(e => e.innerText).join(' ').replace(/\\s+/g, ' ').includes('23 1:47 1:20 0:42 2:46 5 2:11 2 1 0 1 3')"))
	b.do("hand-overs", shows("→ billing"), shows("→ bob"), shows("→ +34911000001"), shows("2 (1 by another)"), shows("0:21"),
		until("document.querySelectorAll('table.handovers tbody tr').length === 3"))
	b.do("asking", shows("→ <b>bob</b>"), until("document.querySelectorAll('table.consults tbody tr').length === 3"),
		until("[...document.querySelectorAll('table.consults tr:nth-child(1) td')].map(e => e.innerText).join(' ').replace(/\\s+/g, ' ').includes('7 2 3 0 1 0 0 1 0 0 0:04 0:32 1:15')"),
		until("document.querySelector('table.consults svg').getAttribute('aria-label') === 'Took the caller over 28.6%, Back to the caller 42.9%, Not talked 28.6%'"))
	b.look("talks")
	b.accessible("talks")
	for i, head := range []string{"day,agent,queue,talks", "day,by,queue", "day,agent,queue,to_agent"} {
		file := "fetch([...document.querySelectorAll('.downloads a:first-child')][" + string(rune('0'+i)) + "].href).then(r => r.text()).then(x => x.startsWith('" + head + "'))"
		if csv, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](file, chromedp.EvalAwaitPromise)); err != nil || !csv {
			t.Errorf("the download is no table that begins with %s: %v", head, err)
		}
	}
	d.books.mu.Lock()
	d.books.talks, d.books.handed, d.books.asked = nil, nil, nil
	d.books.mu.Unlock()
	b.visit("/talks", shows("Nobody has talked in these days."), shows("Nobody was handed over in these days."), shows("Nobody was asked during a talk in these days."))
}

// TestTimelineTellsTheTalk: holds, gaps, keys and hand-overs in words.
func TestTimelineTellsTheTalk(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	now := time.Now()
	d.books.add(report.Call{Call: "c1", At: now, Queue: "support", Outcome: "abandoned_queue", Number: "+34910000001"})
	var list []report.Fact
	for _, f := range []struct {
		kind string
		data map[string]any
	}{
		{"bridge.joined", map[string]any{"visit": "v", "offer": "o", "agent": "ann", "leg": "l"}},
		{"bridge.held", map[string]any{"visit": "v", "agent": "ann"}},
		{"bridge.resumed", map[string]any{"visit": "v", "agent": "ann", "hold_s": 75}},
		{"bridge.gap", map[string]any{"visit": "v", "agent": "ann"}},
		{"bridge.rejoined", map[string]any{"visit": "v", "agent": "ann", "gap_s": 4.2}},
		{"bridge.keys", map[string]any{"visit": "v", "agent": "ann", "keys": 3}},
		{"listen.started", map[string]any{"listening": "c1.l1", "visit": "v", "agent": "ann", "by": "sue", "listener": "ear:1", "mode": "listen", "hidden": true}},
		{"listen.turned", map[string]any{"listening": "c1.l1", "visit": "v", "agent": "ann", "by": "sue", "mode": "join", "join_call": "j"}},
		{"listen.ended", map[string]any{"listening": "c1.l1", "visit": "v", "agent": "ann", "by": "sue", "why": "over", "listen_s": 61, "join_s": 20}},
		{"bridge.handed", map[string]any{"visit": "v", "agent": "ann", "to": "bob", "ask_call": "k1", "handovers": 1}},
		{"bridge.left", map[string]any{"visit": "v", "agent": "ann", "side": "agent", "why": "handed", "talk_s": 200, "hold_s": 75, "holds": 2, "longest_hold_s": 60, "gap_s": 4.2}},
		{"queue.entered", map[string]any{"visit": "w", "queue": "support", "position": 1, "origin": "transfer", "by": "ann", "note": "<b>angry</b>", "handovers": 1}},
		{"bridge.left", map[string]any{"visit": "w", "agent": "bob", "side": "caller", "talk_s": 20, "hold_s": 5, "holds": 1, "longest_hold_s": 5, "on_hold": true}},
		{"queue.entered", map[string]any{"visit": "x", "queue": "support", "position": 1, "origin": "returned", "by": "bob", "handovers": 1}},
	} {
		list = append(list, report.Fact{Seq: len(list) + 1, At: now, Kind: f.kind, Data: raw(f.data)})
	}
	for i, f := range []struct {
		kind string
		data map[string]any
	}{
		{"outgoing.dialed", map[string]any{"agent": "ann", "to": "bob", "dial": "d", "for_call": "c1"}},
		{"outgoing.answered", map[string]any{"agent": "ann", "for_call": "c1"}},
		{"outgoing.turned", map[string]any{"agent": "ann", "with": "all", "for_call": "c1"}},
		{"outgoing.ended", map[string]any{"agent": "ann", "how": "handed", "side": "agent", "talk_s": 50, "all_s": 20, "for_call": "c1", "to": "bob"}},
	} {
		list = append(list, report.Fact{Call: "k1", Seq: i + 1, At: now, Kind: f.kind, Data: raw(f.data)})
	}
	d.books.facts = map[string][]report.Fact{"c1": list}
	b := newTab(t, d)
	b.signIn("supervisor", password)
	b.do("floor", seen("main.floor"))
	b.visit("/history?call=c1", seen("dialog[open] .timeline li"),
		shows("Put on hold"), shows("ann · was on hold for 1:15"), shows("The agent's page went away"), shows("ann · was away for 0:04"), shows("ann · 3 keys"),
		shows("A supervisor listens"), shows("sue to ann · listens, heard by nobody · the agent is not told"), shows("sue to ann · is in the call, heard by all"),
		shows("sue to ann · the talk is over · listened for 1:01 · in the call for 0:20"),
		shows("ann · to bob · asked before · hand-over no. 1 of this call"),
		shows("ann · ended by the agent · handed over · lasted 3:20 · 1:15 of it on hold, 2 times, at most 1:00 · the agent's page was away for 0:04"),
		shows("handed over by ann · hand-over no. 1 of this call · note: “<b>angry</b>” · position 1 · queue support"),
		shows("bob · ended by the caller · lasted 0:20 · 0:05 of it on hold · ended while on hold"), shows("back in line, from bob · position 1 · queue support"),
		shows("Asks somebody"), shows("ann · to bob"), shows("all three talk"), shows("The asking is over"),
		shows("ann · took the caller over · ended by the agent · lasted 0:50 · 0:20 of it all three"), until("!document.querySelector('dialog').innerText.includes('for_call')"))
	b.look("talk-trace")
}
