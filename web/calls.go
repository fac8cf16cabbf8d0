package web

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"presszero/report"
)

// maxCalls bounds the limit of one answer; that there are more is said in it. A file has no limit
// unless one is asked for.
const maxCalls = 100_000

// calls lists single calls.
func (h *reportHandlers) calls(w http.ResponseWriter, r *http.Request) error {
	f, err := h.callFilter(r)
	if err != nil {
		return err
	}
	if f.Limit == 0 {
		w.Header().Set("X-Truncated", "false")
		return writeSheet(w, r, longSheet("calls", "calls", map[string]any{"truncated": false}, report.CallColumns, h.allCalls(r.Context(), f)))
	}
	limit := f.Limit
	f.Limit++ // one more tells whether there are more
	rows, err := h.reports.Calls(r.Context(), f)
	if err != nil {
		return err
	}
	truncated := len(rows) > limit
	if truncated {
		rows = rows[:limit]
	}
	w.Header().Set("X-Truncated", strconv.FormatBool(truncated))
	return writeSheet(w, r, newSheet("calls", map[string]any{"calls": append([]report.Call{}, rows...), "truncated": truncated}, report.CallColumns, rows))
}

// callsAtOnce is how many calls of a file are read at once.
const callsAtOnce = 5000

// allCalls reads the calls of a filter, the newest first, piece by piece: each goes on where the
// one before has ended. Calls that come meanwhile are newer.
func (h *reportHandlers) allCalls(ctx context.Context, f report.CallFilter) iter.Seq2[report.Call, error] {
	f.Limit = callsAtOnce
	return func(yield func(report.Call, error) bool) {
		for {
			rows, err := h.reports.Calls(ctx, f)
			if err != nil {
				yield(report.Call{}, err)
				return
			}
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
			if len(rows) < f.Limit {
				return
			}
			f.Offset += len(rows)
			if f.Counted != "" { // its period may be that of something else than its calls
				continue
			}
			// Only those of the same instant as the last are left out again, and not all before it.
			last := rows[len(rows)-1].At
			if of := slices.IndexFunc(rows, func(c report.Call) bool { return c.At.Equal(last) }); of > 0 {
				f.To, f.Offset = last.Add(time.Microsecond), len(rows)-of
			}
		}
	}
}

// callFilter reads which calls are meant.
func (h *reportHandlers) callFilter(r *http.Request) (f report.CallFilter, err error) {
	list, err := h.stretches(r)
	if err != nil {
		return f, err
	}
	q := r.URL.Query()
	f = report.CallFilter{Period: whole(list), Limit: 200, Zone: h.thresholds()(q.Get("queue")).Zone,
		Dialed: q.Get("dialed"), Entered: q.Get("entered"), Node: q.Get("node"), Agent: q.Get("agent"), Code: q.Get("code"),
		Origin: q.Get("origin"), Counted: q.Get("counted"), About: q.Get("about")}
	if name, column, _ := strings.Cut(f.Counted, "."); f.Counted != "" && !slices.Contains(report.CountedNumbers[name], column) {
		return f, refuse(http.StatusBadRequest, "counted is a number of a report, like callbacks.kept, not %q.", f.Counted)
	}
	if f.Counted != "" {
		if f.Period, err = h.countedPeriod(r, f.Counted); err != nil {
			return f, err
		}
	}
	for o := range strings.SplitSeq(q.Get("outcome"), ",") {
		if o = strings.TrimSpace(o); o != "" {
			f.Outcomes = append(f.Outcomes, o)
		}
	}
	if q.Get("format") != "" {
		f.Limit = 0 // a file has them all
	}
	if text := q.Get("after_talk"); text != "" {
		is, err := strconv.ParseBool(text)
		if err != nil {
			return f, refuse(http.StatusBadRequest, "after_talk is true or false, not %q.", text)
		}
		f.AfterTalk = &is
	}
	limit, err := wholeNumber(q, "limit", 1, maxCalls)
	if err != nil {
		return f, err
	}
	if limit != nil {
		f.Limit = *limit
	}
	offset, err := wholeNumber(q, "offset", 0, 1e7)
	if err != nil {
		return f, err
	}
	if offset != nil {
		f.Offset = *offset
	}
	if f.Weekday, err = wholeNumber(q, "weekday", 1, 7); err != nil {
		return f, err
	}
	if f.Minute, err = wholeNumber(q, "minute", 0, 24*60-1); err != nil {
		return f, err
	}
	for name, to := range map[string]**float64{"wait_from_s": &f.WaitFromS, "wait_to_s": &f.WaitToS, "wait_up_to_s": &f.WaitUpToS} {
		n, err := wholeNumber(q, name, 0, 1e6)
		if err != nil {
			return f, err
		}
		if n != nil {
			s := float64(*n)
			*to = &s
		}
	}
	f.Told, err = toldOf(q.Get("told"))
	return f, err
}

// countedPeriod reads the period of a number of another report as that report does: some go by the
// clocks of the queue, the others by those of the house.
func (h *reportHandlers) countedPeriod(r *http.Request, counted string) (report.Period, error) {
	switch name, _, _ := strings.Cut(counted, "."); name {
	case "asked", "callbacks", "messages", "people", "agents":
		a, err := h.asked(r)
		return a.Period, err
	}
	return h.period(r)
}

// wholeNumber reads a whole number; nil: there is none.
func wholeNumber(q url.Values, name string, low, high int) (*int, error) {
	text := q.Get(name)
	if text == "" {
		return nil, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		return nil, refuse(http.StatusBadRequest, "%s is a number from %d to %d, not %q.", name, low, high, text)
	}
	return &n, nil
}

// toldOf reads a wait like 120-300, 300-0 for more than 300 s, or 0-0 for nothing told.
func toldOf(text string) (*report.Waiting, error) {
	if text == "" {
		return nil, nil
	}
	low, high, ok := strings.Cut(text, "-")
	l, err1 := strconv.ParseFloat(low, 64)
	h, err2 := strconv.ParseFloat(high, 64)
	if !ok || err1 != nil || err2 != nil {
		return nil, refuse(http.StatusBadRequest, "told is a wait in seconds like 120-300, not %q.", text)
	}
	return &report.Waiting{LowS: l, HighS: h}, nil
}
