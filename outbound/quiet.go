package outbound

import (
	"fmt"
	"time"

	"github.com/nyaruka/phonenumbers"
)

// Awake returns when the person at the number may be called: now, or when the
// quiet hours are over where the number is. A number that may be in several
// zones waits until it is day in all of them, if that ever is. from and until,
// since midnight, narrow the policy's day and never widen it; 0: they do not.
func (p *Policy) Awake(now time.Time, e164 string, from, until time.Duration) time.Time {
	day := p.cfg
	day.From = max(day.From, from)
	if until > 0 {
		day.Until = min(day.Until, until)
	}
	if day.From >= day.Until { // nothing would be left of the day: the operator's own counts
		day.From, day.Until = p.cfg.From, p.cfg.Until
	}
	zones := p.zones(e164)
	at := now
	for range 2 * len(zones) {
		before := at
		for _, z := range zones {
			at = day.endOfQuiet(at, z)
		}
		if at.Equal(before) {
			return at
		}
	}
	return day.endOfQuiet(now, zones[0])
}

// endOfQuiet returns at, or the end of the quiet hours that hold it.
func (c Config) endOfQuiet(at time.Time, z *time.Location) time.Time {
	t := at.In(z)
	clock := func(day int, since time.Duration) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day()+day, int(since.Hours()), int(since.Minutes())%60, 0, 0, z)
	}
	switch from, until := clock(0, c.From), clock(0, c.Until); {
	case t.Before(from):
		return from.In(at.Location())
	case !t.Before(until):
		return clock(1, c.From).In(at.Location())
	}
	return at
}

// zones returns where the number may be, at least one.
func (p *Policy) zones(e164 string) []*time.Location {
	var zones []*time.Location
	if n, err := phonenumbers.Parse(e164, p.cfg.Home); err == nil {
		names, _ := phonenumbers.GetTimezonesForNumber(n)
		for _, name := range names {
			if z, err := loadZone(name); err == nil {
				zones = append(zones, z)
			}
		}
	}
	if len(zones) == 0 {
		z, _ := loadZone(p.cfg.Zone)
		zones = append(zones, z)
	}
	return zones
}

func loadZone(name string) (*time.Location, error) {
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("the time zone %q is not known here: %w", name, err)
	}
	return z, nil
}
