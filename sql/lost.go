package sql

import (
	"context"
	stdsql "database/sql"
	"errors"

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
	return `coalesce(('x' || substr(md5(` + row + `.caller_key || ' ' || ` + row + `.queue), 1, 8))::bit(32)::bigint < c.part * 4294967296, false)`
}

// lostSeen are the people who gave up in the period from $1 to $2 in the queues $3, as the table
// seen: once for each window, in hours and at most 31 days, with what became of them: whether they
// gave up again in it, too, for a window begins with the end of a wait, less than a day after $2. The
// others are parts of queues that are left alone.
func lostSeen(hours, queues, parts string) string {
	return `
		one AS (
			SELECT g.*, ` + alone("g") + ` AS left_alone,
			       (SELECT min(at) FROM unnest(again_in, again_at) AS a (q, at) WHERE $3::text[] IS NULL OR q = ANY ($3)) AS again
			FROM gave_up_during($1, $2) g LEFT JOIN unnest(` + queues + `::text[], ` + parts + `::float8[]) AS c (queue, part) ON c.queue = g.queue
			WHERE $3::text[] IS NULL OR g.queue = ANY ($3)
		), seen AS (
			SELECT h AS hours, call_id, queue, outcome, entered_at, ended_at, queue_s, ring_s, left_alone, ended_at + w <= now() AS old, coalesce(returned_at <= ended_at + w, false) AS returned,
			       coalesce(served_at <= ended_at + w, false) AS served, coalesce(called_at <= ended_at + w, false) AS called
			FROM one CROSS JOIN unnest(` + hours + `::float8[]) AS h CROSS JOIN LATERAL (SELECT h * interval '1 hour' AS w) w
			WHERE again IS NULL OR again > ended_at + w
		)`
}

// LostCounts counts the people who gave up in the period of a question, and what became
// of them within each of these windows, in hours; by queue and whether they are of
// the part that is left alone.
func (db *DB) LostCounts(ctx context.Context, q report.Period, hours []float64, values ...report.LostValue) (list []report.LostCount, err error) {
	defer wrapError(&err, "LostCounts")
	queues, parts := partOf(values)
	err = db.reports.SelectContext(ctx, &list, `
		WITH `+lostSeen("$4", "$5", "$6")+`
		SELECT hours, queue, left_alone, count(*) FILTER (WHERE old) AS people, count(*) FILTER (WHERE NOT old) AS too_new,
		       count(*) FILTER (WHERE old AND returned) AS returned,
		       count(*) FILTER (WHERE old AND served) AS served,
		       count(*) FILTER (WHERE old AND called AND NOT served) AS called_back,
		       count(*) FILTER (WHERE old AND NOT called AND NOT served) AS lost
		FROM seen GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`, q.From, q.To, queuesOf(q), pq.Float64Array(hours), queues, parts)
	return list, err
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
