package sql_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	_ "github.com/lib/pq"

	"presszero/call"
	"presszero/internal/sqltest"
	"presszero/journal"
	"presszero/sql"
	"presszero/sql/cluster"
)

// fixture is a database, opened both by us and directly.
type fixture struct {
	*sql.DB
	raw *sqlx.DB
	url string
}

func openAt(t testing.TB, url string) fixture {
	t.Helper()
	db, err := sql.Open(context.Background(), sql.Config{URL: url, CallerKey: sqltest.CallerKey, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	raw, err := sqlx.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	return fixture{db, raw, url}
}

func setup(t testing.TB) fixture {
	t.Helper()
	return openAt(t, sqltest.URL(t))
}

// one returns a single value.
func (f fixture) one(t testing.TB, query string, args ...any) string {
	t.Helper()
	var s *string
	if err := f.raw.Get(&s, query, args...); err != nil {
		t.Fatal(err)
	}
	if s == nil {
		return "NULL"
	}
	return *s
}

// tables is the content of all projections, as text.
func (f fixture) tables(t testing.TB) string {
	t.Helper()
	var all []string
	for _, table := range []string{"call_fact", "queue_visit", "offer_fact", "agent_span", "caller", "message",
		"callback_fact", "callback_attempt", "ewt_shadow", "outgoing_call", "talk", "handover", "trunk_call", "talk_quality", "listening", "recording"} {
		var rows []string
		if err := f.raw.Select(&rows, `SELECT to_jsonb(x)::text FROM `+table+` x ORDER BY 1`); err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%s: %d", table, len(rows)))
		all = append(all, rows...)
	}
	return strings.Join(all, "\n")
}

// holds checks that call_event has exactly these facts.
func (f fixture) holds(t testing.TB, want []call.Entry) {
	t.Helper()
	var rows []struct {
		Call, Type string
		Seq        int
		At         time.Time
		Data       json.RawMessage
	}
	if err := f.raw.Select(&rows, `SELECT call_id::text AS call, seq, type, at, data FROM call_event`); err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(want) {
		t.Fatalf("call_event has %d rows, want %d", len(rows), len(want))
	}
	type key struct {
		call string
		seq  int
	}
	byKey := map[key]call.Entry{}
	for _, e := range want {
		byKey[key{string(e.Call), e.Seq}] = e
	}
	for _, r := range rows {
		e, ok := byKey[key{r.Call, r.Seq}]
		if !ok || r.Type != e.Fact.Kind() || !r.At.Equal(e.At) {
			t.Fatalf("row %+v, want %+v", r, e)
		}
		if got, err := call.DecodeFact(r.Type, r.Data); err != nil || !reflect.DeepEqual(got, e.Fact) {
			t.Fatalf("fact of row %+v is %+v (%v), want %+v", r, got, err, e.Fact)
		}
	}
}

func TestACallIsShipped(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	c := arrive(1, noon, "+49 30 123456").after(2).enter("billing").after(5).offer("ann", 3, "no_answer").
		after(1).offer("bob", 2, "accepted").after(0.3).talk("bob", 60).end(call.Answered, call.SideCaller)
	began := time.Now()
	j.Append(c.list)
	arrived(t, s, j)
	t.Logf("from the fact to the committed row: %s", time.Since(began))
	f.holds(t, c.list)
	for query, want := range map[string]string{
		`SELECT concat_ws(' ', visit_id, call_id, queue, kind, outcome, queue_s, ring_s, agent, position_at_entry, told_low_s) FROM report.visit`:                                                                  string(c.id) + ".v1 " + string(c.id) + " billing live answered 11.3 5 bob 1",
		`SELECT concat_ws(' ', dialed, caller_number, caller_name, outcome, side, cause, cause_text, switch, visits, queue_s, talk_s, extract(epoch FROM answered_at - started_at)::float, node) FROM report.call`: "100 +49 30 123456 Ada answered caller 16 Normal Clearing a1 1 11.3 60 0.1",
		`SELECT string_agg(concat_ws(' ', agent, how, ring_s, joined_at IS NOT NULL), ', ' ORDER BY started_at) FROM report.offer`:                                                                                 "ann no_answer 3 f, bob accepted 2 t",
		`SELECT string_agg(concat_ws(' ', step, node, reason), ', ' ORDER BY seq) FROM report.menu_step`:                                                                                                           "node_entered main, zero main, completed main zero",
		`SELECT concat_ws(' ', queue, to_char(bucket, 'HH24:MI'), offered, answered, abandoned, open, answered_20s, answered_wait_s) FROM report.abandonment`:                                                      "billing 12:00 1 1 0 0 1 11.3",
		`SELECT caller_key FROM report.visit`:                     sql.CallerKey(sqltest.CallerKey, "004930123456"),
		`SELECT tableoid::regclass::text FROM call_event LIMIT 1`: noonsTable,
	} {
		if got := f.one(t, query); got != want {
			t.Errorf("%s\n is %q, want %q", query, got, want)
		}
	}
	if behind, age := s.Lag(); behind != 0 || age != 0 {
		t.Errorf("lag %d bytes, %s", behind, age)
	}
}

func TestCallerKeyIsTheSameInBothPlaces(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	numbers := []string{"", "anonymous", "Anonymous", "+49 30/123-45", "0049 (30) 12345", "030.12345", "alice", "Ünal@x", "+", "00", "-",
		"RESTRICTED", "Private Number", "no-number", "000-000-0000", "unavailable@carrier.example", "sip:+34600@anonymous.invalid", "asterisk",
		"anonymous7", "s", "0001", "非通知", "número oculto"}
	for i, n := range numbers {
		j.Append(arrive(i, noon, n).list)
	}
	arrived(t, s, j)
	for i, n := range numbers {
		want := sql.CallerKey(sqltest.CallerKey, n)
		if got := f.one(t, `SELECT coalesce(caller_key, '') FROM call_fact WHERE call_id = $1`, string(newID(i))); got != want {
			t.Errorf("caller key of %q is %q in Postgres and %q in Go", n, got, want)
		}
	}
	if sql.CallerKey(sqltest.CallerKey, numbers[3]) != sql.CallerKey(sqltest.CallerKey, "00493012345") {
		t.Error("one number written in two ways has two keys")
	}
}

func TestFactsAreFinal(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	j.Append(arrive(1, noon, "1").list)
	arrived(t, s, j)
	for _, q := range []string{`UPDATE call_event SET type = 'x'`, `DELETE FROM call_event`, `DELETE FROM ` + noonsTable} {
		if _, err := f.raw.Exec(q); err == nil || !strings.Contains(err.Error(), "never changed") {
			t.Errorf("%s gave %v", q, err)
		}
	}
}

// TestPostgresComesAndGoes stops and kills Postgres while facts are shipped.
func TestPostgresComesAndGoes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pg")
	start := func() *cluster.Cluster {
		c, err := cluster.Start(context.Background(), cluster.Config{Dir: dir, Log: quiet})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Stop() })
		return c
	}
	pg := start()
	if err := sql.Migrate(soon(t), pg.URL()); err != nil {
		t.Fatal(err)
	}
	f, j := openAt(t, pg.URL()), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	facts := anyDay(7, 300)
	part := len(facts) / 4
	j.Append(facts[:part])
	until(t, "some facts are shipped", func() bool { return s.Shipped().Byte > 0 })
	pg.Stop()
	for _, e := range facts[part : 2*part] {
		j.Append([]call.Entry{e})
	}
	if err := j.Sync(soon(t)); err != nil {
		t.Fatal(err)
	}
	if behind, _ := s.Lag(); behind == 0 {
		t.Error("no lag although Postgres is down")
	}
	pg = start()
	j.Append(facts[2*part : 3*part])
	until(t, "facts are shipped again", func() bool { return f.one(t, `SELECT count(*) > $1 FROM call_event`, part) == "true" })
	syscall.Kill(pg.PID(), syscall.SIGKILL) // in the midst of it
	j.Append(facts[3*part:])
	<-pg.Done()
	pg.Stop()
	start()
	arrived(t, s, j)
	f.holds(t, facts)
	before := f.tables(t)
	if err := f.Rebuild(soon(t)); err != nil {
		t.Fatal(err)
	}
	if f.tables(t) != before {
		t.Error("the projections are not those of the facts")
	}
}

