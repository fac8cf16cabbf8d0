package controller

import (
	"context"
	"errors"

	"presszero/report"
	"presszero/sql"
	"presszero/web"
)

// history is the flow as the pages know it: what is served, and from the
// database what was served before.
type history struct {
	*flows
	db *sql.DB
}

// versionsShown is how many versions of the flow a page lists.
const versionsShown = 100

// Versions implements web.Flow.
func (h history) Versions(ctx context.Context) ([]report.FlowVersion, error) {
	return h.db.FlowVersions(ctx, versionsShown)
}

// Text implements web.Flow.
func (h history) Text(ctx context.Context, version string) ([]byte, error) {
	text, err := h.db.FlowText(ctx, version)
	if errors.Is(err, sql.ErrNoFlow) {
		return nil, web.ErrNotFound
	}
	return []byte(text), err
}
