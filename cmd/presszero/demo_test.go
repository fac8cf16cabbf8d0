package main

import (
	"os"
	"reflect"
	"testing"
	"time"

	"presszero/internal/settings"
	"presszero/internal/sqltest"
	"presszero/ivr"
	"presszero/report"
	"presszero/sql"
)

func TestMain(m *testing.M) { os.Exit(sqltest.Main(m)) }

// TestDemo fills a database: its books are sound, each report has something to show,
// nothing of it lies in the future, and it is filled once.
func TestDemo(t *testing.T) {
	flow, err := ivr.Parse("the example flow", ivr.Example)
	if err != nil {
		t.Fatal(err)
	}
	s := settings.Settings{DatabaseURL: sqltest.Blank(t), StateDir: t.TempDir()}
	now := time.Now()
	play := func() error {
		past, err := demoPast(flow, 4, 150, 4, 3, now)
		if err != nil {
			t.Fatal(err)
		}
		return fillDemo(t.Context(), s, past)
	}
	if err := play(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open(t.Context(), sql.Config{URL: s.DatabaseURL, CallerKey: keyOf(t, s)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	x, err := db.Examine(t.Context())
	if err != nil || len(x.Flaws) > 0 || x.Up > 0 || x.Open > 0 {
		t.Fatalf("the books: %+v, %v", x, err)
	}
	if x.Until.After(now) {
		t.Errorf("a fact is of %s, and it is %s", x.Until, now)
	}
	told := func() []report.Tally {
		tallies, err := db.Tallies(t.Context(), report.Period{From: now.AddDate(0, 0, -5), To: now}, 0)
		if err != nil {
			t.Fatal(err)
		}
		return tallies
	}
	tallies := told()
	found := map[string]int{}
	for _, tally := range tallies {
		found[tally.Outcome] += tally.Visits
	}
	for _, outcome := range []string{"answered", "abandoned_queue", "callback_accepted"} {
		if found[outcome] < 3 {
			t.Errorf("%d visits are %s of %v", found[outcome], outcome, found)
		}
	}
	if demo, ok, err := db.Demo(t.Context()); !ok || err != nil || demo.Days != 4 {
		t.Errorf("the mark of a simulated past: %+v %v %v", demo, ok, err)
	}
	if err := play(); err == nil {
		t.Error("a past was put beside another")
	}
	if err := rebuildBooks(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if x, err := db.Examine(t.Context()); err != nil || len(x.Flaws) > 0 || !reflect.DeepEqual(told(), tallies) {
		t.Errorf("after it was rebuilt the books are %+v, %v", x, err)
	}
}

func keyOf(t *testing.T, s settings.Settings) []byte {
	key, err := callerKey(s)
	if err != nil || key == nil {
		t.Fatalf("the demo has made no key of callers: %v", err)
	}
	return key
}
