package notify_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"presszero/internal/sqltest"
	"presszero/notify"
	"presszero/report"
	"presszero/sql"
)

// TestMain is also the worker that TestKilledWorkers kills.
func TestMain(m *testing.M) {
	if url := os.Getenv("NOTIFY_TEST_WORKER"); url != "" {
		notify.Hurry(2*time.Second, 200*time.Millisecond)
		db, err := sql.Open(context.Background(), sql.Config{URL: url, Log: quiet})
		if err != nil {
			panic(err)
		}
		notify.New(notify.Config{Store: db, Webhook: webhooks(), Logger: quiet}).Run(context.Background())
		return
	}
	os.Exit(sqltest.Main(m))
}

var (
	quiet = slog.New(slog.DiscardHandler)
	keys  = notify.Keys("the secret of the tests")
	local = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
)

func webhooks() *notify.Webhooks { return notify.NewWebhooks(keys, local, nil) }

// receiver is another program, which gets webhooks.
type receiver struct {
	*httptest.Server
	t      *testing.T
	answer func(n int, w http.ResponseWriter, r *http.Request) // n counts the requests, from 1

	mu     sync.Mutex
	got    []received
	signed [][]byte // keys that must have signed; none: it does not look
}

type received struct{ id, body string }

func newReceiver(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) *receiver {
	r := &receiver{t: t, answer: answer}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	text, _ := io.ReadAll(q.Body)
	r.mu.Lock()
	id := q.Header.Get("Webhook-Id")
	r.got = append(r.got, received{id, string(text)})
	n := len(r.got)
	var want []string
	for _, key := range r.signed {
		m := hmac.New(sha256.New, key)
		fmt.Fprintf(m, "%s.%s.%s", id, q.Header.Get("Webhook-Timestamp"), text)
		want = append(want, "v1,"+base64.StdEncoding.EncodeToString(m.Sum(nil)))
	}
	if got := q.Header.Get("Webhook-Signature"); want != nil && got != strings.Join(want, " ") {
		r.t.Errorf("signed %s, want %s", got, want)
	}
	r.mu.Unlock()
	if r.answer != nil {
		r.answer(n, w, q)
	}
}

// seen is what has come: for each id its bodies.
func (r *receiver) seen() map[string][]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := map[string][]string{}
	for _, one := range r.got {
		all[one.id] = append(all[one.id], one.body)
	}
	return all
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.got)
}

// place is a database with its worker.
type place struct {
	*sql.DB
	raw *sqlx.DB
	url string
}

func newPlace(t *testing.T) place {
	t.Helper()
	url := sqltest.URL(t)
	db, err := sql.Open(t.Context(), sql.Config{URL: url, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := sqlx.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close(); raw.Close() })
	return place{db, raw, url}
}

// empty forgets all notices and who gets them. It is quicker than another database.
func (p place) empty(t *testing.T) {
	t.Helper()
	if _, err := p.raw.Exec(`DELETE FROM subscription; DELETE FROM outbox`); err != nil {
		t.Fatal(err)
	}
}

func (p place) subscribe(t *testing.T, s report.Subscription) {
	t.Helper()
	s.Types, s.Owner, s.Language = report.NoticeTypes, "ann", "en"
	if err := p.AddSubscription(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

func (p place) publish(t *testing.T, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if err := p.Publish(t.Context(), report.Notice{ID: id, Type: report.NoticeLimitCrossed, Queue: "support", At: time.Now(), Data: json.RawMessage(`{"limit":"waiting","value":7}`)}); err != nil {
			t.Fatal(err)
		}
	}
}

func (p place) one(t *testing.T, query string) string {
	t.Helper()
	var s *string
	if err := p.raw.Get(&s, query); err != nil {
		t.Fatal(err)
	}
	if s == nil {
		return "NULL"
	}
	return *s
}

// works runs a worker until the test is over, or stop is called.
func works(t *testing.T, store notify.Store, mail *notify.Mailer) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	w := notify.New(notify.Config{Store: store, Webhook: webhooks(), Mail: mail, Logger: quiet})
	done.Go(func() { w.Run(ctx) })
	stop = func() { cancel(); done.Wait() }
	t.Cleanup(stop)
	return stop
}

