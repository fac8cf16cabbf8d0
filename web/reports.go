package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Row is one line of a report: the visits that began in it, a visit being one
// entry of a call into one queue. By its making it adds up:
//
//	Offered = Answered + Abandoned + SystemFailure + Other + Open
//	Offered = Callers + FlowIn
//	Abandoned = AbandonedQueue + AbandonedRinging + AbandonedAtAnswer
//	Other = Missed + FlowOut + callbacks accepted
type Row struct {
	Queue   string     `json:"queue,omitempty"` // "": all
	Zone    string     `json:"zone,omitempty"`  // of Start and End
	Start   *time.Time `json:"start,omitempty"`
	End     *time.Time `json:"end,omitempty"`
	Offered int        `json:"offered"` // entered the queue; withdrawn ones left out
	Callers int        `json:"callers"` // of these, who came anew
	FlowIn  int        `json:"flow_in"` // of these, who were moved here from another queue, or stood here again after a talk that broke off

	Answered          int `json:"answered"`
	Abandoned         int `json:"abandoned"`
	AbandonedQueue    int `json:"abandoned_queue"`
	AbandonedRinging  int `json:"abandoned_ringing"`
	AbandonedAtAnswer int `json:"abandoned_at_answer"`
	AbandonedShort    int `json:"abandoned_short"` // of the abandoned, within ShortS
	SystemFailure     int `json:"system_failure"`
	Other             int `json:"other"`    // ended in any other way: callback, overflow, closed…
	FlowOut           int `json:"flow_out"` // of the other: moved on, by overflow, a key, or a transfer
	Missed            int `json:"missed"`   // of the other: sent away, since it took too long, nobody was there, or it was closed
	Open              int `json:"open"`     // still waiting
	Withdrawn         int `json:"withdrawn"`

	// NotServed did not get a person: Abandoned + Missed + SystemFailure.
	NotServed int `json:"not_served"`

	// TargetS (T) and ShortS (S) are the bounds in force that were used; nil
	// where the queues of the row have different ones, each of which was
	// measured by its own.
	TargetS *float64 `json:"target_s"`
	ShortS  *float64 `json:"short_s"`

	// AbandonRate is Abandoned / (Offered - Open); the net one leaves short
	// ones out above and below. nil: nothing to divide by.
	AbandonRate    *float64 `json:"abandon_rate"`
	AbandonRateNet *float64 `json:"abandon_rate_net"`
	// ServiceLevel is ServiceLevels.Negative.
	ServiceLevel  *float64 `json:"service_level"`
	ServiceLevels Levels   `json:"service_levels"`
	// LongestS is the longest wait whose end somebody saw; estimated ones are
	// not among them.
	LongestS float64 `json:"longest_s"`
	Longest  string  `json:"longest_call,omitempty"`

	within, abandonedWithin int
	measured                bool // TargetS and ShortS tell of a tally
}

// Levels are the service levels that are in use, side by side. With A answered
// and A_T of them within T, ab abandoned, ab_T of them within T and ab_S within
// S, and m sent away (Row.Missed), which is a miss in all of them:
type Levels struct {
	Negative      *float64 `json:"sl_negative"`       // A_T / (A+ab+m): the usual one
	Ignored       *float64 `json:"sl_ignored"`        // A_T / (A+ab+m−ab_T)
	Positive      *float64 `json:"sl_positive"`       // (A_T+ab_T) / (A+ab+m)
	Short         *float64 `json:"sl_short"`          // A_T / (A+ab+m−ab_S)
	ShortCredit   *float64 `json:"sl_short_credit"`   // (A_T+ab_S) / (A+ab+m)
	Answered      *float64 `json:"sl_answered"`       // A_T / A
	FlowOut       *float64 `json:"sl_flow_out"`       // A_T / (A+ab+m+Row.FlowOut)
	SystemFailure *float64 `json:"sl_system_failure"` // A_T / (A+ab+m+Row.SystemFailure)
}

// levels are the service levels of a row.
func (r *Row) levels() Levels {
	asked := r.Answered + r.Abandoned + r.Missed
	return Levels{
		Negative:      ratio(r.within, asked),
		Ignored:       ratio(r.within, asked-r.abandonedWithin),
		Positive:      ratio(r.within+r.abandonedWithin, asked),
		Short:         ratio(r.within, asked-r.AbandonedShort),
		ShortCredit:   ratio(r.within+r.AbandonedShort, asked),
		Answered:      ratio(r.within, r.Answered),
		FlowOut:       ratio(r.within, asked+r.FlowOut),
		SystemFailure: ratio(r.within, asked+r.SystemFailure),
	}
}

