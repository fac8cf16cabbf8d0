package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"presszero/report"
)

// Audit keeps the acts of users.
type Audit interface {
	// Write keeps an act. It does not wait for the database.
	Write(who, what string, detail map[string]any)
	// Acts lists what matches f, the newest first.
	Acts(ctx context.Context, f report.ActFilter) ([]report.Act, error)
}

// inTransaction stands for the act of a route whose change and audit row are
// written in one transaction, below this package.
const inTransaction = "in its transaction"

// acts names what is done by each route that changes something; it is written
// to the audit when it has succeeded, or may have.
var acts = map[string]string{
	"POST /api/v1/session":    "", // the log has sign-ins
	"DELETE /api/v1/session":  "",
	"POST /api/v1/flow/check": "", // changes nothing

	"PUT /api/v1/me/password": "user.password",

	"POST /api/v1/users":                "user.create",
	"PUT /api/v1/users/{name}/password": "user.password",
	"PUT /api/v1/users/{name}/disabled": "user.disable",
	"PUT /api/v1/users/{name}/role":     "user.role",
	"PUT /api/v1/users/{name}/work":     "user.work",

	"POST /api/v1/desk/more":                  "", // the facts have it
	"PUT /api/v1/desk/talks/{id}/disposition": "",
	"PUT /api/v1/desk/talks/{id}/caller":      inTransaction,
	"PUT /api/v1/desk/talks/{id}/callback":    "callback.book",
	"PUT /api/v1/desk/talks/{id}/complaint":   inTransaction,

	"PUT /api/v1/callers/{key}":     inTransaction,
	"DELETE /api/v1/callbacks/{id}": "callback.cancel",

	"POST /api/v1/rehearsals":                 "", // changes nothing
	"POST /api/v1/people/lost/{key}/callback": "lost.callback",

	"POST /api/v1/messages/{id}/take":     inTransaction,
	"POST /api/v1/messages/{id}/callback": "message.callback",
	"POST /api/v1/messages/{id}/done":     inTransaction,
	"PUT /api/v1/messages/{id}/hold":      "message.hold",
	"DELETE /api/v1/messages/{id}/hold":   "message.release",
	"GET /api/v1/messages/{id}/audio":     "message.listen",

	"POST /api/v1/recordings/{id}/play":               inTransaction,
	"POST /api/v1/recordings/{id}/plays/{play}/heard": inTransaction,
	"POST /api/v1/recordings/{id}/comments":           inTransaction,
	"GET /api/v1/recordings/{id}/download":            inTransaction,
	"GET /api/v1/recordings":                          "recording.search", // by number or name
	"GET /api/v1/callers":                             "caller.search",

	"POST /api/v1/subscriptions":              "subscription.create",
	"PUT /api/v1/subscriptions/{id}":          "subscription.change",
	"DELETE /api/v1/subscriptions/{id}":       "subscription.remove",
	"PUT /api/v1/subscriptions/{id}/disabled": "subscription.disable",
	"POST /api/v1/subscriptions/{id}/key":     "subscription.key",
	"POST /api/v1/subscriptions/{id}/test":    "subscription.test",
	"POST /api/v1/subscriptions/{id}/again":   "subscription.again",

	"POST /api/v1/tokens":        "token.create",
	"DELETE /api/v1/tokens/{id}": "token.revoke",

	"POST /api/v1/persons/find":   "person.find",
	"POST /api/v1/persons/export": "person.export",
	"POST /api/v1/persons/forget": inTransaction,
	"POST /api/v1/holds":          inTransaction,
	"DELETE /api/v1/holds/{id}":   inTransaction,

	"PUT /api/v1/outgoing": "outgoing.switch",

	"PUT /api/v1/queues/{queue}/door":    "queue.door",
	"DELETE /api/v1/queues/{queue}/door": "queue.door_hours",
	"PUT /api/v1/queues/{queue}/peak":    "queue.peak",
	"DELETE /api/v1/queues/{queue}/peak": "queue.peak_over",

	"PUT /api/v1/emergency":       "emergency.text",
	"PUT /api/v1/emergency/audio": "emergency.audio",
	"DELETE /api/v1/emergency":    "emergency.over",

	"PUT /api/v1/waiting/{call}/next":    "caller.next",
	"DELETE /api/v1/waiting/{call}/next": "caller.next_over",
	"PUT /api/v1/waiting/{call}/queue":   "caller.move",

	"PUT /api/v1/agents/{name}/away":       "agent.away",
	"DELETE /api/v1/agents/{name}/away":    "agent.away_over",
	"PUT /api/v1/agents/{name}/leaving":    "agent.leaving",
	"DELETE /api/v1/agents/{name}/leaving": "agent.leaving_over",
	"PUT /api/v1/agents/{name}/today":      "agent.today",
	"DELETE /api/v1/agents/{name}/today":   "agent.today_over",
	"DELETE /api/v1/agents/{name}/help":    "agent.help_answered",
	"PUT /api/v1/wall/session":             "", // the log has sign-ins
	"POST /api/v1/walls":                   inTransaction,
	"DELETE /api/v1/walls/{id}":            inTransaction,

	"POST /api/v1/trunks/reload": "trunks.reload",
	"POST /api/v1/trunks/test":   "trunks.test",

	"PUT /api/v1/flow":                         "flow.publish",
	"PUT /api/v1/prompts/{language}/{name}":    "prompt.record",
	"DELETE /api/v1/prompts/{language}/{name}": "prompt.unrecord",
}

