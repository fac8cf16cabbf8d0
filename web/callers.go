package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"unicode/utf8"

	"presszero/report"
)

// Callers keeps the notes on callers.
type Callers interface {
	// Callers lists the callers of some queues (none: of all) whose number holds these
	// digits, "": all; the latest come first.
	Callers(ctx context.Context, number string, queues []string, limit int) ([]report.Caller, error)
	// EditCaller changes the notes on a caller and writes the act of the user by
	// to the audit. ErrNotFound: no such caller has called one of the queues (none: any).
	EditCaller(ctx context.Context, key string, e report.CallerEdit, queues []string, by string) (report.Caller, error)
}

// callerHandlers find and edit callers.
type callerHandlers struct {
	callers  Callers
	searches *searches
	log      *slog.Logger
}

// listCallers finds callers by number.
func (h *callerHandlers) listCallers(w http.ResponseWriter, r *http.Request) error {
	number := r.URL.Query().Get("number")
	list, err := h.callers.Callers(r.Context(), number, userOf(r).Scope(), 100)
	if err != nil {
		return err
	}
	if len(notDigit.ReplaceAllString(number, "")) >= wholeNumbers {
		h.searches.note(r, []string{number}, "", "")
	} else {
		h.searches.note(r, nil, number, "")
	}
	writeJSON(w, http.StatusOK, map[string]any{"callers": append([]report.Caller{}, list...)})
	return nil
}

// A language is written as in the flow: ko, pt-BR (BCP 47, in short).
var languageTag = regexp.MustCompile(`^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*)?$`)

const (
	maxCallerName = 80
	maxNote       = 500
)

// editCaller changes the notes on a caller.
func (h *callerHandlers) editCaller(w http.ResponseWriter, r *http.Request) error {
	var e report.CallerEdit
	if err := readJSON(w, r, &e); err != nil {
		return err
	}
	if utf8.RuneCountInString(e.Name) > maxCallerName || utf8.RuneCountInString(e.Note) > maxNote {
		return refuse(http.StatusUnprocessableEntity, "A caller's name has at most %d letters, and a note %d.", maxCallerName, maxNote)
	}
	if !languageTag.MatchString(e.Language) {
		return refuse(http.StatusUnprocessableEntity, "A language is written like es or pt-BR, not %q.", e.Language)
	}
	c, err := h.callers.EditCaller(r.Context(), r.PathValue("key"), e, userOf(r).Scope(), userOf(r).Name)
	const none = "There is no such caller."
	switch {
	case errors.Is(err, ErrNotFound) && len(userOf(r).Scope()) > 0: // a caller of others, or nobody
		return foreign(none)
	case errors.Is(err, ErrNotFound):
		return refuse(http.StatusNotFound, none)
	case err != nil:
		return err
	}
	h.log.Info("caller edited", "by", userOf(r).Name, "caller", c.Key)
	writeJSON(w, http.StatusOK, c)
	return nil
}
