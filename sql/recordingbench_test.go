package sql_test

import (
	"context"
	"flag"
	"fmt"
	"testing"
	"time"

	"presszero/internal/sqltest"
	"presszero/report"
	"presszero/sql"
)

var (
	recordings   = flag.Int("recordings", 2000, "how many recordings BenchmarkRecordings looks through")
	recordingsIn = flag.String("recordings-in", "", "URL of a database for BenchmarkRecordings, which it fills when it is empty, and leaves; else it makes one")
)

// manyRecordings makes up recordings: one each 100 s up to noon, of 300 agents in 12 queues
// and a fifth as many callers. Every fifth note has a common word, but for those of queue7 and
// of most agents, and one in 100,000 a rare one. A code is common, too, and of no talk of most
// agents and queues.
const manyRecordings = `
	INSERT INTO caller (caller_key, number, name, seen_at)
	SELECT md5(i::text), '+34' || (600000000 + i * 137), (ARRAY['Ana García', 'Kim Minjun', 'Sato Yui', 'John Smith', 'Eva Ruiz'])[1 + i % 5] || CASE WHEN i % 20000 = 7 THEN ' Quetzal' ELSE '' END, now()
	FROM generate_series(0, $1::int / 5) i;`

const manyTalks = `
	INSERT INTO recording (recording_id, call_id, call_day, seq, visit_id, agent, queue, caller_key, joined_at, left_at, started_at, stopped_at, state, outcome, length_s, format, bytes)
	SELECT id || '.o1.leg', id, at::date, 9, id || '.v1', 'agent' || i * 7919 % 300, 'queue' || i * 31 % 12, md5((i * 7919 % ($1::bigint / 5))::text), at, at + s, at, at + s,
	       'kept', CASE WHEN i % 5000 = 3 THEN 'system_failure' WHEN i % 30 = 0 THEN 'transferred_out' ELSE 'answered' END, extract(epoch FROM s), 'flac', 1000000
	FROM (SELECT i, ('01890a5d-ac96-774b-8000-' || lpad(to_hex(i), 12, '0'))::uuid AS id, $2::timestamptz - i * interval '100 s' AS at,
	             (20 + (i * 7919 % 1000) ^ 1.2) * interval '1 s' AS s FROM generate_series(0::bigint, $1::bigint - 1) i) t;`

const manyCalls = `
	INSERT INTO call_fact (call_id, call_day, dialed, caller_number, caller_key, again, started_at)
	SELECT call_id, call_day, '100', '+34600000001', caller_key, false, joined_at FROM recording;`

const manyCodes = `
	INSERT INTO disposition (visit_id, agent, call_id, queue, code, note_length, at)
	SELECT visit_id, agent, call_id, queue, CASE WHEN n % 50000 = 11 THEN 'fire' ELSE 'code' || n % 8 END, 30, left_at
	FROM (SELECT *, row_number() OVER () AS n FROM recording) r;`

const manyNotes = `
	INSERT INTO talk_note (visit_id, agent, queue, note)
	SELECT visit_id, agent, queue, 'Order ' || n || CASE WHEN n % 5 = 0 AND queue <> 'queue7' THEN ' wants a refund' ELSE ' asks about delivery' END || CASE WHEN n % 100000 = 17 THEN ' zeppelin' ELSE '' END
	FROM (SELECT *, row_number() OVER () AS n FROM recording) r WHERE n % 2 = 1 OR n % 5 = 0;`

