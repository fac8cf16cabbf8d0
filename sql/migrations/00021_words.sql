-- What agents write beside a talk. The code of what it was about is a fact; their
-- words are in no fact, and can be erased: talk_note and message_text are no
-- projections, and whose they are is told by the visit and the message.

-- +goose Up
CREATE TABLE disposition (
    visit_id    text NOT NULL,
    agent       text NOT NULL,
    call_id     uuid NOT NULL,
    queue       text NOT NULL,
    code        text,                 -- of the queue's codes, or none_given; NULL: a note only
    note_length int NOT NULL,
    at          timestamptz NOT NULL, -- when it was last said
    PRIMARY KEY (visit_id, agent)
);

CREATE TABLE talk_note (
    visit_id   text NOT NULL,
    agent      text NOT NULL,
    note       text NOT NULL,
    written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (visit_id, agent)
);

-- A complaint that an agent has taken down is a task like a message.
ALTER TABLE message ADD kind text NOT NULL DEFAULT 'voice', -- voice, complaint
                    ADD visit_id text,                      -- of a complaint
                    ADD agent text;                         -- who took it down
CREATE INDEX message_caller ON message (caller_key, left_at);

CREATE TABLE message_text (
    message_id text PRIMARY KEY,
    text       text NOT NULL,
    written_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX callback_fact_caller ON callback_fact (caller_key) WHERE ended_at IS NULL;

-- One row per talk of which an agent has said what it was about.
CREATE VIEW report.disposition AS
SELECT d.visit_id, d.call_id, d.queue, d.agent, coalesce(d.code, 'none') AS code, d.note_length, d.at, v.entered_at, v.talk_s
FROM disposition d LEFT JOIN queue_visit v USING (visit_id);

CREATE OR REPLACE VIEW report.message AS
SELECT m.message_id, m.call_id, m.queue, m.node, m.caller_number, m.caller_key, m.left_at, m.due_at, m.seconds,
       CASE WHEN t.done_at IS NOT NULL THEN 'done' WHEN t.taken_at IS NOT NULL THEN 'taken' ELSE 'open' END AS state,
       t.taken_by, t.taken_at, t.done_by, t.done_at, t.how,
       extract(epoch FROM coalesce(t.done_at, now()) - m.left_at)::float8 AS age_s,
       coalesce(t.done_at, now()) > m.due_at AS overdue, m.kind, m.agent
FROM message m LEFT JOIN message_task t USING (message_id);

-- +goose Down
DROP VIEW report.message;
CREATE VIEW report.message AS
SELECT m.message_id, m.call_id, m.queue, m.node, m.caller_number, m.caller_key, m.left_at, m.due_at, m.seconds,
       CASE WHEN t.done_at IS NOT NULL THEN 'done' WHEN t.taken_at IS NOT NULL THEN 'taken' ELSE 'open' END AS state,
       t.taken_by, t.taken_at, t.done_by, t.done_at, t.how,
       extract(epoch FROM coalesce(t.done_at, now()) - m.left_at)::float8 AS age_s,
       coalesce(t.done_at, now()) > m.due_at AS overdue
FROM message m LEFT JOIN message_task t USING (message_id);
DROP VIEW report.disposition;
DROP INDEX callback_fact_caller;
DROP TABLE message_text;
DROP INDEX message_caller;
ALTER TABLE message DROP kind, DROP visit_id, DROP agent;
DROP TABLE talk_note, disposition;
