package lookup

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"presszero/call"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a service and a client that may ask it.
type rig struct {
	*Client
	t       *testing.T
	service *httptest.Server
	answers chan call.LookedUp
	log     *bytes.Buffer // read after Close
	closed  bool
}

func newRig(t *testing.T, handler http.HandlerFunc) *rig {
	service := httptest.NewServer(handler)
	r := &rig{t: t, service: service, answers: make(chan call.LookedUp, 1000), log: &bytes.Buffer{}}
	r.Client = New(Config{Allow: []string{service.Listener.Addr().String()}, AllowPrivate: PrivateNetworks(),
		Post:   func(ev call.Event) { r.answers <- ev.(call.LookedUp) },
		Logger: slog.New(slog.NewTextHandler(r.log, nil))})
	t.Cleanup(func() { r.logged(); service.Close() })
	return r
}

// logged closes the client and returns all that it has logged.
func (r *rig) logged() string {
	if !r.closed {
		r.closed = true
		r.Close()
	}
	return r.log.String()
}

// ask asks for "x" of what is at a path, and waits for the answer.
func (r *rig) ask(path string) call.LookedUp {
	return r.order(call.LookUp{Method: "GET", Address: r.service.URL + path, Fields: []string{"x"}})
}

func (r *rig) order(l call.LookUp) call.LookedUp {
	r.t.Helper()
	l.Call, l.LookUp = "c1", "l1"
	r.Do(l)
	return r.next()
}

func (r *rig) next() call.LookedUp {
	r.t.Helper()
	select {
	case a := <-r.answers:
		return a
	case <-time.After(10 * time.Second):
		r.t.Fatal("a question was not answered")
		return call.LookedUp{}
	}
}

func say(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	io.WriteString(w, body)
}

func TestAnswer(t *testing.T) {
	r := newRig(t, func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		if q.Method == "POST" && (string(body) != `{"order":"1\"2"}` || q.Header.Get("Content-Type") != "application/json") {
			t.Errorf("the service was sent %q", body)
		}
		if q.Method == "GET" && q.URL.RawQuery != "order=1%222" {
			t.Errorf("the service was asked %q", q.URL)
		}
		say(w, `{"order":{"status":"on its way","number":90071992547409931,"paid":true,"note":null,"lines":[1],"who":{"name":"Kim"}},"x":1.50}`)
	})
	values := map[string]call.Secret{"order": call.NewSecret(`1"2`)}
	wanted := []string{"order.status", "order.number", "order.paid", "order.note", "order.lines", "order.who", "order.who.name", "order.none.more", "x"}
	want := call.LookedUp{Call: "c1", LookUp: "l1", Fields: map[string]string{"order.status": "on its way",
		"order.number": "90071992547409931", "order.paid": "true", "order.who.name": "Kim", "x": "1.50"}}
	for _, l := range []call.LookUp{
		{Method: "GET", Address: r.service.URL + "/a?order={order}", Values: values, Fields: wanted},
		{Method: "POST", Address: r.service.URL + "/a", Body: `{"order":"{order}"}`, Values: values, Fields: wanted},
	} {
		if got := r.order(l); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v", l.Method, got)
		}
	}
}

// TestNoAnswer: whatever a service does, the flow hears of it in one of three words.
func TestNoAnswer(t *testing.T) {
	reached := false
	release := make(chan struct{})
	r := newRig(t, func(w http.ResponseWriter, q *http.Request) {
		switch q.URL.Path {
		case "/slow":
			select {
			case <-q.Context().Done():
			case <-release:
			}
		case "/drip": // the header in time, the rest never
			say(w, `{"x":`)
			w.(http.Flusher).Flush()
			<-q.Context().Done()
		case "/huge":
			say(w, `{"x":"`+strings.Repeat("a", bodyMax)+`"}`)
		case "/redirect":
			http.Redirect(w, q, "/there", http.StatusFound)
		case "/there":
			reached = true
			say(w, `{"x":1}`)
		case "/html":
			fmt.Fprint(w, `{"x":1}`)
		case "/broken":
			say(w, `{"x":1`)
		case "/two":
			say(w, `{"x":1} {"x":2}`)
		case "/down":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/none":
			w.WriteHeader(http.StatusNotFound)
		case "/cut":
			panic(http.ErrAbortHandler)
		case "/head":
			w.Header().Set("X-Long", strings.Repeat("a", 2*headMax))
			say(w, `{"x":1}`)
		default:
			say(w, `[]`)
		}
	})
	r.service.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	defer close(release)
	for path, want := range map[string]string{"/slow": timeout, "/drip": timeout, "/huge": failed, "/redirect": failed,
		"/html": failed, "/broken": failed, "/two": failed, "/down": failed, "/none": failed, "/cut": failed, "/head": failed} {
		l := call.LookUp{Method: "GET", Address: r.service.URL + path, Fields: []string{"x"}, Within: 300 * time.Millisecond}
		if got := r.order(l); !got.Failed || got.Why != want || len(got.Fields) > 0 {
			t.Errorf("%s: %+v, want %s", path, got, want)
		}
		r.ask("/well") // the breaker is another test's
	}
	if got := r.ask("/array"); got.Failed || len(got.Fields) != 0 {
		t.Errorf("an answer without the field: %+v", got)
	}
	if reached {
		t.Error("a redirect was followed")
	}
}

