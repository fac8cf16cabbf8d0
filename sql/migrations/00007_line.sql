-- Callbacks, what callers were told about their wait, and how true it was.

-- +goose Up
ALTER TABLE queue_visit
    ADD callback_id uuid,              -- that the caller was promised instead of waiting on
    ADD told_at     timestamptz,       -- when the first range was said: told_low_s and told_high_s count from then
    ADD told_p50_s  float8,            -- what was behind the range
    ADD told_p90_s  float8;
CREATE INDEX queue_visit_promised ON queue_visit (callback_id) WHERE callback_id IS NOT NULL;
CREATE INDEX agent_span_call ON agent_span (call_id) WHERE call_id IS NOT NULL;
CREATE INDEX agent_span_until ON agent_span (agent, until_at); -- what was before a span: report.queue_log

-- One row per promise to call somebody back. Its visits to the queue are in
-- queue_visit, with call_id = callback_id; the visits that it was promised to
-- have callback_id.
CREATE TABLE callback_fact (
    callback_id      uuid PRIMARY KEY,
    call_day         date NOT NULL,
    call_id          uuid,             -- the call in which it was asked for
    queue            text NOT NULL,
    number           text NOT NULL,    -- E.164
    name             text,             -- as claimed
    caller_key       text,
    source           text,             -- claimed, typed
    booked_at        timestamptz NOT NULL,
    order_key        timestamptz,      -- the place kept
    waits_since      timestamptz,      -- entered the line, as a caller
    promised_from    timestamptz,
    promised_until   timestamptz,
    due_at           timestamptz,      -- not before
    expires_at       timestamptz,
    state            text NOT NULL,    -- waiting, parked, dialing, reached, talking, ended
    state_seq        int NOT NULL,
    attempts         int NOT NULL DEFAULT 0, -- calls made to the person
    first_attempt_at timestamptz,
    reached_at       timestamptz,      -- a person took the call
    connected_at     timestamptz,      -- the person and an agent heard each other
    agent            text,
    ended_at         timestamptz,
    how              text,             -- completed, exhausted, expired, cancelled, superseded; failed: of ours
    ended_by         text,             -- who cancelled; the call that superseded
    CHECK ((how IS NULL) = (ended_at IS NULL))
);
CREATE INDEX callback_fact_booked ON callback_fact (booked_at);
CREATE INDEX callback_fact_open ON callback_fact (queue) WHERE ended_at IS NULL;

-- One row per call made to such a person.
CREATE TABLE callback_attempt (
    dial_id      text PRIMARY KEY,
    callback_id  uuid NOT NULL,
    call_day     date NOT NULL,
    visit_id     text NOT NULL,
    attempt      int,
    agent        text,                 -- NULL: the customer was called first
    dialed_at    timestamptz NOT NULL,
    reached_at   timestamptz,
    reached      text,                 -- person, machine
    confirmed_at timestamptz,          -- called first, the customer pressed 1
    ended_at     timestamptz,
    how          text,                 -- connected, busy, no_answer, machine, declined, invalid, cancelled, abandoned, failed
    why          text,
    counts       boolean               -- one of those that the person is owed
);
CREATE INDEX callback_attempt_of ON callback_attempt (callback_id);

-- What each model expected when a caller began to wait; seconds, 0: no ground.
CREATE TABLE ewt_shadow (
    visit_id    text PRIMARY KEY,
    call_id     uuid NOT NULL,
    call_day    date NOT NULL,
    queue       text NOT NULL,
    at          timestamptz NOT NULL,
    ahead       int,
    qlm_s       float8,
    p50_s       float8,
    p80_s       float8,
    p90_s       float8,
    les_s       float8,
    avgc_les_s  float8,
    asterisk_s  float8,
    agents      float8,
    handle_s    float8,
    patience_s  float8,
    calibration float8
);

CREATE OR REPLACE VIEW report.visit AS
SELECT visit_id, call_id, queue, kind, entered_at, ended_at, outcome::text AS outcome, queue_s, ring_s, agent,
       caller_key, position_at_entry, told_low_s, told_high_s, told_at, callback_id, origin, order_key
FROM queue_visit;

