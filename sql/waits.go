package sql

import (
	"context"
	"math"
	"time"

	"github.com/jmoiron/sqlx"

	"presszero/report"
)

// WaitFigures measures the visits that began in a period against a limit.
func (db *DB) WaitFigures(ctx context.Context, p report.Period, limit time.Duration) (f report.WaitFigures, err error) {
	defer wrapError(&err, "WaitFigures")
	err = db.atOneMoment(ctx, func(tx *sqlx.Tx) error {
		if err := tx.GetContext(ctx, &f, waitFigures, p.From, p.To, limit.Seconds(), queuesOf(p)); err != nil {
			return err
		}
		answered, err := percentilesOf(ctx, tx, f.Answered, `SELECT '' AS key, bucket, waits AS list FROM visits_during($1, $2) WHERE outcome = 'answered' AND NOT after_talk AND ($3::text[] IS NULL OR queue = ANY ($3))`, p.From, p.To, queuesOf(p))
		f.P50S, f.P90S = answered.of("", 0.5), answered.of("", 0.9)
		return err
	})
	return f, err
}

// waitFigures looks at each visit that is open, for its wait grows, and at the sums of the others.
const waitFigures = `
	WITH still AS (
		SELECT count(*) AS n, count(*) FILTER (WHERE told_at IS NOT NULL) AS told,
		       count(*) FILTER (WHERE EXISTS (SELECT FROM call_event e WHERE e.call_day = v.call_day AND e.call_id = v.call_id AND e.visit_id = v.visit_id AND e.type = 'callback.offered')) AS offered
		FROM queue_visit v
		WHERE ended_at IS NULL AND kind = 'live' AND entered_at >= $1 AND entered_at < $2 AND extract(epoch FROM now() - entered_at) > $3 AND ($4::text[] IS NULL OR queue = ANY ($4))
	), over AS (
		SELECT coalesce(sum(visits) FILTER (WHERE NOT after_talk), 0) AS offered,
		       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND outcome = 'open'), 0) AS open,
		       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND outcome = 'answered'), 0) AS answered,
		       coalesce(sum(width_bucket($3::float8, waits)) FILTER (WHERE NOT after_talk AND outcome = 'answered'), 0) AS within,
		       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND outcome LIKE 'abandoned%'), 0) AS abandoned,
		       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND outcome = 'callback_accepted'), 0) AS callbacks,
		       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND outcome = 'system_failure'), 0) AS cut_off,
		       coalesce(sum(visits) FILTER (WHERE after_talk AND outcome = 'system_failure'), 0) AS cut_off_after_talk,
		       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND outcome IN ('timeout_exit', 'no_agents')), 0) AS turned_away,
		       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND outcome IN ('exit_key', 'overflow', 'transferred_out', 'closed')), 0) AS elsewhere,
		       coalesce(sum(cardinality(waits) - width_bucket($3, waits)), 0) AS long,
		       coalesce(sum(cardinality(offered) - width_bucket($3, offered)), 0) AS long_offered,
		       coalesce(sum(cardinality(told) - width_bucket($3, told)), 0) AS long_told,
		       round(sum(wait_s) FILTER (WHERE NOT after_talk AND outcome = 'answered')::numeric, 6)::float8
		           / nullif(sum(visits) FILTER (WHERE NOT after_talk AND outcome = 'answered'), 0) AS mean_s,
		       coalesce(max(longest_s), 0) AS longest_s
		FROM visits_during($1::timestamptz, $2::timestamptz) WHERE outcome <> 'withdrawn' AND ($4::text[] IS NULL OR queue = ANY ($4))
	)
	SELECT over.offered, open, answered, within, abandoned, callbacks, cut_off, cut_off_after_talk, turned_away, elsewhere,
	       long + still.n AS long, long + still.n - long_offered - still.offered AS unoffered, long + still.n - long_told - still.told AS untold, mean_s, longest_s
	FROM over CROSS JOIN still`

// LongWaits lists the visits that WaitFigures counts as Long, newest first, at
// most so many. It looks only into quarters that have such visits.
func (db *DB) LongWaits(ctx context.Context, p report.Period, limit time.Duration, most int) (list []report.LongWait, err error) {
	defer wrapError(&err, "LongWaits")
	err = db.reports.SelectContext(ctx, &list, `
		WITH part AS (
			SELECT bucket, sum(cardinality(waits) - width_bucket($3::float8, waits)) AS long, bool_or(outcome = 'open') AS open
			FROM visits_during($1::timestamptz, $2::timestamptz) WHERE outcome <> 'withdrawn' AND ($5::text[] IS NULL OR queue = ANY ($5)) GROUP BY 1
		), near AS (
			SELECT bucket FROM (SELECT *, sum(long) OVER (ORDER BY bucket DESC) - long AS later FROM part) n WHERE later < $4 AND (long > 0 OR open)
		)
		SELECT call_id, queue, entered_at, wait_s, outcome
		FROM near CROSS JOIN LATERAL (
			SELECT call_id, visit_id, queue, entered_at, coalesce(outcome::text, 'open') AS outcome,
			       coalesce(queue_s, extract(epoch FROM now() - entered_at))::float8 AS wait_s
			FROM queue_visit
			WHERE entered_at >= greatest(bucket, $1) AND entered_at < least(bucket + interval '15 minutes', $2) AND kind = 'live' AND outcome IS DISTINCT FROM 'withdrawn'
			  AND ($5::text[] IS NULL OR queue = ANY ($5)) OFFSET 0) v
		WHERE wait_s > $3 ORDER BY entered_at DESC, visit_id DESC LIMIT $4`, p.From, p.To, limit.Seconds(), most, queuesOf(p))
	return list, err
}

// Staffed returns for how long, within a period, at least one agent took
// calls or talked. What lies ahead does not count.
func (db *DB) Staffed(ctx context.Context, p report.Period) (d time.Duration, err error) {
	defer wrapError(&err, "Staffed")
	var seconds float64
	query, args := `SELECT coalesce(sum(seconds), 0) FROM staff_during($1, least($2, now()))`, []any{p.From, p.To}
	if queues := queuesOf(p); queues != nil { // of some agents there is no rollup: a month takes a second, a year may take too long
		query, args = staffedOfQueues, append(args, queues)
	}
	err = db.reports.GetContext(ctx, &seconds, query, args...)
	return time.Duration(math.Round(seconds*1e6)) * time.Microsecond, err
}

var staffedOfQueues = `
	SELECT coalesce(sum(extract(epoch FROM upper(r) - lower(r))), 0)::float8
	FROM (SELECT unnest(range_agg(tstzrange(greatest(from_at, $1), least(coalesce(until_at, now()), $2, now())))) AS r
	      FROM agent_span s
	      WHERE (presence = 'available' OR state = 'talking')
	        AND agent IN (SELECT name FROM users WHERE queues = '{}' OR queues && $3)
	        AND ` + spansBetween("$1", "$2") + `
	        AND greatest(from_at, $1) < least(coalesce(until_at, now()), $2, now())) s`
