-- Which numbers are withheld is decided by the program (call.Withheld), which
-- gives its rule to caller_key: the rule stands once.

-- +goose Up

-- The claimed number as it is compared: digits and +.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION caller_number(claimed text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT CASE
        WHEN claimed ~ '^[-+0-9 ()./]*$' THEN nullif(regexp_replace(regexp_replace(claimed, '[^+0-9]', '', 'g'), '^00', '+'), '')
        ELSE claimed
    END
$$;
-- +goose StatementEnd

-- As caller_key of three arguments, which the program before this version
-- still calls; NULL where the number matches withheld.
-- +goose StatementBegin
CREATE FUNCTION caller_key(ipad bytea, opad bytea, withheld text, claimed text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT CASE WHEN claimed !~* withheld THEN caller_key(ipad, opad, claimed) END
$$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION caller_key(bytea, bytea, text, text);
