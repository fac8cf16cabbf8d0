package sql

import (
	"context"
	"fmt"
	"strings"

	"presszero/report"
)

// behind lists what the reports that do not count visits count, in the period from $1 to
// $2 and the queues $3, by the columns that are in use in column; about ($5) is of what each
// tells beside queue and agent ($4). The words are those of the reports' own queries, so that a
// number and its list are the same; TestCountedIsListed and TestNumbersAlwaysAddUp hold them together.
type behind struct {
	from   string            // call_id, at, ended_at, queue, outcome, number, name, queue_s, ring_s, agent, about; and what column needs
	column map[string]string // which of them each column of the report counts
}

const ofVisit = `call_id, entered_at AS at, ended_at, queue, coalesce(outcome::text, 'open') AS outcome, NULL AS number, NULL AS name, queue_s, ring_s, agent`

// ofPeriod is what is of the period and the queues, by the moment in the column at.
func ofPeriod(at string) string {
	return at + ` >= $1 AND ` + at + ` < $2 AND ($3::text[] IS NULL OR queue = ANY ($3))`
}

const talks = `SELECT t.call_id, t.joined_at AS at, t.left_at AS ended_at, t.queue, CASE WHEN t.left_at IS NULL THEN 'open' ELSE 'answered' END AS outcome, NULL AS number, NULL AS name,
			v.queue_s, v.ring_s, t.agent, CASE WHEN t.queue IS NULL THEN 'own' ELSE '' END AS about, t.left_at, t.holds, t.left_on_hold, t.seq FROM talk t LEFT JOIN queue_visit v USING (visit_id)
			WHERE t.joined_at >= $1 AND t.joined_at < $2 AND ($3::text[] IS NULL OR t.queue = ANY ($3))`