-- One row per callback. kept: the first call was made before the end of the
-- window promised; on_time: and the person talked with an agent before it. Both
-- are NULL while it can still become so. asked: how many visits it was promised
-- to, for a person has one open callback per queue.
CREATE VIEW report.callback AS
SELECT c.callback_id, c.call_id, c.queue, c.number, c.name, c.caller_key, c.source, c.booked_at, c.waits_since,
       c.promised_from, c.promised_until, c.due_at, c.expires_at, c.state, c.attempts, c.first_attempt_at, c.reached_at,
       c.connected_at, c.agent, c.ended_at, c.how, c.ended_by,
       CASE WHEN c.first_attempt_at IS NOT NULL THEN c.first_attempt_at <= c.promised_until
            WHEN c.how IN ('cancelled', 'superseded') THEN NULL
            WHEN c.ended_at IS NOT NULL OR now() > c.promised_until THEN false END AS kept,
       CASE WHEN c.connected_at IS NOT NULL THEN c.connected_at <= c.promised_until
            WHEN c.how IN ('cancelled', 'superseded') THEN NULL
            WHEN c.ended_at IS NOT NULL OR now() > c.promised_until THEN false END AS on_time,
       f.asked, f.visit_id AS from_visit, v.visits
FROM callback_fact c
CROSS JOIN LATERAL (SELECT count(*) AS asked, (array_agg(q.visit_id ORDER BY q.ended_at, q.visit_id))[1] AS visit_id
                    FROM queue_visit q WHERE q.callback_id = c.callback_id) f
CROSS JOIN LATERAL (SELECT array_agg(q.visit_id ORDER BY q.entered_at, q.visit_id) AS visits
                    FROM queue_visit q WHERE q.call_id = c.callback_id) v;

-- As before, of callers on the phone only: a callback is no caller of its own,
-- it stays callback_accepted, and the last three columns tell what came of it.
-- They count once for each caller who was promised it.
CREATE OR REPLACE VIEW report.abandonment AS
SELECT v.queue,
       to_timestamp(floor(extract(epoch FROM entered_at) / 900) * 900) AS bucket,
       count(*) AS offered,
       count(*) FILTER (WHERE outcome = 'answered') AS answered,
       count(*) FILTER (WHERE outcome LIKE 'abandoned%') AS abandoned,
       count(*) FILTER (WHERE outcome = 'abandoned_queue') AS abandoned_queue,
       count(*) FILTER (WHERE outcome = 'abandoned_ringing') AS abandoned_ringing,
       count(*) FILTER (WHERE outcome = 'abandoned_at_answer') AS abandoned_at_answer,
       count(*) FILTER (WHERE outcome = 'callback_accepted') AS callback_accepted,
       count(*) FILTER (WHERE outcome = 'exit_key') AS exit_key,
       count(*) FILTER (WHERE outcome = 'overflow') AS overflow,
       count(*) FILTER (WHERE outcome = 'timeout_exit') AS timeout_exit,
       count(*) FILTER (WHERE outcome = 'transferred_out') AS transferred_out,
       count(*) FILTER (WHERE outcome = 'no_agents') AS no_agents,
       count(*) FILTER (WHERE outcome = 'closed') AS closed,
       count(*) FILTER (WHERE outcome = 'withdrawn') AS withdrawn,
       count(*) FILTER (WHERE outcome = 'system_failure') AS system_failure,
       count(*) FILTER (WHERE outcome IS NULL) AS open,
       count(*) FILTER (WHERE outcome = 'answered' AND queue_s <= 20) AS answered_20s,
       count(*) FILTER (WHERE outcome LIKE 'abandoned%' AND queue_s <= 5) AS abandoned_5s,
       coalesce(sum(queue_s) FILTER (WHERE outcome = 'answered'), 0) AS answered_wait_s,
       coalesce(sum(queue_s) FILTER (WHERE outcome LIKE 'abandoned%'), 0) AS abandoned_wait_s,
       max(queue_s) AS longest_wait_s,
       count(*) FILTER (WHERE c.first_attempt_at <= c.promised_until) AS callback_kept,
       count(*) FILTER (WHERE c.how = 'completed') AS callback_completed,
       count(*) FILTER (WHERE c.how IN ('exhausted', 'expired', 'failed')) AS callback_missed
FROM queue_visit v LEFT JOIN callback_fact c USING (callback_id)
WHERE v.kind = 'live'
GROUP BY 1, 2;

