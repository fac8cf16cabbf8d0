-- Supervisors who listen to talks.

-- +goose Up
CREATE TABLE listening (
    call_id      uuid NOT NULL,
    seq          int NOT NULL,      -- of the fact with which it began
    call_day     date NOT NULL,
    listening_id text NOT NULL,
    agent        text NOT NULL,     -- who talks
    by_user      text NOT NULL,     -- who listens
    hidden       boolean NOT NULL,  -- the agent was not told, while it was only listened to
    started_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    mode         text NOT NULL,     -- listen, whisper, join: the last
    why          text,              -- it has ended
    listen_s     float8,            -- in each mode
    whisper_s    float8,
    join_s       float8,
    PRIMARY KEY (call_id, seq)
);
CREATE INDEX listening_open ON listening (call_id) WHERE ended_at IS NULL;
CREATE INDEX listening_started ON listening (started_at);

-- One row per time that a supervisor listened to a talk. whisper_s and join_s are the
-- seconds in which the agent alone, or all, heard the supervisor; total_s has all.
CREATE VIEW report.listening AS
SELECT l.call_id, l.agent, l.by_user AS by, t.queue, t.joined_at, l.hidden, l.started_at, l.ended_at, l.mode, l.why,
       l.listen_s, l.whisper_s, l.join_s, l.listen_s + l.whisper_s + l.join_s AS total_s
FROM listening l
LEFT JOIN LATERAL (SELECT k.queue, k.joined_at FROM talk k WHERE k.call_id = l.call_id AND k.agent = l.agent AND k.seq < l.seq
                   ORDER BY k.seq DESC LIMIT 1) t ON true;

-- +goose Down
DROP VIEW report.listening;
DROP TABLE listening;