func until(t *testing.T, what string, true func() bool) {
	t.Helper()
	for end := time.Now().Add(40 * time.Second); !true(); {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

const open = `SELECT count(*)::text FROM delivery WHERE next_at IS NOT NULL`

// TestWebhooks: how receivers answer, and what becomes of the delivery and of the
// subscription.
func TestWebhooks(t *testing.T) {
	defer notify.Hurry(500*time.Millisecond, 5*time.Second)()
	p, inner := newPlace(t), newReceiver(t, nil)
	hangs := make(chan struct{})
	defer close(hangs)
	status := func(code int) func(int, http.ResponseWriter, *http.Request) {
		return func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	for name, c := range map[string]struct {
		answer   func(n int, w http.ResponseWriter, r *http.Request)
		requests int
		sent     bool
		disabled string // begins with; "": it goes on
		error    string // has
	}{
		"takes":          {status(204), 1, true, "", ""},
		"fails at first": {func(n int, w http.ResponseWriter, r *http.Request) { w.WriteHeader([]int{500, 400, 200}[min(n, 3)-1]) }, 3, true, "", ""},
		"fails always":   {status(500), 10, false, "It has taken nothing in 10 tries", "500 Internal Server Error"},
		"is gone":        {status(410), 1, false, "The address says that it is gone", "410 Gone"},
		"redirects": {func(_ int, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, inner.URL, http.StatusTemporaryRedirect)
		}, 10, false, "It has taken nothing", "redirects are not followed"},
		"hangs at first": {func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 1 {
				select {
				case <-hangs:
				case <-r.Context().Done():
				}
			}
		}, 2, true, "", ""},
		"says nothing more after its head": {func(_ int, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "10")
			w.WriteHeader(200)
			w.(http.Flusher).Flush()
		}, 1, true, "", ""},
		"breaks off": {func(n int, w http.ResponseWriter, _ *http.Request) {
			if n == 1 {
				panic(http.ErrAbortHandler)
			}
		}, 2, true, "", ""},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			p.empty(t)
			to := newReceiver(t, c.answer)
			to.signed = [][]byte{keys.Key("hook", 1)}
			p.subscribe(t, report.Subscription{ID: "hook", Kind: report.Webhook, Address: to.URL + "/hook"})
			p.publish(t, "a")
			works(t, p, nil)
			until(t, "nothing is open", func() bool { return p.one(t, open) == "0" })
			if got := to.count(); got != c.requests {
				t.Errorf("%d requests, want %d", got, c.requests)
			}
			for id, bodies := range to.seen() {
				if id != "a" || slices.ContainsFunc(bodies, func(b string) bool { return b != bodies[0] }) {
					t.Errorf("%s came as %q", id, bodies)
				}
			}
			list, err := p.Subscriptions(t.Context())
			if err != nil || len(list) != 1 {
				t.Fatal(list, err)
			}
			if s := list[0]; !strings.HasPrefix(s.DisabledWhy, c.disabled) || (s.DisabledAt != nil) != (c.disabled != "") || (s.SentAt != nil) != c.sent || !strings.Contains(s.Error, c.error) {
				t.Errorf("the subscription is %+v", s)
			}
			if told := p.one(t, `SELECT count(*)::text FROM outbox WHERE type = 'webhook.disabled'`); (told == "1") != (c.disabled != "") {
				t.Errorf("%s notices that it was disabled", told)
			}
		})
	}
	if n := inner.count(); n != 0 {
		t.Errorf("a redirect was followed %d times", n)
	}
}

// TestBusyReceiver: one that asks for a pause gets nothing until then, and then all.
func TestBusyReceiver(t *testing.T) {
	defer notify.Hurry(2*time.Second, 5*time.Second)()
	p := newPlace(t)
	var first time.Time
	to := newReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			first = time.Now()
			w.Header().Set("Retry-After", "2")
			w.WriteHeader(http.StatusTooManyRequests)
		} else if since := time.Since(first); since < 1900*time.Millisecond {
			t.Errorf("tried again after %s", since)
		}
	})
	p.subscribe(t, report.Subscription{ID: "hook", Kind: report.Webhook, Address: to.URL})
	p.publish(t, "a")
	works(t, p, nil)
	until(t, "it was asked", func() bool {
		return p.one(t, `SELECT count(*)::text FROM subscription WHERE pause_until > now()`) == "1"
	})
	p.publish(t, "b", "c")
	until(t, "nothing is open", func() bool { return p.one(t, open) == "0" })
	if got := len(to.seen()); got != 3 {
		t.Errorf("%d of 3 came", got)
	}
}

// TestPrivateAddress: a webhook that leads into the house is not connected, whatever its
// name says, and says why.
func TestPrivateAddress(t *testing.T) {
	defer notify.Hurry(2*time.Second, 5*time.Second)()
	p, to := newPlace(t), newReceiver(t, nil)
	p.subscribe(t, report.Subscription{ID: "hook", Kind: report.Webhook, Address: strings.Replace(to.URL, "127.0.0.1", "localhost", 1)})
	p.publish(t, "a")
	w := notify.New(notify.Config{Store: p, Webhook: notify.NewWebhooks(keys, nil, nil), Logger: quiet})
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { w.Run(ctx) })
	until(t, "it was tried", func() bool { return p.one(t, `SELECT count(*)::text FROM delivery WHERE error IS NOT NULL`) == "1" })
	cancel()
	done.Wait()
	if n, why := to.count(), p.one(t, `SELECT error FROM delivery`); n != 0 || !strings.Contains(why, "PRESSZERO_WEBHOOK_ALLOW") {
		t.Errorf("%d requests; %s", n, why)
	}
}

