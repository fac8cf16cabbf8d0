package web

import "net/http"

// Outgoing is the switch for all calls that leave: callbacks, transfers and
// agents' own.
type Outgoing interface {
	// Stopped reports whether no calls may leave.
	Stopped() bool
	// SetStopped switches them off, or on. It outlives a restart.
	SetStopped(stopped bool) error
}

func (s *Server) outgoing(w http.ResponseWriter, r *http.Request) error {
	there := s.Outgoing != nil
	writeJSON(w, http.StatusOK, map[string]bool{"trunk": there, "stopped": there && s.Outgoing.Stopped()})
	return nil
}

// switchOutgoing switches outgoing calls off or on. Calls that are under way
// go on.
func (s *Server) switchOutgoing(w http.ResponseWriter, r *http.Request) error {
	if s.Outgoing == nil {
		return errNotConfigured
	}
	var in struct{ Stopped *bool }
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if in.Stopped == nil {
		return refuse(http.StatusUnprocessableEntity, "stopped is true or false.")
	}
	noteAct(r, "stopped", *in.Stopped)
	if err := s.Outgoing.SetStopped(*in.Stopped); err != nil {
		return err
	}
	s.log.Info("outgoing calls switched", "by", userOf(r).Name, "stopped", *in.Stopped)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
