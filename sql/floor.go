package sql

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"presszero/internal/figures"
	"presszero/report"
)

// mostWaited bounds how long somebody can have been here who gives up now; it lets the
// queries of the floor find them by their arrival, of which there are indexes.
const mostWaited = 24 * time.Hour

// GaveUp counts the callers who have given up since a moment, by queue and place.
func (db *DB) GaveUp(ctx context.Context, since time.Time) (list []report.GaveUp, err error) {
	defer wrapError(&err, "GaveUp")
	err = db.reports.SelectContext(ctx, &list, `
		SELECT queue, place, count(*) AS callers, max(s) AS longest_s, percentile_disc(0.5) WITHIN GROUP (ORDER BY s) AS median_s
		FROM (SELECT queue, CASE outcome WHEN 'abandoned_queue' THEN 'line' ELSE 'ringing' END AS place, coalesce(queue_s, 0) AS s
		      FROM queue_visit WHERE entered_at >= $2 AND ended_at >= $1 AND kind = 'live' AND outcome::text LIKE 'abandoned%'
		      UNION ALL
		      SELECT '', 'menu', extract(epoch FROM ended_at - started_at)::float8
		      FROM call_fact WHERE started_at >= $2 AND ended_at >= $1 AND outcome = 'abandoned_ivr') g
		GROUP BY 1, 2 ORDER BY 1, 2`, since, since.Add(-mostWaited))
	return list, err
}

// Overdue counts the messages and complaints that nobody has answered in time, by queue.
func (db *DB) Overdue(ctx context.Context) (list []report.Overdue, err error) {
	defer wrapError(&err, "Overdue")
	err = db.reports.SelectContext(ctx, &list, `
		SELECT queue, count(*) AS messages, min(due_at) AS since FROM message_task t JOIN message m USING (message_id)
		WHERE t.done_at IS NULL AND now() > m.due_at GROUP BY 1 ORDER BY 1`)
	return list, err
}

// Crossings lists the limits of some queues (none: of all) that were crossed in a period or
// lasted into it, the newest first.
func (db *DB) Crossings(ctx context.Context, p report.Period, queues []string) (list []figures.Crossing, err error) {
	defer wrapError(&err, "Crossings")
	list = []figures.Crossing{}
	err = db.reports.SelectContext(ctx, &list, `
		SELECT queue, kind, bound, value, worst, crossed_at, over_at FROM limit_crossing
		WHERE (crossed_at >= $1 OR over_at IS NULL OR over_at >= $1) AND crossed_at < $2 AND (cardinality($3::text[]) = 0 OR queue = ANY ($3))
		ORDER BY crossed_at DESC, queue, kind LIMIT 500`, p.From, p.To, pq.StringArray(append([]string{}, queues...)))
	return list, err
}

// CrossedNow lists the limits that are crossed and not over.
func (db *DB) CrossedNow(ctx context.Context) (list []figures.Crossing, err error) {
	defer wrapError(&err, "CrossedNow")
	err = db.reports.SelectContext(ctx, &list, `
		SELECT queue, kind, bound, value, worst, crossed_at FROM limit_crossing WHERE over_at IS NULL ORDER BY 1, 2`)
	return list, err
}

// KeepCrossings writes down limits that were crossed or are over. It takes effect once,
// however often it is called.
func (db *DB) KeepCrossings(ctx context.Context, list []figures.Crossing) (err error) {
	defer wrapError(&err, "KeepCrossings")
	return db.Transact(ctx, func(tx *sqlx.Tx) error {
		for _, c := range list {
			if _, err := tx.NamedExecContext(ctx, `
				INSERT INTO limit_crossing (queue, kind, crossed_at, over_at, bound, value, worst)
				VALUES (:queue, :kind, :crossed_at, :over_at, :bound, :value, :worst)
				ON CONFLICT (queue, kind, crossed_at) DO UPDATE
				SET over_at = coalesce(limit_crossing.over_at, EXCLUDED.over_at), worst = EXCLUDED.worst`, c); err != nil {
				return err
			}
		}
		return nil
	})
}
