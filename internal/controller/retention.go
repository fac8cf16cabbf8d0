package controller

import (
	"context"
	"time"

	"presszero/internal/backoff"
	"presszero/internal/person"
	"presszero/internal/retention"
	"presszero/internal/settings"
)

// For how many days what is kept, where the settings say nothing.
const (
	messageDays   = 30
	recordingDays = 90
)

// NewRetention returns the job that removes what was kept long enough.
func NewRetention(s settings.Settings, k person.Keeper) (retention.Job, error) {
	p := retention.Policy{
		Messages:   retention.Days{All: bound(s.KeepMessages, messageDays), Of: map[string]int{}},
		Recordings: retention.Days{All: bound(s.KeepRecordings, recordingDays), Of: map[string]int{}},
		Numbers:    retention.Days{All: bound(s.KeepNumbers, 0), Of: map[string]int{}},
		Facts:      bound(s.KeepFacts, 0),
	}
	list, err := s.KeptIn()
	for _, in := range list {
		map[string]retention.Days{"messages": p.Messages, "recordings": p.Recordings, "numbers": p.Numbers}[in.Kind].Of[in.Queue] = in.Days
	}
	return retention.Job{DB: k.DB, Policy: p, Messages: k.Messages.(messageStore), Recordings: k.Recordings}, err
}

// retain removes each night what was kept long enough, until ctx ends; a night that was
// missed is made up for at once.
func (c *Controller) retain(ctx context.Context) {
	job, err := NewRetention(c.Settings, c.keeper)
	if err != nil {
		c.log.Error("nothing is removed by age", "err", err) // settings were checked before
		return
	}
	pause := backoff.Backoff{First: time.Minute, Last: time.Hour}
	for {
		last, ok, err := c.db.LastNight(ctx)
		next := time.Now()
		if ok {
			next = nextNight(last.Began)
		}
		switch {
		case err != nil:
			c.log.Warn("when what is kept was last looked through cannot be read; tried again within the hour", "err", err)
			if !pause.Wait(ctx) {
				return
			}
			continue
		case time.Until(next) > 0:
			select {
			case <-ctx.Done():
				return
			case <-time.After(min(time.Until(next), time.Hour)): // another controller may do it meanwhile
			}
			continue
		}
		pause.Reset()
		night, err := job.Run(ctx, time.Now())
		r := night.Removed
		if err != nil && ctx.Err() == nil {
			c.log.Error("not all that was kept long enough could be removed; tried again the next night", "err", err)
		}
		c.log.Info("what was kept long enough has been removed", "messages", len(r.Messages), "recordings", len(r.Recordings), "facts without numbers", r.Facts, "months", r.Months, "on hold", r.Held)
		if err != nil && !pause.Wait(ctx) {
			return
		}
	}
}

// diskWarnings are what an operator should look at of the disks.
func (c *Controller) diskWarnings() (what []trouble) {
	for name, text := range c.disks.Warnings() {
		if c.DiskFull == "refuse" && c.disks.Full() {
			text += "; new calls are refused"
		}
		what = append(what, trouble{"disk " + name, text})
	}
	return what
}

// noRoom reports whether new calls are refused, since they could not be recorded.
func (c *Controller) noRoom() bool { return c.DiskFull == "refuse" && c.disks.Full() }
