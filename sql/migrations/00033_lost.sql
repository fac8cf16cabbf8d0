-- Callers who gave up and did not come back: whether an agent called them, and what is
-- to be said to one who is called back.

-- +goose Up
CREATE INDEX outgoing_call_caller ON outgoing_call (caller_key, dialed_at) WHERE joined_at IS NOT NULL;

-- When a caller in line was first offered a callback; known of those who came after
-- this step, and of all after a rebuild.
ALTER TABLE queue_visit ADD offered_at timestamptz;

-- The note of whoever put a caller in the line as a callback. It is no fact, since it
-- is about a person: it is deleted with what else is kept about one.
CREATE TABLE callback_note (
    callback_id uuid PRIMARY KEY,
    note        text NOT NULL,
    written_by  text NOT NULL,
    written_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- +goose Down
DROP TABLE callback_note;
ALTER TABLE queue_visit DROP offered_at;
DROP INDEX outgoing_call_caller;
