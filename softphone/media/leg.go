package media

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// leg is one conversation of a seat with one channel of Asterisk. A seat may have
// several, for instance a caller on hold and a colleague who is asked.
type leg struct {
	id    string
	far   atomic.Pointer[farEnd] // nil: Asterisk has not called it yet
	ssrc  uint32                 // of what Asterisk hears; each leg has its own
	began time.Time
	over  chan struct{} // closed when it has ended

	agent  reception // what came from the page
	caller reception // what came from Asterisk

	taps      atomic.Pointer[[]tap] // that get copies; never changed, but replaced under the seat's mu
	recording *recording            // one of them, guarded by the seat's mu; nil: it is not recorded

	// mouth guards joined: while a page is replaced, two may be speaking.
	mouth  sync.Mutex
	joined splice // one stream over all of the leg's pages and turns
}

// turn is a time during which a leg is live. Each is a source of its own in the
// streams that go on over the turns, and is told of anew: what the page was told last
// was of another leg.
type turn struct {
	*leg
	since time.Time

	// The contents of the last Audio event, and the page that it was for; only the
	// watch uses them.
	told                  bool
	fromAgent, fromCaller bool
	page                  *page
}

func newLeg(id string, far *farEnd) *leg {
	l := &leg{id: id, ssrc: rand.Uint32(), began: time.Now(), over: make(chan struct{})}
	l.far.Store(far)
	return l
}

// remote is the address of the far end, "" if there is none yet.
func (g *leg) remote() string {
	if far := g.far.Load(); far != nil {
		return far.addr.String()
	}
	return ""
}

// legFrom finds the leg whose voice comes from that address: the newest, since Asterisk
// uses ports again, and the end of an earlier leg may not have been told.
func legFrom(legs []*leg, from netip.AddrPort) (*leg, *farEnd) {
	for _, leg := range slices.Backward(legs) {
		if far := leg.far.Load(); far != nil && far.addr == from {
			return leg, far
		}
	}
	return nil, nil
}

// mostLegs bounds the legs of a seat. A talk has two at most; one more is the
// remainder of a talk whose end was not told.
const mostLegs = 4

var (
	errSeatClosed = fmt.Errorf("media: the seat has been closed: %w", ErrNoSeat)
	errTwoCalls   = errors.New("media: the leg has a call already")
)

// talkTo makes a leg live. Without a far end, Asterisk calls it, or has called it.
func (s *seat) talkTo(id string, far *farEnd) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errSeatClosed
	}
	leg := s.findLeg(id)
	if leg == nil || far != nil && leg.remote() != far.addr.String() {
		leg = s.addLeg(newLeg(id, far))
	}
	if now := s.live.Load(); now == nil || now.leg != leg {
		leg.agent.skip()
		s.live.Store(&turn{leg: leg, since: time.Now()})
		s.echoes.Store(nil)
	}
	return nil
}

// called takes that Asterisk calls a leg, which may be live already.
func (s *seat) called(id string, far farEnd) (*leg, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errSeatClosed
	}
	leg := s.findLeg(id)
	if leg == nil {
		return s.addLeg(newLeg(id, &far)), nil
	}
	if !leg.far.CompareAndSwap(nil, &far) {
		return nil, errTwoCalls
	}
	return leg, nil
}

// hush ends the leg of that id.
func (s *seat) hush(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if leg := s.findLeg(id); leg != nil {
		s.removeLeg(leg)
	}
}

// endTalk ends a leg; it may have ended.
func (s *seat) endTalk(leg *leg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.removeLeg(leg)
}

// findLeg expects s.mu.
func (s *seat) findLeg(id string) *leg {
	for _, leg := range *s.legs.Load() {
		if leg.id == id {
			return leg
		}
	}
	return nil
}

// legOf is findLeg, with an error. It expects s.mu.
func (s *seat) legOf(id string) (*leg, error) {
	if leg := s.findLeg(id); leg != nil {
		return leg, nil
	}
	return nil, fmt.Errorf("media: seat %q, leg %q: %w", s.name, id, ErrNoLeg)
}

// addLeg adds a leg. A leg of the same id ends, but not its recording, and the oldest that is not live if there
// are too many. It expects s.mu.
func (s *seat) addLeg(leg *leg) *leg {
	if old := s.findLeg(leg.id); old != nil {
		if r := old.recording; r != nil {
			old.recording = nil
			leg.setRecording(r)
		}
		s.removeLeg(old)
	}
	if legs := *s.legs.Load(); len(legs) == mostLegs {
		old := legs[0]
		if turn := s.live.Load(); turn != nil && turn.leg == old {
			old = legs[1]
		}
		s.removeLeg(old)
	}
	legs := append(slices.Clone(*s.legs.Load()), leg)
	s.legs.Store(&legs)
	return leg
}

// removeLeg expects s.mu.
func (s *seat) removeLeg(gone *leg) {
	legs := slices.Clone(*s.legs.Load())
	i := slices.Index(legs, gone)
	if i < 0 {
		return
	}
	legs = slices.Delete(legs, i, i+1)
	s.legs.Store(&legs)
	if turn := s.live.Load(); turn != nil && turn.leg == gone {
		s.live.Store(nil)
	}
	gone.endRecording(WhyLeg)
	close(gone.over)
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
				seat.watchRecordings(now)
				if turn := seat.live.Load(); turn != nil && turn.audioChanged(seat.page.Load(), now) {
					l.mail.enqueue(Event{
						Seat: seat.name, Kind: Audio, Leg: turn.id,
						FromAgent: turn.fromAgent, FromCaller: turn.fromCaller,
					})
				}
			}
		case <-l.done:
			return
		}
	}
}

// audioChanged compares what arrives now with what was told last, and whether it was
// told to this page. The sides are given SilentAfter to begin before the first telling:
// of a leg that was not live, nothing has come from the page meanwhile, and of a caller
// who was on hold nothing at all.
func (t *turn) audioChanged(p *page, now time.Time) bool {
	agent, caller := arrives(&t.agent, now), arrives(&t.caller, now)
	if !t.told && !(agent && caller) && now.Sub(t.since) < SilentAfter {
		return false
	}
	anew := p != nil && p != t.page && p.proved.Load()
	if anew {
		t.page = p
	}
	changed := !t.told || anew || agent != t.fromAgent || caller != t.fromCaller
	t.told, t.fromAgent, t.fromCaller = true, agent, caller
	return changed
}

func arrives(r *reception, now time.Time) bool {
	last := r.lastHeard()
	return !last.IsZero() && now.Sub(last) < SilentAfter
}
