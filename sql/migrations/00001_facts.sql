-- The facts of all calls and shifts, as the journal holds them, and where
-- shipping stands. Every other table of calls is computed from call_event.

-- +goose Up
CREATE TABLE call_event (
    call_day    date        NOT NULL, -- UTC day on which the call (or shift) began: a call over midnight stays whole
    call_id     uuid        NOT NULL, -- or the shift's id
    seq         int         NOT NULL, -- 1, 2, 3… within the call
    at          timestamptz NOT NULL, -- when it was decided
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    type        text        NOT NULL, -- call.started, queue.entered…
    visit_id    text,
    agent       text,
    queue       text,
    data        jsonb       NOT NULL,
    PRIMARY KEY (call_day, call_id, seq)
) PARTITION BY RANGE (call_day);

-- Takes what no month's partition takes: nothing is ever refused for its date.
CREATE TABLE call_event_other PARTITION OF call_event DEFAULT;

CREATE INDEX call_event_at ON call_event USING brin (at) WITH (autosummarize = on);
CREATE INDEX call_event_call ON call_event (call_id);

-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'facts are never changed; a correction is a new fact';
END $$;
-- +goose StatementEnd

CREATE TRIGGER call_event_is_final BEFORE UPDATE OR DELETE ON call_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- How far each journal has been shipped; written in the transaction of the facts.
CREATE TABLE journal_offset (
    journal    text PRIMARY KEY,
    position   text NOT NULL, -- segment:byte
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Facts that Postgres refuses, put aside so that the others go on.
CREATE TABLE call_event_rejected (
    entry       text PRIMARY KEY, -- as the journal holds it, JSON
    reason      text NOT NULL,
    rejected_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- +goose Down
DROP TABLE call_event_rejected, journal_offset, call_event;
DROP FUNCTION refuse_change;
