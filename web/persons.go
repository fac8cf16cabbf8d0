package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"presszero/report"
)

// Persons tells what is kept of somebody, and forgets it. Numbers are all of the person's, in
// any writing; one that is none is Unfit.
type Persons interface {
	FindPerson(ctx context.Context, numbers []string) (report.Person, error)
	// ExportPerson writes a zip for the person.
	ExportPerson(ctx context.Context, to io.Writer, numbers []string) (report.Person, error)
	// ForgetPerson orders that a person is forgotten, and returns what has come of it within a
	// moment; it goes on in the background, also over a restart. The act is in the audit.
	// Unfit: another person is being forgotten.
	ForgetPerson(ctx context.Context, numbers []string, by, why string) (report.Forgetting, error)
	// Forgetting is what goes on, or was last; nil: nothing was since the program runs.
	Forgetting(ctx context.Context) (*report.Forgetting, error)
}

// Keeping tells what goes by age, and keeps what is on hold from going.
type Keeping interface {
	Keeping(ctx context.Context) (report.Keeping, error)
	Holds(ctx context.Context) ([]report.Hold, error)
	// Hold and Release write the act to the audit.
	Hold(ctx context.Context, h report.Hold) (id string, err error)
	// Release ends a hold. ErrNotFound.
	Release(ctx context.Context, id, by string) error
}

// personHandlers serve Persons and Keeping.
type personHandlers struct {
	persons Persons
	keeping Keeping
	log     *slog.Logger
}

const (
	maxNumbers = 20 // of one person
	maxWhy     = 300
)

// aboutPerson is what the page sends about a person: in the body, so that no address and no log
// has the number.
type aboutPerson struct {
	Numbers []string `json:"numbers"`
	Why     string   `json:"why"`
}

func readAboutPerson(w http.ResponseWriter, r *http.Request) (a aboutPerson, err error) {
	if err := readJSON(w, r, &a); err != nil {
		return a, err
	}
	if len(a.Numbers) == 0 || len(a.Numbers) > maxNumbers || utf8.RuneCountInString(a.Why) > maxWhy {
		return a, refuse(http.StatusUnprocessableEntity, "Name 1 to %d numbers of the person; a reason has at most %d letters.", maxNumbers, maxWhy)
	}
	return a, nil
}

// longAct lets a request last that goes through all the books.
func longAct(w http.ResponseWriter) {
	c := http.NewResponseController(w)
	_ = c.SetWriteDeadline(time.Now().Add(30 * time.Minute))
	_ = c.SetReadDeadline(time.Now().Add(30 * time.Minute))
}

func (h *personHandlers) find(w http.ResponseWriter, r *http.Request) error {
	a, err := readAboutPerson(w, r)
	if err != nil {
		return err
	}
	longAct(w)
	p, err := h.persons.FindPerson(r.Context(), a.Numbers)
	if err != nil {
		return err
	}
	noteAct(r, "calls", p.Calls)
	writeJSON(w, http.StatusOK, p)
	return nil
}

// export answers with the zip. It is made in whole first, so that one that is cut off is not
// taken for one.
func (h *personHandlers) export(w http.ResponseWriter, r *http.Request) error {
	a, err := readAboutPerson(w, r)
	if err != nil {
		return err
	}
	longAct(w)
	var zip bytes.Buffer
	p, err := h.persons.ExportPerson(r.Context(), &zip, a.Numbers)
	if err != nil {
		return err
	}
	noteAct(r, "calls", p.Calls)
	noteAct(r, "messages", p.Messages)
	noteAct(r, "recordings", p.Recordings)
	noteAct(r, "why", a.Why)
	h.log.Info("a person's data were exported", "by", userOf(r).Name)
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="person.zip"`)
	w.Header().Set("Content-Length", strconv.Itoa(zip.Len()))
	w.Header().Set("Cache-Control", "no-store")
	_, err = zip.WriteTo(w)
	return err
}

func (h *personHandlers) forget(w http.ResponseWriter, r *http.Request) error {
	a, err := readAboutPerson(w, r)
	if err != nil {
		return err
	}
	is, err := h.persons.ForgetPerson(r.Context(), a.Numbers, userOf(r).Name, a.Why)
	switch {
	case err != nil:
		return err
	case is.Ended == nil:
		writeJSON(w, http.StatusAccepted, is)
	case is.Done == nil: // a hold, or a call that is up, keeps the person
		return Unfit(is.Error)
	default:
		writeJSON(w, http.StatusOK, is)
	}
	return nil
}

func (h *personHandlers) forgetting(w http.ResponseWriter, r *http.Request) error {
	is, err := h.persons.Forgetting(r.Context())
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]any{"forgetting": is})
	return nil
}

func (h *personHandlers) kept(w http.ResponseWriter, r *http.Request) error {
	k, err := h.keeping.Keeping(r.Context())
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, k)
	return nil
}

func (h *personHandlers) holds(w http.ResponseWriter, r *http.Request) error {
	list, err := h.keeping.Holds(r.Context())
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]any{"holds": append([]report.Hold{}, list...)})
	return nil
}

// reviewAfter is when somebody looks whether a hold is still needed, where it is not said.
const reviewAfter = 90 * 24 * time.Hour

func (h *personHandlers) hold(w http.ResponseWriter, r *http.Request) error {
	var set struct {
		Kind, Of, Reason string
		Until            *time.Time
		Review           time.Time
	}
	if err := readJSON(w, r, &set); err != nil {
		return err
	}
	now := time.Now()
	if set.Review.IsZero() {
		set.Review = now.Add(reviewAfter)
	}
	switch {
	case !slices.Contains([]string{report.HoldCaller, report.HoldQueue, report.HoldMessage, report.HoldRecording}, set.Kind):
		return refuse(http.StatusUnprocessableEntity, "A hold is of a caller, a queue, a message or a recording, not of %q.", set.Kind)
	case set.Of == "" || set.Reason == "" || utf8.RuneCountInString(set.Reason) > maxWhy || len(set.Of) > 200:
		return refuse(http.StatusUnprocessableEntity, "Say what is held, and why, in at most %d letters.", maxWhy)
	case set.Until != nil && set.Until.Before(now) || set.Review.Before(now):
		return refuse(http.StatusUnprocessableEntity, "A hold ends, and is looked at again, in the future.")
	}
	id, err := h.keeping.Hold(r.Context(), report.Hold{Kind: set.Kind, Of: set.Of, Reason: set.Reason, By: userOf(r).Name, Until: set.Until, Review: set.Review})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, map[string]string{"id": id})
	return nil
}

func (h *personHandlers) release(w http.ResponseWriter, r *http.Request) error {
	err := h.keeping.Release(r.Context(), r.PathValue("id"), userOf(r).Name)
	if errors.Is(err, ErrNotFound) {
		return refuse(http.StatusNotFound, "There is no such hold; it may have been released.")
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
