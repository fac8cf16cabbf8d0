package sql

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/lib/pq"

	"presszero/call"
	"presszero/report"
)

// queuesOf are the queues that a report is about, as a parameter of its query; NULL: all.
func queuesOf(p report.Period) pq.StringArray {
	if len(p.Queues) == 0 {
		return nil
	}
	return p.Queues
}

// Tallies counts the visits that began in a period, by queue,
// interval, outcome, and whether the caller had talked already, in this order. The first interval starts when the period
// does, the last may reach beyond it; those without visits are left out. interval 0
// takes the period as one, a negative one is an error. Queues without thresholds
// are measured by those of call.UsualQueue.
func (db *DB) Tallies(ctx context.Context, p report.Period, interval time.Duration, thresholds ...report.Thresholds) (rows []report.Tally, err error) {
	defer wrapError(&err, "Tallies")
	queues, targets, shorts := pq.StringArray{}, pq.Float64Array{}, pq.Float64Array{}
	for _, th := range thresholds {
		queues, targets, shorts = append(queues, th.Queue), append(targets, th.TargetS), append(shorts, th.ShortS)
	}
	usual := call.UsualQueue()
	query := talliesOfQuarters
	if interval != 0 && (interval%quarter != 0 || !p.From.Equal(p.From.Truncate(quarter))) {
		query = talliesOfVisits
	}
	err = db.reports.SelectContext(ctx, &rows, query, p.From, p.To, queuesOf(p), interval.Microseconds(), queues, targets, shorts, usual.Target.Seconds(), usual.ShortAbandon.Seconds())
	// Here, since a year has half a million rows of quarters, which Postgres sorts on disk.
	slices.SortFunc(rows, func(a, b report.Tally) int {
		return cmp.Or(strings.Compare(a.Queue, b.Queue), a.Start.Compare(b.Start), strings.Compare(a.Outcome, b.Outcome), boolCompare(a.AfterTalk, b.AfterTalk))
	})
	return rows, err
}

// boolCompare puts false before true.
func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// talliesOfQuarters is for intervals of whole quarters of an hour (UTC), and for a
// period as one.
const talliesOfQuarters = `
	SELECT v.queue, CASE $4::bigint WHEN 0 THEN $1 ELSE date_bin($4 * interval '1 microsecond', bucket, $1) END AS start, outcome, after_talk,
	       sum(visits) AS visits, sum(flow_in) AS flow_in,
	       coalesce(sum(width_bucket(coalesce(b.target_s, $8), waits)) FILTER (WHERE outcome = 'answered' OR outcome LIKE 'abandoned%'), 0) AS within,
	       coalesce(sum(width_bucket(coalesce(b.short_s, $9), waits)) FILTER (WHERE outcome LIKE 'abandoned%'), 0) AS short,
	       coalesce(max(longest_s), 0) AS longest_s, coalesce(substr(max(longest), 16), '') AS longest_call
	FROM visits_during($1::timestamptz, $2::timestamptz) v LEFT JOIN unnest($5::text[], $6::float8[], $7::float8[]) AS b (queue, target_s, short_s) ON b.queue = v.queue
	WHERE $3::text[] IS NULL OR v.queue = ANY ($3)
	GROUP BY 1, 2, 3, 4`

