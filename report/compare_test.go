package report

import (
	"testing"
	"time"
)

// dayIn is a day from midnight to midnight in a zone.
func dayIn(t *testing.T, zone, day string) (Period, *time.Location) {
	t.Helper()
	z, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	d, err := time.ParseInLocation(time.DateOnly, day, z)
	if err != nil {
		t.Fatal(err)
	}
	return Period{From: d, To: d.AddDate(0, 0, 1)}, z
}

// compareDay compares a day on which one caller came in every half hour, as on the
// days with which it is compared.
func compareDay(by string, p Period, zone *time.Location) (Spans, Compared, []Compared) {
	s := SpansOf(p, zone)
	var tallies [3][]Counted
	for i, span := range []Period{s.Now, s.Before, s.Weeks} {
		for at := span.From; at.Before(span.To); at = at.Add(halfHour) {
			tallies[i] = append(tallies[i], Counted{Tally: Tally{Queue: "support", Start: at, Outcome: "answered", Visits: 1}})
		}
	}
	total, rows := Compare(by, s, zone, tallies, func(q string) Thresholds { return Thresholds{Queue: q, TargetS: 20} })
	return s, total, rows
}

// TestDaysOfOtherLengths: a day has as many half hours as its clocks make, and an
// hour that one of two days does not have once is compared with nothing.
func TestDaysOfOtherLengths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone, day string
		halves    int
		alone     int // half hours without a counterpart the week before
	}{
		{"Europe/Madrid", "2026-03-29", 46, 0},       // 2:00 to 3:00 is skipped, so no row misses a counterpart
		{"Europe/Madrid", "2026-10-25", 50, 4},       // 2:00 to 3:00 is there twice
		{"Australia/Lord_Howe", "2026-04-05", 49, 2}, // half an hour only
		{"Australia/Lord_Howe", "2026-10-04", 47, 0},
		{"Europe/Madrid", "2026-04-05", 48, 2}, // the week before has no 2:00
		{"Europe/Madrid", "2026-11-01", 48, 2}, // …or has it twice
		{"Asia/Seoul", "2026-10-25", 48, 0},
	} {
		p, zone := dayIn(t, c.zone, c.day)
		s, total, rows := compareDay(ByHalfHour, p, zone)
		if len(rows) != c.halves || total.Now.Offered != c.halves || s.Back != 1 || !s.Before.To.Equal(p.From) || s.Weeks.From.In(zone).Weekday() != p.From.Weekday() {
			t.Errorf("%s in %s has %d half hours, %d callers, and spans %+v; want %d", c.day, c.zone, len(rows), total.Now.Offered, s, c.halves)
		}
		alone, labels := 0, map[string]bool{}
		for _, r := range rows {
			labels[r.Group] = true
			if r.Now.Offered != 1 || r.Weeks != nil && r.Weeks.Offered != 1 {
				t.Errorf("%s in %s: %+v", c.day, c.zone, r)
			}
			if r.Weeks == nil {
				alone++
			}
		}
		if alone != c.alone || len(labels) != c.halves {
			t.Errorf("%s in %s: %d half hours have no counterpart, want %d; %d labels", c.day, c.zone, alone, c.alone, len(labels))
		}
		week, _ := dayIn(t, c.zone, c.day)
		_, total, rows = compareDay(ByDay, week, zone)
		same := int(s.Weeks.To.Sub(s.Weeks.From)/halfHour) == c.halves
		if len(rows) != 1 || (rows[0].Weeks != nil) != same || (total.Weeks != nil) != same {
			t.Errorf("%s in %s as a day: %+v", c.day, c.zone, rows)
		}
	}
}

// TestSpansBeside: the spans with which one is compared do not overlap it.
func TestSpansBeside(t *testing.T) {
	t.Parallel()
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		u, err := time.ParseInLocation("2006-01-02 15:04:05", text, madrid)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	for _, c := range []struct{ from, to, before, weeks, weeksTo string }{
		{"2026-10-01 00:00:00", "2026-11-01 00:00:00", "2026-08-31 00:00:00", "2026-08-27 00:00:00", "2026-09-27 00:00:00"},
		{"2026-05-04 00:00:00", "2026-05-11 00:00:00", "2026-04-27 00:00:00", "2026-04-27 00:00:00", "2026-05-04 00:00:00"},
		{"2026-05-04 10:07:31", "2026-05-04 11:59:00", "2026-05-04 08:00:00", "2026-04-27 10:00:00", "2026-04-27 12:00:00"},
		{"2026-05-04 10:00:00", "2026-05-12 09:00:00", "2026-04-26 11:00:00", "2026-04-20 10:00:00", "2026-04-28 09:00:00"},
	} {
		s := SpansOf(Period{From: at(c.from), To: at(c.to)}, madrid)
		if !s.Before.From.Equal(at(c.before)) || !s.Before.To.Equal(s.Now.From) || !s.Weeks.From.Equal(at(c.weeks)) || !s.Weeks.To.Equal(at(c.weeksTo)) || s.Weeks.To.After(s.Now.From) {
			t.Errorf("%s to %s is compared with %v and %v", c.from, c.to, s.Before, s.Weeks)
		}
	}
}

