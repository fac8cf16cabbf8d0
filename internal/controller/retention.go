package controller

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"presszero/call"
	"presszero/internal/backoff"
	"presszero/internal/person"
	"presszero/internal/retention"
	"presszero/internal/settings"
	"presszero/report"
	"presszero/sql"
	"presszero/web"
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
		what = append(what, trouble{web.AboutDisk, "disk " + name, text})
	}
	return what
}

// record begins a recording, unless a disk is full: the talk goes on, and its page and the
// books say why it is not recorded.
func (c *Controller) record(order call.RecordTalk) {
	if c.disks.Full() {
		c.runner.Post(call.RecordingTold{Call: order.Call, Agent: order.Agent, Leg: order.Leg, Recording: order.Recording, What: "failed", Why: "disk"})
		return
	}
	c.recorder(order.Agent).Do(order)
}

// recorder records the talks of an agent; "": of nobody, with numbers outside.
func (c *Controller) recorder(agent call.AgentID) interface{ Do(call.Command) } {
	if agent == "" {
		return c.sw
	}
	return c.hub
}

// noRoom reports whether new calls are refused, since they could not be recorded.
func (c *Controller) noRoom() bool { return c.DiskFull == "refuse" && c.disks.Full() }

// keeping shows the pages what goes by age, and keeps holds.
type keeping struct{ c *Controller }

// Keeping implements web.Keeping.
func (k keeping) Keeping(ctx context.Context) (is report.Keeping, err error) {
	job, err := NewRetention(k.c.Settings, k.c.keeper)
	if err != nil {
		return is, err
	}
	is = report.Keeping{Rules: rules(job.Policy), Disks: []report.Disk{}, Full: cmp.Or(k.c.DiskFull, "unrecorded"), Erased: k.c.keeper.List.Len()}
	for _, d := range k.c.disks.Now() {
		is.Disks = append(is.Disks, report.Disk{Name: d.Name, Free: d.Free, Total: d.Total, Level: d.Level})
	}
	last, ok, err := k.c.db.LastNight(ctx)
	if ok {
		is.Last = &last
	}
	return is, err
}

// rules lists a policy: each kind, and then the queues where it is otherwise.
func rules(p retention.Policy) (list []report.KeepingRule) {
	for _, of := range []struct {
		kind string
		days retention.Days
	}{{"messages", p.Messages}, {"recordings", p.Recordings}, {"numbers", p.Numbers}, {"facts", retention.Days{All: p.Facts}}} {
		list = append(list, report.KeepingRule{Kind: of.kind, Days: of.days.All})
		for _, queue := range slices.Sorted(maps.Keys(of.days.Of)) {
			list = append(list, report.KeepingRule{Kind: of.kind, Queue: queue, Days: of.days.Of[queue]})
		}
	}
	return list
}

// Holds implements web.Keeping.
func (k keeping) Holds(ctx context.Context) ([]report.Hold, error) { return k.c.db.Holds(ctx) }

// Hold implements web.Keeping.
func (k keeping) Hold(ctx context.Context, h report.Hold) (string, error) {
	h.ID = string(newID())
	if h.Kind == report.HoldCaller {
		h.Of = k.c.number.One(h.Of)
	}
	err := k.c.db.Hold(ctx, h)
	if errors.Is(err, sql.ErrNoCaller) {
		return "", web.Unfit("This is no number of a caller.")
	}
	return h.ID, err
}

// Release implements web.Keeping.
func (k keeping) Release(ctx context.Context, id, by string) error {
	err := k.c.db.Release(ctx, id, by)
	if errors.Is(err, sql.ErrNoHold) {
		return web.ErrNotFound
	}
	return err
}
