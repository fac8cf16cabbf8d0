-- Recordings that are kept for longer than the facts of their calls.

-- +goose Up

-- What the row has of the call, once its facts were dropped; before, the row of the call
-- has it. The number of the other side is gone with the facts.
ALTER TABLE recording
    ADD COLUMN alone     boolean NOT NULL DEFAULT false, -- the facts were dropped: no rebuild makes this row
    ADD COLUMN direction text,                           -- in, callback, out
    ADD COLUMN dialed    text;

-- +goose Down
ALTER TABLE recording DROP COLUMN alone, DROP COLUMN direction, DROP COLUMN dialed;
