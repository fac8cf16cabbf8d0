package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
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

// TestSuperviseAgents: a supervisor orders about agents who share a queue with her, and
// gives and takes her own queues only.
func TestSuperviseAgents(t *testing.T) {
	t.Parallel()
	d := supervised(t)
	for name, queues := range map[string][]string{"ana": {"support", "billing"}, "ben": {"billing"}, "cho": nil, "dee": {"support"}} {
		d.users.users[name] = web.User{Name: name, Role: web.RoleAgent, Queues: queues, Skills: map[string]int{"french": 3}}
	}
	d.users.users["gone"] = web.User{Name: "gone", Role: web.RoleAgent, Disabled: true}
	v := d.as("supervisor")
	for _, c := range []struct {
		method, path string
		body         any
		status       int
	}{
		{"PUT", "ana/away", map[string]string{"reason": " meeting "}, http.StatusNoContent},
		{"PUT", "ana/away", map[string]string{"reason": strings.Repeat("x", 41)}, http.StatusBadRequest},
		{"PUT", "ben/away", map[string]string{"reason": "meeting"}, http.StatusNotFound},
		{"PUT", "gone/away", map[string]string{"reason": "meeting"}, http.StatusNotFound},
		{"PUT", "nobody/leaving", nil, http.StatusNotFound},
		{"PUT", "cho/leaving", nil, http.StatusNoContent},
		{"DELETE", "ben/leaving", nil, http.StatusNotFound},
		{"PUT", "ana/today", map[string]any{"queues": []string{"billing"}}, http.StatusNoContent},
		{"PUT", "ben/today", map[string]any{"queues": []string{"support"}}, http.StatusNotFound},
		{"PUT", "dee/today", map[string]any{"queues": []string{"billing"}}, http.StatusBadRequest}, // which she may not give
		{"PUT", "ana/today", map[string]any{"queues": []string{"billing", "nowhere"}}, http.StatusBadRequest},
		{"PUT", "ana/today", map[string]any{"skills": map[string]int{"french": 11}}, http.StatusBadRequest},
		{"PUT", "cho/today", map[string]any{"queues": []string{"billing"}}, http.StatusNoContent}, // she served all
		{"DELETE", "ana/help", nil, http.StatusNoContent},
		{"DELETE", "ben/help", nil, http.StatusNotFound},
		{"DELETE", "cho/leaving", nil, http.StatusNoContent},
	} {
		got := d.do(v, c.method, "/api/v1/agents/"+c.path, c.body)
		if got.status != c.status || got.status >= 400 && got.sentence() == "" {
			t.Errorf("%s %s %v: %v", c.method, c.path, c.body, got)
		}
	}
	got := d.orders.standing()
	if len(got) != 3 || got[0].Reason != "meeting" || got[0].By != "supervisor" || !slices.Equal(got[1].Queues, []string{"billing"}) || got[1].Skills["french"] != 3 {
		t.Errorf("what holds is %+v", got)
	}
	if !slices.Equal(d.orders.did, []string{"supervisor helps ana"}) {
		t.Errorf("%v", d.orders.did)
	}
}

