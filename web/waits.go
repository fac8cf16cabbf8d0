package web

import (
	"context"
	"net/http"
)

// WaitReports may be implemented by Reports: how true the waits were that
// callers were told.
type WaitReports interface {
	// WaitAccuracy compares, by queue, what callers of a period were told
	// with what they waited.
	WaitAccuracy(ctx context.Context, p Period) ([]WaitAccuracy, error)
}

// WaitAccuracy is one queue's. nil: nothing to measure.
type WaitAccuracy struct {
	Queue     string   `json:"queue"`
	Announced int      `json:"announced"`    // waits told
	Within    *float64 `json:"within_share"` // of those who were answered: not later than the upper bound told (0 to 1)
	MeanError *float64 `json:"mean_error_s"` // told less waited, in seconds: above zero, callers were told too much
}

// waitAccuracy tells, per queue, how true the announced waits were.
func (s *Server) waitAccuracy(w http.ResponseWriter, r *http.Request) error {
	reports, ok := s.Reports.(WaitReports)
	if !ok {
		return errNotConfigured
	}
	p, err := period(r)
	if err != nil {
		return err
	}
	rows, err := reports.WaitAccuracy(r.Context(), p)
	if err != nil {
		return err
	}
	return writeSheet(w, r, sheet{name: "waits",
		json: map[string]any{"from": p.From, "to": p.To, "queues": append([]WaitAccuracy{}, rows...)},
		head: []string{"queue", "announced", "within_share", "mean_error_s"},
		rows: func(yield func([]any) bool) {
			for _, a := range rows {
				if !yield([]any{a.Queue, a.Announced, a.Within, a.MeanError}) {
					return
				}
			}
		}})
}
