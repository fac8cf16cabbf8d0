package web

import (
	"context"
	"net/http"

	"presszero/internal/figures"
	"presszero/report"
)

// Limits tells which limits of queues were crossed.
type Limits interface {
	// Crossings lists those of some queues (none: of all) that were crossed in a period or
	// lasted into it, the newest first.
	Crossings(ctx context.Context, p report.Period, queues []string) ([]figures.Crossing, error)
}

type limitHandlers struct {
	limits  Limits // nil: none are kept
	reports *reportHandlers
}

// crossed lists the limits of the user's queues that were crossed in a period.
func (h *limitHandlers) crossed(w http.ResponseWriter, r *http.Request) error {
	p, err := h.reports.period(r)
	if err != nil {
		return err
	}
	list, err := h.limits.Crossings(r.Context(), p, userOf(r).Scope())
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]any{"limits": append([]figures.Crossing{}, list...)})
	return nil
}
