package controller

import (
	"context"

	"presszero/sql"
	"presszero/web"
)

// acts is who did what, as the pages ask for it.
type acts struct {
	*sql.Auditor
	db *sql.DB
}

// Write implements web.Audit.
func (a acts) Write(who, what string, detail map[string]any) { a.Auditor.Write(who, what, detail) }

// Acts implements web.Audit.
func (a acts) Acts(ctx context.Context, f web.ActFilter) ([]web.Act, error) {
	rows, err := a.db.AuditLog(ctx, sql.AuditFilter(f))
	list := make([]web.Act, len(rows))
	for i, r := range rows {
		list[i] = web.Act(r)
	}
	return list, err
}
