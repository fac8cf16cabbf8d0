package controller

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"presszero/internal/sqltest"
	"presszero/report"
	"presszero/sql"
)

// TestDaysAreToldOnce: after a day has ended in the house's zone, also when nothing ran at
// midnight, on the day of the change of the clocks, and never twice.
func TestDaysAreToldOnce(t *testing.T) {
	t.Parallel()
	url := sqltest.URL(t)
	db, err := sql.Open(t.Context(), sql.Config{URL: url})
	must(t, err)
	defer db.Close()
	raw, err := sqlx.Open("postgres", url)
	must(t, err)
	defer raw.Close()
	madrid, err := time.LoadLocation("Europe/Madrid")
	must(t, err)
	for i, at := range []time.Time{
		time.Date(2026, 3, 28, 23, 30, 0, 0, madrid), // the last half hour of the day before
		time.Date(2026, 3, 29, 0, 0, 0, 0, madrid),   // the day has 23 hours
		time.Date(2026, 3, 29, 23, 59, 59, 0, madrid),
		time.Date(2026, 3, 30, 0, 0, 0, 0, madrid),
	} {
		id := fmt.Sprintf("01890a5d-ac96-774b-8000-%012d", i)
		_, err := raw.Exec(`INSERT INTO call_fact (call_id, call_day, switch, channel, dialed, caller_number, again, started_at) VALUES ($1, '2026-03-29', 'a', 'c', '100', '1', false, $2)`, id, at)
		must(t, err)
		_, err = raw.Exec(`INSERT INTO queue_visit (visit_id, call_id, call_day, queue, kind, origin, entered_at, order_key, position_at_entry, outcome, ended_at, queue_s, ring_s)
			VALUES ($1::text, $3::uuid, '2026-03-29', 'support', 'live', 'menu', $2, $2, 1, 'answered', $2, 3, 1)`, id, at, id)
		must(t, err)
	}
	behind := true
	d := days{db: db, house: func() (string, []report.Thresholds) {
		return "Europe/Madrid", []report.Thresholds{{TargetS: 20, ShortS: 5}}
	}, behind: func() bool { return behind }}
	told := func(now time.Time) string {
		t.Helper()
		for range 2 {
			must(t, d.tell(t.Context(), now))
		}
		list, err := db.Notices(t.Context(), 0, []string{report.NoticeDay}, nil, 10)
		must(t, err)
		var all []string
		for _, n := range list {
			var day report.DayNotice
			must(t, json.Unmarshal(n.Data, &day))
			offered := 0
			for _, r := range day.Rows {
				offered += r.Offered
			}
			all = append(all, fmt.Sprintf("%s %d", day.Day, offered))
		}
		return strings.Join(all, ", ")
	}
	midnight := time.Date(2026, 3, 30, 0, 0, 0, 0, madrid)
	if got := told(midnight.Add(dayAfter)); got != "" {
		t.Errorf("told while the database lacks facts: %s", got)
	}
	behind = false
	for _, c := range []struct {
		now  time.Time
		want string
	}{
		{midnight.Add(-24 * time.Hour), ""}, // before anything came
		{midnight.Add(-time.Second), "2026-03-28 1"},
		{midnight.Add(dayAfter - time.Second), "2026-03-28 1"},
		{midnight.Add(dayAfter), "2026-03-28 1, 2026-03-29 2"},
		{midnight.Add(time.Hour), "2026-03-28 1, 2026-03-29 2"},
		{midnight.Add(50 * time.Hour), "2026-03-28 1, 2026-03-29 2, 2026-03-30 1, 2026-03-31 0"}, // down for two days
	} {
		if got := told(c.now); got != c.want {
			t.Errorf("at %s told %q, want %q", c.now, got, c.want)
		}
	}
}
