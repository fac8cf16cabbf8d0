package web_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/report"
	"presszero/report/patience"
	"presszero/report/staffing"
	"presszero/web"
)

// leaderOf is a supervisor of these queues.
func leaderOf(d *testServer, queues ...string) *http.Client {
	d.t.Helper()
	if err := d.users.change("supervisor", func(u *web.User) { u.Queues = queues }); err != nil {
		d.t.Fatal(err)
	}
	return d.as("supervisor")
}

// TestCompareAnswers: every way to compare a span is described, is of the user's
// queues, and adds up.
func TestCompareAnswers(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	span := morning(d)
	d.books.figures.dialed = []report.Counted{
		{Tally: report.Tally{Queue: "billing", Start: nine, Outcome: "answered", Visits: 2}, Group: "+34910000100"},
		{Tally: report.Tally{Queue: "support", Start: nine, Outcome: "open", Visits: 1}, Group: "+34910000100"}}
	all, mine := d.as("admin"), leaderOf(d, "billing")
	type answer struct {
		By, Zone string
		Total    report.Compared
		Rows     []report.Compared
	}
	for by, want := range map[string][2]int{"queue": {5, 3}, "halfhour": {5, 3}, "day": {5, 3}, "heat": {5, 3}, "dialed": {3, 2}} {
		if got := get[answer](d, all, "/api/v1/reports/compare?by="+by+"&"+span); got.Total.Now.Offered != want[0] || got.Zone != "UTC" || got.By != by || len(got.Rows) == 0 {
			t.Errorf("by %s: %+v", by, got)
		}
		got := get[answer](d, mine, "/api/v1/reports/compare?by="+by+"&"+span)
		sum := 0
		for _, r := range got.Rows {
			sum += r.Now.Offered
		}
		if got.Total.Now.Offered != want[1] || sum != want[1] {
			t.Errorf("by %s the leader of billing sees %d callers, %d in the rows", by, got.Total.Now.Offered, sum)
		}
	}
	if got := get[answer](d, all, "/api/v1/reports/compare?"+span); got.By != "queue" || got.Rows[1].Before == nil || got.Rows[1].Before.Answered != 1 {
		t.Errorf("the hour before is %+v", got.Rows)
	}
	for _, path := range []string{"?by=nothing", "?by=halfhour&from=2026-01-01T00:00:00Z&to=2026-12-31T00:00:00Z", "?day=monday", "?day=2026-05-04&from=2026-05-04T00:00:00Z"} {
		if got := d.do(all, "GET", "/api/v1/reports/compare"+path, nil); got.status != http.StatusBadRequest {
			t.Errorf("%s: %v", path, got)
		}
	}
	file := d.do(all, "GET", "/api/v1/reports/compare?format=csv&bom=0&"+span, nil)
	rows, err := csv.NewReader(strings.NewReader(file.body)).ReadAll()
	if err != nil || len(rows) != 7 || rows[0][0] != "group" || rows[1][3] != "now" || len(rows[1]) != len(report.ComparedColumns) {
		t.Errorf("the file is %v, %v", rows, err)
	}
}

// TestFiguresByRight: a leader asks only about her queues, and another one is not
// there.
func TestFiguresByRight(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	p, rate := 3.0, 0.5
	d.books.figures = figureBook{
		spreads:  []report.WaitSpread{{Queue: "billing", Outcome: "answered", Visits: 1, Counts: make([]int, len(report.WaitEdges))}, {Queue: "support", Outcome: "abandoned", Counts: make([]int, len(report.WaitEdges))}},
		balances: []report.Balance{{Queue: "billing", Entered: 1, Answered: 1}, {Queue: "support"}},
		told:     []report.Told{{Visits: 2, P50S: &p}, {Low: &p, High: &p, Visits: 1, Longer: 1, LongerShare: &rate}},
	}
	v := leaderOf(d, "billing")
	for _, name := range figureRoutes {
		path := "/api/v1/reports/" + name
		mark := len(d.books.figures.asked)
		if got := d.do(v, "GET", path+"?day=2026-05-04", nil); got.status != http.StatusOK || strings.Contains(got.body, `"support"`) {
			t.Errorf("%s: %v", name, got)
		}
		for _, q := range d.books.figures.asked[mark:] {
			if len(q.Queues) != 1 || q.Queues[0] != "billing" {
				t.Errorf("%s asked about %v", name, q.Queues)
			}
		}
		if got := d.do(v, "GET", path+"?queue=support", nil); got.status != http.StatusNotFound || got.sentence() == "" {
			t.Errorf("%s of a foreign queue: %v", name, got)
		}
		for _, format := range []string{"csv", "xlsx"} {
			if got := d.do(v, "GET", path+"?format="+format, nil); got.status != http.StatusOK || !strings.Contains(got.header.Get("Content-Disposition"), "."+format) {
				t.Errorf("%s as %s: %v", name, format, got)
			}
		}
		d.books.fail = errAway
		if got := d.do(v, "GET", path, nil); got.status != http.StatusServiceUnavailable {
			t.Errorf("%s while the database is away: %v", name, got)
		}
		d.books.fail = nil
	}
}