// TestAssignToday: a supervisor chooses among her own queues; of others' queues, of which
// she is not told, the agent serves the same as before.
func TestAssignToday(t *testing.T) {
	t.Parallel()
	d := supervised(t)
	if err := d.users.change("supervisor", func(u *web.User) { u.Queues = []string{"support", "sales"} }); err != nil {
		t.Fatal(err)
	}
	d.floor.set(func(l *web.Live) {
		l.Queues = []call.QueueNow{{Name: "billing"}, {Name: "night"}, {Name: "sales"}, {Name: "support"}}
		l.Agents = []call.AgentNow{{Agent: "eli", Queues: []string{"night", "support"}, Today: true}}
	})
	for name, queues := range map[string][]string{"ana": {"support", "billing"}, "cho": nil, "dee": {"support"}, "eli": {"support", "billing"}} {
		d.users.users[name] = web.User{Name: name, Role: web.RoleAgent, Queues: queues}
	}
	v := d.as("supervisor")
	for _, c := range []struct {
		name, agent, who string
		chosen, serves   []string
	}{
		{"as the page shows her", "ana", "supervisor", []string{"support"}, []string{"billing", "support"}},
		{"another of her own", "ana", "supervisor", []string{"sales"}, []string{"billing", "sales"}},
		{"all", "ana", "supervisor", []string{}, []string{"billing", "sales", "support"}},
		{"all, of who served all", "cho", "supervisor", []string{}, nil},
		{"one, of who served all", "cho", "supervisor", []string{"sales"}, []string{"billing", "night", "sales"}},
		{"of whom another has assigned", "eli", "supervisor", []string{"sales", "support"}, []string{"night", "sales", "support"}},
		{"by who sees all", "ana", "admin", []string{"night"}, []string{"night"}},
		{"all, by who sees all", "ana", "admin", []string{}, nil},
	} {
		by := v
		if c.who == "admin" {
			by = d.as("admin")
		}
		if got := d.do(by, "PUT", "/api/v1/agents/"+c.agent+"/today", map[string]any{"queues": c.chosen}); got.status != http.StatusNoContent {
			t.Errorf("%s: %v", c.name, got)
			continue
		}
		held := d.orders.standing()
		if last := held[len(held)-1]; !slices.Equal(last.Queues, c.serves) {
			t.Errorf("%s: %s serves %v", c.name, c.agent, last.Queues)
		}
	}
	d.users.users["fay"] = web.User{Name: "fay", Role: web.RoleAgent, Queues: []string{"night"}}
	for queue, status := range map[string]int{"support": http.StatusNoContent, "night": http.StatusNotFound} {
		d.floor.set(func(l *web.Live) { l.Agents = []call.AgentNow{{Agent: "fay", Queues: []string{queue}}} })
		if got := d.do(v, "PUT", "/api/v1/agents/fay/away", map[string]any{}); got.status != status {
			t.Errorf("who serves %s today: %v", queue, got)
		}
	}
	if got := d.do(v, "PUT", "/api/v1/agents/dee/today", map[string]any{"queues": []string{"night"}}); got.status != http.StatusBadRequest || got.sentence() != "There is no queue night." {
		t.Errorf("another's queue: %v", got)
	}
}

// TestSuperviseWaiting: a supervisor places and moves the callers of her queues.
func TestSuperviseWaiting(t *testing.T) {
	t.Parallel()
	d := supervised(t)
	d.floor.set(func(l *web.Live) {
		l.Queues = []call.QueueNow{{Name: "support", Waiting: []call.CallerNow{{Call: "c1"}}}, {Name: "billing", Waiting: []call.CallerNow{{Call: "c2"}}}, {Name: "sales"}}
	})
	if err := d.users.change("supervisor", func(u *web.User) { u.Queues = []string{"support", "sales"} }); err != nil {
		t.Fatal(err)
	}
	v := d.as("supervisor")
	for _, c := range []struct {
		method, path string
		body         any
		status       int
	}{
		{"PUT", "c1/next", nil, http.StatusNoContent},
		{"DELETE", "c1/next", nil, http.StatusNoContent},
		{"PUT", "c2/next", nil, http.StatusNotFound},
		{"PUT", "c9/next", nil, http.StatusNotFound},
		{"PUT", "c1/queue", map[string]string{"queue": "billing"}, http.StatusBadRequest},
		{"PUT", "c1/queue", map[string]string{"queue": "nowhere"}, http.StatusBadRequest},
		{"PUT", "c2/queue", map[string]string{"queue": "support"}, http.StatusNotFound},
		{"PUT", "c1/queue", map[string]string{"queue": "sales"}, http.StatusOK},
	} {
		got := d.do(v, c.method, "/api/v1/waiting/"+c.path, c.body)
		if got.status != c.status || got.status >= 400 && got.sentence() == "" {
			t.Errorf("%s %s %v: %v", c.method, c.path, c.body, got)
		}
		if got.status == http.StatusOK && field(t, got.body, "queue") != "support" {
			t.Errorf("the queue of before is %s", got.body)
		}
	}
	if want := []string{"supervisor places c1 true", "supervisor places c1 false", "supervisor moves c1 to sales"}; !slices.Equal(d.orders.did, want) {
		t.Errorf("%q", d.orders.did)
	}
	d.orders.unfit = "An agent is about to have this caller."
	if got := d.do(v, "PUT", "/api/v1/waiting/c1/next", nil); got.status != http.StatusBadRequest || got.sentence() != d.orders.unfit {
		t.Errorf("%v", got)
	}
}

