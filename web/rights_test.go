package web_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/alexedwards/argon2id"

	"presszero/web"
)

// standing is a desk that is open until it is dismissed.
type standing struct {
	opened    chan web.Agent
	dismissed chan struct{}
	once      sync.Once
	hosts     chan string // of the requests; nil: nobody looks
}

func (s *standing) Serve(_ http.ResponseWriter, r *http.Request, a web.Agent) {
	if s.hosts != nil {
		s.hosts <- r.Host
	}
	s.opened <- a
	select {
	case <-s.dismissed:
	case <-r.Context().Done():
	}
}

func (s *standing) ServeListener(_ http.ResponseWriter, _ *http.Request, l web.Listener) {
	s.opened <- web.Agent{Name: l.Name, Queues: l.Queues, Still: l.Still}
}

func (s *standing) Dismiss(name string) {
	if name == "agent" {
		s.once.Do(func() { close(s.dismissed) })
	}
}

// change is something that is done to the user agent.
type change struct {
	name string
	own  bool // she does it herself, on this device
	ends bool // all her sessions, but this one when it is her own
	do   func(d *testServer, here string) int
}

var changes = []change{
	{"role", false, true, func(d *testServer, _ string) int {
		return d.asAdmin("PUT", "/api/v1/users/agent/role", map[string]string{"role": other(d)})
	}},
	{"disable", false, true, func(d *testServer, _ string) int {
		return d.asAdmin("PUT", "/api/v1/users/agent/disabled", map[string]bool{"disabled": true})
	}},
	{"enable", false, true, func(d *testServer, _ string) int {
		return d.asAdmin("PUT", "/api/v1/users/agent/disabled", map[string]bool{"disabled": false})
	}},
	{"password by an admin", false, true, func(d *testServer, _ string) int {
		return d.asAdmin("PUT", "/api/v1/users/agent/password", map[string]string{"password": password})
	}},
	{"generated password", false, true, func(d *testServer, _ string) int {
		return d.asAdmin("PUT", "/api/v1/users/agent/password", map[string]bool{"generate": true})
	}},
	{"own password", true, true, nil},
	{"queues and skills", false, false, func(d *testServer, _ string) int {
		return d.asAdmin("PUT", "/api/v1/users/agent/work", map[string]any{"queues": []string{"sales"}})
	}},
}

// other is a role that the user agent does not have now.
func other(d *testServer) string {
	if u, _ := d.users.User(d.t.Context(), "agent"); u.Role == web.RoleAgent {
		return "supervisor"
	}
	return "agent"
}

func (d *testServer) asAdmin(method, path string, body any) int {
	if d.admin == "" {
		d.admin = d.signedIn("admin")
	}
	return d.from("127.0.0.1", method, path, body, "Cookie", d.admin).StatusCode
}

// cheap is a hash of password that is quick to compare with.
var cheap = sync.OnceValue(func() string {
	h, err := argon2id.CreateHash(password, &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		panic(err)
	}
	return h
})

func (d *testServer) signedIn(name string) string {
	d.t.Helper()
	got := d.from("127.0.0.1", "POST", "/api/v1/session", map[string]string{"name": name, "password": password})
	if got.StatusCode != http.StatusOK {
		d.t.Fatalf("signing in as %s: %d", name, got.StatusCode)
	}
	return cookies(got)
}

// TestChangesEndSessions: every pair of changes, one after the other, and what
// becomes of the session here, of one elsewhere, and of a desk that is open.
func TestChangesEndSessions(t *testing.T) {
	t.Parallel()
	for _, deskHere := range []bool{true, false} {
		for _, first := range changes {
			for _, second := range changes {
				where := map[bool]string{true: "here", false: "elsewhere"}[deskHere]
				t.Run(strings.ReplaceAll(first.name+" then "+second.name+" desk "+where, " ", "_"), func(t *testing.T) {
					t.Parallel()
					twoChanges(t, deskHere, first, second)
				})
			}
		}
	}
}

