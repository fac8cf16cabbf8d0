package web_test

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/figures"
	"presszero/report"
	"presszero/web"
)

// What a route is about, of the things that belong to queues.
type about int

const (
	aboutNoQueue   about = iota // the house, its settings, or the user herself
	aboutManyCalls              // tells of queues, calls, callers, agents or messages, of whichever the user may see
	aboutOneThing               // {id} or {key} in the path is of one queue: call-own, caller-foreign…
)

// queueRoute says what a route is about, and what is sent to it.
type queueRoute struct {
	about about
	thing string // of aboutOneThing: call, caller, callback, message, queue, agent, waiting
	body  any
}

// queueRoutes has every route a third time, with what it is about. A new route needs
// a row here, and whoever writes it must think of who may see what.
var queueRoutes = func() map[string]queueRoute {
	list := map[string]queueRoute{
		"GET /api/v1/calls/{id}":              {aboutOneThing, "call", nil},
		"GET /api/v1/calls/{id}/heard":        {aboutOneThing, "call", nil},
		"PUT /api/v1/callers/{key}":           {aboutOneThing, "caller", map[string]any{"name": "Ana"}},
		"DELETE /api/v1/callbacks/{id}":       {aboutOneThing, "callback", nil},
		"GET /api/v1/messages/{id}/audio":     {aboutOneThing, "message", nil},
		"POST /api/v1/messages/{id}/take":     {aboutOneThing, "message", map[string]any{"from": ""}},
		"POST /api/v1/messages/{id}/callback": {aboutOneThing, "message", map[string]any{"from": ""}},
		"POST /api/v1/messages/{id}/done":     {aboutOneThing, "message", map[string]any{"how": "written"}},
		"PUT /api/v1/messages/{id}/hold":      {aboutOneThing, "message", map[string]any{"why": "a lawyer asks"}},
		"DELETE /api/v1/messages/{id}/hold":   {aboutOneThing, "message", nil},

		"PUT /api/v1/queues/{queue}/door":      {aboutOneThing, "queue", map[string]any{"open": true}},
		"DELETE /api/v1/queues/{queue}/door":   {aboutOneThing, "queue", nil},
		"PUT /api/v1/queues/{queue}/peak":      {aboutOneThing, "queue", map[string]any{"until": time.Now().Add(time.Hour)}},
		"DELETE /api/v1/queues/{queue}/peak":   {aboutOneThing, "queue", nil},
		"PUT /api/v1/waiting/{call}/next":      {aboutOneThing, "waiting", nil},
		"DELETE /api/v1/waiting/{call}/next":   {aboutOneThing, "waiting", nil},
		"PUT /api/v1/waiting/{call}/queue":     {aboutOneThing, "waiting", map[string]any{"queue": "support"}},
		"PUT /api/v1/agents/{name}/away":       {aboutOneThing, "agent", map[string]any{"reason": "meeting"}},
		"DELETE /api/v1/agents/{name}/away":    {aboutOneThing, "agent", nil},
		"PUT /api/v1/agents/{name}/leaving":    {aboutOneThing, "agent", nil},
		"DELETE /api/v1/agents/{name}/leaving": {aboutOneThing, "agent", nil},
		"PUT /api/v1/agents/{name}/today":      {aboutOneThing, "agent", map[string]any{"queues": []string{"support"}}},
		"DELETE /api/v1/agents/{name}/today":   {aboutOneThing, "agent", nil},
		"DELETE /api/v1/agents/{name}/help":    {aboutOneThing, "agent", nil},

		"GET /api/v1/recordings/{id}":                     {aboutOneThing, "recording", nil},
		"GET /api/v1/recordings/{id}/peaks":               {aboutOneThing, "recording", nil},
		"POST /api/v1/recordings/{id}/play":               {aboutOneThing, "recording", nil},
		"POST /api/v1/recordings/{id}/plays/{play}/heard": {aboutOneThing, "recording", map[string]any{"from_s": 0, "to_s": 1}},
		"POST /api/v1/recordings/{id}/comments":           {aboutOneThing, "recording", map[string]any{"at_s": 0, "text": "x"}},

		"GET /api/v1/rehearsals/{id}":             {aboutOneThing, "rehearsal", nil},
		"POST /api/v1/people/lost/{key}/callback": {aboutOneThing, "caller", map[string]any{"note": "n"}},
	}
	for _, pattern := range []string{
		"GET /api/v1/live", "GET /api/v1/live/events", "GET /api/v1/callers", "GET /api/v1/callbacks", "GET /api/v1/messages", "GET /api/v1/recordings",
		"GET /api/v1/reports/summary", "GET /api/v1/reports/calls", "GET /api/v1/reports/abandonment", "GET /api/v1/reports/menus",
		"GET /api/v1/reports/compliance", "GET /api/v1/reports/waits", "GET /api/v1/reports/talks", "GET /api/v1/reports/handovers",
		"GET /api/v1/reports/consults", "GET /api/v1/reports/codes", "GET /api/v1/reports/compare", "GET /api/v1/reports/distribution",
		"GET /api/v1/reports/ends", "GET /api/v1/reports/promises", "GET /api/v1/reports/told", "GET /api/v1/reports/patience", "GET /api/v1/limits",
		"GET /api/v1/reports/people", "GET /api/v1/people/lost",
		"GET /api/v1/notices",
		"GET /api/v1/reports/staffing", "GET /api/v1/reports/staffing/plan",
		"GET /api/v1/reports/callbacks", "GET /api/v1/reports/messages", "GET /api/v1/reports/agents",
	} {
		list[pattern] = queueRoute{about: aboutManyCalls}
	}
	for _, pattern := range []string{
		// Pages, which are the same for all and ask for their data.
		"GET /{$}", "GET /sign-in", "GET /agent", "GET /supervisor", "GET /messages", "GET /menus", "GET /talks", "GET /callers", "GET /trunks",
		"GET /flow", "GET /people", "GET /audit", "GET /password", "GET /history", "GET /notices", "GET /wall", "GET /walls", "GET /recordings", "GET /archive", "GET /assets/{file}", "/",
		// The user herself, and at the desk the calls that she has.
		"POST /api/v1/session", "DELETE /api/v1/session", "GET /api/v1/me", "PUT /api/v1/me/password", "GET /desk",
		"GET /api/v1/desk/targets", "GET /api/v1/desk/card", "POST /api/v1/desk/more", "PUT /api/v1/desk/talks/{id}/caller",
		"PUT /api/v1/desk/talks/{id}/disposition", "PUT /api/v1/desk/talks/{id}/callback", "PUT /api/v1/desk/talks/{id}/complaint",
		// Each talk that she wants to hear is asked for in the line that it opens.
		"GET /listen",
		// With a link, or for some roles; see TestWhoMayHearARecording.
		"GET /api/v1/recordings/{id}/sound", "GET /api/v1/recordings/{id}/download",
		// A wall has a sign-in of its own; see TestWall.
		"GET /api/v1/wall", "GET /api/v1/wall/events", "PUT /api/v1/wall/session", "GET /api/v1/walls", "POST /api/v1/walls", "DELETE /api/v1/walls/{id}",
		// A token has the queues of its owner, or fewer; see TestTokensOfQueues.
		"GET /api/v1/tokens", "POST /api/v1/tokens", "DELETE /api/v1/tokens/{id}",
		// For those who have all queues; see TestSubscriptions.
		"GET /api/v1/subscriptions", "POST /api/v1/subscriptions", "PUT /api/v1/subscriptions/{id}", "DELETE /api/v1/subscriptions/{id}",
		"PUT /api/v1/subscriptions/{id}/disabled", "POST /api/v1/subscriptions/{id}/key", "POST /api/v1/subscriptions/{id}/test",
		"POST /api/v1/subscriptions/{id}/again", "GET /api/v1/subscriptions/{id}/deliveries",
		// The queue is in the body; see TestRehearsals.
		"POST /api/v1/rehearsals",
		// For admins only, who see all.
		"POST /api/v1/persons/find", "POST /api/v1/persons/export", "POST /api/v1/persons/forget", "GET /api/v1/persons/forget",
		"GET /api/v1/retention", "GET /api/v1/holds", "POST /api/v1/holds", "DELETE /api/v1/holds/{id}",
		"GET /api/v1/archive", "GET /api/v1/audit", "GET /api/v1/users", "POST /api/v1/users", "PUT /api/v1/users/{name}/password",
		"PUT /api/v1/users/{name}/disabled", "PUT /api/v1/users/{name}/role", "PUT /api/v1/users/{name}/work",
		"POST /api/v1/trunks/reload", "POST /api/v1/trunks/test", "PUT /api/v1/flow", "POST /api/v1/flow/check",
		"GET /api/v1/flow/versions", "GET /api/v1/flow/versions/{version}", "PUT /api/v1/prompts/{language}/{name}",
		"DELETE /api/v1/prompts/{language}/{name}",
		// The house: one flow, its sounds, its trunks, its switch for calls that leave.
		"GET /api/v1/flow", "GET /api/v1/flow/picture.svg", "GET /api/v1/prompts", "GET /api/v1/prompts/{language}/{name}",
		"GET /api/v1/sounds/{key}", "GET /api/v1/music/{class}",
		"GET /api/v1/trunks", "GET /api/v1/outgoing", "PUT /api/v1/outgoing",
		"GET /api/v1/emergency", "PUT /api/v1/emergency", "PUT /api/v1/emergency/audio", "DELETE /api/v1/emergency",
		"GET /api/v1/openapi.yaml", "GET /healthz", "GET /readyz", "GET /metrics",
	} {
		list[pattern] = queueRoute{about: aboutNoQueue}
	}
	return list
}()

