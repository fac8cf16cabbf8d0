package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"presszero/report"
)

// reportHandlers serve the reports.
type reportHandlers struct {
	reports Reports
}

// thresholds tells by what each queue is measured, also one that the flow does
// not have.
func (h *reportHandlers) thresholds() func(queue string) report.Thresholds {
	all := map[string]report.Thresholds{}
	for _, th := range h.reports.Thresholds() {
		all[th.Queue] = th
	}
	return func(queue string) report.Thresholds {
		th, ok := all[queue]
		if !ok {
			th = all[""]
		}
		th.Queue = queue
		return th
	}
}

// stretch is a period with the queues to which it applies. Where a day is
// asked for, it is from midnight to midnight in the zone of each queue, so
// there is one for each zone.
type stretch struct {
	report.Period
	zone   *time.Location // nil: a period of instants, for all queues
	queues []string       // of zone
}

// measures reports whether the queue is measured in the stretch.
func (t stretch) measures(queue report.Thresholds) bool {
	return t.zone == nil || t.zone.String() == queue.Zone
}

// scope returns the queues that a request is about: the one that it names, or all
// that the user may see; none: all.
func scope(r *http.Request) ([]string, error) {
	u, queue := userOf(r), r.URL.Query().Get("queue")
	switch {
	case queue == "":
		return u.Scope(), nil
	case !u.May(queue):
		return nil, foreign("There is no queue %q.", queue)
	}
	return []string{queue}, nil
}

// stretches reads day and days, or from and to, and the queues that are meant. Of several, the
// first is that of all of these together.
func (h *reportHandlers) stretches(r *http.Request) ([]stretch, error) {
	queues, err := scope(r)
	if err != nil {
		return nil, err
	}
	return h.stretchesOf(r, queues)
}

func (h *reportHandlers) stretchesOf(r *http.Request, queues []string) ([]stretch, error) {
	text := r.URL.Query().Get("day")
	if text == "" {
		p, err := period(r)
		p.Queues = queues
		return []stretch{{Period: p}}, err
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "day is a day like 2026-05-04, not %q.", text)
	}
	if r.URL.Query().Has("from") || r.URL.Query().Has("to") {
		return nil, refuse(http.StatusBadRequest, "Ask for a day, or for a time from and to, not for both.")
	}
	days, err := daysOf(r)
	if err != nil {
		return nil, err
	}
	of := h.thresholds()
	isMeant := func(m report.Thresholds) bool {
		if m.Queue != "" {
			return slices.Contains(queues, m.Queue)
		}
		return slices.ContainsFunc(queues, func(queue string) bool { return of(queue).Zone == m.Zone })
	}
	var list []stretch
	for _, m := range h.reports.Thresholds() {
		if len(queues) > 0 && !isMeant(m) {
			continue
		}
		i := slices.IndexFunc(list, func(t stretch) bool { return t.zone.String() == m.Zone })
		if i < 0 {
			zone, err := time.LoadLocation(m.Zone)
			if err != nil {
				return nil, err
			}
			i = len(list)
			list = append(list, stretch{zone: zone, Period: report.Period{From: midnight(day, 0, zone), To: midnight(day, days, zone), Queues: queues}})
		}
		if m.Queue != "" {
			list[i].queues = append(list[i].queues, m.Queue)
		}
	}
	return list, nil
}

// daysOf reads how many days are meant.
func daysOf(r *http.Request) (int, error) {
	text := r.URL.Query().Get("days")
	if text == "" {
		return 1, nil
	}
	days, err := strconv.Atoi(text)
	if err != nil || days < 1 || days > maxDays {
		return 0, refuse(http.StatusBadRequest, "days is a number from 1 to %d, not %q.", maxDays, text)
	}
	return days, nil
}

// period reads day, in the zone of all queues together, or from and to, and the
// queues that are meant.
func (h *reportHandlers) period(r *http.Request) (report.Period, error) {
	queues, err := scope(r)
	if err != nil {
		return report.Period{}, err
	}
	list, err := h.stretchesOf(r, nil)
	if err != nil {
		return report.Period{}, err
	}
	p := list[0].Period
	p.Queues = queues
	return p, nil
}

// midnight is when a day begins in a zone, some days after day: at 0:00, or,
// where the clocks are put forward then, when the day's first minute is.
func midnight(day time.Time, later int, zone *time.Location) time.Time {
	y, m, d := day.Date()
	t := time.Date(y, m, d+later, 0, 0, 0, 0, zone)
	if t.Hour() != 0 { // 0:00 does not exist, and t is an hour before or after
		for t.Day() != time.Date(y, m, d+later, 12, 0, 0, 0, zone).Day() {
			t = t.Add(15 * time.Minute)
		}
	}
	return t
}

// whole is the time that stretches cover together.
func whole(list []stretch) report.Period {
	p := list[0].Period
	for _, t := range list {
		if t.From.Before(p.From) {
			p.From = t.From
		}
		if t.To.After(p.To) {
			p.To = t.To
		}
	}
	return p
}

