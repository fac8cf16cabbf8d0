package sql

import (
	"context"
	"time"

	"presszero/report"
)

// talkProjections take talks and hand-overs into their tables. They come after
// those of the visits, to which talks belong. A call in which somebody is asked during
// a talk is none: that talk goes on.
var talkProjections = []projection{
	{of: "bridge.joined outgoing.joined", change: `
		INSERT INTO talk (call_id, seq, call_day, visit_id, queue, origin, agent, joined_at)
		SELECT f.call_id, f.seq, f.call_day, f.visit_id, v.queue,
		       CASE WHEN f.type = 'outgoing.joined' THEN 'outgoing' WHEN v.kind = 'callback' THEN 'callback' ELSE v.origin END, f.agent, f.at
		FROM fresh f LEFT JOIN queue_visit v USING (visit_id) WHERE f.type IN ('bridge.joined', 'outgoing.joined') AND f.data->>'for_call' IS NULL ORDER BY f.seq
		ON CONFLICT (call_id, seq) DO NOTHING`},
	{of: "queue.entered", change: `
		UPDATE queue_visit v SET after_talk = true
		FROM fresh f
		WHERE f.type = 'queue.entered' AND v.visit_id = f.visit_id
		  AND EXISTS (SELECT FROM talk t WHERE t.call_id = f.call_id AND t.seq < f.seq)`},
	// A talk without an end of its own ends with its call: deciding about it had
	// failed, and how long the caller was on hold is not known.
	{of: "bridge.left outgoing.ended callback.ended call.ended", change: `
		UPDATE talk t SET left_at = f.at, talk_s = coalesce((f.data->>'talk_s')::float8, extract(epoch FROM f.at - t.joined_at)),
		                  hold_s = coalesce((f.data->>'hold_s')::float8, 0), holds = coalesce((f.data->>'holds')::int, 0),
		                  longest_hold_s = coalesce((f.data->>'longest_hold_s')::float8, 0),
		                  on_hold = coalesce((f.data->>'on_hold')::boolean, false), gap_s = coalesce((f.data->>'gap_s')::float8, 0),
		                  side = nullif(f.data->>'side', ''), why = coalesce(nullif(f.data->>'why', ''), nullif(f.data->>'text', ''))
		FROM (SELECT DISTINCT ON (j.call_id, j.seq) j.seq AS joined, e.call_id, e.at, e.data
		      FROM talk j JOIN fresh e ON e.call_id = j.call_id AND e.seq > j.seq
		      WHERE j.left_at IS NULL AND (e.type IN ('outgoing.ended', 'callback.ended', 'call.ended')
		         OR e.type = 'bridge.left' AND e.visit_id = j.visit_id AND e.agent = j.agent)
		      ORDER BY j.call_id, j.seq, e.seq) f
		WHERE t.call_id = f.call_id AND t.seq = f.joined`},
	{of: "bridge.handed", change: `
		INSERT INTO handover (call_id, seq, call_day, talk_seq, at, by_agent, queue, to_queue, to_agent, to_number, nth, ask_call)
		SELECT f.call_id, f.seq, f.call_day, t.seq, f.at, f.agent, t.queue, f.queue, nullif(f.data->>'to', ''),
		       nullif(f.data->>'number', ''), (f.data->>'handovers')::int, (f.data->>'ask_call')::uuid
		FROM fresh f LEFT JOIN LATERAL (SELECT seq, queue FROM talk t WHERE t.call_id = f.call_id AND t.agent = f.agent AND t.seq < f.seq
		                                ORDER BY seq DESC LIMIT 1) t ON true
		WHERE f.type = 'bridge.handed'
		ON CONFLICT (call_id, seq) DO NOTHING`},
	// What came of a hand-over is the first thing that befalls the caller after it:
	// somebody talks with the caller, the waiting ends otherwise, or the call ends.
	// A caller who enters a line after a hand-over to a number is back in it.
	{of: "bridge.joined transfer.joined queue.entered queue.left callback.ended call.ended", change: `
		UPDATE handover h SET ended_at = f.at, agent = CASE WHEN f.type = 'bridge.joined' THEN f.agent END,
		    how = CASE f.type
		        WHEN 'bridge.joined' THEN CASE WHEN f.agent = h.by_agent THEN 'returned' ELSE 'answered' END
		        WHEN 'transfer.joined' THEN 'transferred_out'
		        WHEN 'queue.entered' THEN 'back_in_line'
		        WHEN 'queue.left' THEN CASE WHEN f.data->>'outcome' LIKE 'abandoned%' THEN 'abandoned'
		                                    WHEN f.data->>'outcome' = 'system_failure' THEN 'failed' ELSE f.data->>'outcome' END
		        WHEN 'callback.ended' THEN 'abandoned'
		        ELSE CASE WHEN f.data->>'side' = 'caller' THEN 'abandoned' ELSE 'failed' END END,
		    why = CASE f.type
		        WHEN 'queue.entered' THEN (SELECT e.data->>'why' FROM call_event e WHERE e.call_day = f.call_day AND e.call_id = f.call_id
		                                   AND e.type = 'transfer.ended' AND e.seq BETWEEN h.seq AND f.seq ORDER BY e.seq DESC LIMIT 1)
		        WHEN 'queue.left' THEN f.data->>'outcome'
		        WHEN 'call.ended' THEN nullif(f.data->>'text', '') END
		FROM (SELECT DISTINCT ON (o.call_id, o.seq) o.seq AS handed, e.*
		      FROM handover o JOIN fresh e ON e.call_id = o.call_id AND e.seq > o.seq
		      WHERE o.how IS NULL AND (e.type IN ('bridge.joined', 'transfer.joined', 'callback.ended', 'call.ended')
		         OR e.type = 'queue.left' AND e.data->>'outcome' NOT IN ('answered', 'overflow')
		         OR e.type = 'queue.entered' AND o.to_number IS NOT NULL)
		      ORDER BY o.call_id, o.seq, e.seq) f
		WHERE h.call_id = f.call_id AND h.seq = f.handed`},
}

