package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"presszero/call"
	"presszero/report"
	"presszero/web"
)

var nine = time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)

// morning is a small day: five callers at two queues, one of them dangerous.
func morning(d *testServer) string {
	d.books.add(
		report.Call{Call: "c1", At: nine, Queue: "billing", Outcome: "answered", Number: "+34910000001", QueueS: 4, Agent: "agent"},
		report.Call{Call: "c2", At: nine.Add(time.Minute), Queue: "billing", Outcome: "answered", Number: "+34910000002", QueueS: 90, Agent: "agent"},
		report.Call{Call: "c3", At: nine.Add(16 * time.Minute), Queue: "billing", Outcome: "abandoned_queue", Number: "+34910000003", Name: `=HYPERLINK("x")`, QueueS: 200},
		report.Call{Call: "c4", At: nine.Add(17 * time.Minute), Queue: "support", Outcome: "abandoned_ringing", Number: "", QueueS: 20, RingS: 5},
		report.Call{Call: "c5", At: nine.Add(18 * time.Minute), Queue: "support", Outcome: "open", Number: "+34910000005"},
		report.Call{Call: "old", At: nine.Add(-time.Hour), Queue: "support", Outcome: "answered"},
	)
	d.books.menus = report.MenuCounts{Abandoned: 2, Contained: 1}
	return url.Values{"from": {"2026-05-04T09:00:00Z"}, "to": {"2026-05-04T12:00:00+02:00"}}.Encode()
}

func TestSummary(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	got := get[struct {
		Target float64 `json:"target_s"`
		Total  report.Row
		Queues []report.Row
		Menus  report.MenuCounts
	}](d, d.as("supervisor"), "/api/v1/reports/summary?"+morning(d))
	total := got.Total
	if total.Offered != 5 || total.Answered != 2 || total.Abandoned != 2 || total.AbandonedQueue != 1 || total.AbandonedRinging != 1 || total.Open != 1 {
		t.Errorf("total is %+v", total)
	}
	if *total.AbandonRate != 0.5 || *total.ServiceLevel != 0.25 || total.LongestS != 200 || total.Longest != "c3" {
		t.Errorf("rates are %v %v, longest %v %v", *total.AbandonRate, *total.ServiceLevel, total.LongestS, total.Longest)
	}
	if len(got.Queues) != 2 || got.Queues[0].Queue != "billing" || got.Queues[1].Offered != 2 || got.Menus.Abandoned != 2 || got.Target != 20 {
		t.Errorf("summary is %+v", got)
	}
	empty := d.do(d.as("supervisor"), "GET", "/api/v1/reports/summary?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z", nil)
	if !strings.Contains(empty.body, `"queues":[]`) || !strings.Contains(empty.body, `"abandon_rate":null`) {
		t.Errorf("an empty day is %s", empty.body)
	}
}

func TestAbandonment(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	v := d.as("supervisor")
	path := "/api/v1/reports/abandonment?" + morning(d)
	got := get[struct {
		Interval float64 `json:"interval_s"`
		Rows     []report.Row
	}](d, v, path)
	if len(got.Rows) != 3 || got.Interval != 900 {
		t.Fatalf("rows are %+v", got)
	}
	if r := got.Rows[1]; r.Queue != "billing" || !r.Start.Equal(nine.Add(15*time.Minute)) || !r.End.Equal(nine.Add(30*time.Minute)) || r.Abandoned != 1 {
		t.Errorf("the second row is %+v", r)
	}
	if one := get[struct{ Rows []report.Row }](d, v, path+"&queue=support&interval=1h"); len(one.Rows) != 1 || one.Rows[0].Offered != 2 {
		t.Errorf("support by the hour is %+v", one)
	}

	sheet := d.do(v, "GET", path+"&format=csv", nil)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(sheet.body, "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 4 || rows[0][0] != "start" || rows[1][3] != "2" || rows[1][0] != "2026-05-04T09:00:00Z" {
		t.Errorf("csv is %v, %v", rows, err)
	}
	if !strings.Contains(sheet.header.Get("Content-Disposition"), "abandonment.csv") {
		t.Errorf("csv has %v", sheet.header)
	}

	book, err := excelize.OpenReader(strings.NewReader(d.do(v, "GET", path+"&format=xlsx", nil).body))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	cells, err := book.GetRows("abandonment")
	if err != nil || len(cells) != 4 || cells[0][3] != "offered" || cells[1][3] != "2" {
		t.Errorf("xlsx is %v, %v", cells, err)
	}
}