// figureRoutes are the reports that look at waits as a whole.
var figureRoutes = []string{"distribution", "ends", "told", "patience", "people", "callbacks", "messages", "agents"}

// TestPatienceAnswer: the answer has the curve, what became of callers, and when they
// were told how long it takes; of too few callers there is no curve.
func TestPatienceAnswer(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	v := d.as("supervisor")
	type answer struct {
		Visits, Abandoned int
		Mean              *float64 `json:"mean_s"`
		Median            *float64 `json:"median_s"`
		End               float64  `json:"end_s"`
		Restricted        *float64 `json:"restricted_mean_s"`
		Rows              []patience.Point
		Hazard            []patience.Bin
		Told              []report.TellingTime
		Incidence         []patience.Became
	}
	if got := get[answer](d, v, "/api/v1/reports/patience"); got.Visits != 0 || got.Mean != nil || got.Restricted != nil || len(got.Rows)+len(got.Hazard)+len(got.Incidence) != 0 {
		t.Errorf("of nobody: %+v", got)
	}
	d.books.figures.waits = []patience.Wait{{S: 10, End: patience.Answered, N: 60}, {S: 12, End: patience.Abandoned, N: 20}, {S: 40, End: patience.Callback, N: 40}}
	d.books.figures.times = []report.TellingTime{{FromS: 10, Calls: 50}}
	got := get[answer](d, v, "/api/v1/reports/patience")
	if got.Visits != 120 || got.Abandoned != 20 || *got.Mean != 122 || got.Median != nil || got.End != 40 || len(got.Rows) != 1 || got.Rows[0].AtRisk != 60 ||
		len(got.Hazard) != 8 || got.Hazard[2].Abandoned != 20 || got.Told[0].Calls != 50 || len(got.Incidence) != 3 || got.Incidence[2].Answered != 0.5 {
		t.Errorf("%+v", got)
	}
}

// TestPeopleAnswer: what became of those who gave up, in all windows and the one that
// is asked for, with the money and the trial of that one.
func TestPeopleAnswer(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.books.figures.values = []report.LostValue{{Queue: "billing", Control: 0.1, Value: 40, Buy: 0.25}, {Queue: "support", Value: 9, Buy: 1}}
	d.books.figures.withheld = report.Withheld{Abandoned: 30, Withheld: 3}
	for _, h := range []float64{2, 4, 24, 72, 168} {
		d.books.figures.lostOf = append(d.books.figures.lostOf, report.LostCount{Hours: h, Queue: "billing", People: 9, Served: 6, Lost: 3},
			report.LostCount{Hours: h, Queue: "billing", LeftAlone: true, People: 1, Lost: 1}, report.LostCount{Hours: h, Queue: "support", People: 5, Lost: 5})
	}
	type answer struct {
		Hours    float64
		Withheld report.Withheld
		Rows     []report.PeopleRow
		Trials   []report.Trial
		AtStake  []report.AtStake `json:"at_stake"`
	}
	got := get[answer](d, d.as("admin"), "/api/v1/reports/people?hours=2")
	if got.Hours != 2 || len(got.Rows) != 15 || got.Rows[0].People != 15 || len(got.Trials) != 1 || *got.Trials[0].Difference < 0.66 || len(got.AtStake) != 2 || got.AtStake[0].People != 10 || !got.AtStake[0].Prior || got.Withheld.Withheld != 3 {
		t.Errorf("%+v", got)
	}
	got = get[answer](d, leaderOf(d, "support"), "/api/v1/reports/people")
	if got.Hours != 24 || len(got.Rows) != 8 || got.Rows[0].People != 5 || len(got.Trials) != 0 || len(got.AtStake) != 1 || got.AtStake[0].Queue != "support" {
		t.Errorf("the leader of support sees %+v", got)
	}
	for _, hours := range []string{"0", "-1", "NaN", "9999", "x"} {
		if got := d.do(d.as("admin"), "GET", "/api/v1/reports/people?hours="+hours, nil); got.status != http.StatusBadRequest {
			t.Errorf("%s hours: %v", hours, got)
		}
	}
}

