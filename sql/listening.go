package sql

// listeningProjections take who listened to talks into their table. One whose end was not
// written ends with the call.
var listeningProjections = []projection{
	{of: "listen.started", change: `
		INSERT INTO listening (call_id, seq, call_day, listening_id, agent, by_user, hidden, started_at, mode)
		SELECT call_id, seq, call_day, data->>'listening', agent, data->>'by', coalesce((data->>'hidden')::boolean, false), at, data->>'mode'
		FROM fresh WHERE type = 'listen.started'
		ON CONFLICT (call_id, seq) DO NOTHING`},
	{of: "listen.turned", change: `
		UPDATE listening l SET mode = f.data->>'mode'
		FROM (SELECT DISTINCT ON (call_id, data->>'listening') * FROM fresh WHERE type = 'listen.turned'
		      ORDER BY call_id, data->>'listening', seq DESC) f
		WHERE l.call_id = f.call_id AND l.listening_id = f.data->>'listening'`},
	{of: "listen.ended outgoing.ended callback.ended call.ended", change: `
		UPDATE listening l SET ended_at = f.at, why = CASE f.type WHEN 'listen.ended' THEN f.data->>'why' ELSE 'over' END,
		    listen_s = CASE f.type WHEN 'listen.ended' THEN coalesce((f.data->>'listen_s')::float8, 0) ELSE extract(epoch FROM f.at - l.started_at) END,
		    whisper_s = coalesce((f.data->>'whisper_s')::float8, 0), join_s = coalesce((f.data->>'join_s')::float8, 0)
		FROM (SELECT DISTINCT ON (o.call_id, o.seq) o.seq AS began, e.*
		      FROM listening o JOIN fresh e ON e.call_id = o.call_id AND e.seq > o.seq
		      WHERE o.ended_at IS NULL AND (e.type IN ('outgoing.ended', 'callback.ended', 'call.ended')
		         OR e.type = 'listen.ended' AND e.data->>'listening' = o.listening_id)
		      ORDER BY o.call_id, o.seq, e.seq) f
		WHERE l.call_id = f.call_id AND l.seq = f.began`},
}