func TestCallsBehindANumber(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	v := d.as("supervisor")
	path := "/api/v1/reports/calls?" + morning(d)
	got := get[struct{ Calls []report.Call }](d, v, path+"&outcome=abandoned_queue,abandoned_ringing")
	if len(got.Calls) != 2 || got.Calls[0].Call != "c4" || got.Calls[1].Call != "c3" {
		t.Errorf("calls are %+v", got)
	}
	if one := get[struct{ Calls []report.Call }](d, v, path+"&limit=1&queue=support"); len(one.Calls) != 1 || one.Calls[0].Call != "c5" {
		t.Errorf("the newest at support is %+v", one)
	}
	sheet := d.do(v, "GET", path+"&format=csv", nil)
	if !strings.Contains(sheet.body, `"'=HYPERLINK(""x"")"`) || !strings.Contains(sheet.body, ",+34910000003,") {
		t.Errorf("csv with formulas in it: %s", sheet.body)
	}
	timeline := get[struct{ Timeline []report.Fact }](d, v, "/api/v1/calls/c3")
	if len(timeline.Timeline) != 2 || timeline.Timeline[1].Kind != "queue.left" {
		t.Errorf("timeline is %+v", timeline)
	}
	if got := d.do(v, "GET", "/api/v1/calls/unheard", nil); got.status != http.StatusNotFound || got.sentence() == "" {
		t.Errorf("a call that never was: %v", got)
	}
}

// TestCallsAreFiltered: what the address asks for is what the database is asked for.
func TestCallsAreFiltered(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.books.bounds = []report.Thresholds{{TargetS: 20, ShortS: 5, Zone: "UTC"}, {Queue: "billing", TargetS: 20, ShortS: 5, Zone: "Europe/Madrid"}}
	v := d.as("supervisor")
	if got := d.do(v, "GET", "/api/v1/reports/calls?day=2026-05-04&days=7&queue=billing&outcome=answered,open&after_talk=false&limit=50&dialed=100&entered=main&node=hours"+
		"&weekday=2&minute=570&agent=ann&code=refund&wait_from_s=30&wait_to_s=45&wait_up_to_s=40&told=120-300&origin=overflow&offset=75", nil); got.status != http.StatusOK {
		t.Fatal(got)
	}
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	want := report.CallFilter{Period: report.Period{From: time.Date(2026, 5, 4, 0, 0, 0, 0, madrid), To: time.Date(2026, 5, 11, 0, 0, 0, 0, madrid), Queues: []string{"billing"}},
		Outcomes: []string{"answered", "open"}, Limit: 51, AfterTalk: new(false), Dialed: "100", Entered: "main", Node: "hours", Weekday: new(2), Minute: new(570),
		Zone: "Europe/Madrid", Agent: "ann", Code: "refund", WaitFromS: seconds(30), WaitToS: seconds(45), WaitUpToS: seconds(40),
		Told: &report.Waiting{LowS: 120, HighS: 300}, Origin: "overflow", Offset: 75}
	if got := d.books.filter; !reflect.DeepEqual(got, want) {
		t.Errorf("the filter is %+v, not %+v", got, want)
	}
}

// TestCountedCallsAreAskedFor: a number of another report is of the period that the report
// has: by the clocks of the queue, or of the house.
func TestCountedCallsAreAskedFor(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.books.bounds = []report.Thresholds{{TargetS: 20, ShortS: 5, Zone: "UTC"}, {Queue: "billing", TargetS: 20, ShortS: 5, Zone: "Asia/Seoul"}}
	v := d.as("supervisor")
	for counted, hour := range map[string]int{"callbacks.kept": 15, "people.lost": 15, "handovers.returned": 0, "promises.broken": 0} {
		if got := d.do(v, "GET", "/api/v1/reports/calls?day=2026-05-04&queue=billing&agent=ann&about=bob&entered=main&counted="+counted, nil); got.status != http.StatusOK {
			t.Fatal(got)
		}
		if f := d.books.filter; f.Counted != counted || f.Agent != "ann" || f.About != "bob" || f.Entered != "main" || f.From.UTC().Hour() != hour || f.To.Sub(f.From) != 24*time.Hour || len(f.Queues) != 1 {
			t.Errorf("the filter is %+v", f)
		}
	}
	for _, bad := range []string{"counted=calls", "counted=callbacks.told", "counted=callbacks", "offset=-1"} {
		if got := d.do(v, "GET", "/api/v1/reports/calls?day=2026-05-04&"+bad, nil); got.status != http.StatusBadRequest || got.sentence() == "" {
			t.Errorf("%s: %v", bad, got)
		}
	}
}

