package main

import (
	"context"
	"errors"
	"log/slog"

	"presszero/sql"
	"presszero/web"
)

// history is the flow as the pages know it: what is served, and from the
// database what was served before.
type history struct {
	*flows
	db *sql.DB
}

// Publish implements web.Flow, and writes down who did it.
func (h history) Publish(ctx context.Context, text []byte, present, by string) (web.FlowCheck, error) {
	check, err := h.flows.Publish(ctx, text, present, by)
	if err == nil && !check.Refused {
		audit(ctx, h.db, by, "flow.publish", map[string]string{"version": check.Version, "before": present})
	}
	return check, err
}

// audit writes down who changed what. A database that is away does not undo
// what was done; the log has it then.
func audit(ctx context.Context, db *sql.DB, by, what string, detail any) {
	if err := db.Audit(ctx, by, what, detail); err != nil {
		slog.Error("not in the audit", "by", by, "what", what, "detail", detail, "err", err)
	}
}

// versionsShown is how many versions of the flow a page lists.
const versionsShown = 100

// Versions implements web.Flow.
func (h history) Versions(ctx context.Context) ([]web.FlowVersion, error) {
	rows, err := h.db.FlowVersions(ctx, versionsShown)
	list := make([]web.FlowVersion, len(rows))
	for i, r := range rows {
		list[i] = web.FlowVersion{Version: r.Version, At: r.PublishedAt, By: r.PublishedBy}
	}
	return list, err
}

// Text implements web.Flow.
func (h history) Text(ctx context.Context, version string) ([]byte, error) {
	text, err := h.db.FlowText(ctx, version)
	if errors.Is(err, sql.ErrNoFlow) {
		return nil, web.ErrNotFound
	}
	return []byte(text), err
}
