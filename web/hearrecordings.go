package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"presszero/report"
)

// play makes a link by which the recording can be heard.
func (h *recordingHandlers) play(w http.ResponseWriter, r *http.Request, rec report.Recording) error {
	switch rec.State {
	case "kept":
	case "removed", "absent":
		return refuse(http.StatusNotFound, "There is no sound of this talk, or not any more.")
	default:
		return refuse(http.StatusConflict, "This recording is not in the archive yet; please try again in a minute.")
	}
	id := rand.Text()
	if err := h.recordings.Play(r.Context(), rec.ID, report.RecordingPlay{ID: id, By: userOf(r).Name, Kind: "play"}); err != nil {
		return fmt.Errorf("the audit cannot be written, so nothing is played: %w", err)
	}
	length := time.Duration(0)
	if rec.LengthS != nil {
		length = time.Duration(*rec.LengthS * float64(time.Second))
	}
	token := h.plays.begin(id, rec.ID, h.sessions.sessionOf(r), length)
	h.log.Info("a recording is played", "by", userOf(r).Name, "recording", rec.ID, "play", id)
	writeJSON(w, http.StatusCreated, map[string]string{"play": id, "token": token})
	return nil
}

// sound serves the recording to a player. A link that is opened by itself, in a tab, is none.
func (h *recordingHandlers) sound(w http.ResponseWriter, r *http.Request, rec report.Recording) error {
	if r.Header.Get("Sec-Fetch-Dest") == "document" || !h.plays.use(r.URL.Query().Get("token"), rec.ID, h.sessions.sessionOf(r)) {
		return refuse(http.StatusForbidden, "This link holds no more. Open the recording again.")
	}
	a, err := kept(h.recordings.Sound(r.Context(), rec.ID, wantsWAV(r.UserAgent())))
	if err != nil {
		return err
	}
	// A player reads as it plays, and stops reading in a pause.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(playIdle))
	return a.serve(w, r)
}

func kept(a Audio, err error) (Audio, error) {
	if errors.Is(err, ErrNotFound) {
		return a, refuse(http.StatusNotFound, "This recording is not in the archive.")
	}
	return a, err
}

// wantsWAV reports whether a browser is better given WAV: those of Apple jump to the wrong
// place of FLAC.
func wantsWAV(agent string) bool {
	return strings.Contains(agent, "AppleWebKit/") && !strings.Contains(agent, "Chrome/") && !strings.Contains(agent, "Chromium/")
}

// heard takes down which seconds were heard, as the page tells.
func (h *recordingHandlers) heard(w http.ResponseWriter, r *http.Request, rec report.Recording) error {
	var in struct {
		FromS float64 `json:"from_s"`
		ToS   float64 `json:"to_s"`
	}
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if in.FromS < 0 || in.ToS < in.FromS || in.ToS > 24*3600 {
		return refuse(http.StatusUnprocessableEntity, "A part that was heard is from a second to a later one.")
	}
	if err := h.recordings.Heard(r.Context(), r.PathValue("play"), userOf(r).Name, math.Round(in.FromS*10)/10, math.Round(in.ToS*10)/10); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// mostWords bounds what is written beside a recording.
const mostWords = 1000

// comment writes something at a second.
func (h *recordingHandlers) comment(w http.ResponseWriter, r *http.Request, rec report.Recording) error {
	var in struct {
		AtS  float64 `json:"at_s"`
		Text string  `json:"text"`
	}
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	text := strings.TrimSpace(in.Text)
	if text == "" || utf8.RuneCountInString(text) > mostWords {
		return refuse(http.StatusUnprocessableEntity, "A comment has 1 to %d letters.", mostWords)
	}
	if in.AtS < 0 || rec.LengthS == nil || in.AtS > *rec.LengthS {
		return refuse(http.StatusUnprocessableEntity, "A comment is at a second of the recording.")
	}
	c, err := h.recordings.Comment(r.Context(), rec.ID, report.RecordingComment{AtS: in.AtS, Text: text, By: userOf(r).Name})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, c)
	return nil
}

// download gives the file away, with a reason.
func (h *recordingHandlers) download(w http.ResponseWriter, r *http.Request, rec report.Recording) error {
	u := userOf(r)
	if !h.recordings.Downloads(u.Role) || r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		return errForbidden
	}
	why := strings.Join(strings.Fields(r.URL.Query().Get("why")), " ")
	if why == "" || utf8.RuneCountInString(why) > mostWords {
		return refuse(http.StatusUnprocessableEntity, "Say why it is downloaded, in at most %d letters: who asked, and the matter.", mostWords)
	}
	id := rand.Text()
	p := report.RecordingPlay{ID: id, By: u.Name, Kind: "download", Why: why, At: time.Now()}
	a, err := kept(h.recordings.Copy(r.Context(), rec.ID, p))
	if err != nil {
		return err
	}
	if err := h.recordings.Play(r.Context(), rec.ID, p); err != nil {
		_ = a.Content.Close()
		return fmt.Errorf("the audit cannot be written, so nothing is downloaded: %w", err)
	}
	h.log.Info("a recording is downloaded", "by", u.Name, "recording", rec.ID, "play", id)
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-%s.%s"`, rec.ID, id, rec.Format)) // tells whose copy it is
	r.Header.Del("Range")                                                                                         // the whole of it, once
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Hour))
	return a.serve(w, r)
}
