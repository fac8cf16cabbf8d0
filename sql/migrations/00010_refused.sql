-- A call can be refused before it is answered. It is in report.call with
-- outcome refused and the reason in cause_text, and in nobody's offered.

-- +goose Up
ALTER DOMAIN call_outcome DROP CONSTRAINT call_outcome_check;
ALTER DOMAIN call_outcome ADD CONSTRAINT call_outcome_check CHECK (VALUE IN (
    'abandoned_ivr', 'ivr_contained', 'message_left', 'refused',
    'answered', 'abandoned_queue', 'abandoned_ringing', 'abandoned_at_answer', 'callback_accepted', 'exit_key',
    'overflow', 'timeout_exit', 'transferred_out', 'no_agents', 'closed', 'withdrawn', 'system_failure'));

-- 15-minute UTC buckets of refused calls, by number dialled and reason:
-- calls_per_caller, calls_per_number, calls_at_once, late, strained.
CREATE VIEW report.refused AS
SELECT to_timestamp(floor(extract(epoch FROM started_at) / 900) * 900) AS bucket,
       dialed, cause_text AS reason, count(*) AS calls, count(DISTINCT caller_key) AS callers
FROM call_fact WHERE outcome = 'refused'
GROUP BY 1, 2, 3;

-- +goose Down
DROP VIEW report.refused;
ALTER DOMAIN call_outcome DROP CONSTRAINT call_outcome_check;
ALTER DOMAIN call_outcome ADD CONSTRAINT call_outcome_check CHECK (VALUE IN (
    'abandoned_ivr', 'ivr_contained', 'message_left',
    'answered', 'abandoned_queue', 'abandoned_ringing', 'abandoned_at_answer', 'callback_accepted', 'exit_key',
    'overflow', 'timeout_exit', 'transferred_out', 'no_agents', 'closed', 'withdrawn', 'system_failure')) NOT VALID;
