package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/report"
	"presszero/web"
)

// makeToken makes a token as a user would, and returns its text and id.
func (d *testServer) makeToken(who string, body map[string]any) (text, id string) {
	d.t.Helper()
	got := d.do(d.as(who), "POST", "/api/v1/tokens", body)
	if got.status != http.StatusCreated {
		d.t.Fatalf("%s makes a token of %v: %d %s", who, body, got.status, got.body)
	}
	made := decode[struct{ Token, ID string }](d.t, got)
	return made.Token, made.ID
}

// mayScope is which routes a token of each scope may have, written a second time; reports.read has
// all reports besides. Whatever is not here may be had by no token.
var mayScope = map[string]string{
	"GET /api/v1/live":             "live.read",
	"GET /api/v1/notices":          "notices.read",
	"GET /api/v1/calls/{id}":       "reports.read",
	"GET /api/v1/calls/{id}/heard": "reports.read",
	"GET /metrics":                 "metrics",
}

// TestEveryRouteForEveryScope: a token has the routes of its scope and no other, never a
// page and never a desk, also when a session comes beside it.
func TestEveryRouteForEveryScope(t *testing.T) {
	t.Parallel()
	for _, scope := range []string{"reports.read", "live.read", "notices.read", "metrics"} {
		t.Run(scope, func(t *testing.T) {
			t.Parallel()
			d := newTestServer(t)
			text, _ := d.makeToken("admin", map[string]any{"name": "x", "scopes": []string{scope}, "days": 1})
			beside := d.as("admin") // its cookie goes along
			for pattern, who := range may {
				method, path, ok := strings.Cut(pattern, " ")
				if !ok || who[0] {
					continue // for everyone
				}
				want := mayScope[pattern] == scope || scope == "reports.read" && strings.HasPrefix(pattern, "GET /api/v1/reports/")
				path = strings.NewReplacer("{name}", "agent", "{id}", "c1", "{key}", "k1", "{version}", "v1", "{language}", "en").Replace(path)
				got := d.do(beside, method, path, nil, "Authorization", "Bearer "+text, "X-Forwarded-For", "192.0.2.1")
				if has := got.status != http.StatusForbidden && got.status != http.StatusUnauthorized && got.status != http.StatusSeeOther; has != want {
					t.Errorf("a token for %s asks %s %s: %d %s", scope, method, path, got.status, got.body)
				}
			}
		})
	}
}

// TestTokensHold: until they are revoked, expire, or their owner may no more; and only as
// they were made.
func TestTokensHold(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	ask := func(text string) int {
		return d.do(d.visitor(), "GET", "/api/v1/reports/summary?day=2026-03-02", nil, "Authorization", "Bearer "+text).status
	}
	text, id := d.makeToken("supervisor", map[string]any{"name": "board", "scopes": []string{"reports.read"}, "days": 30})
	if len(text) != 52 || !strings.HasPrefix(text, "pz_") {
		t.Errorf("the token is %s", text)
	}
	if got := ask(text); got != http.StatusOK {
		t.Fatalf("a token that was just made: %d", got)
	}
	wrong := []byte(text)
	wrong[10] ^= 1
	for name, bad := range map[string]string{"a typing error": string(wrong), "too short": text[:40], "another": "pz_" + strings.Repeat("0", 49), "only the prefix": "pz_"} {
		if got := ask(bad); got != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, got)
		}
	}
	role := func(r web.Role) {
		if err := d.users.change("supervisor", func(u *web.User) { u.Role = r }); err != nil {
			t.Fatal(err)
		}
	}
	role(web.RoleAgent)
	if got := ask(text); got != http.StatusUnauthorized {
		t.Errorf("its owner is an agent now: %d", got)
	}
	role(web.RoleSupervisor)
	disable := func(yes bool) {
		if err := d.users.change("supervisor", func(u *web.User) { u.Disabled = yes }); err != nil {
			t.Fatal(err)
		}
	}
	disable(true)
	if got := ask(text); got != http.StatusUnauthorized {
		t.Errorf("its owner is disabled: %d", got)
	}
	disable(false)
	if got := ask(text); got != http.StatusOK {
		t.Errorf("its owner is enabled again: %d", got)
	}
	d.notices.mu.Lock()
	d.notices.tokens[0].ExpiresAt = time.Now().Add(-time.Second)
	d.notices.mu.Unlock()
	if got := ask(text); got != http.StatusUnauthorized {
		t.Errorf("it has expired: %d", got)
	}
	d.notices.mu.Lock()
	d.notices.tokens[0].ExpiresAt = time.Now().Add(time.Hour)
	d.notices.mu.Unlock()
	if got := d.do(d.as("admin"), "DELETE", "/api/v1/tokens/"+id, nil).status; got != http.StatusNoContent {
		t.Errorf("an admin revokes it: %d", got)
	}
	if got := ask(text); got != http.StatusUnauthorized {
		t.Errorf("it is revoked: %d", got)
	}
	var did []string
	for _, a := range d.acts.acts {
		did = append(did, a.Who+" "+a.What)
		if strings.Contains(string(a.Detail), text) {
			t.Error("the audit has the token")
		}
	}
	if !slices.Contains(did, "supervisor token.create") || !slices.Contains(did, "admin token.revoke") {
		t.Errorf("the audit has %q", did)
	}
}

