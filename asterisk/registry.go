package asterisk

import (
	"sync"
	"time"

	"presszero/call"
)

// registry has the callers who are there, and finds each by the ids that Asterisk's
// events name. A caller's mu may be taken while the registry's is held; the registry's
// is never taken while a caller's is held.
type registry struct {
	mu      sync.Mutex // guards all that follows
	calls   map[call.ID]*caller
	channel table                 // by the caller's channel
	legs    table                 // by the channel of the leg
	plays   table                 // by the playback
	records table                 // by the recording
	ended   map[call.ID]time.Time // when the end of a call was told; kept for a minute
	gone    map[string]departure  // by the caller's channel; kept for a minute

	early   []call.Command // ordered before the first reconciliation
	settled bool           // the first reconciliation is over
}

// departure is a caller whose end has been told, and when.
type departure struct {
	caller *caller
	at     time.Time
}

func newRegistry() *registry {
	r := &registry{calls: map[call.ID]*caller{}, ended: map[call.ID]time.Time{}, gone: map[string]departure{}}
	for _, t := range []*table{&r.channel, &r.legs, &r.plays, &r.records} {
		*t = table{mu: &r.mu, callers: map[string]*caller{}}
	}
	return r
}

// addLocked adds a caller. mu is held.
func (r *registry) addLocked(c *caller) {
	r.calls[c.id] = c
	r.channel.callers[c.channel] = c
}

// forget removes a caller whose end has been told. plays are the playbacks that had
// not ended.
func (r *registry) forget(c *caller, plays []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forgetLocked(c, plays)
}

// forgetLocked is forget; mu is held.
func (r *registry) forgetLocked(c *caller, plays []string) {
	delete(r.channel.callers, c.channel)
	r.gone[c.channel] = departure{c, time.Now()}
	for _, id := range plays {
		delete(r.plays.callers, id)
	}
	if r.calls[c.id] == c { // else it is being called back already
		delete(r.calls, c.id)
		r.ended[c.id] = time.Now()
	}
}

// lastOn returns the caller who was on the channel until the last minute, or nil. An
// Asterisk that is started again within a second gives the same ids again, so the time of
// the channel's making counts, too.
func (r *registry) lastOn(ch channelState) *caller {
	r.mu.Lock()
	d, is := r.gone[ch.ID]
	r.mu.Unlock()
	if !is || !d.caller.isOn(ch) {
		return nil
	}
	return d.caller
}

// lookUp returns the caller of a call, or nil.
func (r *registry) lookUp(id call.ID) *caller {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls[id]
}

// handOnLocked notes who is to be handed on to a caller, or ends the call of who cannot be
// any more. mu is held.
func (r *registry) handOnLocked(h call.HandOn) {
	of, ask := r.calls[h.Call], r.calls[h.Ask]
	if ask != nil && (of == nil || !of.consult.order(ask)) {
		hangUpAsked(ask)
	}
}

// knows reports whether the call has a caller, and whether its end has been told.
func (r *registry) knows(id call.ID) (here, ended bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, here = r.calls[id]
	_, ended = r.ended[id]
	return here, ended
}

// settle ends the time before the first reconciliation, and returns the orders that
// were given in it.
func (r *registry) settle() []call.Command {
	r.mu.Lock()
	defer r.mu.Unlock()
	early := r.early
	r.early, r.settled = nil, true
	return early
}

// dueForCare returns the callers whose next round of care is due, without those whose
// last round is still under way. Without ready there are none. It also forgets the
// calls whose end was told more than a minute ago: no order and no event about them is
// under way any more.
func (r *registry) dueForCare(now time.Time, ready func() bool) []*caller {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, at := range r.ended {
		if now.Sub(at) > time.Minute {
			delete(r.ended, id)
		}
	}
	for channel, d := range r.gone {
		if now.Sub(d.at) > time.Minute {
			delete(r.gone, channel)
		}
	}
	if !ready() {
		return nil
	}
	var due []*caller
	for _, c := range r.calls {
		if c.care.beginRound(now) {
			due = append(due, c)
		}
	}
	return due
}

// channels are the ids of all channels of callers and legs.
func (r *registry) channels() map[string]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := map[string]bool{}
	for id := range r.legs.callers {
		all[id] = true
	}
	for id := range r.channel.callers {
		all[id] = true
	}
	return all
}

// count is how many callers are there.
func (r *registry) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.calls)
}

// table finds callers by one kind of id.
type table struct {
	mu      *sync.Mutex // the registry's
	callers map[string]*caller
}

// lookUp returns the caller with that id, or nil.
func (t table) lookUp(id string) *caller {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.callers[id]
}

// register notes whose id that is.
func (t table) register(id string, c *caller) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.callers[id] = c
}

// remove forgets an id.
func (t table) remove(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.callers, id)
}

// removeOf removes an id that is still that caller's.
func (t table) removeOf(id string, c *caller) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.callers[id] == c {
		delete(t.callers, id)
	}
}
