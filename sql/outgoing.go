package sql

import (
	"context"

	"presszero/report"
)

// outgoingProjections take the calls that agents make into their table, also those in
// which somebody is asked during a talk.
var outgoingProjections = []projection{
	{of: "outgoing.dialed", keyed: true, change: `
		INSERT INTO outgoing_call (call_id, call_day, agent, number, caller_key, dialed_at, for_call, to_agent)
		SELECT call_id, call_day, agent, data->>'number', caller_key($1, $2, $3, data->>'number'), at, (data->>'for_call')::uuid, data->>'to'
		FROM fresh WHERE type = 'outgoing.dialed' ORDER BY seq
		ON CONFLICT (call_id) DO NOTHING`},
	{of: "outgoing.answered", change: `
		UPDATE outgoing_call o SET answered_at = f.at
		FROM (SELECT call_id, min(at) AS at FROM fresh WHERE type = 'outgoing.answered' GROUP BY 1) f
		WHERE o.call_id = f.call_id AND o.answered_at IS NULL`},
	{of: "outgoing.joined", change: `
		UPDATE outgoing_call o SET joined_at = f.at
		FROM (SELECT call_id, min(at) AS at FROM fresh WHERE type = 'outgoing.joined' GROUP BY 1) f
		WHERE o.call_id = f.call_id AND o.joined_at IS NULL`},
	// call.ended is how one ends about which deciding had failed. The consulted party hears
	// music on hold, and while the agent has turned to the caller.
	{of: "outgoing.ended call.ended", change: `
		UPDATE outgoing_call o SET ended_at = f.at, how = CASE f.type WHEN 'outgoing.ended' THEN f.data->>'how' ELSE 'failed' END, why = nullif(f.data->>'why', ''),
		                           talk_s = coalesce((f.data->>'talk_s')::float8, CASE WHEN o.for_call IS NOT NULL THEN extract(epoch FROM f.at - o.joined_at) END),
		                           talk_ended_by = CASE WHEN o.joined_at IS NOT NULL THEN nullif(f.data->>'side', '') END,
		                           all_s = CASE WHEN o.for_call IS NOT NULL THEN coalesce((f.data->>'all_s')::float8, 0) END,
		                           gap_s = CASE WHEN o.for_call IS NOT NULL THEN coalesce((f.data->>'gap_s')::float8, 0) END,
		                           hold_s = CASE WHEN o.for_call IS NOT NULL THEN coalesce((f.data->>'hold_s')::float8, 0) + coalesce((
		                               SELECT sum(extract(epoch FROM until - at))
		                               FROM (SELECT data->>'with' AS turned, at, lead(at) OVER (ORDER BY seq) AS until FROM call_event e
		                                     WHERE e.call_day = o.call_day AND e.call_id = o.call_id AND e.type IN ('outgoing.turned', 'outgoing.ended', 'call.ended')) e
		                               WHERE turned = 'caller'), 0)::float8 END
		FROM (SELECT DISTINCT ON (call_id) * FROM fresh WHERE type IN ('outgoing.ended', 'call.ended') ORDER BY call_id, seq) f
		WHERE o.call_id = f.call_id AND o.ended_at IS NULL`},
}

// Consults adds up how often somebody was asked during the talks of a period, by day in
// the zone (an IANA name), who asked, in which queue, and whom.
func (db *DB) Consults(ctx context.Context, p report.Period, zone string) (list []report.Consults, err error) {
	defer wrapError(&err, "Consults")
	list = []report.Consults{}
	err = db.reports.SelectContext(ctx, &list, `
		SELECT (at AT TIME ZONE $3)::date::text AS day, agent, coalesce(queue, '') AS queue,
		       coalesce(to_agent, '') AS to_agent, coalesce(to_number, '') AS to_number,
		       count(*) AS asked, count(*) FILTER (WHERE how IS NULL) AS open,
		       count(*) FILTER (WHERE how = 'handed') AS handed,
		       count(*) FILTER (WHERE how = 'back') AS back,
		       count(*) FILTER (WHERE how = 'over') AS over,
		       count(*) FILTER (WHERE how = 'declined') AS declined,
		       count(*) FILTER (WHERE how = 'no_answer') AS no_answer,
		       count(*) FILTER (WHERE how = 'busy') AS busy,
		       count(*) FILTER (WHERE how IN ('given_up', 'cancelled')) AS taken_back,
		       count(*) FILTER (WHERE how NOT IN ('handed', 'back', 'over', 'declined', 'no_answer', 'busy', 'given_up', 'cancelled')) AS failed,
		       avg(ring_s) FILTER (WHERE how IN ('handed', 'back', 'over')) AS mean_ring_s,
		       avg(talk_s - hold_s - all_s - gap_s) FILTER (WHERE how IN ('handed', 'back', 'over')) AS mean_talk_s,
		       round(coalesce(sum(talk_s - hold_s - all_s - gap_s), 0)::numeric, 3) AS talk_s,
		       round(coalesce(sum(hold_s), 0)::numeric, 3) AS hold_s, round(coalesce(sum(all_s), 0)::numeric, 3) AS all_s
		FROM report.consult WHERE at >= $1 AND at < $2 AND ($4::text[] IS NULL OR queue = ANY ($4))
		GROUP BY 1, 2, 3, 4, 5 ORDER BY 2, 3, 4, 5, 1`, p.From, p.To, zone, queuesOf(p))
	return list, err
}
