package sql

import (
	"context"
	"slices"

	"github.com/jmoiron/sqlx"
)

// percentiles are those of several lists, by their key and share.
type percentiles map[string]map[float64]*float64

// of returns a percentile, nil for an empty list.
func (p percentiles) of(key string, share float64) *float64 { return p[key][share] }

type percentileRow struct {
	Key   string   `db:"key"`
	Share float64  `db:"share"`
	Value *float64 `db:"value"`
}

// sorted is how many values are simply sorted.
const sorted = 300_000

// percentilesOf computes the exact 50th and 90th percentile, of the nearest rank as
// percentile_disc, of lists that lie in many rows: query gives key, bucket, and list, a
// part of the key's list in ascending order. n is about how many values there are. Millions
// are not sorted: a sample of whole quarters tells between which two values a percentile is,
// those below are counted by width_bucket, and only those between are sorted.
func percentilesOf(ctx context.Context, tx *sqlx.Tx, n int, query string, args ...any) (percentiles, error) {
	var rows []percentileRow
	if n > sorted {
		if err := tx.SelectContext(ctx, &rows, `
			WITH sample AS (
				SELECT key, percentile_disc(ARRAY[0.48, 0.52, 0.88, 0.92]) WITHIN GROUP (ORDER BY v) AS p
				FROM (SELECT key, unnest(list) AS v FROM (`+query+`) q WHERE date_part('epoch', bucket)::bigint / 900 % 37 = 0) s GROUP BY 1 -- 37 is prime to the quarters of a week
			), part AS MATERIALIZED (
				SELECT key, cardinality(list) AS n, width_bucket(p[1] - 1e-6, list) AS below50, width_bucket(p[3] - 1e-6, list) AS below90,
				       list[width_bucket(p[1] - 1e-6, list) + 1 : width_bucket(p[2], list)] AS near50,
				       list[width_bucket(p[3] - 1e-6, list) + 1 : width_bucket(p[4], list)] AS near90
				FROM (`+query+`) q LEFT JOIN sample USING (key) WHERE cardinality(list) > 0
			), counted AS (
				SELECT key, ceil(0.5 * sum(n))::bigint - sum(below50) AS rank50, ceil(0.9 * sum(n))::bigint - sum(below90) AS rank90 FROM part GROUP BY 1
			)
			SELECT key, 0.5 AS share, CASE WHEN rank50 > 0 THEN (SELECT array_agg(v ORDER BY v) FROM (SELECT unnest(near50) AS v FROM part p WHERE p.key = c.key) s)[rank50] END AS value FROM counted c
			UNION ALL
			SELECT key, 0.9, CASE WHEN rank90 > 0 THEN (SELECT array_agg(v ORDER BY v) FROM (SELECT unnest(near90) AS v FROM part p WHERE p.key = c.key) s)[rank90] END FROM counted c`, args...); err != nil {
			return nil, err
		}
	}
	if n <= sorted || slices.ContainsFunc(rows, func(r percentileRow) bool { return r.Value == nil }) { // or the sample was not like the whole
		rows = nil
		if err := tx.SelectContext(ctx, &rows, `
			SELECT key, unnest(ARRAY[0.5, 0.9])::float8 AS share, unnest(percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY v)) AS value
			FROM (SELECT key, unnest(list) AS v FROM (`+query+`) part) l GROUP BY 1`, args...); err != nil {
			return nil, err
		}
	}
	all := percentiles{}
	for _, r := range rows {
		if all[r.Key] == nil {
			all[r.Key] = map[float64]*float64{}
		}
		all[r.Key][r.Share] = r.Value
	}
	return all, nil
}
