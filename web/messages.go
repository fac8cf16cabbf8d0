package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"presszero/report"
)

// Messages are recordings of callers in mailboxes, and complaints that agents have
// taken down; each is a task for an agent. Agents and supervisors have those of their
// own queues.
type Messages interface {
	// Messages lists those of some queues (none: of all) that wait, the oldest
	// first; or with done those that are answered, the newest first.
	Messages(ctx context.Context, done bool, queues []string, limit int) ([]report.Message, error)
	// QueueOf returns the queue whose people answer the message. ErrNotFound.
	QueueOf(ctx context.Context, id string) (string, error)
	// Take gives a message to by, if it is still in the hands of from ("":
	// nobody's); else ErrChanged. ErrNotFound.
	Take(ctx context.Context, id, by, from string) error
	// Done says how a message was answered: one of MessageEnds. ErrChanged
	// when it is done already, ErrNotFound.
	Done(ctx context.Context, id, by, how string) error
	// CallBack takes a message as Take does and has its caller called, at the
	// place in line that the message has had since it was left. Unfit: the
	// number cannot be called.
	CallBack(ctx context.Context, id, by, from string) error
	// Hold keeps the recording from being removed, by age or by a user, until
	// Release; why is for people. ErrNotFound when there is no recording.
	Hold(ctx context.Context, id, why string) error
	// Release ends a hold; one that is not held is no error. ErrNotFound.
	Release(ctx context.Context, id string) error
	// Audio returns the recording. ErrNotFound.
	Audio(ctx context.Context, id string) (Audio, error)
}

// MessageEnds are the ways in which a message can be done.
var MessageEnds = []string{"called_back", "no_answer", "written", "nothing_to_do", "spam"}

// messageHandlers serve the messages of mailboxes.
type messageHandlers struct {
	messages Messages
	log      *slog.Logger
}

// forOwn serves agents and supervisors only what is about messages of their own queues.
func (h *messageHandlers) forOwn(serve handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if u := userOf(r); len(u.Scope()) > 0 {
			queue, err := h.messages.QueueOf(r.Context(), r.PathValue("id"))
			switch {
			case errors.Is(err, ErrNotFound):
				return refuse(http.StatusNotFound, "There is no such message.")
			case err != nil:
				return err
			case !u.May(queue):
				return foreign("There is no such message.")
			}
		}
		return serve(w, r)
	}
}

// listMessages lists the messages that wait, or with done=true the others.
func (h *messageHandlers) listMessages(w http.ResponseWriter, r *http.Request) error {
	list, err := h.messages.Messages(r.Context(), r.URL.Query().Get("done") == "true", userOf(r).Scope(), 200)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]any{"messages": append([]report.Message{}, list...)})
	return nil
}

// takeMessage: the user who asks will answer the message.
func (h *messageHandlers) takeMessage(w http.ResponseWriter, r *http.Request) error {
	var in struct{ From string }
	if err := h.readTask(w, r, &in); err != nil {
		return err
	}
	return h.changed(w, r, "message taken", h.messages.Take(r.Context(), r.PathValue("id"), userOf(r).Name, in.From))
}

// callBack: the user who asks wants the caller called.
func (h *messageHandlers) callBack(w http.ResponseWriter, r *http.Request) error {
	var in struct{ From string }
	if err := h.readTask(w, r, &in); err != nil {
		return err
	}
	return h.changed(w, r, "message called back", h.messages.CallBack(r.Context(), r.PathValue("id"), userOf(r).Name, in.From))
}

// finishMessage: the message is answered.
func (h *messageHandlers) finishMessage(w http.ResponseWriter, r *http.Request) error {
	var in struct{ How string }
	if err := h.readTask(w, r, &in); err != nil {
		return err
	}
	if !slices.Contains(MessageEnds, in.How) {
		return refuse(http.StatusUnprocessableEntity, "how is one of %s, not %q.", strings.Join(MessageEnds, ", "), in.How)
	}
	return h.changed(w, r, "message done", h.messages.Done(r.Context(), r.PathValue("id"), userOf(r).Name, in.How))
}

// holdMessage: the recording must not be removed.
func (h *messageHandlers) holdMessage(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Why string }
	if err := h.readTask(w, r, &in); err != nil {
		return err
	}
	why := strings.Join(strings.Fields(in.Why), " ")
	if why == "" || len(why) > 500 {
		return refuse(http.StatusUnprocessableEntity, "Say why the message must be kept, in at most 500 characters: who asked, and the matter.")
	}
	noteAct(r, "why", why)
	return h.changed(w, r, "message held", h.messages.Hold(r.Context(), r.PathValue("id"), why))
}

// releaseMessage: the recording may be removed again when it is old enough.
func (h *messageHandlers) releaseMessage(w http.ResponseWriter, r *http.Request) error {
	return h.changed(w, r, "message released", h.messages.Release(r.Context(), r.PathValue("id")))
}

func (h *messageHandlers) readTask(w http.ResponseWriter, r *http.Request, in any) error {
	return readJSON(w, r, in)
}

func (h *messageHandlers) changed(w http.ResponseWriter, r *http.Request, what string, err error) error {
	switch {
	case errors.Is(err, ErrNotFound):
		return refuse(http.StatusNotFound, "There is no such message.")
	case errors.Is(err, ErrChanged):
		return refuse(http.StatusConflict, "Somebody else has taken or answered this message meanwhile.")
	case err != nil:
		return err
	}
	h.log.Info(what, "by", userOf(r).Name, "message", r.PathValue("id"))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// audio serves the recording.
func (h *messageHandlers) audio(w http.ResponseWriter, r *http.Request) error {
	a, err := h.messages.Audio(r.Context(), r.PathValue("id"))
	if errors.Is(err, ErrNotFound) {
		return refuse(http.StatusNotFound, "The recording of this message is not there.")
	}
	if err != nil {
		return err
	}
	h.log.Info("message heard", "by", userOf(r).Name, "message", r.PathValue("id"))
	return a.serve(w, r)
}
