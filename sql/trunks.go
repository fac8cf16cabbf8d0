package sql

// trunkProjections take what trunks carry into its table: calls that come in, and
// each attempt of a call of ours over one trunk.
var trunkProjections = []projection{
	{of: "call.started", change: `
		INSERT INTO trunk_call (call_id, seq, call_day, at, trunk, direction, how, ours)
		SELECT call_id, seq, call_day, at, data->>'trunk', 'in', CASE WHEN data->>'refused' <> '' THEN 'refused' ELSE 'taken' END, nullif(data->>'to', '')
		FROM fresh WHERE type = 'call.started' AND data->>'trunk' <> ''
		ON CONFLICT (call_id, seq) DO NOTHING`},
	{of: "trunk.used", change: `
		INSERT INTO trunk_call (call_id, seq, call_day, at, trunk, direction, how, sip, ours, dial_id)
		SELECT call_id, seq, call_day, at, data->>'trunk', 'out', data->>'how', nullif((data->>'sip')::int, 0), nullif(data->>'shown', ''), data->>'dial'
		FROM fresh WHERE type = 'trunk.used'
		ON CONFLICT (call_id, seq) DO NOTHING`},
}
