package web_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"presszero/report"
	"presszero/web"
)

// TestFilesAreWhole: a file has every call once, in order, however many there are and however many
// came at the same instant.
func TestFilesAreWhole(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	v := d.as("supervisor")
	began, n := time.Now().Add(-20*time.Hour).Truncate(time.Microsecond), 0
	for _, same := range []int{4990, 30, 12_000, 1, 5000, 700} { // calls of one instant
		began = began.Add(time.Hour)
		for range same {
			d.books.visits = append(d.books.visits, report.Call{At: began, Call: fmt.Sprintf("x%06d", n), Queue: "q", Outcome: "answered", Number: "+34910000003"})
			n++
		}
	}
	inOrder := func(what string, calls []string) {
		t.Helper()
		if len(calls) != n {
			t.Fatalf("%s: %d calls of %d", what, len(calls), n)
		}
		for i, c := range calls {
			if want := fmt.Sprintf("x%06d", n-1-i); c != want {
				t.Fatalf("%s: call %d is %s, want %s", what, i, c, want)
			}
		}
	}
	for _, counted := range []string{"", "&counted=callbacks.kept"} {
		var calls []string
		got := d.do(v, "GET", "/api/v1/reports/calls?queue=q&format=csv&bom=0"+counted, nil)
		rows, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
		if err != nil || got.header.Get("X-Truncated") != "false" || !strings.Contains(got.header.Get("Content-Disposition"), "calls.csv") {
			t.Fatal(err, got.header)
		}
		column := 0
		for i, name := range rows[0] {
			if name == "call" {
				column = i
			}
		}
		for _, row := range rows[1:] {
			calls = append(calls, row[column])
		}
		inOrder("csv"+counted, calls)
	}
	var calls []string
	list := get[struct {
		Calls     []report.Call
		Truncated bool
	}](d, v, "/api/v1/reports/calls?queue=q&format=json")
	for _, c := range list.Calls {
		calls = append(calls, c.Call)
	}
	inOrder("json", calls)
	if list.Truncated {
		t.Error("the file says that it is cut off")
	}
	book, err := excelize.OpenReader(strings.NewReader(d.do(v, "GET", "/api/v1/reports/calls?queue=q&format=xlsx", nil).body))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if rows, err := book.GetRows("calls"); err != nil || len(rows) != n+1 {
		t.Errorf("xlsx: %d rows, %v", len(rows), err)
	}
	if got := d.do(v, "GET", "/api/v1/reports/calls?queue=nobody&format=json", nil); !strings.Contains(got.body, `"calls":[`) || got.status != http.StatusOK {
		t.Errorf("an empty file: %v", got)
	}
}

// breaking is Reports of which all but the first question fails.
type breaking struct {
	web.Reports
	asked chan struct{}
}

func (b breaking) Calls(ctx context.Context, f report.CallFilter) ([]report.Call, error) {
	select {
	case b.asked <- struct{}{}:
		return b.Reports.Calls(ctx, f)
	default:
		return nil, errors.New("Postgres is away")
	}
}

// TestFileThatBreaksOff: nobody takes a part of a file for the whole. What cannot be read at all is
// told as any other error.
func TestFileThatBreaksOff(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"csv", "json", "xlsx"} {
		asked := make(chan struct{}, 1)
		d := newTestServer(t, func(c *web.Config) { c.Reports = breaking{c.Reports, asked} })
		for i := range 6000 {
			d.books.visits = append(d.books.visits, report.Call{At: time.Now().Add(-time.Duration(i+1) * time.Second), Call: "x" + strconv.Itoa(i), Queue: "q", Outcome: "answered"})
		}
		ask := func() (int, []byte, error) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.server.URL+"/api/v1/reports/calls?format="+format, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := d.as("supervisor").Do(req)
			if err != nil {
				return 0, nil, err
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			return resp.StatusCode, body, err
		}
		status, body, err := ask()
		if format == "xlsx" { // nothing of it is written before all is read
			if status != http.StatusServiceUnavailable || err != nil {
				t.Errorf("xlsx: %d, %v", status, err)
			}
		} else if status != http.StatusOK || err == nil {
			t.Errorf("%s: %d with %d bytes, as if that were all", format, status, len(body))
		}
		if status, body, err := ask(); status != http.StatusServiceUnavailable || err != nil || !strings.Contains(string(body), "error") {
			t.Errorf("%s, from the beginning: %d %s %v", format, status, body, err)
		}
	}
}

// TestTalksOfManyDays: talks by day are read some days at once, and none is twice.
func TestTalksOfManyDays(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	talked(d)
	v := d.as("supervisor")
	d.books.talksIn = func(p report.Period) (list []report.Talks) {
		for day := p.From; day.Before(p.To); day = day.Add(24 * time.Hour) {
			list = append(list, report.Talks{Day: day.Format(time.DateOnly), Agent: "ann", Queue: "support", Talks: 1})
		}
		return list
	}
	got := get[struct{ Talks []report.Talks }](d, v, "/api/v1/reports/talks?from=2026-01-01T00:00:00Z&to=2026-12-31T00:00:00Z")
	if len(got.Talks) != 364 || got.Talks[31].Day != "2026-02-01" || got.Talks[363].Day != "2026-12-30" {
		t.Errorf("%d days, %+v", len(got.Talks), got.Talks[31])
	}
}
