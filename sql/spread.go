package sql

import (
	"context"
	"slices"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"presszero/call"
	"presszero/report"
	"presszero/report/patience"
)

// DialedTallies counts the visits of a period by the number that was dialled, as
// Tallies does by queue; the period is one interval.
func (db *DB) DialedTallies(ctx context.Context, q report.Period, thresholds ...report.Thresholds) (rows []report.Counted, err error) {
	defer wrapError(&err, "DialedTallies")
	queues, targets, shorts := pq.StringArray{}, pq.Float64Array{}, pq.Float64Array{}
	for _, th := range thresholds {
		queues, targets, shorts = append(queues, th.Queue), append(targets, th.TargetS), append(shorts, th.ShortS)
	}
	usual := call.UsualQueue()
	err = db.reports.SelectContext(ctx, &rows, `
		SELECT grp, queue, $1::timestamptz AS start, outcome, after_talk, count(*) AS visits,
		       count(*) FILTER (WHERE flow_in) AS flow_in,
		       count(*) FILTER (WHERE (outcome = 'answered' OR outcome LIKE 'abandoned%') AND queue_s <= target_s) AS within,
		       count(*) FILTER (WHERE outcome LIKE 'abandoned%' AND queue_s <= short_s) AS short,
		       coalesce(max(queue_s) FILTER (WHERE NOT estimated), 0) AS longest_s,
		       coalesce((array_agg(call_id ORDER BY queue_s DESC, visit_id) FILTER (WHERE queue_s IS NOT NULL AND NOT estimated))[1]::text, '') AS longest_call
		FROM (SELECT coalesce(c.dialed, '') AS grp, v.queue, v.call_id, visit_id, queue_s, v.estimated, coalesce(v.outcome::text, 'open') AS outcome,
		             after_talk, NOT after_talk AND coalesce(origin = 'overflow', false) AS flow_in,
		             coalesce(b.target_s, $7) AS target_s, coalesce(b.short_s, $8) AS short_s
		      FROM queue_visit v LEFT JOIN call_fact c USING (call_id)
		      LEFT JOIN unnest($4::text[], $5::float8[], $6::float8[]) AS b (queue, target_s, short_s) ON b.queue = v.queue
		      WHERE entered_at >= $1 AND entered_at < $2 AND kind = 'live' AND ($3::text[] IS NULL OR v.queue = ANY ($3))) v
		GROUP BY 1, 2, 4, 5 ORDER BY 1, 2, 4, 5`, q.From, q.To, queuesOf(q), queues, targets, shorts, usual.Target.Seconds(), usual.ShortAbandon.Seconds())
	return rows, err
}

// WaitSpreads tells how the waits of a period's callers are spread: of all
// together and of each queue, of the answered and of those who gave up, sorted so.
func (db *DB) WaitSpreads(ctx context.Context, q report.Period) (list []report.WaitSpread, err error) {
	defer wrapError(&err, "WaitSpreads")
	var rows []spreadRow
	err = db.atOneMoment(ctx, func(tx *sqlx.Tx) error {
		if err := tx.SelectContext(ctx, &rows, waitSpreads, q.From, q.To, queuesOf(q)); err != nil {
			return err
		}
		return ranked(ctx, tx, q, rows)
	})
	for _, r := range rows {
		list = append(list, r.WaitSpread)
	}
	return list, err
}

type spreadRow struct {
	report.WaitSpread
	Below pq.Int64Array   `db:"below"` // how many waits are shorter than each edge
	Edges pq.Float64Array `db:"edges"` // those of report.WaitEdges are among them
}

const waitSpreads = `
	WITH part AS MATERIALIZED (
		SELECT queue, outcome, visits, wait_s, max_s, below FROM spreads_during($1, $2) WHERE $3::text[] IS NULL OR queue = ANY ($3)
	), whole AS (
		SELECT queue, outcome, sum(visits) AS visits, sum(wait_s) / sum(visits) AS mean_s, max(max_s) AS max_s
		FROM part GROUP BY GROUPING SETS ((queue, outcome), (outcome))
	), edge AS (
		SELECT queue, outcome, n, sum(b) AS below FROM part CROSS JOIN LATERAL unnest(below) WITH ORDINALITY AS u (b, n) GROUP BY 1, 2, 3
	), below AS (
		SELECT queue, outcome, array_agg(below ORDER BY n) AS below
		FROM (SELECT queue, outcome, n, sum(below) AS below FROM edge GROUP BY GROUPING SETS ((queue, outcome, n), (outcome, n))) e GROUP BY 1, 2
	)
	SELECT coalesce(w.queue, '') AS queue, outcome, visits, mean_s, max_s, below, wait_edges() AS edges
	FROM whole w JOIN below b USING (outcome) WHERE w.queue IS NOT DISTINCT FROM b.queue
	ORDER BY 1, outcome DESC`

