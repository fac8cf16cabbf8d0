package media

import (
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"
)

// leg is one conversation of a seat with one channel of Asterisk.
type leg struct {
	id     string
	remote netip.AddrPort
	ssrc   uint32 // of what Asterisk hears; each leg has its own
	began  time.Time

	agent  reception // what came from the page
	caller reception // what came from Asterisk

	// mouth guards joined: while a page is replaced, two may be speaking.
	mouth  sync.Mutex
	joined splice // one stream over all of the leg's pages

	// The contents of the last Audio event; only the watch uses them.
	told                  bool
	fromAgent, fromCaller bool
}

func newLeg(id string, remote netip.AddrPort) *leg {
	return &leg{id: id, remote: remote, ssrc: rand.Uint32(), began: time.Now()}
}

// watchEvery is how late an event about what arrives may be.
const watchEvery = 200 * time.Millisecond

// watch tells of voice that begins or ceases to arrive, until shutdown.
func (l *Local) watch() {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for last := time.Now(); ; {
		select {
		case now := <-tick.C:
			away := now.Sub(last) > quietAfter/2
			last = now
			if away {
				continue // this process stood still; packets that came meanwhile are still unread
			}
			for _, seat := range l.allSeats() {
				seat.listen(now)
				if leg := seat.leg.Load(); leg != nil && leg.audioChanged(now) {
					l.mail.enqueue(Event{
						Seat: seat.name, Kind: Audio, Leg: leg.id,
						FromAgent: leg.fromAgent, FromCaller: leg.fromCaller,
					})
				}
			}
		case <-l.done:
			return
		}
	}
}

// audioChanged compares what arrives now with what was told last. The sides
// are given SilentAfter to begin before the first telling.
func (g *leg) audioChanged(now time.Time) bool {
	agent, caller := arrives(&g.agent, now), arrives(&g.caller, now)
	if !g.told && !(agent && caller) && now.Sub(g.began) < SilentAfter {
		return false
	}
	changed := !g.told || agent != g.fromAgent || caller != g.fromCaller
	g.told, g.fromAgent, g.fromCaller = true, agent, caller
	return changed
}

func arrives(r *reception, now time.Time) bool {
	last := r.lastHeard()
	return !last.IsZero() && now.Sub(last) < SilentAfter
}