// counted are the lists, by the report.
var counted = map[string]behind{
	// As WaitFigures counts them, by the limit.
	"visits": {
		from: `SELECT ` + ofVisit + `, $5 AS about, after_talk, told_at, coalesce(queue_s, extract(epoch FROM now() - entered_at))::float8 AS wait_s,
			CASE WHEN $5 ~ '^[0-9]{1,6}$' THEN $5::float8 END AS limit_s
			FROM queue_visit WHERE entered_at >= $1 AND entered_at < $2 AND ($3::text[] IS NULL OR queue = ANY ($3)) AND kind = 'live' AND outcome IS DISTINCT FROM 'withdrawn'`,
		column: map[string]string{"within": `outcome = 'answered' AND NOT after_talk AND queue_s <= limit_s`, "answered": `outcome = 'answered' AND NOT after_talk`,
			"cut_off": `outcome = 'system_failure'`, "long": `wait_s > limit_s`, "untold": `wait_s > limit_s AND told_at IS NULL`},
	},
	"promises": {
		from: `SELECT ` + ofVisit + `, '' AS about, visit_id, extract(epoch FROM ended_at - told_at)::float8 - told_high_s AS over_s FROM queue_visit
			WHERE ` + ofPeriod("entered_at") + ` AND kind = 'live' AND told_high_s > 0 AND ended_at IS NOT NULL`,
		column: map[string]string{"told": `true`, "broken": `over_s > 0`,
			"made_up": `over_s > 0 AND EXISTS (SELECT FROM queue_visit m WHERE m.makes_up_for = x.visit_id)`},
	},
	"asked": {
		from:   `SELECT ` + ofVisit + `, '' AS about, offered_at FROM queue_visit WHERE ` + ofPeriod("entered_at") + ` AND kind = 'live'`,
		column: map[string]string{"offered": `offered_at IS NOT NULL`, "accepted": `outcome = 'callback_accepted'`},
	},
	"callbacks": {
		from: `SELECT callback_id AS call_id, booked_at AS at, ended_at, queue, coalesce(how, 'open') AS outcome, number, name, NULL::float8 AS queue_s, NULL::float8 AS ring_s, agent,
			'' AS about, how, reached_at, kept FROM report.callback WHERE ` + ofPeriod("booked_at"),
		column: map[string]string{"booked": `true`, "completed": `how = 'completed'`, "exhausted": `how = 'exhausted'`, "expired": `how = 'expired'`,
			"cancelled": `how = 'cancelled'`, "superseded": `how = 'superseded'`, "open": `how IS NULL`, "reached": `reached_at IS NOT NULL`, "kept": `kept`, "broken": `NOT kept`,
			"failed": `how NOT IN ('completed', 'exhausted', 'expired', 'cancelled', 'superseded')`},
	},
	"messages": {
		from: `SELECT call_id, left_at AS at, done_at AS ended_at, queue, state AS outcome, caller_number AS number, NULL AS name, NULL::float8 AS queue_s, NULL::float8 AS ring_s,
			coalesce(done_by, taken_by) AS agent, kind AS about, left_at, done_at, due_at, overdue FROM report.message WHERE ` + ofPeriod("left_at"),
		column: map[string]string{"left": `true`, "in_time": `done_at <= due_at`, "late": `done_at > due_at`, "open": `done_at IS NULL`, "overdue": `done_at IS NULL AND overdue`,
			"within_15m": `done_at <= left_at + interval '15 minutes'`},
	},
	"agents": {from: talks, column: map[string]string{"talks": `true`}},
	"talks": {
		from: talks,
		column: map[string]string{"talks": `left_at IS NOT NULL`, "open": `left_at IS NULL`, "held": `holds > 0`,
			"handed":              `EXISTS (SELECT FROM handover h WHERE h.call_id = x.call_id AND h.talk_seq = x.seq)`,
			"left_on_hold_caller": `left_on_hold = 'caller'`, "left_on_hold_agent": `left_on_hold = 'agent'`, "left_on_hold_us": `left_on_hold = 'us'`, "left_on_hold_chose": `left_on_hold = 'chose'`},
	},
	"handovers": {
		from: `SELECT call_id, at, ended_at, queue, coalesce(how, 'open') AS outcome, NULL AS number, NULL AS name, NULL::float8 AS queue_s, NULL::float8 AS ring_s, by AS agent,
			coalesce(to_agent, to_queue, to_number, '') AS about, how, warm FROM report.handover WHERE ` + ofPeriod("at"),
		column: map[string]string{"handovers": `true`, "open": `how IS NULL`, "answered": `how IN ('answered', 'transferred_out')`, "returned": `how = 'returned'`, "back_in_line": `how = 'back_in_line'`,
			"abandoned": `how = 'abandoned'`, "failed": `how = 'failed'`, "warm": `warm`,
			"other": `how NOT IN ('answered', 'returned', 'transferred_out', 'abandoned', 'back_in_line', 'failed')`},
	},
	"consults": {
		from: `SELECT for_call AS call_id, at, ended_at, queue, coalesce(how, 'open') AS outcome, NULL AS number, NULL AS name, NULL::float8 AS queue_s, NULL::float8 AS ring_s, agent,
			coalesce(to_agent, to_number, '') AS about, how FROM report.consult WHERE ` + ofPeriod("at"),
		column: map[string]string{"asked": `true`, "open": `how IS NULL`, "handed": `how = 'handed'`, "back": `how = 'back'`, "over": `how = 'over'`, "declined": `how = 'declined'`,
			"no_answer": `how = 'no_answer'`, "busy": `how = 'busy'`, "taken_back": `how IN ('given_up', 'cancelled')`,
			"failed": `how NOT IN ('handed', 'back', 'over', 'declined', 'no_answer', 'busy', 'given_up', 'cancelled')`},
	},
	"codes": {
		from: `SELECT v.call_id, v.entered_at AS at, v.ended_at, v.queue, v.outcome::text AS outcome, NULL AS number, NULL AS name, v.queue_s, v.ring_s, v.agent,
			CASE WHEN d.visit_id IS NULL THEN 'none' ELSE coalesce(d.code, 'none') END AS about, d.note_length
			FROM queue_visit v LEFT JOIN disposition d ON d.visit_id = v.visit_id AND d.agent = v.agent
			WHERE v.entered_at >= $1 AND v.entered_at < $2 AND v.outcome = 'answered' AND ($3::text[] IS NULL OR v.queue = ANY ($3))`,
		column: map[string]string{"talks": `true`, "notes": `note_length > 0`},
	},
	"people": {
		from: `WITH ` + lostSeen(`CASE WHEN $5 ~ '^[0-9]{1,4}$' THEN $5::float8 END`) + `
			SELECT s.call_id, s.entered_at AS at, s.ended_at, s.queue, s.outcome, NULL AS number, NULL AS name, s.queue_s, s.ring_s, NULL AS agent, $5 AS about, old, served, called FROM seen s`,
		column: map[string]string{"people": `old`, "too_new": `NOT old`, "served": `old AND served`, "called_back": `old AND called AND NOT served`, "lost": `old AND NOT called AND NOT served`},
	},
	// What callers did at a node that they entered in the period. $6 is the node.
	"menus": {
		from: `SELECT e.call_id, n.at, c.ended_at, '' AS queue, coalesce(c.outcome::text, 'open') AS outcome, NULL AS number, NULL AS name, NULL::float8 AS queue_s, NULL::float8 AS ring_s, NULL AS agent,
			coalesce(e.data ->> 'digit', '') AS about, e.type, e.data FROM call_event e JOIN call_fact c USING (call_day, call_id)
			CROSS JOIN LATERAL (SELECT at, data ->> 'node' AS node FROM call_event n WHERE n.call_day = e.call_day AND n.call_id = e.call_id AND n.type = 'ivr.node_entered' AND n.seq <= e.seq
			                    ORDER BY seq DESC LIMIT 1) n
			WHERE e.at >= $1 AND e.at < $2::timestamptz + interval '1 day' AND n.at >= $1 AND n.at < $2 AND n.node = $6
			  AND e.type IN ('ivr.input', 'ivr.zero', 'ivr.no_input', 'ivr.no_match', 'ivr.self_served', 'ivr.looked_up', 'ivr.message_left', 'transfer.started')
			  AND ($3::text[] IS NULL OR EXISTS (SELECT FROM queue_visit v WHERE v.call_id = e.call_id AND v.queue = ANY ($3)))`,
		column: map[string]string{"keys": `type = 'ivr.input'`, "zero_during": `type = 'ivr.zero' AND (data ->> 'during_prompt')::boolean`,
			"zero_after": `type = 'ivr.zero' AND NOT (data ->> 'during_prompt')::boolean`, "silent": `type = 'ivr.no_input'`, "wrong": `type = 'ivr.no_match'`,
			"self_served": `type = 'ivr.self_served'`, "look_ups": `type = 'ivr.looked_up'`, "messages": `type = 'ivr.message_left'`, "transfers": `type = 'transfer.started'`},
	},
}