// add counts a tally, which was measured by m.
func (r *Row) add(t Tally, m Measure) {
	for outcome, n := range t.Outcomes {
		switch outcome {
		case "answered":
			r.Answered += n
		case "abandoned_queue":
			r.AbandonedQueue += n
		case "abandoned_ringing":
			r.AbandonedRinging += n
		case "abandoned_at_answer":
			r.AbandonedAtAnswer += n
		case "system_failure":
			r.SystemFailure += n
		case "withdrawn":
			r.Withdrawn += n
		default:
			r.Other += n
		}
		switch outcome {
		case "overflow", "exit_key", "transferred_out":
			r.FlowOut += n
		case "timeout_exit", "no_agents", "closed":
			r.Missed += n
		}
	}
	r.Open += t.Open
	r.FlowIn += t.FlowIn
	r.within += t.Within
	r.abandonedWithin += t.AbandonedWithin
	r.AbandonedShort += t.Short
	if t.LongestS > r.LongestS {
		r.LongestS, r.Longest = t.LongestS, t.Longest
	}
	r.Abandoned = r.AbandonedQueue + r.AbandonedRinging + r.AbandonedAtAnswer
	r.Offered = r.Answered + r.Abandoned + r.SystemFailure + r.Other + r.Open
	r.Callers = r.Offered - r.FlowIn
	r.NotServed = r.Abandoned + r.Missed + r.SystemFailure
	r.AbandonRate = ratio(r.Abandoned, r.Offered-r.Open)
	r.AbandonRateNet = ratio(r.Abandoned-r.AbandonedShort, r.Offered-r.Open-r.AbandonedShort)
	r.ServiceLevels = r.levels()
	r.ServiceLevel = r.ServiceLevels.Negative
	r.measure(m)
}

// measure notes by what the row was measured.
func (r *Row) measure(m Measure) {
	if !r.measured {
		r.measured, r.TargetS, r.ShortS = true, &m.TargetS, &m.ShortS
		return
	}
	if r.TargetS != nil && *r.TargetS != m.TargetS {
		r.TargetS = nil
	}
	if r.ShortS != nil && *r.ShortS != m.ShortS {
		r.ShortS = nil
	}
}

func ratio(part, whole int) *float64 {
	if whole == 0 {
		return nil
	}
	f := float64(part) / float64(whole)
	return &f
}

// measuresOf are the measures by queue; "" is of those that are not there.
func (s *Server) measuresOf() func(queue string) Measure {
	all := map[string]Measure{}
	for _, m := range s.Reports.Measures() {
		all[m.Queue] = m
	}
	return func(queue string) Measure {
		m, ok := all[queue]
		if !ok {
			m = all[""]
		}
		m.Queue = queue
		return m
	}
}

// stretch is a period with the queues to which it applies. Where a day is
// asked for, it is from midnight to midnight in the zone of each queue, so
// there is one for each zone.
type stretch struct {
	Period
	zone   *time.Location // nil: a period of instants, for all queues
	queues []string       // of zone
}

// has reports whether the queue is measured in the stretch.
func (t stretch) has(queue Measure) bool { return t.zone == nil || t.zone.String() == queue.Zone }

// stretches reads day, or from and to. queue "" means all. Of several, the
// first is that of all queues together.
func (s *Server) stretches(r *http.Request, queue string) ([]stretch, error) {
	text := r.URL.Query().Get("day")
	if text == "" {
		p, err := period(r)
		return []stretch{{Period: p}}, err
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "day is a day like 2026-05-04, not %q.", text)
	}
	if r.URL.Query().Has("from") || r.URL.Query().Has("to") {
		return nil, refuse(http.StatusBadRequest, "Ask for a day, or for a time from and to, not for both.")
	}
	var list []stretch
	for _, m := range s.Reports.Measures() {
		if queue != "" && m.Queue != queue && m.Queue != "" {
			continue
		}
		if queue != "" && m.Queue == "" && s.measuresOf()(queue).Zone != m.Zone {
			continue
		}
		i := slices.IndexFunc(list, func(t stretch) bool { return t.zone.String() == m.Zone })
		if i < 0 {
			zone, err := time.LoadLocation(m.Zone)
			if err != nil {
				return nil, err
			}
			i = len(list)
			list = append(list, stretch{zone: zone, Period: Period{midnight(day, 0, zone), midnight(day, 1, zone)}})
		}
		if m.Queue != "" {
			list[i].queues = append(list[i].queues, m.Queue)
		}
	}
	return list, nil
}

