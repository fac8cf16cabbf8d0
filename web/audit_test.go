package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/report"
	"presszero/web"
)

// TestEveryChangeIsAudited walks all routes that change something.
func TestEveryChangeIsAudited(t *testing.T) {
	t.Parallel()
	hook := map[string]any{"kind": "webhook", "address": "https://example.com/hook", "types": []string{"call.ended"}}
	deeds := map[string]struct {
		body any
		what string // in the audit; "": nothing was changed
	}{
		"PUT /api/v1/me/password":                         {map[string]string{"old": password, "new": "another password"}, "user.password"},
		"POST /api/v1/users":                              {map[string]string{"name": "ann", "role": "agent", "password": password}, "user.create"},
		"PUT /api/v1/users/{name}/password":               {map[string]string{"password": password}, "user.password"},
		"PUT /api/v1/users/{name}/disabled":               {map[string]bool{"disabled": true}, "user.disable"},
		"PUT /api/v1/users/{name}/role":                   {map[string]string{"role": "supervisor"}, "user.role"},
		"PUT /api/v1/users/{name}/work":                   {map[string]any{"queues": []string{"sales"}}, "user.work"},
		"POST /api/v1/desk/more":                          {nil, ""},
		"PUT /api/v1/desk/talks/{id}/disposition":         {map[string]string{"code": "order", "note": "n"}, ""},
		"PUT /api/v1/desk/talks/{id}/caller":              {map[string]string{"name": "Ana", "note": "n"}, "caller.edit"},
		"PUT /api/v1/desk/talks/{id}/callback":            {map[string]any{"at": time.Now().Add(time.Hour)}, "callback.book"},
		"PUT /api/v1/desk/talks/{id}/complaint":           {map[string]string{"text": "Rude!"}, "complaint.write"},
		"POST /api/v1/recordings/{id}/play":               {nil, "recording.play"},
		"POST /api/v1/recordings/{id}/plays/{play}/heard": {map[string]float64{"from_s": 0, "to_s": 1}, "recording.heard"},
		"POST /api/v1/recordings/{id}/comments":           {map[string]any{"at_s": 0, "text": "x"}, "recording.comment"},

		"PUT /api/v1/callers/{key}":                {map[string]any{"name": "Ana"}, "caller.edit"},
		"DELETE /api/v1/callbacks/{id}":            {nil, "callback.cancel"},
		"PUT /api/v1/wall/session":                 {map[string]string{"token": "token"}, ""},
		"POST /api/v1/subscriptions":               {hook, "subscription.create"},
		"PUT /api/v1/subscriptions/{id}":           {hook, "subscription.change"},
		"DELETE /api/v1/subscriptions/{id}":        {nil, "subscription.remove"},
		"PUT /api/v1/subscriptions/{id}/disabled":  {map[string]bool{"disabled": true}, "subscription.disable"},
		"POST /api/v1/subscriptions/{id}/key":      {nil, "subscription.key"},
		"POST /api/v1/subscriptions/{id}/test":     {nil, "subscription.test"},
		"POST /api/v1/subscriptions/{id}/again":    {map[string]int{"after": 0}, "subscription.again"},
		"POST /api/v1/persons/find":                {map[string]any{"numbers": []string{"+34910000001"}}, "person.find"},
		"POST /api/v1/persons/export":              {map[string]any{"numbers": []string{"+34910000001"}}, "person.export"},
		"POST /api/v1/persons/forget":              {map[string]any{"numbers": []string{"+34910000001"}}, "person.forget"},
		"POST /api/v1/holds":                       {map[string]any{"kind": "queue", "of": "support", "reason": "a claim"}, "hold.set"},
		"DELETE /api/v1/holds/{id}":                {nil, "hold.release"},
		"POST /api/v1/tokens":                      {map[string]any{"name": "wall", "scopes": []string{"reports.read"}, "days": 30}, "token.create"},
		"DELETE /api/v1/tokens/{id}":               {nil, "token.revoke"},
		"POST /api/v1/walls":                       {map[string]any{"name": "Hall", "ends": time.Now().Add(time.Hour)}, "wall.add"},
		"DELETE /api/v1/walls/{id}":                {nil, "wall.end"},
		"POST /api/v1/rehearsals":                  {map[string]any{"queue": "support", "day": "2026-05-04"}, ""},
		"POST /api/v1/people/lost/{key}/callback":  {map[string]string{"note": "n"}, "lost.callback"},
		"PUT /api/v1/outgoing":                     {map[string]bool{"stopped": true}, "outgoing.switch"},
		"PUT /api/v1/queues/{queue}/door":          {map[string]any{"open": false, "until": ""}, "queue.door"},
		"DELETE /api/v1/queues/{queue}/door":       {nil, "queue.door_hours"},
		"PUT /api/v1/queues/{queue}/peak":          {map[string]any{"until": time.Now().Add(time.Hour)}, "queue.peak"},
		"DELETE /api/v1/queues/{queue}/peak":       {nil, "queue.peak_over"},
		"PUT /api/v1/emergency":                    {map[string]any{"text": "The lift is broken.", "until": time.Now().Add(time.Hour)}, "emergency.text"},
		"PUT /api/v1/emergency/audio":              {tone(), "emergency.audio"},
		"DELETE /api/v1/emergency":                 {nil, "emergency.over"},
		"PUT /api/v1/waiting/{call}/next":          {nil, "caller.next"},
		"DELETE /api/v1/waiting/{call}/next":       {nil, "caller.next_over"},
		"PUT /api/v1/waiting/{call}/queue":         {map[string]string{"queue": "billing"}, "caller.move"},
		"PUT /api/v1/agents/{name}/away":           {map[string]string{"reason": "meeting"}, "agent.away"},
		"DELETE /api/v1/agents/{name}/away":        {nil, "agent.away_over"},
		"PUT /api/v1/agents/{name}/leaving":        {nil, "agent.leaving"},
		"DELETE /api/v1/agents/{name}/leaving":     {nil, "agent.leaving_over"},
		"PUT /api/v1/agents/{name}/today":          {map[string]any{"queues": []string{"support"}}, "agent.today"},
		"DELETE /api/v1/agents/{name}/today":       {nil, "agent.today_over"},
		"DELETE /api/v1/agents/{name}/help":        {nil, "agent.help_answered"},
		"POST /api/v1/trunks/reload":               {nil, "trunks.reload"},
		"POST /api/v1/trunks/test":                 {map[string]string{"number": "+34 911 23 45 67"}, "trunks.test"},
		"POST /api/v1/messages/{id}/take":          {map[string]string{"from": ""}, "message.take"},
		"POST /api/v1/messages/{id}/callback":      {map[string]string{"from": ""}, "message.callback"},
		"POST /api/v1/messages/{id}/done":          {map[string]string{"how": "spam"}, "message.done"},
		"PUT /api/v1/messages/{id}/hold":           {map[string]string{"why": "court order 7"}, "message.hold"},
		"DELETE /api/v1/messages/{id}/hold":        {nil, "message.release"},
		"PUT /api/v1/flow":                         {"numbers: {100: main}\n", "flow.publish"},
		"PUT /api/v1/prompts/{language}/{name}":    {tone(), "prompt.record"},
		"DELETE /api/v1/prompts/{language}/{name}": {nil, "prompt.unrecord"},
		"POST /api/v1/session":                     {map[string]string{"name": "agent", "password": password}, ""},
		"DELETE /api/v1/session":                   {nil, ""},
		"POST /api/v1/flow/check":                  {"numbers: {100: main}\n", ""},
	}
	for _, pattern := range web.Routes() {
		method, path, _ := strings.Cut(pattern, " ")
		if method == "GET" || path == "" {
			continue
		}
		deed, ok := deeds[pattern]
		if !ok {
			t.Errorf("%s changes something, and this test does not know what of it is in the audit", pattern)
			continue
		}
		for _, works := range []bool{true, false} {
			d := newTestServer(t)
			d.sources.callers = []report.Caller{{Key: "k1"}}
			d.sources.messages = []report.Message{{ID: "m1", Number: "+34910000001", State: "open"}}
			d.sources.callbacks = []web.Callback{{ID: "c1"}}
			d.books.bounds = []report.Thresholds{{Zone: "UTC"}, {Queue: "support", Zone: "UTC"}}
			d.books.figures.handling = report.Handling{Calls: 9, MeanS: 100}
			d.books.add(report.Call{Call: "c1", At: time.Date(2026, 4, 27, 9, 0, 0, 0, time.UTC), Queue: "support", Outcome: "answered"})
			d.books.figures.lost = []report.LostCaller{{Key: "k1", Queue: "support", At: time.Now()}}
			d.floor.set(func(l *web.Live) {
				l.Queues = []call.QueueNow{{Name: "support", Waiting: []call.CallerNow{{Call: "c1"}}}, {Name: "billing"}}
			})
			d.recorded.talked("m1", "support", 1)
			d.walls.hang("token", time.Now().Add(time.Hour))
			d.notices.list = []report.Subscription{{ID: "s1", Kind: report.Webhook, Owner: "admin"}}
			d.notices.tokens = []report.Token{{ID: "t1", Owner: "admin"}}
			d.persons.held = []report.Hold{{ID: "h1"}}
			d.acts.acts = nil
			if err := d.users.change("admin", func(u *web.User) { u.Hash = cheap() }); err != nil {
				t.Fatal(err)
			}
			admin := d.as("admin")
			id := "m1"
			if strings.Contains(path, "callbacks") || strings.Contains(path, "talks") {
				id = "c1"
			}
			for part, its := range map[string]string{"walls": "w1", "subscriptions": "s1", "tokens": "t1", "holds": "h1"} {
				if strings.Contains(path, part) {
					id = its
				}
			}
			name := "agent"
			if strings.Contains(path, "prompts") {
				name = "main"
			}
			if method == "DELETE" && strings.Contains(path, "prompts") && works {
				kind, sound := form(t, "sound", tone())
				d.file(admin, "PUT", "/api/v1/prompts/en/main", kind, sound)
				d.acts.acts = nil
			}
			to := strings.NewReplacer("{name}", name, "{queue}", "support", "{call}", "c1", "{key}", "k1", "{language}", "en", "{id}", id).Replace(path)
			if !works {
				to = strings.NewReplacer("{name}", "nobody", "{queue}", "nowhere", "{call}", "c9", "{key}", "k9", "{language}", "xx", "{id}", "m9").Replace(path)
			}
			if strings.HasSuffix(path, "emergency/audio") {
				to += "?until=" + time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
				if !works {
					continue
				}
			}
			if to == path && !works {
				continue // there is no wrong address; what is refused otherwise has tests of its own
			}
			var got answer
			switch body := deed.body.(type) {
			case []byte:
				kind, sound := form(t, "sound", body)
				got = d.file(admin, method, to, kind, sound)
			case string:
				got = d.file(admin, method, to, "application/yaml", strings.NewReader(body), "If-Match", `"v1"`)
			default:
				got = d.do(admin, method, to, body)
			}
			if ok := got.status < 300; ok != works {
				t.Errorf("%s %s: %v", method, to, got)
				continue
			}
			var what []string
			for _, a := range d.acts.acts {
				if a.Who != "admin" {
					t.Errorf("%s: done by %q", pattern, a.Who)
				}
				what = append(what, a.What)
			}
			want := deed.what
			if !works {
				want = ""
			}
			if all := strings.Join(what, " "); all != want && all != strings.TrimSpace("message.take "+want) {
				t.Errorf("%s to %s is in the audit as %q, want %q", pattern, to, all, want)
			}
		}
	}
}

