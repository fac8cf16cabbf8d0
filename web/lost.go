package web

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"presszero/report"
)

// Lost has callers who gave up called back.
type Lost interface {
	// CallBackLost puts a lost caller into the line of a queue as a callback, with the
	// place of the moment at which the caller came, and keeps a note for the agent. It
	// returns the callback. Unfit: the number cannot be called, or a callback is open.
	CallBackLost(ctx context.Context, c report.LostCaller, queue, note, by string) (string, error)
}

// lostHandlers list lost callers and have them called back.
type lostHandlers struct {
	reports *reportHandlers
	lost    Lost
	log     *slog.Logger
}

// How far back the list of lost callers goes, in hours, and how long it is.
const (
	usualLost = 72
	mostLost  = 31 * 24
	lostShown = 500
)

// people tells what became of those who gave up: the windows of report.LostHours, and
// one that is asked for; the money and what calling back wins are of that one.
func people(source report.PeopleBooks, ctx context.Context, a asked, r *http.Request) (map[string]any, []report.PeopleRow, error) {
	hours, err := hoursOf(r, 24, 31*24)
	if err != nil {
		return nil, nil, err
	}
	windows := slices.Clone(report.LostHours)
	if !slices.Contains(windows, hours) {
		windows = append(windows, hours)
		slices.Sort(windows)
	}
	counts, err := source.LostCounts(ctx, a.Period, windows)
	if err != nil {
		return nil, nil, err
	}
	withheld, err := source.Withheld(ctx, a.Period)
	if err != nil {
		return nil, nil, err
	}
	values := slices.DeleteFunc(source.LostValues(), func(v report.LostValue) bool {
		return len(a.Queues) > 0 && !slices.Contains(a.Queues, v.Queue)
	})
	rows, trials, stakes := report.People(counts, values, hours)
	return map[string]any{"hours": hours, "withheld": withheld, "trials": append([]report.Trial{}, trials...), "at_stake": append([]report.AtStake{}, stakes...)}, rows, nil
}

// hoursOf reads hours.
func hoursOf(r *http.Request, std, most float64) (float64, error) {
	text := r.URL.Query().Get("hours")
	if text == "" {
		return std, nil
	}
	hours, err := strconv.ParseFloat(text, 64)
	if err != nil || !(hours >= 0.25 && hours <= most) {
		return 0, refuse(http.StatusBadRequest, "hours is a number from 0.25 to %g, not %q.", most, text)
	}
	return hours, nil
}

// list lists the lost, the last first.
func (h *lostHandlers) list(w http.ResponseWriter, r *http.Request) error {
	source, ok := h.reports.reports.(report.PeopleBooks)
	if !ok {
		return errNotConfigured
	}
	a, err := h.reports.asked(r)
	if err != nil {
		return err
	}
	hours, err := hoursOf(r, usualLost, mostLost)
	if err != nil {
		return err
	}
	since := time.Now().Add(-time.Duration(hours * float64(time.Hour))).UTC().Truncate(time.Second)
	limit := lostShown
	if r.URL.Query().Get("format") != "" {
		limit = math.MaxInt32 - 1 // a file has them all
	}
	rows, err := source.LostCallers(r.Context(), report.LostFilter{Since: since, Queues: a.Queues, Values: source.LostValues(), Limit: limit + 1})
	if err != nil {
		return err
	}
	more := len(rows) > limit
	rows = rows[:min(len(rows), limit)]
	return writeSheet(w, r, newSheet("lost", map[string]any{"since": since, "zone": a.zone.String(), "queue": a.queue, "more": more,
		"rows": append([]report.LostCaller{}, rows...)}, report.LostColumns, rows))
}

// callBack puts a lost caller into the line as a callback.
func (h *lostHandlers) callBack(w http.ResponseWriter, r *http.Request) error {
	source, ok := h.reports.reports.(report.PeopleBooks)
	if !ok {
		return errNotConfigured
	}
	var in struct{ Note, Queue string }
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	in.Note = strings.TrimSpace(in.Note)
	if utf8.RuneCountInString(in.Note) > maxNote {
		return refuse(http.StatusUnprocessableEntity, "A note has at most %d letters.", maxNote)
	}
	u := userOf(r)
	const gone = "This caller is not on the list any more."
	asked := report.LostFilter{Since: time.Now().Add(-mostLost * time.Hour), Queues: u.Scope(), Key: r.PathValue("key"), Values: source.LostValues(), Limit: 1}
	rows, err := source.LostCallers(r.Context(), asked)
	if err != nil {
		return err
	}
	if len(rows) == 0 && len(asked.Queues) > 0 {
		asked.Queues = nil
		if rows, err = source.LostCallers(r.Context(), asked); err == nil && len(rows) > 0 {
			return foreign(gone)
		}
	}
	if len(rows) == 0 {
		return refuse(http.StatusNotFound, gone)
	}
	c := rows[0]
	if in.Queue == "" {
		in.Queue = c.Queue
	}
	switch {
	case !u.May(in.Queue) || !h.reports.has(in.Queue):
		return refuse(http.StatusNotFound, "There is no queue %q.", in.Queue)
	case c.LeftAlone:
		return refuse(http.StatusConflict, "This caller is of the part that is left alone, by which the report tells what calling back wins.")
	case c.Callback:
		return refuse(http.StatusConflict, "A callback to this caller is open already.")
	}
	id, err := h.lost.CallBackLost(r.Context(), c, in.Queue, in.Note, u.Name)
	if errors.Is(err, ErrNotFound) {
		return refuse(http.StatusNotFound, gone)
	}
	if err != nil {
		return err
	}
	noteAct(r, "caller", c.Key)
	noteAct(r, "queue", in.Queue)
	noteAct(r, "callback", id)
	h.log.Info("a lost caller is called back", "by", u.Name, "call", c.Call, "callback", id)
	writeJSON(w, http.StatusOK, map[string]any{"callback": id})
	return nil
}

// has reports whether the flow in force has the queue.
func (h *reportHandlers) has(queue string) bool {
	return slices.ContainsFunc(h.reports.Thresholds(), func(th report.Thresholds) bool { return th.Queue == queue })
}
