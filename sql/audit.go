package sql

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jmoiron/sqlx"
)

// AuditRow tells who did what, when.
type AuditRow struct {
	At     time.Time       `db:"at" json:"at"`
	Who    string          `db:"who" json:"who"`
	What   string          `db:"what" json:"what"` // user.create, report.export…
	Detail json.RawMessage `db:"detail" json:"detail"`
}

// Audit writes down what somebody did. detail is anything that has JSON; nil: nothing more to say.
func (db *DB) Audit(ctx context.Context, who, what string, detail any) (err error) {
	defer wrap(&err, "Audit(%q)", what)
	return audit(ctx, db.writer, who, what, detail)
}

func audit(ctx context.Context, to sqlx.ExecerContext, who, what string, detail any) (err error) {
	b := []byte("{}")
	if detail != nil {
		if b, err = json.Marshal(detail); err != nil {
			return err
		}
	}
	_, err = to.ExecContext(ctx, `INSERT INTO audit (who, what, detail) VALUES ($1, $2, $3::jsonb)`, who, what, string(withoutNUL(b)))
	return err
}

// AuditLog returns the newest limit rows, newest first.
func (db *DB) AuditLog(ctx context.Context, limit int) (rows []AuditRow, err error) {
	defer wrap(&err, "AuditLog")
	rows = []AuditRow{}
	err = db.reports.SelectContext(ctx, &rows, `SELECT at, who, what, detail FROM audit ORDER BY id DESC LIMIT $1`, limit)
	return rows, err
}