func TestARestoredBackupIsMadeGood(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	facts := anyDay(8, 50)
	j.Append(facts)
	arrived(t, s, j)
	want := f.tables(t)
	// What a backup of before would look like: the rows of the transactions
	// since, and what they noted of the journal, are missing.
	f.raw.MustExec(`ALTER TABLE call_event DISABLE TRIGGER call_event_is_final`)
	f.raw.MustExec(`DELETE FROM call_event`)
	f.raw.MustExec(`TRUNCATE call_fact, queue_visit, offer_fact, agent_span, caller, message`)
	f.raw.MustExec(`DELETE FROM journal_offset`)
	more := arrive(999, noon, "1").list
	j.Append(more)
	until(t, "all is there again", func() bool {
		return f.one(t, `SELECT count(*)::text FROM call_event`) == fmt.Sprint(len(facts)+len(more))
	})
	arrived(t, s, j)
	f.raw.MustExec(`DELETE FROM call_fact WHERE call_id = $1`, string(newID(999)))
	f.raw.MustExec(`DELETE FROM trunk_call WHERE call_id = $1`, string(newID(999)))
	f.raw.MustExec(`DELETE FROM caller WHERE number = '1'`)
	if got := f.tables(t); got != want {
		t.Error("the projections differ afterwards")
	}
}

