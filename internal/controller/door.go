package controller

import (
	"context"
	"time"

	"presszero/call"
	"presszero/internal/settings"
	"presszero/sql"
)

// Limits of admission control, where the settings say nothing.
const (
	callsPerCaller = 30   // a minute; a company's switchboard shows one number for all
	callsAtOnce    = 1000 // about what Asterisk plays music to on two processors
	lateAfter      = 3 * time.Second
)

// preferredTimes is by how much the limits of calls a minute and of lateness are higher
// for preferred callers, unless the settings say otherwise.
const preferredTimes = 3

// limits are those of the settings: unset is the default, negative is none.
func limits(s settings.Settings) call.Limits {
	l := call.Limits{PerCaller: bound(s.CallsPerCaller, callsPerCaller), PerNumber: max(s.CallsPerNumber, 0),
		AtOnce: bound(s.CallsAtOnce, callsAtOnce), Late: lateAfter}
	if s.CallsPerCaller == 0 && onlyOurselves(s.CallersFrom) {
		l.PerCaller = 0 // a person who tries this out on one machine is no flood
	}
	return l
}

// preferredLimits are the limits of callers who are owed a place or are VIPs. others
// are the limits of all other callers; without a limit there, preferred callers have
// none either, unless the settings give them one.
func preferredLimits(s settings.Settings, others call.Limits) call.Limits {
	more := func(n int) int { return n + (n+9)/10 } // a tenth
	return call.Limits{PerCaller: bound(s.PreferredPerCaller, preferredTimes*others.PerCaller), PerNumber: more(others.PerNumber),
		AtOnce: bound(s.PreferredAtOnce, more(others.AtOnce)), Late: preferredTimes * others.Late}
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

// vipsEvery is how often the list of VIPs is read. While the database is away, the
// cached list stays in force.
const vipsEvery = time.Minute

// knowVIPs keeps the list of callers who are marked as VIPs.
func (c *Controller) knowVIPs(ctx context.Context) {
	tick := time.NewTicker(vipsEvery)
	defer tick.Stop()
	for {
		if keys, err := c.db.VIPs(ctx); err == nil {
			c.vips.Store(&keys)
		} else if ctx.Err() == nil {
			c.log.Warn("the list of VIPs cannot be read from the database; admission control goes by the cached VIP list", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// preferred reports whether the caller meets the higher limits: we owe this
// number a place, or it is a VIP's. It runs on the loop's goroutine, so it
// looks only at what is in memory.
func (c *Controller) preferred(now time.Time, number string) bool {
	if c.line.Owes(number, now) {
		return true
	}
	vips := c.vips.Load()
	return vips != nil && (*vips)[sql.CallerKey(c.keys.CallerKey, number)]
}