// TestLostList: leaders see the lost of their queues, and have one called back unless
// the caller is left alone, is promised a call, or is of a foreign queue.
func TestLostList(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.books.bounds = []report.Thresholds{{Zone: "UTC"}, {Queue: "billing", Zone: "UTC"}, {Queue: "support", Zone: "UTC"}}
	now := time.Now()
	d.books.figures.lost = []report.LostCaller{{Key: "k1", Number: "+34910000001", Queue: "billing", Call: "c1", At: now}, {Key: "k2", Queue: "billing", At: now, LeftAlone: true},
		{Key: "k3", Queue: "billing", At: now, Callback: true}, {Key: "k4", Queue: "support", At: now}}
	type answer struct {
		Rows []report.LostCaller
		More bool
	}
	v := leaderOf(d, "billing")
	if got := get[answer](d, v, "/api/v1/people/lost"); len(got.Rows) != 3 || got.More {
		t.Errorf("%+v", got)
	}
	few := len(d.books.figures.lost)
	for i := range 600 {
		d.books.figures.lost = append(d.books.figures.lost, report.LostCaller{Key: fmt.Sprint("k", i), Queue: "billing", At: time.Now().Add(-2 * time.Hour)})
	}
	if got := get[answer](d, v, "/api/v1/people/lost"); len(got.Rows) != 500 || !got.More {
		t.Errorf("of 603 lost the page has %d, more: %v", len(got.Rows), got.More)
	}
	if got := strings.Count(d.do(v, "GET", "/api/v1/people/lost?format=csv", nil).body, "\n"); got != 604 {
		t.Errorf("of 603 lost the file has %d lines", got)
	}
	d.books.figures.lost = d.books.figures.lost[:few]
	if got := get[answer](d, d.as("admin"), "/api/v1/people/lost?hours=1&queue=support"); len(got.Rows) != 1 {
		t.Errorf("%+v", got)
	}
	if got := d.do(v, "GET", "/api/v1/people/lost?format=csv&bom=0", nil); !strings.HasPrefix(got.body, "at,queue,number") {
		t.Errorf("%v", got)
	}
	order := func(key, queue, note string) response {
		return (d.do(v, "POST", "/api/v1/people/lost/"+key+"/callback", map[string]string{"queue": queue, "note": note}))
	}
	for _, c := range []struct {
		key, queue, note string
		status           int
	}{
		{"k1", "", " Say sorry ", http.StatusOK}, {"k1", "billing", "", http.StatusOK}, {"k1", "support", "", http.StatusNotFound}, {"k1", "sales", "", http.StatusNotFound},
		{"k2", "", "", http.StatusConflict}, {"k3", "", "", http.StatusConflict}, {"k4", "", "", http.StatusNotFound}, {"k9", "", "", http.StatusNotFound},
		{"k1", "", strings.Repeat("x", 501), http.StatusUnprocessableEntity},
	} {
		if got := order(c.key, c.queue, c.note); got.status != c.status {
			t.Errorf("%+v: %v", c, got)
		}
	}
	if want := []string{"k1 billing Say sorry supervisor", "k1 billing  supervisor"}; !slices.Equal(d.lost.ordered, want) {
		t.Errorf("ordered are %q", d.lost.ordered)
	}
	d.lost.fail = web.Unfit("No calls leave this site.")
	if got := order("k1", "", ""); got.status != http.StatusUnprocessableEntity {
		t.Errorf("%v", got)
	}
	acts := d.acts.acts
	if last := acts[len(acts)-1]; last.What != "lost.callback" || !strings.Contains(string(last.Detail), `"cb1"`) {
		t.Errorf("the audit has %+v", last)
	}
}