// ranked finds the bars and the percentiles, of the nearest rank, of rows. A percentile is
// between two edges: of each day's list only what is between these is put in order.
func ranked(ctx context.Context, tx *sqlx.Tx, q report.Period, rows []spreadRow) error {
	var queues, outcomes []string
	var between, ranks []int64
	var into []*float64
	for i := range rows {
		r := &rows[i]
		for _, edge := range report.WaitEdges {
			shorter := r.Below[slices.Index(r.Edges, edge)]
			if n := len(r.Counts); n > 0 {
				r.Counts[n-1] += int(shorter)
			}
			r.Counts = append(r.Counts, -int(shorter))
		}
		r.Counts[len(r.Counts)-1] += r.Visits
		for _, p := range []struct {
			percent int
			value   *float64
		}{{50, &r.P50S}, {80, &r.P80S}, {90, &r.P90S}, {95, &r.P95S}, {99, &r.P99S}} {
			rank := int64(r.Visits*p.percent+99) / 100
			edge, _ := slices.BinarySearch(r.Below, rank) // the first with as many below it
			queues, outcomes, into = append(queues, r.Queue), append(outcomes, r.Outcome), append(into, p.value)
			between, ranks = append(between, int64(edge)), append(ranks, rank-r.Below[edge-1])
		}
	}
	var values []float64
	err := tx.SelectContext(ctx, &values, `
		SELECT (array_agg(v ORDER BY v))[rank]
		FROM unnest($4::text[], $5::text[], $6::int[], $7::int[]) WITH ORDINALITY AS p (queue, outcome, edge, rank, n)
		JOIN spreads_during($1, $2) s ON s.outcome = p.outcome AND (s.queue = p.queue OR p.queue = '')
		CROSS JOIN LATERAL unnest(s.waits[s.below[edge] + 1 : coalesce(s.below[edge + 1], s.visits)]) v
		WHERE $3::text[] IS NULL OR s.queue = ANY ($3)
		GROUP BY n, rank ORDER BY n`, q.From, q.To, queuesOf(q), pq.Array(queues), pq.Array(outcomes), pq.Array(between), pq.Array(ranks))
	for i, v := range values {
		*into[i] = v
	}
	return err
}

// longestWait bounds how long before a span a visit can have begun that is in line
// when it begins and has ended since, so that not all of the past is read.
const longestWait = "24 hours"

// Balances counts what a span did to the line of each queue of a period.
func (db *DB) Balances(ctx context.Context, q report.Period) (list []report.Balance, err error) {
	defer wrapError(&err, "Balances")
	err = db.reports.SelectContext(ctx, &list, `
		SELECT queue, count(*) FILTER (WHERE entered_at < $1) AS waiting_before,
		       count(*) FILTER (WHERE entered_at >= $1) AS entered,
		       count(*) FILTER (WHERE ended_at < $2 AND outcome = 'answered') AS answered,
		       count(*) FILTER (WHERE ended_at < $2 AND outcome LIKE 'abandoned%') AS abandoned,
		       count(*) FILTER (WHERE ended_at < $2 AND outcome <> 'answered' AND outcome NOT LIKE 'abandoned%') AS ended_otherwise,
		       count(*) FILTER (WHERE ended_at IS NULL OR ended_at >= $2) AS waiting_after
		FROM queue_visit
		WHERE (entered_at >= $1::timestamptz - interval '`+longestWait+`' OR ended_at IS NULL) AND entered_at < $2 AND (ended_at IS NULL OR ended_at >= $1)
		  AND kind = 'live' AND ($3::text[] IS NULL OR queue = ANY ($3))
		GROUP BY queue ORDER BY queue`, q.From, q.To, queuesOf(q))
	return list, err
}