func twoChanges(t *testing.T, deskHere bool, both ...change) {
	s := &standing{opened: make(chan web.Agent, 1), dismissed: make(chan struct{})}
	d := newTestServer(t, func(c *web.Config) { c.Desk = s })
	for _, name := range []string{"agent", "admin"} {
		if err := d.users.change(name, func(u *web.User) { u.Hash = cheap() }); err != nil {
			t.Fatal(err)
		}
	}
	d.users.told = d.pages.Changed
	here, elsewhere := d.signedIn("agent"), d.signedIn("agent")
	at := elsewhere
	if deskHere {
		at = here
	}
	open, shut := context.WithCancel(t.Context())
	var desk sync.WaitGroup
	desk.Go(func() {
		r := httptest.NewRequestWithContext(open, "GET", "/desk", nil)
		r.Header.Set("Cookie", at)
		d.pages.ServeHTTP(httptest.NewRecorder(), r)
	})
	defer desk.Wait()
	defer shut()
	agent := <-s.opened

	word, disabled := password, false
	hereLives, elsewhereLives := true, true
	for _, c := range both {
		if c.own {
			got := d.from("127.0.0.1", "PUT", "/api/v1/me/password", map[string]string{"old": word, "new": word + "!"}, "Cookie", here)
			want := http.StatusUnauthorized
			if hereLives {
				want = http.StatusNoContent
				word += "!"
				here, elsewhereLives = cookies(got), false
			}
			if got.StatusCode != want {
				t.Fatalf("%s: %d, want %d", c.name, got.StatusCode, want)
			}
			continue
		}
		if got := c.do(d, here); got != http.StatusNoContent && got != http.StatusOK {
			t.Fatalf("%s: %d", c.name, got)
		}
		effect := c.ends && (c.name != "enable" || disabled) // one who is enabled already keeps her sessions
		switch c.name {
		case "disable":
			disabled = true
		case "enable":
			disabled = false
		}
		if effect {
			hereLives, elsewhereLives = false, false
		}
	}
	deskLives := elsewhereLives
	if deskHere {
		deskLives = hereLives
	}
	lives := func(cookie string) bool {
		return d.from("127.0.0.1", "GET", "/api/v1/me", nil, "Cookie", cookie).StatusCode == http.StatusOK
	}
	if got := lives(here); got != hereLives {
		t.Errorf("the session here lives: %v, want %v", got, hereLives)
	}
	if got := lives(elsewhere); got != elsewhereLives {
		t.Errorf("the session elsewhere lives: %v, want %v", got, elsewhereLives)
	}
	if got := agent.Still(t.Context()); got != deskLives {
		t.Errorf("the sign-in of the desk holds: %v, want %v", got, deskLives)
	}
	select {
	case <-s.dismissed:
		if deskLives {
			t.Error("the desk was closed")
		}
	default:
		if !deskLives {
			t.Error("the desk was not closed")
		}
	}
}

// TestChangeAfterASecondPage: a second page that came and went does not hide the first
// from a change that ends its sign-in.
func TestChangeAfterASecondPage(t *testing.T) {
	t.Parallel()
	s := &standing{opened: make(chan web.Agent), dismissed: make(chan struct{})}
	d := newTestServer(t, func(c *web.Config) { c.Desk = s })
	d.users.told = d.pages.Changed
	open := func(ctx context.Context) (closed chan struct{}) {
		r := httptest.NewRequestWithContext(ctx, "GET", "/desk", nil)
		r.Header.Set("Cookie", d.signedIn("agent"))
		closed = make(chan struct{})
		go func() {
			defer close(closed)
			d.pages.ServeHTTP(httptest.NewRecorder(), r)
		}()
		<-s.opened
		return closed
	}
	first := open(t.Context())
	ctx, shut := context.WithCancel(t.Context())
	second := open(ctx)
	shut()
	<-second
	if err := d.users.change("agent", func(u *web.User) { u.Disabled = true }); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.dismissed:
		<-first
	default:
		t.Error("the desk was not closed")
	}
}

// TestStreamEndsWithTheSession: whoever has lost her sign-in sees no more of
// the floor, from the next event on.
func TestStreamEndsWithTheSession(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	v := d.as("supervisor")
	req, err := http.NewRequestWithContext(t.Context(), "GET", d.server.URL+"/api/v1/live/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := v.Do(req)
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
			t.Fatal("an event came after the sign-in had ended")
		}
		if err := d.users.change("supervisor", func(u *web.User) { u.Disabled = true }); err != nil {
			t.Fatal(err)
		}
		d.floor.set(func(l *web.Live) { l.InMenus = new(7) })
	}
	if events != 1 {
		t.Errorf("%d events", events)
	}
}

