package web_test

import (
	"net/http"
	"testing"
	"time"

	"presszero/call"
	"presszero/web"
)

// supervised is a server with two queues, of which the supervisor has support.
func supervised(t *testing.T) *testServer {
	d := newTestServer(t)
	if err := d.users.change("supervisor", func(u *web.User) { u.Queues = []string{"support"} }); err != nil {
		t.Fatal(err)
	}
	d.floor.set(func(l *web.Live) { l.Queues = []call.QueueNow{{Name: "support"}, {Name: "billing"}} })
	return d
}

// TestDoor: a supervisor opens and closes her queues, until a time that is ahead.
func TestDoor(t *testing.T) {
	t.Parallel()
	d := supervised(t)
	v := d.as("supervisor")
	const door = "/api/v1/queues/support/door"
	soon := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	for _, c := range []struct {
		name, path string
		body       any
		status     int
	}{
		{"closes it for an hour", door, map[string]any{"open": false, "until": soon}, http.StatusNoContent},
		{"opens it until the hours change", door, map[string]any{"open": true, "until": ""}, http.StatusNoContent},
		{"neither", door, map[string]any{"until": ""}, http.StatusBadRequest},
		{"no time", door, map[string]any{"open": true, "until": "noon"}, http.StatusBadRequest},
		{"over", door, map[string]any{"open": true, "until": soon.Add(-2 * time.Hour)}, http.StatusBadRequest},
		{"too long", door, map[string]any{"open": true, "until": soon.Add(24 * time.Hour)}, http.StatusBadRequest},
		{"another's queue", "/api/v1/queues/billing/door", map[string]any{"open": true}, http.StatusNotFound},
		{"no queue", "/api/v1/queues/nowhere/door", map[string]any{"open": true}, http.StatusNotFound},
	} {
		got := d.do(v, "PUT", c.path, c.body)
		if got.status != c.status || got.status >= 400 && got.sentence() == "" {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if got := d.orders.standing(); len(got) != 1 || got[0].Queue != "support" || !got[0].Open || !got[0].Until.IsZero() || got[0].By != "supervisor" {
		t.Errorf("what holds is %+v", got)
	}
	if got := d.do(v, "DELETE", "/api/v1/queues/billing/door", nil); got.status != http.StatusNotFound {
		t.Errorf("another's queue: %v", got)
	}
	for range 2 {
		if got := d.do(v, "DELETE", door, nil); got.status != http.StatusNoContent {
			t.Errorf("%v", got)
		}
	}
	if got := d.orders.standing(); len(got) != 0 {
		t.Errorf("what holds is %+v", got)
	}
	d.orders.unfit = "The flow does not say where its callers go."
	if got := d.do(v, "PUT", door, map[string]any{"open": false}); got.status != http.StatusBadRequest || got.sentence() != d.orders.unfit {
		t.Errorf("%v", got)
	}
}
