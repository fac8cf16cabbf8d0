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
		SELECT dialed AS grp, v.queue, $1::timestamptz AS start, outcome, after_talk, sum(visits) AS visits, sum(flow_in) AS flow_in,
		       sum(width_bucket(coalesce(b.target_s, $7), waits)) AS within,
		       coalesce(sum(width_bucket(coalesce(b.short_s, $8), waits)) FILTER (WHERE outcome LIKE 'abandoned%'), 0) AS short,
		       coalesce(max(longest_s), 0) AS longest_s, coalesce(substr(max(longest), 16), '') AS longest_call
		FROM dialed_during($1, $2) v LEFT JOIN unnest($4::text[], $5::float8[], $6::float8[]) AS b (queue, target_s, short_s) ON b.queue = v.queue
		WHERE $3::text[] IS NULL OR v.queue = ANY ($3)
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

// Balances counts what a span did to the line of each queue of a period: what became of the
// visits that began in it, less those that were not over at its end, and those that were in
// line when it began.
func (db *DB) Balances(ctx context.Context, q report.Period) (list []report.Balance, err error) {
	defer wrapError(&err, "Balances")
	err = db.reports.SelectContext(ctx, &list, `
		WITH near AS (
			SELECT queue, entered_at < $1 AS before, coalesce(ended_at >= $2, true) AS after, outcome::text AS outcome, 1 AS n
			FROM queue_visit
			WHERE (entered_at >= $1::timestamptz - interval '`+longestWait+`' AND entered_at < $1
			       OR entered_at >= $2::timestamptz - interval '`+longestWait+`' AND entered_at >= $1 AND entered_at < $2 OR ended_at IS NULL AND entered_at < $2)
			  AND (ended_at IS NULL OR ended_at >= $1) AND kind = 'live' AND ($3::text[] IS NULL OR queue = ANY ($3))
		), part AS (
			SELECT queue, false AS before, false AS after, outcome, visits AS n FROM visits_during($1, $2)
			WHERE outcome <> 'open' AND ($3::text[] IS NULL OR queue = ANY ($3))
			UNION ALL SELECT queue, false, false, outcome, -1 FROM near WHERE NOT before AND after AND outcome IS NOT NULL
			UNION ALL SELECT queue, before, after, outcome, n FROM near WHERE before OR after
		)
		SELECT queue, coalesce(sum(n) FILTER (WHERE before), 0) AS waiting_before, coalesce(sum(n) FILTER (WHERE NOT before), 0) AS entered,
		       coalesce(sum(n) FILTER (WHERE NOT after AND outcome = 'answered'), 0) AS answered,
		       coalesce(sum(n) FILTER (WHERE NOT after AND outcome LIKE 'abandoned%'), 0) AS abandoned,
		       coalesce(sum(n) FILTER (WHERE NOT after AND outcome <> 'answered' AND outcome NOT LIKE 'abandoned%'), 0) AS ended_otherwise,
		       coalesce(sum(n) FILTER (WHERE after), 0) AS waiting_after
		FROM part GROUP BY queue ORDER BY queue`, q.From, q.To, queuesOf(q))
	return list, err
}

// Told tells what became of the callers of a period by what they were told.
func (db *DB) Told(ctx context.Context, q report.Period) (list []report.Told, err error) {
	defer wrapError(&err, "Told")
	var rows []struct {
		report.Told
		Key string `db:"key"`
	}
	err = db.atOneMoment(ctx, func(tx *sqlx.Tx) error {
		if err := tx.SelectContext(ctx, &rows, told, q.From, q.To, queuesOf(q)); err != nil {
			return err
		}
		answered := 0
		for _, r := range rows {
			answered += r.Answered
		}
		after, err := percentilesOf(ctx, tx, answered, `SELECT coalesce(low::text, '') || ' ' || coalesce(high::text, '') AS key, bucket, after AS list
			FROM told_during($1, $2) WHERE outcome = 'answered' AND ($3::text[] IS NULL OR queue = ANY ($3))`, q.From, q.To, queuesOf(q))
		for _, r := range rows {
			r.P50S, r.P90S = after.of(r.Key, 0.5), after.of(r.Key, 0.9)
			r.ComputeRates()
			list = append(list, r.Told)
		}
		return err
	})
	return list, err
}

// told looks at each visit that is open, for its wait grows.
const told = `
	WITH part AS (
		SELECT low, high, outcome, visits, longer FROM told_during($1::timestamptz, $2::timestamptz) WHERE $3::text[] IS NULL OR queue = ANY ($3)
		UNION ALL
		SELECT CASE WHEN told_at IS NOT NULL THEN coalesce(told_low_s, 0) END, CASE WHEN told_at IS NOT NULL THEN coalesce(told_high_s, 0) END, 'open', 1,
		       (told_high_s > 0 AND extract(epoch FROM now() - told_at) > told_high_s)::int
		FROM queue_visit WHERE ended_at IS NULL AND entered_at >= $1 AND entered_at < $2 AND kind = 'live' AND NOT after_talk AND ($3::text[] IS NULL OR queue = ANY ($3))
	)
	SELECT low, high, coalesce(low::text, '') || ' ' || coalesce(high::text, '') AS key, sum(visits) AS visits,
	       coalesce(sum(visits) FILTER (WHERE outcome = 'answered'), 0) AS answered, coalesce(sum(visits) FILTER (WHERE outcome = 'abandoned'), 0) AS abandoned,
	       coalesce(sum(visits) FILTER (WHERE outcome = 'other'), 0) AS other, coalesce(sum(visits) FILTER (WHERE outcome = 'open'), 0) AS open,
	       coalesce(sum(longer), 0) AS longer
	FROM part GROUP BY low, high ORDER BY low NULLS FIRST, nullif(high, 0) NULLS LAST`

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
		SELECT from_s, sum(calls) AS calls FROM first_told_during($1, $2) WHERE $3::text[] IS NULL OR queue = ANY ($3)
		GROUP BY 1 ORDER BY 1`, q.From, q.To, queuesOf(q))
	return list, err
}
