package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"presszero/report"
	"presszero/report/patience"
)

// asked is what a report is asked about.
type asked struct {
	report.Period
	queue string // the only one; "": all that the user may see
	zone  *time.Location
}

// asked reads day and days, or from and to, and queue. Times are by the clocks of the queue,
// or of the house where no queue is named. A queue that is not the user's is not
// there.
func (h *reportHandlers) asked(r *http.Request) (asked, error) {
	a := asked{queue: r.URL.Query().Get("queue")}
	queues, err := scope(r)
	if err != nil {
		return a, err
	}
	a.zone = zoneNamed(h.thresholds()(a.queue).Zone)
	text := r.URL.Query().Get("day")
	if text == "" {
		a.Period, err = period(r)
		a.Queues = queues
		return a, err
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return a, refuse(http.StatusBadRequest, "day is a day like 2026-05-04, not %q.", text)
	}
	if r.URL.Query().Has("from") || r.URL.Query().Has("to") {
		return a, refuse(http.StatusBadRequest, "Ask for a day, or for a time from and to, not for both.")
	}
	days, err := daysOf(r)
	a.Period = report.Period{From: midnight(day, 0, a.zone), To: midnight(day, days, a.zone), Queues: queues}
	return a, err
}

// head is what the answer of every report begins with.
func (a asked) head() map[string]any {
	return map[string]any{"from": a.From, "to": a.To, "zone": a.zone.String(), "queue": a.queue}
}

// questionReport serves a report about a question: JSON with what more names, and
// the rows in a list, or the rows by the columns. It needs a source that Reports may
// implement; without it the report is not there.
func questionReport[Source, Row any](h *reportHandlers, name string, columns []report.Column[Row],
	ask func(Source, context.Context, asked, *http.Request) (more map[string]any, rows []Row, err error)) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		source, ok := h.reports.(Source)
		if !ok {
			return errNotConfigured
		}
		a, err := h.asked(r)
		if err != nil {
			return err
		}
		more, rows, err := ask(source, r.Context(), a, r)
		if err != nil {
			return err
		}
		answer := a.head()
		answer["rows"] = append([]Row{}, rows...)
		for k, v := range more {
			answer[k] = v
		}
		return writeSheet(w, r, newSheet(name, answer, columns, rows))
	}
}

// compare puts a span beside the one before it and the same weekdays of before.
func (h *reportHandlers) compare(w http.ResponseWriter, r *http.Request) error {
	source, ok := h.reports.(report.Figures)
	if !ok {
		return errNotConfigured
	}
	a, err := h.asked(r)
	if err != nil {
		return err
	}
	by := r.URL.Query().Get("by")
	if by == "" {
		by = report.ByQueue
	}
	if !slices.Contains([]string{report.ByQueue, report.ByDialed, report.ByHalfHour, report.ByDay, report.ByHeat}, by) {
		return refuse(http.StatusBadRequest, "by is queue, dialed, halfhour, day or heat, not %q.", by)
	}
	spans := report.SpansOf(a.Period, a.zone).At(time.Now(), a.zone)
	if by == report.ByHalfHour && spans.Now.To.Sub(spans.Now.From)/(30*time.Minute) > maxRows {
		return refuse(http.StatusBadRequest, "That would be more than %d half hours; ask for a shorter time.", maxRows)
	}
	var tallies [3][]report.Counted
	for i, p := range []report.Period{spans.Now, spans.Before, spans.Weeks} {
		p.Queues = a.Queues
		if tallies[i], err = h.counted(r.Context(), source, by, a, p); err != nil {
			return err
		}
	}
	total, rows := report.Compare(by, spans, a.zone, tallies, h.thresholds())
	answer := a.head()
	answer["from"], answer["to"], answer["basis"], answer["by"], answer["spans"] = spans.Now.From, spans.Now.To, "arrival", by, spans
	answer["total"], answer["rows"] = total, append([]report.Compared{}, rows...)
	return writeSheet(w, r, newSheet("compare", answer, report.ComparedColumns, report.ComparedLines(rows)))
}

