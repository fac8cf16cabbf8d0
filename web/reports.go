package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Row is one line of a report. By its making it adds up:
//
//	Offered = Answered + Abandoned + SystemFailure + Other + Open
//	Abandoned = AbandonedQueue + AbandonedRinging + AbandonedAtAnswer
type Row struct {
	Queue   string     `json:"queue,omitempty"` // "": all
	Start   *time.Time `json:"start,omitempty"`
	End     *time.Time `json:"end,omitempty"`
	Offered int        `json:"offered"` // entered the queue; withdrawn ones left out

	Answered          int `json:"answered"`
	Abandoned         int `json:"abandoned"`
	AbandonedQueue    int `json:"abandoned_queue"`
	AbandonedRinging  int `json:"abandoned_ringing"`
	AbandonedAtAnswer int `json:"abandoned_at_answer"`
	SystemFailure     int `json:"system_failure"`
	Other             int `json:"other"` // ended in any other way: callback, overflow, closed…
	Open              int `json:"open"`  // still waiting
	Withdrawn         int `json:"withdrawn"`

	// AbandonRate is Abandoned / (Offered - Open), ServiceLevel the answered
	// within Target / (Answered + Abandoned). nil: nothing to divide by.
	AbandonRate  *float64 `json:"abandon_rate"`
	ServiceLevel *float64 `json:"service_level"`
	LongestS     float64  `json:"longest_s"`
	Longest      string   `json:"longest_call,omitempty"`

	within int
}

// add counts a tally.
func (r *Row) add(t Tally) {
	for outcome, n := range t.Outcomes {
		switch outcome {
		case "answered":
			r.Answered += n
		case "abandoned_queue":
			r.AbandonedQueue += n
		case "abandoned_ringing":
			r.AbandonedRinging += n
		case "abandoned_at_answer":
			r.AbandonedAtAnswer += n
		case "system_failure":
			r.SystemFailure += n
		case "withdrawn":
			r.Withdrawn += n
		default:
			r.Other += n
		}
	}
	r.Open += t.Open
	r.within += t.Within
	if t.LongestS > r.LongestS {
		r.LongestS, r.Longest = t.LongestS, t.Longest
	}
	r.Abandoned = r.AbandonedQueue + r.AbandonedRinging + r.AbandonedAtAnswer
	r.Offered = r.Answered + r.Abandoned + r.SystemFailure + r.Other + r.Open
	r.AbandonRate = ratio(r.Abandoned, r.Offered-r.Open)
	r.ServiceLevel = ratio(r.within, r.Answered+r.Abandoned)
}

func ratio(part, whole int) *float64 {
	if whole == 0 {
		return nil
	}
	f := float64(part) / float64(whole)
	return &f
}

// summary is a period in one row per queue, the rows together, and the menus.
func (s *Server) summary(w http.ResponseWriter, r *http.Request) error {
	p, err := period(r)
	if err != nil {
		return err
	}
	tallies, err := s.Reports.Tallies(r.Context(), p, "", 0)
	if err != nil {
		return err
	}
	menus, err := s.Reports.Menus(r.Context(), p)
	if err != nil {
		return err
	}
	var total Row
	rows := make([]Row, len(tallies))
	for i, t := range tallies {
		rows[i].Queue = t.Queue
		rows[i].add(t)
		total.add(t)
	}
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(a.Queue, b.Queue) })
	writeJSON(w, http.StatusOK, map[string]any{"from": p.From, "to": p.To, "target_s": Target,
		"total": total, "queues": rows, "menus": menus})
	return nil
}

