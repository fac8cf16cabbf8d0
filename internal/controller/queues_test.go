package controller

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"presszero/call"
	"presszero/internal/settings"
	"presszero/internal/sqltest"
	"presszero/ivr"
	"presszero/journal"
	"presszero/sql"
	"presszero/web"
)

func TestMain(m *testing.M) { os.Exit(sqltest.Main(m)) }

// side is one of the two queues of TestNothingOfOtherQueues, and all that is told of it.
type side struct {
	queue, number, name, agent, colleague, box string
	calls                                      [3]call.ID // answered, given up, a message
}

var sides = []side{
	{"support", "+34611000111", "Ana", "ann", "abe", "box-own", [3]call.ID{"01890a5d-ac96-774b-8000-0000000000a1", "01890a5d-ac96-774b-8000-0000000000a2", "01890a5d-ac96-774b-8000-0000000000a3"}},
	{"billing", "+34699000999", "Zacarias", "zoe", "zed", "box-other", [3]call.ID{"01890a5d-ac96-774b-8000-0000000000f1", "01890a5d-ac96-774b-8000-0000000000f2", "01890a5d-ac96-774b-8000-0000000000f3"}},
}

// regular is the caller of the first side, who calls the other one too, and later.
var regular = side{"billing", sides[0].number, sides[0].name, "zoe", "zed", "box-other", [3]call.ID{"01890a5d-ac96-774b-8000-0000000000b1", "01890a5d-ac96-774b-8000-0000000000b2", "01890a5d-ac96-774b-8000-0000000000b3"}}

// inMenus is a call that reached no queue.
const inMenus, inMenusNumber = call.ID("01890a5d-ac96-774b-8000-0000000000e0"), "+34655000555"

// words are what an answer about the other queues has in it: their names, numbers,
// callers, agents and calls.
func (s side) words() []string {
	list := []string{s.queue, s.number, s.name, s.agent, s.colleague, s.box}
	for _, id := range s.calls {
		list = append(list, string(id))
	}
	return list
}

// book writes down the facts of one call or shift, from a time on, a second apart.
func book(id call.ID, at time.Time, facts ...call.Fact) (list []call.Entry) {
	for i, f := range facts {
		list = append(list, call.Entry{Call: id, Day: call.DayOf(at), Seq: i + 1, At: at.Add(time.Duration(i) * time.Second), Fact: f})
	}
	return list
}