// whose are the users of TestEveryRouteForOwnAndForeignQueues. Those with a queue have
// support, which is the own one; billing is foreign to them.
var whose = []struct {
	user   string
	column int // of may
	queues []string
}{
	{"agent", 1, []string{"support"}},
	{"supervisor", 2, []string{"support"}},
	{"lead", 2, nil},
	{"admin", 3, []string{"support"}},
}

// foreigners are what must not be in an answer to who has support only: the other
// queue, its caller's number, name, call and agent.
var foreigners = []string{"billing", "+34699", "Zacarias", "foreign", "zoe"}

// twoQueues is a server with one of everything in each of two queues.
func twoQueues(t *testing.T, change ...func(*web.Config)) *testServer {
	d := newTestServer(t, change...)
	for _, w := range whose {
		role := web.Role(w.user)
		if w.user == "lead" {
			role = web.RoleSupervisor
		}
		d.users.users[w.user] = web.User{Name: w.user, Role: role, Hash: hash(), Queues: w.queues}
	}
	recently := time.Now().Add(-time.Hour)
	var live web.Live
	for _, is := range []struct{ whose, queue, agent, number, name string }{
		{"own", "support", "ann", "+34611", "Ana"}, {"foreign", "billing", "zoe", "+34699", "Zacarias"},
	} {
		id := "call-" + is.whose
		d.books.figures.lost = append(d.books.figures.lost, report.LostCaller{Key: "caller-" + is.whose, Queue: is.queue, Number: is.number, At: recently})
		d.books.add(report.Call{Call: id, At: recently, Queue: is.queue, Outcome: "answered", Number: is.number, Name: is.name, Agent: is.agent})
		d.books.waits = append(d.books.waits, report.WaitAccuracy{Queue: is.queue})
		d.books.talks = append(d.books.talks, report.Talks{Day: "2026-05-04", Agent: is.agent, Queue: is.queue})
		d.books.handed = append(d.books.handed, report.Handovers{Day: "2026-05-04", By: is.agent, Queue: is.queue})
		d.books.asked = append(d.books.asked, report.Consults{Day: "2026-05-04", Agent: is.agent, Queue: is.queue})
		d.books.promises = append(d.books.promises, report.Promises{Day: "2026-05-04", Queue: is.queue, Told: 1})
		d.books.codes = append(d.books.codes, report.CodeCount{Day: "2026-05-04", Queue: is.queue, Code: "order"})
		d.books.figures.dialed = append(d.books.figures.dialed, report.Counted{Tally: report.Tally{Queue: is.queue, Outcome: "answered", Visits: 1}, Group: is.number})
		d.books.figures.spreads = append(d.books.figures.spreads, report.WaitSpread{Queue: is.queue, Outcome: "answered", Visits: 1, Counts: []int{1}})
		d.books.figures.balances = append(d.books.figures.balances, report.Balance{Queue: is.queue, Entered: 1})
		d.books.figures.callbacks = append(d.books.figures.callbacks, report.CallbackCounts{Queue: is.queue, Booked: 1, Open: 1})
		d.books.figures.messages = append(d.books.figures.messages, report.MessageCounts{Queue: is.queue, Kind: "voice", Left: 1, Open: 1})
		d.books.figures.agents = append(d.books.figures.agents, agentOf{is.queue, report.AgentTime{Agent: is.agent + " of " + is.queue, Breaks: map[string]float64{"lunch": 3}}})
		d.books.bounds = append(d.books.bounds, report.Thresholds{Queue: is.queue, TargetS: 20, ShortS: 5, Zone: "UTC"})
		d.rehearsals.list = append(d.rehearsals.list, web.Rehearsal{ID: "rehearsal-" + is.whose, Queue: is.queue, State: "done"})
		d.sources.callers = append(d.sources.callers, report.Caller{Key: "caller-" + is.whose, Number: is.number, Name: is.name, LastAgent: is.agent})
		d.sources.callbacks = append(d.sources.callbacks, web.Callback{ID: "callback-" + is.whose, Queue: is.queue, Number: is.number, State: "waiting"})
		d.sources.messages = append(d.sources.messages, report.Message{ID: "message-" + is.whose, Call: id, Queue: is.queue, Number: is.number, State: "open"})
		d.users.users[is.agent] = web.User{Name: is.agent, Role: web.RoleAgent, Queues: []string{is.queue}}
		d.recorded.talked("recording-"+is.whose, is.queue, 10)
		live.Queues = append(live.Queues, call.QueueNow{Name: is.queue, Waiting: []call.CallerNow{{Call: call.ID("waiting-" + is.whose), Number: is.number, State: "waiting"}}, Talking: []call.CallerNow{{Call: call.ID(id), Number: is.number, Name: is.name, State: "talking", Agent: call.AgentID(is.agent)}}})
		live.Agents = append(live.Agents, call.AgentNow{Agent: call.AgentID(is.agent), Name: is.agent, Queues: []string{is.queue}, Presence: "available", State: "talking", Call: call.ID(id), Asks: "+34800"})
	}
	d.recorded.listen = map[string]bool{"agent/support": true}
	d.recorded.list[1].Agent, d.recorded.list[1].Number, d.recorded.list[1].Name = "zoe", "+34699", "Zacarias"
	d.books.bounds = append([]report.Thresholds{{TargetS: 20, ShortS: 5, Zone: "UTC"}}, d.books.bounds...)
	// One agent serves both, and has a caller of the other queue; one serves all.
	live.Agents = append(live.Agents, call.AgentNow{Agent: "bea", Name: "bea", Queues: []string{"billing", "support"}, Presence: "available", State: "talking", Call: "call-foreign",
		Asks: "zoe", Listeners: []call.ListenerNow{{Name: "foreign", Mode: "listen"}}}, call.AgentNow{Agent: "cam", Name: "cam", Presence: "available", State: "talking", AskedBy: "zoe"},
		call.AgentNow{Agent: "dee", Name: "dee", Queues: []string{"support"}, Presence: "available", State: "talking", AskedBy: "ann"})
	for i, queue := range []string{"support", "billing"} {
		d.notices.notices = append(d.notices.notices, report.Notice{ID: queue, Type: report.NoticeLimitOver, Queue: queue, At: recently, Data: []byte("{}"), Seq: int64(i + 1)})
		d.walls.crossed = append(d.walls.crossed, figures.Crossing{Queue: queue, Limit: figures.LongestWait, Crossed: recently})
	}
	d.sources.called = map[string][]string{"caller-own": {"support"}, "caller-foreign": {"billing"}}
	d.floor.set(func(l *web.Live) { *l = live; l.InMenus = new(3) })
	return d
}