// TestCertificates: a webhook by https goes to whom the certificate names, and to nobody
// else.
func TestCertificates(t *testing.T) {
	defer notify.Hurry(2*time.Second, 5*time.Second)()
	p := newPlace(t)
	var got atomic.Int64
	to := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { got.Add(1) }))
	t.Cleanup(to.Close)
	to.Config.ErrorLog = log.New(io.Discard, "", 0)
	p.subscribe(t, report.Subscription{ID: "hook", Kind: report.Webhook, Address: to.URL})
	p.publish(t, "a")
	run := func(roots *x509.CertPool, when func() bool) {
		w := notify.New(notify.Config{Store: p, Webhook: notify.NewWebhooks(keys, local, roots), Logger: quiet})
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() { w.Run(ctx) })
		until(t, "it was tried", when)
		cancel()
		done.Wait()
	}
	run(x509.NewCertPool(), func() bool {
		return p.one(t, `SELECT count(*)::text FROM delivery WHERE error LIKE '%certificate%'`) == "1"
	})
	if n := got.Load(); n != 0 {
		t.Errorf("%d requests to somebody whose certificate is not known", n)
	}
	roots := x509.NewCertPool()
	roots.AddCert(to.Certificate())
	run(roots, func() bool { return got.Load() > 0 })
}

// TestOneHangingAddressKeepsNobodyWaiting: others get theirs meanwhile.
func TestOneHangingAddressKeepsNobodyWaiting(t *testing.T) {
	defer notify.Hurry(10*time.Second, 60*time.Second)()
	p, ends := newPlace(t), make(chan struct{})
	hangs := newReceiver(t, func(_ int, _ http.ResponseWriter, r *http.Request) {
		select {
		case <-ends:
		case <-r.Context().Done():
		}
	})
	defer close(ends)
	good := newReceiver(t, nil)
	p.subscribe(t, report.Subscription{ID: "hangs", Kind: report.Webhook, Address: hangs.URL})
	p.subscribe(t, report.Subscription{ID: "good", Kind: report.Webhook, Address: good.URL})
	var ids []string
	for i := range 40 {
		ids = append(ids, fmt.Sprint("n", i))
	}
	p.publish(t, ids...)
	stop := works(t, p, nil)
	until(t, "the good one has all", func() bool { return len(good.seen()) == 40 })
	if hangs.count() == 0 {
		t.Error("the other was not tried")
	}
	stop()
}

// TestKeyRotation: for a while the old key signs too.
func TestKeyRotation(t *testing.T) {
	defer notify.Hurry(2*time.Second, 5*time.Second)()
	p, to := newPlace(t), newReceiver(t, nil)
	to.signed = [][]byte{keys.Key("hook", 2), keys.Key("hook", 1)}
	p.subscribe(t, report.Subscription{ID: "hook", Kind: report.Webhook, Address: to.URL})
	if n, err := p.RotateKey(t.Context(), "hook", time.Now().Add(time.Hour)); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	p.publish(t, "a")
	works(t, p, nil)
	until(t, "it came", func() bool { return p.one(t, open) == "0" })
	if _, err := p.raw.Exec(`UPDATE subscription SET old_key_until = now() - interval '1 second'`); err != nil {
		t.Fatal(err)
	}
	to.mu.Lock()
	to.signed = to.signed[:1]
	to.mu.Unlock()
	p.publish(t, "b")
	until(t, "it came, too", func() bool { return len(to.seen()) == 2 })
}

// TestResend: what is kept is sent again from a cursor on, one by one, or as a test.
func TestResend(t *testing.T) {
	defer notify.Hurry(2*time.Second, 5*time.Second)()
	p, to := newPlace(t), newReceiver(t, nil)
	p.publish(t, "before", "a", "b") // nobody has subscribed yet
	p.subscribe(t, report.Subscription{ID: "hook", Kind: report.Webhook, Address: to.URL})
	list, err := p.Notices(t.Context(), 0, nil, nil, 10)
	if err != nil || len(list) != 3 {
		t.Fatal(list, err)
	}
	works(t, p, nil)
	if n, err := p.Resend(t.Context(), "hook", list[0].Seq, time.Now()); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	until(t, "two came", func() bool { return p.one(t, open) == "0" })
	if err := p.ResendOne(t.Context(), "hook", list[1].Seq); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(p.Test(t.Context(), "hook", "test-1", "ann")); err != nil {
		t.Fatal(err)
	}
	until(t, "all came", func() bool { return p.one(t, open) == "0" })
	seen := to.seen()
	if len(seen) != 3 || len(seen["a"]) != 2 || len(seen["b"]) != 1 || len(seen["test-1"]) != 1 || seen["a"][0] != seen["a"][1] {
		t.Errorf("came: %v", seen)
	}
	if err := p.ResendOne(t.Context(), "hook", 1<<40); !errors.Is(err, sql.ErrNoDelivery) {
		t.Errorf("one that is not there: %v", err)
	}
	if err := p.Test(t.Context(), "nobody", "test-2", "ann"); !errors.Is(err, sql.ErrNoSubscription) {
		t.Errorf("a test to nobody: %v", err)
	}
}

