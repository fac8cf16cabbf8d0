package web

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"time"
)

// Rehearsals plays days that have not happened with the line that serves callers, one
// at a time and beside it.
type Rehearsals interface {
	// Begin starts a rehearsal. ErrTaken: one goes on.
	Begin(ctx context.Context, d RehearsalDay) (Rehearsal, error)
	// Rehearsal is one that was begun a while ago. ErrNotFound.
	Rehearsal(ctx context.Context, id string) (Rehearsal, error)
}

// RehearsalDay is what is rehearsed: half hour by half hour from midnight on.
type RehearsalDay struct {
	Queue     string
	HandleS   float64   // mean
	PatienceS float64   // mean
	Callers   []float64 // that come in each half hour
	Agents    []int     // who are there in it
}

// Rehearsal is a rehearsal that goes on or is over.
type Rehearsal struct {
	ID       string           `json:"id"`
	Queue    string           `json:"queue"`
	State    string           `json:"state"`    // running, done, failed
	Progress float64          `json:"progress"` // share of the callers who have come, 0 to 1
	Began    time.Time        `json:"began"`
	Result   *RehearsalResult `json:"result"` // nil until it is done
}

// RehearsalResult is what came of a rehearsal. Shares are of all callers; nil where
// there is nothing to tell them by.
type RehearsalResult struct {
	Calls        int      `json:"calls"`
	Answered     int      `json:"answered"`
	Abandoned    int      `json:"abandoned"`
	NotServed    int      `json:"not_served"`
	Abandonment  *float64 `json:"abandonment"`
	MeanWaitS    *float64 `json:"mean_wait_s"`
	P90WaitS     *float64 `json:"p90_wait_s"`
	ServiceLevel *float64 `json:"service_level"`
	Occupancy    *float64 `json:"occupancy"`
	TookS        float64  `json:"took_s"` // of real time
}

// rehearsalHandlers rehearse days.
type rehearsalHandlers struct {
	reports    *reportHandlers
	rehearsals Rehearsals
	log        *slog.Logger
}

// rehearsalAsk says what is rehearsed: the plan of a day, changed.
type rehearsalAsk struct {
	Queue   string
	Day     string
	Agents  string  // needed, needed_1sd, needed_2sd, present; "": needed
	More    int     // agents more, or fewer, in every half hour in which there are any
	Callers float64 // times as many callers; 0: as planned
	Handle  float64 // times as long; 0: as measured
}

// mostCallers bounds the work of a rehearsal.
const mostCallers = 200_000

// begin starts a rehearsal of a queue's day.
func (h *rehearsalHandlers) begin(w http.ResponseWriter, r *http.Request) error {
	var in rehearsalAsk
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	for _, factor := range []*float64{&in.Callers, &in.Handle} {
		if *factor == 0 {
			*factor = 1
		}
		if !(*factor >= 0.1 && *factor <= 10) {
			return refuse(http.StatusUnprocessableEntity, "callers and handle are from 0.1 to 10 times what is planned, not %g.", *factor)
		}
	}
	if in.More < -1000 || in.More > 1000 {
		return refuse(http.StatusUnprocessableEntity, "more is from -1000 to 1000 agents, not %d.", in.More)
	}
	asking := r.Clone(r.Context())
	q := asking.URL.Query()
	q.Set("queue", in.Queue)
	q.Set("day", in.Day)
	if in.Day == "" {
		q.Del("day")
	}
	asking.URL.RawQuery = q.Encode()
	p, err := h.reports.planned(asking, "day", 1)
	if err != nil {
		return err
	}
	day, err := in.dayOf(p)
	if err != nil {
		return err
	}
	made, err := h.rehearsals.Begin(r.Context(), day)
	if errors.Is(err, ErrTaken) {
		return refuse(http.StatusConflict, "Another rehearsal goes on; wait until it is done.")
	}
	if err != nil {
		return err
	}
	h.log.Info("a day is rehearsed", "by", userOf(r).Name, "queue", in.Queue, "day", in.Day)
	writeJSON(w, http.StatusAccepted, made)
	return nil
}

// dayOf is the planned day, changed.
func (in rehearsalAsk) dayOf(p plan) (RehearsalDay, error) {
	day := RehearsalDay{Queue: in.Queue, HandleS: p.terms.HandleS * in.Handle, PatienceS: p.basis["patience_s"].(float64)}
	callers, agents := 0.0, 0
	for _, row := range p.rows {
		n := row.Needed
		switch in.Agents {
		case "", "needed":
		case "needed_1sd":
			n = row.OneMore
		case "needed_2sd":
			n = row.TwoMore
		case "present":
			n = 0
			if row.Present != nil {
				n = int(math.Round(*row.Present))
			}
		default:
			return day, refuse(http.StatusUnprocessableEntity, "agents is needed, needed_1sd, needed_2sd or present, not %q.", in.Agents)
		}
		if n > 0 {
			n = max(0, n+in.More)
		}
		day.Callers, day.Agents = append(day.Callers, row.Callers*in.Callers), append(day.Agents, n)
		callers, agents = callers+row.Callers*in.Callers, agents+n
	}
	switch {
	case callers < 1 || day.HandleS <= 0:
		return day, refuse(http.StatusUnprocessableEntity, "Nobody called on such a day, so there is nothing to rehearse.")
	case agents == 0:
		return day, refuse(http.StatusUnprocessableEntity, "There is no agent on that day, so nobody would be served.")
	case callers > mostCallers:
		return day, refuse(http.StatusUnprocessableEntity, "That would be more than %d callers.", mostCallers)
	}
	return day, nil
}

// state tells how far a rehearsal is, and what came of it.
func (h *rehearsalHandlers) state(w http.ResponseWriter, r *http.Request) error {
	made, err := h.rehearsals.Rehearsal(r.Context(), r.PathValue("id"))
	const gone = "There is no such rehearsal any more."
	switch {
	case errors.Is(err, ErrNotFound):
		return refuse(http.StatusNotFound, gone)
	case err != nil:
		return err
	case !userOf(r).May(made.Queue):
		return foreign(gone)
	}
	writeJSON(w, http.StatusOK, made)
	return nil
}
