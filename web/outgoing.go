package web

import (
	"log/slog"
	"net/http"
)

// Outgoing is the switch for all calls that leave: callbacks, transfers and
// agents' own.
type Outgoing interface {
	// Stopped reports whether no calls may leave.
	Stopped() bool
	// SetStopped switches them off, or on. It outlives a restart.
	SetStopped(stopped bool) error
}

// outgoingHandlers show and turn the switch for outgoing calls.
type outgoingHandlers struct {
	outgoing Outgoing // nil: no calls leave
	log      *slog.Logger
}

// state tells whether calls can leave.
func (h *outgoingHandlers) state(w http.ResponseWriter, r *http.Request) error {
	there := h.outgoing != nil
	writeJSON(w, http.StatusOK, map[string]bool{"trunk": there, "stopped": there && h.outgoing.Stopped()})
	return nil
}

// setStopped switches outgoing calls off or on. Calls that are under way
// go on.
func (h *outgoingHandlers) setStopped(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Stopped *bool }
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if in.Stopped == nil {
		return refuse(http.StatusUnprocessableEntity, "stopped is true or false.")
	}
	noteAct(r, "stopped", *in.Stopped)
	if err := h.outgoing.SetStopped(*in.Stopped); err != nil {
		return err
	}
	h.log.Info("outgoing calls switched", "by", userOf(r).Name, "stopped", *in.Stopped)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