// TestUnsureActsAreAudited: a database that went away in the middle may have
// done what was asked.
func TestUnsureActsAreAudited(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	admin := d.as("admin")
	d.users.fail = errAway
	if got := d.do(admin, "PUT", "/api/v1/users/agent/disabled", map[string]bool{"disabled": true}); got.status != http.StatusServiceUnavailable {
		t.Fatalf("%v", got)
	}
	if len(d.acts.acts) != 1 || d.acts.acts[0].What != "user.disable" || !strings.Contains(string(d.acts.acts[0].Detail), errAway.Error()) {
		t.Errorf("the audit is %+v", d.acts.acts)
	}
}

// field is one text of a JSON object.
func field(t *testing.T, body, name string) string {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal([]byte(body), &all); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	text, _ := all[name].(string)
	return text
}

// TestAuditPage: admins read the acts in pages, and can ask for some of them.
func TestAuditPage(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	for i := range 150 {
		who := []string{"admin", "sue"}[i%2]
		d.acts.Write(who, []string{"user.create", "flow.publish", "users.none"}[i%3], map[string]any{"n": i})
	}
	admin := d.as("admin")
	type list struct {
		Acts []report.Act
		More bool
	}
	all := get[list](d, admin, "/api/v1/audit")
	if len(all.Acts) != 100 || !all.More || all.Acts[0].ID != 150 || string(all.Acts[0].Detail) != `{"n":149}` {
		t.Fatalf("the first page is %+v", all)
	}
	rest := get[list](d, admin, "/api/v1/audit?before=51")
	if len(rest.Acts) != 50 || rest.More || rest.Acts[0].ID != 50 {
		t.Errorf("the second page is %+v", rest)
	}
	if some := get[list](d, admin, "/api/v1/audit?who=sue&what=user"); len(some.Acts) != 25 {
		t.Errorf("what sue did to users: %d", len(some.Acts))
	}
	if got := d.do(admin, "GET", "/api/v1/audit?before=x", nil); got.status != http.StatusBadRequest || got.sentence() == "" {
		t.Errorf("before=x: %v", got)
	}
}
