package controller

import (
	"context"

	"presszero/call"
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

// auditListening keeps in the audit that a supervisor listens to a talk.
func (c *Controller) auditListening(e call.Entry) {
	switch f := e.Fact.(type) {
	case call.ListenStarted:
		c.auditor.Write(string(f.By), "talk.listen", map[string]any{"call": e.Call, "agent": f.Agent, "mode": f.Mode})
	case call.ListenTurned:
		c.auditor.Write(string(f.By), "talk.listen", map[string]any{"call": e.Call, "agent": f.Agent, "mode": f.Mode})
	case call.ListenEnded:
		c.auditor.Write(string(f.By), "talk.listened", map[string]any{"call": e.Call, "agent": f.Agent, "why": f.Why,
			"listen_s": f.Listened, "whisper_s": f.Whispered, "join_s": f.Joined})
	}
}
