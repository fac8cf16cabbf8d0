-- What the facts amount to: one row per call, visit, offer and stretch of an
-- agent's day. All of it can be rebuilt from call_event.

-- +goose Up

-- The claimed number as it is compared: digits and +; NULL when withheld.
-- +goose StatementBegin
CREATE FUNCTION caller_number(claimed text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT CASE
        WHEN lower(claimed) IN ('', 'anonymous', 'private', 'restricted', 'unavailable', 'unknown', 'withheld') THEN NULL
        WHEN claimed ~ '^[-+0-9 ()./]*$' THEN nullif(regexp_replace(regexp_replace(claimed, '[^+0-9]', '', 'g'), '^00', '+'), '')
        ELSE claimed
    END
$$;
-- +goose StatementEnd

-- HMAC-SHA-256 of the number, the first 32 hex digits. ipad and opad are the
-- key, as RFC 2104 section 2 combines it; the key itself never comes here.
-- +goose StatementBegin
CREATE FUNCTION caller_key(ipad bytea, opad bytea, claimed text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT left(encode(sha256(opad || sha256(ipad || convert_to(caller_number(claimed), 'UTF8'))), 'hex'), 32)
$$;
-- +goose StatementEnd

CREATE DOMAIN visit_outcome AS text CHECK (VALUE IN (
    'answered', 'abandoned_queue', 'abandoned_ringing', 'abandoned_at_answer', 'callback_accepted', 'exit_key',
    'overflow', 'timeout_exit', 'transferred_out', 'no_agents', 'closed', 'withdrawn', 'system_failure'));

CREATE DOMAIN call_outcome AS text CHECK (VALUE IN (
    'abandoned_ivr', 'ivr_contained',
    'answered', 'abandoned_queue', 'abandoned_ringing', 'abandoned_at_answer', 'callback_accepted', 'exit_key',
    'overflow', 'timeout_exit', 'transferred_out', 'no_agents', 'closed', 'withdrawn', 'system_failure'));

CREATE TABLE call_fact (
    call_id       uuid PRIMARY KEY,
    call_day      date NOT NULL,
    switch        text,             -- the Asterisk that has it
    channel       text,
    dialed        text,
    caller_number text,             -- as claimed
    caller_name   text,             -- as claimed
    caller_key    text,
    again         boolean NOT NULL, -- came back from the fallback
    started_at    timestamptz NOT NULL,
    answered_at   timestamptz,      -- when we picked up
    ended_at      timestamptz,
    outcome       call_outcome,
    node          text,             -- the menu where an abandoned_ivr happened
    side          text,
    cause         int,              -- Q.850
    cause_text    text,
    estimated     boolean NOT NULL DEFAULT false,
    CHECK ((outcome IS NULL) = (ended_at IS NULL))
);
CREATE INDEX call_fact_started ON call_fact (started_at);
CREATE INDEX call_fact_caller ON call_fact (caller_key, started_at);

CREATE TABLE queue_visit (
    visit_id          text PRIMARY KEY,
    call_id           uuid NOT NULL,
    call_day          date NOT NULL,
    queue             text NOT NULL,
    kind              text NOT NULL,
    origin            text,
    entered_at        timestamptz NOT NULL,
    order_key         timestamptz,
    position_at_entry int,
    told_low_s        float8,
    told_high_s       float8,
    outcome           visit_outcome,
    ended_at          timestamptz,      -- when answered: when both heard each other
    queue_s           float8,           -- ringing included
    ring_s            float8,
    agent             text,
    talk_s            float8,
    talk_ended_by     text,
    caller_key        text,
    CHECK ((outcome IS NULL) = (ended_at IS NULL))
);
CREATE INDEX queue_visit_entered ON queue_visit (queue, entered_at);
CREATE INDEX queue_visit_time ON queue_visit (entered_at);
CREATE INDEX queue_visit_call ON queue_visit (call_id);
CREATE INDEX queue_visit_caller ON queue_visit (caller_key, entered_at);
CREATE INDEX queue_visit_open ON queue_visit (queue) WHERE ended_at IS NULL;

CREATE TABLE offer_fact (
    offer_id   text PRIMARY KEY,
    visit_id   text NOT NULL,
    call_id    uuid NOT NULL,
    call_day   date NOT NULL,
    agent      text NOT NULL,
    waited_s   float8,
    started_at timestamptz NOT NULL,
    ended_at   timestamptz,
    how        text,                -- accepted, declined, no_answer, cancelled
    why        text,
    ring_s     float8,
    joined_at  timestamptz,
    leg        text
);
CREATE INDEX offer_fact_visit ON offer_fact (visit_id);
CREATE INDEX offer_fact_agent ON offer_fact (agent, started_at);

CREATE TABLE agent_span (
    shift_id uuid NOT NULL,
    seq      int  NOT NULL,
    agent    text NOT NULL,
    presence text NOT NULL,
    reason   text,
    state    text NOT NULL,
    call_id  uuid,
    from_at  timestamptz NOT NULL,
    until_at timestamptz,           -- NULL: still so
    PRIMARY KEY (shift_id, seq)
);
CREATE INDEX agent_span_agent ON agent_span (agent, from_at);
CREATE INDEX agent_span_open ON agent_span (agent) WHERE until_at IS NULL;

-- +goose Down
DROP TABLE agent_span, offer_fact, queue_visit, call_fact;
DROP DOMAIN call_outcome;
DROP DOMAIN visit_outcome;
DROP FUNCTION caller_key;
DROP FUNCTION caller_number;