// countedCalls lists what a column of another report counts.
func (db *DB) countedCalls(ctx context.Context, f report.CallFilter) (rows []report.Call, err error) {
	name, column, _ := strings.Cut(f.Counted, ".")
	list, which := counted[name], counted[name].column[column]
	if which == "" {
		return nil, fmt.Errorf("there is no number %q", f.Counted)
	}
	err = db.reports.SelectContext(ctx, &rows, `
		SELECT x.call_id, x.at, x.ended_at, coalesce(x.queue, '') AS queue, x.outcome, coalesce(x.number, c.caller_number, '') AS number, coalesce(x.name, c.caller_name, '') AS name,
		       '' AS path, coalesce(x.queue_s, 0) AS queue_s, coalesce(x.ring_s, 0) AS ring_s, coalesce(x.agent, '') AS agent, false AS after_talk
		FROM (SELECT * FROM (`+list.from+`) x WHERE `+which+`) x LEFT JOIN call_fact c ON c.call_id = x.call_id
		WHERE ($4 = '' OR x.agent = $4) AND ($5::text = '' OR x.about = $5) AND $6::text IS NOT NULL
		ORDER BY x.at DESC, x.call_id DESC, x.queue, x.outcome LIMIT $7 OFFSET $8`,
		f.From, f.To, queuesOf(f.Period), f.Agent, f.About, f.Entered, f.Limit, f.Offset)
	return rows, err
}
