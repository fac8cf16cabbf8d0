package controller

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"presszero/report"
	"presszero/sql"
)

const (
	// dayAfter is how long after its end a day is told, so that calls of its last
	// minutes have ended.
	dayAfter = 10 * time.Minute
	daysBack = 3 // so many days are told that ended while we were down
)

// days makes the report of each day that has ended, which leaves by mail.
type days struct {
	db     *sql.DB
	house  func() (zone string, limits []report.Thresholds) // of the flow in force
	behind func() bool                                      // the database lacks facts yet
}

// tell tells the last days that have ended in the house's zone, each once.
func (d days) tell(ctx context.Context, now time.Time) error {
	if d.behind() {
		return nil
	}
	name, limits := d.house()
	zone, err := time.LoadLocation(name)
	if err != nil {
		zone = time.UTC
	}
	began, err := d.db.Began(ctx)
	if err != nil || began.IsZero() {
		return err
	}
	local := now.In(zone)
	for back := daysBack; back >= 1; back-- {
		start := time.Date(local.Year(), local.Month(), local.Day()-back, 0, 0, 0, 0, zone)
		end := start.AddDate(0, 0, 1)
		if now.Before(end.Add(dayAfter)) || !began.Before(end) {
			continue
		}
		if err := d.tellOne(ctx, start, end, limits); err != nil {
			return err
		}
	}
	return nil
}

func (d days) tellOne(ctx context.Context, start, end time.Time, limits []report.Thresholds) error {
	day := start.Format(time.DateOnly)
	if told, err := d.db.HasNotice(ctx, "day-"+day); told || err != nil {
		return err
	}
	tallies, err := d.db.Tallies(ctx, report.Period{From: start, To: end}, 30*time.Minute, limits...)
	if err != nil {
		return err
	}
	data, err := json.Marshal(report.NewDayNotice(day, start.Location().String(), tallies, func(queue string) report.Thresholds {
		i := slices.IndexFunc(limits, func(t report.Thresholds) bool { return t.Queue == queue })
		return limits[max(i, 0)] // the first is of queues that the flow does not have any more
	}))
	if err != nil {
		return err
	}
	return d.db.Publish(ctx, report.Notice{ID: "day-" + day, Type: report.NoticeDay, At: end, Data: data})
}
