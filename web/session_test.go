package web_test

import (
	"net/http"
	"strings"
	"testing"

	"presszero/web"
)

func cookie(a answer) *http.Cookie {
	all := (&http.Response{Header: a.header}).Cookies()
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		d := newTestServer(t, func(c *web.Config) { c.Secure, c.Demo = secure, func() bool { return secure } })
		v := d.visitor()
		got := d.signIn(v, "agent", password)
		c := cookie(got)
		name := map[bool]string{false: "presszero", true: "__Host-presszero"}[secure]
		if got.status != http.StatusOK || !strings.Contains(got.body, `"home":"/agent"`) || c == nil {
			t.Fatalf("signing in: %v", got)
		}
		if c.Name != name || c.Secure != secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("the cookie is %v", c)
		}
		me := get[map[string]any](d, v, "/api/v1/me")
		if simulated := me["demo"] == true; me["role"] != "agent" || me["name"] != "agent" || simulated != secure {
			t.Errorf("me is %v", me)
		}
		again := cookie(d.signIn(v, "agent", password))
		if again == nil || again.Value == c.Value {
			t.Error("signing in again did not renew the token")
		}
		old := d.visitor()
		if got := d.do(old, "GET", "/api/v1/me", nil, "Cookie", c.Name+"="+c.Value); got.status != http.StatusUnauthorized {
			t.Errorf("the token of before is still good: %v", got)
		}
	}
}

func TestSignInRefused(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.users.users["gone"] = web.User{Name: "gone", Role: web.RoleAgent, Hash: hash(), Disabled: true}
	said := map[string]bool{}
	for name, word := range map[string]string{"agent": "wrong", "nobody": password, "gone": password, "": ""} {
		got := d.signIn(d.visitor(), name, word)
		if got.status != http.StatusUnauthorized || cookie(got) != nil {
			t.Errorf("%q with %q: %v", name, word, got)
		}
		said[got.sentence()] = true
	}
	if len(said) != 1 {
		t.Errorf("the refusals differ, which tells who exists: %v", said)
	}
	for body, status := range map[string]int{`{"name":1}`: 400, `{`: 400, `{"name":"a","colour":"red"}`: 400} {
		req, _ := http.NewRequestWithContext(t.Context(), "POST", d.server.URL+"/api/v1/session", strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		resp, err := d.visitor().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != status {
			t.Errorf("%s: %d", body, resp.StatusCode)
		}
	}
	if got := d.do(d.visitor(), "POST", "/api/v1/session", nil); got.status != http.StatusUnsupportedMediaType {
		t.Errorf("a form instead of JSON: %v", got)
	}
}

func TestGuessingIsLimited(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	for range 5 {
		if got := d.signIn(d.visitor(), "agent", "guess"); got.status != http.StatusUnauthorized {
			t.Fatalf("a wrong password: %v", got)
		}
	}
	if got := d.signIn(d.visitor(), "agent", password); got.status != http.StatusTooManyRequests || got.sentence() == "" {
		t.Fatalf("the sixth guess at one name: %v", got)
	}
	if got := d.signIn(d.visitor(), "supervisor", password); got.status != http.StatusOK {
		t.Fatalf("others must not suffer: %v", got)
	}
	for range 12 { // right passwords cost nothing
		if got := d.signIn(d.visitor(), "supervisor", password); got.status != http.StatusOK {
			t.Fatalf("a shift that signs in at once: %v", got)
		}
	}
}

func TestEndOfSession(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	v := d.as("agent")
	token := cookie(d.signIn(v, "agent", password))
	if got := d.do(v, "DELETE", "/api/v1/session", nil); got.status != http.StatusNoContent {
		t.Fatalf("signing out: %v", got)
	}
	if got := d.do(d.visitor(), "GET", "/api/v1/me", nil, "Cookie", token.Name+"="+token.Value); got.status != http.StatusUnauthorized {
		t.Fatalf("the token outlives the sign-out: %v", got)
	}
	if len(d.desk.dismissed) != 1 || d.desk.dismissed[0] != "agent" {
		t.Fatalf("dismissed: %v", d.desk.dismissed)
	}
	if got := d.do(d.visitor(), "DELETE", "/api/v1/session", nil); got.status != http.StatusNoContent {
		t.Fatalf("signing out twice: %v", got)
	}
}

func TestStolenAndForgedTokens(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	for _, value := range []string{"x", strings.Repeat("A", 5000), "../..", "%00"} {
		if got := d.do(d.visitor(), "GET", "/api/v1/me", nil, "Cookie", "presszero="+value); got.status != http.StatusUnauthorized {
			t.Errorf("token %.20q: %v", value, got)
		}
	}
}

func TestOtherSitesMayNotAsk(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	v := d.as("admin")
	user := map[string]any{"name": "eve", "role": "admin", "password": password}
	for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://elsewhere.example"}} {
		if got := d.do(v, "POST", "/api/v1/users", user, header...); got.status != http.StatusForbidden || got.sentence() == "" {
			t.Errorf("a page of elsewhere with %v: %v", header, got)
		}
	}
	if got := d.do(v, "POST", "/api/v1/users", user, "Origin", d.server.URL, "Sec-Fetch-Site", "same-origin"); got.status != http.StatusCreated {
		t.Errorf("our own page: %v", got)
	}
}

