-- Recordings, to be found and heard.

-- +goose Up

-- One row for each leg that was recorded, or that was not, and why. The number of the
-- other side is not here: it stands in the row of the call.
CREATE TABLE recording (
    recording_id text PRIMARY KEY,     -- of the leg, too
    call_id      uuid NOT NULL,        -- or callback, or outgoing call
    call_day     date NOT NULL,
    seq          int NOT NULL,         -- of the fact with which it began, or that there is none
    visit_id     text,
    agent        text NOT NULL,
    queue        text,
    caller_key   text,
    joined_at    timestamptz NOT NULL, -- the talk
    left_at      timestamptz,
    started_at   timestamptz,          -- the recording; NULL: there is none
    stopped_at   timestamptz,
    state        text NOT NULL,        -- on, stopped (not yet in the archive), kept, absent
    why          text,                 -- of stopped and absent
    outcome      text,                 -- of the call
    length_s     float8,               -- of what is kept; until then of the talk
    holes_s      float8,
    format       text,
    bytes        bigint,
    sha256       text,                 -- of the plain file
    key          text,                 -- fingerprint of the recipient
    notice       text,                 -- what the caller was told before: a prompt
    consent      text,                 -- stayed, key, refused: the last before
    keep_until   timestamptz,          -- NULL: as long as the house keeps recordings by default
    CHECK (state IN ('on', 'stopped', 'kept', 'absent'))
);
CREATE INDEX recording_call ON recording (call_id);
CREATE INDEX recording_visit ON recording (visit_id, agent);
CREATE INDEX recording_day ON recording (call_day);
CREATE INDEX recording_joined ON recording (joined_at, recording_id) WHERE state <> 'absent';
CREATE INDEX recording_queue ON recording (queue, joined_at) WHERE state <> 'absent';
CREATE INDEX recording_agent ON recording (agent, joined_at) WHERE state <> 'absent';
CREATE INDEX recording_caller ON recording (caller_key, joined_at) WHERE state <> 'absent';
CREATE INDEX recording_outcome ON recording (outcome, joined_at) WHERE state <> 'absent';
CREATE INDEX recording_length ON recording (length_s) WHERE state <> 'absent';
CREATE INDEX recording_absent ON recording (joined_at, recording_id) WHERE state = 'absent';

-- What people write at a second of a recording.
CREATE TABLE recording_comment (
    comment_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recording_id text NOT NULL,
    at_s         float8 NOT NULL,
    text         text NOT NULL,
    by_user      text NOT NULL,
    written_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX recording_comment_of ON recording_comment (recording_id);

-- Who has played or downloaded a recording. The audit has it too, and which seconds.
CREATE TABLE recording_play (
    play_id      text PRIMARY KEY,
    recording_id text NOT NULL,
    by_user      text NOT NULL,
    kind         text NOT NULL,        -- play, download
    why          text,                 -- of a download
    began_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    heard_s      float8 NOT NULL DEFAULT 0
);
CREATE INDEX recording_play_of ON recording_play (recording_id);

-- By what recordings are found that others have written.
CREATE INDEX disposition_code ON disposition (code, at);
CREATE INDEX talk_note_words ON talk_note USING gin (to_tsvector('simple', note));
CREATE INDEX caller_name ON caller USING gin (name gin_trgm_ops);
CREATE INDEX caller_edit_name ON caller_edit USING gin (name gin_trgm_ops);

-- One row per talk of an agent: its recording, or why there is none.
CREATE VIEW report.recording AS
SELECT r.recording_id, r.call_id, r.visit_id, r.agent, r.queue, r.caller_key, r.joined_at, r.left_at, r.started_at, r.stopped_at,
       r.state, r.why, r.outcome, d.code, r.length_s, r.holes_s, r.format, r.bytes, r.notice, r.consent, r.keep_until
FROM recording r LEFT JOIN disposition d ON d.visit_id = r.visit_id AND d.agent = r.agent;

-- +goose Down
DROP VIEW report.recording;
DROP INDEX caller_edit_name;
DROP INDEX caller_name;
DROP INDEX talk_note_words;
DROP INDEX disposition_code;
DROP TABLE recording_play;
DROP TABLE recording_comment;
DROP TABLE recording;
