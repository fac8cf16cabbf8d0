package sql_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"presszero/call"
	"presszero/report"
	"presszero/sql"
)

// TestMenuNodesAsBefore: on random days the numbers are those of the query of
// before, which joined each stay with its facts and took time with the square
// of the calls.
func TestMenuNodesAsBefore(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		f := setup(t)
		r := rand.New(rand.NewPCG(seed, 7))
		var stories []*story
		for n := range 120 {
			stories = append(stories, wander(r, n+1, noon.Add(time.Duration(r.IntN(20*3600))*time.Second)))
		}
		ship(t, f, stories...)
		for range 5 {
			from := noon.Add(time.Duration(r.IntN(12*3600)) * time.Second)
			to := from.Add(time.Duration(1+r.IntN(12)) * time.Hour)
			got, err := f.MenuNodes(soon(t), during(from, to))
			if err != nil {
				t.Fatal(err)
			}
			var rows []struct {
				report.MenuNode
				Pressed json.RawMessage `db:"keys"`
			}
			if err := f.raw.Select(&rows, menuNodesBefore, from, to); err != nil {
				t.Fatal(err)
			}
			if len(rows) != len(got) {
				t.Fatalf("seed %d: %d nodes, before %d", seed, len(got), len(rows))
			}
			for i, row := range rows {
				want := row.MenuNode
				if err := json.Unmarshal(row.Pressed, &want.Keys); err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got[i], want) {
					t.Errorf("seed %d, %s to %s:\n%+v\nbefore\n%+v", seed, from, to, got[i], want)
				}
			}
		}
	}
}

// TestMenuNodesOfManyCalls: ten times the calls take about ten times as long,
// not a hundred times.
func TestMenuNodesOfManyCalls(t *testing.T) {
	t.Parallel()
	f := setup(t)
	fill := func(first, last int) {
		f.raw.MustExec(`
			INSERT INTO call_event (call_day, call_id, seq, at, type, data)
			SELECT '`+noonsDay+`', ('01890a5d-ac96-774b-8000-' || lpad(to_hex(n), 12, '0'))::uuid, s, timestamptz '`+noonsDay+` 08:00Z' + n * interval '1 s' + s * interval '2 s',
			       CASE s WHEN 1 THEN 'call.started' WHEN 2 THEN 'ivr.node_entered' WHEN 3 THEN 'ivr.input' WHEN 4 THEN 'ivr.node_entered'
			              WHEN 5 THEN 'ivr.zero' WHEN 6 THEN 'queue.entered' WHEN 7 THEN 'bridge.joined' ELSE 'call.ended' END,
			       jsonb_build_object('node', 'n' || (n + s) % 7, 'flow', 'f', 'digit', '1', 'during_prompt', true, 'outcome', 'answered')
			FROM generate_series($1::int, $2::int) n, generate_series(1, 8) s`, first, last)
		f.raw.MustExec(`ANALYZE call_event`)
	}
	measure := func() time.Duration {
		best := time.Hour
		for range 3 {
			began := time.Now()
			f.raw.MustExec(sql.MenuNodesQuery, noon.Add(-12*time.Hour), noon.Add(24*time.Hour))
			best = min(best, time.Since(began))
		}
		return best
	}
	fill(1, 800)
	few := measure()
	fill(801, 8000)
	many := measure()
	t.Logf("800 calls %s, 8,000 calls %s: %.1f times", few, many, float64(many)/float64(few))
	if many > 40*few {
		t.Errorf("ten times the calls took %.0f times as long", float64(many)/float64(few))
	}
}

