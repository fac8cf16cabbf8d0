package sql_test

import (
	"sync"
	"testing"
	"time"
)

// TestCallersAreRecognisedBesideSlowReports: four reports take all the
// connections of reports and wait; twenty callers are recognised meanwhile.
func TestCallersAreRecognisedBesideSlowReports(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ship(t, f, from(1, noon, "+34910000001", "Ana").after(3))
	if _, known, err := f.Recognise(soon(t), "+34910000001"); !known || err != nil {
		t.Fatalf("Ana is not known: %v", err)
	}
	locked := f.raw.MustBegin()
	defer locked.Rollback()
	locked.MustExec(`LOCK TABLE call_event IN ACCESS EXCLUSIVE MODE`) // a report waits a second for it
	var reports, callers sync.WaitGroup
	for range 8 { // four at once, and four more behind them
		reports.Go(func() { _, _ = f.MenuNodes(soon(t), during(noon, noon.Add(time.Hour))) })
	}
	defer reports.Wait()
	waiting := func() (n int) {
		_ = f.raw.Get(&n, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
		return n
	}
	for end := time.Now().Add(10 * time.Second); waiting() < 4; {
		if time.Now().After(end) {
			t.Fatal("the reports do not wait")
		}
	}
	began := time.Now()
	for range 20 {
		callers.Go(func() {
			if ana, known, err := f.Recognise(soon(t), "+34910000001"); err != nil || !known || ana.Name != "Ana" {
				t.Errorf("%+v, %v", ana, err)
			}
		})
	}
	callers.Wait()
	took := time.Since(began)
	if waiting() == 0 {
		t.Errorf("the callers had to wait for the reports, %s", took)
	}
	t.Logf("20 callers were recognised within %s beside 8 reports that wait", took)
}
