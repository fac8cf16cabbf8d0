package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"presszero/report"
)

type recordingPage struct {
	Recordings []report.Recording
	Before     string
}

func (p recordingPage) ids() string {
	var ids []string
	for _, r := range p.Recordings {
		ids = append(ids, r.ID)
	}
	return strings.Join(ids, " ")
}

// TestSearchForRecordings: what is asked reaches the search as it is meant, and what cannot be
// meant is refused with a sentence.
func TestSearchForRecordings(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	v := leaderOf(d, "support", "billing")
	const month = "from=2026-05-01T00:00:00Z&to=2026-05-31T00:00:00Z"
	get[recordingPage](d, v, "/api/v1/recordings?number=%2B34+600+000+001&name=+An+&agent=ann&queue=support&outcome=answered&code=bill&note=refund&length_from_s=60&length_to_s=90&absent=true&"+month)
	f := d.recorded.asked
	if len(f.Numbers) != 1 || f.Digits != "" || f.Name != "An" || f.Agent != "ann" || f.Queue != "support" || f.Outcome != "answered" || f.Code != "bill" || f.Note != "refund" ||
		*f.LengthFromS != 60 || *f.LengthToS != 90 || !f.Absent || len(f.Queues) != 2 || f.From.Month() != time.May {
		t.Errorf("%+v", f)
	}
	get[recordingPage](d, v, "/api/v1/recordings?number=0001&"+month)
	if f := d.recorded.asked; f.Digits != "0001" || len(f.Numbers) != 0 {
		t.Errorf("%+v", f)
	}
	d.books.bounds = []report.Thresholds{{Zone: "Europe/Madrid"}}
	get[recordingPage](d, v, "/api/v1/recordings?from=2026-05-04&to=2026-05-04")
	if f := d.recorded.asked; f.From.UTC().Format(time.RFC3339) != "2026-05-03T22:00:00Z" || f.To.Sub(f.From) != 24*time.Hour {
		t.Errorf("a day is from %s to %s", f.From, f.To)
	}
	for query, want := range map[string]int{
		"number=0001": http.StatusUnprocessableEntity, "number=01&" + month: http.StatusUnprocessableEntity, "from=yesterday": http.StatusBadRequest,
		"length_from_s=x": http.StatusBadRequest, "before=x": http.StatusBadRequest, "queue=sales": http.StatusNotFound,
		"number=0001&from=2026-05-01T00:00:00Z&to=2026-07-31T00:00:00Z": http.StatusUnprocessableEntity,
	} {
		if a := d.do(v, "GET", "/api/v1/recordings?"+query, nil); a.status != want || a.sentence() == "" {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
	}
	for i := range 51 {
		d.recorded.talked(string(rune('z'-i/26))+string(rune('z'-i%26)), "support", 1)
	}
	first := get[recordingPage](d, v, "/api/v1/recordings")
	if len(first.Recordings) != 50 || first.Before == "" {
		t.Fatalf("%d recordings, then %q", len(first.Recordings), first.Before)
	}
	if next := get[recordingPage](d, v, "/api/v1/recordings?before="+strings.ReplaceAll(first.Before, " ", "+")); len(next.Recordings) != 1 || next.Before != "" {
		t.Errorf("the next page has %d, then %q", len(next.Recordings), next.Before)
	}
}

// TestSearchesAreAudited: who looks for somebody, by number or name, stands in the audit once,
// and there is neither the number nor the name.
func TestSearchesAreAudited(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	v := leaderOf(d, "support")
	const month = "from=2026-05-01T00:00:00Z&to=2026-05-31T00:00:00Z"
	for range 2 { // a page asks each minute
		for _, query := range []string{"recordings", "recordings?queue=support&note=refund", "recordings?number=%2B34+600+000+137", "recordings?number=0137&" + month, "recordings?name=quux",
			"recordings?name=quux&before=2026-05-01T00:00:00Z+x", "callers", "callers?number=%2B34600000137", "callers?number=600"} {
			get[map[string]any](d, v, "/api/v1/"+query)
		}
	}
	if a := d.do(v, "GET", "/api/v1/recordings?number=01", nil); a.status != http.StatusUnprocessableEntity {
		t.Errorf("too few digits: %d", a.status)
	}
	var told []string
	for _, a := range d.acts.acts {
		told = append(told, a.Who+" "+a.What+" "+string(a.Detail))
	}
	want := []string{`{"caller":"key of +34 600 000 137","number":"…137"}`, `{"number":"…137"}`, `{"name":"Q…"}`, `{"caller":"key of +34600000137","number":"…137"}`, `{"number":"…600"}`}
	for i, what := range []string{"recording", "recording", "recording", "caller", "caller"} {
		if want[i] = "supervisor " + what + ".search " + want[i]; len(told) != len(want) || told[i] != want[i] {
			t.Fatalf("the audit has\n%s\nand no\n%s", strings.Join(told, "\n"), want[i])
		}
	}
}
