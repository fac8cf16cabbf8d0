package web

import (
	"context"
	"errors"
	"net/http"
)

// Hearings put together what a caller heard: prompts, announcements and music, but no
// voice of anybody, so nobody has to agree.
type Hearings interface {
	// Heard lists the sounds of a call that has been answered, in order; none: it was
	// not. They do not overlap. ErrNotFound.
	Heard(ctx context.Context, call string) ([]HeardSound, error)
	// Kept is the sound of this key. ErrNotFound.
	Kept(ctx context.Context, key string) (Audio, error)
	// Music is a piece of a class of the flow's queues. ErrNotFound: there is no such
	// class, or its music is not known here.
	Music(ctx context.Context, class string) (Audio, error)
}

// HeardSound is something that a caller heard, or silence.
type HeardSound struct {
	AtS      float64 `json:"at_s"` // after the answer
	LengthS  float64 `json:"length_s"`
	FromS    float64 `json:"from_s"`   // so much of the sound had been heard before
	Kind     string  `json:"kind"`     // prompt, spoken (a text that is no prompt), music, ring, talk, silence
	Language string  `json:"language"` // of prompt and spoken
	Name     string  `json:"name"`     // of the prompt; of music its class
	Text     string  `json:"text"`     // what is said
	Sound    string  `json:"sound"`    // its key; "": it is not here any more
	Seq      int     `json:"seq"`      // of the fact with which it began
}

// heardHandlers play calls again.
type heardHandlers struct{ hearings Hearings }

// heard lists what a caller heard.
func (h *heardHandlers) heard(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	list, err := h.hearings.Heard(r.Context(), id)
	if errors.Is(err, ErrNotFound) {
		return refuse(http.StatusNotFound, "There is no call %q.", id)
	}
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]any{"call": id, "sounds": append([]HeardSound{}, list...)})
	return nil
}

// sound is what a key stands for.
func (h *heardHandlers) sound(w http.ResponseWriter, r *http.Request) error {
	a, err := h.hearings.Kept(r.Context(), r.PathValue("key"))
	if errors.Is(err, ErrNotFound) {
		return refuse(http.StatusNotFound, "There is no such sound any more.")
	}
	if err != nil {
		return err
	}
	return a.serve(w, r)
}

// music is a piece of the music that waiting callers hear.
func (h *heardHandlers) music(w http.ResponseWriter, r *http.Request) error {
	a, err := h.hearings.Music(r.Context(), r.PathValue("class"))
	if errors.Is(err, ErrNotFound) {
		return refuse(http.StatusNotFound, "There is no music of the class %q here.", r.PathValue("class"))
	}
	if err != nil {
		return err
	}
	return a.serve(w, r)
}