// TestOwnPassword: who changes her own password must know it, and cannot guess
// it for long with a session that she has found.
func TestOwnPassword(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	cookie := d.signedIn("agent")
	set := func(old, new string) int {
		return d.from("127.0.0.1", "PUT", "/api/v1/me/password", map[string]string{"old": old, "new": new}, "Cookie", cookie).StatusCode
	}
	for _, c := range []struct{ old, new string }{
		{"wrong", "long enough"}, {password, "short"}, {password, password}, {password, strings.Repeat("x", 129)},
	} {
		if got := set(c.old, c.new); got != http.StatusUnprocessableEntity {
			t.Errorf("%q to %q: %d", c.old, c.new, got)
		}
	}
	limited := false
	for range 10 {
		limited = limited || set("wrong", "long enough") == http.StatusTooManyRequests
	}
	if !limited {
		t.Error("guessing the present password is not limited")
	}
	if got := d.tryFrom("127.0.0.1", "agent", password); got != http.StatusOK {
		t.Errorf("and locks the owner out: %d", got)
	}
}

// TestFirstPassword: a password that was made for somebody is to be changed. On
// the server's own machine that can wait; elsewhere nothing else is allowed.
func TestFirstPassword(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	admin := d.as("admin")
	made := d.do(admin, "POST", "/api/v1/users", map[string]any{"name": "ann", "role": "admin", "generate": true})
	word := field(t, made.body, "password")
	if made.status != http.StatusCreated || len(word) < 12 {
		t.Fatalf("a user with a generated password: %v", made)
	}
	const local, elsewhere = "127.0.0.1", "203.0.113.7"
	in := func(from, word string) string {
		got := d.from(from, "POST", "/api/v1/session", map[string]string{"name": "ann", "password": word})
		if got.StatusCode != http.StatusOK {
			t.Fatalf("signing in from %s: %d", from, got.StatusCode)
		}
		return cookies(got)
	}
	cookie := in(elsewhere, word)
	all := func(from string, allowed func(pattern string) bool) {
		t.Helper()
		for _, pattern := range web.Routes() {
			method, path, _ := strings.Cut(pattern, " ")
			if strings.Contains(path, "session") || strings.Contains(path, "events") || path == "/desk" || strings.Contains(path, "me/password") || path == "/{$}" || path == "" {
				continue
			}
			path = strings.NewReplacer("{", "", "}", "").Replace(path)
			got := d.from(from, method, path, nil, "Cookie", cookie)
			refused := got.StatusCode == http.StatusForbidden || got.StatusCode == http.StatusSeeOther && got.Header.Get("Location") == "/password"
			if refused == allowed(pattern) {
				t.Errorf("with a first password from %s, %s: %d", from, pattern, got.StatusCode)
			}
		}
	}
	all(elsewhere, func(pattern string) bool {
		return may[pattern][0] || pattern == "GET /api/v1/me" || pattern == "GET /password"
	})
	if got := d.from(elsewhere, "GET", "/desk", nil, "Cookie", cookie).StatusCode; got != http.StatusForbidden {
		t.Errorf("the desk: %d", got)
	}
	if got := d.from(local, "GET", "/api/v1/users", nil, "Cookie", cookie, "X-Forwarded-For", elsewhere).StatusCode; got != http.StatusForbidden {
		t.Errorf("through a proxy on this machine: %d", got)
	}
	if got := d.from(local, "GET", "/api/v1/users", nil, "Cookie", cookie).StatusCode; got != http.StatusOK {
		t.Errorf("on this machine it can wait, but: %d", got)
	}
	got := d.from(elsewhere, "PUT", "/api/v1/me/password", map[string]string{"old": word, "new": "my own password"}, "Cookie", cookie)
	if got.StatusCode != http.StatusNoContent {
		t.Fatalf("changing it: %d", got.StatusCode)
	}
	cookie = cookies(got)
	if got := d.from(elsewhere, "GET", "/api/v1/users", nil, "Cookie", cookie).StatusCode; got != http.StatusOK {
		t.Errorf("with a password of her own: %d", got)
	}
	// An admin has another one made.
	set := d.do(admin, "PUT", "/api/v1/users/ann/password", map[string]bool{"generate": true})
	cookie = in(elsewhere, field(t, set.body, "password"))
	if got := d.from(elsewhere, "GET", "/api/v1/users", nil, "Cookie", cookie).StatusCode; got != http.StatusForbidden {
		t.Errorf("with another generated one: %d", got)
	}
	if got := d.do(admin, "PUT", "/api/v1/users/ann/password", map[string]any{"generate": true, "password": "long enough"}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("both: %v", got)
	}
}
