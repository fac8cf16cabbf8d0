package notify_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"presszero/internal/sqltest"
	"presszero/notify"
	"presszero/report"
	"presszero/sql"
)

// TestMain is also the worker that other tests kill. One with a file of claims has long
// leases.
func TestMain(m *testing.M) {
	if url := os.Getenv("NOTIFY_TEST_WORKER"); url != "" {
		claims := os.Getenv("NOTIFY_TEST_CLAIMS")
		notify.Hurry(2*time.Second, 200*time.Millisecond)
		if claims != "" {
			notify.Hurry(time.Minute, time.Hour)
		}
		db, err := sql.Open(context.Background(), sql.Config{URL: url, Log: quiet})
		if err != nil {
			panic(err)
		}
		notify.New(notify.Config{Store: db, Webhook: webhooks(), Claims: claims, Logger: quiet}).Run(context.Background())
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

// until waits for something to be true. Workers, and processes of their own, write to the
// database, which calls nobody, so it is asked again and again.
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
