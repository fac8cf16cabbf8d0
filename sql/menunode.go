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
	source, args := `menu_nodes_during($1, $2)`, []any{p.From, p.To}
	if queues := queuesOf(p); queues != nil { // calls that reached one of them
		source, args = `(SELECT * FROM queue_nodes_during($1, $2) WHERE queues && $3)`, append(args, queues)
	}
	var after percentiles
	err = db.atOneMoment(ctx, func(tx *sqlx.Tx) error {
		if err := tx.SelectContext(ctx, &rows, menuNodes(source), args...); err != nil {
			return err
		}
		entries := 0
		for _, r := range rows {
			entries += r.Entries
		}
		after, err = percentilesOf(ctx, tx, entries, `SELECT key || coalesce(node, '') AS key, bucket, list
			FROM `+source+` n CROSS JOIN LATERAL (VALUES ('queue ', to_queue), ('person ', to_person)) t (key, list)`, args...)
		return err
	})
	if err != nil {
		return nil, err
	}
	list = make([]report.MenuNode, len(rows))
	for i, r := range rows {
		list[i] = r.MenuNode
		list[i].ToQueueP50, list[i].ToQueueP90 = after.of("queue "+r.Node, 0.5), after.of("queue "+r.Node, 0.9)
		list[i].ToPersonP50, list[i].ToPersonP90 = after.of("person "+r.Node, 0.5), after.of("person "+r.Node, 0.9)
		if err := json.Unmarshal(r.Pressed, &list[i].Keys); err != nil {
			return nil, err
		}
	}
	return list, nil
}

type menuNodeRow struct {
	report.MenuNode
	Pressed json.RawMessage `db:"keys"`
}

// menuNodes adds up what is counted by quarter, node, and version of the flow.
func menuNodes(source string) string {
	return `
	WITH part AS MATERIALIZED (
		SELECT node, flow, last_at, entries, cardinality(to_queue) AS queued, cardinality(to_person) AS reached, zero_during, zero_after,
		       silent, wrong, self_served, look_ups, look_failed, messages, transfers, joined, hung_up, keys
		FROM ` + source + ` n
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
}