// Talks adds up the talks that began in a period, by day in the zone (an IANA
// name), agent and queue.
func (db *DB) Talks(ctx context.Context, p report.Period, zone string) ([]report.Talks, error) {
	return db.talks(ctx, p, zone, true)
}

// AgentTalks is Talks with all days together: Day is empty.
func (db *DB) AgentTalks(ctx context.Context, p report.Period, zone string) ([]report.Talks, error) {
	return db.talks(ctx, p, zone, false)
}

// handledSums add up rows of handled_1d.
const handledSums = `sum(talks)::int AS talks, sum(open)::int AS open, sum(handed)::int AS handed,
	sum(talk_s) AS talk_s, sum(hold_s) AS hold_s, sum(wrap_s) AS wrap_s, sum(gap_s) AS gap_s, sum(held)::int AS held, sum(holds)::int AS holds, max(longest_hold_s) AS longest_hold_s,
	sum(left_by_caller)::int AS left_by_caller, sum(left_by_agent)::int AS left_by_agent, sum(left_by_us)::int AS left_by_us, sum(chose)::int AS chose`

// talks adds up what is in the rollup first: of it the planner knows how few agents and queues there are.
func (db *DB) talks(ctx context.Context, p report.Period, zone string, byDay bool) (list []report.Talks, err error) {
	defer wrapError(&err, "Talks")
	list = []report.Talks{}
	err = db.reports.SelectContext(ctx, &list, `
		WITH handled AS (
			SELECT CASE WHEN $5 THEN day END AS day, agent, queue, `+handledSums+` FROM handled_during($1, $2, $3) GROUP BY 1, 2, 3
			UNION ALL
			SELECT CASE WHEN $5 THEN day END, agent, queue, talks, open, handed, talk_s, hold_s, wrap_s, gap_s, held, holds, longest_hold_s, left_by_caller, left_by_agent, left_by_us, chose
			FROM handled_besides($1, $2, $3)
			UNION ALL
			SELECT CASE WHEN $5 THEN day END, agent, queue, 0, 0, 0, 0, 0, wrap_s, 0, 0, 0, 0, 0, 0, 0, 0 FROM work_going_on($1, $2, $3)
		), added AS (
			SELECT coalesce(day::text, '') AS day, agent, queue, `+handledSums+` FROM handled WHERE $4::text[] IS NULL OR queue = ANY ($4) GROUP BY 1, 2, 3)
		SELECT day, agent, queue, talks, open, handed, held, holds, longest_hold_s, left_by_caller, left_by_agent, left_by_us, chose,
		       round(talk_s::numeric, 3) AS talk_s, round(hold_s::numeric, 3) AS hold_s, round(wrap_s::numeric, 3) AS wrap_s,
		       round((talk_s + hold_s + wrap_s)::numeric, 3) AS handle_s, round(gap_s::numeric, 3) AS gap_s,
		       talk_s / nullif(talks, 0) AS mean_talk_s, hold_s / nullif(held, 0) AS mean_hold_s,
		       wrap_s / nullif(talks, 0) AS mean_wrap_s, (talk_s + hold_s + wrap_s) / nullif(talks, 0) AS mean_handle_s
		FROM added ORDER BY agent, queue, day`, p.From, p.To, zone, queuesOf(p), byDay)
	return list, err
}

