package web

import "net/http"

// healthz says that the program runs.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) error {
	writeJSON(w, http.StatusOK, map[string]bool{"ok": true})
	return nil
}

// readyz says whether calls can be taken, and if not, why not; and what else
// an operator should look at.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) error {
	var reasons []string
	if s.Ready != nil {
		reasons = s.Ready(r.Context())
	}
	var warnings []string
	if s.Warn != nil {
		warnings = s.Warn(r.Context())
	}
	status := http.StatusOK
	if len(reasons) > 0 {
		status = http.StatusServiceUnavailable
	}
	writeJSON(w, status, map[string]any{"ready": len(reasons) == 0, "reasons": append([]string{}, reasons...),
		"warnings": append([]string{}, warnings...)})
	return nil
}

func (s *Server) metrics(w http.ResponseWriter, r *http.Request) error {
	if s.Metrics == nil {
		return ErrNotFound
	}
	s.Metrics.ServeHTTP(w, r)
	return nil
}
