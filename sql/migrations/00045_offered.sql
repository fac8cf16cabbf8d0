-- +goose NO TRANSACTION
-- Callbacks of a year: the visits to which one was offered are found by an index, made
-- beside running calls as in 00030; and of a callback's trunk nothing is read unless it is
-- asked for. The view has the columns that it had.

-- +goose Up
SET lock_timeout = 0;
DROP INDEX CONCURRENTLY IF EXISTS queue_visit_offered;
CREATE INDEX CONCURRENTLY queue_visit_offered ON queue_visit (entered_at)
    WHERE kind = 'live' AND (offered_at IS NOT NULL OR outcome = 'callback_accepted');
RESET lock_timeout;

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
    (SELECT u.trunk FROM public.trunk_call u WHERE u.call_id = c.callback_id AND u.direction = 'out' ORDER BY u.seq DESC LIMIT 1) AS trunk,
    (SELECT u.ours FROM public.trunk_call u WHERE u.call_id = c.callback_id AND u.direction = 'out' ORDER BY u.seq DESC LIMIT 1) AS shown
   FROM ((public.callback_fact c
     CROSS JOIN LATERAL ( SELECT count(*) AS asked,
            (array_agg(q.visit_id ORDER BY q.ended_at, q.visit_id))[1] AS visit_id
           FROM public.queue_visit q
          WHERE (q.callback_id = c.callback_id)) f)
     CROSS JOIN LATERAL ( SELECT array_agg(q.visit_id ORDER BY q.entered_at, q.visit_id) AS visits
           FROM public.queue_visit q
          WHERE (q.call_id = c.callback_id)) v);