// day has one of everything: an answered call that was told a wait, with an asking and a
// hand-over to a colleague of the same queue, one that gave up and is to be called back,
// and a message.
func (s side) day(at time.Time) (books [][]call.Entry) {
	begin := func() []call.Fact {
		return []call.Fact{call.CallStarted{Node: "a1", Channel: "pz", To: "100", From: s.number, Name: s.name}, call.CallAnswered{}, call.NodeEntered{Node: "main", Flow: "f1"}}
	}
	enter := func(visit string, at time.Time) []call.Fact {
		return []call.Fact{call.MenuLeft{Node: "main", Queue: s.queue, Reason: "zero", Path: "main > 0"},
			call.QueueEntered{Visit: visit, Queue: s.queue, As: "live", Position: 1, Key: at, Origin: "menu", From: s.number, To: "100"}}
	}
	answered, gaveUp, message := s.calls[0], s.calls[1], s.calls[2]
	first, second := call.VisitID(answered, 1), call.VisitID(answered, 2)
	agent, colleague := call.AgentID(s.agent), call.AgentID(s.colleague)
	talk := func(visit string, n int, a call.AgentID) []call.Fact {
		offer := call.OfferID(answered, n)
		return []call.Fact{call.OfferStarted{Visit: visit, Offer: offer, Agent: a}, call.OfferEnded{Visit: visit, Offer: offer, Agent: a, How: "accepted", Rang: 1},
			call.BridgeJoined{Visit: visit, Offer: offer, Agent: a, Leg: call.LegID(offer)},
			call.QueueLeft{Visit: visit, Queue: s.queue, Outcome: call.Answered, Waited: 600, Rang: 1, Agent: a}}
	}
	asked := call.CallbackID(answered, 100)
	facts := slices.Concat(begin(), enter(first, at),
		[]call.Fact{call.WaitAnnounced{Visit: first, Queue: s.queue, Low: 60, High: 120, P50: 90, P90: 120, Model: "qlm"},
			call.WaitShadow{Visit: first, Queue: s.queue, QLm: 90, P50: 70, P80: 130, P90: 180}},
		talk(first, 1, agent),
		[]call.Fact{call.BridgeHeld{Visit: first, Agent: agent}, call.BridgeResumed{Visit: first, Agent: agent},
			call.BridgeHanded{Visit: first, Agent: agent, Queue: s.queue, To: colleague, Nth: 1},
			call.BridgeLeft{Visit: first, Agent: agent, Side: call.SideAgent, Talked: 30, Held: 10, Holds: 1, Why: "handed"},
			call.QueueEntered{Visit: second, Queue: s.queue, As: "live", Position: 1, Key: at, Origin: "transfer", From: s.number, To: "100"}},
		talk(second, 2, colleague),
		[]call.Fact{call.BridgeLeft{Visit: second, Agent: colleague, Side: call.SideCaller, Talked: 30}, call.CallEnded{Outcome: call.Answered, Side: call.SideCaller}})
	books = append(books, book(answered, at, facts...),
		book(asked, at.Add(9*time.Second), call.OutgoingDialed{Agent: agent, To: colleague, Dial: call.AskDial(asked), For: answered},
			call.OutgoingEnded{Agent: agent, How: "declined", For: answered, To: colleague}),
		book(call.ID(strings.Replace(string(answered), "-8000-", "-8001-", 1)), at,
			call.AgentChanged{Agent: agent, Presence: call.Available, State: call.Idle}, call.AgentChanged{Agent: agent, Presence: call.Available, State: call.Talking, Call: answered},
			call.TalkDisposed{Call: answered, Visit: first, Agent: agent, Queue: s.queue, Code: "order", Note: 5}))
	visit, promised := call.VisitID(gaveUp, 1), call.CallbackID(gaveUp, 1)
	books = append(books, book(gaveUp, at.Add(time.Minute), slices.Concat(begin(), enter(visit, at.Add(time.Minute)), []call.Fact{
		call.QueueLeft{Visit: visit, Queue: s.queue, Outcome: call.ToCallback, Waited: 400}, call.CallbackAccepted{Visit: visit, Callback: promised, Source: "claimed", High: 600},
		call.CallEnded{Outcome: call.ToCallback, Side: call.SideCaller}})...),
		book(promised, at.Add(2*time.Minute), call.CallbackBooked{From: gaveUp, Queue: s.queue, Number: s.number, Key: at, Entered: at, Begin: at, Until: at.Add(time.Hour), Due: at, Expires: at.Add(24 * time.Hour), Source: "claimed", To: "100"},
			call.QueueEntered{Visit: call.VisitID(promised, 1), Queue: s.queue, As: "callback", Position: 1, Key: at, Origin: "callback", From: s.number, To: "100"}),
		book(message, at.Add(3*time.Minute), slices.Concat(begin(), []call.Fact{
			call.MessageLeft{Node: s.box, Record: string(message) + ".r", Seconds: 9, Owner: s.queue, Due: at.Add(time.Hour)}, call.CallEnded{Outcome: call.LeftMessage, Side: call.SideCaller}})...))
	return books
}

// asker asks the pages as one user.
type asker struct {
	t    *testing.T
	name string
	at   string
	http *http.Client
}

func (a asker) do(method, path string, body any) (int, string) {
	a.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		a.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(a.t.Context(), method, a.at+path, bytes.NewReader(data))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := a.http.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err = io.ReadAll(resp.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	if archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data))); err == nil { // an XLSX
		data = nil
		for _, f := range archive.File {
			part, err := f.Open()
			if err != nil {
				a.t.Fatal(err)
			}
			text, err := io.ReadAll(part)
			if err != nil {
				a.t.Fatal(err)
			}
			data = append(data, text...)
			part.Close()
		}
	}
	return resp.StatusCode, string(data)
}

// emptyFloor is a floor on which nobody is.
type emptyFloor struct{}

func (emptyFloor) Now(context.Context) (web.Live, error) { return web.Live{}, nil }
func (emptyFloor) Watch(func()) (stop func())            { return func() {} }

// noDesk is a desk that nobody opens.
type noDesk struct{}

func (noDesk) Serve(http.ResponseWriter, *http.Request, web.Agent)            {}
func (noDesk) Dismiss(string)                                                 {}
func (noDesk) ServeListener(http.ResponseWriter, *http.Request, web.Listener) {}