// period reads day, in the zone of the house, or from and to.
func (s *Server) period(r *http.Request) (Period, error) {
	list, err := s.stretches(r, "")
	if err != nil {
		return Period{}, err
	}
	return list[0].Period, nil
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
func whole(list []stretch) Period {
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

// summary is a period in one row per queue, the rows together, and the menus.
func (s *Server) summary(w http.ResponseWriter, r *http.Request) error {
	list, err := s.stretches(r, "")
	if err != nil {
		return err
	}
	measure := s.measuresOf()
	total, rows := Row{}, []Row{}
	for _, t := range list {
		tallies, err := s.Reports.Tallies(r.Context(), t.Period, "", 0)
		if err != nil {
			return err
		}
		for _, tally := range tallies {
			m := measure(tally.Queue)
			if !t.has(m) {
				continue
			}
			from, to := t.From, t.To
			row := Row{Queue: tally.Queue, Zone: m.Zone, Start: &from, End: &to}
			row.add(tally, m)
			total.add(tally, m)
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(a.Queue, b.Queue) })
	if len(rows) == 0 {
		for _, m := range s.Reports.Measures() {
			if m.Queue != "" {
				total.measure(m)
			}
		}
	}
	menus, err := s.Reports.Menus(r.Context(), list[0].Period)
	if err != nil {
		return err
	}
	calls, err := s.Reports.CallCounts(r.Context(), list[0].Period)
	if err != nil {
		return err
	}
	p := whole(list)
	writeJSON(w, http.StatusOK, map[string]any{"from": p.From, "to": p.To, "basis": "arrival", "zone": measure("").Zone,
		"target_s": total.TargetS, "short_s": total.ShortS, "total": total, "queues": rows, "menus": menus,
		"calls": struct {
			CallCounts
			AbandonRate *float64 `json:"abandon_rate"`
		}{calls, ratio(calls.Abandoned, calls.Calls-calls.Open)}})
	return nil
}

// calls lists single calls.
func (s *Server) calls(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	list, err := s.stretches(r, q.Get("queue"))
	if err != nil {
		return err
	}
	f := CallFilter{Period: whole(list), Queue: q.Get("queue"), Limit: 200}
	for o := range strings.SplitSeq(q.Get("outcome"), ",") {
		if o = strings.TrimSpace(o); o != "" {
			f.Outcomes = append(f.Outcomes, o)
		}
	}
	if text := q.Get("limit"); text != "" {
		if f.Limit, err = strconv.Atoi(text); err != nil || f.Limit < 1 || f.Limit > maxCalls {
			return refuse(http.StatusBadRequest, "limit is a number from 1 to %d, not %q.", maxCalls, text)
		}
	} else if format := q.Get("format"); format == "csv" || format == "xlsx" {
		f.Limit = maxCalls
	}
	limit := f.Limit
	f.Limit++ // one more tells whether there are more
	rows, err := s.Reports.Calls(r.Context(), f)
	if err != nil {
		return err
	}
	truncated := len(rows) > limit
	if truncated {
		rows = rows[:limit]
	}
	w.Header().Set("X-Truncated", strconv.FormatBool(truncated))
	return writeSheet(w, r, sheet{name: "calls", json: map[string]any{"calls": append([]CallRow{}, rows...), "truncated": truncated},
		head: []string{"at", "ended", "call", "queue", "outcome", "number", "name", "path", "queue_s", "ring_s", "agent"},
		rows: func(yield func([]any) bool) {
			for _, c := range rows {
				var ended any
				if c.Ended != nil {
					ended = *c.Ended
				}
				if !yield([]any{c.At, ended, c.Call, c.Queue, c.Outcome, c.Number, c.Name, c.Path, c.QueueS, c.RingS, c.Agent}) {
					return
				}
			}
		}})
}

// timeline is what happened to one call.
func (s *Server) timeline(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	list, err := s.Reports.Timeline(r.Context(), id)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return refuse(http.StatusNotFound, "There is no call %q.", id)
	}
	writeJSON(w, http.StatusOK, map[string]any{"call": id, "timeline": list})
	return nil
}

// maxCalls bounds the calls in one answer; that there are more is said in it.
const maxCalls = 100_000

// maxRows keeps a question from being larger than anybody reads.
const maxRows = 10_000

// abandonment is a period by interval and queue, to be read or taken away.
func (s *Server) abandonment(w http.ResponseWriter, r *http.Request) error {
	queue := r.URL.Query().Get("queue")
	list, err := s.stretches(r, queue)
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
	var rows []Row
	measure := s.measuresOf()
	for _, t := range list {
		tallies, err := s.Reports.Tallies(r.Context(), t.Period, queue, interval)
		if err != nil {
			return err
		}
		rows = append(rows, t.rows(tallies, interval, measure)...)
	}
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Or(a.Start.Compare(*b.Start), cmp.Compare(a.Queue, b.Queue))
	})
	return writeSheet(w, r, sheet{name: "abandonment",
		json: map[string]any{"from": p.From, "to": p.To, "interval_s": interval.Seconds(), "basis": "arrival", "rows": append([]Row{}, rows...)},
		head: []string{"start", "end", "queue", "offered", "answered", "abandoned", "abandoned_queue", "abandoned_ringing",
			"abandoned_at_answer", "system_failure", "other", "open", "withdrawn", "abandon_rate", "service_level", "longest_s",
			"local_start", "zone", "callers", "flow_in", "flow_out", "missed", "not_served", "abandoned_short", "abandon_rate_net",
			"target_s", "short_s", "sl_negative", "sl_ignored", "sl_positive", "sl_short", "sl_short_credit", "sl_answered",
			"sl_flow_out", "sl_system_failure"},
		rows: func(yield func([]any) bool) {
			for _, r := range rows {
				l := r.ServiceLevels
				if !yield([]any{*r.Start, *r.End, r.Queue, r.Offered, r.Answered, r.Abandoned, r.AbandonedQueue, r.AbandonedRinging,
					r.AbandonedAtAnswer, r.SystemFailure, r.Other, r.Open, r.Withdrawn, r.AbandonRate, r.ServiceLevel, r.LongestS,
					r.Start.Format(time.RFC3339), r.Zone, r.Callers, r.FlowIn, r.FlowOut, r.Missed, r.NotServed, r.AbandonedShort, r.AbandonRateNet,
					*r.TargetS, *r.ShortS, l.Negative, l.Ignored, l.Positive, l.Short, l.ShortCredit, l.Answered,
					l.FlowOut, l.SystemFailure}) {
					return
				}
			}
		}})
}

