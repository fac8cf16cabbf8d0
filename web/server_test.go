package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"presszero/internal/browsertest"
	"presszero/report"
	"presszero/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(browsertest.Sharing(m)) }

const password = "correct horse"

// hash of password, made once: it is meant to be slow.
var hash = sync.OnceValue(func() string {
	h, err := web.HashPassword(password)
	if err != nil {
		panic(err)
	}
	return h
})

// testServer is a server with one user per role and a day in the reports.
type testServer struct {
	t       *testing.T
	config  web.Config
	pages   *web.Server
	server  *httptest.Server
	users   *userBook
	floor   *stage
	books   *books
	desk    *desks
	sources *sources
	trunks  *trunkSource

	sessions *sessionBook
	acts     *actBook
	admin    string // cookies of her sign-in; see asAdmin
}

func newTestServer(t *testing.T, change ...func(*web.Config)) *testServer {
	t.Helper()
	d := &testServer{t: t, users: &userBook{users: map[string]web.User{}}, floor: newStage(), books: &books{}, desk: newDesks(t), sources: newSources(), trunks: &trunkSource{},
		sessions: &sessionBook{}, acts: &actBook{}}
	d.sources.acts = d.acts
	for _, role := range []web.Role{web.RoleAgent, web.RoleSupervisor, web.RoleAdmin} {
		d.users.users[string(role)] = web.User{Name: string(role), Role: role, Hash: hash()}
	}
	d.config = web.Config{Users: d.users, Sessions: d.sessions, Floor: d.floor, Reports: d.books,
		Callers: d.sources, Callbacks: callbackBook{d.sources}, Outgoing: d.sources, Trunks: d.trunks, Messages: d.sources, Flow: d.sources, Prompts: d.sources, Audit: d.acts,
		Desk: d.desk, Logger: slog.New(slog.DiscardHandler),
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "metric 1\n") })}
	for _, f := range change {
		f(&d.config)
	}
	var err error
	if d.pages, err = web.New(d.config); err != nil {
		t.Fatal(err)
	}
	if d.config.Secure {
		d.server = httptest.NewTLSServer(d.pages)
	} else {
		d.server = httptest.NewServer(d.pages)
	}
	t.Cleanup(func() {
		d.pages.Close()
		d.desk.close()
		d.server.CloseClientConnections()
		d.server.Close()
	})
	return d
}

