-- The views that scripts and dashboards may rely on.

-- +goose Up
CREATE SCHEMA report;

-- One row per entry of a call into a queue. outcome is NULL while waiting.
CREATE VIEW report.visit AS
SELECT visit_id, call_id, queue, kind, entered_at, ended_at, outcome::text AS outcome, queue_s, ring_s, agent,
       caller_key, position_at_entry, told_low_s, told_high_s
FROM queue_visit;

-- One row per call. outcome is NULL while the call is up; it is that of the
-- last visit, or abandoned_ivr (with the menu in node), or ivr_contained.
CREATE VIEW report.call AS
SELECT c.call_id, c.started_at, c.answered_at, c.ended_at, c.dialed, c.caller_number, c.caller_name, c.caller_key,
       c.outcome::text AS outcome, c.node, c.side, c.cause, c.cause_text, c.estimated, c.switch, c.again,
       v.visits, v.queue_s, v.talk_s
FROM call_fact c
CROSS JOIN LATERAL (
    SELECT count(*) AS visits, sum(q.queue_s) AS queue_s, sum(q.talk_s) AS talk_s
    FROM queue_visit q WHERE q.call_id = c.call_id
) v;

-- What happened in the menus, one row per step.
CREATE VIEW report.menu_step AS
SELECT call_id, call_day, seq, at, substr(type, 5) AS step, data ->> 'node' AS node, data ->> 'digit' AS digit,
       (data ->> 'try')::int AS try, (data ->> 'during_prompt')::boolean AS during_prompt,
       data ->> 'queue' AS queue, data ->> 'reason' AS reason, data ->> 'path' AS path, data ->> 'flow' AS flow
FROM call_event WHERE type LIKE 'ivr.%';

-- One row per time a caller was offered to an agent.
CREATE VIEW report.offer AS
SELECT offer_id, visit_id, call_id, agent, waited_s, started_at, ended_at, how, why, ring_s, joined_at FROM offer_fact;

-- One row per stretch of an agent's day. until_at is NULL for the present one.
CREATE VIEW report.agent AS
SELECT agent, presence, reason, state, from_at, until_at, call_id, shift_id FROM agent_span;

-- 15-minute UTC buckets per queue, by when the callers arrived. In every row
-- offered = the thirteen outcomes + open. Buckets without callers have no row.
-- abandoned = abandoned_queue + abandoned_ringing + abandoned_at_answer;
-- abandon rate = abandoned / (offered - withdrawn - open).
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

-- +goose Down
DROP SCHEMA report CASCADE;
