package sql_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"
	"pgregory.net/rapid"

	"presszero/report"
	"presszero/report/patience"
)

// aVisit is a row of queue_visit as a naive recount reads it.
type aVisit struct {
	Queue    string     `db:"queue"`
	Call     string     `db:"call_id"`
	Key      string     `db:"caller_key"`
	Kind     string     `db:"kind"`
	Entered  time.Time  `db:"entered_at"`
	Ended    *time.Time `db:"ended_at"`
	Outcome  string     `db:"outcome"`
	QueueS   float64    `db:"queue_s"`
	After    bool       `db:"after_talk"`
	ToldAt   *time.Time `db:"told_at"`
	ToldLow  float64    `db:"told_low_s"`
	ToldHigh float64    `db:"told_high_s"`
	Dialed   string     `db:"dialed"`
}

func (v aVisit) abandoned() bool { return strings.HasPrefix(v.Outcome, "abandoned") }

// allVisits reads every visit of these kinds.
func allVisits(t *testing.T, f fixture, kinds ...string) (list []aVisit) {
	t.Helper()
	if err := f.raw.Select(&list, `SELECT v.queue, v.call_id, coalesce(v.caller_key, '') AS caller_key, kind, entered_at, v.ended_at, coalesce(v.outcome::text, 'open') AS outcome,
		coalesce(queue_s, 0) AS queue_s, after_talk, told_at, coalesce(told_low_s, 0) AS told_low_s, coalesce(told_high_s, 0) AS told_high_s, coalesce(c.dialed, '') AS dialed
		FROM queue_visit v LEFT JOIN call_fact c USING (call_id) WHERE kind = ANY ($1) ORDER BY entered_at, visit_id`, pq.Array(kinds)); err != nil {
		t.Fatal(err)
	}
	return list
}

// figuresAddUp: the figures of any span and any queues are those of a naive recount.
func figuresAddUp(t *testing.T, rt *rapid.T, f fixture) {
	from, to := aCut(t, rt, f), aCut(t, rt, f)
	if to.Before(from) {
		from, to = to, from
	}
	q := report.Period{From: from, To: to, Queues: rapid.SampledFrom([][]string{nil, {"support"}, {"billing", "tech"}, {"nobody's"}}).Draw(rt, "queues")}
	var in []aVisit // to the queues of the question
	for _, v := range allVisits(t, f, "live") {
		if len(q.Queues) == 0 || slices.Contains(q.Queues, v.Queue) {
			in = append(in, v)
		}
	}
	began := slices.DeleteFunc(slices.Clone(in), func(v aVisit) bool { return v.Entered.Before(from) || !v.Entered.Before(to) })
	spreadsAddUp(t, rt, f, q, began)
	balancesAddUp(t, rt, f, q, in)
	toldAddsUp(t, rt, f, q, began)
	dialedAddsUp(t, rt, f, q, began)
	patienceAddsUp(t, rt, f, q, began)
	peopleAddUp(t, rt, f, q)
	workAddsUp(t, rt, f, q)
}

// nearest is the quantile of the nearest rank of sorted waits.
func nearest(waits []float64, p float64) float64 {
	return waits[max(0, int(math.Ceil(p*float64(len(waits))))-1)]
}

func spreadsAddUp(t *testing.T, rt *rapid.T, f fixture, q report.Period, began []aVisit) {
	waits := map[[2]string][]float64{}
	for _, v := range began {
		if as := map[bool]string{true: "abandoned", false: "answered"}[v.abandoned()]; !v.After && (v.abandoned() || v.Outcome == "answered") {
			waits[[2]string{"", as}] = append(waits[[2]string{"", as}], v.QueueS)
			waits[[2]string{v.Queue, as}] = append(waits[[2]string{v.Queue, as}], v.QueueS)
		}
	}
	rows, err := f.WaitSpreads(soon(t), q)
	if err != nil || len(rows) != len(waits) {
		rt.Fatalf("%d rows, want %d, %v", len(rows), len(waits), err)
	}
	for _, r := range rows {
		list := waits[[2]string{r.Queue, r.Outcome}]
		slices.Sort(list)
		bars, sum := make([]int, len(report.WaitEdges)), 0.0
		for _, w := range list {
			sum += w
			bar, found := slices.BinarySearch(report.WaitEdges, w)
			if !found {
				bar--
			}
			bars[bar]++
		}
		if r.Visits != len(list) || !slices.Equal(r.Counts, bars) || math.Abs(r.MeanS-sum/float64(len(list))) > 1e-6 || r.MaxS != list[len(list)-1] ||
			r.P50S != nearest(list, 0.5) || r.P80S != nearest(list, 0.8) || r.P90S != nearest(list, 0.9) || r.P95S != nearest(list, 0.95) || r.P99S != nearest(list, 0.99) {
			rt.Fatalf("the waits are %+v, recounted %v in %v", r, list, bars)
		}
	}
}