// TestLimit: nobody waits longer than two seconds, whatever is asked for.
func TestLimit(t *testing.T) {
	r := newRig(t, func(_ http.ResponseWriter, q *http.Request) { <-q.Context().Done() })
	began := time.Now()
	got := r.order(call.LookUp{Method: "GET", Address: r.service.URL, Within: time.Hour})
	if took := time.Since(began); got.Why != timeout || took < within-50*time.Millisecond || took > within+time.Second {
		t.Errorf("%+v after %v", got, took)
	}
}

func TestRefused(t *testing.T) {
	r := newRig(t, func(w http.ResponseWriter, _ *http.Request) { t.Error("asked"); say(w, `{}`) })
	_, port, _ := net.SplitHostPort(r.service.Listener.Addr().String())
	r.Permit([]string{"127.0.0.1:" + port, "orders.example"}, PrivateNetworks())
	for _, l := range []call.LookUp{
		{Method: "GET", Address: "http://elsewhere.example/"},
		{Method: "GET", Address: "http://orders.example:8080/"},
		{Method: "GET", Address: "http://orders.example.evil.example/"},
		{Method: "GET", Address: "ftp://127.0.0.1:" + port},
		{Method: "GET", Address: "http://user:pass@127.0.0.1:" + port},
		{Method: "GET", Address: "http://127.0.0.1:" + port + "/orders/{id}/x", Values: map[string]call.Secret{"id": call.NewSecret("..")}},
		{Method: "GET", Address: "http://127.0.0.1:" + port + "/orders/{id}", Values: map[string]call.Secret{"id": call.NewSecret("../admin")}},
		{Method: "GET", Address: "://"},
		{Method: "DELETE", Address: r.service.URL},
	} {
		if got := r.order(l); got.Why != refused {
			t.Errorf("%s %s: %+v", l.Method, l.Address, got)
		}
	}
	// The host is allowed by name, but its address is not public.
	r.Permit([]string{"localhost:" + port, "127.0.0.1:" + port}, nil)
	for _, host := range []string{"localhost", "127.0.0.1"} {
		if got := r.order(call.LookUp{Method: "GET", Address: "http://" + host + ":" + port}); got.Why != refused {
			t.Errorf("%s: %+v", host, got)
		}
	}
	if log := r.logged(); !strings.Contains(log, errPrivate.Error()) || !strings.Contains(log, errHost.Error()) {
		t.Errorf("the reasons are missing in:\n%s", log)
	}
}

