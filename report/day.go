package report

import (
	"sort"
	"time"
)

// DayNotice is the data of the notice of a day (NoticeDay).
type DayNotice struct {
	Day    string    `json:"day"`    // 2006-01-02
	Zone   string    `json:"zone"`   // of the house, in which the day is
	Rows   []DayRow  `json:"rows"`   // by queue
	Halves []DayHalf `json:"halves"` // half hours in which somebody came
}

// DayRow is what of Row the notice of a day tells of a queue.
type DayRow struct {
	Queue        string   `json:"queue"`
	Offered      int      `json:"offered"`
	Answered     int      `json:"answered"`
	Abandoned    int      `json:"abandoned"`
	NotServed    int      `json:"not_served"`
	Open         int      `json:"open"`
	AbandonRate  *float64 `json:"abandon_rate"`
	ServiceLevel *float64 `json:"service_level"`
	LongestS     float64  `json:"longest_s"`

	Within int `json:"within"` // of the answered, within the queue's target
	Missed int `json:"missed"`
}

// DayHalf is a half hour of a queue.
type DayHalf struct {
	Queue     string    `json:"queue"`
	Start     time.Time `json:"start"`
	Offered   int       `json:"offered"`
	Abandoned int       `json:"abandoned"`
}

// NewDayNotice makes the notice of a day out of its tallies by half hour. measured
// gives the thresholds of a queue.
func NewDayNotice(day, zone string, tallies []Tally, measured func(queue string) Thresholds) DayNotice {
	rows, halves := map[string]*Row{}, map[DayHalf]*Row{}
	for _, t := range tallies {
		key := DayHalf{Queue: t.Queue, Start: t.Start}
		if rows[t.Queue] == nil {
			rows[t.Queue] = &Row{Queue: t.Queue}
		}
		if halves[key] == nil {
			halves[key] = &Row{}
		}
		rows[t.Queue].Add(t, measured(t.Queue))
		halves[key].Add(t, measured(t.Queue))
	}
	n := DayNotice{Day: day, Zone: zone, Rows: []DayRow{}, Halves: []DayHalf{}}
	for _, r := range rows {
		n.Rows = append(n.Rows, dayRow(*r))
	}
	for key, r := range halves {
		key.Offered, key.Abandoned = r.Offered, r.Abandoned
		n.Halves = append(n.Halves, key)
	}
	sort.Slice(n.Rows, func(a, b int) bool { return n.Rows[a].Queue < n.Rows[b].Queue })
	sort.Slice(n.Halves, func(a, b int) bool {
		x, y := n.Halves[a], n.Halves[b]
		return x.Start.Before(y.Start) || x.Start.Equal(y.Start) && x.Queue < y.Queue
	})
	return n
}

func dayRow(r Row) DayRow {
	return DayRow{Queue: r.Queue, Offered: r.Offered, Answered: r.Answered, Abandoned: r.Abandoned, NotServed: r.NotServed, Open: r.Open,
		AbandonRate: r.AbandonRate, ServiceLevel: r.ServiceLevel, LongestS: r.LongestS, Within: r.within, Missed: r.Missed}
}

// DayTotal adds up rows of different queues.
func DayTotal(rows []DayRow) DayRow {
	var all Row
	for _, r := range rows {
		all.Offered += r.Offered
		all.Answered += r.Answered
		all.Abandoned += r.Abandoned
		all.NotServed += r.NotServed
		all.Open += r.Open
		all.Missed += r.Missed
		all.within += r.Within
		all.LongestS = max(all.LongestS, r.LongestS)
	}
	all.computeRates()
	return dayRow(all)
}