// TestTokensOfQueues: a token sees its queues only, and never more than its owner does today.
func TestTokensOfQueues(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	for i, queue := range []string{"support", "billing", "sales"} {
		d.notices.notices = append(d.notices.notices, report.Notice{ID: queue, Type: report.NoticeLimitOver, Queue: queue, At: nine, Data: []byte(`{}`), Seq: int64(i + 1)})
	}
	sees := func(text string) string {
		got := d.do(d.visitor(), "GET", "/api/v1/notices", nil, "Authorization", "Bearer "+text)
		if got.status != http.StatusOK {
			return fmt.Sprint(got.status)
		}
		var all []string
		for _, n := range decode[struct{ Notices []report.Notice }](t, got).Notices {
			all = append(all, n.Queue)
		}
		return strings.Join(all, " ")
	}
	queues := func(list ...string) {
		if err := d.users.change("supervisor", func(u *web.User) { u.Queues = list }); err != nil {
			t.Fatal(err)
		}
	}
	make := func(who string, queues ...string) string {
		text, _ := d.makeToken(who, map[string]any{"name": "x", "scopes": []string{"notices.read"}, "queues": queues, "days": 1})
		return text
	}
	admin, narrow := make("admin"), make("admin", "billing")
	queues("support", "billing")
	all, one := make("supervisor"), make("supervisor", "support")
	for text, want := range map[string]string{admin: "support billing sales", narrow: "billing", all: "support billing", one: "support"} {
		if got := sees(text); got != want {
			t.Errorf("a token sees %q, want %q", got, want)
		}
	}
	if got := d.do(d.as("supervisor"), "POST", "/api/v1/tokens", map[string]any{"name": "x", "scopes": []string{"notices.read"}, "queues": []string{"sales"}, "days": 1}).status; got != http.StatusUnprocessableEntity {
		t.Errorf("a token of somebody else's queue: %d", got)
	}
	if got := d.do(d.visitor(), "GET", "/api/v1/notices?queue=sales", nil, "Authorization", "Bearer "+all).status; got != http.StatusNotFound {
		t.Errorf("somebody else's queue: %d", got)
	}
	queues("billing")
	if got := sees(one); got != "403" {
		t.Errorf("the queue is no longer its owner's, and the token sees %q", got)
	}
	if got := sees(all); got != "billing" {
		t.Errorf("the owner's queues have changed, and the token sees %q", got)
	}
}

// TestWhatMayBeAToken: what is refused when one is made, and whose one may see.
func TestWhatMayBeAToken(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	for name, body := range map[string]map[string]any{
		"no name":            {"name": " ", "scopes": []string{"reports.read"}, "days": 1},
		"no scope":           {"name": "x", "scopes": []string{}, "days": 1},
		"an unknown scope":   {"name": "x", "scopes": []string{"users.write"}, "days": 1},
		"for ever":           {"name": "x", "scopes": []string{"reports.read"}, "days": 366},
		"no day":             {"name": "x", "scopes": []string{"reports.read"}},
		"metrics, no admin":  {"name": "x", "scopes": []string{"metrics"}, "days": 1},
		"a queue of no form": {"name": "x", "scopes": []string{"reports.read"}, "queues": []string{"<b>"}, "days": 1},
	} {
		if got := d.do(d.as("supervisor"), "POST", "/api/v1/tokens", body); got.status != http.StatusUnprocessableEntity || got.sentence() == "" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	_, own := d.makeToken("supervisor", map[string]any{"name": "mine", "scopes": []string{"reports.read"}, "days": 365})
	_, other := d.makeToken("admin", map[string]any{"name": "theirs", "scopes": []string{"metrics"}, "days": 365})
	list := get[struct{ Tokens []report.Token }](d, d.as("supervisor"), "/api/v1/tokens").Tokens
	if len(list) != 1 || list[0].ID != own {
		t.Errorf("a supervisor sees %+v", list)
	}
	if got := d.do(d.as("supervisor"), "DELETE", "/api/v1/tokens/"+other, nil).status; got != http.StatusNotFound {
		t.Errorf("a supervisor revokes an admin's: %d", got)
	}
	if list := get[struct{ Tokens []report.Token }](d, d.as("admin"), "/api/v1/tokens").Tokens; len(list) != 2 {
		t.Errorf("an admin sees %+v", list)
	}
}
