package callqueue

import (
	"time"

	"presszero/call"
)

// dialMargin is how much longer than the ringing we wait for the switch's word.
const dialMargin = 10 * time.Second

// greetingLimit is how long a machine may greet before it is left a message.
const greetingLimit = 20 * time.Second

// notCounted is the pause after an attempt that nobody could notice, where a
// queue has none of its own.
const notCounted = 5 * time.Minute

// Outbound says which numbers may be called, and when. Package outbound holds
// the policy that the product uses.
// What their errors say is a word for reports, a colon, and a sentence for people.
type Outbound interface {
	// Check returns a number in E.164, or why it must never be called.
	Check(number string) (e164 string, err error)
	// Emergency returns an emergency number as it is dialled, and whether it is
	// one that an agent may call, which needs no Permit.
	Emergency(number string) (dial string, may bool)
	// Permit counts a call to the number that is about to be made, or says why
	// it must not be made now: caps, the kill switch.
	Permit(now time.Time, e164 string, by call.AgentID) error
	// Uncount takes the latest call to the number out of its caps: nobody
	// there could notice it.
	Uncount(e164 string)
	// Free returns when the caps let a call to the number be made: now, or
	// later. ok is false while no calls may leave, and nobody knows until when.
	Free(now time.Time, e164 string) (at time.Time, ok bool)
	// AgentFree returns when the agent may make a call: now, or later.
	AgentFree(now time.Time, by call.AgentID) time.Time
	// Awake returns when the person at the number may be called: now, or when
	// the quiet hours of the number's zone are over. From and until are times
	// of day that narrow the policy's own; 0: they do not.
	Awake(now time.Time, e164 string, from, until time.Duration) time.Time
}

// dialer makes the calls that leave: those of callbacks, and those that agents
// make themselves. It asks the policy whether and when they may be made, tells
// the switch, and takes its news.
//
// The policy (Machine.Outbound) keeps state outside the facts: the counts of
// calls, and whether calls are switched off. It is asked only while an event is
// decided, and what it answers leads to nothing or to a fact, which is stated
// before anything follows from it. Replay goes by these facts: apply and what it
// calls never ask the policy, so a replay gives the same state whatever the
// policy would answer now. The counts are kept over a restart by package
// outbound. It is asked
//
//	Permit     by permit (dial, predialNext) and mayDial, before CallbackDialed
//	           or OutgoingDialed; refused: CallbackTried "blocked", or a notice
//	Uncount    by uncount, beside CallbackTried and OutgoingEnded
//	Free       by mayCall, before CallbackParked "limit"; by switchedOff, before
//	           CallbackOffered, which is left out
//	AgentFree  by mayDialFrom: an agent is passed over, as OfferStarted tells
//	Check, Awake, Emergency
//	           go by the number, the time and the settings, and count nothing
//
// call.Register likewise asks Door.Full and Door.Preferred once, when a caller
// arrives; the answer is in CallStarted.Refused, and replay goes by that.
type dialer struct {
	*shared

	carrier carrier // what the latest calls say of the trunk
}

// dial calls the customer for an agent who has accepted.
func (dl *dialer) dial(s *call.Step, v *visit, a *agent) {
	t := v.ticket
	if err := dl.permit(s.Now, v, a.id); err != nil {
		dl.talks.freeAgent(s, v, "blocked")
		dl.tried(s, v, "blocked", err.Error())
		return
	}
	id := call.DialID(v.caller.id, t.dials+1)
	dl.apply(s.State(v.caller.id, call.CallbackDialed{Visit: v.id, Dial: id, Attempt: t.attempts + 1, Agent: a.id}))
	dl.ring(s, v)
}

func (dl *dialer) permit(now time.Time, v *visit, by call.AgentID) error {
	if dl.machine.Outbound == nil {
		return nil
	}
	return dl.machine.Outbound.Permit(now, v.ticket.number, by)
}

