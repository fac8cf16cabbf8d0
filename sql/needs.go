package sql

import (
	"context"

	"presszero/report"
)

// Handling is that of the newest 2,000 answered visits of a period.
func (db *DB) Handling(ctx context.Context, p report.Period) (h report.Handling, err error) {
	defer wrapError(&err, "Handling")
	err = db.reports.GetContext(ctx, &h, `
		WITH newest AS (
			SELECT visit_id, call_id, entered_at, coalesce(ring_s, 0) + coalesce(talk_s, 0) AS seen FROM queue_visit
			WHERE ($1::text[] IS NULL OR queue = ANY ($1)) AND entered_at >= $2 AND entered_at < $3 AND outcome = 'answered' AND talk_s IS NOT NULL
			ORDER BY entered_at DESC LIMIT 2000
		), visit AS (
			SELECT *, coalesce((SELECT min(n.entered_at) FROM queue_visit n WHERE n.call_id = v.call_id AND n.entered_at > v.entered_at), 'infinity') AS next_at FROM newest v
		)
		SELECT count(*) AS calls, coalesce(avg(coalesce(busy, seen)), 0)::float8 AS mean_s
		FROM (SELECT v.seen, sum(extract(epoch FROM s.until_at - s.from_at)) AS busy
		      FROM visit v LEFT JOIN agent_span s ON s.call_id = v.call_id AND s.state <> 'idle' AND s.from_at >= v.entered_at AND s.from_at < v.next_at AND s.from_at >= (SELECT min(entered_at) FROM newest)
		      GROUP BY v.visit_id, v.seen) w`, queuesOf(p), p.From, p.To)
	return h, err
}

// Present tells how many agents were there in the half hours of a period: they took
// calls, talked, or did their after-call work. What lies ahead has none. The period
// begins with a quarter of an hour.
func (db *DB) Present(ctx context.Context, p report.Period) (list []report.PresentAt, err error) {
	defer wrapError(&err, "Present")
	err = db.reports.SelectContext(ctx, &list, `
		SELECT date_bin('30 minutes', bucket, $2) AS start, (sum(seconds) / 1800)::float8 AS agents FROM presence_during($2, $3)
		WHERE $1::text[] IS NULL OR agent IN (`+agentsOf("$1", "$2", "$3")+`)
		GROUP BY 1 ORDER BY 1`, queuesOf(p), p.From, p.To)
	return list, err
}
