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
	predialMemory = 24 * time.Hour
	mostAbandoned = 0.03 // of those called first; above, agents come first again
)

// predial calls customers for agents who are about to be free: no more of
// them than there will be agents after those have served who stand before.
func (cbs *callbacks) predial(s *call.Step) {
	for _, l := range slices.Clone(cbs.booked) {
		for cbs.predialNext(s, l) {
		}
	}
}

func (cbs *callbacks) predialNext(s *call.Step, l *line) bool {
	n := sum(l.open.root)
	if n.waiting == n.live || l.Callback.CustomerFirst < 0 {
		return false
	}
	crew := cbs.floor.crew(l, s.Now)
	handle, ok := l.handling.Seconds(s.Now)
	if !ok || crew < float64(l.Callback.CustomerFirst) {
		return false
	}
	if l.abandoned.Value(s.Now) > 1+mostAbandoned*l.dials.Value(s.Now) {
		return false
	}
	next := l.open.firstAway()
	s.About(next.caller.id)
	_, ahead, _ := l.open.ahead(next)
	soon := crew / handle * pickUp.Seconds()
	if float64(ahead+l.predialed+1) > soon || cbs.notNow(s, next) {
		return false
	}
	if err := cbs.dialer.permit(s.Now, next, ""); err != nil {
		cbs.dialer.tried(s, next, "blocked", err.Error())
		return true
	}
	id := call.DialID(next.caller.id, next.ticket.dials+1)
	cbs.apply(s.State(next.caller.id, call.CallbackDialed{Visit: next.id, Dial: id, Attempt: next.ticket.attempts + 1}))
	l.predialed++
	next.counted = true
	l.dials.Add(s.Now, 1)
	cbs.dialer.ring(s, next)
	return true
}

// unpredial: the customer is with an agent, or the attempt is over.
func (cbs *callbacks) unpredial(v *visit) {
	if v.counted {
		v.counted = false
		cbs.queues.line(v.queue).predialed--
	}
}

// greet asks a customer who was called first to press 1.
func (cbs *callbacks) greet(s *call.Step, v *visit) {
	cbs.announcer.say(s, v, "callback-press-1")
	s.After(confirmLimit, call.Timer{Kind: confirmTimer, Of: string(v.caller.id), Gen: v.ticket.dials})
}

// confirms takes a key of a customer who was called first.
func (cbs *callbacks) confirms(s *call.Step, c *caller, key string) {
	v := c.visit
	if v == nil || !c.ticket.greeted || key != "1" {
		return
	}
	cbs.announcer.cut(s, v)
	cbs.apply(s.State(c.id, call.CallbackConfirmed{Visit: v.id, Dial: c.ticket.dial}))
	s.Order(call.Music{Call: c.id, Class: cbs.queues.line(v.queue).Music})
	s.After(momentLimit, call.Timer{Kind: momentTimer, Of: string(c.id)})
}
