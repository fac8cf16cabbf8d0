package callqueue

import (
	"slices"
	"time"

	"presszero/call"
)

// With enough agents the customer is called a moment before one is free, so
// that agents never listen to ringing. The customer presses 1 (a machine or a
// passer-by does not), stands at the head of the line by the key kept, and is
// with an agent within seconds.

const (
	pickUp        = 12 * time.Second // until a customer has taken the call and pressed 1
	confirmLimit  = 20 * time.Second // for pressing 1
	momentLimit   = 2 * time.Second  // on the phone without an agent; then something is said
	mostAbandoned = 0.03             // of those called first; above, agents come first again
)

// predial calls customers for agents who are about to be free: no more of them
// than there will be agents left when the visits before them have been served.
func (cbs *callbacks) predial(s *call.Step) {
	for _, l := range slices.Clone(cbs.booked) {
		for cbs.predialNext(s, l) {
		}
	}
}

func (cbs *callbacks) predialNext(s *call.Step, l *line) bool {
	n := countsBelow(l.open.root)
	if n.waiting == n.live || l.Callback.CustomerFirst < 0 {
		return false
	}
	crew := cbs.floor.crewSize(l, s.Now)
	handle, ok := l.handling.Seconds(s.Now)
	if !ok || crew < float64(l.Callback.CustomerFirst) {
		return false
	}
	if l.abandoned.Value(s.Now) > 1+mostAbandoned*l.dials.Value(s.Now) {
		return false
	}
	next := l.open.firstAway()
	s.About(next.caller.id)
	_, ahead, _ := l.open.countAhead(next)
	soon := crew / handle * pickUp.Seconds()
	if float64(ahead+l.predialed+1) > soon || cbs.parkIfBarred(s, next) {
		return false
	}
	if err := cbs.dialer.permitCall(s.Now, next, ""); err != nil {
		cbs.dialer.endAttempt(s, next, "blocked", err.Error())
		return true
	}
	id := call.DialID(next.caller.id, next.ticket.dials+1)
	cbs.apply(s.State(next.caller.id, call.CallbackDialed{Visit: next.id, Dial: id, Attempt: next.ticket.attempts + 1}))
	l.predialed++
	next.counted = true
	l.dials.Add(s.Now, 1)
	cbs.dialer.orderDial(s, next)
	return true
}
