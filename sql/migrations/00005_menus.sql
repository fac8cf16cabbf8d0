-- Who calls, the messages they leave, and the flows that were served.
--
-- caller and message are projections and can be rebuilt. What people decided
-- about them is kept beside, in caller_edit and message_task, and no rebuild
-- touches it; report.caller and report.message show both as one.

-- +goose Up
CREATE TABLE caller (
    caller_key   text PRIMARY KEY,
    number       text NOT NULL,        -- as claimed, in the form in which numbers are compared
    name         text,                 -- as last claimed
    name_at      timestamptz,
    language     text,                 -- as last chosen by key
    language_at  timestamptz,
    last_agent   text,                 -- who last talked with the caller
    agent_at     timestamptz,
    last_outcome call_outcome,         -- of the last call that ended, or callback
    last_call_at timestamptz,          -- when that was
    seen_at      timestamptz NOT NULL  -- last fact taken in here
);
CREATE INDEX caller_seen ON caller (seen_at);

CREATE TABLE caller_edit (
    caller_key text PRIMARY KEY,
    name       text NOT NULL,          -- empty: as claimed
    language   text NOT NULL,          -- empty: as chosen by key
    vip        boolean NOT NULL,
    note       text NOT NULL,
    edited_by  text NOT NULL,
    edited_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE VIEW report.caller AS
SELECT c.caller_key, c.number,
       coalesce(nullif(e.name, ''), c.name, '') AS name,
       coalesce(CASE WHEN e.language <> '' AND (c.language_at IS NULL OR c.language_at <= e.edited_at)
                     THEN e.language ELSE c.language END, '') AS language,
       coalesce(e.vip, false) AS vip, coalesce(e.note, '') AS note,
       c.last_agent, c.last_call_at, c.last_outcome::text AS last_outcome,
       greatest(c.seen_at, e.edited_at) AS updated_at
FROM caller c LEFT JOIN caller_edit e USING (caller_key);

CREATE TABLE message (
    message_id    text PRIMARY KEY,    -- the recording's id
    call_id       uuid NOT NULL,
    call_day      date NOT NULL,
    node          text,                -- the mailbox
    queue         text NOT NULL,       -- whose people answer
    caller_number text,                -- as claimed
    caller_key    text,
    left_at       timestamptz NOT NULL,
    due_at        timestamptz NOT NULL,
    seconds       float8 NOT NULL
);
CREATE INDEX message_left ON message (left_at);

CREATE TABLE message_task (
    message_id text PRIMARY KEY,
    taken_by   text,
    taken_at   timestamptz,
    done_by    text,
    done_at    timestamptz,
    how        text CHECK (how IN ('called_back', 'no_answer', 'written', 'nothing_to_do', 'spam')),
    CHECK ((taken_by IS NULL) = (taken_at IS NULL)),
    CHECK ((done_by IS NULL) = (done_at IS NULL) AND (done_by IS NULL) = (how IS NULL))
);

-- One row per message. age_s ends when it is done.
CREATE VIEW report.message AS
SELECT m.message_id, m.call_id, m.queue, m.node, m.caller_number, m.caller_key, m.left_at, m.due_at, m.seconds,
       CASE WHEN t.done_at IS NOT NULL THEN 'done' WHEN t.taken_at IS NOT NULL THEN 'taken' ELSE 'open' END AS state,
       t.taken_by, t.taken_at, t.done_by, t.done_at, t.how,
       extract(epoch FROM coalesce(t.done_at, now()) - m.left_at)::float8 AS age_s,
       coalesce(t.done_at, now()) > m.due_at AS overdue
FROM message m LEFT JOIN message_task t USING (message_id);

-- One row each time a flow began to be served; the newest one is served now.
CREATE TABLE flow_version (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version      text NOT NULL,        -- hash of the content, as ivr.node_entered has it
    published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    published_by text NOT NULL,
    text         text NOT NULL
);
CREATE INDEX flow_version_version ON flow_version (version);

-- +goose Down
DROP VIEW report.message, report.caller;
DROP TABLE flow_version, message_task, message, caller_edit, caller;
