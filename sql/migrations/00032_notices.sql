-- Notices: what leaves the page by mail and webhooks. Each is written in the transaction
-- of what it tells, together with who gets it, so that neither a crash nor an address
-- that is away for days loses one.

-- +goose Up
CREATE TABLE outbox (
    seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- in the order of commits
    id         text NOT NULL UNIQUE,  -- of what has happened, not of this row: the same if it is told again
    type       text NOT NULL,
    queue      text,                  -- NULL: of none
    at         timestamptz NOT NULL,  -- when it happened
    data       jsonb NOT NULL DEFAULT '{}',
    written_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX outbox_written ON outbox (written_at);

-- seq grows in the order of commits, so a reader that goes on after the highest one it
-- has seen misses nothing: writers wait for each other here.
-- +goose StatementBegin
CREATE FUNCTION one_writer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7266, 32);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER outbox_in_order BEFORE INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION one_writer();

CREATE TABLE subscription (
    id             text PRIMARY KEY,
    kind           text NOT NULL CHECK (kind IN ('mail', 'webhook')),
    address        text NOT NULL,                   -- mail address or URL
    types          text[] NOT NULL,
    queues         text[] NOT NULL DEFAULT '{}',    -- empty: all, and what belongs to none
    facts          boolean NOT NULL DEFAULT false,  -- a call that has ended is told with its facts
    language       text NOT NULL DEFAULT 'en',      -- of mails
    key_n          int NOT NULL DEFAULT 1,          -- which of its keys signs…
    old_key_until  timestamptz,                     -- …together with the one before, until then
    pause_until    timestamptz,                     -- asked for by the other side
    disabled_at    timestamptz,
    disabled_why   text,
    owner          text NOT NULL,                   -- "": the settings
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- One row for each notice and each subscription that gets it.
CREATE TABLE delivery (
    subscription text NOT NULL REFERENCES subscription ON DELETE CASCADE,
    seq          bigint NOT NULL REFERENCES outbox ON DELETE CASCADE,
    tries        int NOT NULL DEFAULT 0,
    next_at      timestamptz DEFAULT clock_timestamp(), -- not before; NULL: done, or given up
    tried_at     timestamptz,
    sent_at      timestamptz,
    status       int,   -- of the last try, by HTTP or SMTP
    error        text,  -- of the last try
    PRIMARY KEY (subscription, seq)
);
CREATE INDEX delivery_next ON delivery (subscription, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX delivery_seq ON delivery (seq);
CREATE INDEX delivery_sent ON delivery (subscription, sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX delivery_unsent ON delivery (subscription, tried_at) WHERE sent_at IS NULL;

CREATE INDEX message_due ON message (due_at);
CREATE INDEX callback_fact_promised ON callback_fact (promised_until);

-- What programs may read with a token in place of a session.
CREATE TABLE api_token (
    id         text PRIMARY KEY,
    hash       bytea NOT NULL UNIQUE, -- SHA-256: who reads the table cannot use it
    name       text NOT NULL,
    owner      text NOT NULL REFERENCES users,
    scopes     text[] NOT NULL,
    queues     text[] NOT NULL DEFAULT '{}', -- empty: those of its owner
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    used_at    timestamptz
);
CREATE INDEX api_token_owner ON api_token (owner);

-- +goose Down
DROP INDEX callback_fact_promised, message_due;
DROP TABLE api_token, delivery, subscription, outbox;
DROP FUNCTION one_writer;
