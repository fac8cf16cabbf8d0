package sql

import (
	"context"
	stdsql "database/sql"
	"errors"
	"slices"

	"github.com/lib/pq"

	"presszero/report"
)

// partOf are the queues of which a part is left alone, and how large it is, as two
// lists for Postgres.
func partOf(values []report.LostValue) (queues pq.StringArray, parts pq.Float64Array) {
	queues, parts = pq.StringArray{}, pq.Float64Array{}
	for _, v := range values {
		if v.Control > 0 {
			queues, parts = append(queues, v.Queue), append(parts, v.Control)
		}
	}
	return queues, parts
}

// alone is whether the caller of a row is of the part c of the queue's callers that is
// left alone. It is by chance, but always the same of a caller and a queue; a larger
// part holds the smaller one.
func alone(row string) string {
	return `CASE WHEN c.part IS NULL THEN false ELSE ('x' || substr(md5(` + row + `.caller_key || ' ' || ` + row + `.queue), 1, 8))::bit(32)::bigint < c.part * 4294967296 END`
}

// lost are the waits that were given up in the period from $1 to $2 in the queues $3, with what
// became of their callers, as the table one; again is when the caller gave up the next time in
// one of these queues. The others are parts of queues that are left alone.
func lost(queues, parts string) string {
	return `
		one AS (
			SELECT g.*, ` + alone("g") + ` AS left_alone,
			       CASE WHEN $3::text[] IS NULL THEN again_at[1] WHEN again_at <> '{}' THEN (SELECT min(at) FROM unnest(again_in, again_at) AS a (q, at) WHERE q = ANY ($3)) END AS again
			FROM gave_up_during($1, $2) g LEFT JOIN unnest(` + queues + `::text[], ` + parts + `::float8[]) AS c (queue, part) ON c.queue = g.queue
			WHERE $3::text[] IS NULL OR g.queue = ANY ($3)
		)`
}

// lostSeen are the people among the lost, within one window, in hours: who gave up again in it
// is counted then. As LostCounts counts them.
func lostSeen(hours string) string {
	return lost(`NULL`, `NULL`) + `, seen AS (
			SELECT call_id, queue, outcome, entered_at, ended_at, queue_s, ring_s, ended_at + w <= now() AS old,
			       coalesce(served_at <= ended_at + w, false) AS served, coalesce(called_at <= ended_at + w, false) AS called
			FROM one CROSS JOIN LATERAL (SELECT ` + hours + ` * interval '1 hour' AS w) w
			WHERE again IS NULL OR again > ended_at + w
		)`
}

// LostCounts counts the people who gave up in the period of a question, and what became
// of them within each of these windows, in hours, at most 31 days; by queue and whether they
// are of the part that is left alone. A person belongs to a window if the caller did not give
// up again in it. Waits are first put together by the windows in which things happened, for
// there are few ways in which it goes.
func (db *DB) LostCounts(ctx context.Context, q report.Period, hours []float64, values ...report.LostValue) (list []report.LostCount, err error) {
	defer wrapError(&err, "LostCounts")
	queues, parts := partOf(values)
	err = db.reports.SelectContext(ctx, &list, `
		WITH `+lost("$5", "$6")+`, went AS (
			SELECT queue, left_alone, width_bucket(date_part('epoch', now() - ended_at), w) AS old, -- the windows that are over,
			       `+shorterThan("again")+` AS again, `+shorterThan("returned_at")+` AS returned,   -- and those that were before it happened
			       `+shorterThan("served_at")+` AS served, `+shorterThan("called_at")+` AS called, count(*) AS n
			FROM one CROSS JOIN (SELECT array_agg(h * 3600 ORDER BY h) AS w FROM unnest($4::float8[]) h) w GROUP BY 1, 2, 3, 4, 5, 6, 7
		)
		SELECT h AS hours, queue, left_alone, coalesce(sum(n) FILTER (WHERE k <= old), 0) AS people, coalesce(sum(n) FILTER (WHERE k > old), 0) AS too_new,
		       coalesce(sum(n) FILTER (WHERE k <= old AND k > returned), 0) AS returned,
		       coalesce(sum(n) FILTER (WHERE k <= old AND k > served), 0) AS served,
		       coalesce(sum(n) FILTER (WHERE k <= old AND k > called AND (k > served) IS NOT TRUE), 0) AS called_back,
		       coalesce(sum(n) FILTER (WHERE k <= old AND (k > called) IS NOT TRUE AND (k > served) IS NOT TRUE), 0) AS lost
		FROM went CROSS JOIN unnest($4::float8[]) WITH ORDINALITY AS h (h, k)
		WHERE again IS NULL OR k <= again
		GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`, q.From, q.To, queuesOf(q), pq.Float64Array(slices.Sorted(slices.Values(hours))), queues, parts)
	return list, err
}

