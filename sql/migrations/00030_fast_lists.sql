-- +goose NO TRANSACTION
-- Indexes for look-ups that took longer with every year of calls: the open callback
-- of a caller who is on the phone, the calls of a rare outcome, agents' spans of a
-- day, a number by some of its digits. They are made beside running calls, which an
-- earlier, broken attempt may have left invalid; so each is dropped first.

-- +goose Up
SET lock_timeout = 0; -- making an index beside others waits for them and keeps nobody waiting
DROP INDEX CONCURRENTLY IF EXISTS queue_visit_owed;
CREATE INDEX CONCURRENTLY queue_visit_owed ON queue_visit (caller_key) WHERE kind = 'callback' AND outcome IS NULL;
DROP INDEX CONCURRENTLY IF EXISTS queue_visit_rare;
CREATE INDEX CONCURRENTLY queue_visit_rare ON queue_visit (outcome, entered_at)
    WHERE outcome NOT IN ('answered', 'abandoned_queue', 'abandoned_ringing', 'callback_accepted', 'overflow');
DROP INDEX CONCURRENTLY IF EXISTS call_fact_rare;
CREATE INDEX CONCURRENTLY call_fact_rare ON call_fact (outcome, started_at)
    WHERE outcome IN ('abandoned_ivr', 'ivr_contained', 'message_left', 'refused', 'system_failure');
DROP INDEX CONCURRENTLY IF EXISTS agent_span_from;
CREATE INDEX CONCURRENTLY agent_span_from ON agent_span (from_at);
DROP INDEX CONCURRENTLY IF EXISTS agent_span_long;
CREATE INDEX CONCURRENTLY agent_span_long ON agent_span (from_at) WHERE until_at - from_at > interval '1 day';

-- Digits in the middle of a number need pg_trgm, which an owner of the database may
-- install where the server has it. Without it they are searched one by one.
-- +goose StatementBegin
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX IF NOT EXISTS caller_digits ON caller USING gin (number gin_trgm_ops);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR undefined_object THEN
    RAISE NOTICE 'pg_trgm is not to be had: callers are searched without an index';
END $$;
-- +goose StatementEnd
RESET lock_timeout;

-- +goose Down
DROP INDEX caller_digits, agent_span_long, agent_span_from, call_fact_rare, queue_visit_rare, queue_visit_owed;
