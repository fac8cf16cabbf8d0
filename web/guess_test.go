package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"presszero/web"
)

// from asks the pages as a peer of that address does, with headers in pairs.
func (d *testServer) from(peer, method, path string, body any, header ...string) *http.Response {
	d.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		d.t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(d.t.Context(), method, path, bytes.NewReader(data))
	r.RemoteAddr, r.Host = netip.AddrPortFrom(netip.MustParseAddr(peer), 40000).String(), "127.0.0.1:8080"
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
			continue
		}
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	d.pages.ServeHTTP(w, r)
	return w.Result()
}

func (d *testServer) tryFrom(peer, name, password string, header ...string) int {
	d.t.Helper()
	return d.from(peer, "POST", "/api/v1/session", map[string]string{"name": name, "password": password}, header...).StatusCode
}

// TestTriesLeaveNothing: whatever strangers send, memory and log stay small.
func TestTriesLeaveNothing(t *testing.T) {
	var log bytes.Buffer
	d := newTestServer(t, func(c *web.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	long := strings.Repeat("x", 60_000)
	before := heap()
	for i := range 5_000 {
		name := long
		if i%2 == 0 {
			name = long[:4_000] // one that is read
		}
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/api/v1/session",
			io.MultiReader(strings.NewReader(fmt.Sprintf(`{"password":"guess","name":"%d`, i)), strings.NewReader(name), strings.NewReader(`"}`)))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		d.pages.ServeHTTP(w, r)
		if got := w.Code; got != 401 && got != 429 && got != 400 {
			t.Fatalf("try %d: %d", i, got)
		}
	}
	if grown := int64(heap()) - int64(before); grown > 10<<20 {
		t.Errorf("5,000 tries left %d bytes in memory", grown)
	}
	if log.Len() > 50_000 {
		t.Errorf("5,000 tries left %d bytes in the log", log.Len())
	}
	for range 1000 { // nor does the end of a session that there never was
		d.from("192.0.2.1", "DELETE", "/api/v1/session", nil, "Cookie", fmt.Sprintf("presszero=%p", new(int)))
	}
	if n := d.sessions.deleted.Load(); n > 0 {
		t.Errorf("%d sessions that never were have been ended", n)
	}
}

// TestOneGuesserLocksOutNobodyElse: behind a proxy too.
func TestOneGuesserLocksOutNobodyElse(t *testing.T) {
	t.Parallel()
	const guesser, honest = "198.51.100.66", "203.0.113.20"
	for _, c := range []struct {
		name, proxies, peer string
		guesser, honest     []string
		lockedOut           bool
	}{
		{name: "a proxy on this machine, not configured", peer: "127.0.0.1",
			guesser: []string{"X-Forwarded-For", guesser}, honest: []string{"X-Forwarded-For", honest}},
		{name: "the same over IPv6", peer: "::1",
			guesser: []string{"X-Forwarded-For", guesser}, honest: []string{"X-Forwarded-For", honest}},
		{name: "a configured proxy elsewhere", proxies: "10.0.0.0/8", peer: "10.1.2.3",
			guesser: []string{"X-Forwarded-For", guesser}, honest: []string{"X-Forwarded-For", honest}},
		{name: "two proxies, in two headers, with ports", proxies: "10.0.0.0/8", peer: "10.1.2.3",
			guesser: []string{"X-Forwarded-For", guesser + ":1234", "X-Forwarded-For", "10.9.9.9"}, honest: []string{"X-Forwarded-For", honest + ", 10.9.9.9"}},
		{name: "the honest one has another /64", proxies: "10.0.0.0/8", peer: "10.1.2.3",
			guesser: []string{"X-Forwarded-For", "2001:db8:1:1::66"}, honest: []string{"X-Forwarded-For", "[2001:db8:1:2::20]:1234"}},
		{name: "two in one /64 are one", proxies: "10.0.0.0/8", peer: "10.1.2.3", lockedOut: true,
			guesser: []string{"X-Forwarded-For", "2001:db8:1:1::66"}, honest: []string{"X-Forwarded-For", "2001:db8:1:1:ffff::20"}},
		{name: "a peer that is no proxy is not believed", proxies: "10.0.0.0/8", peer: "192.0.2.9", lockedOut: true,
			guesser: []string{"X-Forwarded-For", guesser}, honest: []string{"X-Forwarded-For", honest}},
		{name: "the same without configuration", peer: "192.0.2.9", lockedOut: true,
			guesser: []string{"X-Forwarded-For", guesser}, honest: []string{"X-Forwarded-For", honest}},
		{name: "what the guesser puts before the proxy's word is not believed", peer: "127.0.0.1", lockedOut: true,
			guesser: []string{"X-Forwarded-For", honest + ", " + guesser}, honest: []string{"X-Forwarded-For", guesser}},
		{name: "nonsense in the header", peer: "127.0.0.1", lockedOut: true,
			guesser: []string{"X-Forwarded-For", "unknown"}, honest: []string{"X-Forwarded-For", ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // no token comes back meanwhile, however slow the machine is
				d := newTestServer(t, func(cfg *web.Config) {
					if c.proxies != "" {
						cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix(c.proxies)}
					}
				})
				last := 0
				for i := range 34 {
					last = d.tryFrom(c.peer, fmt.Sprintf("guess%d", i), "wrong", c.guesser...)
				}
				if last != http.StatusTooManyRequests {
					t.Fatalf("the guesser's last answer is %d", last)
				}
				want := http.StatusOK
				if c.lockedOut {
					want = http.StatusTooManyRequests
				}
				if got := d.tryFrom(c.peer, "agent", password, c.honest...); got != want {
					t.Errorf("somebody else who signs in gets %d, want %d", got, want)
				}
			})
		})
	}
}

