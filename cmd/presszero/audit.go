package main

import (
	"context"
	"os/user"

	"presszero/report"
	"presszero/sql"
)

// acts is who did what, as the pages ask for it.
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

// operator is who uses a command, as the audit has it.
func operator() string {
	if u, err := user.Current(); err == nil {
		return "command line: " + u.Username
	}
	return "command line"
}
