package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

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
	// Copy opens a recording as it is kept, for a download, with tags that say whose copy it
	// is: of what, for whom, when, and the id in the audit. ErrNotFound, Unfit.
	Copy(ctx context.Context, id string, p report.RecordingPlay) (Audio, error)
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
	searches   *searches
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