func TestEveryRouteForOwnAndForeignQueues(t *testing.T) {
	t.Parallel()
	for _, pattern := range web.Routes() {
		if _, ok := queueRoutes[pattern]; !ok {
			t.Errorf("the table serves %q, of which queueRoutes does not say what it is about", pattern)
		}
	}
	for _, w := range whose {
		t.Run(w.user, func(t *testing.T) {
			t.Parallel()
			limited := w.user != "lead" && w.user != "admin"
			for pattern, route := range queueRoutes {
				if who, ok := may[pattern]; !ok || !who[w.column] {
					continue // refused to the role, see TestEveryRouteForEveryRole
				}
				switch route.about {
				case aboutManyCalls:
					manyCalls(t, w.user, pattern, limited)
				case aboutOneThing:
					oneThing(t, w.user, pattern, route, limited)
				}
			}
		})
	}
}

// called are the things of each queue that are named otherwise than caller-own.
var called = map[string]string{"queue-own": "support", "queue-foreign": "billing", "agent-own": "ann", "agent-foreign": "zoe"}

// oneThing: what is of another queue is not there, in the words for what does not exist.
func oneThing(t *testing.T, user, pattern string, route queueRoute, limited bool) {
	method, path, _ := strings.Cut(pattern, " ")
	ask := func(which string) (answer, string) {
		var log lockedText
		d := twoQueues(t, func(c *web.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
		id := cmp.Or(called[route.thing+"-"+which], route.thing+"-"+which)
		got := d.do(d.as(user), method, strings.NewReplacer("{id}", id, "{key}", id, "{queue}", id, "{name}", id, "{call}", id).Replace(path), route.body)
		got.body = strings.ReplaceAll(got.body, id, "")
		return got, log.String()
	}
	if got, _ := ask("own"); got.status >= 300 {
		t.Errorf("%s asks %s of an own queue: %d %s", user, pattern, got.status, got.body)
	}
	got, log := ask("foreign")
	if !limited {
		if got.status >= 300 {
			t.Errorf("%s, who sees all, asks %s: %d %s", user, pattern, got.status, got.body)
		}
		return
	}
	if nothing, _ := ask("nobody's"); got.status != http.StatusNotFound || got.body != nothing.body {
		t.Errorf("%s asks %s of another queue: %d %s; what is not there is %d %s", user, pattern, got.status, got.body, nothing.status, nothing.body)
	}
	if !strings.Contains(log, "another queue") || !strings.Contains(log, "name="+user) {
		t.Errorf("%s asks %s of another queue, and the log is %q", user, pattern, log)
	}
}

// manyCalls: an answer has nothing of other queues, and one of those who see all has.
func manyCalls(t *testing.T, user, pattern string, limited bool) {
	d := twoQueues(t)
	v := d.as(user)
	path := strings.TrimPrefix(pattern, "GET ")
	body := ""
	if strings.HasSuffix(path, "/events") {
		body = d.firstEvent(v, path)
	} else {
		body = d.do(v, "GET", path, nil).body
	}
	if body == "" {
		t.Fatalf("%s asks %s and gets nothing", user, pattern)
	}
	for _, word := range foreigners {
		if limited && strings.Contains(body, word) {
			t.Errorf("%s asks %s and reads %q: %s", user, pattern, word, body)
		}
	}
	if told := strings.Contains(body, "support") || strings.Contains(body, "+34611"); !told && !unnamedQueues[pattern] {
		t.Errorf("%s asks %s and reads nothing of the own queue: %s", user, pattern, body)
	}
	if told := strings.Contains(body, "billing") || strings.Contains(body, "+34699"); !limited && !told && !unnamedQueues[pattern] {
		t.Errorf("%s, who sees all, asks %s and reads nothing of billing: %s", user, pattern, body)
	}
	if !strings.Contains(path, "/reports/") {
		return
	}
	if got := d.do(v, "GET", path+"?queue=billing", nil); limited != (got.status == http.StatusNotFound) {
		t.Errorf("%s asks %s of billing: %d %s", user, pattern, got.status, got.body)
	}
	if got := d.do(v, "GET", path+"?queue=support", nil); got.status != http.StatusOK || strings.Contains(got.body, "billing") {
		t.Errorf("%s asks %s of support: %d %s", user, pattern, got.status, got.body)
	}
}

// unnamedQueues are the lists whose rows name no queue.
var unnamedQueues = map[string]bool{"GET /api/v1/reports/menus": true, "GET /api/v1/reports/compliance": true,
	"GET /api/v1/reports/told": true, "GET /api/v1/reports/patience": true, "GET /api/v1/reports/people": true,
	"GET /api/v1/reports/staffing": true, "GET /api/v1/reports/staffing/plan": true}

// firstEvent is the first event of a stream.
func (d *testServer) firstEvent(v *http.Client, path string) string {
	d.t.Helper()
	ctx, cancel := context.WithCancel(d.t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", d.server.URL+path, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	resp, err := v.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			return data
		}
	}
	return ""
}

// TestTotalsAreOfOwnQueues: the total over all queues, and what reached none, are for
// those who see all.
func TestTotalsAreOfOwnQueues(t *testing.T) {
	t.Parallel()
	d := twoQueues(t)
	type summary struct {
		Total struct{ Offered int }
		Menus *report.MenuCounts
	}
	for user, want := range map[string]string{"supervisor": "1 false", "lead": "2 true", "admin": "2 true"} {
		got := get[summary](d, d.as(user), "/api/v1/reports/summary")
		if is := fmt.Sprint(got.Total.Offered, " ", got.Menus != nil); is != want {
			t.Errorf("%s reads %s, want %s", user, is, want)
		}
		live := get[web.Live](d, d.as(user), "/api/v1/live")
		if (live.InMenus != nil) != (user != "supervisor") {
			t.Errorf("%s reads of the menus: %v", user, live.InMenus)
		}
	}
	agents := get[web.Live](d, d.as("supervisor"), "/api/v1/live").Agents
	if is := fmt.Sprint(len(agents), " ", agents[0].Call, " ", agents[1].Agent, agents[1].Queues, agents[1].Call, " ", agents[2].Agent, agents[2].AskedBy, " ", agents[3].Agent, agents[3].AskedBy); is != "4 call-own bea[support] cam deeann" {
		t.Errorf("the agents of support are %s", is)
	}
}

// TestStreamEndsWithTheScope: who is given other queues reads nothing of the old ones,
// from the next event on.
func TestStreamEndsWithTheScope(t *testing.T) {
	t.Parallel()
	d := twoQueues(t)
	req, err := http.NewRequestWithContext(t.Context(), "GET", d.server.URL+"/api/v1/live/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := d.as("lead").Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	events := 0
	for lines.Scan() {
		if !strings.HasPrefix(lines.Text(), "data:") {
			continue
		}
		if events++; events > 1 {
			t.Fatal("an event came after the queues had changed")
		}
		if err := d.users.change("lead", func(u *web.User) { u.Queues = []string{"support"} }); err != nil {
			t.Fatal(err)
		}
		d.floor.set(func(l *web.Live) { l.InMenus = new(7) })
	}
	if events != 1 {
		t.Errorf("%d events", events)
	}
}

// lockedText is a log that may be read while it is written.
type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
