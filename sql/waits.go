package sql

import (
	"context"
	"time"

	"presszero/report"
)

// WaitFigures measures the visits that began in a period against a limit.
func (db *DB) WaitFigures(ctx context.Context, p report.Period, limit time.Duration) (f report.WaitFigures, err error) {
	defer wrapError(&err, "WaitFigures")
	err = db.reports.GetContext(ctx, &f, `
		WITH visit AS (
			SELECT *, NOT after_talk AS first, coalesce(queue_s, extract(epoch FROM now() - entered_at)) > $3 AS long
			FROM queue_visit
			WHERE entered_at >= $1 AND entered_at < $2 AND kind = 'live' AND outcome IS DISTINCT FROM 'withdrawn'
			  AND ($4::text[] IS NULL OR queue = ANY ($4))
		), said AS (
			SELECT v.visit_id, bool_or(e.type = 'callback.offered') AS offered, bool_or(e.type = 'ewt.announced') AS told
			FROM visit v JOIN call_event e ON e.call_day = v.call_day AND e.call_id = v.call_id AND e.visit_id = v.visit_id
			WHERE v.long AND e.type IN ('callback.offered', 'ewt.announced') AND e.at <= coalesce(v.ended_at, e.at) -- later in a hold
			GROUP BY 1
		)
		SELECT count(*) FILTER (WHERE first) AS offered,
		       count(*) FILTER (WHERE first AND outcome IS NULL) AS open,
		       count(*) FILTER (WHERE first AND outcome = 'answered') AS answered,
		       count(*) FILTER (WHERE first AND outcome = 'answered' AND queue_s <= $3) AS within,
		       count(*) FILTER (WHERE first AND outcome LIKE 'abandoned%') AS abandoned,
		       count(*) FILTER (WHERE first AND outcome = 'callback_accepted') AS callbacks,
		       count(*) FILTER (WHERE first AND outcome = 'system_failure') AS cut_off,
		       count(*) FILTER (WHERE NOT first AND outcome = 'system_failure') AS cut_off_after_talk,
		       count(*) FILTER (WHERE first AND outcome IN ('timeout_exit', 'no_agents')) AS turned_away,
		       count(*) FILTER (WHERE first AND outcome IN ('exit_key', 'overflow', 'transferred_out', 'closed')) AS elsewhere,
		       count(*) FILTER (WHERE long) AS long,
		       count(*) FILTER (WHERE long AND offered IS NOT TRUE) AS unoffered,
		       count(*) FILTER (WHERE long AND told IS NOT TRUE) AS untold,
		       avg(queue_s) FILTER (WHERE first AND outcome = 'answered') AS mean_s,
		       percentile_disc(0.5) WITHIN GROUP (ORDER BY queue_s) FILTER (WHERE first AND outcome = 'answered') AS p50_s,
		       percentile_disc(0.9) WITHIN GROUP (ORDER BY queue_s) FILTER (WHERE first AND outcome = 'answered') AS p90_s,
		       coalesce(max(queue_s) FILTER (WHERE NOT estimated), 0) AS longest_s
		FROM visit LEFT JOIN said USING (visit_id)`, p.From, p.To, limit.Seconds(), queuesOf(p))
	return f, err
}

// LongWaits lists the visits that WaitFigures counts as Long, newest first, at
// most so many.
func (db *DB) LongWaits(ctx context.Context, p report.Period, limit time.Duration, most int) (list []report.LongWait, err error) {
	defer wrapError(&err, "LongWaits")
	err = db.reports.SelectContext(ctx, &list, `
		SELECT call_id, queue, entered_at, wait_s, outcome
		FROM (SELECT call_id, visit_id, queue, entered_at, coalesce(outcome::text, 'open') AS outcome,
		             coalesce(queue_s, extract(epoch FROM now() - entered_at))::float8 AS wait_s
		      FROM queue_visit
		      WHERE entered_at >= $1 AND entered_at < $2 AND kind = 'live' AND outcome IS DISTINCT FROM 'withdrawn'
		        AND ($5::text[] IS NULL OR queue = ANY ($5))) v
		WHERE wait_s > $3 ORDER BY entered_at DESC, visit_id DESC LIMIT $4`, p.From, p.To, limit.Seconds(), most, queuesOf(p))
	return list, err
}

// Staffed returns for how long, within a period, at least one agent took
// calls or talked; of some queues, one who serves one of them today. What lies ahead
// does not count.
func (db *DB) Staffed(ctx context.Context, p report.Period) (d time.Duration, err error) {
	defer wrapError(&err, "Staffed")
	var seconds float64
	err = db.reports.GetContext(ctx, &seconds, `
		SELECT coalesce(sum(extract(epoch FROM upper(r) - lower(r))), 0)::float8
		FROM (SELECT unnest(range_agg(tstzrange(greatest(from_at, $1), least(coalesce(until_at, now()), $2, now())))) AS r
		      FROM agent_span
		      WHERE (presence = 'available' OR state = 'talking')
		        AND ($3::text[] IS NULL OR agent IN (SELECT name FROM users WHERE queues = '{}' OR queues && $3))
		        AND from_at < least($2, now()) AND coalesce(until_at, now()) > $1
		        AND greatest(from_at, $1) < least(coalesce(until_at, now()), $2, now())) s`, p.From, p.To, queuesOf(p))
	return time.Duration(seconds * float64(time.Second)), err
}
