-- What auditors ask of a visit beside its outcome: when the caller first came
-- into a line, whether nobody of ours saw the end, and whether the visit is
-- another part of a wait that is counted already.

-- +goose Up
ALTER TABLE queue_visit
    ADD COLUMN first_at timestamptz, -- entered the first line, where that was another one
    ADD COLUMN estimated boolean NOT NULL DEFAULT false;
UPDATE queue_visit v SET first_at = (e.data ->> 'first')::timestamptz
FROM call_event e
WHERE e.call_day = v.call_day AND e.call_id = v.call_id AND e.visit_id = v.visit_id AND e.type = 'queue.entered' AND e.data ->> 'first' IS NOT NULL;
UPDATE queue_visit v SET estimated = true
FROM call_fact c
WHERE c.call_id = v.call_id AND c.estimated AND v.ended_at = c.ended_at AND v.outcome <> 'answered';

-- flow_in: the caller did not come anew, but was moved here from another
-- queue, or stands here again after a talk that broke off.
CREATE OR REPLACE VIEW report.visit AS
SELECT visit_id, call_id, queue, kind, entered_at, ended_at, outcome::text AS outcome, queue_s, ring_s, agent,
       caller_key, position_at_entry, told_low_s, told_high_s, told_at, callback_id, origin, order_key,
       coalesce(first_at, entered_at) AS first_entered_at, estimated,
       kind = 'live' AND coalesce(origin IN ('overflow', 'returned'), false) AS flow_in
FROM queue_visit;

-- Beside what it was: flow_in (of offered), flow_out and not_served; the
-- longest wait is one that somebody has seen the end of.
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
       max(queue_s) FILTER (WHERE NOT estimated) AS longest_wait_s,
       count(*) FILTER (WHERE c.first_attempt_at <= c.promised_until) AS callback_kept,
       count(*) FILTER (WHERE c.how = 'completed') AS callback_completed,
       count(*) FILTER (WHERE c.how IN ('exhausted', 'expired', 'failed')) AS callback_missed,
       count(*) FILTER (WHERE origin IN ('overflow', 'returned')) AS flow_in,
       count(*) FILTER (WHERE outcome IN ('exit_key', 'overflow', 'transferred_out')) AS flow_out,
       count(*) FILTER (WHERE outcome LIKE 'abandoned%' OR outcome IN ('timeout_exit', 'no_agents', 'closed', 'system_failure')) AS not_served
FROM queue_visit v LEFT JOIN callback_fact c USING (callback_id)
WHERE v.kind = 'live'
GROUP BY 1, 2;

-- +goose Down
DROP VIEW report.abandonment, report.visit;
CREATE VIEW report.visit AS
SELECT visit_id, call_id, queue, kind, entered_at, ended_at, outcome::text AS outcome, queue_s, ring_s, agent,
       caller_key, position_at_entry, told_low_s, told_high_s, told_at, callback_id, origin, order_key
FROM queue_visit;
CREATE VIEW report.abandonment AS
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
ALTER TABLE queue_visit DROP first_at, DROP estimated;
