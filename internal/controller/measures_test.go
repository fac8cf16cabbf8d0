package controller

import (
	"strings"
	"testing"

	"presszero/ivr"
	"presszero/report"
	"presszero/sql"
)

// TestMeasures: reports measure each queue by what the flow in force says of it.
func TestMeasures(t *testing.T) {
	t.Parallel()
	flow, err := ivr.Load("../../ivr/testdata/flows/queues.yaml")
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]report.Thresholds{}
	for _, m := range thresholds(flow) {
		of[m.Queue] = m
	}
	if got, want := of["support"], (report.Thresholds{Queue: "support", TargetS: 30, ShortS: 4, Zone: "Europe/Madrid"}); got != want {
		t.Errorf("support is measured by %+v, want %+v", got, want)
	}
	if got, want := of["sales"], (report.Thresholds{Queue: "sales", TargetS: 20, ShortS: 5, Zone: "Europe/Madrid"}); got != want {
		t.Errorf("sales is measured by %+v, want %+v", got, want)
	}
	if got, want := of[""], (report.Thresholds{TargetS: 20, ShortS: 5, Zone: "Europe/Madrid"}); got != want {
		t.Errorf("what is unknown is measured by %+v, want %+v", got, want)
	}
}

// TestEachRequirementIsShown: whatever a profile requires of the day is in its
// report; what no fact tells is "not measured", and never kept.
func TestEachRequirementIsShown(t *testing.T) {
	t.Parallel()
	db, err := sql.Open(t.Context(), sql.Config{URL: "postgres://127.0.0.1:1/nobody"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	r := reports{DB: db}
	for profile, want := range map[string]string{
		"es":        "answered_within not_cut_off",
		"pt":        "answered_within no_ads?",
		"br":        "answered_within staffed no_ads?",
		"kr":        "callback_offered",
		"de":        "wait_told free_of_charge?",
		"five_star": "answered_within callback_offered hold hold_given_up",
		"finance":   "answered_within each_breach",
		"it_water":  "",
	} {
		rows, _ := r.measureProfile(t.Context(), profile, report.Period{}) // no database: figures are missing, rows are not
		var got []string
		for _, row := range rows {
			name := row.Requirement
			if row.NotMeasured {
				name += "?"
				if row.OK != nil || row.Measured != nil {
					t.Errorf("%s of %s is not measured and is told to be %v", row.Requirement, profile, *row.OK)
				}
			}
			got = append(got, name)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s shows %q, want %q", profile, s, want)
		}
	}
	for name := range ivr.Promises {
		rows, _ := r.measureProfile(t.Context(), name, report.Period{})
		if len(rows) == 0 {
			t.Errorf("profile %s shows nothing", name)
		}
	}
}