// cookies are those of an answer, as a browser sends them back.
func cookies(r *http.Response) string {
	var list []string
	for _, c := range r.Cookies() {
		list = append(list, c.Name+"="+c.Value)
	}
	return strings.Join(list, "; ")
}

// TestKnownDeviceIsNotLockedOut: strangers at the same address, or everywhere,
// lock nobody out of a device on which she has signed in before; that device
// lets nobody guess more than others, and nobody else's name.
func TestKnownDeviceIsNotLockedOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, knownDevice)
}

func knownDevice(t *testing.T) {
	key := []byte("a key that outlives the server")
	d := newTestServer(t, func(c *web.Config) { c.DeviceKey = key })
	signIn := func(d *testServer, name, word, cookie string) *http.Response {
		return d.from("192.0.2.1", "POST", "/api/v1/session", map[string]string{"name": name, "password": word}, "Cookie", cookie)
	}
	first := signIn(d, "agent", password, "")
	device := ""
	for _, c := range first.Cookies() {
		if strings.Contains(c.Name, "device") {
			device = c.Name + "=" + c.Value
			if !c.HttpOnly || c.MaxAge < 86400*30 || c.SameSite != http.SameSiteLaxMode {
				t.Errorf("the device's cookie is %v", c)
			}
		}
	}
	d = newTestServer(t, func(c *web.Config) { c.DeviceKey = key }) // the controller is started again
	for i := range 34 {
		signIn(d, fmt.Sprintf("guess%d", i), "wrong", "")
	}
	for i := range 60 { // and from everywhere, her name
		d.tryFrom(fmt.Sprintf("198.51.100.%d", i), "agent", "wrong")
	}
	if got := d.tryFrom("203.0.113.7", "agent", password); got != http.StatusTooManyRequests {
		t.Errorf("a new device, after many wrong passwords from everywhere: %d", got)
	}
	if got := signIn(d, "agent", password, device).StatusCode; got != http.StatusOK {
		t.Errorf("a device on which she has signed in before: %d", got)
	}
	if got := signIn(d, "supervisor", password, device).StatusCode; got != http.StatusTooManyRequests {
		t.Errorf("the device of another: %d", got)
	}
	forged := device[:len(device)-3] + "AAA"
	if got := signIn(d, "agent", password, forged).StatusCode; got != http.StatusTooManyRequests {
		t.Errorf("a forged cookie: %d", got)
	}
	for range 5 {
		signIn(d, "agent", "wrong", device)
	}
	if got := signIn(d, "agent", password, device).StatusCode; got != http.StatusTooManyRequests {
		t.Errorf("who guesses on a known device: %d", got)
	}

	// Several people of one device are all known there.
	e := newTestServer(t, func(c *web.Config) { c.DeviceKey = key })
	second := signIn(e, "supervisor", password, device)
	shared, session := cookies(second), second.Cookies()[1]
	for i := range 34 {
		signIn(e, fmt.Sprintf("guess%d", i), "wrong", "")
	}
	if got := signIn(e, "agent", password, session.Name+"="+session.Value).StatusCode; got != http.StatusTooManyRequests {
		t.Errorf("with the session of another: %d", got)
	}
	if got := signIn(e, "supervisor", password, session.Name+"="+session.Value).StatusCode; got != http.StatusOK {
		t.Errorf("who is signed in there: %d", got)
	}
	for _, name := range []string{"agent", "supervisor"} {
		if got := signIn(e, name, password, shared).StatusCode; got != http.StatusOK {
			t.Errorf("%s, on a device of two: %d", name, got)
		}
	}
}

