package ivr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones hold on machines without a zone file too
)

// Table is when a company is open: by the clock on its wall, in its zone. So
// "from 9" stays 9 when the clocks change; in the hour that comes twice it is
// open or closed twice, and an opening inside the hour that does not exist
// begins after it.
type Table struct {
	zone     *time.Location
	week     [7][]span         // by time.Weekday
	holidays map[string][]span // "2026-12-25", or "12-25" for every year
}

// span is from one minute of the day until before another; an end after
// 24:00 lies on the next day.
type span struct{ from, until int }

const dayMinutes = 24 * 60

// Answers of a table.
const (
	answerOpen    = "open"
	answerClosed  = "closed"
	answerHoliday = "holiday"
)

// At tells what holds at an instant: open, closed, or holiday, which is closed
// by a holiday's entry.
func (t *Table) At(now time.Time) string {
	wall := now.In(t.zone)
	minute := wall.Hour()*60 + wall.Minute()
	today, holiday := t.opensOn(wall)
	if within(today, minute) {
		return answerOpen
	}
	year, month, day := wall.Date()
	yesterday, _ := t.opensOn(time.Date(year, month, day-1, 12, 0, 0, 0, t.zone))
	if within(yesterday, minute+dayMinutes) {
		return answerOpen // last night is not over
	}
	if holiday {
		return answerHoliday
	}
	return answerClosed
}

// farthest bounds how far ahead it is looked: for the next opening, in days,
// and for the end of one that goes on and on.
const (
	farthest = 400
	longest  = 8 * 24 * time.Hour
)

// Stretch returns the opening that holds now, or the next one; one of no length
// when none comes. A company that never closes is said to close in eight days.
func (t *Table) Stretch(now time.Time) (opens, closes time.Time) {
	year, month, day := now.In(t.zone).Date()
	for ahead := -1; ahead < farthest; ahead++ { // last night may not be over
		date := time.Date(year, month, day+ahead, 12, 0, 0, 0, t.zone)
		spans, _ := t.opensOn(date)
		for _, s := range slices.SortedFunc(slices.Values(spans), func(a, b span) int { return a.from - b.from }) {
			from := time.Date(year, month, day+ahead, 0, s.from, 0, 0, t.zone)
			until := time.Date(year, month, day+ahead, 0, s.until, 0, 0, t.zone)
			switch {
			case !until.After(now):
			case opens.IsZero():
				opens, closes = from, until
			case from.After(closes):
				return opens, closes
			case until.After(closes):
				closes = until
			}
		}
		if !opens.IsZero() && closes.Sub(now) > longest {
			break
		}
	}
	if opens.IsZero() {
		return now, now
	}
	return opens, closes
}

// opensOn returns the spans of a date.
func (t *Table) opensOn(date time.Time) (spans []span, holiday bool) {
	for _, layout := range []string{time.DateOnly, "01-02"} {
		if spans, ok := t.holidays[date.Format(layout)]; ok {
			return spans, true
		}
	}
	return t.week[date.Weekday()], false
}

func within(spans []span, minute int) bool {
	for _, s := range spans {
		if minute >= s.from && minute < s.until {
			return true
		}
	}
	return false
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// weekdaysOf reads "mon", "mon-fri", "fri-mon" and "daily".
func weekdaysOf(text string) ([]time.Weekday, error) {
	if text == "daily" {
		text = "mon-sun"
	}
	first, last, ranged := strings.Cut(text, "-")
	if !ranged {
		last = first
	}
	from, until := weekday(first), weekday(last)
	if from < 0 || until < 0 {
		return nil, fmt.Errorf("%q is not a day; write mon, tue, wed, thu, fri, sat, sun, a range like mon-fri, or daily", text)
	}
	var list []time.Weekday
	for d := from; ; d = (d + 1) % 7 {
		list = append(list, time.Weekday(d))
		if d == until {
			return list, nil
		}
	}
}

func weekday(text string) int {
	for i, d := range weekdays {
		if d == text {
			return i
		}
	}
	return -1
}

// times reads "09:00-18:00" and "closed". A time that ends before it begins
// lasts over midnight.
func (s spans) times() ([]span, error) {
	var list []span
	for _, text := range s {
		if text == "closed" && len(s) == 1 {
			return []span{}, nil
		}
		first, last, ok := strings.Cut(text, "-")
		from, err1 := clock(first)
		until, err2 := clock(last)
		if !ok || err1 != nil || err2 != nil || from == dayMinutes || from == until {
			return nil, fmt.Errorf("%q is not a time of opening; write it like 09:00-18:00, or closed", text)
		}
		if until < from {
			until += dayMinutes
		}
		list = append(list, span{from, until})
	}
	return list, nil
}

// clock reads "09:00" to "24:00" as minutes.
func clock(text string) (int, error) {
	h, m, ok := strings.Cut(strings.TrimSpace(text), ":")
	hour, err1 := strconv.Atoi(h)
	minute, err2 := strconv.Atoi(m)
	if !ok || err1 != nil || err2 != nil || len(m) != 2 || hour < 0 || minute < 0 || minute > 59 || hour*60+minute > dayMinutes {
		return 0, fmt.Errorf("%q is not a time of day", text)
	}
	return hour*60 + minute, nil
}

// isHoliday reports whether a text is a holiday's key: a date, or a day of every year.
func isHoliday(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	_, yearly := time.Parse("2006-01-02", "2024-"+text) // a leap year knows 02-29
	return err == nil || yearly == nil
}

// loadZone finds an IANA zone by name.
func loadZone(name string) (*time.Location, error) {
	if name == "" {
		name = "UTC"
	}
	z, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return time.UTC, fmt.Errorf("%q is not a time zone; write one of the IANA names, like Europe/Madrid or Asia/Seoul", name)
	}
	return z, nil
}

// fresh reads for how long a greeting of the day is true: a date alone is that
// day from midnight to midnight; a duration counts from `from`.
func fresh(validFor, from string, z *time.Location) (Fresh, error) {
	if day, err := time.ParseInLocation(time.DateOnly, validFor, z); err == nil && from == "" {
		return Fresh{From: day, Until: day.AddDate(0, 0, 1)}, nil
	}
	start, err := time.ParseInLocation("2006-01-02T15:04", from, z)
	if err != nil {
		start, err = time.ParseInLocation(time.DateOnly, from, z)
	}
	if err != nil {
		return Fresh{}, fmt.Errorf("from is %q, but a greeting of the day needs the day it was made for, like 2026-03-02 or 2026-03-02T08:00", from)
	}
	if validFor == "" {
		validFor = "24h"
	}
	if last, err := time.ParseInLocation(time.DateOnly, validFor, z); err == nil && !last.Before(start.Truncate(24*time.Hour)) {
		return Fresh{From: start, Until: last.AddDate(0, 0, 1)}, nil
	}
	d, err := duration(validFor, 0, time.Minute, 31*24*time.Hour)
	if err != nil {
		return Fresh{}, err
	}
	return Fresh{From: start, Until: start.Add(d)}, nil
}
