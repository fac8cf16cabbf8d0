package callqueue

import (
	"time"

	"presszero/call"
)

// dialMargin is how much longer than the ringing we wait for the switch's word.
const dialMargin = 10 * time.Second

// notCounted is the pause after an attempt that the customer could not notice, where a
// queue has none of its own.
const notCounted = 5 * time.Minute

// askAgain is how long callbacks wait while calls are switched off, until they
// ask anew.
const askAgain = 5 * time.Minute

func (dl *dialer) permitCall(now time.Time, v *visit, by call.AgentID) error {
	if dl.machine.Outbound == nil {
		return nil
	}
	return dl.machine.Outbound.Permit(now, v.ticket.number, by)
}

// uncountCall takes a call out of the number's caps that did not come to the
// number: the trunk, or we, had failed before.
func (dl *dialer) uncountCall(t *ticket, how string) {
	if dl.machine.Outbound == nil || t.rung || t.number == "" {
		return
	}
	switch how {
	case "trunk", "failed", "cancelled", "given_up":
		dl.machine.Outbound.Uncount(t.number)
	}
}

// normalized returns a claimed number as tickets know it.
func (dl *dialer) normalized(number string) string {
	if dl.machine.Outbound == nil || len(dl.callbacks.tickets) == 0 {
		return number
	}
	if e, err := dl.machine.Outbound.Check(number); err == nil {
		return e
	}
	return number
}

// mayDialFrom returns when the agent may make a call: from now on, or later.
func (dl *dialer) mayDialFrom(a *agent, now time.Time) time.Time {
	if dl.machine.Outbound == nil {
		return now
	}
	return dl.machine.Outbound.AgentFree(now, a.id)
}

// mayCall returns when, from an instant on, the number may be called for the
// queue, and why not before: quiet_hours, closed, limit.
func (dl *dialer) mayCall(l *line, number string, from time.Time) (at time.Time, why string) {
	at = from
	for range 8 { // each of the three may move it into another's way
		before := at
		if t, ok := dl.machine.Outbound.Free(at, number); !ok {
			return at.Add(askAgain), "limit"
		} else if t.After(at) {
			at, why = t, "limit"
		}
		if t := dl.machine.Outbound.Awake(at, number, l.Callback.Quiet.End, l.Callback.Quiet.Begin); t.After(at) {
			at, why = t, "quiet_hours"
		}
		if !l.isOpen(at) {
			if opens, _ := l.openNow(at); opens.After(at) {
				at, why = opens, "closed"
			}
		}
		if at.Equal(before) {
			break
		}
	}
	return at, why
}

// switchedOff reports whether no calls may leave.
func (dl *dialer) switchedOff(now time.Time) bool {
	_, ok := dl.machine.Outbound.Free(now, "")
	return !ok
}

// How long callbacks wait after the trunk has refused one; each time twice as
// long.
const (
	carrierFirst = time.Minute
	carrierMost  = 15 * time.Minute
)

func (c *carrier) callRefused(now time.Time) {
	c.until = now.Add(min(carrierFirst<<min(c.failed, 10), carrierMost))
	c.failed++
}

// callCarried: a phone has rung, or its network has said that it cannot.
func (c *carrier) callCarried() { *c = carrier{} }