// counted are the tallies of one span, in its groups.
func (h *reportHandlers) counted(ctx context.Context, source report.Figures, by string, a asked, p report.Period) ([]report.Counted, error) {
	if by == report.ByDialed {
		return source.DialedTallies(ctx, p)
	}
	interval := 30 * time.Minute
	if by == report.ByQueue {
		interval = 0
	}
	tallies, err := h.reports.Tallies(ctx, p, interval)
	var list []report.Counted
	for _, t := range tallies {
		switch {
		case by == report.ByQueue:
			list = append(list, report.Counted{Tally: t, Group: t.Queue})
		default:
			list = append(list, report.Counted{Tally: t})
		}
	}
	return list, err
}

// spreads tells how waits are spread.
func spreads(source report.Figures, ctx context.Context, a asked, _ *http.Request) (map[string]any, []report.WaitSpread, error) {
	rows, err := source.WaitSpreads(ctx, a.Period)
	return map[string]any{"edges_s": report.WaitEdges}, rows, err
}

// balances tells what a span did to the line of each queue.
func balances(source report.Figures, ctx context.Context, a asked, _ *http.Request) (map[string]any, []report.Balance, error) {
	rows, err := source.Balances(ctx, a.Period)
	return map[string]any{"basis": "end"}, rows, err
}

// told tells what became of callers by what they were told.
func told(source report.Figures, ctx context.Context, a asked, _ *http.Request) (map[string]any, []report.Told, error) {
	rows, err := source.Told(ctx, a.Period)
	return nil, rows, err
}

// hazardEdges are the edges, in seconds, between the stretches of waiting for which
// the rate of giving up is told: fine where announcements are, coarse later.
var hazardEdges = func() (edges []float64) {
	for s := 0.0; s < 300; s += 5 {
		edges = append(edges, s)
	}
	for s := 300.0; s <= 1800; s += 60 {
		edges = append(edges, s)
	}
	return edges
}()

// patienceOf tells how patient callers are, and what becomes of them while they wait.
func patienceOf(source report.Figures, ctx context.Context, a asked, _ *http.Request) (map[string]any, []patience.Point, error) {
	waits, err := source.PatienceWaits(ctx, a.Period)
	if err != nil {
		return nil, nil, err
	}
	times, err := source.TellingTimes(ctx, a.Period)
	if err != nil {
		return nil, nil, err
	}
	curve := patience.Survival(waits)
	visits, abandoned := 0, 0
	for _, w := range waits {
		visits += w.N
		if w.End == patience.Abandoned {
			abandoned += w.N
		}
	}
	var restricted *float64
	if curve.EndS > 0 {
		mean := curve.RestrictedMean(curve.EndS)
		restricted = &mean
	}
	hazard := patience.Hazard(waits, hazardEdges)
	for len(hazard) > 0 && hazard[len(hazard)-1].PerMinute == nil {
		hazard = hazard[:len(hazard)-1]
	}
	return map[string]any{"visits": visits, "abandoned": abandoned, "mean_s": patience.Mean(waits), "median_s": curve.Median(),
		"end_s": curve.EndS, "restricted_mean_s": restricted, "hazard": append([]patience.Bin{}, hazard...),
		"told": append([]report.TellingTime{}, times...), "incidence": append([]patience.Became{}, patience.Incidence(waits, 1)...)}, curve.Thin(1).Points, nil
}

// callbackCounts tells what came of callbacks.
func callbackCounts(source report.Work, ctx context.Context, a asked, _ *http.Request) (map[string]any, []report.CallbackCounts, error) {
	rows, err := source.CallbackCounts(ctx, a.Period)
	return nil, rows, err
}

// messageCounts tells how old messages and complaints became.
func messageCounts(source report.Work, ctx context.Context, a asked, _ *http.Request) (map[string]any, []report.MessageCounts, error) {
	rows, err := source.MessageCounts(ctx, a.Period)
	return nil, rows, err
}

// agentTimes tells what the time of agents went into.
func agentTimes(source report.Work, ctx context.Context, a asked, _ *http.Request) (map[string]any, []report.AgentTime, error) {
	rows, err := source.AgentTimes(ctx, a.Period)
	return nil, rows, err
}
