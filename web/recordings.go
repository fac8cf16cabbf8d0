package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"presszero/report"
)

// Recordings are the talks that were recorded. Who may hear them is decided by the flow in
// force and by the queues of the user.
type Recordings interface {
	// Recordings lists those that match f, the newest first. Numbers are found in every
	// writing. report.ErrTooMuch.
	Recordings(ctx context.Context, f report.RecordingFilter) ([]report.Recording, error)
	Recording(ctx context.Context, id string) (report.Recording, error) // ErrNotFound
	// Comments lists what was written at the seconds of a recording, in their order.
	Comments(ctx context.Context, id string) ([]report.RecordingComment, error)
	Comment(ctx context.Context, id string, c report.RecordingComment) (report.RecordingComment, error)
	// Plays lists who has heard it, the last first.
	Plays(ctx context.Context, id string, limit int) ([]report.RecordingPlay, error)

	// Play writes to the audit, at once, that somebody is about to hear a recording or to
	// download it. Unless it returns nil, nobody may hear anything.
	Play(ctx context.Context, id string, p report.RecordingPlay) error
	// Heard writes to the audit which seconds by has heard in a play.
	Heard(ctx context.Context, play, by string, fromS, toS float64) error

	// Sound opens a recording; with wav as WAV of 16 bits, whatever it is kept as.
	// ErrNotFound: it is not in the archive yet, or not any more. Unfit: it cannot be opened.
	Sound(ctx context.Context, id string, wav bool) (Audio, error)
	// Peaks are the loudest samples of each 50 ms of the caller and of the agent, 0 to 255.
	// ErrNotFound.
	Peaks(ctx context.Context, id string) ([2][]byte, error)

	// Hidden are the queues of the flow whose recordings users of a role may not hear; ""
	// among them: nor what belongs to no queue.
	Hidden(role Role) []string
	// Hears reports whether users of a role may hear a recording.
	Hears(role Role, r report.Recording) bool
	// Downloads reports whether users of a role may download what they may hear.
	Downloads(role Role) bool
}

// recordingHandlers find and play recordings.
type recordingHandlers struct {
	recordings Recordings
	reports    Reports
	sessions   *sessions
	plays      *plays
	log        *slog.Logger
}

// filterFor is a filter of what a user may hear: of her queues, of the roles that the flow
// names, and of agents their own.
func (h *recordingHandlers) filterFor(u User) report.RecordingFilter {
	f := report.RecordingFilter{Queues: u.Scope(), Hidden: h.recordings.Hidden(u.Role)}
	if u.Role == RoleAgent {
		f.Agent, f.Queues = u.Name, nil // also of queues that she has served before
	}
	return f
}

// may reports whether a user may hear a recording.
func (h *recordingHandlers) may(u User, r report.Recording) bool {
	if !h.recordings.Hears(u.Role, r) {
		return false
	}
	if u.Role == RoleAgent {
		return r.Agent == u.Name
	}
	return u.May(r.Queue)
}

// forOwn serves what is about a recording only to users who may hear it.
func (h *recordingHandlers) forOwn(serve func(http.ResponseWriter, *http.Request, report.Recording) error) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		const none = "There is no such recording."
		rec, err := h.recordings.Recording(r.Context(), r.PathValue("id"))
		switch {
		case errors.Is(err, ErrNotFound):
			return refuse(http.StatusNotFound, none)
		case err != nil:
			return err
		case !h.may(userOf(r), rec):
			return foreign(none)
		}
		return serve(w, r, rec)
	}
}

// tell tells all of a recording but its sound.
func (h *recordingHandlers) tell(w http.ResponseWriter, r *http.Request, rec report.Recording) error {
	facts, err := h.reports.Timeline(r.Context(), rec.Call)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	comments, err := h.recordings.Comments(r.Context(), rec.ID)
	if err != nil {
		return err
	}
	plays := []report.RecordingPlay{}
	if userOf(r).Role != RoleAgent {
		if plays, err = h.recordings.Plays(r.Context(), rec.ID, 50); err != nil {
			return err
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"recording": rec, "zero": rec.Zero(), "marks": report.Marks(rec, facts),
		"comments": append([]report.RecordingComment{}, comments...), "plays": append([]report.RecordingPlay{}, plays...),
		"downloads": h.recordings.Downloads(userOf(r).Role)})
	return nil
}

// peaks are what a waveform is drawn by.
func (h *recordingHandlers) peaks(w http.ResponseWriter, r *http.Request, rec report.Recording) error {
	peaks, err := h.recordings.Peaks(r.Context(), rec.ID)
	if errors.Is(err, ErrNotFound) {
		return refuse(http.StatusNotFound, "This recording has no waveform.")
	}
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]any{"step_s": 0.05, "caller": append([]byte{}, peaks[0]...), "agent": append([]byte{}, peaks[1]...)})
	return nil
}

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
	a, err := h.open(r, rec, wantsWAV(r.UserAgent()))
	if err != nil {
		return err
	}
	// A player reads as it plays, and stops reading in a pause.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(playIdle))
	return a.serve(w, r)
}

func (h *recordingHandlers) open(r *http.Request, rec report.Recording, wav bool) (Audio, error) {
	a, err := h.recordings.Sound(r.Context(), rec.ID, wav)
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
	a, err := h.open(r, rec, false)
	if err != nil {
		return err
	}
	id := rand.Text()
	if err := h.recordings.Play(r.Context(), rec.ID, report.RecordingPlay{ID: id, By: u.Name, Kind: "download", Why: why}); err != nil {
		_ = a.Content.Close()
		return fmt.Errorf("the audit cannot be written, so nothing is downloaded: %w", err)
	}
	h.log.Info("a recording is downloaded", "by", u.Name, "recording", rec.ID, "play", id)
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-%s.%s"`, rec.ID, id, rec.Format)) // tells whose copy it is
	r.Header.Del("Range")                                                                                         // the whole of it, once
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Hour))
	return a.serve(w, r)
}
