-- +goose Up

-- A visit makes up for an earlier one of its caller, which had waited longer than was told.
ALTER TABLE queue_visit ADD COLUMN makes_up_for text;
CREATE INDEX queue_visit_makes_up ON queue_visit (makes_up_for) WHERE makes_up_for IS NOT NULL;

-- Whose call it is, is asked by its messages, too.
CREATE INDEX message_call ON message (call_id);
