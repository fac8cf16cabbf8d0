package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/report"
)

// TestPersons: an admin finds, exports and forgets a person; no audit row has the number.
func TestPersons(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	admin := d.as("admin")
	if got := d.do(admin, "POST", "/api/v1/persons/find", map[string]any{"numbers": []string{"+34 910 000 001"}}); got.status != http.StatusOK || !strings.Contains(got.body, `"calls":3`) {
		t.Errorf("found: %v", got)
	}
	for _, bad := range []any{map[string]any{}, map[string]any{"numbers": make([]string, 21)}, map[string]any{"numbers": []string{"101"}}, map[string]any{"numbers": []string{"+34910000001"}, "why": strings.Repeat("x", 301)}} {
		if got := d.do(admin, "POST", "/api/v1/persons/find", bad); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %v", bad, got)
		}
	}
	if got := d.do(admin, "POST", "/api/v1/persons/export", map[string]any{"numbers": []string{"+34910000001"}, "why": "asked"}); got.status != http.StatusOK || got.body != "PK zip" ||
		got.header.Get("Content-Type") != "application/zip" || !strings.Contains(got.header.Get("Content-Disposition"), "person.zip") || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the export: %v %v", got, got.header)
	}
	if got := d.do(admin, "POST", "/api/v1/persons/forget", map[string]any{"numbers": []string{"+34910000001", "+34910000002"}, "why": "asked"}); got.status != http.StatusOK || !strings.Contains(got.body, `"facts":30`) ||
		!slices.Equal(d.persons.forgotten, []string{"+34910000001", "+34910000002"}) {
		t.Errorf("forgotten: %v, %v", got, d.persons.forgotten)
	}
	d.persons.slow = true
	forget := func(number string) answer {
		return d.do(admin, "POST", "/api/v1/persons/forget", map[string]any{"numbers": []string{number}})
	}
	if got := forget("+34910000003"); got.status != http.StatusAccepted || !strings.Contains(got.body, `"ended_at":null`) {
		t.Errorf("what takes long: %v", got)
	}
	if got := forget("+34910000004"); got.status != http.StatusUnprocessableEntity {
		t.Errorf("another meanwhile: %v", got)
	}
	if got := d.do(admin, "GET", "/api/v1/persons/forget", nil); got.status != http.StatusOK || !strings.Contains(got.body, `"read":35,"of":100`) || strings.Contains(got.body, "910000003") {
		t.Errorf("how it goes: %v", got)
	}
	for _, a := range d.acts.acts {
		if strings.Contains(string(a.Detail), "910000001") {
			t.Errorf("the audit has the number: %s", a.Detail)
		}
	}
}

// TestHolds: a hold is set with a reason and dates, listed, and released once.
func TestHolds(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	admin := d.as("admin")
	past := time.Now().Add(-time.Hour)
	for _, bad := range []map[string]any{
		{"kind": "world", "of": "x", "reason": "y"}, {"kind": "queue", "of": "", "reason": "y"}, {"kind": "queue", "of": "x"},
		{"kind": "queue", "of": "x", "reason": "y", "until": past}, {"kind": "queue", "of": "x", "reason": "y", "review": past},
	} {
		if got := d.do(admin, "POST", "/api/v1/holds", bad); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %v", bad, got)
		}
	}
	if got := d.do(admin, "POST", "/api/v1/holds", map[string]any{"kind": "caller", "of": "+34910000001", "reason": "a claim"}); got.status != http.StatusCreated || !strings.Contains(got.body, `"h1"`) {
		t.Fatalf("set: %v", got)
	}
	if h := d.persons.held[0]; h.By != "admin" || h.Kind != report.HoldCaller || time.Until(h.Review) < 89*24*time.Hour {
		t.Errorf("set is %+v", h)
	}
	if got := d.do(admin, "GET", "/api/v1/holds", nil); got.status != http.StatusOK || !strings.Contains(got.body, "a claim") {
		t.Errorf("listed: %v", got)
	}
	for _, want := range []int{http.StatusNoContent, http.StatusNotFound} {
		if got := d.do(admin, "DELETE", "/api/v1/holds/h1", nil); got.status != want {
			t.Errorf("released: %v, want %d", got, want)
		}
	}
	if got := d.do(admin, "GET", "/api/v1/retention", nil); got.status != http.StatusOK || !strings.Contains(got.body, `"days":365`) {
		t.Errorf("what goes by age: %v", got)
	}
}
