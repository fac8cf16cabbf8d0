package sql

import (
	"context"
	"encoding/json"

	"github.com/jmoiron/sqlx"

	"presszero/report"
)

// MenuNodes tells what happened at each node that callers entered in a period,
// the most entered first.
func (db *DB) MenuNodes(ctx context.Context, p report.Period) (list []report.MenuNode, err error) {
	defer wrapError(&err, "MenuNodes")
	var rows []menuNodeRow
	if queues := queuesOf(p); queues != nil {
		err = db.reports.SelectContext(ctx, &rows, menuNodesOfQueues, p.From, p.To, queues)
		return menuNodeList(rows, nil, err)
	}
	var after percentiles
	if err := db.atOneMoment(ctx, func(tx *sqlx.Tx) error {
		if err := tx.SelectContext(ctx, &rows, menuNodes, p.From, p.To); err != nil {
			return err
		}
		entries := 0
		for _, r := range rows {
			entries += r.Entries
		}
		after, err = percentilesOf(ctx, tx, entries, `SELECT key || coalesce(node, '') AS key, bucket, list
			FROM menu_nodes_during($1, $2) CROSS JOIN LATERAL (VALUES ('queue ', to_queue), ('person ', to_person)) t (key, list)`, p.From, p.To)
		return err
	}); err != nil {
		return nil, err
	}
	return menuNodeList(rows, after, nil)
}

type menuNodeRow struct {
	report.MenuNode
	Pressed json.RawMessage `db:"keys"`
}

// menuNodeList puts the parts of each node together; the percentiles where they are not in the rows.
func menuNodeList(rows []menuNodeRow, after percentiles, err error) ([]report.MenuNode, error) {
	list := make([]report.MenuNode, len(rows))
	for i, r := range rows {
		list[i] = r.MenuNode
		if after != nil {
			list[i].ToQueueP50, list[i].ToQueueP90 = after.of("queue "+r.Node, 0.5), after.of("queue "+r.Node, 0.9)
			list[i].ToPersonP50, list[i].ToPersonP90 = after.of("person "+r.Node, 0.5), after.of("person "+r.Node, 0.9)
		}
		if err := json.Unmarshal(r.Pressed, &list[i].Keys); err != nil {
			return nil, err
		}
	}
	return list, err
}

// menuNodes adds up what is counted by quarter, node, and version of the flow.
const menuNodes = `
	WITH part AS MATERIALIZED (
		SELECT node, flow, last_at, entries, cardinality(to_queue) AS queued, cardinality(to_person) AS reached, zero_during, zero_after,
		       silent, wrong, self_served, look_ups, look_failed, messages, transfers, joined, hung_up, keys
		FROM menu_nodes_during($1::timestamptz, $2::timestamptz)
	), keys AS (
		SELECT node, jsonb_object_agg(key, n) AS keys
		FROM (SELECT node, key, sum(value::int) AS n FROM part CROSS JOIN LATERAL jsonb_each_text(keys) GROUP BY 1, 2) k GROUP BY 1
	)
	SELECT node, coalesce(flow, '') AS flow, versions, entries, queued, reached, zero_during, zero_after, silent, wrong, self_served,
	       look_ups, look_failed, messages, transfers, joined, hung_up, coalesce(keys, '{}') AS keys
	FROM (SELECT node, (array_agg(flow ORDER BY last_at DESC))[1] AS flow, count(DISTINCT flow) AS versions, sum(entries) AS entries,
	             sum(queued) AS queued, sum(reached) AS reached, sum(zero_during) AS zero_during, sum(zero_after) AS zero_after,
	             sum(silent) AS silent, sum(wrong) AS wrong, sum(self_served) AS self_served, sum(look_ups) AS look_ups,
	             sum(look_failed) AS look_failed, sum(messages) AS messages, sum(transfers) AS transfers, sum(joined) AS joined, sum(hung_up) AS hung_up
	      FROM part GROUP BY 1) n LEFT JOIN keys USING (node)
	ORDER BY entries DESC, node`

