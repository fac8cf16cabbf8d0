-- Whatever changes what a user may do ends her sessions, for good: a session
-- belongs to an epoch, and the epoch only grows, whoever writes the table.

-- +goose Up
ALTER TABLE users
    ADD session_epoch  integer NOT NULL DEFAULT 0,
    ADD first_password boolean NOT NULL DEFAULT false; -- made for her; she should choose her own

-- +goose StatementBegin
CREATE FUNCTION end_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.session_epoch := OLD.session_epoch + 1;
    RETURN NEW;
END $$;
-- +goose StatementEnd

CREATE TRIGGER users_end_sessions BEFORE UPDATE ON users FOR EACH ROW
    WHEN (OLD.role <> NEW.role OR OLD.password_hash <> NEW.password_hash OR OLD.disabled <> NEW.disabled)
    EXECUTE FUNCTION end_sessions();

-- +goose Down
DROP TRIGGER users_end_sessions ON users;
DROP FUNCTION end_sessions();
ALTER TABLE users DROP session_epoch, DROP first_password;
