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

// WaitAccuracy is one queue's. nil: there is nobody to tell it by.
type WaitAccuracy struct {
	Queue    string   `json:"queue"`
	Told     int      `json:"told"`             // visits that were told a range
	Answered int      `json:"answered"`         // of these, told an upper bound and answered
	Within   *float64 `json:"within_share"`     // of those, who waited no longer than the bound (0 to 1)
	Longer   int      `json:"longer"`           // waited longer than the bound, however it ended
	ErrorS   *float64 `json:"mean_error_s"`     // the wait less the median told, in seconds: above zero, told too short
	AbsS     *float64 `json:"mean_abs_error_s"` // and without its sign

	// What the models said when the caller came, told or not.
	Expected  int      `json:"expected"`         // callers of whom that can be judged
	P80       *float64 `json:"p80_share"`        // who waited no longer than this quantile (0 to 1)
	P90       *float64 `json:"p90_share"`        //
	Bias      *float64 `json:"bias"`             // of the mean, relative: 0.03 says 3 % too long
	QLmS      *float64 `json:"qlm_error_s"`      // mean errors without their sign: our model…
	LESS      *float64 `json:"les_error_s"`      // …the last one served
	AvgCS     *float64 `json:"avgc_les_error_s"` // …the same, by callers ahead
	AsteriskS *float64 `json:"asterisk_error_s"` // …what Asterisk's queues would have said
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
	return writeSheet(w, r, sheet{name: "waits",
		json: map[string]any{"from": p.From, "to": p.To, "queues": append([]WaitAccuracy{}, rows...)},
		head: []string{"queue", "told", "answered", "within_share", "longer", "mean_error_s", "mean_abs_error_s",
			"expected", "p80_share", "p90_share", "bias", "qlm_error_s", "les_error_s", "avgc_les_error_s", "asterisk_error_s"},
		rows: func(yield func([]any) bool) {
			for _, a := range rows {
				if !yield([]any{a.Queue, a.Told, a.Answered, a.Within, a.Longer, a.ErrorS, a.AbsS,
					a.Expected, a.P80, a.P90, a.Bias, a.QLmS, a.LESS, a.AvgCS, a.AsteriskS}) {
					return
				}
			}
		}})
}
