package main

import (
	"context"
	"sync"
	"time"

	"presszero/sql"
)

// books keeps the database up to date until ctx ends. Nothing here holds up a
// call: while Postgres is away the journal has it all.
func (p *program) books(ctx context.Context) {
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
	all.Go(func() { p.announce(ctx) })
	all.Go(func() { p.learn(ctx) })
	all.Go(func() { p.knowVIPs(ctx) })
}

// migrated brings the schema up to date and makes the first users, and tries
// again until it can. It is false when ctx ended before.
func (p *program) migrated(ctx context.Context) bool {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		err := sql.Migrate(ctx, p.DatabaseURL)
		if err == nil {
			err = p.people.first(ctx, p.path("passwords"))
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

// announce tells those who watch whenever the reports know more.
func (p *program) announce(ctx context.Context) {
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
func (p *program) reported() int64 {
	at := p.shipper.Shipped()
	return at.Segment<<32 + at.Byte
}
