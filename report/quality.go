package report

import "time"

// TalkQuality is how a talk was heard, as far as it was measured, in stretches of 5 s:
// P50 is their median, and 95 in 100 of them are not above P95. Round trips are between
// the agent's browser and us. Percentages are of 100.
type TalkQuality struct {
	Agent     string    `db:"agent" json:"agent"`
	Started   time.Time `db:"started_at" json:"started"`
	MeasuredS float64   `db:"measured_s" json:"measured_s"`
	BadS      float64   `db:"bad_s" json:"bad_s"` // of these, with a mean opinion score below 3.6
	MOSMin    float64   `db:"mos_min" json:"mos_min"`

	RTTP50MS     float64 `db:"rtt_p50_ms" json:"rtt_p50_ms"`
	RTTP95MS     float64 `db:"rtt_p95_ms" json:"rtt_p95_ms"`
	JitterP50MS  float64 `db:"jitter_p50_ms" json:"jitter_p50_ms"` // of what the agent heard
	JitterP95MS  float64 `db:"jitter_p95_ms" json:"jitter_p95_ms"`
	LossPct      float64 `db:"loss_pct" json:"loss_pct"`
	ConcealedPct float64 `db:"concealed_pct" json:"concealed_pct"`

	AgentLossPct   float64 `db:"agent_loss_pct" json:"agent_loss_pct"` // of what came from the agent's browser
	AgentJitterMS  float64 `db:"agent_jitter_ms" json:"agent_jitter_ms"`
	CallerLossPct  float64 `db:"caller_loss_pct" json:"caller_loss_pct"` // of what came from Asterisk
	CallerJitterMS float64 `db:"caller_jitter_ms" json:"caller_jitter_ms"`
}
