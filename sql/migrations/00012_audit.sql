-- The audit is written once each, also when it is sent again after a crash, and
-- never changed.

-- +goose Up
ALTER TABLE audit ADD act text; -- NULL: written in the transaction of the change
CREATE UNIQUE INDEX audit_act ON audit (act);
CREATE TRIGGER audit_is_final BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TRIGGER audit_is_final ON audit;
ALTER TABLE audit DROP act;
