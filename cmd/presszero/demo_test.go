package main

import (
	"os"
	"reflect"
	"testing"
	"time"

	"presszero/call"
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

// TestDemoKeepsItsWord: customers who waited longer than they were told are told so when
// they call again, each time once, as in a real house.
func TestDemoKeepsItsWord(t *testing.T) {
	flow, err := ivr.Parse("the example flow", ivr.Example)
	if err != nil {
		t.Fatal(err)
	}
	past, err := demoPast(flow, 14, 250, 3, 3, time.Date(2026, 5, 8, 12, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	type wait struct {
		told   time.Time
		high   float64
		broken bool
	}
	waits, madeUp := map[string]*wait{}, map[string]bool{}
	past.Take = func(facts []call.Entry) error {
		for _, e := range facts {
			switch f := e.Fact.(type) {
			case call.WaitAnnounced:
				if waits[f.Visit] == nil {
					waits[f.Visit] = &wait{told: e.At, high: f.High}
				}
			case call.QueueLeft:
				if w := waits[f.Visit]; w != nil {
					w.broken = w.high > 0 && e.At.Sub(w.told).Seconds() > w.high
				}
			case call.PromiseBroken:
				if w := waits[f.Was]; w == nil || !w.broken || madeUp[f.Was] || f.Waited <= f.High {
					t.Errorf("%+v of %+v, made up for before: %v", f, w, madeUp[f.Was])
				}
				madeUp[f.Was] = true
			}
		}
		return nil
	}
	if _, err := past.Play(); err != nil {
		t.Fatal(err)
	}
	broken := 0
	for _, w := range waits {
		if w.broken {
			broken++
		}
	}
	t.Logf("%d waits were told, %d promises broken, %d made up for", len(waits), broken, len(madeUp))
	if broken == 0 || len(madeUp) == 0 {
		t.Error("the days show nothing of it")
	}
}