// response is an answer of the server, where answer is what it tells.
type response = answer

// TestStaffingAnswer: a queue's plan is of its own past, and the plan of a day can be
// taken into a calendar.
func TestStaffingAnswer(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.books.bounds = []report.Thresholds{{Zone: "UTC"}, {Queue: "billing", Zone: "Europe/Madrid"}, {Queue: "support", Zone: "UTC"}}
	d.books.figures.goals = map[string]staffing.Goal{"billing": {TargetS: 20, Share: 0.8, Occupancy: 0.85, Shrinkage: 0.3}, "support": {TargetS: 20, Share: 0.8}}
	d.books.figures.handling = report.Handling{Calls: 900, MeanS: 180}
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	for week := 1; week <= 8; week++ { // 100 callers at ten on Mondays
		at := time.Date(2026, 5, 4-7*week, 10, 0, 0, 0, madrid)
		for range 100 {
			d.books.add(report.Call{Call: "c", At: at.UTC(), Queue: "billing", Outcome: "answered", QueueS: 4})
		}
		d.books.figures.present = append(d.books.figures.present, report.PresentAt{Start: at.UTC(), Agents: 12})
	}
	type answer struct {
		Zone     string
		Patience float64 `json:"patience_s"`
		Measured bool    `json:"patience_measured"`
		Rows     []staffing.HalfHour
	}
	v := leaderOf(d, "billing")
	got := get[answer](d, v, "/api/v1/reports/staffing?queue=billing&from=2026-05-04")
	if len(got.Rows) != 7*48 || got.Zone != "Europe/Madrid" || got.Patience != 300 || got.Measured {
		t.Fatalf("%d half hours in %s, patience %v", len(got.Rows), got.Zone, got.Patience)
	}
	if ten := got.Rows[20]; ten.Callers != 100 || ten.Needed < 12 || ten.Needed > 14 || ten.Bound != 14 || *ten.Present != 12 || *ten.Within < 0.7 || got.Rows[0].Needed != 0 {
		t.Errorf("at ten: %+v", ten)
	}
	d.books.figures.waits = []patience.Wait{{S: 10, End: patience.Answered, N: 500}, {S: 60, End: patience.Abandoned, N: 100}, {S: 200, End: patience.Answered, N: 50}}
	if got := get[answer](d, v, "/api/v1/reports/staffing?queue=billing&from=2026-05-04"); !got.Measured || got.Patience != 210 {
		t.Errorf("the patience is %v, measured %v", got.Patience, got.Measured)
	}
	if got := get[answer](d, v, "/api/v1/reports/staffing?queue=billing"); len(got.Rows) != 7*48 && len(got.Rows) != 7*48+2 && len(got.Rows) != 7*48-2 {
		t.Errorf("from today on there are %d half hours", len(got.Rows))
	}
	for path, status := range map[string]int{"staffing": 404, "staffing?queue=support": 404, "staffing?queue=nobodys": 404, "staffing?queue=billing&from=monday": 400, "staffing/plan?queue=support": 404, "staffing/plan?queue=billing&format=pdf": 400} {
		if got := d.do(v, "GET", "/api/v1/reports/"+path, nil); got.status != status {
			t.Errorf("%s: %v", path, got)
		}
	}
	file := d.do(v, "GET", "/api/v1/reports/staffing?queue=billing&from=2026-05-04&format=csv&bom=0", nil)
	if rows, err := csv.NewReader(strings.NewReader(file.body)).ReadAll(); err != nil || len(rows) != 1+7*48 || rows[21][12] != "2026-05-04T10:00:00+02:00" {
		t.Errorf("the file has %d rows, %v", len(rows), err)
	}
	table := d.do(v, "GET", "/api/v1/reports/staffing/plan?queue=billing&day=2026-05-04&format=csv&bom=0", nil)
	if !strings.Contains(table.body, "2026-05-04T08:00:00Z,2026-05-04T08:30:00Z,1") {
		t.Errorf("the plan is %v", table)
	}
	get[struct{ Rows []staffing.Block }](d, v, "/api/v1/reports/staffing/plan?queue=billing&day=2026-05-04")
	calendar := d.do(v, "GET", "/api/v1/reports/staffing/plan?queue=billing&day=2026-05-04&format=ics", nil)
	for _, line := range []string{"BEGIN:VCALENDAR", "DTSTART:20260504T080000Z", "DTEND:20260504T083000Z", "SUMMARY:billing: 1", "UID:20260504T0800Z-billing@presszero"} {
		if !strings.Contains(calendar.body, line) {
			t.Errorf("the calendar has no %q: %s", line, calendar.body)
		}
	}
	d.books.fail = errAway
	if got := d.do(v, "GET", "/api/v1/reports/staffing?queue=billing", nil); got.status != http.StatusServiceUnavailable {
		t.Errorf("while the database is away: %v", got)
	}
}