// TestMetricsAreNotForWhoeverComesThroughAProxy: that a request comes from this
// machine does not say that its sender is here.
func TestMetricsAreNotForWhoeverComesThroughAProxy(t *testing.T) {
	t.Parallel()
	public, _ := url.Parse("https://calls.example")
	proxied := func(c *web.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} }
	for _, c := range []struct {
		name   string
		config func(*web.Config)
		peer   string
		header []string
		want   int
	}{
		{"a program here", nil, "127.0.0.1", nil, 200},
		{"a program here, by name", nil, "::1", []string{"Host", "localhost:8080"}, 200},
		{"from elsewhere", nil, "192.0.2.1", nil, 401},
		{"a proxy here that says so", nil, "127.0.0.1", []string{"X-Forwarded-For", "127.0.0.1"}, 401},
		{"a proxy here that says so otherwise", nil, "127.0.0.1", []string{"X-Real-IP", "198.51.100.1"}, 401},
		{"a proxy here that keeps the host", nil, "127.0.0.1", []string{"Host", "calls.example"}, 401},
		{"a silent proxy that is configured", proxied, "127.0.0.1", nil, 401},
		{"a silent proxy, TLS ends there", func(c *web.Config) { c.PublicURL = public }, "127.0.0.1", nil, 401},
		{"with the token", func(c *web.Config) { proxied(c); c.MetricsToken = "secret" }, "127.0.0.1", []string{"Authorization", "Bearer secret"}, 200},
		{"with the token, from elsewhere", func(c *web.Config) { c.MetricsToken = "secret" }, "192.0.2.1", []string{"Authorization", "Bearer secret"}, 200},
		{"with another token", func(c *web.Config) { proxied(c); c.MetricsToken = "secret" }, "127.0.0.1", []string{"Authorization", "Bearer secre"}, 401},
		{"with an empty one", proxied, "127.0.0.1", []string{"Authorization", "Bearer "}, 401},
	} {
		d := newTestServer(t, func(cfg *web.Config) {
			if c.config != nil {
				c.config(cfg)
			}
		})
		if got := d.from(c.peer, "GET", "/metrics", nil, c.header...).StatusCode; got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
		if len(c.header) > 0 && c.header[0] == "Authorization" {
			if got := d.from(c.peer, "GET", "/api/v1/users", nil, c.header...).StatusCode; got != 401 {
				t.Errorf("%s, the users: %d", c.name, got)
			}
		}
	}
}

// TestPublicURL: TLS ends at a proxy.
func TestPublicURL(t *testing.T) {
	t.Parallel()
	public, _ := url.Parse("https://calls.example")
	d := newTestServer(t, func(c *web.Config) { c.PublicURL = public })
	got := d.from("127.0.0.1", "POST", "/api/v1/session", map[string]string{"name": "agent", "password": password},
		"Origin", "https://calls.example", "X-Forwarded-For", "203.0.113.7") // the proxy puts its own Host
	if got.StatusCode != http.StatusOK || len(got.Cookies()) != 2 {
		t.Fatalf("signing in: %v", got)
	}
	for _, c := range got.Cookies() {
		if !c.Secure || !strings.HasPrefix(c.Name, "__Host-") {
			t.Errorf("a cookie without TLS: %v", c)
		}
	}
	if got.Header.Get("Strict-Transport-Security") == "" {
		t.Error("browsers are not told to use HTTPS only")
	}
	if got := d.from("127.0.0.1", "POST", "/api/v1/session", nil, "Origin", "https://elsewhere.example"); got.StatusCode != http.StatusForbidden {
		t.Errorf("a page of elsewhere: %v", got.StatusCode)
	}
	// The websocket of a desk: the proxy says the Host of its own, the browser the public origin.
	s := &standing{opened: make(chan web.Agent, 1), dismissed: make(chan struct{}), hosts: make(chan string, 1)}
	close(s.dismissed)
	e := newTestServer(t, func(c *web.Config) { c.PublicURL, c.Desk = public, s })
	e.from("127.0.0.1", "GET", "/desk", nil, "Cookie", e.signedIn("agent"), "Origin", "https://calls.example", "Host", "10.0.0.1:8080")
	if host := <-s.hosts; host != "calls.example" {
		t.Errorf("the desk is asked for at %s", host)
	}

	plain := newTestServer(t) // what a request says about itself decides nothing
	got = plain.from("127.0.0.1", "POST", "/api/v1/session", map[string]string{"name": "agent", "password": password}, "X-Forwarded-Proto", "https")
	if got.Header.Get("Strict-Transport-Security") != "" || len(got.Cookies()) != 2 || got.Cookies()[0].Secure || got.Cookies()[1].Secure {
		t.Errorf("X-Forwarded-Proto alone made %v", got.Header)
	}
}
