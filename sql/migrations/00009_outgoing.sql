-- Calls that agents make themselves.

-- +goose Up
CREATE TABLE outgoing_call (
    call_id       uuid PRIMARY KEY,
    call_day      date NOT NULL,
    agent         text NOT NULL,
    number        text NOT NULL,       -- E.164
    caller_key    text,                -- of whoever calls from that number
    dialed_at     timestamptz NOT NULL,
    answered_at   timestamptz,
    joined_at     timestamptz,         -- the two heard each other
    ended_at      timestamptz,
    how           text,                -- talked, busy, no_answer, declined, invalid, failed, given_up, cancelled, abandoned
    why           text,
    talk_s        float8,
    talk_ended_by text,                -- caller: whom she called; agent, system
    CHECK ((how IS NULL) = (ended_at IS NULL))
);
CREATE INDEX outgoing_call_by ON outgoing_call (agent, dialed_at);
CREATE INDEX outgoing_call_dialed ON outgoing_call (dialed_at);

-- One row per call that an agent made. It is in no other view: nobody waited,
-- so it is no visit, no offered call and no callback.
CREATE VIEW report.outgoing AS
SELECT call_id, agent, number, caller_key, dialed_at, answered_at, joined_at, ended_at, how, why, talk_s, talk_ended_by
FROM outgoing_call;

-- +goose Down
DROP VIEW report.outgoing;
DROP TABLE outgoing_call;