// ring has the switch make the call.
func (dl *dialer) ring(s *call.Step, v *visit) {
	t := v.ticket
	limit := dl.queues.line(v.queue).Callback.Ring
	d := call.Dial{Call: v.caller.id, Dial: t.dial, Number: t.number, Dialed: v.who.Dialed, Queue: string(v.queue), Ring: limit, Listen: true}
	if a := dl.floor.agents[v.agent]; a != nil {
		d.Leg, d.Address = v.leg, a.address
	}
	s.Order(d)
	s.After(limit+dialMargin, call.Timer{Kind: dialTimer, Of: string(v.caller.id), Gen: t.dials})
}

// dialSays takes news of a call that we make. News of an earlier one is passed
// over.
func (dl *dialer) dialSays(s *call.Step, ev call.Event) {
	c := dl.callers[call.CallOf(ev)]
	if c == nil || c.ticket == nil || c.visit == nil {
		return
	}
	t, v := c.ticket, c.visit
	switch ev := ev.(type) {
	case call.DialRinging:
		if ev.Dial == t.dial {
			t.rung = true
			dl.carrier.carries()
		}
	case call.DialAnswered:
		if ev.Dial == t.dial && v.state == Dialing && !t.greeted {
			t.rung = true
			dl.carrier.carries()
			dl.reached(s, v, ev.By)
		}
	case call.DialFailed:
		if ev.Dial == t.dial && v.state == Dialing {
			if ev.Why == "busy" || ev.Why == "declined" || ev.Why == "invalid" {
				dl.carrier.carries()
			}
			dl.talks.freeAgent(s, v, ev.Why)
			dl.tried(s, v, ev.Why, "")
		}
	case call.CallbackCancelled:
		if !t.up && !t.out {
			dl.callbacks.closeTicket(s, c, "cancelled", ev.By)
		}
	}
}

// reached: somebody, or something, has taken the call. Who may be a person is
// taken for one: an agent hears at once if it is none, and a customer who was
// called first proves it with 1.
func (dl *dialer) reached(s *call.Step, v *visit, by string) {
	if v.ticket.out {
		dl.apply(s.State(v.caller.id, call.OutgoingAnswered{Agent: v.agent}))
		dl.connectAnswered(s, v)
		return
	}
	first := !v.ticket.machine
	f := call.CallbackReached{Visit: v.id, Dial: v.ticket.dial, By: "person", Unsure: by == "unsure"}
	if by == "machine" {
		f.By = by
	}
	dl.apply(s.State(v.caller.id, f))
	if by == "machine" {
		dl.talks.freeAgent(s, v, "machine")
		dl.tried(s, v, "machine", "")
		if first && dl.callers[v.caller.id] == v.caller {
			dl.leaveMessage(s, v.caller)
		} else {
			s.Order(call.HangUp{Call: v.caller.id})
		}
		return
	}
	if v.ticket.first {
		dl.callbacks.greet(s, v)
		return
	}
	dl.connectAnswered(s, v)
	if dl.callers[v.caller.id] == v.caller && v.ticket.up {
		dl.queues.watch(s, v)
	}
}

// connectAnswered joins who has taken the call with the agent for whom it was
// made.
func (dl *dialer) connectAnswered(s *call.Step, v *visit) {
	a := dl.floor.agents[v.agent]
	if a == nil { // cannot be: her leaving ends the dial
		dl.tried(s, v, "cancelled", "no agent")
		return
	}
	dl.talks.connect(s, v, a)
	dl.floor.changed(a)
}

// leaveMessage speaks one fixed sentence, without details, to a machine.
func (dl *dialer) leaveMessage(s *call.Step, c *caller) {
	play := call.DialID(c.id, c.ticket.dials) + ".message"
	s.Order(call.LetFinish{Call: c.id, Max: greetingLimit})
	s.Order(call.Play{Call: c.id, Play: play, Prompts: c.words([]string{"callback-machine"})})
	c.farewell = play
	s.After(greetingLimit+speechLimit, call.Timer{Kind: farewellTimer, Of: string(c.id)})
}

