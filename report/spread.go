package report

import "strconv"

// WaitEdges are the edges, in seconds, between the bars of a histogram of waits: a
// bar holds the waits from its edge up to, and not including, the next one; the last
// has no end. They are fixed, so that histograms of several spans can be added.
var WaitEdges = []float64{0, 5, 10, 20, 30, 45, 60, 90, 120, 180, 240, 300, 450, 600, 900, 1800}

// WaitSpread is how long the callers of a queue waited until they were answered, or
// until they gave up; as everywhere without visits after a talk. Percentiles are of
// the nearest rank over the single waits: of ten waits, p90 is the ninth.
type WaitSpread struct {
	Queue   string `db:"queue" json:"queue"`     // "": all that were asked for together
	Outcome string `db:"outcome" json:"outcome"` // answered, abandoned
	Visits  int    `db:"visits" json:"visits"`
	Counts  []int  `db:"-" json:"counts"` // by WaitEdges

	MeanS float64 `db:"mean_s" json:"mean_s"`
	P50S  float64 `db:"p50_s" json:"p50_s"`
	P80S  float64 `db:"p80_s" json:"p80_s"`
	P90S  float64 `db:"p90_s" json:"p90_s"`
	P95S  float64 `db:"p95_s" json:"p95_s"`
	P99S  float64 `db:"p99_s" json:"p99_s"`
	MaxS  float64 `db:"max_s" json:"max_s"`
}

// WaitSpreadColumns are the columns of the report on the distribution of waits.
var WaitSpreadColumns = func() []Column[WaitSpread] {
	list := []Column[WaitSpread]{
		{"queue", func(s WaitSpread) any { return s.Queue }},
		{"outcome", func(s WaitSpread) any { return s.Outcome }},
		{"visits", func(s WaitSpread) any { return s.Visits }},
		{"mean_s", func(s WaitSpread) any { return s.MeanS }},
		{"p50_s", func(s WaitSpread) any { return s.P50S }},
		{"p80_s", func(s WaitSpread) any { return s.P80S }},
		{"p90_s", func(s WaitSpread) any { return s.P90S }},
		{"p95_s", func(s WaitSpread) any { return s.P95S }},
		{"p99_s", func(s WaitSpread) any { return s.P99S }},
		{"max_s", func(s WaitSpread) any { return s.MaxS }},
	}
	for i, edge := range WaitEdges {
		list = append(list, Column[WaitSpread]{"from_" + strconv.Itoa(int(edge)) + "_s", func(s WaitSpread) any { return s.Counts[i] }})
	}
	return list
}()

// Balance is a queue's line on the basis of ends: what happened in the span, to
// whomever. It counts all visits on the phone, also those after a talk, for all
// stand in line. Nobody is lost between two spans:
//
//	WaitingBefore + Entered = Answered + Abandoned + EndedOtherwise + WaitingAfter
type Balance struct {
	Queue          string `db:"queue" json:"queue"`
	WaitingBefore  int    `db:"waiting_before" json:"waiting_before"` // when the span began
	Entered        int    `db:"entered" json:"entered"`
	Answered       int    `db:"answered" json:"answered"`
	Abandoned      int    `db:"abandoned" json:"abandoned"`
	EndedOtherwise int    `db:"ended_otherwise" json:"ended_otherwise"`
	WaitingAfter   int    `db:"waiting_after" json:"waiting_after"` // when it ended
}

// Told is what became of the callers whom a queue told the same wait: told against
// waited. The wait is counted from when it was first told.
type Told struct {
	Low  *float64 `db:"low" json:"told_low_s"`   // nil: told nothing
	High *float64 `db:"high" json:"told_high_s"` // 0: "more than Low"; nil: told nothing

	Visits    int `db:"visits" json:"visits"`
	Answered  int `db:"answered" json:"answered"`
	Abandoned int `db:"abandoned" json:"abandoned"`
	Other     int `db:"other" json:"other"`
	Open      int `db:"open" json:"open"`
	Longer    int `db:"longer" json:"longer"` // waited longer than High, however it ended

	AbandonRate *float64 `db:"-" json:"abandon_rate"` // Abandoned / (Visits - Open)
	LongerShare *float64 `db:"-" json:"longer_share"` // Longer / Visits; nil where there is no High
	P50S        *float64 `db:"p50_s" json:"p50_s"`    // of the answered: from being told, or from entering where told nothing
	P90S        *float64 `db:"p90_s" json:"p90_s"`
}

// ComputeRates computes the shares from the counts.
func (t *Told) ComputeRates() {
	t.AbandonRate = ratio(t.Abandoned, t.Visits-t.Open)
	if t.High != nil && *t.High > 0 {
		t.LongerShare = ratio(t.Longer, t.Visits)
	}
}

// ToldColumns are the columns of the report on what callers were told.
var ToldColumns = []Column[Told]{
	{"told_low_s", func(t Told) any { return t.Low }},
	{"told_high_s", func(t Told) any { return t.High }},
	{"visits", func(t Told) any { return t.Visits }},
	{"answered", func(t Told) any { return t.Answered }},
	{"abandoned", func(t Told) any { return t.Abandoned }},
	{"other", func(t Told) any { return t.Other }},
	{"open", func(t Told) any { return t.Open }},
	{"longer", func(t Told) any { return t.Longer }},
	{"abandon_rate", func(t Told) any { return t.AbandonRate }},
	{"longer_share", func(t Told) any { return t.LongerShare }},
	{"p50_s", func(t Told) any { return t.P50S }},
	{"p90_s", func(t Told) any { return t.P90S }},
}

// BalanceColumns are the columns of the report on the basis of ends.
var BalanceColumns = []Column[Balance]{
	{"queue", func(b Balance) any { return b.Queue }},
	{"waiting_before", func(b Balance) any { return b.WaitingBefore }},
	{"entered", func(b Balance) any { return b.Entered }},
	{"answered", func(b Balance) any { return b.Answered }},
	{"abandoned", func(b Balance) any { return b.Abandoned }},
	{"ended_otherwise", func(b Balance) any { return b.EndedOtherwise }},
	{"waiting_after", func(b Balance) any { return b.WaitingAfter }},
}
