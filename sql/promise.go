package sql

import (
	"context"
	stdsql "database/sql"
	"errors"

	"presszero/report"
)

// brokenPromise returns the last time that a caller waited on the phone, if it was longer
// than was told and nothing has made up for it yet; else nil.
func (db *DB) brokenPromise(ctx context.Context, key string) (*report.BrokenPromise, error) {
	var b report.BrokenPromise
	err := db.lookups.GetContext(ctx, &b, `
		SELECT visit_id, ended_at, told_high_s, waited_s
		FROM (SELECT visit_id, ended_at, told_high_s, extract(epoch FROM ended_at - told_at)::float8 AS waited_s
		      FROM queue_visit
		      WHERE caller_key = $1 AND kind = 'live' AND ended_at IS NOT NULL AND outcome <> 'withdrawn'
		      ORDER BY entered_at DESC LIMIT 1) v
		WHERE told_high_s > 0 AND waited_s > told_high_s AND NOT EXISTS (SELECT FROM queue_visit m WHERE m.makes_up_for = v.visit_id)`, key)
	switch {
	case errors.Is(err, stdsql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &b, nil
}

// Promises counts the waits that callers were told in a period, by day in the zone (an
// IANA name) and queue, and those that were longer.
func (db *DB) Promises(ctx context.Context, p report.Period, zone string) (list []report.Promises, err error) {
	defer wrapError(&err, "Promises")
	list = []report.Promises{}
	err = db.reports.SelectContext(ctx, &list, `
		WITH made_up AS (
			SELECT (v.entered_at AT TIME ZONE $3)::date AS day, v.queue, count(DISTINCT v.visit_id) AS n
			FROM queue_visit m JOIN queue_visit v ON v.visit_id = m.makes_up_for
			WHERE m.makes_up_for IS NOT NULL AND v.entered_at >= $1 AND v.entered_at < $2 AND v.kind = 'live' AND v.told_high_s > 0
			  AND v.ended_at > v.told_at + v.told_high_s * interval '1 second'
			GROUP BY 1, 2
		)
		SELECT day::text, queue, told, broken, longest_over_s, coalesce(m.n, 0) AS made_up
		FROM (SELECT (bucket AT TIME ZONE $3)::date AS day, queue, sum(told) AS told, sum(broken) AS broken, max(over_s) AS longest_over_s
		      FROM promises_during($1, $2) WHERE $4::text[] IS NULL OR queue = ANY ($4) GROUP BY 1, 2) p LEFT JOIN made_up m USING (day, queue)
		ORDER BY 1, 2`, p.From, p.To, zone, queuesOf(p))
	for i := range list {
		list[i].ComputeRate()
	}
	return list, err
}
