package call

import "time"

// TalkQuality: how a talk was heard, as far as it was measured. It is in the stream
// of the agent's shift, since what was measured last is known when the call may be over.
// A talk whose page or controller was replaced has several. Of each series, P50 is
// the median of stretches of 5 s, and P95 what 95 in 100 of them are not above.
type TalkQuality struct {
	Agent    AgentID   `json:"agent"`
	Call     ID        `json:"call"`
	Joined   time.Time `json:"joined"`     // the talk began
	Measured float64   `json:"measured_s"` // so much of it was measured…
	Bad      float64   `json:"bad_s"`      // …in so much of which a mean opinion score was below 3.6
	MOS      float64   `json:"mos_min"`    // the lowest, of the worse way

	// As her browser has it. Loss and concealment are of the caller's voice.
	Trip50    float64 `json:"rtt_p50_ms"` // there and back, between browser and media process
	Trip95    float64 `json:"rtt_p95_ms"`
	Jitter50  float64 `json:"jitter_p50_ms"`
	Jitter95  float64 `json:"jitter_p95_ms"`
	Lost      float64 `json:"loss_pct"`
	Concealed float64 `json:"concealed_pct"`

	// As the media process counted, of what came from her browser and from Asterisk.
	AgentLost    float64 `json:"agent_loss_pct"`
	AgentJitter  float64 `json:"agent_jitter_ms"`
	CallerLost   float64 `json:"caller_loss_pct"`
	CallerJitter float64 `json:"caller_jitter_ms"`
}

func (TalkQuality) Kind() string { return "talk.quality" }

var _ = registerFact(TalkQuality{}, detail)