// wander is a caller's way through menus, some of which end in a queue.
func wander(r *rand.Rand, n int, begins time.Time) *story {
	s := arrive(n, begins, fmt.Sprintf("+346%08d", n%40))
	for range 1 + r.IntN(6) {
		node := fmt.Sprint("n", r.IntN(5))
		s.after(r.Float64()*5000 + 0.1).say(call.NodeEntered{Node: node, Flow: fmt.Sprint("f", r.IntN(3))})
		for range r.IntN(4) {
			s.after(r.Float64()*9 + 0.1)
			switch r.IntN(6) {
			case 0:
				s.say(call.KeyPressed{Node: node, Digit: fmt.Sprint(1 + r.IntN(9))})
			case 1:
				s.say(call.NoInput{Node: node, Try: 1})
			case 2:
				s.say(call.NoMatch{Node: node, Digit: "7", Try: 1})
			case 3:
				s.say(call.SelfServed{Node: node})
			case 4:
				s.say(call.ZeroPressed{Node: node, DuringPrompt: r.IntN(2) == 0})
			case 5:
				s.say(call.LookUpEnded{Node: node, How: []string{"answered", "timeout", "failed"}[r.IntN(3)]})
			}
		}
	}
	switch r.IntN(3) {
	case 0:
		return s.end(call.AbandonedIVR, call.SideCaller)
	case 1:
		return s.enter("support").after(r.Float64()*50).offer("ann", 4, "accepted").talk("ann", 30).end(call.Answered, call.SideCaller)
	}
	return s
}

const menuNodesBefore = `
	WITH calls AS (
		SELECT DISTINCT call_day, call_id FROM call_event WHERE type = 'ivr.node_entered' AND at >= $1 AND at < $2
	), fact AS (
		SELECT e.call_id, e.seq, e.at, e.type, e.data,
		       count(*) FILTER (WHERE e.type = 'ivr.node_entered') OVER calls_facts AS stay,
		       min(e.at) FILTER (WHERE e.type = 'queue.entered') OVER ahead AS queued_at,
		       min(e.at) FILTER (WHERE e.type = 'bridge.joined') OVER ahead AS joined_at
		FROM calls JOIN call_event e USING (call_day, call_id)
		WINDOW calls_facts AS (PARTITION BY e.call_id ORDER BY e.seq),
		       ahead AS (PARTITION BY e.call_id ORDER BY e.seq ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
	), entry AS (
		SELECT call_id, stay, at, data ->> 'node' AS node, data ->> 'flow' AS flow,
		       extract(epoch FROM queued_at - at)::float8 AS to_queue, extract(epoch FROM joined_at - at)::float8 AS to_person
		FROM fact WHERE type = 'ivr.node_entered' AND at >= $1 AND at < $2
	), entries AS (
		SELECT node, (array_agg(flow ORDER BY at DESC))[1] AS flow, count(DISTINCT flow) AS versions, count(*) AS entries,
		       count(to_queue) AS queued, count(to_person) AS reached,
		       percentile_disc(0.5) WITHIN GROUP (ORDER BY to_queue) AS to_queue_p50,
		       percentile_disc(0.9) WITHIN GROUP (ORDER BY to_queue) AS to_queue_p90,
		       percentile_disc(0.5) WITHIN GROUP (ORDER BY to_person) AS to_person_p50,
		       percentile_disc(0.9) WITHIN GROUP (ORDER BY to_person) AS to_person_p90
		FROM entry GROUP BY node
	), happened AS (
		SELECT n.node, f.type, f.data FROM entry n JOIN fact f USING (call_id, stay)
		WHERE f.type IN ('ivr.zero', 'ivr.no_input', 'ivr.no_match', 'ivr.self_served', 'ivr.looked_up', 'ivr.message_left',
		                 'transfer.started', 'transfer.joined', 'call.ended')
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
			SELECT n.node, f.data ->> 'digit' AS digit, count(*) AS n
			FROM entry n JOIN fact f USING (call_id, stay) WHERE f.type = 'ivr.input' GROUP BY 1, 2) d
		GROUP BY node
	)
	SELECT node, coalesce(flow, '') AS flow, versions, entries, queued, reached, to_queue_p50, to_queue_p90, to_person_p50, to_person_p90,
	       coalesce(zero_during, 0) AS zero_during, coalesce(zero_after, 0) AS zero_after, coalesce(silent, 0) AS silent,
	       coalesce(wrong, 0) AS wrong, coalesce(self_served, 0) AS self_served, coalesce(look_ups, 0) AS look_ups,
	       coalesce(look_failed, 0) AS look_failed, coalesce(messages, 0) AS messages, coalesce(transfers, 0) AS transfers,
	       coalesce(joined, 0) AS joined, coalesce(hung_up, 0) AS hung_up, coalesce(keys, '{}') AS keys
	FROM entries LEFT JOIN counts USING (node) LEFT JOIN keys USING (node)
	ORDER BY entries DESC, node`
