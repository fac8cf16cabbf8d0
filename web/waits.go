package web

import (
	"context"
	"net/http"

	"presszero/report"
)

// WaitReports may be implemented by Reports: how true the waits were that
// callers were told.
type WaitReports interface {
	// WaitAccuracy compares, by queue, what callers of a period were told
	// with what they waited.
	WaitAccuracy(ctx context.Context, p report.Period) ([]report.WaitAccuracy, error)
}

// waitAccuracy tells, per queue, how true the announced waits were.
func (s *Server) waitAccuracy(w http.ResponseWriter, r *http.Request) error {
	reports, ok := s.Reports.(WaitReports)
	if !ok {
		return errNotConfigured
	}
	p, err := s.period(r)
	if err != nil {
		return err
	}
	rows, err := reports.WaitAccuracy(r.Context(), p)
	if err != nil {
		return err
	}
	return writeSheet(w, r, newSheet("waits", map[string]any{"from": p.From, "to": p.To, "queues": append([]report.WaitAccuracy{}, rows...)},
		report.WaitAccuracyColumns, rows))
}
