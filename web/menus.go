package web

import (
	"errors"
	"net/http"

	"presszero/report"
)

// menuNodes tells what happened at each node of the flow.
func (s *Server) menuNodes(w http.ResponseWriter, r *http.Request) error {
	p, err := s.period(r)
	if err != nil {
		return err
	}
	nodes, err := s.Reports.MenuNodes(r.Context(), p)
	if err != nil {
		return err
	}
	for i := range nodes {
		if nodes[i].Keys == nil {
			nodes[i].Keys = map[string]int{}
		}
	}
	return writeSheet(w, r, newSheet("menus", map[string]any{"from": p.From, "to": p.To, "nodes": append([]report.MenuNode{}, nodes...)},
		report.MenuNodeColumns, nodes))
}

// compliance measures a period against what was promised.
func (s *Server) compliance(w http.ResponseWriter, r *http.Request) error {
	p, err := s.period(r)
	if err != nil {
		return err
	}
	profile := r.URL.Query().Get("profile")
	rows, err := s.Reports.Compliance(r.Context(), profile, p)
	if errors.Is(err, ErrNotFound) {
		return refuse(http.StatusNotFound, "There is no compliance profile called %q.", profile)
	}
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]any{"from": p.From, "to": p.To, "requirements": append([]report.Requirement{}, rows...)})
	return nil
}
