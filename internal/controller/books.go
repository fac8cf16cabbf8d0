package controller

import (
	"context"
	"sync"
	"time"

	"presszero/internal/backoff"
	"presszero/sql"
)

// books keeps the database up to date until ctx ends. Nothing here holds up a
// call: while Postgres is away the journal has it all.
func (c *Controller) books(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { c.people.run(ctx) }) // also without a database
	all.Go(func() { c.auditor.Run(ctx) })
	all.Go(func() { c.disks.Run(ctx) })
	all.Go(func() { c.archives.run(ctx) })
	all.Go(func() { c.finisher.watch(ctx) })
	if !c.migrated(ctx) {
		return
	}
	now := c.flows.current()
	if err := c.db.KeepFlow(ctx, now.flow.Version, now.by, string(now.text)); err != nil {
		c.log.Warn("the present flow cannot be added to the history of flows", "err", err)
	}
	all.Go(func() { c.shipper.Run(ctx) })
	all.Go(func() { c.retain(ctx) })
	all.Go(func() { c.forgetting.run(ctx) })
	all.Go(func() { c.walls.run(ctx) })
	all.Go(func() { c.floor.figures.run(ctx, c.floor.countNow, c.floor.changed) })
	all.Go(func() { c.db.KeepRollups(ctx, func() string { return c.flows.current().flow.Zone }) })
	all.Go(func() { c.unify(ctx) })
	all.Go(func() { c.announce(ctx) })
	all.Go(func() { c.learn(ctx) })
	all.Go(func() { c.knowVIPs(ctx) })
	all.Go(func() { c.sendNotices(ctx) })
}

// migrated brings the schema up to date and makes the first users, and tries
// again until it can. It is false when ctx ended before.
func (c *Controller) migrated(ctx context.Context) bool {
	pause := backoff.Backoff{First: 100 * time.Millisecond, Last: 5 * time.Second}
	for {
		err := sql.Migrate(ctx, c.DatabaseURL)
		if err == nil {
			err = c.people.first(ctx, c.Path("passwords"))
		}
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		c.log.Warn("the database is not ready; calls go on without it, reports and new sign-ins wait; tried again within 5 s", "err", err)
		c.people.remembered(ctx)
		if !pause.Wait(ctx) {
			return false
		}
	}
}

// unify makes one caller of those whom earlier versions, or this one without
// COUNTRY, kept by several writings of their number.
func (c *Controller) unify(ctx context.Context) {
	if c.Country == "" {
		return // numbers are left as they are written
	}
	switch joined, err := c.db.Unify(ctx, c.Country, c.number.One); {
	case err != nil && ctx.Err() == nil:
		c.log.Warn("callers whose number is stored in several notations cannot be merged; the next start tries again", "err", err)
	case joined > 0:
		c.log.Info("merged callers whose number was stored in several notations", "notations", joined, "country", c.Country)
	}
}

// announce tells the open pages whenever the reports know more.
func (c *Controller) announce(ctx context.Context) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	last := c.reported()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if now := c.reported(); now != last {
			last = now
			c.floor.changed()
		}
	}
}

// reported is a number that grows with what the reports know.
func (c *Controller) reported() int64 {
	at := c.shipper.Shipped()
	return at.Segment<<32 + at.Byte
}
