package report

import "testing"

// TestServiceLevels: the variants by the vectors of the trade. The first is of
// CallCentreHelper, the second Cisco's own example.
func TestServiceLevels(t *testing.T) {
	t.Parallel()
	one, two := Row{}, Row{}
	for _, t := range []Tally{{Outcome: "answered", Visits: 1000, Within: 860}, {Outcome: "abandoned_queue", Visits: 50, Within: 15, Short: 10},
		{Outcome: "abandoned_ringing", Visits: 10, Within: 5}} {
		one.Add(t, Thresholds{TargetS: 20, ShortS: 5})
	}
	for _, t := range []Tally{{Outcome: "answered", Visits: 80, Within: 70}, {Outcome: "abandoned_queue", Visits: 20, Within: 10}} {
		two.Add(t, Thresholds{TargetS: 20})
	}
	for _, c := range []struct {
		name       string
		of         func(ServiceLevels) *float64
		one, two   float64
		firstAlone bool
	}{
		{"sl_negative", func(l ServiceLevels) *float64 { return l.Negative }, 0.8113, 0.7000, false},
		{"sl_ignored", func(l ServiceLevels) *float64 { return l.Ignored }, 0.8269, 0.7778, false},
		{"sl_positive", func(l ServiceLevels) *float64 { return l.Positive }, 0.8302, 0.8000, false},
		{"sl_short", func(l ServiceLevels) *float64 { return l.Short }, 0.8190, 0, true},
		{"sl_short_credit", func(l ServiceLevels) *float64 { return l.ShortCredit }, 0.8208, 0, true},
		{"sl_answered", func(l ServiceLevels) *float64 { return l.Answered }, 0.8600, 0, true},
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
	if l := (Row{}).ServiceLevels; l != (ServiceLevels{}) {
		t.Errorf("nothing divided by nothing is %+v", l)
	}
}

func near(a, b float64) bool { return a-b < 0.00005 && b-a < 0.00005 }

// TestOutcomesCount: where each outcome counts.
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
		r.Add(Tally{Outcome: outcome, Visits: 1}, Thresholds{})
		if r.Offered != want.offered || r.Abandoned != want.abandoned || r.NotServed != want.notServed || r.FlowOut != want.flowOut || (r.ServiceLevel != nil) != want.asked {
			t.Errorf("%s counts as %+v", outcome, r)
		}
	}
	r := Row{}
	for _, t := range []Tally{{Outcome: "answered", Visits: 6, FlowIn: 3}, {Outcome: "abandoned_queue", Visits: 4, Short: 2}, {Outcome: Open, Visits: 2}} {
		r.Add(t, Thresholds{})
	}
	if r.Callers != 9 || !near(*r.AbandonRate, 0.4) || !near(*r.AbandonRateNet, 0.25) {
		t.Errorf("the rates are %+v", r)
	}
}

// TestRowsAddUp: every outcome is in one column of a row, whatever is in the day.
func TestRowsAddUp(t *testing.T) {
	t.Parallel()
	outcomes := []string{"answered", "abandoned_queue", "abandoned_ringing", "abandoned_at_answer", "callback_accepted", "exit_key",
		"overflow", "timeout_exit", "transferred_out", "no_agents", "closed", "withdrawn", "system_failure", "of tomorrow"}
	var r Row
	sum := 0
	for i, o := range outcomes {
		r.Add(Tally{Outcome: o, Visits: i + 1}, Thresholds{})
		r.Add(Tally{Outcome: Open, Visits: i}, Thresholds{})
		sum += i
		if o != "withdrawn" {
			sum += i + 1
		}
	}
	if r.Offered != sum || r.Offered != r.Answered+r.Abandoned+r.SystemFailure+r.Other+r.Open ||
		r.Abandoned != r.AbandonedQueue+r.AbandonedRinging+r.AbandonedAtAnswer {
		t.Fatalf("%d visits give the row %+v", sum, r)
	}
	if empty := (Row{}); empty.AbandonRate != nil || empty.ServiceLevel != nil {
		t.Fatal("nothing divided by nothing is not a rate")
	}
}
