package web_test

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"

	"presszero/report"
	"presszero/report/patience"
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
var figureRoutes = []string{"distribution", "ends", "told", "patience"}

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
