-- How talks were heard, as the pages and the media process measured.

-- +goose Up
CREATE TABLE talk_quality (
    shift_id         uuid NOT NULL,
    seq              int NOT NULL,
    call_id          uuid NOT NULL,
    agent            text NOT NULL,
    joined_at        timestamptz NOT NULL,
    measured_s       float8 NOT NULL,
    bad_s            float8 NOT NULL,     -- of it, with a mean opinion score below 3.6
    mos_min          float8 NOT NULL,
    rtt_p50_ms       float8 NOT NULL,     -- between browser and media process
    rtt_p95_ms       float8 NOT NULL,
    jitter_p50_ms    float8 NOT NULL,     -- of what the agent hears
    jitter_p95_ms    float8 NOT NULL,
    loss_pct         float8 NOT NULL,     -- the same
    concealed_pct    float8 NOT NULL,     -- the same
    agent_loss_pct   float8 NOT NULL,     -- of what comes from the agent's browser
    agent_jitter_ms  float8 NOT NULL,
    caller_loss_pct  float8 NOT NULL,     -- of what comes from Asterisk
    caller_jitter_ms float8 NOT NULL,
    PRIMARY KEY (shift_id, seq)
);
CREATE INDEX talk_quality_call ON talk_quality (call_id);
CREATE INDEX talk_quality_joined ON talk_quality (joined_at, agent);

-- One row for each talk that was measured. A talk whose page or controller was
-- replaced was measured in parts: the worst value of these, or their mean by length.
CREATE VIEW report.talk_quality AS
SELECT call_id, agent, joined_at AS started_at, sum(measured_s) AS measured_s, sum(bad_s) AS bad_s, min(mos_min) AS mos_min,
       sum(rtt_p50_ms * measured_s) / sum(measured_s) AS rtt_p50_ms, max(rtt_p95_ms) AS rtt_p95_ms,
       sum(jitter_p50_ms * measured_s) / sum(measured_s) AS jitter_p50_ms, max(jitter_p95_ms) AS jitter_p95_ms,
       sum(loss_pct * measured_s) / sum(measured_s) AS loss_pct, sum(concealed_pct * measured_s) / sum(measured_s) AS concealed_pct,
       sum(agent_loss_pct * measured_s) / sum(measured_s) AS agent_loss_pct, max(agent_jitter_ms) AS agent_jitter_ms,
       sum(caller_loss_pct * measured_s) / sum(measured_s) AS caller_loss_pct, max(caller_jitter_ms) AS caller_jitter_ms
FROM talk_quality WHERE measured_s > 0 GROUP BY call_id, agent, joined_at;

-- +goose Down
DROP VIEW report.talk_quality;
DROP TABLE talk_quality;