func TestAPoisonedFactIsPutAside(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	good := anyDay(9, 40)
	bad := []call.Entry{
		{Call: "not-a-uuid", Day: call.DayOf(noon), Seq: 1, At: noon, Fact: call.CallAnswered{}},
		{Call: newID(5000), Day: "2026-02-31", Seq: 1, At: noon, Fact: call.CallAnswered{}},
		{Call: newID(5001), Day: call.DayOf(noon), Seq: 1, At: noon, Fact: call.Unknown{Name: "call.started", Data: json.RawMessage(`{"again":"perhaps"}`)}},
	}
	mixed := append([]call.Entry{bad[0]}, good[:len(good)/2]...)
	mixed = append(append(append(mixed, bad[1]), good[len(good)/2:]...), bad[2])
	nul := call.Entry{Call: newID(5002), Day: call.DayOf(noon), Seq: 1, At: noon, Fact: call.CallStarted{Node: "a1", To: "1", From: "2", Name: "x\x00\\u0000"}}
	future := call.Entry{Call: newID(5003), Day: call.DayOf(noon), Seq: 1, At: noon, Fact: call.Unknown{Name: "moon.landed", Data: json.RawMessage(`{"who":"us"}`)}}
	j.Append(append(mixed, nul, future))
	s, stop := shipping(t, f.DB, j)
	arrived(t, s, j)
	if got := f.one(t, `SELECT count(*)::text FROM call_event`); got != fmt.Sprint(len(good)+2) {
		t.Errorf("%s facts are there, want %d", got, len(good)+2)
	}
	if got := f.one(t, `SELECT caller_name FROM call_fact WHERE call_id = $1`, string(newID(5002))); got != "x\uFFFD\\u0000" {
		t.Errorf("the name with a NUL is %q", got)
	}
	if got := f.one(t, `SELECT data->>'who' FROM call_event WHERE type = 'moon.landed'`); got != "us" {
		t.Errorf("the fact of another version holds %q", got)
	}
	if got := f.one(t, `SELECT count(*)::text FROM call_event_rejected`); got != "3" || s.Rejected() != 3 {
		t.Errorf("%s facts were put aside (%d counted), want 3", got, s.Rejected())
	}
	stop()
	again, _ := shipping(t, f.DB, j) // sends the last hour once more
	j.Append(arrive(6000, noon, "1").list)
	arrived(t, again, j)
	if got := f.one(t, `SELECT count(*)::text FROM call_event_rejected`); got != "3" || again.Rejected() != 0 {
		t.Errorf("after a restart %s are aside, %d new", got, again.Rejected())
	}
}