-- One row per visit that was told a range, or of which an estimate is known.
-- after_s is how long the caller waited on after being told, error_s by how
-- much that was more than the median behind the range. within: NULL when it
-- cannot be known, for the caller left before or no upper bound was said.
CREATE VIEW report.wait_estimate AS
SELECT visit_id, v.call_id, v.queue, v.entered_at, v.outcome::text AS outcome, v.queue_s,
       v.told_at, v.told_low_s, v.told_high_s, v.told_p50_s, v.told_p90_s, a.after_s, a.after_s - v.told_p50_s AS error_s,
       CASE WHEN coalesce(v.told_high_s, 0) = 0 THEN NULL
            WHEN a.after_s > v.told_high_s THEN false
            WHEN v.outcome = 'answered' THEN true END AS within,
       s.ahead, s.qlm_s, s.p50_s, s.p80_s, s.p90_s, s.les_s, s.avgc_les_s, s.asterisk_s,
       s.agents, s.handle_s, s.patience_s, s.calibration
FROM queue_visit v LEFT JOIN ewt_shadow s USING (visit_id)
CROSS JOIN LATERAL (SELECT extract(epoch FROM v.ended_at - v.told_at)::float8 AS after_s) a
WHERE v.kind = 'live' AND (v.told_at IS NOT NULL OR s.visit_id IS NOT NULL);

-- What Asterisk's own queues would have written, for tools that read queue_log.
-- A wait that we ended without an agent and that Asterisk has no word for is a
-- WITHDRAW with the outcome as data4. A callback has its own callid.
CREATE VIEW report.queue_log AS
SELECT entered_at AS time, call_id::text AS callid, queue AS queuename, 'NONE' AS agent, 'ENTERQUEUE' AS event,
       '' AS data1, coalesce((SELECT caller_number FROM call_fact c WHERE c.call_id = v.call_id),
                             (SELECT number FROM callback_fact c WHERE c.callback_id = v.call_id), '') AS data2,
       coalesce(position_at_entry, 1)::text AS data3, '' AS data4, '' AS data5
FROM queue_visit v
UNION ALL
SELECT o.ended_at, o.call_id::text, v.queue, o.agent,
       CASE WHEN o.how = 'cancelled' THEN 'RINGCANCELED' ELSE 'RINGNOANSWER' END,
       round(coalesce(o.ring_s, 0) * 1000)::bigint::text, '', '', '', ''
FROM offer_fact o JOIN queue_visit v USING (visit_id) WHERE o.how IN ('no_answer', 'declined', 'cancelled')
UNION ALL
SELECT ended_at, call_id::text, queue, coalesce(agent, 'NONE'), 'CONNECT', round(queue_s)::bigint::text,
       coalesce((SELECT o.leg FROM offer_fact o WHERE o.visit_id = v.visit_id AND o.joined_at IS NOT NULL LIMIT 1), ''),
       round(coalesce((SELECT o.ring_s FROM offer_fact o WHERE o.visit_id = v.visit_id AND o.joined_at IS NOT NULL LIMIT 1), 0))::bigint::text, '', ''
FROM queue_visit v WHERE outcome = 'answered'
UNION ALL
SELECT ended_at + talk_s * interval '1 second', call_id::text, queue, coalesce(agent, 'NONE'),
       CASE WHEN talk_ended_by = 'caller' THEN 'COMPLETECALLER' ELSE 'COMPLETEAGENT' END,
       round(queue_s)::bigint::text, round(talk_s)::bigint::text, coalesce(position_at_entry, 1)::text, '', ''
FROM queue_visit WHERE outcome = 'answered' AND talk_s IS NOT NULL
UNION ALL
SELECT ended_at, call_id::text, queue,
       CASE WHEN outcome = 'abandoned_at_answer' THEN coalesce((SELECT o.agent FROM offer_fact o
            WHERE o.visit_id = v.visit_id AND o.how = 'accepted' ORDER BY o.started_at DESC LIMIT 1), 'NONE') ELSE 'NONE' END,
       CASE WHEN outcome LIKE 'abandoned%' THEN 'ABANDON'
            WHEN outcome IN ('overflow', 'timeout_exit') THEN 'EXITWITHTIMEOUT'
            WHEN outcome IN ('no_agents', 'closed') THEN 'EXITEMPTY' ELSE 'WITHDRAW' END,
       coalesce(position_at_entry, 1)::text, coalesce(position_at_entry, 1)::text, round(queue_s)::bigint::text,
       CASE WHEN outcome IN ('transferred_out', 'withdrawn', 'system_failure') THEN outcome::text ELSE '' END, ''