func TestReachable(t *testing.T) {
	none, private := newPermit(nil, nil), newPermit(nil, PrivateNetworks())
	for address, want := range map[string][2]bool{ // without and with the private networks
		"93.184.215.14": {true, true}, "2606:4700::1111": {true, true}, "::ffff:93.184.215.14": {true, true},
		"127.0.0.1": {false, true}, "::1": {false, true}, "10.1.2.3": {false, true}, "192.168.1.1": {false, true}, "172.31.0.1": {false, true},
		"fd00::1": {false, true}, "::ffff:127.0.0.1": {false, true}, "::ffff:10.0.0.1": {false, true},
		"169.254.169.254": {}, "fe80::1%eth0": {}, "224.0.0.1": {}, "ff02::1": {}, "0.0.0.0": {}, "::": {}, "0.1.2.3": {},
		"255.255.255.255": {}, "100.64.1.1": {}, "198.18.0.1": {}, "240.0.0.1": {}, "64:ff9b::7f00:1": {}, "2002:7f00:1::": {},
	} {
		addr := netip.MustParseAddr(address)
		if got := [2]bool{none.reachable(addr), private.reachable(addr)}; got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
}

// TestBreaker: five failures in a row, and the host is left alone until one
// question shows that it is well again.
func TestBreaker(t *testing.T) {
	var asked, down atomic.Int64
	down.Store(1)
	r := newRig(t, func(w http.ResponseWriter, q *http.Request) {
		asked.Add(1)
		if q.URL.Path == "/none" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if down.Load() == 1 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		say(w, `{"x":1}`)
	})
	var later atomic.Int64
	start := time.Now()
	r.now = func() time.Time { return start.Add(time.Duration(later.Load())) }
	expect := func(path, want string, reaches bool) {
		t.Helper()
		before := asked.Load()
		if got := r.ask(path); got.Why != want || (asked.Load() > before) != reaches {
			t.Fatalf("%s: %+v, asked: %v", path, got, asked.Load() > before)
		}
	}
	for range 2 * breakAfter {
		expect("/none", failed, true) // a clear no is an answer
	}
	for range breakAfter {
		expect("/", failed, true)
	}
	expect("/", refused, false)
	later.Add(int64(breakFor))
	expect("/", failed, true)   // one question is let through; still ill
	expect("/", refused, false) // so it is left alone again
	down.Store(0)
	later.Add(int64(breakFor))
	expect("/", "", true)
	expect("/", "", true)
	if n := strings.Count(r.logged(), "left alone"); n != 1 {
		t.Errorf("told %d times that the host is left alone", n)
	}
}

func TestBreakerHalfOpen(t *testing.T) {
	var b breakers
	now := time.Now()
	for range breakAfter {
		b.recordResult("h", now, false)
	}
	now = now.Add(breakFor)
	if b.allow("h", now.Add(-1)) || !b.allow("h", now) || b.allow("h", now) || !b.allow("other", now) {
		t.Error("half-open lets exactly one question through, and other hosts are not concerned")
	}
}

// TestSecretsStayOutOfLogs: every way to fail, and what the caller typed is in no log.
func TestSecretsStayOutOfLogs(t *testing.T) {
	const pin = "4711081547110815"
	r := newRig(t, func(w http.ResponseWriter, q *http.Request) {
		conn, _, _ := w.(http.Hijacker).Hijack() // an answer that is no HTTP and repeats the question
		fmt.Fprintf(conn, "%s\r\n\r\n", q.URL)
		conn.Close()
	})
	r.service.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	values := map[string]call.Secret{"pin": call.NewSecret(pin)}
	dead, _ := net.Listen("tcp", "127.0.0.1:0")
	dead.Close()
	r.Permit([]string{r.service.Listener.Addr().String(), dead.Addr().String(), "nowhere.invalid"}, PrivateNetworks())
	for _, address := range []string{r.service.URL + "/?pin={pin}", "http://" + dead.Addr().String() + "/{pin}",
		"https://nowhere.invalid/{pin}", "https://{pin}.example/", "http://\x00{pin}", "https://" + r.service.Listener.Addr().String() + "/{pin}"} {
		l := call.LookUp{Method: "GET", Address: address, Values: values, Within: time.Second}
		if got := r.order(l); !got.Failed {
			t.Errorf("%s: %+v", address, got)
		}
	}
	if log := r.logged(); strings.Contains(log, pin) || strings.Count(log, "got no answer") != 6 {
		t.Errorf("the log:\n%s", log)
	}
}

// TestCrowd: more questions than can be asked are refused at once, and Close
// leaves none unanswered.
func TestCrowd(t *testing.T) {
	r := newRig(t, func(_ http.ResponseWriter, q *http.Request) { <-q.Context().Done() })
	const crowd = atOnce + inLine + 50
	began := time.Now()
	for range crowd {
		r.Do(call.LookUp{Call: "c", Method: "GET", Address: r.service.URL})
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("Do blocked for %v", took)
	}
	r.logged()
	counts := map[string]int{}
	for range crowd {
		counts[r.next().Why]++
	}
	if len(r.answers) > 0 || counts[refused] < 50 || counts[""] > 0 {
		t.Errorf("answers: %v, and %d too many", counts, len(r.answers))
	}
	r.Do(call.LookUp{Call: "late"})
	if got := r.next(); got.Why != refused {
		t.Errorf("after Close: %+v", got)
	}
}

// TestTLS: a certificate that nobody vouches for is no service.
func TestTLS(t *testing.T) {
	r := newRig(t, nil)
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { say(w, `{"x":"yes"}`) }))
	defer secure.Close()
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	r.Permit([]string{secure.Listener.Addr().String()}, PrivateNetworks())
	l := call.LookUp{Method: "GET", Address: secure.URL, Fields: []string{"x"}}
	if got := r.order(l); got.Why != failed {
		t.Errorf("%+v", got)
	}
	r.transport.TLSClientConfig = secure.Client().Transport.(*http.Transport).TLSClientConfig
	if got := r.order(l); got.Fields["x"] != "yes" {
		t.Errorf("%+v", got)
	}
	if log := r.logged(); !strings.Contains(log, "certificate is not trusted") {
		t.Errorf("the log:\n%s", log)
	}
}

func FuzzFields(f *testing.F) {
	f.Add([]byte(`{"a":{"b":1}}`), "a.b")
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		got, err := fields(body, []string{path})
		if err != nil && got != nil {
			t.Error("fields and an error")
		}
	})
}