func TestTwoFactsForOnePlace(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	first := arrive(1, noon, "1").list
	j.Append(append(first, first...)) // written twice, as after a failed fsync: no harm
	arrived(t, s, j)
	j.Append(arrive(1, noon.Add(time.Hour), "1").list[:2])
	arrived(t, s, j)
	f.holds(t, first)
	if got := f.one(t, `SELECT count(*)::text FROM call_event_rejected WHERE reason LIKE 'another fact has its place: call.%'`); got != "2" || s.Rejected() != 2 {
		t.Errorf("%s facts were put aside (%d counted), want 2", got, s.Rejected())
	}
}

// TestRebuildIsTheSame ships in pieces, from one fact to hundreds at once.
func TestRebuildIsTheSame(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	facts, r := anyDay(10, 250), rand.New(rand.NewPCG(1, 2))
	for rest := facts; len(rest) > 0; {
		n := min(len(rest), 1+r.IntN(1+r.IntN(400)))
		j.Append(rest[:n])
		arrived(t, s, j)
		rest = rest[n:]
	}
	f.holds(t, facts)
	before := f.tables(t)
	if err := f.Rebuild(soon(t)); err != nil {
		t.Fatal(err)
	}
	if after := f.tables(t); after != before {
		a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
		for i := range a {
			if i < len(b) && a[i] != b[i] {
				t.Fatalf("shipped:\n%s\nrebuilt:\n%s", a[i], b[i])
			}
		}
		t.Fatalf("shipped %d rows, rebuilt %d", len(a), len(b))
	}
	if n := f.one(t, `SELECT count(*)::text FROM agent_span a JOIN agent_span b USING (agent)
		WHERE a.ctid <> b.ctid AND tstzrange(a.from_at, a.until_at) && tstzrange(b.from_at, b.until_at)`); n != "0" {
		t.Errorf("%s spans of an agent overlap", n)
	}
}

func TestRebuildWhileShipping(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	facts := anyDay(11, 200)
	for i, e := range facts {
		j.Append([]call.Entry{e})
		if i%(len(facts)/4) == 100 {
			if err := f.Rebuild(soon(t)); err != nil {
				t.Fatal(err)
			}
		}
	}
	arrived(t, s, j)
	f.holds(t, facts)
	before := f.tables(t)
	if err := f.Rebuild(soon(t)); err != nil {
		t.Fatal(err)
	}
	if f.tables(t) != before {
		t.Error("rebuilding while facts came in has left other rows")
	}
}

// TestTheCapIsSaidWhilePostgresIsAway: that is when the journal grows.
func TestTheCapIsSaidWhilePostgresIsAway(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var said strings.Builder
	j, err := journal.Open(t.TempDir(), journal.Options{Cap: 1, Reserve: 1 << 20,
		Log: slog.New(slog.NewTextHandler(writer(func(b []byte) { mu.Lock(); said.Write(b); mu.Unlock() }), nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	j.Append(arrive(1, noon, "1").list)
	_, stop := shipping(t, dead(t), j)
	defer stop()
	until(t, "it is said", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return strings.Contains(said.String(), "larger than its cap")
	})
}

type writer func([]byte)

func (w writer) Write(b []byte) (int, error) { w(b); return len(b), nil }

// TestASecondServer: of several servers the first that answers is taken.
func TestASecondServer(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(sqltest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("host", t.TempDir()+","+q.Get("host"))
	u.RawQuery = q.Encode()
	db, err := sql.Open(context.Background(), sql.Config{URL: u.String(), Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Ping(soon(t)); err != nil {
		t.Error(err)
	}
}

func TestADeadPostgresStopsNobody(t *testing.T) {
	t.Parallel()
	db, err := sql.Open(context.Background(), sql.Config{URL: "postgres:///x?host=" + t.TempDir() + "&sslmode=disable", Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	j := openJournal(t)
	s, stop := shipping(t, db, j)
	j.Append(arrive(1, noon, "1").list)
	if err := j.Sync(soon(t)); err != nil {
		t.Fatal(err)
	}
	if behind, age := s.Lag(); behind == 0 || age == 0 {
		t.Errorf("lag %d, %s", behind, age)
	}
	if err := db.Ping(soon(t)); err == nil {
		t.Error("a dead Postgres answers")
	}
	stop()
}
