package controller

import (
	"context"
	"errors"

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