// menuNodesOfQueues is of the calls that reached one of some queues: of these there is no
// rollup, so it reads all their facts.
const menuNodesOfQueues = `
	WITH calls AS (
		SELECT DISTINCT call_day, call_id FROM call_event e WHERE type = 'ivr.node_entered' AND at >= $1 AND at < $2
		  AND EXISTS (SELECT FROM queue_visit v WHERE v.call_id = e.call_id AND v.queue = ANY ($3))
	), fact AS (
		SELECT e.call_id, e.seq, e.at, e.type, e.data,
		       count(*) FILTER (WHERE e.type = 'ivr.node_entered') OVER until_now AS stay,
		       min(e.at) FILTER (WHERE e.type = 'queue.entered') OVER from_now AS queued_at,
		       min(e.at) FILTER (WHERE e.type = 'bridge.joined') OVER from_now AS joined_at
		FROM calls JOIN call_event e USING (call_day, call_id)
		WINDOW until_now AS (PARTITION BY e.call_id ORDER BY e.seq ROWS UNBOUNDED PRECEDING),
		       from_now AS (PARTITION BY e.call_id ORDER BY e.seq DESC ROWS UNBOUNDED PRECEDING)
	), happening AS (
		SELECT type, data, max(data ->> 'node') FILTER (WHERE type = 'ivr.node_entered') OVER a_stay AS node,
		       max(at) FILTER (WHERE type = 'ivr.node_entered') OVER a_stay AS entered_at, at, queued_at, joined_at
		FROM fact WINDOW a_stay AS (PARTITION BY call_id, stay)
	), happened AS (
		SELECT * FROM happening WHERE entered_at >= $1 AND entered_at < $2
	), entry AS (
		SELECT at, node, data ->> 'flow' AS flow,
		       extract(epoch FROM queued_at - at)::float8 AS to_queue, extract(epoch FROM joined_at - at)::float8 AS to_person
		FROM happened WHERE type = 'ivr.node_entered'
	), entries AS (
		SELECT node, (array_agg(flow ORDER BY at DESC))[1] AS flow, count(DISTINCT flow) AS versions, count(*) AS entries,
		       count(to_queue) AS queued, count(to_person) AS reached,
		       percentile_disc(0.5) WITHIN GROUP (ORDER BY to_queue) AS to_queue_p50,
		       percentile_disc(0.9) WITHIN GROUP (ORDER BY to_queue) AS to_queue_p90,
		       percentile_disc(0.5) WITHIN GROUP (ORDER BY to_person) AS to_person_p50,
		       percentile_disc(0.9) WITHIN GROUP (ORDER BY to_person) AS to_person_p90
		FROM entry GROUP BY node
	), counts AS (
		SELECT node,
		       count(*) FILTER (WHERE type = 'ivr.zero' AND (data ->> 'during_prompt')::boolean) AS zero_during,
		       count(*) FILTER (WHERE type = 'ivr.zero' AND NOT (data ->> 'during_prompt')::boolean) AS zero_after,
		       count(*) FILTER (WHERE type = 'ivr.no_input') AS silent,
		       count(*) FILTER (WHERE type = 'ivr.no_match') AS wrong,
		       count(*) FILTER (WHERE type = 'ivr.self_served') AS self_served,
		       count(*) FILTER (WHERE type = 'ivr.looked_up') AS look_ups,
		       count(*) FILTER (WHERE type = 'ivr.looked_up' AND data ->> 'how' IN ('timeout', 'failed')) AS look_failed,
		       count(*) FILTER (WHERE type = 'ivr.message_left') AS messages,
		       count(*) FILTER (WHERE type = 'transfer.started') AS transfers,
		       count(*) FILTER (WHERE type = 'transfer.joined') AS joined,
		       count(*) FILTER (WHERE type = 'call.ended' AND data ->> 'outcome' = 'abandoned_ivr') AS hung_up
		FROM happened GROUP BY node
	), keys AS (
		SELECT node, jsonb_object_agg(digit, n) AS keys FROM (
			SELECT node, data ->> 'digit' AS digit, count(*) AS n FROM happened WHERE type = 'ivr.input' GROUP BY 1, 2) d
		GROUP BY node
	)
	SELECT node, coalesce(flow, '') AS flow, versions, entries, queued, reached, to_queue_p50, to_queue_p90, to_person_p50, to_person_p90,
	       coalesce(zero_during, 0) AS zero_during, coalesce(zero_after, 0) AS zero_after, coalesce(silent, 0) AS silent,
	       coalesce(wrong, 0) AS wrong, coalesce(self_served, 0) AS self_served, coalesce(look_ups, 0) AS look_ups,
	       coalesce(look_failed, 0) AS look_failed, coalesce(messages, 0) AS messages, coalesce(transfers, 0) AS transfers,
	       coalesce(joined, 0) AS joined, coalesce(hung_up, 0) AS hung_up, coalesce(keys, '{}') AS keys
	FROM entries LEFT JOIN counts USING (node) LEFT JOIN keys USING (node)
	ORDER BY entries DESC, node`
