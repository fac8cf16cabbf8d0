package controller

import (
	"context"

	"presszero/report"
	"presszero/sql"
)

// acts is the audit log as the pages ask for it.
type acts struct {
	*sql.Auditor
	db *sql.DB
}

// Write implements web.Audit.
func (a acts) Write(who, what string, detail map[string]any) { a.Auditor.Write(who, what, detail) }

// Acts implements web.Audit.
func (a acts) Acts(ctx context.Context, f report.ActFilter) ([]report.Act, error) {
	return a.db.AuditLog(ctx, f)
}
