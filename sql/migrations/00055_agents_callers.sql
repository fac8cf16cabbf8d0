-- +goose NO TRANSACTION
-- A common name of an agent who talked with nobody of that name: all of the agent's recordings
-- were read. Their index tells the callers, too. It is made beside running calls, as in 00030,
-- and takes the place of the one without them.

-- +goose Up
SET lock_timeout = 0;
DROP INDEX CONCURRENTLY IF EXISTS recording_agent_caller;
CREATE INDEX CONCURRENTLY recording_agent_caller ON recording (agent, joined_at) INCLUDE (caller_key) WHERE state <> 'absent';
DROP INDEX CONCURRENTLY IF EXISTS recording_agent;
RESET lock_timeout;

-- +goose Down
CREATE INDEX recording_agent ON recording (agent, joined_at) WHERE state <> 'absent';
DROP INDEX recording_agent_caller;
