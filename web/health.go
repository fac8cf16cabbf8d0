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

// healthHandlers answer programs that watch this one. Any field but token may be nil.
type healthHandlers struct {
	alive   func(context.Context) error
	ready   func(context.Context) []string
	warn    func(context.Context) []string
	metrics http.Handler
	token   string // see Config.MetricsToken
}

// healthz says that the program runs and decides. One that does not should be
// ended and started again.
func (h *healthHandlers) healthz(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), aliveWithin)
	defer cancel()
	if h.alive != nil {
		if err := h.alive(ctx); err != nil {
			writeJSON(w, http.StatusServiceUnavailable, map[string]any{"ok": false, "reason": err.Error()})
			return nil
		}
	}
	writeJSON(w, http.StatusOK, map[string]bool{"ok": true})
	return nil
}

// readyz says whether calls can be taken, and if not, why not; and what else
// an operator should look at.
func (h *healthHandlers) readyz(w http.ResponseWriter, r *http.Request) error {
	var reasons []string
	if h.ready != nil {
		reasons = h.ready(r.Context())
	}
	var warnings []string
	if h.warn != nil {
		warnings = h.warn(r.Context())
	}
	status := http.StatusOK
	if len(reasons) > 0 {
		status = http.StatusServiceUnavailable
	}
	writeJSON(w, status, map[string]any{"ready": len(reasons) == 0, "reasons": append([]string{}, reasons...),
		"warnings": append([]string{}, warnings...)})
	return nil
}

// hasToken reports whether r has the right of programs on this machine to the
// metrics, by the bearer token.
func (h *healthHandlers) hasToken(r *http.Request) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && h.token != "" && subtle.ConstantTimeCompare([]byte(token), []byte(h.token)) == 1
}

// figures are the metrics for Prometheus.
func (h *healthHandlers) figures(w http.ResponseWriter, r *http.Request) error {
	if h.metrics == nil {
		return ErrNotFound
	}
	h.metrics.ServeHTTP(w, r)
	return nil
}
