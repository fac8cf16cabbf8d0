package controller

import (
	"context"
	"sync"
	"time"

	"presszero/sql"
)

// books keeps the database up to date until ctx ends. Nothing here holds up a
// call: while Postgres is away the journal has it all.
func (p *Controller) books(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { p.people.run(ctx) }) // also without a database
	all.Go(func() { p.auditor.Run(ctx) })
	all.Go(func() { p.retain(ctx) })
	if !p.migrated(ctx) {
		return
	}
	now := p.flows.current()
	if err := p.db.KeepFlow(ctx, now.flow.Version, now.by, string(now.text)); err != nil {
		p.log.Warn("the history of flows misses the present one", "err", err)
	}
	all.Go(func() { p.shipper.Run(ctx) })
	all.Go(func() { p.unify(ctx) })
	all.Go(func() { p.announce(ctx) })
	all.Go(func() { p.learn(ctx) })
	all.Go(func() { p.knowVIPs(ctx) })
}

// migrated brings the schema up to date and makes the first users, and tries
// again until it can. It is false when ctx ended before.
func (p *Controller) migrated(ctx context.Context) bool {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		err := sql.Migrate(ctx, p.DatabaseURL)
		if err == nil {
			err = p.people.first(ctx, p.Path("passwords"))
		}
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		p.log.Warn("the database is not ready; calls go on without it", "err", err)
		p.people.remembered(ctx)
		select {
		case <-ctx.Done():
			return false
		case <-time.After(pause):
		}
	}
}

// unify makes one caller of those whom earlier versions, or this one without
// COUNTRY, kept by several writings of their number.
func (p *Controller) unify(ctx context.Context) {
	if p.Country == "" {
		return // numbers are left as they are written
	}
	switch joined, err := p.db.Unify(ctx, p.Country, p.number.One); {
	case err != nil && ctx.Err() == nil:
		p.log.Warn("callers whose number is written in several ways are still several; the next start tries again", "err", err)
	case joined > 0:
		p.log.Info("callers whose number was written in several ways are one now", "writings", joined, "country", p.Country)
	}
}

// announce tells those who watch whenever the reports know more.
func (p *Controller) announce(ctx context.Context) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	last := p.reported()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if now := p.reported(); now != last {
			last = now
			p.floor.changed()
		}
	}
}

// reported is a number that grows with what the reports know.
func (p *Controller) reported() int64 {
	at := p.shipper.Shipped()
	return at.Segment<<32 + at.Byte
}