// Told tells what became of the callers of a period by what they were told.
func (db *DB) Told(ctx context.Context, q report.Period) (list []report.Told, err error) {
	defer wrapError(&err, "Told")
	err = db.reports.SelectContext(ctx, &list, `
		SELECT low, high, count(*) AS visits,
		       count(*) FILTER (WHERE outcome = 'answered') AS answered,
		       count(*) FILTER (WHERE outcome LIKE 'abandoned%') AS abandoned,
		       count(*) FILTER (WHERE outcome <> 'answered' AND outcome NOT LIKE 'abandoned%') AS other,
		       count(*) FILTER (WHERE outcome IS NULL) AS open,
		       count(*) FILTER (WHERE high > 0 AND after_s > high) AS longer,
		       percentile_disc(0.5) WITHIN GROUP (ORDER BY after_s) FILTER (WHERE outcome = 'answered') AS p50_s,
		       percentile_disc(0.9) WITHIN GROUP (ORDER BY after_s) FILTER (WHERE outcome = 'answered') AS p90_s
		FROM (SELECT outcome, CASE WHEN told_at IS NOT NULL THEN coalesce(told_low_s, 0) END AS low,
		             CASE WHEN told_at IS NOT NULL THEN coalesce(told_high_s, 0) END AS high,
		             extract(epoch FROM coalesce(ended_at, now()) - coalesce(told_at, entered_at))::float8 AS after_s
		      FROM queue_visit
		      WHERE entered_at >= $1 AND entered_at < $2 AND kind = 'live' AND NOT after_talk AND outcome IS DISTINCT FROM 'withdrawn'
		        AND ($3::text[] IS NULL OR queue = ANY ($3))) v
		GROUP BY low, high ORDER BY low NULLS FIRST, nullif(high, 0) NULLS LAST`, q.From, q.To, queuesOf(q))
	for i := range list {
		list[i].ComputeRates()
	}
	return list, err
}

// PatienceWaits tells how long the callers of a question waited and how that ended.
func (db *DB) PatienceWaits(ctx context.Context, q report.Period) (list []patience.Wait, err error) {
	defer wrapError(&err, "PatienceWaits")
	err = db.reports.SelectContext(ctx, &list, `
		SELECT round(s * 10) / 10 AS s, ended, sum(n) AS n
		FROM (SELECT s, CASE WHEN outcome LIKE 'abandoned%' THEN 'abandoned' WHEN outcome = 'answered' THEN 'answered'
		                     WHEN outcome = 'callback_accepted' THEN 'callback' ELSE 'other' END AS ended, 1 AS n
		      FROM visits_during($1::timestamptz, $2::timestamptz) CROSS JOIN LATERAL unnest(waits) AS s
		      WHERE NOT after_talk AND outcome NOT IN ('open', 'withdrawn') AND ($3::text[] IS NULL OR queue = ANY ($3))
		      UNION ALL
		      SELECT extract(epoch FROM now() - entered_at)::float8, 'open', 1
		      FROM queue_visit
		      WHERE ended_at IS NULL AND entered_at >= $1 AND entered_at < $2 AND kind = 'live' AND NOT after_talk AND ($3::text[] IS NULL OR queue = ANY ($3))) w
		GROUP BY 1, 2 ORDER BY 1, 2`, q.From, q.To, queuesOf(q))
	return list, err
}

// TellingTimes tells when the callers of a question were first told how long it takes.
func (db *DB) TellingTimes(ctx context.Context, q report.Period) (list []report.TellingTime, err error) {
	defer wrapError(&err, "TellingTimes")
	err = db.reports.SelectContext(ctx, &list, `
		SELECT (5 * floor(extract(epoch FROM told_at - entered_at) / 5))::float8 AS from_s, count(*) AS calls
		FROM queue_visit
		WHERE entered_at >= $1 AND entered_at < $2 AND kind = 'live' AND NOT after_talk AND outcome IS DISTINCT FROM 'withdrawn' AND told_at >= entered_at
		  AND ($3::text[] IS NULL OR queue = ANY ($3))
		GROUP BY 1 ORDER BY 1`, q.From, q.To, queuesOf(q))
	return list, err
}
