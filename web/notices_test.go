package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"presszero/report"
	"presszero/web"
)

// TestSubscriptions: who has all queues says who gets what; each change is audited.
func TestSubscriptions(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	v := d.as("supervisor")
	hook := map[string]any{"kind": "webhook", "address": "https://example.com/hook", "types": []string{"call.ended", "call.ended"}, "queues": []string{"support"}, "facts": true}
	got := d.do(v, "POST", "/api/v1/subscriptions", hook)
	made := decode[struct{ ID, Key string }](t, got)
	if got.status != http.StatusCreated || made.Key == "" {
		t.Fatalf("made: %d %s", got.status, got.body)
	}
	for name, change := range map[string]map[string]any{"no type": {"types": []string{}}, "an unknown type": {"types": []string{"all"}}, "no address": {"address": "nowhere"}, "a queue of no form": {"queues": []string{"A b"}}} {
		bad := map[string]any{"kind": "mail", "address": "a@b.c", "types": []string{"report.day"}}
		for k, v := range change {
			bad[k] = v
		}
		if got := d.do(v, "POST", "/api/v1/subscriptions", bad); got.status != http.StatusUnprocessableEntity || got.sentence() == "" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	list := get[struct{ Subscriptions []report.Subscription }](d, v, "/api/v1/subscriptions").Subscriptions
	if len(list) != 1 || len(list[0].Types) != 1 || list[0].Owner != "supervisor" {
		t.Errorf("the list is %+v", list)
	}
	at := "/api/v1/subscriptions/" + made.ID
	for _, c := range []struct {
		method, path string
		body         any
		want         int
	}{
		{"PUT", "", hook, 204}, {"PUT", "/disabled", map[string]bool{"disabled": true}, 204}, {"POST", "/key", nil, 200}, {"POST", "/test", nil, 204},
		{"POST", "/again", map[string]int{"seq": 4}, 200}, {"POST", "/again", map[string]int{"after": 0}, 200}, {"POST", "/again", map[string]int{}, 422},
		{"POST", "/again", map[string]int{"after": -1}, 422}, {"GET", "/deliveries?failing=true", nil, 200}, {"DELETE", "", nil, 204}, {"DELETE", "", nil, 404}, {"POST", "/key", nil, 404},
	} {
		if got := d.do(v, c.method, at+c.path, c.body); got.status != c.want {
			t.Errorf("%s %s %v: %d %s", c.method, c.path, c.body, got.status, got.body)
		}
	}
	if want := []string{"change s1", "disable s1", "key s1", "test by supervisor s1", "again s1", "replay s1", "remove s1"}; !slices.Equal(d.notices.did, want) {
		t.Errorf("done: %q, want %q", d.notices.did, want)
	}
	var acts []string
	for _, a := range d.acts.acts {
		acts = append(acts, a.What)
		if strings.Contains(string(a.Detail), "/hook") || a.What == "subscription.create" && !strings.Contains(string(a.Detail), `"example.com"`) {
			t.Errorf("the audit has %s", a.Detail)
		}
	}
	if want := []string{"subscription.create", "subscription.change", "subscription.disable", "subscription.key", "subscription.test", "subscription.again", "subscription.again", "subscription.remove"}; !slices.Equal(acts, want) {
		t.Errorf("audited: %q, want %q", acts, want)
	}
	if err := d.users.change("supervisor", func(u *web.User) { u.Queues = []string{"support"} }); err != nil {
		t.Fatal(err)
	}
	if got := d.do(d.as("supervisor"), "GET", "/api/v1/subscriptions", nil); got.status != http.StatusForbidden || got.sentence() == "" {
		t.Errorf("a supervisor of some queues: %d %s", got.status, got.body)
	}
}

// TestNoticesFromACursor: page after page, each notice is told once, and only of one's
// own queues.
func TestNoticesFromACursor(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	for i := range 1100 {
		d.notices.notices = append(d.notices.notices, report.Notice{ID: fmt.Sprint(i), Type: report.NoticeQueueLeft, Queue: []string{"support", "billing"}[i%2], At: nine, Data: []byte(`{"call":"c"}`), Seq: int64(i + 1)})
	}
	type page struct {
		Notices []report.Notice
		Next    int64
		More    bool
	}
	read := func(who, filter string) (n, pages int) {
		for next := int64(0); ; pages++ {
			p := get[page](d, d.as(who), fmt.Sprintf("/api/v1/notices?after=%d%s", next, filter))
			n, next = n+len(p.Notices), p.Next
			if !p.More {
				return n, pages + 1
			}
		}
	}
	if n, pages := read("supervisor", ""); n != 1100 || pages != 3 {
		t.Errorf("%d notices on %d pages", n, pages)
	}
	if n, _ := read("supervisor", "&queue=support&type=queue.left"); n != 550 {
		t.Errorf("%d of one queue", n)
	}
	if err := d.users.change("supervisor", func(u *web.User) { u.Queues = []string{"billing"} }); err != nil {
		t.Fatal(err)
	}
	if n, _ := read("supervisor", ""); n != 550 {
		t.Errorf("a supervisor of one queue reads %d", n)
	}
	for path, want := range map[string]int{"?after=x": 400, "?after=-1": 400, "?type=all": 400, "?queue=support": 404} {
		if got := d.do(d.as("supervisor"), "GET", "/api/v1/notices"+path, nil).status; got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}
