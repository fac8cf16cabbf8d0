package web

import (
	"errors"
	"net/http"
	"time"
)

// MenuNode is what happened at one node of the flow. It counts stays: one
// begins when a caller enters the node and lasts until the call enters a node
// again, or ends. It belongs, with all that happened in it, to the moment of
// entering. Keys, Silent and Wrong count how often, the others count stays.
type MenuNode struct {
	Node     string `json:"node"`
	Flow     string `json:"flow"`     // version of the flow in which it was last entered
	Versions int    `json:"versions"` // of the flow in which it was entered

	Entries    int            `json:"entries"`
	Keys       map[string]int `json:"keys"`        // by digit; 0 is not among them
	ZeroDuring int            `json:"zero_during"` // 0 before the prompt was over
	ZeroAfter  int            `json:"zero_after"`
	Silent     int            `json:"silent"`
	Wrong      int            `json:"wrong"`
	HungUp     int            `json:"hung_up"` // by the caller, who has reached nobody
	SelfServed int            `json:"self_served"`
	LookUps    int            `json:"look_ups"`
	LookFailed int            `json:"look_failed"`
	Messages   int            `json:"messages"`
	Transfers  int            `json:"transfers"`
	Joined     int            `json:"joined"`

	// Seconds from entering the node until the call entered a queue (of the
	// Queued), and until caller and agent heard each other (of the Reached).
	Queued      int      `json:"queued"`
	ToQueueP50  *float64 `json:"to_queue_p50_s"`
	ToQueueP90  *float64 `json:"to_queue_p90_s"`
	Reached     int      `json:"reached"`
	ToPersonP50 *float64 `json:"to_person_p50_s"`
	ToPersonP90 *float64 `json:"to_person_p90_s"`
}

// Requirement is one thing that a compliance profile requires of the day, and
// how the day was.
type Requirement struct {
	Profile     string   `json:"profile"`
	Requirement string   `json:"requirement"` // stable name: answered_within…; the pages have words for it
	Seconds     float64  `json:"within_s,omitempty"`
	Measured    *float64 `json:"measured"` // nil: nothing to measure
	Limit       float64  `json:"limit"`
	Unit        string   `json:"unit"` // share (0 to 1), s, calls, h
	OK          *bool    `json:"ok"`   // nil: nothing to measure

	// NotMeasured: no fact tells whether it is kept, so nobody may say that it is.
	NotMeasured bool `json:"not_measured,omitempty"`
	// Breaches are the single calls, where each is to be told; the newest
	// first, at most 200.
	Breaches []Breach `json:"breaches,omitempty"`
}

// Breach is one caller who waited longer than a profile allows.
type Breach struct {
	Call    string    `json:"call"`
	Queue   string    `json:"queue"`
	At      time.Time `json:"at"` // entered the queue
	WaitS   float64   `json:"wait_s"`
	Outcome string    `json:"outcome"` // "open": waits still
}

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
	return writeSheet(w, r, sheet{name: "menus",
		json: map[string]any{"from": p.From, "to": p.To, "nodes": append([]MenuNode{}, nodes...)},
		head: []string{"node", "flow", "versions", "entries", "key_1", "key_2", "key_3", "key_4", "key_5", "key_6", "key_7", "key_8", "key_9",
			"key_star", "key_hash", "zero_during", "zero_after", "silent", "wrong", "hung_up", "self_served", "look_ups", "look_failed",
			"messages", "transfers", "joined", "queued", "to_queue_p50_s", "to_queue_p90_s", "reached", "to_person_p50_s", "to_person_p90_s"},
		rows: func(yield func([]any) bool) {
			for _, n := range nodes {
				row := []any{n.Node, n.Flow, n.Versions, n.Entries}
				for _, digit := range "123456789*#" {
					row = append(row, n.Keys[string(digit)])
				}
				if !yield(append(row, n.ZeroDuring, n.ZeroAfter, n.Silent, n.Wrong, n.HungUp, n.SelfServed, n.LookUps, n.LookFailed,
					n.Messages, n.Transfers, n.Joined, n.Queued, n.ToQueueP50, n.ToQueueP90, n.Reached, n.ToPersonP50, n.ToPersonP90)) {
					return
				}
			}
		}})
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
	writeJSON(w, http.StatusOK, map[string]any{"from": p.From, "to": p.To, "requirements": append([]Requirement{}, rows...)})
	return nil
}
