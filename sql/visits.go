package sql

import (
	"context"
	"strings"

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
	if f.Counted != "" {
		return db.countedCalls(ctx, f)
	}
	var low, high *float64
	if f.Told != nil {
		low, high = &f.Told.LowS, &f.Told.HighS
	}
	err = db.reports.SelectContext(ctx, &rows, listVisits,
		f.From, f.To, queuesOf(f.Period), pq.StringArray(append([]string{}, f.Outcomes...)), f.Limit, f.AfterTalk,
		f.Dialed, f.Entered, f.Node, f.Weekday, f.Minute, f.Zone, f.OfVisits(), f.Agent, f.Code, f.WaitFromS, f.WaitToS, low, high, f.WaitUpToS, f.Origin, f.Offset)
	return rows, err
}

// byClock and byCall are what a visit and a call that reached no queue are filtered
// by alike: the weekday and half hour of at, and what is known of the call.
func byClock(at string) string {
	return strings.ReplaceAll(` AND ($10::int IS NULL OR extract(isodow FROM @ AT TIME ZONE $12::text) = $10)
		  AND ($11::int IS NULL OR extract(hour FROM @ AT TIME ZONE $12::text) * 60 + 30 * div(extract(minute FROM @ AT TIME ZONE $12::text), 30) = $11)`, "@", at)
}

const byCall = ` AND ($7::text = '' OR c.dialed = $7) AND ($9::text = '' OR c.node = $9)
		  AND ($8::text = '' OR EXISTS (SELECT FROM call_event e WHERE e.call_day = c.call_day AND e.call_id = c.call_id
		       AND e.type = 'ivr.node_entered' AND e.data ->> 'node' = $8))`

// listVisits first takes no more than the limit of each kind from the end of an index: that
// of the rare outcomes, where only such are asked for. For calls without a queue, of which
// there are often none with an outcome, a rollup tells how far to look. Only for what is
// listed it looks up the caller and the path: the last one before the visit, for a call may
// go through the menus again.
var listVisits = `
	SELECT l.call_id, at, l.ended_at, l.queue, l.outcome,
	       coalesce(c.caller_number, '') AS number, coalesce(c.caller_name, '') AS name,
	       coalesce(CASE WHEN l.queue = '' THEN c.node ELSE (
	           SELECT e.data ->> 'path' FROM call_event e
	           WHERE e.call_day = l.call_day AND e.call_id = l.call_id AND e.type = 'ivr.completed' AND e.at <= l.at
	           ORDER BY e.seq DESC LIMIT 1) END, '') AS path,
	       coalesce(queue_s, 0) AS queue_s, coalesce(ring_s, 0) AS ring_s, coalesce(agent, '') AS agent, after_talk
	FROM (
		(SELECT call_id, call_day, entered_at AS at, ended_at, queue, coalesce(outcome::text, 'open') AS outcome, queue_s, ring_s, agent, after_talk
		FROM queue_visit v
		WHERE entered_at >= $1 AND entered_at < $2 AND kind = 'live' AND ($3::text[] IS NULL OR queue = ANY ($3))
		  AND (cardinality($4::text[]) = 0 OR outcome = ANY ($4) OR outcome IS NULL AND 'open' = ANY ($4)) AND ($6::boolean IS NULL OR after_talk = $6)
		  AND ($14::text = '' OR agent = $14) AND ($16::float8 IS NULL OR queue_s >= $16) AND ($17::float8 IS NULL OR queue_s < $17)
		  AND ($20::float8 IS NULL OR queue_s <= $20) AND ($21::text = '' OR origin = $21)
		  AND ($15::text = '' OR EXISTS (SELECT FROM disposition d WHERE d.visit_id = v.visit_id AND d.code = $15))
		  AND ($18::float8 IS NULL OR coalesce(told_low_s, 0) = $18 AND coalesce(told_high_s, 0) = $19)` + byClock("entered_at") + `
		  AND (concat($7::text, $8::text, $9::text) = '' OR EXISTS (SELECT FROM call_fact c WHERE c.call_day = v.call_day AND c.call_id = v.call_id` + byCall + `))
		ORDER BY entered_at DESC, call_id DESC, queue LIMIT $5::int + $22::int)
		UNION ALL
		(SELECT call_id, call_day, started_at, ended_at, '', coalesce(outcome::text, 'open'), NULL, NULL, NULL, false
		FROM call_fact c
		WHERE started_at >= $1 AND started_at < $2 AND $3::text[] IS NULL AND $6 IS NOT TRUE AND NOT $13::boolean` + byClock("started_at") + byCall + `
		  AND (cardinality($4::text[]) = 0 OR started_at >= (
		      SELECT coalesce(min(bucket), 'infinity')
		      FROM (SELECT bucket, sum(sum(calls)) OVER (ORDER BY bucket DESC) - sum(calls) AS later
		            FROM menus_during($1, $2) WHERE outcome = ANY ($4) GROUP BY 1) n
		      WHERE later < $5::int + $22::int OR concat($7::text, $8::text, $9::text, $10::int, $11::int) <> ''))
		  AND (cardinality($4::text[]) = 0 OR outcome = ANY ($4) OR outcome IS NULL AND 'open' = ANY ($4))
		  AND NOT EXISTS (SELECT FROM queue_visit v WHERE v.call_id = c.call_id)
		ORDER BY started_at DESC, call_id DESC LIMIT $5::int + $22::int)
		ORDER BY at DESC, call_id DESC, queue LIMIT $5 OFFSET $22
	) l LEFT JOIN call_fact c USING (call_id)
	ORDER BY at DESC, l.call_id DESC, l.queue`