// rows are the tallies of a stretch as rows, with times in the queue's zone.
// Of a day every interval of every queue is there, also where nobody came; the
// day has as many as its hours make, 46 to 50 half hours.
func (t stretch) rows(tallies []Tally, interval time.Duration, measure func(string) Measure) []Row {
	var rows []Row
	zones := map[string]*time.Location{}
	row := func(m Measure, start time.Time) *Row {
		zone, ok := zones[m.Zone]
		if !ok {
			var err error
			if zone, err = time.LoadLocation(m.Zone); err != nil {
				zone = time.UTC
			}
			zones[m.Zone] = zone
		}
		start, end := start.In(zone), start.Add(interval).In(zone)
		if t.zone != nil && end.After(t.To) {
			end = t.To.In(zone)
		}
		rows = append(rows, Row{Queue: m.Queue, Zone: m.Zone, Start: &start, End: &end})
		r := &rows[len(rows)-1]
		r.measure(m)
		return r
	}
	type place struct {
		queue string
		start int64
	}
	filled := map[place]bool{}
	for _, tally := range tallies {
		m := measure(tally.Queue)
		if !t.has(m) {
			continue
		}
		filled[place{tally.Queue, tally.Start.Unix()}] = true
		row(m, tally.Start).add(tally, m)
	}
	for _, queue := range t.queues {
		for start := t.From; start.Before(t.To); start = start.Add(interval) {
			if !filled[place{queue, start.Unix()}] {
				row(measure(queue), start)
			}
		}
	}
	return rows
}

// maxPeriod is the longest time that one question may be about.
const maxPeriod = 400 * 24 * time.Hour

// period reads from and to, in RFC 3339. Without them it is the last 24 hours.
func period(r *http.Request) (Period, error) {
	p := Period{To: time.Now().UTC().Truncate(time.Second).Add(time.Second)}
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
