package sql

import (
	"context"
	"time"

	"presszero/call"
	"presszero/report"
)

// leastCalls is how many calls a mean handling time needs.
const leastCalls = 20

// Learned computes what is known of a queue at now. Handle includes wrap-up and
// offers that no agent accepted. It is that of this hour of this day of the week
// over the last four weeks; with fewer than 20 calls in these, of this hour of
// all days; and failing that, of all hours.
// Only the newest 5,000 visits of these are looked at.
func (db *DB) Learned(ctx context.Context, queue string, now time.Time) (l call.Learned, err error) {
	defer wrapError(&err, "Learned(%q)", queue)
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	err = db.reports.GetContext(ctx, &l, `
		WITH visit AS MATERIALIZED (
			SELECT *, CASE WHEN abs(mod(ago + 302400, 604800) - 302400) <= 1800 THEN 1
			               WHEN abs(mod(ago + 43200, 86400) - 43200) <= 1800 THEN 2 ELSE 3 END AS tier
			FROM (SELECT *, extract(epoch FROM $2 - entered_at) AS ago FROM queue_visit
			      WHERE queue = $1 AND entered_at >= $2::timestamptz - interval '28 days 30 minutes' AND entered_at < $2 AND ended_at <= $2) v
		), chosen AS (
			SELECT min(tier) AS tier
			FROM (SELECT t AS tier FROM generate_series(1, 3) t JOIN visit v ON v.tier <= t AND outcome = 'answered'
			      GROUP BY t HAVING count(*) >= $4) t
		), work AS (
			SELECT v.outcome, v.ring_s + coalesce(v.talk_s, 0) AS seen, (
				SELECT sum(extract(epoch FROM s.until_at - s.from_at)) FROM agent_span s
				WHERE s.call_id = v.call_id AND s.state <> 'idle' AND s.from_at >= v.entered_at
				  AND NOT EXISTS (SELECT FROM queue_visit n WHERE n.call_id = v.call_id
				                  AND n.entered_at > v.entered_at AND n.entered_at <= s.from_at)) AS busy
			FROM (SELECT * FROM visit WHERE tier <= (SELECT tier FROM chosen) ORDER BY entered_at DESC LIMIT 5000) v
		)
		SELECT $1 AS queue,
		       (SELECT coalesce(sum(coalesce(busy, seen)) / nullif(count(*) FILTER (WHERE outcome = 'answered'), 0), 0) FROM work)::float8 AS handle,
		       coalesce(sum(queue_s) FILTER (WHERE kind = 'live'), 0) AS waited,
		       count(*) FILTER (WHERE kind = 'live' AND outcome LIKE 'abandoned%') AS abandons,
		       CASE WHEN count(*) FILTER (WHERE kind = 'live') >= 100
		            THEN percentile_disc(0.99) WITHIN GROUP (ORDER BY queue_s) FILTER (WHERE kind = 'live') ELSE 0 END AS p99,
		       count(*) FILTER (WHERE ended_at + talk_s * interval '1 second' BETWEEN $3 AND $2) AS finished
		FROM visit`, queue, now, midnight, leastCalls)
	return l, err
}

// WaitAccuracy compares, for the callers who came in a period, what was said
// with what came, per queue. The patience by which visits are weighed is that of
// their queue on their day (UTC): see count_waits in migration 00031.
func (db *DB) WaitAccuracy(ctx context.Context, p report.Period) (list []report.WaitAccuracy, err error) {
	defer wrapError(&err, "WaitAccuracy")
	list = []report.WaitAccuracy{}
	err = db.reports.SelectContext(ctx, &list, `
		SELECT queue, sum(told) AS told, sum(answered) AS answered, sum(w_within) / nullif(sum(w), 0) AS within, sum(longer) AS longer,
		       sum(w_error) / nullif(sum(w), 0) AS error_s, sum(w_abs) / nullif(sum(w), 0) AS abs_s,
		       sum(expected) AS expected, sum(ww_p80) / nullif(sum(ww), 0) AS p80, sum(ww_p90) / nullif(sum(ww), 0) AS p90,
		       sum(ww_bias) / nullif(sum(ww_wait), 0) AS bias, sum(ww_qlm) / nullif(sum(ww), 0) AS qlm_s,
		       sum(ww_les) / nullif(sum(ww_has_les), 0) AS les_s, sum(ww_avg) / nullif(sum(ww_has_avg), 0) AS avgc_les_s,
		       sum(ww_ast) / nullif(sum(ww_has_ast), 0) AS asterisk_s
		FROM waits_during($1, $2) WHERE $3::text[] IS NULL OR queue = ANY ($3) GROUP BY 1 ORDER BY 1`, p.From, p.To, queuesOf(p))
	return list, err
}
