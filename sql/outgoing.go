package sql

// outgoingProjections take the calls that agents make into their table.
var outgoingProjections = []projection{
	{of: "outgoing.dialed", keyed: true, change: `
		INSERT INTO outgoing_call (call_id, call_day, agent, number, caller_key, dialed_at)
		SELECT call_id, call_day, agent, data->>'number', caller_key($1, $2, $3, data->>'number'), at
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
	// call.ended is how one ends about which deciding had failed.
	{of: "outgoing.ended call.ended", change: `
		UPDATE outgoing_call o SET ended_at = f.at, how = CASE f.type WHEN 'outgoing.ended' THEN f.data->>'how' ELSE 'failed' END,
		                           why = nullif(f.data->>'why', ''), talk_s = (f.data->>'talk_s')::float8,
		                           talk_ended_by = CASE WHEN o.joined_at IS NOT NULL THEN nullif(f.data->>'side', '') END
		FROM (SELECT DISTINCT ON (call_id) * FROM fresh WHERE type IN ('outgoing.ended', 'call.ended') ORDER BY call_id, seq) f
		WHERE o.call_id = f.call_id AND o.ended_at IS NULL`},
}