// talliesOfVisits is for any other interval. date_bin counts in whole microseconds, so
// a visit on the edge of two intervals is in one of them, and always in the same.
const talliesOfVisits = `
	SELECT queue, start, outcome, after_talk, count(*) AS visits,
	       count(*) FILTER (WHERE flow_in) AS flow_in,
	       count(*) FILTER (WHERE (outcome = 'answered' OR outcome LIKE 'abandoned%') AND queue_s <= target_s) AS within,
	       count(*) FILTER (WHERE outcome LIKE 'abandoned%' AND queue_s <= short_s) AS short,
	       coalesce(max(queue_s) FILTER (WHERE NOT estimated), 0) AS longest_s,
	       coalesce((array_agg(call_id ORDER BY queue_s DESC, visit_id DESC) FILTER (WHERE queue_s IS NOT NULL AND NOT estimated))[1]::text, '') AS longest_call
	FROM (SELECT v.queue, call_id, visit_id, queue_s, estimated, coalesce(outcome::text, 'open') AS outcome,
	             after_talk, NOT after_talk AND coalesce(origin = 'overflow', false) AS flow_in,
	             coalesce(b.target_s, $8) AS target_s, coalesce(b.short_s, $9) AS short_s,
	             date_bin($4::bigint * interval '1 microsecond', entered_at, $1) AS start
	      FROM queue_visit v LEFT JOIN unnest($5::text[], $6::float8[], $7::float8[]) AS b (queue, target_s, short_s) ON b.queue = v.queue
	      WHERE entered_at >= $1::timestamptz AND entered_at < $2 AND kind = 'live' AND ($3::text[] IS NULL OR v.queue = ANY ($3))) v
	GROUP BY 1, 2, 3, 4`

// CallCounts counts the calls whose first entry into a queue was in a period.
// Visits that were withdrawn do not count, nor do those after a talk: a caller
// who has talked was answered.
func (db *DB) CallCounts(ctx context.Context, p report.Period) (n report.CallCounts, err error) {
	defer wrapError(&err, "CallCounts")
	query, args := callCounts, []any{p.From, p.To}
	if queues := queuesOf(p); queues != nil { // a call's first entry into one of them
		query, args = callCountsOfQueues, append(args, queues)
	}
	err = db.reports.GetContext(ctx, &n, query, args...)
	return n, err
}

const callCounts = `
	SELECT coalesce(sum(calls), 0) AS calls,
	       coalesce(sum(calls) FILTER (WHERE what = 'answered'), 0) AS answered,
	       coalesce(sum(calls) FILTER (WHERE what LIKE 'abandoned%'), 0) AS abandoned,
	       coalesce(sum(calls) FILTER (WHERE what = 'open'), 0) AS open
	FROM calls_during($1, $2)`

// callCountsOfQueues counts a call where it first entered one of the queues, and by its
// visits in these: both are in the path, which many calls share.
const callCountsOfQueues = `
	WITH part AS (
		SELECT queue, path, sum(calls) AS calls FROM queue_paths_during($1, $2) WHERE queue = ANY ($3) GROUP BY 1, 2
	), went AS (
		SELECT calls, CASE WHEN 'answered' = ANY (v.outcomes) THEN 'answered' ELSE v.outcomes[cardinality(v.outcomes)] END AS what
		FROM part CROSS JOIN LATERAL (
			SELECT array_agg(path[n] ORDER BY n) AS queues, array_agg(path[n + 1] ORDER BY n) AS outcomes
			FROM generate_series(1, cardinality(path), 2) n WHERE path[n] = ANY ($3)) v
		WHERE v.queues[1] = queue
	)
	SELECT coalesce(sum(calls), 0) AS calls,
	       coalesce(sum(calls) FILTER (WHERE what = 'answered'), 0) AS answered,
	       coalesce(sum(calls) FILTER (WHERE what LIKE 'abandoned%'), 0) AS abandoned,
	       coalesce(sum(calls) FILTER (WHERE what = 'open'), 0) AS open
	FROM went`

// Menus counts the calls that started in a period and reached no queue.
func (db *DB) Menus(ctx context.Context, p report.Period) (n report.MenuCounts, err error) {
	defer wrapError(&err, "Menus")
	err = db.reports.GetContext(ctx, &n, `
		SELECT coalesce(sum(calls) FILTER (WHERE outcome = 'abandoned_ivr'), 0) AS abandoned,
		       coalesce(sum(calls) FILTER (WHERE outcome = 'ivr_contained'), 0) AS contained,
		       coalesce(sum(calls) FILTER (WHERE outcome = 'system_failure'), 0) AS system_failure,
		       coalesce(sum(calls) FILTER (WHERE outcome = 'open'), 0) AS open,
		       coalesce(sum(calls) FILTER (WHERE outcome = 'refused'), 0) AS refused
		FROM menus_during($1, $2) WHERE $3::text[] IS NULL`, p.From, p.To, queuesOf(p))
	return n, err
}
