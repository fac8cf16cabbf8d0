package notify_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"presszero/notify"
	"presszero/report"
	"presszero/sql"
)

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
	until(t, "the other was tried", func() bool { return hangs.count() > 0 })
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