// summary is a period in one row per queue, the rows together, and for those who see
// all queues the menus.
func (h *reportHandlers) summary(w http.ResponseWriter, r *http.Request) error {
	list, err := h.stretches(r)
	if err != nil {
		return err
	}
	of := h.thresholds()
	total, rows := report.Row{}, []report.Row{}
	for _, t := range list {
		tallies, err := h.reports.Tallies(r.Context(), t.Period, 0)
		if err != nil {
			return err
		}
		rows = append(rows, t.queueRows(tallies, of, &total)...)
	}
	slices.SortFunc(rows, func(a, b report.Row) int { return cmp.Compare(a.Queue, b.Queue) })
	if len(rows) == 0 {
		for _, th := range h.reports.Thresholds() {
			if th.Queue != "" && (len(list[0].Queues) == 0 || slices.Contains(list[0].Queues, th.Queue)) {
				total.Measure(th)
			}
		}
	}
	calls, err := h.reports.CallCounts(r.Context(), list[0].Period)
	if err != nil {
		return err
	}
	p := whole(list)
	answer := map[string]any{"from": p.From, "to": p.To, "basis": "arrival", "zone": of("").Zone,
		"target_s": total.TargetS, "short_s": total.ShortS, "total": total, "queues": append([]report.Row{}, rows...),
		"calls": struct {
			report.CallCounts
			AbandonRate *float64 `json:"abandon_rate"`
		}{calls, calls.AbandonRate()}}
	if len(p.Queues) == 0 { // of the calls that reached no queue
		if answer["menus"], err = h.reports.Menus(r.Context(), list[0].Period); err != nil {
			return err
		}
	}
	writeJSON(w, http.StatusOK, answer)
	return nil
}

// queueRows are the tallies of a stretch as one row for each queue, in no order.
// They are added to total too.
func (t stretch) queueRows(tallies []report.Tally, of func(queue string) report.Thresholds, total *report.Row) []report.Row {
	byQueue := map[string]*report.Row{}
	for _, tally := range tallies {
		th := of(tally.Queue)
		if !t.measures(th) {
			continue
		}
		row := byQueue[tally.Queue]
		if row == nil {
			row = &report.Row{Queue: tally.Queue, Zone: th.Zone, Start: &t.From, End: &t.To}
			byQueue[tally.Queue] = row
		}
		row.Add(tally, th)
		total.Add(tally, th)
	}
	var rows []report.Row
	for _, row := range byQueue {
		rows = append(rows, *row)
	}
	return rows
}

// ofOwnQueues serves what is about the call in the path only to users who may see one
// of the queues to which it belongs. A call that reached none is for those who may see all.
func (h *reportHandlers) ofOwnQueues(serve handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if u := userOf(r); len(u.Scope()) > 0 {
			queues, err := h.reports.QueuesOf(r.Context(), r.PathValue("id"))
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(queues, u.May) {
				return foreign("There is no call %q.", r.PathValue("id"))
			}
		}
		return serve(w, r)
	}
}

// timeline lists the facts of one call, and how its talks were heard.
func (h *reportHandlers) timeline(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	list, err := h.reports.Timeline(r.Context(), id)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return refuse(http.StatusNotFound, "There is no call %q.", id)
	}
	talks, err := h.reports.TalkQuality(r.Context(), id)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]any{"call": id, "timeline": list, "quality": append([]report.TalkQuality{}, talks...)})
	return nil
}

// maxRows keeps a question from being larger than anybody reads.
const maxRows = 10_000

// abandonment is a period by interval and queue, to be read or taken away.
func (h *reportHandlers) abandonment(w http.ResponseWriter, r *http.Request) error {
	list, err := h.stretches(r)
	if err != nil {
		return err
	}
	interval := 15 * time.Minute
	if text := r.URL.Query().Get("interval"); text != "" {
		interval, err = time.ParseDuration(text)
		if err != nil || interval < 15*time.Minute || interval > 24*time.Hour || interval%(15*time.Minute) != 0 {
			return refuse(http.StatusBadRequest, "interval is a multiple of 15m up to 24h, not %q.", text)
		}
	}
	p := whole(list)
	if p.To.Sub(p.From)/interval > maxRows {
		return refuse(http.StatusBadRequest, "That would be more than %d intervals; ask for a shorter time or longer intervals.", maxRows)
	}
	var rows []report.Row
	of := h.thresholds()
	for _, t := range list {
		tallies, err := h.reports.Tallies(r.Context(), t.Period, interval)
		if err != nil {
			return err
		}
		rows = append(rows, t.intervalRows(tallies, interval, of)...)
	}
	slices.SortStableFunc(rows, func(a, b report.Row) int {
		return cmp.Or(a.Start.Compare(*b.Start), cmp.Compare(a.Queue, b.Queue))
	})
	return writeSheet(w, r, newSheet("abandonment",
		map[string]any{"from": p.From, "to": p.To, "interval_s": interval.Seconds(), "basis": "arrival", "rows": append([]report.Row{}, rows...)},
		report.RowColumns, rows))
}