// TestRehearsals: a leader rehearses the planned day of an own queue, changed, one at a
// time.
func TestRehearsals(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.books.bounds = []report.Thresholds{{Zone: "UTC"}, {Queue: "billing", Zone: "UTC"}, {Queue: "support", Zone: "UTC"}}
	d.books.figures.handling = report.Handling{Calls: 900, MeanS: 100}
	for week := 1; week <= 8; week++ {
		at := time.Date(2026, 5, 4-7*week, 10, 0, 0, 0, time.UTC)
		for range 10 {
			d.books.add(report.Call{Call: "c", At: at, Queue: "billing", Outcome: "answered"})
		}
		d.books.figures.present = append(d.books.figures.present, report.PresentAt{Start: at, Agents: 3})
	}
	v := leaderOf(d, "billing")
	begin := func(more map[string]any) response {
		ask := map[string]any{"queue": "billing", "day": "2026-05-04"}
		for k, value := range more {
			ask[k] = value
		}
		return response(d.do(v, "POST", "/api/v1/rehearsals", ask))
	}
	for _, c := range []struct {
		more   map[string]any
		status int
	}{
		{map[string]any{"queue": "support"}, http.StatusNotFound}, {map[string]any{"queue": ""}, http.StatusNotFound}, {map[string]any{"day": "x"}, http.StatusBadRequest},
		{map[string]any{"agents": "all"}, http.StatusUnprocessableEntity}, {map[string]any{"callers": 11}, http.StatusUnprocessableEntity}, {map[string]any{"handle": -1}, http.StatusUnprocessableEntity},
		{map[string]any{"more": 1001}, http.StatusUnprocessableEntity}, {map[string]any{"day": "2026-05-05"}, http.StatusUnprocessableEntity}, {map[string]any{"more": -50}, http.StatusUnprocessableEntity},
		{map[string]any{"agents": "present", "more": 2, "callers": 1.5, "handle": 2}, http.StatusAccepted}, {nil, http.StatusConflict},
	} {
		if got := begin(c.more); got.status != c.status {
			t.Errorf("%v: %v", c.more, got)
		}
	}
	if got := d.rehearsals.days; len(got) != 1 || got[0].HandleS != 200 || got[0].PatienceS != 300 || len(got[0].Agents) != 48 || got[0].Agents[20] != 5 || got[0].Callers[20] != 15 || got[0].Agents[0] != 0 {
		t.Errorf("rehearsed is %+v", got)
	}
	share := 0.9
	d.rehearsals.list[0].State, d.rehearsals.list[0].Result = "done", &web.RehearsalResult{Calls: 15, ServiceLevel: &share}
	if got := get[web.Rehearsal](d, v, "/api/v1/rehearsals/r1"); *got.Result.ServiceLevel != 0.9 {
		t.Errorf("%+v", got)
	}
}
