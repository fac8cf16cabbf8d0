package sql

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"presszero/call"
)

// fresh holds, within one transaction, the facts that are new. Shipping puts
// the facts there that call_event did not have yet, Rebuild all of them.
const fresh = `CREATE TEMP TABLE IF NOT EXISTS fresh (
	call_day date, call_id uuid, seq int, at timestamptz, type text,
	visit_id text, agent text, queue text, data jsonb) ON COMMIT DELETE ROWS`

const freshColumns = `call_day, call_id, seq, at, type, visit_id, agent, queue, data`

// projection takes the fresh facts of some types into a table. The order of the
// list is that in which things happen to a call, so a row is there before it
// is changed, whether the facts come one by one or a day at a time. Of two
// facts that end the same thing the first counts.
type projection struct {
	of     string // types of facts, with blanks between
	keyed  bool   // takes the two halves of the caller key as $1 and $2, and as $3 what a withheld number looks like
	change string
}

var projections = slices.Concat(callProjections, callbackProjections, outgoingProjections, talkProjections, trunkProjections, dispositionProjections, qualityProjections, listeningProjections, recordingProjections)

var callProjections = []projection{
	{of: "call.started", keyed: true, change: `
		INSERT INTO call_fact (call_id, call_day, switch, channel, dialed, caller_number, caller_name, caller_key, again, started_at)
		SELECT call_id, call_day, data->>'node', data->>'channel', data->>'to', data->>'from', data->>'name',
		       caller_key($1, $2, $3, data->>'from'), coalesce((data->>'again')::boolean, false), at
		FROM fresh WHERE type = 'call.started' ORDER BY seq
		ON CONFLICT (call_id) DO NOTHING`},
	{of: "call.started", keyed: true, change: `
		INSERT INTO caller AS c (caller_key, number, name, name_at, seen_at)
		SELECT DISTINCT ON (key) key, caller_number(data->>'from'), nullif(data->>'name', ''),
		       CASE WHEN data->>'name' <> '' THEN at END, max(at) OVER (PARTITION BY key)
		FROM (SELECT *, caller_key($1, $2, $3, data->>'from') AS key FROM fresh WHERE type = 'call.started' AND data->>'refused' IS NULL) f
		WHERE key IS NOT NULL ORDER BY key, data->>'from' ~ '^~', coalesce(data->>'name', '') = '', at DESC
		ON CONFLICT (caller_key) DO UPDATE SET seen_at = greatest(c.seen_at, EXCLUDED.seen_at),
			number = CASE WHEN c.number ~ '^~' THEN EXCLUDED.number ELSE c.number END,
			name = CASE WHEN c.name_at > EXCLUDED.name_at IS NOT TRUE THEN coalesce(EXCLUDED.name, c.name) ELSE c.name END,
			name_at = greatest(c.name_at, EXCLUDED.name_at)`},
	{of: "call.answered", change: `
		UPDATE call_fact c SET answered_at = f.at
		FROM (SELECT call_id, min(at) AS at FROM fresh WHERE type = 'call.answered' GROUP BY 1) f
		WHERE c.call_id = f.call_id AND c.answered_at IS NULL`},
	{of: "queue.entered", keyed: true, change: `
		INSERT INTO queue_visit (visit_id, call_id, call_day, queue, kind, origin, entered_at, order_key, position_at_entry,
		                         told_low_s, told_high_s, caller_key, first_at)
		SELECT visit_id, call_id, call_day, queue, data->>'kind', data->>'origin', at, (data->>'key')::timestamptz,
		       (data->>'position')::int, (data->>'told_low_s')::float8, (data->>'told_high_s')::float8,
		       caller_key($1, $2, $3, data->>'from'), (data->>'first')::timestamptz
		FROM fresh WHERE type = 'queue.entered' ORDER BY seq
		ON CONFLICT (visit_id) DO NOTHING`},
	{of: "ewt.announced", change: `
		UPDATE queue_visit v SET told_at = f.at, told_low_s = (f.data->>'low_s')::float8, told_high_s = (f.data->>'high_s')::float8,
		                         told_p50_s = (f.data->>'p50_s')::float8, told_p90_s = (f.data->>'p90_s')::float8
		FROM (SELECT DISTINCT ON (visit_id) * FROM fresh WHERE type = 'ewt.announced' ORDER BY visit_id, seq) f
		WHERE v.visit_id = f.visit_id AND v.told_at IS NULL`},
	{of: "callback.offered", change: `
		UPDATE queue_visit v SET offered_at = f.at
		FROM (SELECT DISTINCT ON (visit_id) * FROM fresh WHERE type = 'callback.offered' AND data->>'why' IS DISTINCT FROM 'on_hold' ORDER BY visit_id, seq) f
		WHERE v.visit_id = f.visit_id AND v.offered_at IS NULL`},
	{of: "promise.broken", change: `
		UPDATE queue_visit v SET makes_up_for = f.data->>'was', order_key = (f.data->>'key')::timestamptz
		FROM fresh f WHERE f.type = 'promise.broken' AND v.visit_id = f.visit_id`},
	{of: "ewt.shadow", change: `
		INSERT INTO ewt_shadow
		SELECT visit_id, call_id, call_day, queue, at, (data->>'ahead')::int, (data->>'qlm_s')::float8, (data->>'p50_s')::float8,
		       (data->>'p80_s')::float8, (data->>'p90_s')::float8, (data->>'les_s')::float8, (data->>'avgc_les_s')::float8,
		       (data->>'asterisk_s')::float8, (data->>'agents')::float8, (data->>'handle_s')::float8,
		       (data->>'patience_s')::float8, (data->>'calibration')::float8
		FROM fresh WHERE type = 'ewt.shadow' ORDER BY seq
		ON CONFLICT (visit_id) DO NOTHING`},
	{of: "callback.accepted", change: `
		UPDATE queue_visit v SET callback_id = (f.data->>'callback')::uuid
		FROM (SELECT DISTINCT ON (visit_id) * FROM fresh WHERE type = 'callback.accepted' ORDER BY visit_id, seq) f
		WHERE v.visit_id = f.visit_id AND v.callback_id IS NULL`},
	{of: "ivr.language", change: `
		UPDATE caller c SET language = f.language, language_at = f.at, seen_at = greatest(c.seen_at, f.at)
		FROM (SELECT DISTINCT ON (k.caller_key) k.caller_key, f.data->>'language' AS language, f.at
		      FROM fresh f JOIN call_fact k USING (call_id) WHERE f.type = 'ivr.language' AND f.data->>'by' = 'key'
		      ORDER BY k.caller_key, f.at DESC, f.seq DESC) f
		WHERE c.caller_key = f.caller_key AND (c.language_at IS NULL OR c.language_at <= f.at)`},
	{of: "ivr.message_left", change: `
		INSERT INTO message (message_id, call_id, call_day, node, queue, caller_number, caller_key, left_at, due_at, seconds)
		SELECT f.data->>'record', f.call_id, f.call_day, f.data->>'node', f.data->>'owner', k.caller_number, k.caller_key,
		       f.at, (f.data->>'due')::timestamptz, (f.data->>'seconds')::float8
		FROM fresh f LEFT JOIN call_fact k USING (call_id) WHERE f.type = 'ivr.message_left' ORDER BY f.seq
		ON CONFLICT (message_id) DO NOTHING`},
	{of: "offer.started", change: `
		INSERT INTO offer_fact (offer_id, visit_id, call_id, call_day, agent, waited_s, started_at)
		SELECT data->>'offer', visit_id, call_id, call_day, agent, (data->>'waited_s')::float8, at
		FROM fresh WHERE type = 'offer.started' ORDER BY seq
		ON CONFLICT (offer_id) DO NOTHING`},
	{of: "offer.ended", change: `
		UPDATE offer_fact o SET ended_at = f.at, how = f.data->>'how', why = f.data->>'why', ring_s = (f.data->>'ring_s')::float8
		FROM (SELECT DISTINCT ON (data->>'offer') at, data FROM fresh WHERE type = 'offer.ended' ORDER BY data->>'offer', seq) f
		WHERE o.offer_id = f.data->>'offer' AND o.ended_at IS NULL`},
	{of: "bridge.joined", change: `
		UPDATE offer_fact o SET joined_at = f.at, leg = f.data->>'leg'
		FROM (SELECT DISTINCT ON (data->>'offer') at, data FROM fresh WHERE type = 'bridge.joined' ORDER BY data->>'offer', seq) f
		WHERE o.offer_id = f.data->>'offer' AND o.joined_at IS NULL`},
	{of: "bridge.joined", change: `
		UPDATE caller c SET last_agent = f.agent, agent_at = f.at, seen_at = greatest(c.seen_at, f.at)
		FROM (SELECT DISTINCT ON (v.caller_key) v.caller_key, f.agent, f.at
		      FROM fresh f JOIN queue_visit v USING (visit_id) WHERE f.type = 'bridge.joined'
		      ORDER BY v.caller_key, f.at DESC, f.seq DESC) f
		WHERE c.caller_key = f.caller_key AND (c.agent_at IS NULL OR c.agent_at <= f.at)`},
	{of: "queue.left", change: `
		UPDATE queue_visit v SET ended_at = f.at, outcome = f.data->>'outcome', queue_s = (f.data->>'queue_s')::float8,
		                         ring_s = (f.data->>'ring_s')::float8, agent = f.agent
		FROM (SELECT DISTINCT ON (visit_id) * FROM fresh WHERE type = 'queue.left' ORDER BY visit_id, seq) f
		WHERE v.visit_id = f.visit_id AND v.ended_at IS NULL`},
	// A callback has no call of the caller's that could end.
	{of: "queue.left", change: `
		UPDATE caller c SET last_outcome = f.outcome, last_call_at = f.at, seen_at = greatest(c.seen_at, f.at)
		FROM (SELECT DISTINCT ON (v.caller_key) v.caller_key, f.data->>'outcome' AS outcome, f.at
		      FROM fresh f JOIN queue_visit v USING (visit_id) WHERE f.type = 'queue.left' AND v.kind = 'callback'
		      ORDER BY v.caller_key, f.at DESC, f.seq DESC) f
		WHERE c.caller_key = f.caller_key AND (c.last_call_at IS NULL OR c.last_call_at <= f.at)`},
	{of: "bridge.left", change: `
		UPDATE queue_visit v SET talk_s = (f.data->>'talk_s')::float8, talk_ended_by = f.data->>'side'
		FROM (SELECT DISTINCT ON (visit_id) * FROM fresh WHERE type = 'bridge.left' ORDER BY visit_id, seq) f
		WHERE v.visit_id = f.visit_id AND v.talk_s IS NULL`},
	{of: "call.ended", change: `
		UPDATE call_fact c SET ended_at = f.at, outcome = f.data->>'outcome', side = f.data->>'side',
		                       cause = (f.data->>'cause')::int, cause_text = f.data->>'text', node = f.data->>'node',
		                       estimated = coalesce((f.data->>'estimated')::boolean, false)
		FROM (SELECT DISTINCT ON (call_id) * FROM fresh WHERE type = 'call.ended' ORDER BY call_id, seq) f
		WHERE c.call_id = f.call_id AND c.ended_at IS NULL`},
	{of: "call.ended", change: `
		UPDATE caller c SET last_outcome = f.outcome, last_call_at = f.at, seen_at = greatest(c.seen_at, f.at)
		FROM (SELECT DISTINCT ON (k.caller_key) k.caller_key, f.data->>'outcome' AS outcome, f.at
		      FROM fresh f JOIN call_fact k USING (call_id) WHERE f.type = 'call.ended' AND f.data->>'outcome' <> 'refused'
		      ORDER BY k.caller_key, f.at DESC, f.seq DESC) f
		WHERE c.caller_key = f.caller_key AND (c.last_call_at IS NULL OR c.last_call_at <= f.at)`},
	// Nobody of ours saw the end of such a call, nor of the wait that ended with it.
	{of: "call.ended", change: `
		UPDATE queue_visit v SET estimated = true
		FROM (SELECT DISTINCT ON (call_id) * FROM fresh WHERE type = 'call.ended' ORDER BY call_id, seq) f
		WHERE v.call_id = f.call_id AND (f.data->>'estimated')::boolean AND v.outcome <> 'answered' AND v.ended_at = f.at`},
	// A visit without an end of its own ends with its call: deciding about it
	// had failed. Nobody waits for ever in a report.
	{of: "call.ended", change: `
		UPDATE queue_visit v SET ended_at = f.at, ring_s = coalesce(v.ring_s, 0), queue_s = extract(epoch FROM f.at - v.entered_at),
		                         outcome = CASE WHEN f.data->>'outcome' IN ('abandoned_ivr', 'ivr_contained') THEN 'system_failure'
		                                        ELSE f.data->>'outcome' END
		FROM (SELECT DISTINCT ON (call_id) * FROM fresh WHERE type = 'call.ended' ORDER BY call_id, seq) f
		WHERE v.call_id = f.call_id AND v.ended_at IS NULL`},
	// An agent's next state ends the one before, also across shifts: a shift
	// that a crash left open ends when she is next seen.
	{of: "agent.state", change: `
		UPDATE agent_span s SET until_at = greatest(s.from_at, f.at)
		FROM (SELECT agent, min(at) AS at FROM fresh WHERE type = 'agent.state' GROUP BY 1) f
		WHERE s.agent = f.agent AND s.until_at IS NULL`},
	{of: "agent.state", change: `
		INSERT INTO agent_span (shift_id, seq, agent, presence, reason, state, call_id, from_at, until_at)
		SELECT call_id, seq, agent, data->>'presence', data->>'reason', data->>'state', nullif(data->>'call', '')::uuid, at, next
		FROM (SELECT *, lead(at) OVER (PARTITION BY agent ORDER BY at, call_id, seq) AS next FROM fresh WHERE type = 'agent.state') f
		WHERE data->>'presence' <> 'signed_out'
		ON CONFLICT (shift_id, seq) DO NOTHING`},
}

// project takes the fresh facts into the projections of some tables. Types of which there
// are none may be left out by has.
func (db *DB) project(ctx context.Context, tx *sqlx.Tx, of func(table string) bool, has func(kind string) bool) error {
	inner, outer := hmacPads(db.cfg.CallerKey)
	for _, p := range projections {
		if !of(p.table()) || !slices.ContainsFunc(strings.Fields(p.of), has) {
			continue
		}
		var args []any
		if p.keyed {
			args = []any{inner, outer, call.WithheldPattern()}
		}
		if _, err := tx.ExecContext(ctx, p.change, args...); err != nil {
			return fmt.Errorf("taking %s into its table: %w", p.of, err)
		}
	}
	return nil
}
