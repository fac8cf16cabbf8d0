package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"

	"presszero/report"
)

// problem is why a request was not served: a sentence for the person, and for
// the log the cause, which strangers do not see.
type problem struct {
	status int
	text   string
	cause  error

	foreign bool // what is asked for is there, but not for this user
}

func (p *problem) Error() string {
	if p.cause != nil {
		return fmt.Sprintf("%s (%v)", p.text, p.cause)
	}
	return p.text
}

func (p *problem) Unwrap() error { return p.cause }

func refuse(status int, format string, args ...any) error {
	return &problem{status: status, text: fmt.Sprintf(format, args...)}
}

// foreign refuses what is of queues that the user may not see, as if it were not
// there. That somebody asked is logged.
func foreign(format string, args ...any) error {
	return &problem{status: http.StatusNotFound, text: fmt.Sprintf(format, args...), foreign: true}
}

var (
	errSignIn    = &problem{status: http.StatusUnauthorized, text: "Please sign in."}
	errForbidden = &problem{status: http.StatusForbidden, text: "Your role does not allow this."}

	errNotConfigured = &problem{status: http.StatusNotFound, text: "This is not configured here."}
)

// problemOf is the answer to an error.
func problemOf(err error) *problem {
	var p *problem
	var unfit Unfit
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &unfit):
		return &problem{status: http.StatusUnprocessableEntity, text: string(unfit)}
	case errors.Is(err, ErrNotFound):
		return &problem{status: http.StatusNotFound, text: "There is no such thing."}
	case errors.Is(err, report.ErrTooMuch):
		return &problem{status: http.StatusServiceUnavailable,
			text: "That takes too long to count. Please ask for a shorter time, or try again when less is going on.", cause: err}
	}
	return &problem{status: http.StatusServiceUnavailable,
		text: "This cannot be had at the moment; please try again.", cause: err}
}

// answer writes the error of a request, if there is one.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, err error) {
	if err == nil {
		return
	}
	if errors.As(err, new(cutOff)) {
		if r.Context().Err() == nil {
			s.log.Error("an answer was cut off", "path", r.URL.Path, "err", err)
		}
		panic(http.ErrAbortHandler) // closes the connection; the reader sees that the end is missing
	}
	p := problemOf(err)
	if p.foreign {
		u := userOf(r)
		s.log.Warn("a request for another queue's data was refused", "name", u.Name, "role", u.Role, "method", r.Method, "path", r.URL.Path, "queue", r.URL.Query().Get("queue"))
	}
	if p.status >= 500 && r.Context().Err() == nil {
		s.log.Error("a request failed", "method", r.Method, "path", r.URL.Path, "err", err)
	}
	writeJSON(w, p.status, map[string]string{"error": p.text})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the reader has gone; nobody to tell
}

// readJSON reads the one JSON object that a request consists of.
func readJSON(w http.ResponseWriter, r *http.Request, v any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "Send JSON, with the content type application/json.")
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return refuse(http.StatusBadRequest, "The request is not the JSON that is expected here: %v.", err)
	}
	return nil
}
