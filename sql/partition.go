package sql

import (
	"context"
	"fmt"
	"strings"
	"time"

	"presszero/call"
)

// partitions makes the months' partitions that the entries need, and next
// week's. Failing costs nothing but order: call_event_other takes the rows.
func (s *Shipper) partitions(ctx context.Context, entries []call.Entry) {
	now := time.Now().UTC()
	s.partition(ctx, call.DayOf(now.AddDate(0, 0, 7)))
	last := call.Day("")
	for _, e := range entries {
		if e.Day != last {
			last = e.Day
			s.partition(ctx, e.Day)
		}
	}
}

func (s *Shipper) partition(ctx context.Context, d call.Day) {
	day, err := time.Parse(time.DateOnly, string(d))
	if err != nil || time.Since(day).Abs() > 5*366*24*time.Hour {
		return // no sensible date: for call_event_other
	}
	month := time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, time.UTC)
	name := "call_event_" + month.Format("2006_01")
	if s.months[name] {
		return
	}
	_, err = s.db.writer.ExecContext(ctx, fmt.Sprintf(`CREATE TABLE IF NOT EXISTS %s PARTITION OF call_event FOR VALUES FROM ('%s') TO ('%s')`,
		name, month.Format(time.DateOnly), month.AddDate(0, 1, 0).Format(time.DateOnly)))
	if code := codeOf(err); err != nil && !strings.HasPrefix(code, "42") && !strings.HasPrefix(code, "23") {
		return // not for what we ask: Postgres is away, locked, or its disk is full; next time
	}
	if err != nil {
		s.log.Warn("a month has no partition of its own; its facts go to call_event_other", "month", name, "err", err)
	}
	s.months[name] = true
}
