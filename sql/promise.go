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
		SELECT (entered_at AT TIME ZONE $3)::date::text AS day, queue, count(*) AS told,
		       count(*) FILTER (WHERE over_s > 0) AS broken,
		       coalesce(max(over_s) FILTER (WHERE over_s > 0), 0) AS longest_over_s,
		       count(*) FILTER (WHERE over_s > 0 AND EXISTS (SELECT FROM queue_visit m WHERE m.makes_up_for = v.visit_id)) AS made_up
		FROM (SELECT *, extract(epoch FROM ended_at - told_at)::float8 - told_high_s AS over_s FROM queue_visit
		      WHERE entered_at >= $1 AND entered_at < $2 AND kind = 'live' AND told_high_s > 0 AND ended_at IS NOT NULL
		        AND ($4::text[] IS NULL OR queue = ANY ($4))) v
		GROUP BY 1, 2 ORDER BY 1, 2`, p.From, p.To, zone, queuesOf(p))
	for i := range list {
		list[i].ComputeRate()
	}
	return list, err
}