// calls lists single calls.
func (s *Server) calls(w http.ResponseWriter, r *http.Request) error {
	p, err := period(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	f := CallFilter{Period: p, Queue: q.Get("queue"), Limit: 200}
	for o := range strings.SplitSeq(q.Get("outcome"), ",") {
		if o = strings.TrimSpace(o); o != "" {
			f.Outcomes = append(f.Outcomes, o)
		}
	}
	if text := q.Get("limit"); text != "" {
		if f.Limit, err = strconv.Atoi(text); err != nil || f.Limit < 1 || f.Limit > 1000 {
			return refuse(http.StatusBadRequest, "limit is a number from 1 to 1000, not %q.", text)
		}
	}
	rows, err := s.Reports.Calls(r.Context(), f)
	if err != nil {
		return err
	}
	return writeSheet(w, r, sheet{name: "calls", json: map[string]any{"calls": append([]CallRow{}, rows...)},
		head: []string{"at", "ended", "call", "queue", "outcome", "number", "name", "path", "queue_s", "ring_s", "agent"},
		rows: func(yield func([]any) bool) {
			for _, c := range rows {
				var ended any
				if c.Ended != nil {
					ended = *c.Ended
				}
				if !yield([]any{c.At, ended, c.Call, c.Queue, c.Outcome, c.Number, c.Name, c.Path, c.QueueS, c.RingS, c.Agent}) {
					return
				}
			}
		}})
}

// timeline is what happened to one call.
func (s *Server) timeline(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	list, err := s.Reports.Timeline(r.Context(), id)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return refuse(http.StatusNotFound, "There is no call %q.", id)
	}
	writeJSON(w, http.StatusOK, map[string]any{"call": id, "timeline": list})
	return nil
}

// maxRows keeps a question from being larger than anybody reads.
const maxRows = 10_000

// abandonment is a period by interval and queue, to be read or taken away.
func (s *Server) abandonment(w http.ResponseWriter, r *http.Request) error {
	p, err := period(r)
	if err != nil {
		return err
	}
	interval := 15 * time.Minute
	if text := r.URL.Query().Get("interval"); text != "" {
		interval, err = time.ParseDuration(text)
		if err != nil || interval < 15*time.Minute || interval > 24*time.Hour || interval%(15*time.Minute) != 0 {
			return refuse(http.StatusBadRequest, "interval is a multiple of 15m up to 24h, not %q.", text)
		}
	}
	if p.To.Sub(p.From)/interval > maxRows {
		return refuse(http.StatusBadRequest, "That would be more than %d intervals; ask for a shorter time or longer intervals.", maxRows)
	}
	tallies, err := s.Reports.Tallies(r.Context(), p, r.URL.Query().Get("queue"), interval)
	if err != nil {
		return err
	}
	rows := make([]Row, len(tallies))
	for i, t := range tallies {
		start, end := t.Start.UTC(), t.Start.UTC().Add(interval)
		rows[i] = Row{Queue: t.Queue, Start: &start, End: &end}
		rows[i].add(t)
	}
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Or(a.Start.Compare(*b.Start), cmp.Compare(a.Queue, b.Queue))
	})
	return writeSheet(w, r, sheet{name: "abandonment",
		json: map[string]any{"from": p.From, "to": p.To, "interval_s": interval.Seconds(), "rows": rows},
		head: []string{"start", "end", "queue", "offered", "answered", "abandoned", "abandoned_queue", "abandoned_ringing",
			"abandoned_at_answer", "system_failure", "other", "open", "withdrawn", "abandon_rate", "service_level", "longest_s"},
		rows: func(yield func([]any) bool) {
			for _, r := range rows {
				if !yield([]any{*r.Start, *r.End, r.Queue, r.Offered, r.Answered, r.Abandoned, r.AbandonedQueue, r.AbandonedRinging,
					r.AbandonedAtAnswer, r.SystemFailure, r.Other, r.Open, r.Withdrawn, r.AbandonRate, r.ServiceLevel, r.LongestS}) {
					return
				}
			}
		}})
}

// maxPeriod is the longest time that one question may be about.
const maxPeriod = 400 * 24 * time.Hour

// period reads from and to, in RFC 3339. Without them it is the last 24 hours.
func period(r *http.Request) (Period, error) {
	p := Period{To: time.Now().UTC().Truncate(time.Second).Add(time.Second)}
	var err error
	if p.To, err = instant(r, "to", p.To); err != nil {
		return p, err
	}
	if p.From, err = instant(r, "from", p.To.Add(-24*time.Hour)); err != nil {
		return p, err
	}
	if !p.From.Before(p.To) || p.To.Sub(p.From) > maxPeriod {
		return p, refuse(http.StatusBadRequest, "from must be before to, and at most 400 days before.")
	}
	return p, nil
}

func instant(r *http.Request, name string, std time.Time) (time.Time, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return std, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, refuse(http.StatusBadRequest, "%s is a time like 2026-05-04T08:00:00Z, not %q.", name, text)
	}
	return t.UTC(), nil
}
