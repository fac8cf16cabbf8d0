package web

import (
	"context"
	"crypto/subtle"
	"net/http"
	"strings"
	"time"
)

// aliveWithin is how long the program may take to say that it lives.
const aliveWithin = 2 * time.Second

// Health serves /healthz and /readyz alone, for a watchdog that comes in by a
// door of its own.
func (s *Server) Health() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, s.healthz(w, r)) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, s.readyz(w, r)) })
	return mux
}

// healthz says that the program runs and decides. One that does not should be
// ended and started again.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), aliveWithin)
	defer cancel()
	if s.Alive != nil {
		if err := s.Alive(ctx); err != nil {
			writeJSON(w, http.StatusServiceUnavailable, map[string]any{"ok": false, "reason": err.Error()})
			return nil
		}
	}
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

// hasMetricsToken reports whether r may have what programs on this machine may.
func (s *Server) hasMetricsToken(r *http.Request) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && s.MetricsToken != "" && subtle.ConstantTimeCompare([]byte(token), []byte(s.MetricsToken)) == 1
}

func (s *Server) metrics(w http.ResponseWriter, r *http.Request) error {
	if s.Metrics == nil {
		return ErrNotFound
	}
	s.Metrics.ServeHTTP(w, r)
	return nil
}
