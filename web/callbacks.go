package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"
)

// Callbacks are the callers who wait at home to be called.
type Callbacks interface {
	// List tells all that are open, in the order of the line; those that
	// have stepped out of it for a while come last.
	List(ctx context.Context) ([]Callback, error)
	// Cancel ends a callback because by says so. ErrNotFound: none such is
	// open; ErrChanged: the customer is on the phone already.
	Cancel(ctx context.Context, id, by string) error
}

// Callback is a promise to call somebody.
type Callback struct {
	ID       string     `json:"id"` // its timeline is that of a call
	Queue    string     `json:"queue"`
	Number   string     `json:"number"`
	Name     string     `json:"name,omitempty"`
	State    string     `json:"state"`   // waiting, ringing, dialing, connecting, talking, parked
	Entered  time.Time  `json:"entered"` // when the customer began to wait, then on the phone
	Begin    time.Time  `json:"begin"`   // the window promised
	Until    time.Time  `json:"until"`
	Due      *time.Time `json:"due,omitempty"` // of a parked one: in line again
	Expires  time.Time  `json:"expires"`
	Attempts int        `json:"attempts"`
	OnPhone  bool       `json:"on_phone"` // has been reached
	Agent    string     `json:"agent,omitempty"`
}

// callbackHandlers list and cancel callbacks.
type callbackHandlers struct {
	callbacks Callbacks
	log       *slog.Logger
}

// listCallbacks lists the promises that are open.
func (h *callbackHandlers) listCallbacks(w http.ResponseWriter, r *http.Request) error {
	list, err := h.callbacks.List(r.Context())
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(append([]Callback{}, list...), func(c Callback) bool { return !userOf(r).May(c.Queue) })
	writeJSON(w, http.StatusOK, map[string]any{"callbacks": list})
	return nil
}

// cancelCallback takes a promise back: the customer has been served otherwise.
func (h *callbackHandlers) cancelCallback(w http.ResponseWriter, r *http.Request) error {
	list, err := h.callbacks.List(r.Context())
	if err != nil {
		return err
	}
	const gone = "There is no such callback any more."
	if slices.ContainsFunc(list, func(c Callback) bool { return c.ID == r.PathValue("id") && !userOf(r).May(c.Queue) }) {
		return foreign(gone)
	}
	err = h.callbacks.Cancel(r.Context(), r.PathValue("id"), userOf(r).Name)
	switch {
	case errors.Is(err, ErrNotFound):
		return refuse(http.StatusNotFound, gone)
	case errors.Is(err, ErrChanged):
		return refuse(http.StatusConflict, "The customer is on the phone already, so this callback goes on.")
	case err != nil:
		return err
	}
	h.log.Info("callback cancelled", "by", userOf(r).Name, "callback", r.PathValue("id"))
	w.WriteHeader(http.StatusNoContent)
	return nil
}