// houseOfTwo serves the pages on a database with both sides' day and a call that reached
// no queue.
func houseOfTwo(t *testing.T, at time.Time) (as func(name string, role web.Role, queues ...string) asker) {
	quiet := slog.New(slog.DiscardHandler)
	db := sqltest.Open(t)
	j, err := journal.Open(t.TempDir(), journal.Options{SegmentSize: 1 << 20, Reserve: 1 << 20, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	for _, b := range slices.Concat(sides[0].day(at), sides[1].day(at), regular.day(at.Add(10*time.Minute))) {
		j.Append(b)
	}
	j.Append(book(inMenus, at, call.CallStarted{Node: "a1", Channel: "pz", To: "100", From: inMenusNumber, Name: "Menusonly"}, call.CallAnswered{},
		call.NodeEntered{Node: "main", Flow: "f1"}, call.CallEnded{Outcome: call.AbandonedIVR, Node: "main", Side: call.SideCaller}))
	shipped(t, db, j)
	flow, err := ivr.Parse("flow.yaml", []byte(`
version: 1
language: en
person: support
queues: {support: {}, billing: {}}
profiles: [finance, five_star]
numbers: {"100": main}
nodes:
  main: {menu: main, keys: {"1": billing}}
  billing: {queue: billing}
prompts: {main: Press 1 or 0.}
`))
	if err != nil {
		t.Fatal(err)
	}
	people := NewPeople(db, settings.Settings{StateDir: t.TempDir()})
	pages, err := web.New(web.Config{Users: people, Sessions: people.sessions(), Floor: emptyFloor{}, Desk: noDesk{}, Callers: callers{db: db},
		Messages: messages{db: db, controller: &Controller{log: quiet}, kept: keptMessages(t)},
		Reports:  reports{db, &flows{now: &served{flow: flow}}, &shared{mark: func() int64 { return 1 }}}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(pages)
	t.Cleanup(func() { pages.Close(); server.CloseClientConnections(); server.Close() })
	hash, err := web.HashPassword("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sides {
		for _, name := range []string{s.agent, s.colleague} {
			if err := people.CreateUser(t.Context(), web.User{Name: name, Role: web.RoleAgent, Queues: []string{s.queue}, Hash: hash}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return func(name string, role web.Role, queues ...string) asker {
		t.Helper()
		if err := people.CreateUser(t.Context(), web.User{Name: name, Role: role, Queues: queues, Hash: hash}); err != nil {
			t.Fatal(err)
		}
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		a := asker{t, name, server.URL, &http.Client{Jar: jar}}
		if status, body := a.do("POST", "/api/v1/session", map[string]string{"name": name, "password": "correct horse"}); status != http.StatusOK {
			t.Fatalf("signing in as %s: %d %s", name, status, body)
		}
		return a
	}
}

// shipped waits until the database has all of the journal.
func shipped(t *testing.T, db *sql.DB, j *journal.Journal) {
	t.Helper()
	s := sql.NewShipper(db, j)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	defer func() { cancel(); <-done }()
	if err := j.Sync(ctx); err != nil {
		t.Fatal(err)
	}
	for s.Shipped().Before(j.End()) {
		select {
		case <-ctx.Done():
			t.Fatal("the facts have not arrived in the database")
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// ofTheHouse are the lists that tell every supervisor the same: the flow and its sounds,
// with the names of all queues, and what is no list.
var ofTheHouse = []string{"/api/v1/flow", "/api/v1/flow/picture.svg", "/api/v1/prompts", "/api/v1/me", "/api/v1/openapi.yaml",
	"/api/v1/live/events", "/api/v1/wall/events", "/api/v1/desk/card", "/api/v1/desk/targets", "/desk", "/listen", "/healthz", "/readyz"}

// lists are the addresses of all reports and lists that the API describes for supervisors,
// in every format, with a period where they have one.
func lists(t *testing.T, a asker, at time.Time) (paths []string) {
	t.Helper()
	_, text := a.do("GET", "/api/v1/openapi.yaml", nil)
	var api struct {
		Paths map[string]map[string]struct {
			Roles      []string `yaml:"x-roles"`
			Parameters []map[string]any
		}
	}
	if err := yaml.Unmarshal([]byte(text), &api); err != nil {
		t.Fatal(err)
	}
	for path, methods := range api.Paths {
		get, is := methods["get"]
		if !is || strings.Contains(path, "{") || !slices.Contains(get.Roles, "supervisor") || slices.Contains(ofTheHouse, path) {
			continue
		}
		q := url.Values{"from": {at.Add(-time.Hour).Format(time.RFC3339)}, "to": {at.Add(time.Hour).Format(time.RFC3339)}}
		day := url.Values{"day": {at.Format(time.DateOnly)}}
		if strings.Contains(path, "/staffing") { // it is of one queue
			q = url.Values{"queue": {sides[0].queue}}
			if !strings.Contains(path, "/plan") {
				q.Set("from", at.Format(time.DateOnly))
			}
			day.Set("queue", sides[0].queue)
		}
		paths = append(paths, path+"?"+q.Encode(), path+"?"+day.Encode())
		if slices.ContainsFunc(get.Parameters, func(p map[string]any) bool { return p["$ref"] == "#/components/parameters/format" }) {
			for _, format := range []string{"csv", "xlsx"} {
				q.Set("format", format)
				paths = append(paths, path+"?"+q.Encode())
			}
		}
	}
	slices.Sort(paths)
	return append(paths, "/api/v1/messages?done=true", "/api/v1/callers?number=000", "/api/v1/reports/compliance?profile=finance",
		"/api/v1/reports/abandonment?interval=24h&day="+at.Format(time.DateOnly), "/api/v1/reports/abandonment?together=true&day="+at.Format(time.DateOnly),
		"/api/v1/reports/compare?by=dialed&day="+at.Format(time.DateOnly), "/api/v1/reports/compare?by=halfhour&day="+at.Format(time.DateOnly))
}

// TestNothingOfOtherQueues: whatever report, list or file a supervisor of one queue asks
// for, there is no word in it of the other queue, and of calls that reached none.
func TestNothingOfOtherQueues(t *testing.T) {
	t.Parallel()
	at := time.Now().UTC().Truncate(time.Hour).Add(-3 * time.Hour)
	as := houseOfTwo(t, at)
	own, other := sides[0], sides[1]
	she, all := as("sup", web.RoleSupervisor, own.queue), as("lead", web.RoleSupervisor)
	foreign := append(other.words(), string(regular.calls[0]), string(regular.calls[1]), string(regular.calls[2]), string(inMenus), inMenusNumber, "Menusonly")
	found := map[string]bool{} // that who sees all reads
	for _, path := range lists(t, all, at) {
		status, body := all.do("GET", path, nil)
		if status == http.StatusNotFound && strings.Contains(body, "not configured") && !strings.HasPrefix(path, "/api/v1/reports/") {
			continue // of what this house does not have
		}
		if status != http.StatusOK {
			t.Errorf("%s of all: %d %s", path, status, body)
		}
		for _, word := range foreign {
			found[word] = found[word] || strings.Contains(body, word)
		}
		status, body = she.do("GET", path, nil)
		if status != http.StatusOK {
			t.Errorf("%s of one queue: %d %s", path, status, body)
		}
		for _, word := range foreign {
			if strings.Contains(body, word) {
				t.Errorf("%s tells a supervisor of %s of %q: %s", path, own.queue, word, body)
			}
		}
		if strings.Contains(body, own.queue) {
			found[path] = true
		}
	}
	for _, word := range foreign {
		if !found[word] {
			t.Errorf("no list has %q at all, so that it is in none proves nothing", word)
		}
	}
	t.Logf("%d lists tell of %s", len(found)-len(foreign), own.queue)
	if _, body := she.do("GET", "/api/v1/reports/compliance?profile=es&day="+at.Format(time.DateOnly), nil); !strings.Contains(body, `"breaches":[`) || !strings.Contains(body, string(own.calls[0])) {
		t.Errorf("who waited 600 s is no breach of what is promised within 180: %s", body)
	}
	foreignThings(t, she, all)
}

// foreignThings: what is known by its id is there for those who may see it, and for nobody else.
func foreignThings(t *testing.T, she, all asker) {
	var callers struct {
		Callers []struct{ Key, Number string }
	}
	_, body := all.do("GET", "/api/v1/callers", nil)
	if err := json.Unmarshal([]byte(body), &callers); err != nil || len(callers.Callers) != 3 {
		t.Fatalf("the callers are %s, %v", body, err)
	}
	key := map[string]string{}
	for _, c := range callers.Callers {
		key[c.Number] = c.Key
	}
	edit := map[string]any{"name": "New", "language": "", "vip": false, "note": ""}
	for i, s := range sides {
		want := []int{http.StatusOK, http.StatusNotFound}[i]
		for _, id := range append(s.calls[:], call.CallbackID(s.calls[1], 1), call.CallbackID(s.calls[0], 100)) {
			if status, body := she.do("GET", "/api/v1/calls/"+string(id), nil); status != want {
				t.Errorf("the call %s of %s: %d %s", id, s.queue, status, body)
			}
		}
		if status, body := she.do("PUT", "/api/v1/callers/"+key[s.number], edit); status != want {
			t.Errorf("the caller of %s: %d %s", s.queue, status, body)
		}
		if status, body := she.do("POST", "/api/v1/messages/"+string(s.calls[2])+".r/take", map[string]string{"from": ""}); (status == http.StatusNoContent) != (i == 0) {
			t.Errorf("the message of %s: %d %s", s.queue, status, body)
		}
		if status, body := she.do("GET", "/api/v1/reports/talks?queue="+s.queue, nil); status != want {
			t.Errorf("the talks of %s: %d %s", s.queue, status, body)
		}
	}
	for _, c := range []struct {
		a    asker
		want int
	}{{she, http.StatusNotFound}, {all, http.StatusOK}} {
		if status, body := c.a.do("GET", "/api/v1/calls/"+string(inMenus), nil); status != c.want {
			t.Errorf("%s asks for a call that reached no queue: %d %s", c.a.name, status, body)
		}
	}
}