// intervalRows are the tallies of a stretch as rows, with times in the queue's zone.
// Of a day every interval of every queue is there, also where nobody came; the
// day has as many as its hours make, 46 to 50 half hours.
func (t stretch) intervalRows(tallies []report.Tally, interval time.Duration, of func(queue string) report.Thresholds) []report.Row {
	type place struct {
		queue string
		start int64
	}
	places := map[place]*report.Row{}
	zones := map[string]*time.Location{} // to load one reads a file
	row := func(th report.Thresholds, start time.Time) *report.Row {
		at := place{th.Queue, start.Unix()}
		if places[at] == nil {
			if zones[th.Zone] == nil {
				zones[th.Zone] = zoneNamed(th.Zone)
			}
			places[at] = t.intervalRow(th, start, interval, zones[th.Zone])
		}
		return places[at]
	}
	for _, tally := range tallies {
		if th := of(tally.Queue); t.measures(th) {
			row(th, tally.Start).Add(tally, th)
		}
	}
	for _, queue := range t.queues {
		for start := t.From; start.Before(t.To); start = start.Add(interval) {
			row(of(queue), start)
		}
	}
	var rows []report.Row
	for _, r := range places {
		rows = append(rows, *r)
	}
	return rows
}

// zoneNamed is the zone of this IANA name; UTC if there is none.
func zoneNamed(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

// intervalRow is an interval of a queue of this zone, into which nobody has come yet.
func (t stretch) intervalRow(th report.Thresholds, start time.Time, interval time.Duration, zone *time.Location) *report.Row {
	start, end := start.In(zone), start.Add(interval).In(zone)
	if t.zone != nil && end.After(t.To) {
		end = t.To.In(zone)
	}
	r := &report.Row{Queue: th.Queue, Zone: th.Zone, Start: &start, End: &end}
	r.Measure(th)
	return r
}

// periodReport serves a report of a period as a file of this name: JSON with
// the rows in a list, or by the columns. ask is a method of Source, which
// Reports may implement; without it the report is not there.
func periodReport[Source, Row any](h *reportHandlers, name, list string, columns []report.Column[Row],
	ask func(Source, context.Context, report.Period) ([]Row, error)) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		source, ok := h.reports.(Source)
		if !ok {
			return errNotConfigured
		}
		p, err := h.period(r)
		if err != nil {
			return err
		}
		rows, err := ask(source, r.Context(), p)
		if err != nil {
			return err
		}
		return writeSheet(w, r, newSheet(name, map[string]any{"from": p.From, "to": p.To, list: append([]Row{}, rows...)}, columns, rows))
	}
}

// menuNodes counts the events at each node of the flow.
func menuNodes(reports Reports, ctx context.Context, p report.Period) ([]report.MenuNode, error) {
	nodes, err := reports.MenuNodes(ctx, p)
	for i := range nodes {
		if nodes[i].Keys == nil {
			nodes[i].Keys = map[string]int{}
		}
	}
	return nodes, err
}

// The longest time that one question may be about.
const (
	maxDays   = 400
	maxPeriod = maxDays * 24 * time.Hour
)

// period reads from and to, in RFC 3339. Without them it is the last 24 hours.
func period(r *http.Request) (report.Period, error) {
	p := report.Period{To: time.Now().UTC().Truncate(time.Second).Add(time.Second)}
	var err error
	if p.To, err = instant(r, "to", p.To); err != nil {
		return p, err
	}
	if p.From, err = instant(r, "from", p.To.Add(-24*time.Hour)); err != nil {
		return p, err
	}
	if !p.From.Before(p.To) || p.To.Sub(p.From) > maxPeriod {
		return p, refuse(http.StatusBadRequest, "from must be before to, and at most 400 days before.")
	}
	return p, nil
}

func instant(r *http.Request, name string, std time.Time) (time.Time, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return std, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		if plus := strings.Replace(text, " ", "+", 1); plus != text {
			if _, err := time.Parse(time.RFC3339, plus); err == nil {
				return t, refuse(http.StatusBadRequest, "%s has a blank where its zone begins: in an address a + stands for a blank. Write %%2B for +, as in %s, or give the time in UTC with a Z.",
					name, strings.Replace(text, " ", "%2B", 1))
			}
		}
		return t, refuse(http.StatusBadRequest, "%s is a time like 2026-05-04T08:00:00Z, not %q.", name, text)
	}
	return t.UTC(), nil
}

// compliance measures a period against a compliance profile.
func (h *reportHandlers) compliance(w http.ResponseWriter, r *http.Request) error {
	p, err := h.period(r)
	if err != nil {
		return err
	}
	profile := r.URL.Query().Get("profile")
	rows, err := h.reports.Compliance(r.Context(), profile, p)
	if errors.Is(err, ErrNotFound) {
		return refuse(http.StatusNotFound, "There is no compliance profile called %q.", profile)
	}
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]any{"from": p.From, "to": p.To, "requirements": append([]report.Requirement{}, rows...)})
	return nil
}
