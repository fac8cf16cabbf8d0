package report

import (
	"cmp"
	"slices"
	"time"
)

// halfHour is the finest grain of a comparison.
const halfHour = 30 * time.Minute

// Spans are a span of time and those with which it is compared: Before is as long
// and ends where Now begins; Weeks is the same weekdays and times of day, so many
// whole weeks earlier that the two do not overlap.
type Spans struct {
	Now    Period `json:"now"`
	Before Period `json:"before"`
	Weeks  Period `json:"weeks"`
	Back   int    `json:"weeks_back"` // by how many weeks Weeks is earlier

	Until *time.Time `json:"until,omitempty"` // Now is not over: all of them go no further than this time of their last day
}

// SpansOf returns the spans that are compared with p by the clocks of the zone:
// where p begins and ends at midnight, so do all of them. From and To are moved to
// the half hours around them.
func SpansOf(p Period, zone *time.Location) Spans {
	from, to := floorHalfHour(p.From.In(zone)), floorHalfHour(p.To.In(zone).Add(halfHour-1))
	days := int(civil(to).Sub(civil(from)) / (24 * time.Hour))
	s := Spans{Now: Period{From: from, To: to}, Back: max(1, (days+6)/7)}
	if days > 0 && from.AddDate(0, 0, days).Equal(to) {
		s.Before = Period{From: from.AddDate(0, 0, -days), To: from}
	} else {
		s.Before = Period{From: from.Add(from.Sub(to)), To: from}
		s.Back = max(1, days/7+1)
	}
	s.Weeks = Period{From: from.AddDate(0, 0, -7*s.Back), To: to.AddDate(0, 0, -7*s.Back)}
	return s
}

// At returns the spans as they may be compared at a time: of one that is not over, what has been of it, with the others up
// to the same time of day, to the minute. Now ends with the half hour that goes on.
func (s Spans) At(now time.Time, zone *time.Location) Spans {
	if !now.After(s.Now.From) || !now.Before(s.Now.To) {
		return s
	}
	now = now.Truncate(time.Minute).Add(time.Minute).In(zone)
	before := now.Add(s.Before.From.Sub(s.Now.From))
	if days := int(civil(s.Now.From).Sub(civil(s.Before.From)) / (24 * time.Hour)); s.Now.From.AddDate(0, 0, -days).Equal(s.Before.From) {
		before = now.AddDate(0, 0, -days)
	}
	s.Now.To, s.Before.To, s.Weeks.To, s.Until = floorHalfHour(now.Add(halfHour-1)), before, now.AddDate(0, 0, -7*s.Back), &now
	return s
}

// halfHours is how many half hours a period has, the last begun or over.
func halfHours(p Period) int { return int((p.To.Sub(p.From) + halfHour - 1) / halfHour) }

// floorHalfHour is the last full half hour by the clock of t's zone.
func floorHalfHour(t time.Time) time.Time {
	return t.Add(-time.Duration(t.Minute()%30)*time.Minute - time.Duration(t.Second())*time.Second - time.Duration(t.Nanosecond()))
}