// TestUserWork: queues, weights and skills are set together, and what cannot be
// is refused with a sentence.
func TestUserWork(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	admin := d.as("admin")
	work := map[string]any{"queues": []string{"support", "sales"}, "skills": map[string]int{"german": 8}, "weights": map[string]int{"support": 2}}
	if got := d.do(admin, "PUT", "/api/v1/users/agent/work", work); got.status != http.StatusNoContent {
		t.Fatalf("%v", got)
	}
	u, _ := d.users.User(t.Context(), "agent")
	if len(u.Queues) != 2 || u.Skills["german"] != 8 || u.Weights["support"] != 2 {
		t.Errorf("%+v", u)
	}
	if got := d.do(admin, "GET", "/api/v1/users", nil); !strings.Contains(got.body, `"skills":{"german":8},"weights":{"support":2}`) {
		t.Errorf("%v", got)
	}
	if got := d.do(admin, "PUT", "/api/v1/users/nobody/work", work); got.status != http.StatusNotFound {
		t.Errorf("of nobody: %v", got)
	}
	if got := d.do(d.as("supervisor"), "PUT", "/api/v1/users/agent/work", work); got.status != http.StatusForbidden {
		t.Errorf("by a supervisor: %v", got)
	}
	for _, bad := range []map[string]any{
		{"skills": map[string]int{"german": 11}}, {"skills": map[string]int{"german": 0}}, {"skills": map[string]int{"Very Good": 3}},
		{"weights": map[string]int{"support": 11}}, {"queues": []string{"sales"}, "weights": map[string]int{"support": 2}},
		{"queues": []string{"a b"}},
	} {
		if got := d.do(admin, "PUT", "/api/v1/users/agent/work", bad); got.status != http.StatusUnprocessableEntity || got.sentence() == "" {
			t.Errorf("%v: %v", bad, got)
		}
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	admin := d.as("admin")
	ann := map[string]any{"name": "ann", "role": "agent", "queues": []string{"billing"}, "password": "long enough"}
	if got := d.do(admin, "POST", "/api/v1/users", ann); got.status != http.StatusCreated || strings.Contains(got.body, "argon2") {
		t.Fatalf("adding ann: %v", got)
	}
	if got := d.do(admin, "POST", "/api/v1/users", ann); got.status != http.StatusConflict {
		t.Fatalf("adding ann twice: %v", got)
	}
	for _, bad := range []map[string]any{
		{"name": "", "role": "agent", "password": "long enough"},
		{"name": "a b", "role": "agent", "password": "long enough"},
		{"name": "../ann", "role": "agent", "password": "long enough"},
		{"name": "bob", "role": "owner", "password": "long enough"},
		{"name": "bob", "role": "agent", "password": "short"},
		{"name": "bob", "role": "agent", "password": strings.Repeat("x", 129)},
	} {
		if got := d.do(admin, "POST", "/api/v1/users", bad); got.status != http.StatusUnprocessableEntity || got.sentence() == "" {
			t.Errorf("adding %v: %v", bad, got)
		}
	}
	list := get[struct{ Users []web.User }](d, admin, "/api/v1/users")
	if len(list.Users) != 4 || list.Users[2].Name != "ann" && list.Users[1].Name != "agent" {
		t.Fatalf("users: %+v", list)
	}
	v := d.visitor()
	if got := d.signIn(v, "ann", "long enough"); got.status != http.StatusOK {
		t.Fatalf("ann signs in: %v", got)
	}
	if got := d.do(admin, "PUT", "/api/v1/users/ann/password", map[string]string{"password": "something else"}); got.status != http.StatusNoContent {
		t.Fatalf("setting a password: %v", got)
	}
	if got := d.do(v, "GET", "/api/v1/me", nil); got.status != http.StatusUnauthorized {
		t.Fatalf("ann's session outlives her password: %v", got)
	}
	if got := d.signIn(v, "ann", "something else"); got.status != http.StatusOK {
		t.Fatalf("ann signs in anew: %v", got)
	}
	if got := d.do(admin, "PUT", "/api/v1/users/ann/disabled", map[string]bool{"disabled": true}); got.status != http.StatusNoContent {
		t.Fatalf("disabling: %v", got)
	}
	if got := d.do(v, "GET", "/api/v1/me", nil); got.status != http.StatusUnauthorized {
		t.Fatalf("ann goes on although disabled: %v", got)
	}
	if got := d.do(admin, "PUT", "/api/v1/users/admin/disabled", map[string]bool{"disabled": true}); got.status != http.StatusUnprocessableEntity {
		t.Fatalf("locking oneself out: %v", got)
	}
	if got := d.do(admin, "PUT", "/api/v1/users/nobody/disabled", map[string]bool{"disabled": true}); got.status != http.StatusNotFound {
		t.Fatalf("disabling nobody: %v", got)
	}
}