func TestCallbacksAreListedAndCancelled(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.sources.callbacks = []web.Callback{{ID: "b1", Number: "+34600000009", State: "waiting"}, {ID: "b2", State: "talking", OnPhone: true}}
	v := d.as("supervisor")
	if got := get[struct{ Callbacks []web.Callback }](d, v, "/api/v1/callbacks"); len(got.Callbacks) != 2 || got.Callbacks[0].ID != "b1" {
		t.Errorf("callbacks are %+v", got)
	}
	for _, c := range []struct {
		id   string
		want int
	}{{"b1", http.StatusNoContent}, {"b1", http.StatusNotFound}, {"b2", http.StatusConflict}} {
		if got := d.do(v, "DELETE", "/api/v1/callbacks/"+c.id, nil); got.status != c.want || got.status != http.StatusNoContent && got.sentence() == "" {
			t.Errorf("cancelling %s: %v", c.id, got)
		}
	}
	if len(d.sources.changes) != 1 || d.sources.changes[0] != "supervisor cancels b1" {
		t.Errorf("who did what: %v", d.sources.changes)
	}
	none := newTestServer(t, func(c *web.Config) { c.Callbacks = nil })
	if got := none.do(none.as("admin"), "GET", "/api/v1/callbacks", nil); got.status != http.StatusNotFound {
		t.Errorf("without callbacks: %v", got)
	}
}

// onlyReports cannot tell how true the announced waits were.
type onlyReports struct{ web.Reports }

func TestWaitAccuracy(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.books.waits = []report.WaitAccuracy{{Queue: "support", Told: 40, Answered: 30, Within: seconds(0.9), ErrorS: seconds(-4.5), LESS: seconds(60)}, {Queue: "sales"}}
	v := d.as("supervisor")
	if got := get[struct{ Queues []report.WaitAccuracy }](d, v, "/api/v1/reports/waits"); len(got.Queues) != 2 || *got.Queues[0].Within != 0.9 || got.Queues[1].ErrorS != nil {
		t.Errorf("accuracy is %+v", got)
	}
	if sheet := d.do(v, "GET", "/api/v1/reports/waits?format=csv", nil); !strings.HasPrefix(sheet.body, "\ufeffqueue,told,answered,within_share,longer,mean_error_s,") || !strings.Contains(sheet.body, "support,40,30,0.9000,0,-4.5000,") {
		t.Errorf("csv is %s", sheet.body)
	}
	none := newTestServer(t, func(c *web.Config) { c.Reports = onlyReports{c.Reports} })
	if got := none.do(none.as("admin"), "GET", "/api/v1/reports/waits", nil); got.status != http.StatusNotFound {
		t.Errorf("without it: %v", got)
	}
}

func TestBadQuestions(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	v := d.as("supervisor")
	for _, path := range []string{
		"summary?from=yesterday", "summary?from=2026-05-04T09:00:00Z&to=2026-05-04T09:00:00Z", "summary?from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z",
		"calls?limit=0", "calls?limit=many", "calls?limit=100001", "calls?format=pdf",
		"abandonment?interval=5m", "abandonment?interval=20m", "abandonment?interval=25h", "abandonment?interval=x",
		"abandonment?interval=15m&from=2026-01-01T00:00:00Z&to=2026-12-31T00:00:00Z",
		"calls?weekday=8", "calls?minute=1440", "calls?wait_from_s=soon", "calls?told=120", "calls?after_talk=perhaps",
		"summary?day=2026-05-04&days=0", "summary?day=2026-05-04&days=401", "summary?day=2026-05-04&days=x",
	} {
		if got := d.do(v, "GET", "/api/v1/reports/"+path, nil); got.status != http.StatusBadRequest || got.sentence() == "" {
			t.Errorf("%s: %v", path, got)
		}
	}
	d.books.fail = errAway
	if got := d.do(v, "GET", "/api/v1/reports/summary", nil); got.status != http.StatusServiceUnavailable || strings.Contains(got.body, "database") {
		t.Errorf("without a database: %v", got)
	}
}