func balancesAddUp(t *testing.T, rt *rapid.T, f fixture, q report.Period, in []aVisit) {
	want := map[string]report.Balance{}
	for _, v := range in {
		if !v.Entered.Before(q.To) || v.Ended != nil && v.Ended.Before(q.From) {
			continue
		}
		b := want[v.Queue]
		b.Queue = v.Queue
		if v.Entered.Before(q.From) {
			b.WaitingBefore++
		} else {
			b.Entered++
		}
		switch {
		case v.Ended == nil || !v.Ended.Before(q.To):
			b.WaitingAfter++
		case v.Outcome == "answered":
			b.Answered++
		case v.abandoned():
			b.Abandoned++
		default:
			b.EndedOtherwise++
		}
		want[v.Queue] = b
	}
	rows, err := f.Balances(soon(t), q)
	if err != nil || len(rows) != len(want) {
		rt.Fatalf("%+v, want %+v, %v", rows, want, err)
	}
	for _, b := range rows {
		if b != want[b.Queue] || b.WaitingBefore+b.Entered != b.Answered+b.Abandoned+b.EndedOtherwise+b.WaitingAfter {
			rt.Fatalf("%+v, recounted %+v", b, want[b.Queue])
		}
	}
}

func toldAddsUp(t *testing.T, rt *rapid.T, f fixture, q report.Period, began []aVisit) {
	type key struct {
		told      bool
		low, high float64
	}
	want := map[key]*report.Told{}
	for _, v := range began {
		if v.After || v.Outcome == "withdrawn" {
			continue
		}
		k := key{}
		if v.ToldAt != nil {
			k = key{true, v.ToldLow, v.ToldHigh}
		}
		if want[k] == nil {
			want[k] = &report.Told{}
		}
		w := want[k]
		w.Visits++
		switch {
		case v.Ended == nil:
			w.Open++
		case v.Outcome == "answered":
			w.Answered++
		case v.abandoned():
			w.Abandoned++
		default:
			w.Other++
		}
		ended := time.Now()
		if v.Ended != nil {
			ended = *v.Ended
		}
		if k.high > 0 && ended.Sub(*v.ToldAt).Seconds() > k.high {
			w.Longer++
		}
	}
	rows, err := f.Told(soon(t), q)
	if err != nil || len(rows) != len(want) {
		rt.Fatalf("%+v, want %d, %v", rows, len(want), err)
	}
	for _, r := range rows {
		k := key{}
		if r.Low != nil {
			k = key{true, *r.Low, *r.High}
		}
		w := want[k]
		if w == nil || [6]int{r.Visits, r.Answered, r.Abandoned, r.Other, r.Open, r.Longer} != [6]int{w.Visits, w.Answered, w.Abandoned, w.Other, w.Open, w.Longer} || (r.P50S == nil) != (w.Answered == 0) {
			rt.Fatalf("told %+v, recounted %+v", r, w)
		}
	}
}

func dialedAddsUp(t *testing.T, rt *rapid.T, f fixture, q report.Period, began []aVisit) {
	want, got := map[string]int{}, map[string]int{}
	for _, v := range began {
		want[fmt.Sprint(v.Dialed, v.Queue, v.Outcome, v.After)]++
	}
	rows, err := f.DialedTallies(soon(t), q)
	if err != nil {
		rt.Fatal(err)
	}
	for _, r := range rows {
		got[fmt.Sprint(r.Group, r.Queue, r.Outcome, r.AfterTalk)] += r.Visits
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		rt.Fatalf("by the number dialled %v, recounted %v", got, want)
	}
}

func patienceAddsUp(t *testing.T, rt *rapid.T, f fixture, q report.Period, began []aVisit) {
	want, told := map[patience.Wait]int{}, map[float64]int{}
	for _, v := range began {
		if v.After || v.Outcome == "withdrawn" {
			continue
		}
		if v.ToldAt != nil {
			told[5*math.Floor(v.ToldAt.Sub(v.Entered).Seconds()/5)]++
		}
		w := patience.Wait{S: math.Round(math.Round(v.QueueS*1e6)/1e5) / 10, // in microseconds first: 22.45 s is no binary number
			End: patience.Other}
		switch {
		case v.Ended == nil:
			w = patience.Wait{End: patience.Open} // as long as it goes on
		case v.abandoned():
			w.End = patience.Abandoned
		case v.Outcome == "answered":
			w.End = patience.Answered
		case v.Outcome == "callback_accepted":
			w.End = patience.Callback
		}
		want[w]++
	}
	rows, err := f.PatienceWaits(soon(t), q)
	if err != nil {
		rt.Fatal(err)
	}
	got := map[patience.Wait]int{}
	for _, r := range rows {
		if r.End == patience.Open {
			r.S = 0
		}
		got[patience.Wait{S: r.S, End: r.End}] += r.N
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		rt.Fatalf("waits are %v, recounted %v", got, want)
	}
	times, err := f.TellingTimes(soon(t), q)
	if err != nil || len(times) != len(told) {
		rt.Fatalf("told %v, recounted %v, %v", times, told, err)
	}
	for _, at := range times {
		if told[at.FromS] != at.Calls {
			rt.Fatalf("told %v, recounted %v", times, told)
		}
	}
}
