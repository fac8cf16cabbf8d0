package callqueue

import (
	"time"

	"presszero/call"
	"presszero/callqueue/estimate"
)

// State is where a visit stands.
type State string

// The states of a visit.
const (
	Waiting    State = "waiting"    // in line; on the phone, with music, or at home
	Offered    State = "offered"    // an agent's page rings for it; a caller still hears music
	Dialing    State = "dialing"    // a callback: the customer's phone rings
	Connecting State = "connecting" // the agent has accepted; audio is being joined
	Talking    State = "talking"    // bridged; the outcome is answered
	Parked     State = "parked"     // a callback that cannot be done now; keeps its key
)

// caller is what the line knows of one call, or of one callback.
type caller struct {
	id      call.ID
	who     call.DeskWho
	visits  int    // entered so far, to number the next
	offers  int    // made so far
	visit   *visit // the open one, nil while not in line
	arrived time.Time

	language string // that the caller hears; "" the flow's own

	known call.CallerKnown // what the house knows of the number, as soon as it does

	ticket   *ticket // of a callback; nil for a call
	holds    call.ID // the open callback of this person, who has rung in meanwhile
	books    int     // callbacks that came out of this call, to number the next
	promised call.ID // the callback with which the last visit ended
	farewell string  // the playback after which we hang up
	served   bool    // has talked in this call
	faulted  bool    // a decision about the agent of this call has failed once
	moved    int     // queues that this caller has been moved through since coming from the menus

	sent  map[sentBy]bool  // why the line has sent this caller back to the menus…
	stood map[string]stand // …and where the caller stood in each queue
}

// sentBy is a queue and its reason to send a caller back to the menus.
type sentBy struct{ queue, why string }

// stand is the place of a caller who has left a queue: it is kept for the rest
// of the call, since nobody who waits loses anything by what we do.
type stand struct {
	key    time.Time
	credit time.Duration
}

// card is how the caller is shown to agents and supervisors: with the name that
// the house has given the number, before the name that the network claims.
func (c *caller) card() call.DeskWho {
	who := c.who
	if c.known.Name != "" {
		who.Name = c.known.Name
	}
	who.VIP = c.known.VIP
	return who
}

// onPhone reports whether there is somebody to hear us: any caller, but of
// callbacks only the one whose phone was taken.
func (c *caller) onPhone() bool { return c.ticket == nil || c.ticket.up }

// visit is one entry of a caller into one queue. It changes only in apply.
type visit struct {
	*caller
	id       string
	queue    string
	key      time.Time // order key: the smallest is served first
	credit   time.Duration
	entered  time.Time
	first    time.Time // entered any queue; entered unless it came by overflow
	returned bool      // had talked in this call before
	skill    string    // asked for; "" any agent of the queue
	level    int       // asked for at first
	state    State
	rang     time.Duration // all ended offers

	sticky   call.AgentID // kept for her…
	reserved time.Time    // …until then
	tried    []call.AgentID

	offer   string // the open or accepted offer
	offered time.Time
	agent   call.AgentID // whom it is offered to or talks with
	leg     string
	hears   bool // the agent hears how the call goes that is made for her
	joined  time.Time

	group        *group // in whose heap it waits
	place        int    // in the heap; -1 when not in line
	node         node   // in the tree of its queue
	older, newer *visit // neighbours in the order of entry

	speech // what the caller is told

	predicted estimate.Wait // when the wait began, not calibrated; zero: no ground
	ahead     int           // then
	overtaken int
	counted   bool // in predialed of its line
}

// stands reports whether the visit is somebody in line. A callback whose person
// has rung in is not: the call is.
func (v *visit) stands() bool { return v.ticket == nil || v.ticket.here == "" }

// live reports whether the visit is a caller on the phone, who may give up.
func (v *visit) live() bool { return v.onPhone() }

// waitsSince is since when the visit waits on the phone.
func (v *visit) waitsSince() time.Time {
	if v.ticket != nil && v.ticket.since.After(v.entered) {
		return v.ticket.since
	}
	return v.entered
}

// outgoing reports whether it is no visit to a queue, but an agent's own call.
func (v *visit) outgoing() bool { return v.ticket != nil && v.ticket.out }

// broken is what an agent is told when her voice has gone in the middle of it.
func (v *visit) broken() string {
	if v.outgoing() {
		return "dial_media_lost"
	}
	return "media_lost"
}

// before orders the line: by key, then by visit, so that equal keys keep one order.
func (v *visit) before(w *visit) bool {
	if !v.key.Equal(w.key) {
		return v.key.Before(w.key)
	}
	return v.id < w.id
}

// inOrder is before, for sorting.
func inOrder(v, w *visit) int {
	switch {
	case v == w:
		return 0
	case v.before(w):
		return -1
	}
	return 1
}

// timer is a timer about this visit.
func (v *visit) timer(kind call.TimerKind) call.Timer {
	return call.Timer{Kind: kind, Of: string(v.caller.id), Gen: v.visits}
}

// hasTried reports whether this agent has missed or refused this visit before.
func (v *visit) hasTried(id call.AgentID) bool {
	for _, t := range v.tried {
		if t == id {
			return true
		}
	}
	return false
}