// civil is the day of t as if it were of a zone that never changes its clocks.
func civil(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// By what a comparison has its rows.
const (
	ByQueue    = "queue"
	ByDialed   = "dialed"   // the number of ours that was dialled
	ByHalfHour = "halfhour" // each of the span
	ByDay      = "day"      // by the clocks of the zone
	ByHeat     = "heat"     // weekday and half hour of the day, all weeks together
)

// Counted is a tally with what it is grouped by, where that is no time. Its Start
// is that of a half hour.
type Counted struct {
	Tally
	Group string `db:"grp"` // the queue, or the number dialled; "" in a comparison by time
}

// Compared is one line of a comparison. Before and Weeks are nil where there is
// nothing that may be compared: the hour that a clock skips has no counterpart, and
// a day of 46 or 50 half hours none of 48. Two stretches may be compared when their
// lengths differ by less than 1 %.
type Compared struct {
	Group   string     `json:"group"`             // the queue, the number, the day as 2026-05-04, or the half hour as 2026-05-04T09:30+02:00
	Start   *time.Time `json:"start,omitempty"`   // of a day or half hour
	Weekday int        `json:"weekday,omitempty"` // 1 Monday to 7 Sunday; of days, half hours and the heat map
	Minute  *int       `json:"minute,omitempty"`  // of the day by the clock, 0 to 1410; of half hours and the heat map

	Now    Row  `json:"now"`
	Before *Row `json:"before"`
	Weeks  *Row `json:"weeks"`
}

// slot is a stretch of a span by its clocks: the days since the span's first, the
// weekday, the minute of the day; -1 where it is not told apart by it.
type slot struct{ day, weekday, minute int }

// slotOf returns the slot of the half hour at t, local time, of a span that begins
// on the day first.
func slotOf(by string, first, t time.Time) slot {
	s := slot{-1, -1, -1}
	if by == ByDay || by == ByHalfHour {
		s.day = int(civil(t).Sub(first) / (24 * time.Hour))
	}
	if by == ByHeat {
		s.weekday = isoWeekday(t)
	}
	if by == ByHeat || by == ByHalfHour {
		s.minute = t.Hour()*60 + t.Minute()
	}
	return s
}

// isoWeekday is 1 on Monday and 7 on Sunday.
func isoWeekday(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }

// lengths counts the half hours of each slot of a span.
func lengths(by string, p Period, zone *time.Location) map[slot]int {
	n, first := map[slot]int{}, civil(p.From.In(zone))
	for t := p.From; t.Before(p.To); t = t.Add(halfHour) {
		n[slotOf(by, first, t.In(zone))]++
	}
	return n
}

// alike reports whether two numbers of half hours differ by less than 1 %.
func alike(a, b int) bool { return 100*max(a-b, b-a) < max(a, b) }

// cell is a line of a span: a group in a slot. start tells the two half hours
// apart that one clock time stands for when the clocks are put back.
type cell struct {
	group string
	slot  slot
	start int64
}

// Compare puts the tallies of the three spans (now, before, weeks) beside each
// other, by queue, half hour…; of measures each queue. The total stands first, with
// the group "". In a comparison by time every stretch of the span has its line.
func Compare(by string, spans Spans, zone *time.Location, tallies [3][]Counted, of func(queue string) Thresholds) (total Compared, rows []Compared) {
	periods := [3]Period{spans.Now, spans.Before, spans.Weeks}
	var sizes [3]map[slot]int
	var whole [3]int
	for i, p := range periods {
		sizes[i] = lengths(by, p, zone)
		whole[i] = halfHours(p)
	}
	cells := emptyLines(by, spans.Now, zone)
	var sums [3]Row
	parts := [2]map[cell]*Row{{}, {}} // of before and weeks
	for i, list := range tallies {
		first := civil(periods[i].From.In(zone))
		for _, c := range list {
			th := of(c.Queue)
			sums[i].Add(c.Tally, th)
			at := cellOf(by, c.Group, first, c.Start.In(zone))
			if i == 0 {
				if cells[at] == nil {
					cells[at] = &Compared{Group: c.Group}
				}
				cells[at].Now.Add(c.Tally, th)
				continue
			}
			at.start = 0
			if parts[i-1][at] == nil {
				parts[i-1][at] = &Row{}
			}
			parts[i-1][at].Add(c.Tally, th)
			if (by == ByQueue || by == ByDialed) && cells[at] == nil {
				cells[at] = &Compared{Group: c.Group}
			}
		}
	}
	match := func(at cell, i int) *Row {
		if !alike(sizes[0][at.slot], sizes[i][at.slot]) {
			return nil
		}
		at.start = 0
		if r := parts[i-1][at]; r != nil {
			return r
		}
		return &Row{}
	}
	for at, line := range cells {
		line.Before, line.Weeks = match(at, 1), match(at, 2)
		rows = append(rows, *line)
	}
	slices.SortFunc(rows, inOrder)
	total = Compared{Now: sums[0]}
	if alike(whole[0], whole[1]) {
		total.Before = &sums[1]
	}
	if alike(whole[0], whole[2]) {
		total.Weeks = &sums[2]
	}
	return total, rows
}

// emptyLines are the lines of a comparison by time, also those into which nobody came.
func emptyLines(by string, now Period, zone *time.Location) map[cell]*Compared {
	cells := map[cell]*Compared{}
	if by != ByHalfHour && by != ByDay && by != ByHeat {
		return cells
	}
	first := civil(now.From.In(zone))
	for t := now.From; t.Before(now.To); t = t.Add(halfHour) {
		at := cellOf(by, "", first, t.In(zone))
		if cells[at] == nil {
			cells[at] = lineOf(by, t.In(zone))
		}
	}
	return cells
}

// inOrder sorts lines by time, or by weekday and time of day, or by name.
func inOrder(a, b Compared) int {
	if a.Start != nil && b.Start != nil {
		return a.Start.Compare(*b.Start)
	}
	return cmp.Or(cmp.Compare(a.Weekday, b.Weekday), cmp.Compare(minuteOf(a), minuteOf(b)), cmp.Compare(a.Group, b.Group))
}

func minuteOf(c Compared) int {
	if c.Minute == nil {
		return 0
	}
	return *c.Minute
}

// cellOf is where the half hour at t, local time, of a span that begins on the day
// first belongs.
func cellOf(by, group string, first, t time.Time) cell {
	at := cell{group: group, slot: slotOf(by, first, t)}
	if by == ByHalfHour {
		at.start = t.Unix()
	}
	return at
}

// lineOf is the line of the stretch that begins at t, local time.
func lineOf(by string, t time.Time) *Compared {
	minute := t.Hour()*60 + t.Minute()
	switch c := (&Compared{Weekday: isoWeekday(t)}); by {
	case ByDay:
		c.Group, c.Start = t.Format(time.DateOnly), &t
		return c
	case ByHalfHour:
		c.Group, c.Start, c.Minute = t.Format("2006-01-02T15:04Z07:00"), &t, &minute
		return c
	default:
		c.Group, c.Minute = t.Format("15:04"), &minute
		return c
	}
}

// ComparedLine is a row of the file of a comparison: one line in one span.
type ComparedLine struct {
	Line Compared
	Span string // now, before, weeks
	Row  Row
}

// ComparedLines are lines as the rows of a file; what may not be compared is left out.
func ComparedLines(list []Compared) (lines []ComparedLine) {
	for _, c := range list {
		lines = append(lines, ComparedLine{c, "now", c.Now})
		if c.Before != nil {
			lines = append(lines, ComparedLine{c, "before", *c.Before})
		}
		if c.Weeks != nil {
			lines = append(lines, ComparedLine{c, "weeks", *c.Weeks})
		}
	}
	return lines
}

// ComparedColumns are the columns of the file of a comparison: those of the
// abandonment report that do not belong to an interval.
var ComparedColumns = func() []Column[ComparedLine] {
	list := []Column[ComparedLine]{
		{"group", func(l ComparedLine) any { return l.Line.Group }},
		{"weekday", func(l ComparedLine) any { return l.Line.Weekday }},
		{"minute", func(l ComparedLine) any { return minuteOf(l.Line) }},
		{"span", func(l ComparedLine) any { return l.Span }},
	}
	for _, c := range RowColumns {
		if !slices.Contains([]string{"start", "end", "queue", "local_start", "zone", "target_s", "short_s"}, c.Name) {
			list = append(list, Column[ComparedLine]{c.Name, func(l ComparedLine) any { return c.Cell(l.Row) }})
		}
	}
	return list
}()