// TestOrderPeak: a supervisor orders a peak, which has an end.
func TestOrderPeak(t *testing.T) {
	t.Parallel()
	d := supervised(t)
	v := d.as("supervisor")
	const peak = "/api/v1/queues/support/peak"
	for hours, status := range map[int]int{1: http.StatusNoContent, 13: http.StatusBadRequest, -1: http.StatusBadRequest} {
		if got := d.do(v, "PUT", peak, map[string]any{"until": time.Now().Add(time.Duration(hours) * time.Hour)}); got.status != status {
			t.Errorf("for %d hours: %v", hours, got)
		}
	}
	if got := d.do(v, "PUT", peak, map[string]any{}); got.status != http.StatusBadRequest || got.sentence() == "" {
		t.Errorf("without an end: %v", got)
	}
	if got := d.orders.standing(); len(got) != 1 || got[0].What != call.PeakDirective || got[0].Until.IsZero() {
		t.Errorf("what holds is %+v", got)
	}
	if got := d.do(v, "DELETE", peak, nil); got.status != http.StatusNoContent || len(d.orders.standing()) != 0 {
		t.Errorf("%v", got)
	}
}

// TestEmergency: who sees all queues has callers hear a text or a recording, and takes it
// back; every supervisor reads what holds.
func TestEmergency(t *testing.T) {
	t.Parallel()
	d := supervised(t)
	admin, v := d.as("admin"), d.as("supervisor")
	const at = "/api/v1/emergency"
	soon := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	for _, c := range []struct {
		text   string
		until  any
		status int
	}{
		{"The lift\n is broken.", soon, http.StatusNoContent},
		{" ", soon, http.StatusBadRequest},
		{strings.Repeat("x", 501), soon, http.StatusBadRequest},
		{"Hello.", "", http.StatusBadRequest},
		{"Hello.", soon.Add(8 * 24 * time.Hour), http.StatusBadRequest},
	} {
		if got := d.do(admin, "PUT", at, map[string]any{"text": c.text, "until": c.until}); got.status != c.status {
			t.Errorf("%q until %v: %v", c.text, c.until, got)
		}
	}
	if got := d.orders.standing(); len(got) != 1 || got[0].Text != "The lift is broken." || !got[0].Until.Equal(soon) || got[0].By != "admin" {
		t.Errorf("what holds is %+v", got)
	}
	kind, sound := form(t, "sound", tone())
	if got := d.file(admin, "PUT", at+"/audio?until="+soon.Format(time.RFC3339), kind, sound); got.status != http.StatusNoContent {
		t.Errorf("%v", got)
	}
	if got := d.orders.standing(); len(got) != 1 || got[0].Sound != fmt.Sprint(len(tone()), " bytes") {
		t.Errorf("what holds is %+v", got)
	}
	for method, path := range map[string]string{"PUT": at, "DELETE": at} {
		if got := d.do(v, method, path, map[string]any{"text": "Hello.", "until": soon}); got.status != http.StatusForbidden || got.sentence() == "" {
			t.Errorf("%s by who has some queues only: %v", method, got)
		}
	}
	if got := d.do(admin, "DELETE", at, nil); got.status != http.StatusNoContent || len(d.orders.standing()) != 0 {
		t.Errorf("%v", got)
	}
	type answer struct{ Emergency *call.EmergencyNow }
	if got := get[answer](d, v, at); got.Emergency != nil {
		t.Errorf("%+v", got)
	}
	d.floor.set(func(l *web.Live) {
		l.Emergency = &call.EmergencyNow{Text: "The lift is broken.", Until: soon, By: "admin"}
	})
	if got := get[answer](d, v, at); got.Emergency == nil || got.Emergency.By != "admin" {
		t.Errorf("%+v", got)
	}
}
