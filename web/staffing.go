package web

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"time"

	ics "github.com/arran4/golang-ical"

	"presszero/report"
	"presszero/report/patience"
	"presszero/report/staffing"
)

// How far back a plan looks: for arrivals and handling times, for patience, and for who
// was there. Arrivals look a week further, for the latest may not be over.
const (
	arrivalsBack = 9 * 7
	patienceBack = 28
	presentBack  = 5 * 7
)

// leastGaveUp is how many must have given up for a measured patience; below it is an
// exponential one, at least usualPatience in the mean.
const (
	leastGaveUp   = 50
	usualPatience = 300.0
)

// measuredPatience is how patient the callers are, with the mean in seconds; measured is
// false where too few gave up to tell.
func measuredPatience(waits []patience.Wait) (p staffing.Patience, mean float64, measured bool) {
	seconds, gaveUp := 0.0, 0
	for _, w := range waits {
		seconds += w.S * float64(w.N)
		if w.End == patience.Abandoned {
			gaveUp += w.N
		}
	}
	curve := patience.Survival(waits)
	if gaveUp < leastGaveUp || curve.EndS == 0 {
		mean = max(usualPatience, seconds/leastGaveUp)
		return staffing.ExponentialPatience(mean), mean, false
	}
	mean = seconds / float64(gaveUp)
	last := curve.At(curve.EndS)
	return staffing.Tabled(func(s float64) float64 {
		if s > curve.EndS { // beyond what is known it goes on as for an exponential one
			return last * math.Exp(-(s-curve.EndS)/mean)
		}
		return curve.At(s)
	}, curve.EndS), mean, true
}

// plan is a queue's plan of agents, with what it goes by.
type plan struct {
	asked
	rows  []staffing.HalfHour
	terms staffing.Terms
	basis map[string]any
}

// planOf makes the plan of days from one on, by the clocks of the queue.
func (h *reportHandlers) planOf(r *http.Request, source report.StaffingBooks, figures report.Figures, first string, days int) (p plan, err error) {
	q := r.URL.Query()
	queue := q.Get("queue")
	goal, ok := source.StaffingGoal(queue)
	if !ok || !userOf(r).May(queue) {
		return p, refuse(http.StatusNotFound, "There is no queue %q. Name one: staffing is of one queue.", queue)
	}
	zone, now := zoneNamed(h.thresholds()(queue).Zone), time.Now()
	day := now.In(zone)
	if text := q.Get(first); text != "" {
		if day, err = time.Parse(time.DateOnly, text); err != nil {
			return p, refuse(http.StatusBadRequest, "%s is a day like 2026-05-04, not %q.", first, text)
		}
	}
	from, to := midnight(day, 0, zone), midnight(day, days, zone)
	p.asked = asked{Period: report.Period{From: from, To: to, Queues: []string{queue}}, queue: queue, zone: zone}
	past, handling, waits, err := h.pastOf(r.Context(), source, figures, queue, from, now)
	if err != nil {
		return p, err
	}
	curve, mean, measured := measuredPatience(waits)
	p.terms = staffing.Terms{Goal: goal, HandleS: handling.MeanS, Patience: curve}
	p.rows = staffing.Plan(from, to, past, p.terms)
	p.basis = map[string]any{"handling": handling, "patience_s": mean, "patience_measured": measured, "target_s": goal.TargetS, "share": goal.Share, "occupancy": goal.Occupancy, "shrinkage": goal.Shrinkage}
	return p, nil
}