// BenchmarkRecordings is how long each search takes. See docs/performance.md.
func BenchmarkRecordings(b *testing.B) {
	f := manyRecorded(b)
	number := "+34" + fmt.Sprint(600000000+11*137)
	if _, err := f.raw.Exec(`UPDATE recording SET caller_key = $1 WHERE caller_key = md5('11')`, sql.CallerKey(sqltest.CallerKey, number)); err != nil {
		b.Fatal(err)
	}
	day := func(n int) time.Time { return noon.AddDate(0, 0, -n) }
	long := 3000.0
	for _, s := range []struct {
		name string
		report.RecordingFilter
	}{
		{name: "Newest"},
		{"QueueWeek", report.RecordingFilter{Queue: "queue5", From: day(8), To: day(1)}},
		{"AgentMonth", report.RecordingFilter{Agent: "agent17", From: day(40), To: day(10)}},
		{"Number", report.RecordingFilter{Numbers: []string{number}}},
		{"LastDigitsMonth", report.RecordingFilter{Digits: number[len(number)-4:], From: day(40), To: day(10)}},
		{"RareName", report.RecordingFilter{Name: "quetzal"}},
		{"CommonName", report.RecordingFilter{Name: "García"}},
		{"RareCode", report.RecordingFilter{Code: "fire"}},
		{"CommonCode", report.RecordingFilter{Code: "code3"}},
		{"RareWord", report.RecordingFilter{Note: "zeppelin"}},
		{"CommonWord", report.RecordingFilter{Note: "refund"}},
		{"CommonWordWeek", report.RecordingFilter{Note: "refund", From: day(8), To: day(1)}},
		{"NoWord", report.RecordingFilter{Note: "submarine"}},
		{"CommonWordNotOfAgent", report.RecordingFilter{Note: "refund", Agent: "agent17"}},
		{"CommonWordNotOfQueue", report.RecordingFilter{Note: "refund", Queue: "queue7"}},
		{"CommonWordOfQueues", report.RecordingFilter{Note: "refund", Queues: []string{"queue1", "queue7"}}},
		{"CommonCodeNotOfAgent", report.RecordingFilter{Code: "code3", Agent: "agent17"}},
		{"CommonCodeNotOfQueue", report.RecordingFilter{Code: "code3", Queue: "queue5"}},
		{"CommonNameOfAgent", report.RecordingFilter{Name: "García", Agent: "agent20"}},
		{"CommonNameNotOfAgent", report.RecordingFilter{Name: "García", Agent: "agent17"}},
		{"LongInThreeQueues", report.RecordingFilter{Queues: []string{"queue1", "queue2", "queue3"}, LengthFromS: &long}},
		{"NoneSoLong", report.RecordingFilter{LengthFromS: new(90_000.0)}},
		{"RareOutcome", report.RecordingFilter{Outcome: "system_failure"}},
		{"DeepPage", report.RecordingFilter{Queue: "queue5", Before: &report.RecordingPlace{At: day(*recordings / 864 / 2), ID: "x"}}},
	} {
		s.Limit = 51
		b.Run(s.name, func(b *testing.B) {
			searched(b, f.DB, s.RecordingFilter)
		})
	}
}

// manyRecorded is a database with so many recordings.
func manyRecorded(b *testing.B) fixture {
	b.Helper()
	var f fixture
	if *recordingsIn == "" {
		f = setup(b)
	} else if err := sql.Migrate(b.Context(), *recordingsIn); err != nil {
		b.Fatal(err)
	} else if f = openAt(b, *recordingsIn); f.one(b, `SELECT EXISTS (SELECT FROM recording)`) == "true" {
		return f
	}
	makeRecordings(b, f, *recordings)
	return f
}

// makeRecordings fills the tables, and makes their indexes afterwards, which is far quicker.
func makeRecordings(b *testing.B, f fixture, n int) {
	b.Helper()
	do := func(query string, args ...any) {
		b.Helper()
		if _, err := f.raw.Exec(query, args...); err != nil {
			b.Fatalf("%s: %v", query, err)
		}
	}
	var indexes []struct{ Name, Made string }
	if err := f.raw.Select(&indexes, `SELECT indexname AS name, indexdef AS made FROM pg_indexes
		WHERE tablename IN ('recording', 'caller', 'call_fact', 'disposition', 'talk_note') AND indexname NOT LIKE '%_pkey'`); err != nil {
		b.Fatal(err)
	}
	for _, i := range indexes {
		do(`DROP INDEX ` + i.Name)
	}
	do(`ALTER TABLE call_fact DISABLE TRIGGER USER`) // nobody reports of them
	do(manyRecordings, n)
	do(manyTalks, n, noon)
	for _, q := range []string{manyCalls, manyCodes, manyNotes} {
		do(q)
	}
	for _, i := range indexes {
		do(i.Made)
	}
	do(`VACUUM ANALYZE`)
}

func searched(b *testing.B, db *sql.DB, f report.RecordingFilter) {
	var took []time.Duration
	var found int
	for b.Loop() {
		began := time.Now()
		list, err := db.Recordings(context.Background(), f)
		if err != nil {
			b.Fatal(err)
		}
		took, found = append(took, time.Since(began)), len(list)
	}
	b.ReportMetric(float64(found), "found")
	reportPercentile(b, took, 95)
}