// TestSpansNotOver: what is not over is compared with as much of the others, up to the
// same time of day.
func TestSpansNotOver(t *testing.T) {
	t.Parallel()
	p, madrid := dayIn(t, "Europe/Madrid", "2026-10-25") // 2:00 to 3:00 is there twice
	at := func(day, hour, minute, second int) time.Time {
		return time.Date(2026, 10, day, hour, minute, second, 0, madrid)
	}
	for _, c := range []struct {
		days                    int
		now                     time.Time
		nowTo, beforeTo, weekTo time.Time
	}{
		{1, at(25, 14, 10, 20), at(25, 14, 30, 0), at(24, 14, 11, 0), at(18, 14, 11, 0)},
		{1, at(25, 14, 29, 59), at(25, 14, 30, 0), at(24, 14, 30, 0), at(18, 14, 30, 0)},
		{1, at(25, 14, 30, 0), at(25, 15, 0, 0), at(24, 14, 31, 0), at(18, 14, 31, 0)},
		{3, at(26, 9, 0, 0), at(26, 9, 30, 0), at(23, 9, 1, 0), at(19, 9, 1, 0)},
		{1, at(26, 0, 0, 0), at(26, 0, 0, 0), at(25, 0, 0, 0), at(19, 0, 0, 0)}, // it is over
		{1, at(25, 0, 0, 0), at(26, 0, 0, 0), at(25, 0, 0, 0), at(19, 0, 0, 0)}, // and here it begins
	} {
		s := SpansOf(Period{From: p.From, To: p.From.AddDate(0, 0, c.days)}, madrid).At(c.now, madrid)
		if !s.Now.To.Equal(c.nowTo) || !s.Before.To.Equal(c.beforeTo) || !s.Weeks.To.Equal(c.weekTo) || (s.Until == nil) != (c.nowTo.Equal(at(26, 0, 0, 0))) {
			t.Errorf("at %v, %d days are compared as %v: %v and %v", c.now, c.days, s.Now, s.Before, s.Weeks)
		}
	}
	q, seoul := dayIn(t, "Asia/Seoul", "2026-05-04")
	s := SpansOf(q, seoul).At(q.From.Add(10*time.Hour+7*time.Minute), seoul)
	tally := func(p Period, n int) []Counted {
		return []Counted{{Tally: Tally{Queue: "a", Start: p.From, Outcome: "answered", Visits: n}}}
	}
	for _, by := range []string{ByHalfHour, ByDay} {
		total, rows := Compare(by, s, seoul, [3][]Counted{tally(s.Now, 3), tally(s.Before, 2), tally(s.Weeks, 1)}, func(q string) Thresholds { return Thresholds{Queue: q} })
		if total.Before == nil || total.Weeks == nil || rows[0].Before == nil || rows[0].Before.Offered != 2 || rows[len(rows)-1].Weeks == nil {
			t.Errorf("by %s: %+v, %+v", by, total, rows)
		}
	}
}

// TestHeat: all weeks of a span are together by weekday and half hour, and are
// compared where both spans have as many.
func TestHeat(t *testing.T) {
	t.Parallel()
	p, zone := dayIn(t, "Europe/Madrid", "2026-05-04") // a Monday
	p.To = p.From.AddDate(0, 0, 14)
	_, total, rows := compareDay(ByHeat, p, zone)
	if len(rows) != 7*48 || *total.Now.ServiceLevel != 0 || total.Before == nil || rows[0].Weekday != 1 || *rows[1].Minute != 30 || rows[47].Group != "23:30" || rows[48].Weekday != 2 {
		t.Fatalf("%d rows, the first %+v, total %+v", len(rows), rows[0], total)
	}
	for _, r := range rows {
		if r.Now.Offered != 2 || r.Before == nil || r.Before.Offered != 2 || r.Weeks == nil {
			t.Errorf("%+v", r)
		}
	}
	p.To = p.From.AddDate(0, 0, 8) // two Mondays, and the eight days before begin with a Sunday
	_, _, rows = compareDay(ByHeat, p, zone)
	if rows[0].Now.Offered != 2 || rows[0].Before != nil || rows[48].Before == nil || rows[0].Weeks == nil {
		t.Errorf("Mondays %+v, Tuesdays %+v", rows[0], rows[48])
	}
}

// TestGroupsBeside: a queue stands in the comparison if anybody came in any of the
// spans.
func TestGroupsBeside(t *testing.T) {
	t.Parallel()
	p, zone := dayIn(t, "Asia/Seoul", "2026-05-04")
	s := SpansOf(p, zone)
	tally := func(queue, outcome string, n int, at time.Time) Counted {
		return Counted{Tally: Tally{Queue: queue, Start: at, Outcome: outcome, Visits: n}, Group: queue}
	}
	total, rows := Compare(ByQueue, s, zone, [3][]Counted{
		{tally("a", "answered", 3, s.Now.From), tally("a", "abandoned_queue", 1, s.Now.From)},
		{tally("b", "abandoned_queue", 2, s.Before.From)}, {}},
		func(q string) Thresholds { return Thresholds{Queue: q, TargetS: 20} })
	if len(rows) != 2 || rows[0].Group != "a" || *rows[0].Now.AbandonRate != 0.25 || rows[0].Before.Offered != 0 || rows[1].Now.Offered != 0 || rows[1].Before.Abandoned != 2 ||
		total.Now.Offered != 4 || total.Before.Offered != 2 || total.Weeks.Offered != 0 {
		t.Errorf("%+v and %+v", total, rows)
	}
	lines := ComparedLines(rows)
	if len(lines) != 6 || lines[4].Span != "before" {
		t.Errorf("the file has %+v", lines)
	}
	for _, c := range ComparedColumns {
		for _, l := range lines {
			c.Cell(l) // none of them is of what a comparison does not have
		}
	}
}