FROM queue_visit v WHERE outcome NOT IN ('answered', 'callback_accepted', 'exit_key')
UNION ALL
SELECT ended_at, call_id::text, queue, 'NONE', 'EXITWITHKEY', CASE WHEN outcome = 'callback_accepted' THEN '1' ELSE '' END,
       coalesce(position_at_entry, 1)::text, coalesce(position_at_entry, 1)::text, round(queue_s)::bigint::text, ''
FROM queue_visit WHERE outcome IN ('callback_accepted', 'exit_key')
UNION ALL
SELECT s.from_at, 'NONE', 'NONE', s.agent, e.event, CASE WHEN e.event = 'PAUSEALL' THEN coalesce(s.reason, '') ELSE '' END, '', '', '', ''
FROM agent_span s
LEFT JOIN LATERAL (SELECT presence FROM agent_span p WHERE p.agent = s.agent AND p.until_at = s.from_at
                   AND (p.shift_id, p.seq) <> (s.shift_id, s.seq) ORDER BY p.from_at DESC, p.seq DESC LIMIT 1) p ON true
JOIN LATERAL (VALUES ('ADDMEMBER', p.presence IS NULL),
                     ('PAUSEALL', s.presence = 'away' AND p.presence IS DISTINCT FROM 'away'),
                     ('UNPAUSEALL', s.presence = 'available' AND p.presence = 'away')) e (event, so) ON e.so
UNION ALL
SELECT s.until_at, 'NONE', 'NONE', s.agent, 'REMOVEMEMBER', '', '', '', '', ''
FROM agent_span s
WHERE s.until_at IS NOT NULL AND NOT EXISTS (SELECT FROM agent_span n WHERE n.agent = s.agent AND n.from_at = s.until_at
                                             AND (n.shift_id, n.seq) <> (s.shift_id, s.seq));

-- +goose Down
DROP VIEW report.queue_log, report.wait_estimate, report.callback, report.abandonment, report.visit;
CREATE VIEW report.visit AS
SELECT visit_id, call_id, queue, kind, entered_at, ended_at, outcome::text AS outcome, queue_s, ring_s, agent,
       caller_key, position_at_entry, told_low_s, told_high_s
FROM queue_visit;
CREATE VIEW report.abandonment AS
SELECT queue,
       to_timestamp(floor(extract(epoch FROM entered_at) / 900) * 900) AS bucket,
       count(*) AS offered,
       count(*) FILTER (WHERE outcome = 'answered') AS answered,
       count(*) FILTER (WHERE outcome LIKE 'abandoned%') AS abandoned,
       count(*) FILTER (WHERE outcome = 'abandoned_queue') AS abandoned_queue,
       count(*) FILTER (WHERE outcome = 'abandoned_ringing') AS abandoned_ringing,
       count(*) FILTER (WHERE outcome = 'abandoned_at_answer') AS abandoned_at_answer,
       count(*) FILTER (WHERE outcome = 'callback_accepted') AS callback_accepted,
       count(*) FILTER (WHERE outcome = 'exit_key') AS exit_key,
       count(*) FILTER (WHERE outcome = 'overflow') AS overflow,
       count(*) FILTER (WHERE outcome = 'timeout_exit') AS timeout_exit,
       count(*) FILTER (WHERE outcome = 'transferred_out') AS transferred_out,
       count(*) FILTER (WHERE outcome = 'no_agents') AS no_agents,
       count(*) FILTER (WHERE outcome = 'closed') AS closed,
       count(*) FILTER (WHERE outcome = 'withdrawn') AS withdrawn,
       count(*) FILTER (WHERE outcome = 'system_failure') AS system_failure,
       count(*) FILTER (WHERE outcome IS NULL) AS open,
       count(*) FILTER (WHERE outcome = 'answered' AND queue_s <= 20) AS answered_20s,
       count(*) FILTER (WHERE outcome LIKE 'abandoned%' AND queue_s <= 5) AS abandoned_5s,
       coalesce(sum(queue_s) FILTER (WHERE outcome = 'answered'), 0) AS answered_wait_s,
       coalesce(sum(queue_s) FILTER (WHERE outcome LIKE 'abandoned%'), 0) AS abandoned_wait_s,
       max(queue_s) AS longest_wait_s
FROM queue_visit
GROUP BY 1, 2;
DROP TABLE ewt_shadow, callback_attempt, callback_fact;
DROP INDEX agent_span_call, agent_span_until;
ALTER TABLE queue_visit DROP callback_id, DROP told_at, DROP told_p50_s, DROP told_p90_s;
