package web_test

import (
	"net/http"
	"testing"
	"time"

	"presszero/report"
	"presszero/web"
)

// TestHeard: what a caller heard is told in order, and each sound can be had by its key.
func TestHeard(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.books.add(report.Call{Call: "c1", At: time.Now(), Queue: "support", Outcome: "abandoned_queue", QueueS: 9})
	v := d.as("supervisor")
	type answer struct{ Sounds []web.HeardSound }
	got := get[answer](d, v, "/api/v1/calls/c1/heard").Sounds
	if len(got) != 4 || got[0] != story(9)[0] {
		t.Errorf("heard was %+v", got)
	}
	for path, want := range map[string]int{
		"/api/v1/calls/c2/heard": http.StatusNotFound,
		"/api/v1/sounds/aa":      http.StatusOK, "/api/v1/sounds/gone": http.StatusNotFound,
		"/api/v1/music/default": http.StatusOK, "/api/v1/music/gone": http.StatusNotFound,
	} {
		if a := d.do(v, "GET", path, nil); a.status != want {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
}
