-- A call can end with a message in the mailbox.

-- +goose Up
ALTER DOMAIN call_outcome DROP CONSTRAINT call_outcome_check;
ALTER DOMAIN call_outcome ADD CONSTRAINT call_outcome_check CHECK (VALUE IN (
    'abandoned_ivr', 'ivr_contained', 'message_left',
    'answered', 'abandoned_queue', 'abandoned_ringing', 'abandoned_at_answer', 'callback_accepted', 'exit_key',
    'overflow', 'timeout_exit', 'transferred_out', 'no_agents', 'closed', 'withdrawn', 'system_failure'));

-- +goose Down
ALTER DOMAIN call_outcome DROP CONSTRAINT call_outcome_check;
ALTER DOMAIN call_outcome ADD CONSTRAINT call_outcome_check CHECK (VALUE IN (
    'abandoned_ivr', 'ivr_contained',
    'answered', 'abandoned_queue', 'abandoned_ringing', 'abandoned_at_answer', 'callback_accepted', 'exit_key',
    'overflow', 'timeout_exit', 'transferred_out', 'no_agents', 'closed', 'withdrawn', 'system_failure')) NOT VALID;
