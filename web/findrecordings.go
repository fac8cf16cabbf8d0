package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"presszero/report"
)

const (
	recordingsShown = 50
	// wholeNumbers are how many digits a number has at least that is looked for as a
	// whole; fewer are its last ones, which are looked for in at most digitsWithin.
	wholeNumbers = 7
	leastDigits  = 3
	digitsWithin = 31 * 24 * time.Hour
)

var notDigit = regexp.MustCompile(`\D`)

// list lists recordings, the newest first; before continues a list.
func (h *recordingHandlers) list(w http.ResponseWriter, r *http.Request) error {
	u := userOf(r)
	f, err := h.filter(u, r.URL.Query())
	if err != nil {
		return err
	}
	h.searches.noteRecordings(r, f)
	f.Limit = recordingsShown + 1
	rows, err := h.recordings.Recordings(r.Context(), f)
	if err != nil {
		return err
	}
	before := ""
	if len(rows) > recordingsShown {
		rows = rows[:recordingsShown]
		last := rows[len(rows)-1]
		before = last.JoinedAt.UTC().Format(time.RFC3339Nano) + " " + last.ID
	}
	shown := make([]report.Recording, 0, len(rows))
	for _, rec := range rows {
		if h.may(u, rec) { // a number or a country may have a rule of its own
			shown = append(shown, rec)
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"recordings": shown, "before": before})
	return nil
}

// filter reads what is looked for.
func (h *recordingHandlers) filter(u User, q url.Values) (f report.RecordingFilter, err error) {
	f = h.filterFor(u)
	f.Queue, f.Outcome, f.Code = q.Get("queue"), q.Get("outcome"), q.Get("code")
	f.Name, f.Note = strings.TrimSpace(q.Get("name")), strings.TrimSpace(q.Get("note"))
	f.Absent = q.Get("absent") == "true"
	if agent := q.Get("agent"); agent != "" && u.Role != RoleAgent {
		f.Agent = agent
	}
	if f.Queue != "" && u.Role != RoleAgent && !u.May(f.Queue) {
		return f, foreign("There is no queue %q.", f.Queue)
	}
	if f.From, err = h.instant(q, "from", 0); err != nil {
		return f, err
	}
	if f.To, err = h.instant(q, "to", 1); err != nil {
		return f, err
	}
	for name, to := range map[string]**float64{"length_from_s": &f.LengthFromS, "length_to_s": &f.LengthToS} {
		n, err := wholeNumber(q, name, 0, 24*3600)
		if err != nil {
			return f, err
		}
		if n != nil {
			s := float64(*n)
			*to = &s
		}
	}
	if err := numberOf(q.Get("number"), &f); err != nil {
		return f, err
	}
	if text := q.Get("before"); text != "" {
		at, id, _ := strings.Cut(text, " ")
		t, err := time.Parse(time.RFC3339Nano, at)
		if err != nil || id == "" {
			return f, refuse(http.StatusBadRequest, "before is what the page before told, not %q.", text)
		}
		f.Before = &report.RecordingPlace{At: t, ID: id}
	}
	return f, nil
}

// instant reads a time, or the beginning of the day so many days after one, by the house's
// clock; zero: there is none.
func (h *recordingHandlers) instant(q url.Values, name string, later int) (time.Time, error) {
	text := q.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		zone, err := time.LoadLocation((&reportHandlers{h.reports}).thresholds()("").Zone)
		if err != nil {
			return time.Time{}, err
		}
		return midnight(day, later, zone), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, refuse(http.StatusBadRequest, "%s is a day like 2026-05-04 or a time like 2026-05-04T09:00:00Z, not %q.", name, text)
	}
	return at, nil
}

// numberOf reads a number that is looked for: whole, or its last digits.
func numberOf(text string, f *report.RecordingFilter) error {
	digits := notDigit.ReplaceAllString(text, "")
	switch {
	case strings.TrimSpace(text) == "":
	case len(digits) >= wholeNumbers:
		f.Numbers = []string{text}
	case len(digits) < leastDigits:
		return refuse(http.StatusUnprocessableEntity, "Write the whole number, or at least its last %s digits.", strconv.Itoa(leastDigits))
	case f.From.IsZero() || f.To.IsZero() || f.To.Sub(f.From) > digitsWithin:
		return refuse(http.StatusUnprocessableEntity, "The last digits of a number can be looked for within a month; write from and to, or the whole number.")
	default:
		f.Digits = digits
	}
	return nil
}
