package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"presszero/report"
)

// Talks is what agents know and write beside the voice. Where a call is named, it
// must be the user's: one that is offered to her, that she talks with, or that she
// has talked with a moment ago; else ErrNotFound. Leaders may read any card.
type Talks interface {
	// Targets are those of a user, in a language like ko or pt-BR.
	Targets(ctx context.Context, u User, language string) (Targets, error)
	// Card is what she should know of the caller.
	Card(ctx context.Context, u User, call, language string) (Card, error)
	// NoteCaller writes the caller's name and the house's note about the caller, and
	// the act to the audit. Unfit: the number is withheld.
	NoteCaller(ctx context.Context, u User, call, name, note string) error
	// Dispose says what the talk was about. Unfit: the queue has no such code, or it
	// wants a note.
	Dispose(ctx context.Context, u User, call string, d Disposition) error
	// BookCallback promises the caller a call at a time, in place of one that was
	// promised so before. Unfit: the number cannot be called, or a callback is open.
	BookCallback(ctx context.Context, u User, call string, at time.Time) (Booked, error)
	// Complain takes a complaint of the caller down, in place of the words of
	// before, and writes the act to the audit.
	Complain(ctx context.Context, u User, call, text string) error
	// MoreTime extends the user's after-call work, if there is any, as far as its
	// queue lets her.
	MoreTime(ctx context.Context, u User) error
}

// Card is what an agent should know of a call, at a glance.
type Card struct {
	Call     string `json:"call"`
	Queue    string `json:"queue,omitempty"` // "": her own call
	Number   string `json:"number"`          // as claimed
	Withheld bool   `json:"withheld"`        // so nothing is known of the caller
	Name     string `json:"name,omitempty"`
	VIP      bool   `json:"vip"`
	Language string `json:"language,omitempty"`
	Path     string `json:"path,omitempty"` // through the menus

	Pop           *Pop   `json:"pop"` // nil: the queue has none
	Codes         []Code `json:"codes"`
	CodesRequired bool   `json:"codes_required"`
	Said          Said   `json:"said"` // so far, by the one who asks

	// Known is what the books know of the caller; nil where the number is withheld
	// or Available is false.
	Known     *report.Card `json:"known"`
	Available bool         `json:"available"` // the books could be read
}

// Pop is the page of another program about the caller.
type Pop struct {
	URL  string `json:"url"`
	When string `json:"when"` // click, offer, answer
}

// Code is one thing that a talk can have been about.
type Code struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	Group string `json:"group,omitempty"`
	Note  bool   `json:"note"` // wants a note as well
}

// Disposition is what a talk was about.
type Disposition struct {
	Code string `json:"code"`
	Note string `json:"note"`
}

// Said is what an agent has written about a talk.
type Said struct {
	Disposition
	Complaint string  `json:"complaint"` // its words; "": none
	Callback  *Booked `json:"callback"`  // booked with this talk; nil: none
}

// Booked is a callback that an agent has booked.
type Booked struct {
	ID    string    `json:"id"`
	Begin time.Time `json:"begin"` // the window promised; later than asked for where nobody may be called then
	Until time.Time `json:"until"`
}

// Bounds of what an agent writes.
const (
	maxTalkNote = 1000
	maxAhead    = 60 * 24 * time.Hour // of a callback
)

// talkHandlers serve the agents' pages beside the desk.
type talkHandlers struct {
	talks Talks
	log   *slog.Logger
}

// card tells what is known of a caller.
func (h *talkHandlers) card(w http.ResponseWriter, r *http.Request) error {
	language, err := languageOf(r)
	if err != nil {
		return err
	}
	c, err := h.talks.Card(r.Context(), userOf(r), r.URL.Query().Get("call"), language)
	if err != nil {
		return notHers(err)
	}
	writeJSON(w, http.StatusOK, c)
	return nil
}

// noteCaller corrects the name and the house's note.
func (h *talkHandlers) noteCaller(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Name, Note string }
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	in.Name, in.Note = strings.TrimSpace(in.Name), strings.TrimSpace(in.Note)
	if utf8.RuneCountInString(in.Name) > maxCallerName || utf8.RuneCountInString(in.Note) > maxNote {
		return refuse(http.StatusUnprocessableEntity, "A caller's name has at most %d letters, and a note %d.", maxCallerName, maxNote)
	}
	return h.done(w, h.talks.NoteCaller(r.Context(), userOf(r), r.PathValue("id"), in.Name, in.Note))
}

// dispose takes the code and the note of a talk.
func (h *talkHandlers) dispose(w http.ResponseWriter, r *http.Request) error {
	var d Disposition
	if err := readJSON(w, r, &d); err != nil {
		return err
	}
	d.Note = strings.TrimSpace(d.Note)
	if utf8.RuneCountInString(d.Note) > maxTalkNote {
		return refuse(http.StatusUnprocessableEntity, "A note has at most %d letters.", maxTalkNote)
	}
	return h.done(w, h.talks.Dispose(r.Context(), userOf(r), r.PathValue("id"), d))
}

// bookCallback promises the caller a call.
func (h *talkHandlers) bookCallback(w http.ResponseWriter, r *http.Request) error {
	var in struct{ At time.Time }
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if now := time.Now(); !in.At.After(now) || in.At.After(now.Add(maxAhead)) {
		return refuse(http.StatusUnprocessableEntity, "A callback is for a time from now on, within %d days.", int(maxAhead.Hours()/24))
	}
	noteAct(r, "at", in.At.UTC())
	b, err := h.talks.BookCallback(r.Context(), userOf(r), r.PathValue("id"), in.At)
	if err != nil {
		return notHers(err)
	}
	h.log.Info("callback booked", "by", userOf(r).Name, "call", r.PathValue("id"), "callback", b.ID)
	writeJSON(w, http.StatusOK, b)
	return nil
}

// complain takes a complaint down.
func (h *talkHandlers) complain(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Text string }
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	in.Text = strings.TrimSpace(in.Text)
	if n := utf8.RuneCountInString(in.Text); n == 0 || n > maxTalkNote {
		return refuse(http.StatusUnprocessableEntity, "Write the complaint down, in at most %d letters.", maxTalkNote)
	}
	return h.done(w, h.talks.Complain(r.Context(), userOf(r), r.PathValue("id"), in.Text))
}

// moreTime extends the after-call work.
func (h *talkHandlers) moreTime(w http.ResponseWriter, r *http.Request) error {
	return h.done(w, h.talks.MoreTime(r.Context(), userOf(r)))
}

func (h *talkHandlers) done(w http.ResponseWriter, err error) error {
	if err != nil {
		return notHers(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// notHers says in words that a call is not the asker's.
func notHers(err error) error {
	if errors.Is(err, ErrNotFound) {
		return refuse(http.StatusNotFound, "This call is not yours, or it ended too long ago.")
	}
	return err
}
