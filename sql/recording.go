package sql

import (
	"strings"

	"presszero/call"
)

// keptAbsences is call.KeptAbsences as a list of SQL.
var keptAbsences = "('" + strings.Join(call.KeptAbsences, "', '") + "')"

// recordingProjections take recordings into their table: what was recorded, what of it is
// kept, and why the rest was not. They come after those of talks, to which recordings belong.
var recordingProjections = []projection{
	// On demand a leg is absent first, and then it is recorded.
	{of: "recording.started recording.absent", change: `
		INSERT INTO recording AS r (recording_id, call_id, call_day, seq, visit_id, agent, queue, caller_key, joined_at, left_at, started_at, state, why,
		                            outcome, length_s, notice, consent, keep_until)
		SELECT f.leg, f.call_id, f.call_day, f.seq, t.visit_id, coalesce(f.agent, ''), coalesce(f.queue, t.queue),
		       coalesce(v.caller_key, c.caller_key, b.caller_key, o.caller_key), coalesce(t.joined_at, x.at, f.at), t.left_at, f.started_at,
		       CASE WHEN f.started_at IS NULL THEN 'absent' ELSE 'on' END, f.data->>'why', coalesce(c.outcome::text, b.how, o.how), t.talk_s,
		       (SELECT e.data->>'notice' FROM call_event e WHERE e.call_day = f.call_day AND e.call_id = f.call_id
		        AND e.type = 'notice.played' AND e.seq < f.seq ORDER BY e.seq DESC LIMIT 1),
		       (SELECT CASE e.type WHEN 'consent.given' THEN e.data->>'how' ELSE 'refused' END FROM call_event e WHERE e.call_day = f.call_day AND e.call_id = f.call_id
		        AND e.type IN ('consent.given', 'consent.refused') AND e.seq < f.seq ORDER BY e.seq DESC LIMIT 1),
		       coalesce(t.joined_at, x.at, f.at) + (f.data->>'keep_days')::int * interval '1 day'
		FROM (SELECT DISTINCT ON (leg) *, CASE type WHEN 'recording.started' THEN at END AS started_at
		      FROM (SELECT *, coalesce(data->>'recording', data->>'leg') AS leg FROM fresh WHERE type IN ('recording.started', 'recording.absent')) f
		      ORDER BY leg, type DESC, seq) f
		LEFT JOIN LATERAL (SELECT * FROM talk t WHERE t.call_id = f.call_id AND t.agent = f.agent AND t.seq < f.seq ORDER BY t.seq DESC LIMIT 1) t ON true
		LEFT JOIN LATERAL (SELECT e.at FROM call_event e WHERE e.call_day = f.call_day AND e.call_id = f.call_id AND e.seq < f.seq AND coalesce(f.agent, '') = ''
		      AND e.type = 'transfer.joined' AND e.data->>'transfer' || '.leg' = f.leg ORDER BY e.seq DESC LIMIT 1) x ON true -- with a number outside
		LEFT JOIN queue_visit v ON v.visit_id = t.visit_id
		LEFT JOIN call_fact c ON c.call_id = f.call_id
		LEFT JOIN callback_fact b ON b.callback_id = f.call_id
		LEFT JOIN outgoing_call o ON o.call_id = f.call_id
		ON CONFLICT (recording_id) DO UPDATE SET seq = EXCLUDED.seq, started_at = EXCLUDED.started_at, state = EXCLUDED.state, why = NULL,
			notice = EXCLUDED.notice, consent = EXCLUDED.consent, keep_until = EXCLUDED.keep_until
		WHERE r.state = 'absent' AND EXCLUDED.state = 'on'`},
	// One whose end was not written ends with the call.
	{of: "recording.stopped outgoing.ended callback.ended call.ended", change: `
		UPDATE recording r SET state = 'stopped', stopped_at = f.at, why = CASE f.type WHEN 'recording.stopped' THEN f.data->>'why' ELSE 'over' END
		FROM (SELECT DISTINCT ON (o.recording_id) o.recording_id, e.*
		      FROM recording o JOIN fresh e ON e.call_id = o.call_id AND e.seq > o.seq
		      WHERE o.state = 'on' AND (e.type IN ('outgoing.ended', 'callback.ended', 'call.ended')
		         OR e.type = 'recording.stopped' AND e.data->>'recording' = o.recording_id)
		      ORDER BY o.recording_id, e.seq) f
		WHERE r.recording_id = f.recording_id`},
	{of: "recording.kept", change: `
		UPDATE recording r SET state = 'kept', length_s = (f.data->>'length_s')::float8, holes_s = coalesce((f.data->>'holes_s')::float8, 0),
		    format = f.data->>'format', bytes = (f.data->>'bytes')::bigint, sha256 = f.data->>'sha256', key = f.data->>'key'
		FROM (SELECT DISTINCT ON (data->>'recording') * FROM fresh WHERE type = 'recording.kept' ORDER BY data->>'recording', seq) f
		WHERE r.recording_id = f.data->>'recording' AND r.state <> 'kept'`},
	// What the talk and the call came to, as their own tables have it.
	{of: "bridge.left outgoing.ended callback.ended call.ended", change: `
		UPDATE recording r SET left_at = t.left_at, length_s = CASE r.state WHEN 'kept' THEN r.length_s ELSE t.talk_s END
		FROM talk t
		WHERE r.call_id IN (SELECT call_id FROM fresh WHERE type IN ('bridge.left', 'outgoing.ended', 'callback.ended', 'call.ended'))
		  AND r.left_at IS NULL AND t.call_id = r.call_id AND t.agent = r.agent AND t.joined_at = r.joined_at AND t.left_at IS NOT NULL`},
	// A talk with a number outside has no row of its own.
	{of: "transfer.ended callback.ended call.ended", change: `
		UPDATE recording r SET left_at = f.at, length_s = CASE r.state WHEN 'kept' THEN r.length_s ELSE extract(epoch FROM f.at - r.joined_at) END
		FROM (SELECT DISTINCT ON (o.recording_id) o.recording_id, e.at
		      FROM recording o JOIN fresh e ON e.call_id = o.call_id AND e.seq > o.seq
		      WHERE o.agent = '' AND o.left_at IS NULL AND (e.type IN ('callback.ended', 'call.ended') OR e.type = 'transfer.ended' AND e.data->>'transfer' || '.leg' = o.recording_id)
		      ORDER BY o.recording_id, e.seq) f
		WHERE r.recording_id = f.recording_id`},
	{of: "outgoing.ended callback.ended call.ended", change: `
		UPDATE recording r SET outcome = coalesce(c.outcome::text, b.how, o.how)
		FROM (SELECT DISTINCT call_id FROM fresh WHERE type IN ('outgoing.ended', 'callback.ended', 'call.ended')) f
		LEFT JOIN call_fact c ON c.call_id = f.call_id
		LEFT JOIN callback_fact b ON b.callback_id = f.call_id
		LEFT JOIN outgoing_call o ON o.call_id = f.call_id
		WHERE r.call_id = f.call_id AND r.outcome IS NULL`},
}
