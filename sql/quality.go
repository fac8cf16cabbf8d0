package sql

import (
	"context"

	"presszero/report"
)

// qualityProjections take how talks were heard into their table.
var qualityProjections = []projection{
	{of: "talk.quality", change: `
		INSERT INTO talk_quality (shift_id, seq, call_id, agent, joined_at, measured_s, bad_s, mos_min, rtt_p50_ms, rtt_p95_ms, jitter_p50_ms, jitter_p95_ms,
		                          loss_pct, concealed_pct, agent_loss_pct, agent_jitter_ms, caller_loss_pct, caller_jitter_ms)
		SELECT f.call_id, f.seq, q.call, q.agent, q.joined, q.measured_s, q.bad_s, q.mos_min, q.rtt_p50_ms, q.rtt_p95_ms, q.jitter_p50_ms, q.jitter_p95_ms,
		       q.loss_pct, q.concealed_pct, q.agent_loss_pct, q.agent_jitter_ms, q.caller_loss_pct, q.caller_jitter_ms
		FROM fresh f, jsonb_to_record(f.data) AS q(call uuid, agent text, joined timestamptz, measured_s float8, bad_s float8, mos_min float8,
		     rtt_p50_ms float8, rtt_p95_ms float8, jitter_p50_ms float8, jitter_p95_ms float8, loss_pct float8, concealed_pct float8,
		     agent_loss_pct float8, agent_jitter_ms float8, caller_loss_pct float8, caller_jitter_ms float8)
		WHERE f.type = 'talk.quality'
		ON CONFLICT (shift_id, seq) DO NOTHING`},
}

// TalkQuality tells how the talks of a call were heard, in order; none when nothing was
// measured.
func (db *DB) TalkQuality(ctx context.Context, callID string) (talks []report.TalkQuality, err error) {
	defer wrapError(&err, "TalkQuality(%q)", callID)
	if !uuid.MatchString(callID) {
		return nil, nil
	}
	err = db.reports.SelectContext(ctx, &talks, `SELECT agent, started_at, measured_s, bad_s, mos_min, rtt_p50_ms, rtt_p95_ms, jitter_p50_ms, jitter_p95_ms,
		loss_pct, concealed_pct, agent_loss_pct, agent_jitter_ms, caller_loss_pct, caller_jitter_ms
		FROM report.talk_quality WHERE call_id = $1::uuid ORDER BY started_at, agent`, callID)
	return talks, err
}