// visitor is a browser without a screen: it keeps cookies and follows nothing.
func (d *testServer) visitor() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return &http.Client{Jar: jar, Transport: d.server.Client().Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// as is a visitor who has signed in.
func (d *testServer) as(name string) *http.Client {
	d.t.Helper()
	v := d.visitor()
	if got := d.signIn(v, name, password); got.status != http.StatusOK {
		d.t.Fatalf("signing in as %s: %v", name, got)
	}
	return v
}

func (d *testServer) signIn(v *http.Client, name, password string) answer {
	d.t.Helper()
	return d.do(v, "POST", "/api/v1/session", map[string]string{"name": name, "password": password})
}

// answer is what came back, read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

// sentence is the error of a refusal.
func (a answer) sentence() string {
	var e struct{ Error string }
	_ = json.Unmarshal([]byte(a.body), &e)
	return e.Error
}

func (d *testServer) do(v *http.Client, method, path string, body any, header ...string) answer {
	d.t.Helper()
	var in io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			d.t.Fatal(err)
		}
		in = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(d.t.Context(), method, d.server.URL+path, in)
	if err != nil {
		d.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return d.send(v, req)
}

// send sends a request, and checks that openapi.yaml describes the answer.
func (d *testServer) send(v *http.Client, req *http.Request) answer {
	d.t.Helper()
	resp, err := v.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	a := answer{resp.StatusCode, resp.Header, string(data)}
	api, err := described()
	if err != nil {
		d.t.Fatal(err)
	}
	api.check(d.t, req, a)
	return a
}

// get asks for JSON and decodes it.
func get[T any](d *testServer, v *http.Client, path string) (out T) {
	d.t.Helper()
	a := d.do(v, "GET", path, nil)
	if a.status != http.StatusOK {
		d.t.Fatalf("GET %s: %d %s", path, a.status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		d.t.Fatalf("GET %s: %v in %s", path, err, a.body)
	}
	return out
}

// userBook is web.Users in memory.
type userBook struct {
	mu    sync.Mutex
	users map[string]web.User
	told  func(name string) // of every change, before it returns
	fail  error             // of changes, after they were made
}

func (b *userBook) User(_ context.Context, name string) (web.User, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	u, ok := b.users[name]
	if !ok {
		return web.User{}, web.ErrNotFound
	}
	return u, nil
}

func (b *userBook) Users(context.Context) (list []web.User, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, u := range b.users {
		list = append(list, u)
	}
	slices.SortFunc(list, func(a, b web.User) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

func (b *userBook) CreateUser(_ context.Context, u web.User) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.users[u.Name]; ok {
		return web.ErrTaken
	}
	b.users[u.Name] = u
	return nil
}

func (b *userBook) change(name string, f func(*web.User)) error {
	err := b.write(name, f)
	if err == nil && b.fail != nil {
		return b.fail
	}
	if err == nil && b.told != nil {
		b.told(name)
	}
	return err
}

func (b *userBook) write(name string, f func(*web.User)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	u, ok := b.users[name]
	if !ok {
		return web.ErrNotFound
	}
	was := u
	f(&u)
	if u.Role != was.Role || u.Hash != was.Hash || u.Disabled != was.Disabled {
		u.Epoch++ // as the database does
	}
	b.users[name] = u
	return nil
}

func (b *userBook) SetUserHash(_ context.Context, name, hash string, first bool) error {
	return b.change(name, func(u *web.User) { u.Hash, u.FirstPassword = hash, first })
}

func (b *userBook) SetUserRole(_ context.Context, name string, role web.Role) error {
	return b.change(name, func(u *web.User) { u.Role = role })
}

func (b *userBook) SetUserWork(_ context.Context, u web.User) error {
	return b.change(u.Name, func(had *web.User) { had.Queues, had.Skills, had.Weights = u.Queues, u.Skills, u.Weights })
}

func (b *userBook) SetUserDisabled(_ context.Context, name string, disabled bool) error {
	return b.change(name, func(u *web.User) { u.Disabled = disabled })
}

// sessionBook is scs.Store in memory.
type sessionBook struct {
	sync.Map
	deleted atomic.Int64
}

func (b *sessionBook) Delete(token string) error {
	b.deleted.Add(1)
	b.Map.Delete(token)
	return nil
}

func (b *sessionBook) Find(token string) ([]byte, bool, error) {
	data, ok := b.Load(token)
	if !ok {
		return nil, false, nil
	}
	return data.([]byte), true, nil
}

func (b *sessionBook) Commit(token string, data []byte, _ time.Time) error {
	b.Store(token, data)
	return nil
}

// raw is data as JSON.
func raw(data map[string]any) json.RawMessage {
	text, err := json.Marshal(data)
	if err != nil {
		panic(err)
	}
	return text
}

// actBook is web.Audit in memory.
type actBook struct {
	mu   sync.Mutex
	acts []report.Act
}

func (b *actBook) Write(who, what string, detail map[string]any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.acts = append(b.acts, report.Act{ID: int64(len(b.acts) + 1), At: nine, Who: who, What: what, Detail: raw(detail)})
}

func (b *actBook) Acts(_ context.Context, f report.ActFilter) (list []report.Act, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range slices.Backward(b.acts) {
		if (f.Before == 0 || a.ID < f.Before) && (f.Who == "" || a.Who == f.Who) &&
			(f.What == "" || a.What == f.What || strings.HasPrefix(a.What, f.What+".")) && len(list) < f.Limit {
			list = append(list, a)
		}
	}
	return list, nil
}

// stage is web.Floor with whatever the test puts on it.
type stage struct {
	mu       sync.Mutex
	live     web.Live
	asked    int
	watchers map[int]func()
}

func newStage() *stage { return &stage{watchers: map[int]func(){}} }

func (s *stage) Now(context.Context) (web.Live, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	l := s.live
	l.Now = time.Now()
	return l, nil
}

func (s *stage) Watch(changed func()) func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := len(s.watchers)
	s.watchers[id] = changed
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watchers, id)
	}
}

// set changes the stage and tells whoever watches.
func (s *stage) set(change func(*web.Live)) {
	s.mu.Lock()
	change(&s.live)
	var tell []func()
	for _, w := range s.watchers {
		tell = append(tell, w)
	}
	s.mu.Unlock()
	for _, w := range tell {
		w()
	}
}

