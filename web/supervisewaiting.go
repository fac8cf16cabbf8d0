package web

import (
	"net/http"
	"slices"

	"presszero/call"
)

// place returns a handler that puts a waiting caller at the front of the line, or back.
func (h *supervisionHandlers) place(next bool) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		queue, err := h.mayCaller(r)
		if err != nil {
			return err
		}
		noteAct(r, "queue", queue)
		if err := h.orders.Place(r.Context(), call.ID(r.PathValue("call")), next, userOf(r).Name); err != nil {
			return cannotBe(err)
		}
		h.log.Info("a waiting caller is placed", "by", userOf(r).Name, "call", r.PathValue("call"), "next", next)
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

// move moves a waiting caller to another queue. The answer names the one of before, to
// which a page can move the caller back.
func (h *supervisionHandlers) move(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Queue string }
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	from, err := h.mayCaller(r)
	if err != nil {
		return err
	}
	if h.mayQueue(r, in.Queue) != nil {
		return refuse(http.StatusBadRequest, "There is no queue %s.", in.Queue)
	}
	noteAct(r, "queue", in.Queue)
	noteAct(r, "before", from)
	if err := h.orders.Move(r.Context(), call.ID(r.PathValue("call")), in.Queue, userOf(r).Name); err != nil {
		return cannotBe(err)
	}
	h.log.Info("a waiting caller is moved", "by", userOf(r).Name, "call", r.PathValue("call"), "from", from, "to", in.Queue)
	writeJSON(w, http.StatusOK, map[string]string{"queue": from})
	return nil
}

// mayCaller returns the queue in which the caller in the path waits. It refuses one who
// does not wait, or in a queue that is not the user's.
func (h *supervisionHandlers) mayCaller(r *http.Request) (queue string, err error) {
	live, err := h.floor.Now(r.Context())
	if err != nil {
		return "", err
	}
	const none = "This caller does not wait any more."
	for _, q := range live.Queues {
		if slices.ContainsFunc(q.Waiting, func(c call.CallerNow) bool { return string(c.Call) == r.PathValue("call") }) {
			if !userOf(r).May(q.Name) {
				return "", foreign(none)
			}
			return q.Name, nil
		}
	}
	return "", refuse(http.StatusNotFound, none)
}