// shorterThan is how many of the windows w are shorter than the time from the end of a wait to
// a moment, to a microsecond.
func shorterThan(moment string) string {
	return `width_bucket(date_part('epoch', ` + moment + ` - ended_at) - 5e-7, w)`
}

// Withheld counts the visits of a question that were given up.
func (db *DB) Withheld(ctx context.Context, q report.Period) (w report.Withheld, err error) {
	defer wrapError(&err, "Withheld")
	err = db.reports.GetContext(ctx, &w, `
		SELECT count(*) AS abandoned, count(*) FILTER (WHERE caller_key IS NULL) AS withheld FROM queue_visit
		WHERE entered_at >= $1 AND entered_at < $2 AND kind = 'live' AND outcome LIKE 'abandoned%' AND NOT after_talk
		  AND ($3::text[] IS NULL OR queue = ANY ($3))`, q.From, q.To, queuesOf(q))
	return w, err
}

// LostCallers lists those who gave up since a time and were not served since: they
// talked with nobody, whether by calling again or by being called. The last comes
// first.
func (db *DB) LostCallers(ctx context.Context, f report.LostFilter) (list []report.LostCaller, err error) {
	defer wrapError(&err, "LostCallers")
	queues, parts := partOf(f.Values)
	err = db.reports.SelectContext(ctx, &list, `
		WITH gave AS (
			SELECT DISTINCT ON (caller_key) visit_id, call_id, queue, caller_key, entered_at, ended_at, queue_s, told_high_s,
			       count(*) OVER (PARTITION BY caller_key) AS times
			FROM queue_visit
			WHERE kind = 'live' AND outcome LIKE 'abandoned%' AND NOT after_talk AND caller_key IS NOT NULL
			  AND entered_at >= $1 AND (cardinality($2::text[]) = 0 OR queue = ANY ($2)) AND ($3 = '' OR caller_key = $3)
			ORDER BY caller_key, entered_at DESC, visit_id DESC
		)
		SELECT g.caller_key, coalesce(r.number, '') AS number, coalesce(r.name, '') AS name, coalesce(r.vip, false) AS vip, g.queue, g.call_id,
		       g.entered_at, g.ended_at, coalesce(g.queue_s, 0) AS queue_s, g.told_high_s, g.times,
		       EXISTS (SELECT FROM callback_fact b WHERE b.caller_key = g.caller_key AND b.ended_at IS NULL) AS callback, `+alone("g")+` AS left_alone
		FROM gave g LEFT JOIN report.caller r USING (caller_key) LEFT JOIN unnest($4::text[], $5::float8[]) AS c (queue, part) ON c.queue = g.queue
		WHERE NOT EXISTS (SELECT FROM queue_visit v WHERE v.caller_key = g.caller_key AND v.entered_at > g.ended_at - interval '31 days'
		                  AND v.ended_at > g.ended_at AND v.outcome = 'answered')
		  AND NOT EXISTS (SELECT FROM queue_visit v WHERE v.caller_key = g.caller_key AND v.entered_at > g.ended_at AND v.outcome IS NULL AND v.kind = 'live')
		  AND NOT EXISTS (SELECT FROM outgoing_call o WHERE o.caller_key = g.caller_key AND o.dialed_at > g.ended_at AND o.joined_at IS NOT NULL AND o.for_call IS NULL)
		ORDER BY g.ended_at DESC, g.visit_id DESC LIMIT $6`, f.Since, append(pq.StringArray{}, f.Queues...), f.Key, queues, parts, f.Limit)
	return list, err
}

// WriteCallbackNote keeps what is to be said to one who is called back, in place of
// what was written before.
func (db *DB) WriteCallbackNote(ctx context.Context, callback, note, by string) (err error) {
	defer wrapError(&err, "WriteCallbackNote")
	_, err = db.lookups.ExecContext(ctx, `INSERT INTO callback_note (callback_id, note, written_by) VALUES ($1, $2, $3)
		ON CONFLICT (callback_id) DO UPDATE SET note = EXCLUDED.note, written_by = EXCLUDED.written_by, written_at = clock_timestamp()`, callback, note, by)
	return err
}

// callbackNote is what is to be said in a callback; "": nothing, or it is none.
func (db *DB) callbackNote(ctx context.Context, callback string) (note string, err error) {
	if !uuid.MatchString(callback) {
		return "", nil
	}
	err = db.lookups.GetContext(ctx, &note, `SELECT note FROM callback_note WHERE callback_id = $1`, callback)
	if errors.Is(err, stdsql.ErrNoRows) {
		err = nil
	}
	return note, err
}