type detailKey struct{}

// details are written with an act, beside the values in the path.
type details struct {
	mu   sync.Mutex
	of   map[string]any
	none bool // nothing was done that the audit is told
}

// noAct says that the request has done nothing that the audit is told.
func noAct(r *http.Request) {
	if d, ok := r.Context().Value(detailKey{}).(*details); ok {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.none = true
	}
}

// noteAct adds a detail to the act of the request.
func noteAct(r *http.Request, name string, value any) {
	if d, ok := r.Context().Value(detailKey{}).(*details); ok {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.of[name] = value
	}
}

// auditHandlers keep and list what users do.
type auditHandlers struct {
	audit Audit // nil: nothing is kept
}

// serve serves the route, and writes down what was done.
func (h *auditHandlers) serve(rt route, w http.ResponseWriter, r *http.Request) error {
	act := acts[rt.pattern]
	if act == "" || act == inTransaction || h.audit == nil {
		return rt.serve(w, r)
	}
	d := &details{of: map[string]any{}}
	for _, name := range []string{"name", "id", "language", "queue", "call"} {
		if value := r.PathValue(name); value != "" {
			d.of[name] = value
		}
	}
	seen := &statusWriter{ResponseWriter: w}
	r = r.WithContext(context.WithValue(r.Context(), detailKey{}, d))
	err := rt.serve(seen, r)
	refused := seen.status >= 400 || err != nil && problemOf(err).status < 500
	if refused || later(r) {
		return err
	}
	if err != nil { // it may have been done all the same
		noteAct(r, "unsure", err.Error())
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.none {
		return err
	}
	h.audit.Write(userOf(r).Name, act, d.of)
	return err
}

// later reports whether r asks for a later part of a file that is being heard
// already.
func later(r *http.Request) bool {
	part, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes=")
	return ok && !strings.HasPrefix(part, "0-")
}

// statusWriter remembers the status of an answer; 0: none was written, which is 200.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// actsShown is how many acts are told at once.
const actsShown = 100

// listActs lists acts, the newest first; before continues a list.
func (h *auditHandlers) listActs(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	f := report.ActFilter{Who: q.Get("who"), What: q.Get("what"), Limit: actsShown + 1}
	if text := q.Get("before"); text != "" {
		var err error
		if f.Before, err = strconv.ParseInt(text, 10, 64); err != nil || f.Before < 1 {
			return refuse(http.StatusBadRequest, "before is the id of an act, not %q.", text)
		}
	}
	list, err := h.audit.Acts(r.Context(), f)
	if err != nil {
		return err
	}
	more := len(list) > actsShown
	list = list[:min(len(list), actsShown)]
	writeJSON(w, http.StatusOK, map[string]any{"acts": append([]report.Act{}, list...), "more": more})
	return nil
}