func TestLiveEvents(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	req, err := http.NewRequestWithContext(t.Context(), "GET", d.server.URL+"/api/v1/live/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := d.as("supervisor").Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if kind := resp.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatalf("events come as %s", kind)
	}
	in := bufio.NewScanner(resp.Body)
	next := func() (l web.Live) {
		for in.Scan() {
			if data, ok := bytes.CutPrefix(in.Bytes(), []byte("data: ")); ok {
				if err := json.Unmarshal(data, &l); err != nil {
					t.Fatal(err)
				}
				return l
			}
		}
		t.Fatalf("the events ended: %v", in.Err())
		return l
	}
	if first := next(); first.Queues == nil || first.Agents == nil || first.Now.IsZero() {
		t.Fatalf("at first: %+v", first)
	}
	for n := range int64(100) { // many changes make few events, the last of which tells the newest
		d.floor.set(func(l *web.Live) {
			l.Reported = n + 1
			l.Queues = []call.QueueNow{{Name: "support", Waiting: []call.CallerNow{{Call: "c", Number: "1", Since: nine}}}}
		})
	}
	events := 1
	for l := next(); l.Reported != 100; l = next() {
		events++
	}
	d.floor.mu.Lock()
	asked := d.floor.asked
	d.floor.mu.Unlock()
	if events > 4 || asked > 5 {
		t.Fatalf("100 changes at once made %d events and %d questions", events, asked)
	}
	d.pages.Close() // the server goes down; the page must be let go
	for in.Scan() {
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	var reasons []string
	var dead error
	warnings := []string{"the disk is full"}
	d := newTestServer(t, func(c *web.Config) {
		c.Ready, c.Warn, c.Alive = readiness(&reasons), readiness(&warnings), func(context.Context) error { return dead }
	})
	if got := d.do(d.visitor(), "GET", "/healthz", nil); got.status != http.StatusOK {
		t.Errorf("healthz: %v", got)
	}
	dead = errors.New("nothing is decided")
	if got := d.do(d.visitor(), "GET", "/healthz", nil); got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "nothing is decided") {
		t.Errorf("healthz: %v", got)
	}
	if got := d.do(d.visitor(), "GET", "/readyz", nil); got.status != http.StatusOK || got.body != `{"ready":true,"reasons":[],"warnings":["the disk is full"]}`+"\n" {
		t.Errorf("readyz: %v", got)
	}
	reasons = []string{"Asterisk does not answer"}
	if got := d.do(d.visitor(), "GET", "/readyz", nil); got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "Asterisk") {
		t.Errorf("readyz: %v", got)
	}
}

// twoZones are two queues in two zones, with bounds of their own.
var twoZones = []report.Thresholds{{TargetS: 20, ShortS: 5, Zone: "UTC"},
	{Queue: "billing", TargetS: 100, ShortS: 5, Zone: "Europe/Madrid"}, {Queue: "support", TargetS: 20, ShortS: 10, Zone: "Asia/Kathmandu"}}

