package sql

import (
	"context"
	"time"
)

// Learned is what the past tells about a queue, as call.Learned has it. A zero
// says that there is no ground for a number.
type Learned struct {
	Queue    string  `db:"queue"`
	Handle   float64 `db:"handle"`   // mean seconds an agent is busy with a call, wrap-up and vain offers included
	Waited   float64 `db:"waited"`   // seconds waited by all live visits of the last 28 days that ended…
	Abandons int     `db:"abandons"` // …and how many of these were abandoned
	P99      float64 `db:"p99"`      // seconds that 99 % of them did not exceed; needs 100 of them
	Finished int     `db:"finished"` // talks that ended today, in the zone of now
}

// leastCalls is how many calls a mean handling time needs.
const leastCalls = 20

// Learned computes what is known of a queue at now. Handle is that of this
// hour of this day of the week over the last four weeks; with fewer than 20
// calls in these, of this hour of all days; and failing that, of all hours.
// Only the newest 5,000 visits of these are looked at.
func (db *DB) Learned(ctx context.Context, queue string, now time.Time) (l Learned, err error) {
	defer wrap(&err, "Learned(%q)", queue)
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

// WaitAccuracy is how true it was what the callers of a queue were told. Who
// gave up would have waited longer than those who did not, so an answered
// caller counts for all who were as patient and are missing: exp(wait/patience)
// times, at most 10. Nil: there is nobody to tell it by.
type WaitAccuracy struct {
	Queue    string   `db:"queue"`
	Told     int      `db:"told"`     // visits that were told a range
	Answered int      `db:"answered"` // of these, told an upper bound and answered
	Within   *float64 `db:"within"`   // share of those within the bound, 0 to 1
	Longer   int      `db:"longer"`   // waited longer than the bound, however it ended
	ErrorS   *float64 `db:"error_s"`  // mean of the wait less the median told
	AbsS     *float64 `db:"abs_s"`    // and without its sign

	// What the models said when the caller came, of all who had to wait and
	// were answered.
	Expected  int      `db:"expected"`
	P80       *float64 `db:"p80"`        // share that waited no longer than this quantile
	P90       *float64 `db:"p90"`        //
	Bias      *float64 `db:"bias"`       // of the mean, relative: 0.03 says 3 % too long
	QLmS      *float64 `db:"qlm_s"`      // mean absolute errors: our model…
	LESS      *float64 `db:"les_s"`      // …the last one served
	AvgCS     *float64 `db:"avgc_les_s"` // …the same, by callers ahead
	AsteriskS *float64 `db:"asterisk_s"` // …what Asterisk's queues would have said
}

// WaitAccuracy compares, for the callers who came in [from, to), what was said
// with what came, per queue.
func (db *DB) WaitAccuracy(ctx context.Context, from, to time.Time) (list []WaitAccuracy, err error) {
	defer wrap(&err, "WaitAccuracy")
	list = []WaitAccuracy{}
	err = db.reports.SelectContext(ctx, &list, `
		WITH patience AS (
			SELECT queue, CASE WHEN gone < 50 THEN greatest(300, waited / 50) ELSE waited / gone END AS seconds
			FROM (SELECT queue, sum(queue_s) AS waited, count(*) FILTER (WHERE outcome LIKE 'abandoned%') AS gone
			      FROM queue_visit WHERE kind = 'live' AND ended_at IS NOT NULL AND entered_at >= $1 AND entered_at < $2 GROUP BY 1) q
		), said AS (
			SELECT e.*, outcome = 'answered' AND within IS NOT NULL AS bound, outcome = 'answered' AND qlm_s > 0 AS guessed,
			       least(exp(least(after_s / p.seconds, 5)), 10) AS w, least(exp(least(queue_s / p.seconds, 5)), 10) AS ww
			FROM report.wait_estimate e LEFT JOIN patience p USING (queue)
			WHERE entered_at >= $1 AND entered_at < $2
		)
		SELECT queue, count(told_at) AS told, count(*) FILTER (WHERE bound) AS answered,
		       sum(w * within::int) FILTER (WHERE bound) / nullif(sum(w) FILTER (WHERE bound), 0) AS within,
		       count(*) FILTER (WHERE within = false) AS longer,
		       sum(w * error_s) FILTER (WHERE bound) / nullif(sum(w) FILTER (WHERE bound), 0) AS error_s,
		       sum(w * abs(error_s)) FILTER (WHERE bound) / nullif(sum(w) FILTER (WHERE bound), 0) AS abs_s,
		       count(*) FILTER (WHERE guessed) AS expected,
		       sum(ww * (queue_s <= p80_s)::int) FILTER (WHERE guessed) / nullif(sum(ww) FILTER (WHERE guessed), 0) AS p80,
		       sum(ww * (queue_s <= p90_s)::int) FILTER (WHERE guessed) / nullif(sum(ww) FILTER (WHERE guessed), 0) AS p90,
		       sum(ww * (qlm_s - queue_s)) FILTER (WHERE guessed) / nullif(sum(ww * queue_s) FILTER (WHERE guessed), 0) AS bias,
		       sum(ww * abs(qlm_s - queue_s)) FILTER (WHERE guessed) / nullif(sum(ww) FILTER (WHERE guessed), 0) AS qlm_s,
		       sum(ww * abs(les_s - queue_s)) FILTER (WHERE guessed AND les_s > 0)
		           / nullif(sum(ww) FILTER (WHERE guessed AND les_s > 0), 0) AS les_s,
		       sum(ww * abs(avgc_les_s - queue_s)) FILTER (WHERE guessed AND avgc_les_s > 0)
		           / nullif(sum(ww) FILTER (WHERE guessed AND avgc_les_s > 0), 0) AS avgc_les_s,
		       sum(ww * abs(asterisk_s - queue_s)) FILTER (WHERE guessed AND asterisk_s > 0)
		           / nullif(sum(ww) FILTER (WHERE guessed AND asterisk_s > 0), 0) AS asterisk_s
		FROM said GROUP BY queue ORDER BY queue`, from, to)
	return list, err
}
