-- One telephone has one number. Earlier versions, and a program that was not
-- told its country, kept numbers as networks wrote them; such a number is read
-- once (DB.Unify), and its reading is kept here, so that facts of that time are
-- projected to the caller whose later facts have the number itself.

-- +goose Up
CREATE TABLE number_alias (
    written text PRIMARY KEY, -- digits and +, as a network wrote it
    number  text NOT NULL     -- E.164
);

CREATE TABLE number_reading (
    country text PRIMARY KEY, -- in which the numbers kept so far have been read
    read_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The claimed number as it is compared.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION caller_number(claimed text) RETURNS text STABLE LANGUAGE sql AS $$
    SELECT coalesce((SELECT a.number FROM number_alias a WHERE a.written = n.plain), n.plain)
    FROM (SELECT CASE
        WHEN claimed ~ '^[-+0-9 ()./]*$' THEN nullif(regexp_replace(regexp_replace(claimed, '[^+0-9]', '', 'g'), '^00', '+'), '')
        ELSE claimed
    END AS plain) n
$$;
-- +goose StatementEnd
ALTER FUNCTION caller_key(bytea, bytea, text) STABLE;
ALTER FUNCTION caller_key(bytea, bytea, text, text) STABLE;

-- +goose Down
ALTER FUNCTION caller_key(bytea, bytea, text, text) IMMUTABLE;
ALTER FUNCTION caller_key(bytea, bytea, text) IMMUTABLE;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION caller_number(claimed text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT CASE
        WHEN claimed ~ '^[-+0-9 ()./]*$' THEN nullif(regexp_replace(regexp_replace(claimed, '[^+0-9]', '', 'g'), '^00', '+'), '')
        ELSE claimed
    END
$$;
-- +goose StatementEnd
DROP TABLE number_reading;
DROP TABLE number_alias;