// Handovers adds up the hand-overs of a period, by day in the zone (an IANA
// name), who gave the caller away, in which queue, and to whom.
func (db *DB) Handovers(ctx context.Context, p report.Period, zone string) (list []report.Handovers, err error) {
	defer wrapError(&err, "Handovers")
	list = []report.Handovers{}
	err = db.reports.SelectContext(ctx, &list, `
		SELECT (at AT TIME ZONE $3)::date::text AS day, h.by, coalesce(queue, '') AS queue, coalesce(to_queue, '') AS to_queue,
		       coalesce(to_agent, '') AS to_agent, coalesce(to_number, '') AS to_number,
		       count(*) AS handovers, count(*) FILTER (WHERE how IS NULL) AS open,
		       count(*) FILTER (WHERE how = 'answered') AS answered,
		       count(*) FILTER (WHERE how = 'answered' AND agent <> to_agent) AS by_another,
		       count(*) FILTER (WHERE how = 'returned') AS returned,
		       count(*) FILTER (WHERE how = 'transferred_out') AS transferred_out,
		       count(*) FILTER (WHERE how = 'abandoned') AS abandoned,
		       count(*) FILTER (WHERE how = 'back_in_line') AS back_in_line,
		       count(*) FILTER (WHERE how = 'failed') AS failed,
		       count(*) FILTER (WHERE how NOT IN ('answered', 'returned', 'transferred_out', 'abandoned', 'back_in_line', 'failed')) AS other,
		       avg(wait_s) FILTER (WHERE how IN ('answered', 'returned', 'transferred_out') AND NOT warm) AS mean_wait_s, coalesce(max(wait_s), 0) AS longest_wait_s,
		       count(*) FILTER (WHERE warm) AS warm
		FROM report.handover h WHERE at >= $1 AND at < $2 AND ($4::text[] IS NULL OR queue = ANY ($4))
		GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 2, 3, 4, 5, 6, 1`, p.From, p.To, zone, queuesOf(p))
	return list, err
}

// HoldFigures measures the holds of the callers whose talk began in a period
// against a limit. Agents' own calls are not among them.
func (db *DB) HoldFigures(ctx context.Context, p report.Period, limit time.Duration) (f report.HoldFigures, err error) {
	defer wrapError(&err, "HoldFigures")
	err = db.reports.GetContext(ctx, &f, `
		WITH served AS (
			SELECT * FROM talk WHERE joined_at >= $1 AND joined_at < $2 AND visit_id IS NOT NULL AND ($4::text[] IS NULL OR queue = ANY ($4))
			  AND (holds > 0 OR left_at IS NULL) AND (left_at IS NULL OR longest_hold_s > $3)
		), hold AS (
			SELECT h.call_day, h.call_id, h.seq, h.at, e.seq AS end_seq, e.at AS end_at
			FROM served t JOIN call_event h ON h.call_day = t.call_day AND h.call_id = t.call_id AND h.visit_id = t.visit_id AND h.seq > t.seq
			LEFT JOIN LATERAL (SELECT seq, at FROM call_event e WHERE e.call_day = h.call_day AND e.call_id = h.call_id AND e.seq > h.seq
			                   AND e.type IN ('bridge.resumed', 'bridge.left', 'call.ended', 'callback.ended') ORDER BY seq LIMIT 1) e ON true
			WHERE h.type = 'bridge.held' AND h.agent = t.agent
		)
		SELECT coalesce(sum(served), 0) AS talks, coalesce(sum(gone), 0) AS given_up,
		       (SELECT count(*) FROM hold WHERE extract(epoch FROM coalesce(end_at, now()) - at) > $3
		          AND NOT EXISTS (SELECT FROM call_event o WHERE o.call_day = hold.call_day AND o.call_id = hold.call_id AND o.type = 'callback.offered'
		                          AND o.seq > hold.seq AND (end_seq IS NULL OR o.seq < end_seq))) AS unasked
		FROM talks_during($1, $2) WHERE $4::text[] IS NULL OR queue = ANY ($4)`, p.From, p.To, limit.Seconds(), queuesOf(p))
	return f, err
}
