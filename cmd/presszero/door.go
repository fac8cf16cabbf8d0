package main

import (
	"context"
	"time"

	"presszero/call"
	"presszero/sql"
)

// Limits of who is let in, where the settings say nothing.
const (
	callsPerCaller = 30   // a minute; a company's switchboard shows one number for all
	callsAtOnce    = 1000 // about what Asterisk plays music to on two processors
	lateAfter      = 3 * time.Second
)

// limits are those of the settings: unset is the default, negative is none.
func limits(s Settings) call.Limits {
	l := call.Limits{PerCaller: bound(s.CallsPerCaller, callsPerCaller), PerNumber: max(s.CallsPerNumber, 0),
		AtOnce: bound(s.CallsAtOnce, callsAtOnce), Late: lateAfter}
	if s.CallsPerCaller == 0 && onlyOurselves(s.CallersFrom) {
		l.PerCaller = 0 // whoever tries this out on one machine is no flood
	}
	return l
}

func bound(set, standard int) int {
	if set == 0 {
		return standard
	}
	return max(set, 0)
}

func onlyOurselves(from []string) bool {
	for _, addr := range from {
		if addr != "127.0.0.1" && addr != "::1" {
			return false
		}
	}
	return true
}

// vipsEvery is how often it is asked who is a VIP. While the database is away,
// those stay who were.
const vipsEvery = time.Minute

// knowVIPs keeps the list of callers who are never refused.
func (p *program) knowVIPs(ctx context.Context) {
	tick := time.NewTicker(vipsEvery)
	defer tick.Stop()
	for {
		if keys, err := p.db.VIPs(ctx); err == nil {
			p.vips.Store(&keys)
		} else if ctx.Err() == nil {
			p.log.Warn("who is a VIP is not known anew; those of before are let in", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// owed reports whether the caller is let in however many there are. It runs on
// the loop's goroutine, so it looks only at what is there.
func (p *program) owed(now time.Time, number string) bool {
	if p.line.Owes(number, now) {
		return true
	}
	vips := p.vips.Load()
	return vips != nil && (*vips)[sql.CallerKey(p.keys.CallerKey, number)]
}
