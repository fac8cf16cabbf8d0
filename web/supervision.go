package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"presszero/call"
)

// Supervision carries out what supervisors order on the floor. An order that says what
// is so already changes nothing. Unfit: it cannot be, and why.
type Supervision interface {
	// Direct has a directive hold from now on. That of a door without an end holds until
	// the hours of the queue next change; away and today, until the end of the day.
	Direct(ctx context.Context, d call.Directive) error
	// Lift takes the directive back that is about the same as d, if there is one. By is
	// who does.
	Lift(ctx context.Context, d call.Directive) error
	// DirectSound is Direct of an emergency text that is recorded. Unfit: it is no sound, or
	// too long.
	DirectSound(ctx context.Context, d call.Directive, sound io.Reader) error
	// Place puts a waiting caller at the front of the line, or back to the place of before.
	Place(ctx context.Context, caller call.ID, next bool, by string) error
	// Move moves a waiting caller to another queue.
	Move(ctx context.Context, caller call.ID, queue, by string) error
	// AnswerHelp has the agent need no help any more.
	AnswerHelp(ctx context.Context, agent call.AgentID, by string) error
}

// supervisionHandlers take what supervisors order.
type supervisionHandlers struct {
	orders Supervision // nil: nothing can be ordered
	floor  Floor
	users  Users
	log    *slog.Logger
}

// How long what a supervisor orders may hold.
const (
	longestDoor = 24 * time.Hour
	longestPeak = 12 * time.Hour

	longestEmergency = 7 * 24 * time.Hour
)

// switchDoor opens or closes a queue against its hours.
func (h *supervisionHandlers) switchDoor(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Open  *bool
		Until string
	}
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if in.Open == nil {
		return refuse(http.StatusBadRequest, "open is true or false.")
	}
	d := call.Directive{What: call.DoorDirective, Open: *in.Open}
	if in.Until != "" {
		var err error
		if d.Until, err = untilWithin(in.Until, longestDoor); err != nil {
			return err
		}
	}
	noteAct(r, "open", d.Open)
	return h.directQueue(w, r, d)
}

// leaveDoor has the hours of the queue decide again.
func (h *supervisionHandlers) leaveDoor(w http.ResponseWriter, r *http.Request) error {
	return h.liftQueue(w, r, call.DoorDirective)
}

// orderPeak has a queue work as at a peak.
func (h *supervisionHandlers) orderPeak(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Until string }
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	until, err := untilWithin(in.Until, longestPeak)
	if err != nil {
		return err
	}
	return h.directQueue(w, r, call.Directive{What: call.PeakDirective, Until: until})
}

// endPeak has the queue work as ever again.
func (h *supervisionHandlers) endPeak(w http.ResponseWriter, r *http.Request) error {
	return h.liftQueue(w, r, call.PeakDirective)
}

// directQueue has a directive about the queue in the path hold.
func (h *supervisionHandlers) directQueue(w http.ResponseWriter, r *http.Request, d call.Directive) error {
	if err := h.mayQueue(r, r.PathValue("queue")); err != nil {
		return err
	}
	d.Queue = r.PathValue("queue")
	return h.direct(w, r, d)
}

// liftQueue takes a directive about the queue in the path back.
func (h *supervisionHandlers) liftQueue(w http.ResponseWriter, r *http.Request, what call.DirectiveKind) error {
	if err := h.mayQueue(r, r.PathValue("queue")); err != nil {
		return err
	}
	return h.lift(w, r, call.Directive{What: what, Queue: r.PathValue("queue")})
}

func (h *supervisionHandlers) direct(w http.ResponseWriter, r *http.Request, d call.Directive) error {
	d.By = userOf(r).Name
	if !d.Until.IsZero() {
		noteAct(r, "until", d.Until)
	}
	if err := h.orders.Direct(r.Context(), d); err != nil {
		return cannotBe(err)
	}
	h.log.Info("a supervisor orders", "by", d.By, "what", d.What, "queue", d.Queue, "agent", d.Agent)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (h *supervisionHandlers) lift(w http.ResponseWriter, r *http.Request, d call.Directive) error {
	d.By = userOf(r).Name
	if err := h.orders.Lift(r.Context(), d); err != nil {
		return cannotBe(err)
	}
	h.log.Info("a supervisor takes back", "by", d.By, "what", d.What, "queue", d.Queue, "agent", d.Agent)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// mayQueue refuses a queue that there is not, or that is not the user's.
func (h *supervisionHandlers) mayQueue(r *http.Request, queue string) error {
	live, err := h.floor.Now(r.Context())
	if err != nil {
		return err
	}
	const none = "There is no such queue."
	switch {
	case !slices.ContainsFunc(live.Queues, func(q call.QueueNow) bool { return q.Name == queue }):
		return refuse(http.StatusNotFound, none)
	case !userOf(r).May(queue):
		return foreign(none)
	}
	return nil
}

// cannotBe says why an order cannot be.
func cannotBe(err error) error {
	var unfit Unfit
	if errors.As(err, &unfit) {
		return refuse(http.StatusBadRequest, "%s", string(unfit))
	}
	return err
}

// untilWithin reads the time at which something ends, which is ahead, by longest at most.
func untilWithin(text string, longest time.Duration) (time.Time, error) {
	until, err := time.Parse(time.RFC3339, text)
	switch now := time.Now(); {
	case err != nil:
		return until, refuse(http.StatusBadRequest, "until is a time like 2026-03-02T18:00:00Z, not %q.", text)
	case !until.After(now):
		return until, refuse(http.StatusBadRequest, "until is over already.")
	case until.After(now.Add(longest)):
		return until, refuse(http.StatusBadRequest, "until is at most %d hours ahead.", int(longest.Hours()))
	}
	return until.UTC(), nil
}