// giveUp: the agent does not let it ring any longer. It is an attempt if it
// rang, and is nothing against her: she is free at once, and the next attempt
// is another's if there is one.
func (dl *dialer) giveUp(s *call.Step, v *visit) {
	s.Order(call.HangUp{Call: v.caller.id})
	dl.talks.freeAgent(s, v, "given_up")
	dl.tried(s, v, "given_up", "")
}

// stopDial: the agent is gone while the customer's phone rings.
func (dl *dialer) stopDial(s *call.Step, v *visit, why string) {
	s.Order(call.HangUp{Call: v.caller.id})
	dl.tried(s, v, "cancelled", why)
}

// tried: the attempt came to nothing. It is one of the three if a phone rang,
// and never the last one when it was the trunk that failed;
// nobody is rung twice within minutes, whoever's fault it was.
func (dl *dialer) tried(s *call.Step, v *visit, how, why string) {
	t, c := v.ticket, v.caller
	if t.out {
		dl.uncount(t, how)
		dl.over(s, v, how, "", why)
		return
	}
	if v.hears {
		dl.talks.part(s, v)
	}
	pauses := dl.queues.line(v.queue).Callback.Pauses
	counts := t.rung && how != "postponed"
	dl.callbacks.unpredial(v)
	v.play = "" // whoever heard it is gone
	dl.uncount(t, how)
	dl.apply(s.State(c.id, call.CallbackTried{Visit: v.id, Dial: t.dial, How: how, Why: why, Counts: counts}))
	if how == "trunk" {
		dl.queues.alarm(s, v, "trunk", float64(dl.carrier.failed))
	}
	if how == "invalid" || t.attempts > len(pauses) && how != "trunk" {
		dl.callbacks.closeTicket(s, c, "exhausted", "")
		return
	}
	next, reason := dl.pause(t, pauses, how, counts, s.Now)
	dl.callbacks.park(s, v, s.Now.Add(next), reason)
}

// pause returns how long a callback waits after an attempt, and why.
func (dl *dialer) pause(t *ticket, pauses []time.Duration, how string, counts bool, now time.Time) (next time.Duration, reason string) {
	next, reason = notCounted, "retry"
	if len(pauses) > 0 {
		next = pauses[0]
	}
	switch {
	case how == "trunk":
		next, reason = dl.carrier.until.Sub(now), "trunk"
		if counts && t.attempts <= len(pauses) {
			next = max(next, pauses[t.attempts-1])
		}
	case how == "blocked":
		reason = "limit"
	case counts:
		next = pauses[t.attempts-1]
	case !t.rung && how == "cancelled":
		next = time.Second // nobody has noticed
	}
	return next, reason
}

// uncount takes a call out of the number's caps that did not come to the
// number: the trunk, or we, had failed before.
func (dl *dialer) uncount(t *ticket, how string) {
	if dl.machine.Outbound == nil || t.rung {
		return
	}
	switch how {
	case "trunk", "failed", "cancelled", "given_up":
		dl.machine.Outbound.Uncount(t.number)
	}
}

// e164 returns a claimed number as tickets know it.
func (dl *dialer) e164(number string) string {
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

// askAgain is how long callbacks wait while calls are switched off, until they
// ask anew.
const askAgain = 5 * time.Minute

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
			if opens, _ := l.Hours(at); opens.After(at) {
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

// carrier is what the latest callbacks say of the trunk. While it refuses
// calls, callbacks wait, and one after another tries it.
type carrier struct {
	failed int // in a row
	until  time.Time
}

// How long callbacks wait after the trunk has refused one; each time twice as
// long.
const (
	carrierFirst = time.Minute
	carrierMost  = 15 * time.Minute
)

func (c *carrier) refused(now time.Time) {
	c.until = now.Add(min(carrierFirst<<min(c.failed, 10), carrierMost))
	c.failed++
}

// carries: a phone has rung, or its network has said that it cannot.
func (c *carrier) carries() { *c = carrier{} }
