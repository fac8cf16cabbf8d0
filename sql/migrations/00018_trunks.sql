-- What trunks carry: calls that come in, and each attempt of a call of ours over
-- one trunk.

-- +goose Up
CREATE TABLE trunk_call (
    call_id   uuid NOT NULL,
    seq       int NOT NULL,
    call_day  date NOT NULL,
    at        timestamptz NOT NULL,   -- in: when it came; out: when it was answered, or had failed
    trunk     text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('in', 'out')),
    how       text NOT NULL,          -- in: taken, refused; out: answered, busy, no_answer, declined, invalid, trunk, failed
    sip       int,                    -- the final answer to a call of ours
    ours      text,                   -- our number: dialled, or shown
    dial_id   text,
    PRIMARY KEY (call_id, seq)
);
CREATE INDEX trunk_call_at ON trunk_call (at, trunk);

-- Each trunk in each quarter of an hour (UTC) in which it carried anything.
CREATE VIEW report.trunk AS
SELECT date_bin('15 minutes', at, '2000-01-01 00:00:00+00'::timestamptz) AS bucket, trunk,
       count(*) FILTER (WHERE direction = 'in') AS calls_in,
       count(*) FILTER (WHERE direction = 'in' AND how = 'refused') AS refused,
       count(*) FILTER (WHERE direction = 'out') AS calls_out,
       count(*) FILTER (WHERE direction = 'out' AND how = 'answered') AS answered,
       count(*) FILTER (WHERE direction = 'out' AND how = 'busy') AS busy,
       count(*) FILTER (WHERE direction = 'out' AND how = 'no_answer') AS no_answer,
       count(*) FILTER (WHERE direction = 'out' AND how = 'declined') AS declined,
       count(*) FILTER (WHERE direction = 'out' AND how = 'invalid') AS invalid,
       count(*) FILTER (WHERE direction = 'out' AND how = 'trunk') AS not_carried,
       count(*) FILTER (WHERE direction = 'out' AND how = 'failed') AS failed,
       max(sip) FILTER (WHERE how = 'trunk') AS worst_sip
FROM trunk_call GROUP BY 1, 2;

-- The trunk and the number shown are those of the last attempt.
CREATE OR REPLACE VIEW report.outgoing AS
SELECT o.call_id, agent, number, caller_key, dialed_at, answered_at, joined_at, ended_at, o.how, why, talk_s, talk_ended_by, t.trunk, t.ours AS shown
FROM outgoing_call o
LEFT JOIN LATERAL (SELECT u.trunk, u.ours FROM trunk_call u WHERE u.call_id = o.call_id AND u.direction = 'out' ORDER BY u.seq DESC LIMIT 1) t ON true;

CREATE OR REPLACE VIEW report.callback AS
 SELECT c.callback_id,
    c.call_id,
    c.queue,
    c.number,
    c.name,
    c.caller_key,
    c.source,
    c.booked_at,
    c.waits_since,
    c.promised_from,
    c.promised_until,
    c.due_at,
    c.expires_at,
    c.state,
    c.attempts,
    c.first_attempt_at,
    c.reached_at,
    c.connected_at,
    c.agent,
    c.ended_at,
    c.how,
    c.ended_by,
        CASE
            WHEN (c.first_attempt_at IS NOT NULL) THEN (c.first_attempt_at <= c.promised_until)
            WHEN (c.how = ANY (ARRAY['cancelled'::text, 'superseded'::text])) THEN NULL::boolean
            WHEN ((c.ended_at IS NOT NULL) OR (now() > c.promised_until)) THEN false
            ELSE NULL::boolean
        END AS kept,
        CASE
            WHEN (c.connected_at IS NOT NULL) THEN (c.connected_at <= c.promised_until)
            WHEN (c.how = ANY (ARRAY['cancelled'::text, 'superseded'::text])) THEN NULL::boolean
            WHEN ((c.ended_at IS NOT NULL) OR (now() > c.promised_until)) THEN false
            ELSE NULL::boolean
        END AS on_time,
    f.asked,
    f.visit_id AS from_visit,
    v.visits,
    t.trunk,
    t.ours AS shown
   FROM ((public.callback_fact c
     CROSS JOIN LATERAL ( SELECT count(*) AS asked,
            (array_agg(q.visit_id ORDER BY q.ended_at, q.visit_id))[1] AS visit_id
           FROM public.queue_visit q
          WHERE (q.callback_id = c.callback_id)) f)
     CROSS JOIN LATERAL ( SELECT array_agg(q.visit_id ORDER BY q.entered_at, q.visit_id) AS visits
           FROM public.queue_visit q
          WHERE (q.call_id = c.callback_id)) v)
     LEFT JOIN LATERAL ( SELECT u.trunk, u.ours
           FROM public.trunk_call u
          WHERE (u.call_id = c.callback_id) AND (u.direction = 'out')
          ORDER BY u.seq DESC
         LIMIT 1) t ON true;

-- +goose Down
DROP VIEW report.trunk;
DROP VIEW report.outgoing;
CREATE VIEW report.outgoing AS
SELECT call_id, agent, number, caller_key, dialed_at, answered_at, joined_at, ended_at, how, why, talk_s, talk_ended_by
FROM outgoing_call;
DROP VIEW report.callback;
CREATE VIEW report.callback AS
 SELECT c.callback_id,
    c.call_id,
    c.queue,
    c.number,
    c.name,
    c.caller_key,
    c.source,
    c.booked_at,
    c.waits_since,
    c.promised_from,
    c.promised_until,
    c.due_at,
    c.expires_at,
    c.state,
    c.attempts,
    c.first_attempt_at,
    c.reached_at,
    c.connected_at,
    c.agent,
    c.ended_at,
    c.how,
    c.ended_by,
        CASE
            WHEN (c.first_attempt_at IS NOT NULL) THEN (c.first_attempt_at <= c.promised_until)
            WHEN (c.how = ANY (ARRAY['cancelled'::text, 'superseded'::text])) THEN NULL::boolean
            WHEN ((c.ended_at IS NOT NULL) OR (now() > c.promised_until)) THEN false
            ELSE NULL::boolean
        END AS kept,
        CASE
            WHEN (c.connected_at IS NOT NULL) THEN (c.connected_at <= c.promised_until)
            WHEN (c.how = ANY (ARRAY['cancelled'::text, 'superseded'::text])) THEN NULL::boolean
            WHEN ((c.ended_at IS NOT NULL) OR (now() > c.promised_until)) THEN false
            ELSE NULL::boolean
        END AS on_time,
    f.asked,
    f.visit_id AS from_visit,
    v.visits
   FROM ((public.callback_fact c
     CROSS JOIN LATERAL ( SELECT count(*) AS asked,
            (array_agg(q.visit_id ORDER BY q.ended_at, q.visit_id))[1] AS visit_id
           FROM public.queue_visit q
          WHERE (q.callback_id = c.callback_id)) f)
     CROSS JOIN LATERAL ( SELECT array_agg(q.visit_id ORDER BY q.entered_at, q.visit_id) AS visits
           FROM public.queue_visit q
          WHERE (q.call_id = c.callback_id)) v);
DROP TABLE trunk_call;
