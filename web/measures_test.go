package web

import (
	"testing"
	"time"
)

// TestServiceLevels: the variants by the vectors of the trade. The first is of
// CallCentreHelper, the second Cisco's own example.
func TestServiceLevels(t *testing.T) {
	t.Parallel()
	one, two := Row{}, Row{}
	one.add(Tally{Outcomes: map[string]int{"answered": 1000, "abandoned_queue": 50, "abandoned_ringing": 10},
		Within: 860, AbandonedWithin: 20, Short: 10}, Measure{TargetS: 20, ShortS: 5})
	two.add(Tally{Outcomes: map[string]int{"answered": 80, "abandoned_queue": 20}, Within: 70, AbandonedWithin: 10}, Measure{TargetS: 20})
	for _, c := range []struct {
		name       string
		of         func(Levels) *float64
		one, two   float64
		firstAlone bool
	}{
		{"sl_negative", func(l Levels) *float64 { return l.Negative }, 0.8113, 0.7000, false},
		{"sl_ignored", func(l Levels) *float64 { return l.Ignored }, 0.8269, 0.7778, false},
		{"sl_positive", func(l Levels) *float64 { return l.Positive }, 0.8302, 0.8000, false},
		{"sl_short", func(l Levels) *float64 { return l.Short }, 0.8190, 0, true},
		{"sl_short_credit", func(l Levels) *float64 { return l.ShortCredit }, 0.8208, 0, true},
		{"sl_answered", func(l Levels) *float64 { return l.Answered }, 0.8600, 0, true},
	} {
		if got := *c.of(one.ServiceLevels); !near(got, c.one) {
			t.Errorf("%s of the first vector is %.4f, want %.4f", c.name, got, c.one)
		}
		if got := *c.of(two.ServiceLevels); !c.firstAlone && !near(got, c.two) {
			t.Errorf("%s of the second vector is %.4f, want %.4f", c.name, got, c.two)
		}
	}
	if one.ServiceLevel == nil || *one.ServiceLevel != *one.ServiceLevels.Negative {
		t.Error("the service level is not the negative one")
	}
	if l := (Row{}).ServiceLevels; l != (Levels{}) {
		t.Errorf("nothing divided by nothing is %+v", l)
	}
}

func near(a, b float64) bool { return a-b < 0.00005 && b-a < 0.00005 }

// TestOutcomesCount: where each outcome counts (metrics: outcome of a visit).
func TestOutcomesCount(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[string]struct {
		offered, abandoned, notServed, flowOut int
		asked                                  bool // in the denominator of the service level
	}{
		"answered":            {1, 0, 0, 0, true},
		"abandoned_queue":     {1, 1, 1, 0, true},
		"abandoned_ringing":   {1, 1, 1, 0, true},
		"abandoned_at_answer": {1, 1, 1, 0, true},
		"callback_accepted":   {1, 0, 0, 0, false},
		"exit_key":            {1, 0, 0, 1, false},
		"overflow":            {1, 0, 0, 1, false},
		"timeout_exit":        {1, 0, 1, 0, true},
		"transferred_out":     {1, 0, 0, 1, false},
		"no_agents":           {1, 0, 1, 0, true},
		"closed":              {1, 0, 1, 0, true},
		"withdrawn":           {0, 0, 0, 0, false},
		"system_failure":      {1, 0, 1, 0, false},
	} {
		r := Row{}
		r.add(Tally{Outcomes: map[string]int{outcome: 1}}, Measure{})
		if r.Offered != want.offered || r.Abandoned != want.abandoned || r.NotServed != want.notServed || r.FlowOut != want.flowOut || (r.ServiceLevel != nil) != want.asked {
			t.Errorf("%s counts as %+v", outcome, r)
		}
	}
	r := Row{}
	r.add(Tally{Outcomes: map[string]int{"answered": 6, "abandoned_queue": 4}, Open: 2, FlowIn: 3, Short: 2}, Measure{})
	if r.Callers != 9 || !near(*r.AbandonRate, 0.4) || !near(*r.AbandonRateNet, 0.25) {
		t.Errorf("the rates are %+v", r)
	}
}

// TestMidnight: a day is from midnight to midnight of its zone, also where the
// clocks change, and where they do so at midnight.
func TestMidnight(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone, day string
		hours     float64
	}{
		{"Europe/Madrid", "2026-03-28", 24}, {"Europe/Madrid", "2026-03-29", 23}, {"Europe/Madrid", "2026-10-25", 25},
		{"Australia/Lord_Howe", "2026-10-04", 23.5}, {"Australia/Lord_Howe", "2026-04-05", 24.5},
		{"America/Santiago", "2026-09-06", 23}, // 0:00 does not exist
		{"America/Santiago", "2026-04-04", 25}, {"Asia/Kathmandu", "2026-03-29", 24}, {"UTC", "2026-03-29", 24},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		day, err := time.Parse(time.DateOnly, c.day)
		if err != nil {
			t.Fatal(err)
		}
		from, to := midnight(day, 0, zone), midnight(day, 1, zone)
		if got := to.Sub(from).Hours(); got != c.hours || from.Format(time.DateOnly) != c.day || from.Add(-time.Second).Format(time.DateOnly) == c.day {
			t.Errorf("%s in %s is %s to %s, %v hours, want %v", c.day, c.zone, from, to, got, c.hours)
		}
	}
}