// pastOf is what a plan from a day on goes by.
func (h *reportHandlers) pastOf(ctx context.Context, source report.StaffingBooks, figures report.Figures, queue string, from, now time.Time) (past staffing.Past, handling report.Handling, waits []patience.Wait, err error) {
	past = staffing.Past{Since: now, Now: now, Arrived: map[int64]float64{}, Present: map[int64]float64{}}
	end := now.UTC().Truncate(time.Minute)
	if from.Before(end) {
		end = from
	}
	before := func(days int) report.Period {
		return report.Period{From: end.In(from.Location()).AddDate(0, 0, -days), To: end}
	}
	grid := func(days int) report.Period {
		return report.Period{From: from.AddDate(0, 0, -days), To: now.UTC().Truncate(time.Minute)}
	}
	tallies, err := h.reports.Tallies(ctx, grid(arrivalsBack), 30*time.Minute)
	if err != nil {
		return past, handling, nil, err
	}
	for _, t := range tallies {
		if !t.AfterTalk && t.Outcome != "withdrawn" {
			past.Arrived[t.Start.Unix()] += float64(t.Visits)
			if t.Start.Before(past.Since) {
				past.Since = t.Start
			}
		}
	}
	past.Since = midnight(past.Since.In(from.Location()), 0, from.Location())
	present, err := source.Present(ctx, grid(presentBack))
	if err != nil {
		return past, handling, nil, err
	}
	for _, at := range present {
		past.Present[at.Start.Unix()] = at.Agents
	}
	if handling, err = source.Handling(ctx, before(arrivalsBack)); err != nil {
		return past, handling, nil, err
	}
	waits, err = figures.PatienceWaits(ctx, before(patienceBack))
	return past, handling, waits, err
}

// staffing tells for seven days how many agents a queue needs and how many are there.
func (h *reportHandlers) staffing(w http.ResponseWriter, r *http.Request) error {
	p, err := h.planned(r, "from", 7)
	if err != nil {
		return err
	}
	answer := p.head()
	for k, v := range p.basis {
		answer[k] = v
	}
	answer["rows"] = p.rows
	return writeSheet(w, r, newSheet("staffing", answer, report.PlanColumns, p.rows))
}

// planned makes a plan if there is a source for it.
func (h *reportHandlers) planned(r *http.Request, first string, days int) (plan, error) {
	source, ok := h.reports.(report.StaffingBooks)
	figures, also := h.reports.(report.Figures)
	if !ok || !also {
		return plan{}, errNotConfigured
	}
	return h.planOf(r, source, figures, first, days)
}

// dayPlan is the plan of a day to be taken away: for a calendar (ICS), or as a table of
// the stretches in which as many agents are needed.
func (h *reportHandlers) dayPlan(w http.ResponseWriter, r *http.Request) error {
	p, err := h.planned(r, "day", 1)
	if err != nil {
		return err
	}
	blocks := staffing.Blocks(p.rows)
	if r.URL.Query().Get("format") != "ics" {
		answer := p.head()
		answer["rows"] = append([]staffing.Block{}, blocks...)
		return writeSheet(w, r, newSheet("plan", answer, blockColumns, blocks))
	}
	c := ics.NewCalendarFor("Press Zero")
	c.SetMethod(ics.MethodPublish)
	for _, b := range blocks {
		e := c.AddEvent(fmt.Sprintf("%s-%s@presszero", b.From.UTC().Format("20060102T1504Z"), p.queue))
		e.SetDtStampTime(time.Now())
		e.SetStartAt(b.From)
		e.SetEndAt(b.To)
		e.SetSummary(fmt.Sprintf("%s: %d", p.queue, b.Needed))
	}
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="plan.ics"`)
	w.Header().Set("Cache-Control", "no-store")
	return c.SerializeTo(w)
}

// blockColumns are the columns of the table of a day's plan.
var blockColumns = []report.Column[staffing.Block]{
	{Name: "from", Cell: func(b staffing.Block) any { return b.From }},
	{Name: "to", Cell: func(b staffing.Block) any { return b.To }},
	{Name: "needed", Cell: func(b staffing.Block) any { return b.Needed }},
	{Name: "local_from", Cell: func(b staffing.Block) any { return b.From.Format(time.RFC3339) }},
	{Name: "local_to", Cell: func(b staffing.Block) any { return b.To.Format(time.RFC3339) }},
}
