package web

import (
	"io"
	"net/http"
	"time"
)

// Audio is a sound to be heard. The receiver closes Content.
type Audio struct {
	Type    string // audio/wav…
	Changed time.Time
	Content io.ReadSeekCloser
}

// serve writes the sound, or the part of it that is asked for: a player jumps
// to where the listener points. No browser keeps the voice of a caller.
func (a Audio) serve(w http.ResponseWriter, r *http.Request) error {
	defer a.Content.Close()
	h := w.Header()
	h.Set("Content-Type", a.Type)
	h.Set("Cache-Control", "no-store")
	http.ServeContent(w, r, "", a.Changed, a.Content)
	return nil
}
