package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// Prompts are the sounds that the flow says.
type Prompts interface {
	Prompts(ctx context.Context) ([]Prompt, error)
	// Sound returns how a prompt sounds now. ErrNotFound.
	Sound(ctx context.Context, language, name string) (Audio, error)
	// Record replaces the sound by a recording. ErrNotFound: the flow has no
	// such prompt. Unfit: it is no sound, or too long.
	Record(ctx context.Context, language, name string, sound io.Reader, by string) (Prompt, error)
	// Unrecord drops the recording. ErrNotFound: there is none.
	Unrecord(ctx context.Context, language, name, by string) error
}

// Prompt is one sound in one language.
type Prompt struct {
	Language string  `json:"language"`
	Name     string  `json:"name"`
	Text     string  `json:"text"`     // what it says, as the flow has it
	Source   string  `json:"source"`   // recorded, core, spoken
	House    bool    `json:"house"`    // the flow says it; false: the program does, in every flow
	Length   float64 `json:"length_s"` // seconds
}

// promptHandlers play and record prompts.
type promptHandlers struct {
	prompts Prompts
	log     *slog.Logger
}

// listPrompts lists what the flow says, and by whose voice.
func (h *promptHandlers) listPrompts(w http.ResponseWriter, r *http.Request) error {
	list, err := h.prompts.Prompts(r.Context())
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]any{"prompts": append([]Prompt{}, list...)})
	return nil
}

// audio is how a prompt sounds now.
func (h *promptHandlers) audio(w http.ResponseWriter, r *http.Request) error {
	a, err := h.prompts.Sound(r.Context(), r.PathValue("language"), r.PathValue("name"))
	if err != nil {
		return noSuchPrompt(err, r)
	}
	return a.serve(w, r)
}

// Limits of a recording that is uploaded.
const (
	maxSound   = 10 << 20
	uploadTime = 2 * time.Minute
)

// record replaces a prompt by the recording in the form field sound.
func (h *promptHandlers) record(w http.ResponseWriter, r *http.Request) error {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadTime)) // not every writer has one
	r.Body = http.MaxBytesReader(w, r.Body, maxSound+64<<10)                      // and what is around it
	sound, err := soundOf(r)
	if err != nil {
		return tooLarge(err)
	}
	defer sound.Close()
	language, name, by := r.PathValue("language"), r.PathValue("name"), userOf(r).Name
	p, err := h.prompts.Record(r.Context(), language, name, sound, by)
	if err != nil {
		return noSuchPrompt(tooLarge(err), r)
	}
	h.log.Info("prompt recorded", "by", by, "language", language, "prompt", name)
	writeJSON(w, http.StatusOK, p)
	return nil
}

// soundOf returns the file in the form field sound. Nothing of the upload is
// put on a disk here.
func soundOf(r *http.Request) (io.ReadCloser, error) {
	form, err := r.MultipartReader()
	if err != nil {
		return nil, refuse(http.StatusUnsupportedMediaType, "Send the recording as multipart/form-data, in the field sound.")
	}
	for {
		part, err := form.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return nil, refuse(http.StatusBadRequest, "There is no field sound in the form.")
		case err != nil:
			return nil, err
		case part.FormName() == "sound":
			return part, nil
		}
	}
}

func tooLarge(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return refuse(http.StatusRequestEntityTooLarge, "A recording has at most %d MiB.", maxSound>>20)
	}
	return err
}

// unrecord drops the recording: the text is spoken again.
func (h *promptHandlers) unrecord(w http.ResponseWriter, r *http.Request) error {
	language, name, by := r.PathValue("language"), r.PathValue("name"), userOf(r).Name
	if err := h.prompts.Unrecord(r.Context(), language, name, by); err != nil {
		return noSuchPrompt(err, r)
	}
	h.log.Info("recording dropped", "by", by, "language", language, "prompt", name)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func noSuchPrompt(err error, r *http.Request) error {
	if errors.Is(err, ErrNotFound) {
		return refuse(http.StatusNotFound, "There is no such sound: %s in %s.", r.PathValue("name"), r.PathValue("language"))
	}
	return err
}
