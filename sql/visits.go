package sql

import (
	"context"

	"github.com/lib/pq"

	"presszero/report"
)

// Calls lists what began in a period, newest first: the visits to queues, and
// the calls that reached none. Callbacks are listed by Callbacks.
func (db *DB) Calls(ctx context.Context, f report.CallFilter) (rows []report.Call, err error) {
	defer wrapError(&err, "Calls")
	if f.Limit <= 0 {
		f.Limit = 200
	}
	err = db.reports.SelectContext(ctx, &rows, listVisits,
		f.From, f.To, queuesOf(f.Period), pq.StringArray(append([]string{}, f.Outcomes...)), f.Limit, f.AfterTalk)
	return rows, err
}

// listVisits first takes no more than the limit of each kind from the end of
// an index (that of the rare outcomes, where only such are asked for), and only for what is listed looks up the caller and the path: the
// last one before the visit, for a call may go through the menus again.
const listVisits = `
	SELECT l.call_id, at, l.ended_at, l.queue, l.outcome,
	       coalesce(c.caller_number, '') AS number, coalesce(c.caller_name, '') AS name,
	       coalesce(CASE WHEN l.queue = '' THEN c.node ELSE (
	           SELECT e.data ->> 'path' FROM call_event e
	           WHERE e.call_day = l.call_day AND e.call_id = l.call_id AND e.type = 'ivr.completed' AND e.at <= l.at
	           ORDER BY e.seq DESC LIMIT 1) END, '') AS path,
	       coalesce(queue_s, 0) AS queue_s, coalesce(ring_s, 0) AS ring_s, coalesce(agent, '') AS agent, after_talk
	FROM (
		(SELECT call_id, call_day, entered_at AS at, ended_at, queue, coalesce(outcome::text, 'open') AS outcome, queue_s, ring_s, agent, after_talk
		FROM queue_visit
		WHERE entered_at >= $1 AND entered_at < $2 AND kind = 'live' AND ($3::text[] IS NULL OR queue = ANY ($3))
		  AND (cardinality($4::text[]) = 0 OR outcome = ANY ($4) OR outcome IS NULL AND 'open' = ANY ($4)) AND ($6::boolean IS NULL OR after_talk = $6)
		ORDER BY entered_at DESC, call_id DESC LIMIT $5)
		UNION ALL
		(SELECT call_id, call_day, started_at, ended_at, '', coalesce(outcome::text, 'open'), NULL, NULL, NULL, false
		FROM call_fact c
		WHERE started_at >= $1 AND started_at < $2 AND $3::text[] IS NULL AND $6 IS NOT TRUE
		  AND (cardinality($4::text[]) = 0 OR outcome = ANY ($4) OR outcome IS NULL AND 'open' = ANY ($4))
		  AND NOT EXISTS (SELECT FROM queue_visit v WHERE v.call_id = c.call_id)
		ORDER BY started_at DESC, call_id DESC LIMIT $5)
		ORDER BY at DESC, call_id DESC LIMIT $5
	) l LEFT JOIN call_fact c USING (call_id)
	ORDER BY at DESC, l.call_id DESC`