// books is web.Reports over a list of visits.
type books struct {
	mu     sync.Mutex
	visits []report.Call
	menus  report.MenuCounts
	nodes  []report.MenuNode
	rules  []report.Requirement
	waits  []report.WaitAccuracy
	bounds []report.Thresholds // none: the usual, in UTC
	counts report.CallCounts
	facts  map[string][]report.Fact // of calls whose timeline is told in full
	fail   error
}

func (b *books) add(v ...report.Call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.visits = append(b.visits, v...)
}

func (b *books) in(p report.Period, queue string) (list []report.Call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, v := range b.visits {
		if !v.At.Before(p.From) && v.At.Before(p.To) && (queue == "" || queue == v.Queue) {
			list = append(list, v)
		}
	}
	return list
}

func (b *books) Tallies(_ context.Context, p report.Period, queue string, interval time.Duration) ([]report.Tally, error) {
	var list []report.Tally
	for _, v := range b.in(p, queue) {
		if v.Queue == "" {
			continue
		}
		start := p.From
		if interval > 0 {
			start = p.From.Add(v.At.Sub(p.From).Truncate(interval))
		}
		t := report.Tally{Queue: v.Queue, Start: start, Outcome: v.Outcome, Visits: 1}
		if v.Outcome != report.Open {
			t.LongestS, t.Longest = v.QueueS, v.Call
		}
		if abandoned, th := strings.HasPrefix(v.Outcome, "abandoned"), b.thresholds(v.Queue); abandoned || v.Outcome == "answered" {
			t.Within = count(v.QueueS <= th.TargetS)
			t.Short = count(abandoned && v.QueueS <= th.ShortS)
		}
		list = append(list, t)
	}
	return list, b.fail
}

// count is 1 of what is, and 0 of what is not.
func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

func (b *books) Thresholds() []report.Thresholds {
	if b.bounds == nil {
		return []report.Thresholds{{TargetS: 20, ShortS: 5, Zone: "UTC"}}
	}
	return b.bounds
}

func (b *books) thresholds(queue string) report.Thresholds {
	all := b.Thresholds()
	if i := slices.IndexFunc(all, func(m report.Thresholds) bool { return m.Queue == queue }); i >= 0 {
		return all[i]
	}
	return all[0]
}

func (b *books) CallCounts(context.Context, report.Period) (report.CallCounts, error) {
	return b.counts, b.fail
}

func (b *books) Menus(context.Context, report.Period) (report.MenuCounts, error) {
	return b.menus, b.fail
}

func (b *books) Calls(_ context.Context, f report.CallFilter) (list []report.Call, err error) {
	for _, v := range slices.Backward(b.in(f.Period, f.Queue)) {
		if len(list) < f.Limit && (len(f.Outcomes) == 0 || slices.Contains(f.Outcomes, v.Outcome)) {
			list = append(list, v)
		}
	}
	return list, b.fail
}

func (b *books) Timeline(_ context.Context, call string) ([]report.Fact, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if list, ok := b.facts[call]; ok {
		return list, nil
	}
	for _, v := range b.visits {
		if v.Call == call {
			return []report.Fact{
				{Seq: 1, At: v.At, Kind: "call.started", Data: raw(map[string]any{"from": v.Number, "name": v.Name})},
				{Seq: 2, At: v.At.Add(time.Duration(v.QueueS * float64(time.Second))), Kind: "queue.left",
					Data: raw(map[string]any{"outcome": v.Outcome, "queue_s": v.QueueS})},
			}, nil
		}
	}
	return nil, web.ErrNotFound
}

func (b *books) MenuNodes(context.Context, report.Period) ([]report.MenuNode, error) {
	return b.nodes, b.fail
}

func (b *books) Compliance(_ context.Context, profile string, _ report.Period) ([]report.Requirement, error) {
	if profile != "" && profile != "es" {
		return nil, web.ErrNotFound
	}
	return b.rules, b.fail
}

func (b *books) WaitAccuracy(context.Context, report.Period) ([]report.WaitAccuracy, error) {
	return b.waits, b.fail
}

var errAway = errors.New("the database is away")

func readiness(reasons *[]string) func(context.Context) []string {
	return func(context.Context) []string { return *reasons }
}
