-- Limits of queues that were crossed, and the screens on the wall.

-- +goose Up
CREATE TABLE limit_crossing (
    queue      text NOT NULL,
    kind       text NOT NULL,          -- longest_wait, waiting, service_level…
    crossed_at timestamptz NOT NULL,
    over_at    timestamptz,            -- NULL: it lasts
    bound      float8 NOT NULL,        -- seconds, a count, or a share from 0 to 1
    value      float8 NOT NULL,        -- when it was crossed
    worst      float8 NOT NULL,
    PRIMARY KEY (queue, kind, crossed_at)
);
CREATE INDEX limit_crossing_at ON limit_crossing (crossed_at);
CREATE INDEX limit_crossing_lasts ON limit_crossing (queue) WHERE over_at IS NULL;

-- A screen that shows the wall is signed in by a token, which it was told once and of
-- which only the SHA-256 is here.
CREATE TABLE wall (
    wall_id    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name       text NOT NULL,
    queues     text[] NOT NULL,        -- none: all
    token_hash bytea NOT NULL UNIQUE,
    made_by    text NOT NULL,
    made_at    timestamptz NOT NULL DEFAULT now(),
    ends_at    timestamptz NOT NULL
);

-- +goose Down
DROP TABLE wall, limit_crossing;
