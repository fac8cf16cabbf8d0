package web

import (
	"testing"
	"time"
)

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