// cut is a store whose worker dies at the nth thing that it asks.
type cut struct {
	notify.Store
	mu   sync.Mutex
	left int
	die  func()
}

func (c *cut) step(after bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left--
	if c.left <= 0 {
		c.die()
		return errors.New("the worker is dead")
	}
	return nil
}

func (c *cut) Claim(ctx context.Context, s string, n int, lease time.Duration) ([]report.Delivery, error) {
	if err := c.step(false); err != nil {
		return nil, err
	}
	list, err := c.Store.Claim(ctx, s, n, lease)
	if dead := c.step(true); dead != nil {
		return nil, dead // claimed, and never tried
	}
	return list, err
}

func (c *cut) Sent(ctx context.Context, d report.Delivery, status int) error {
	if err := c.step(false); err != nil {
		return err // taken, and never noted
	}
	return c.Store.Sent(ctx, d, status)
}

func (c *cut) Failed(ctx context.Context, d report.Delivery, f report.Failure) error {
	if err := c.step(false); err != nil {
		return err
	}
	return c.Store.Failed(ctx, d, f)
}

// TestCutAtEveryPoint: whatever a worker was doing when it died, the next one loses
// nothing, and what comes twice has the same id and body.
func TestCutAtEveryPoint(t *testing.T) {
	defer notify.Hurry(2*time.Second, 30*time.Millisecond)()
	p := newPlace(t)
	to := newReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n%5 == 0 {
			w.WriteHeader(503)
		}
	})
	p.subscribe(t, report.Subscription{ID: "hook", Kind: report.Webhook, Address: to.URL})
	var ids []string
	for at := 1; at <= 12; at++ {
		for i := range 4 {
			ids = append(ids, fmt.Sprintf("cut%d-%d", at, i))
		}
		p.publish(t, ids[len(ids)-4:]...)
		ctx, die := context.WithCancel(context.Background())
		w := notify.New(notify.Config{Store: &cut{Store: p, left: at, die: die}, Webhook: webhooks(), Logger: quiet})
		w.Run(ctx)
	}
	works(t, p, nil)
	until(t, "nothing is open", func() bool { return p.one(t, open) == "0" })
	complete(t, p, to, ids)
}

// complete checks that each notice came, and always as the same.
func complete(t *testing.T, p place, to *receiver, ids []string) {
	t.Helper()
	seen := to.seen()
	twice := 0
	for _, id := range ids {
		bodies := seen[id]
		if len(bodies) == 0 {
			t.Errorf("%s is lost", id)
			continue
		}
		twice += len(bodies) - 1
		for _, b := range bodies {
			if b != bodies[0] {
				t.Errorf("%s came as %s and as %s", id, bodies[0], b)
			}
		}
	}
	if len(seen) != len(ids) {
		t.Errorf("%d ids came, of %d", len(seen), len(ids))
	}
	if bad := p.one(t, `SELECT count(*)::text FROM delivery WHERE sent_at IS NULL`); bad != "0" {
		t.Errorf("%s are not noted as sent", bad)
	}
	t.Logf("%d notices, %d came again", len(ids), twice)
}

// TestKilledWorkers: workers in processes of their own are killed with SIGKILL again and
// again, two at once, while notices are written.
func TestKilledWorkers(t *testing.T) {
	p, to := newPlace(t), newReceiver(t, nil)
	p.subscribe(t, report.Subscription{ID: "hook", Kind: report.Webhook, Address: to.URL})
	worker := func() *exec.Cmd {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), "NOTIFY_TEST_WORKER="+p.url)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	kill := func(c *exec.Cmd) {
		_ = c.Process.Kill()
		_ = c.Wait()
	}
	var ids []string
	for round := range 5 {
		one, two := worker(), worker()
		before := to.count()
		for i := range 30 {
			ids = append(ids, fmt.Sprintf("kill%d-%d", round, i))
		}
		p.publish(t, ids[len(ids)-30:]...)
		until(t, "some came", func() bool { return to.count() > before+3*round })
		kill(one)
		kill(two)
	}
	last := worker()
	defer kill(last)
	until(t, "nothing is open", func() bool { return p.one(t, open) == "0" })
	complete(t, p, to, ids)
}