// TestTargetOfEachQueue: each queue is measured by its own bounds, and every
// answer says which they were.
func TestTargetOfEachQueue(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.books.bounds, d.books.counts = twoZones, report.CallCounts{Calls: 5, Answered: 2, Abandoned: 1, Open: 1}
	v := d.as("supervisor")
	type summary struct {
		Target *float64 `json:"target_s"`
		Total  report.Row
		Queues []report.Row
		Calls  struct {
			Calls       int
			AbandonRate *float64 `json:"abandon_rate"`
		}
	}
	got := get[summary](d, v, "/api/v1/reports/summary?"+morning(d))
	billing, support := got.Queues[0], got.Queues[1]
	if *billing.TargetS != 100 || *billing.ServiceLevel != 2.0/3 || *support.TargetS != 20 || *support.ShortS != 10 || got.Target != nil || got.Total.TargetS != nil {
		t.Errorf("billing is measured %+v, support %+v, together %+v", billing, support, got.Target)
	}
	if got.Calls.Calls != 5 || *got.Calls.AbandonRate != 0.25 {
		t.Errorf("calls are %+v", got.Calls)
	}
	// Only one queue has visits: then that is the target.
	if one := get[summary](d, v, "/api/v1/reports/summary?from=2026-05-04T09:00:00Z&to=2026-05-04T09:10:00Z"); one.Target == nil || *one.Target != 100 {
		t.Errorf("of one queue the target is %v", one.Target)
	}
	sheet := d.do(v, "GET", "/api/v1/reports/abandonment?format=csv&"+morning(d), nil)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(sheet.body, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := func(row []string, column string) string { return row[slices.Index(rows[0], column)] }
	if at(rows[1], "queue") != "billing" || at(rows[1], "target_s") != "100" || at(rows[1], "short_s") != "5" || at(rows[1], "zone") != "Europe/Madrid" ||
		at(rows[1], "local_start") != "2026-05-04T11:00:00+02:00" || at(rows[1], "sl_negative") != "1.0000" {
		t.Errorf("the export has %v", rows[1])
	}
}

// TestDayOfAQueue: a day in the queue's zone has 46, 48 or 50 half hours, each
// once, from midnight to midnight, also where nobody called.
func TestDayOfAQueue(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.books.bounds = twoZones
	v := d.as("supervisor")
	d.books.add( // the hour that comes twice in Madrid: 2:15 and 2:15
		report.Call{Call: "s", At: time.Date(2026, 10, 25, 0, 15, 0, 0, time.UTC), Queue: "billing", Outcome: "answered"},
		report.Call{Call: "w", At: time.Date(2026, 10, 25, 1, 15, 0, 0, time.UTC), Queue: "billing", Outcome: "abandoned_queue"},
		report.Call{Call: "next", At: time.Date(2026, 10, 25, 23, 0, 0, 0, time.UTC), Queue: "billing", Outcome: "answered"})
	for day, want := range map[string]int{"2026-03-29": 46, "2026-05-04": 48, "2026-10-25": 50} {
		got := get[struct{ Rows []report.Row }](d, v, "/api/v1/reports/abandonment?interval=30m&queue=billing&day="+day)
		if len(got.Rows) != want {
			t.Errorf("%s has %d half hours, want %d", day, len(got.Rows), want)
			continue
		}
		starts := map[string]int{}
		for i, r := range got.Rows {
			starts[r.Start.Format(time.RFC3339)]++
			if i > 0 && !r.Start.Equal(*got.Rows[i-1].End) || r.Queue != "billing" {
				t.Errorf("the row %+v does not follow the one before", r)
			}
		}
		if first := got.Rows[0].Start.Format(time.RFC3339); len(starts) != want || !strings.HasPrefix(first, day+"T00:00:00+0") {
			t.Errorf("%s begins at %s and has %d labels", day, first, len(starts))
		}
	}
	autumn := get[struct{ Rows []report.Row }](d, v, "/api/v1/reports/abandonment?interval=30m&queue=billing&day=2026-10-25").Rows
	if autumn[4].Answered != 1 || autumn[4].Start.Format(time.RFC3339) != "2026-10-25T02:00:00+02:00" ||
		autumn[6].Abandoned != 1 || autumn[6].Start.Format(time.RFC3339) != "2026-10-25T02:00:00+01:00" {
		t.Errorf("the two hours are %+v and %+v", autumn[4], autumn[6])
	}
	// All queues: each by its own midnight.
	all := get[struct{ Rows []report.Row }](d, v, "/api/v1/reports/abandonment?interval=30m&day=2026-05-04").Rows
	first := map[string]string{}
	for _, r := range all {
		if first[r.Queue] == "" {
			first[r.Queue] = r.Start.Format(time.RFC3339)
		}
	}
	if len(all) != 96 || first["billing"] != "2026-05-04T00:00:00+02:00" || first["support"] != "2026-05-04T00:00:00+05:45" {
		t.Errorf("%d rows, which begin %v", len(all), first)
	}
	sum := get[struct {
		Total  report.Row
		Queues []report.Row
	}](d, v, "/api/v1/reports/summary?day=2026-10-25")
	if sum.Total.Offered != 2 || len(sum.Queues) != 1 || sum.Queues[0].End.Sub(*sum.Queues[0].Start) != 25*time.Hour {
		t.Errorf("the day in sum is %+v", sum)
	}
	for _, bad := range []string{"day=today", "day=2026-02-30", "day=2026-05-04&from=2026-05-04T00:00:00Z"} {
		if got := d.do(v, "GET", "/api/v1/reports/abandonment?"+bad, nil); got.status != http.StatusBadRequest || got.sentence() == "" {
			t.Errorf("%s: %v", bad, got)
		}
	}
}

// TestSomeDays: days in a row are from the first midnight to the last, also where
// the clocks are set.
func TestSomeDays(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.books.bounds = []report.Thresholds{{TargetS: 20, ShortS: 5, Zone: "Europe/Madrid"}, {Queue: "billing", TargetS: 20, ShortS: 5, Zone: "Europe/Madrid"}}
	for _, at := range []string{"2026-10-23T21:30:00Z", "2026-10-23T22:30:00Z", "2026-10-25T22:30:00Z", "2026-10-25T23:30:00Z"} { // the 23rd, 24th, 25th and 26th
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		d.books.add(report.Call{At: when, Call: at, Queue: "billing", Outcome: "answered"})
	}
	v := d.as("supervisor")
	for _, name := range []string{"summary?", "compare?by=day&"} {
		got := get[struct {
			From, To time.Time
			Total    struct {
				Offered int
				Now     report.Row
			}
		}](d, v, "/api/v1/reports/"+name+"day=2026-10-24&days=2")
		if got.Total.Offered+got.Total.Now.Offered != 2 || got.To.Sub(got.From) != 49*time.Hour {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := d.do(v, "GET", "/api/v1/reports/compare?day=2026-10-24&days=0", nil); got.status != http.StatusBadRequest {
		t.Errorf("no days: %v", got)
	}
}

// TestWhatIsCutOffIsSaid: a file has every call, and an answer that has not
// says so; a file begins with a byte-order mark unless asked not to.
func TestWhatIsCutOffIsSaid(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	v := d.as("supervisor")
	for i := range 279 {
		d.books.visits = append(d.books.visits, report.Call{At: time.Now().Add(-time.Minute), Call: "x" + strconv.Itoa(i), Queue: "q279", Outcome: "answered", Number: "+34910000003"})
	}
	for path, want := range map[string]struct {
		rows      int
		truncated string
	}{
		"?queue=q279&format=csv&bom=0":           {279, "false"},
		"?queue=q279&format=csv&bom=0&limit=279": {279, "false"},
		"?queue=q279&format=csv&bom=0&limit=100": {100, "true"},
	} {
		sheet := d.do(v, "GET", "/api/v1/reports/calls"+path, nil)
		rows, err := csv.NewReader(strings.NewReader(sheet.body)).ReadAll()
		if err != nil || len(rows) != want.rows+1 || rows[0][0] != "at" || sheet.header.Get("X-Truncated") != want.truncated {
			t.Errorf("%s: %d rows, truncated %q, %v", path, len(rows)-1, sheet.header.Get("X-Truncated"), err)
		}
	}
	if list := get[struct {
		Calls     []report.Call
		Truncated bool
	}](d, v, "/api/v1/reports/calls?queue=q279"); len(list.Calls) != 200 || !list.Truncated {
		t.Errorf("%d calls, truncated %v", len(list.Calls), list.Truncated)
	}
	if sheet := d.do(v, "GET", "/api/v1/reports/calls?format=csv", nil); !strings.HasPrefix(sheet.body, "\ufeffat,") {
		t.Errorf("the file begins with %.20q", sheet.body)
	}
	for _, bad := range []string{"limit=0", "limit=100001"} {
		if got := d.do(v, "GET", "/api/v1/reports/calls?"+bad, nil); got.status != 400 {
			t.Errorf("%s: %d", bad, got.status)
		}
	}
	if got := d.do(v, "GET", "/api/v1/reports/calls?from=2026-01-01T00:00:00+02:00", nil); got.status != 400 || !strings.Contains(got.body, "2026-01-01T00:00:00%2B02:00") {
		t.Errorf("a plus that became a blank: %d %s", got.status, got.body)
	}
}
