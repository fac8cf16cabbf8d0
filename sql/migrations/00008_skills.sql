-- What agents can do, and how much each of their queues weighs.

-- +goose Up
ALTER TABLE users
    ADD skills  jsonb NOT NULL DEFAULT '{}', -- level 1 to 10 by name
    ADD weights jsonb NOT NULL DEFAULT '{}', -- 1 to 10 by queue; none: the queue's own
    ADD CONSTRAINT users_skills CHECK (jsonb_typeof(skills) = 'object'
        AND NOT jsonb_path_exists(skills, '$.* ? (@.type() != "number" || @ < 1 || @ > 10)')),
    ADD CONSTRAINT users_weights CHECK (jsonb_typeof(weights) = 'object'
        AND NOT jsonb_path_exists(weights, '$.* ? (@.type() != "number" || @ < 1 || @ > 10)'));

-- +goose Down
ALTER TABLE users DROP skills, DROP weights;
