package asterisktest

import (
	"testing"

	"presszero/asterisk"
	"presszero/call"
)

// restartedAsking: what an agent asks outlives the controller, whoever she talks with, and
// so does a caller who was handed on. The next controller goes on with it.
func restartedAsking(t *testing.T, rig Rig) {
	for what, c := range map[string]struct {
		before, after, next func(*question)
	}{
		"with the consulted party": {func(*question) {}, (*question).isWithOther, (*question).toCaller},
		"with the caller":          {func(q *question) { q.toCaller(); q.isWithCaller() }, (*question).isWithCaller, (*question).toOther},
		"with both":                {func(q *question) { q.toAll(); q.isWithAll() }, (*question).isWithAll, (*question).fromAll},
	} {
		asksBoth(t, rig, func(q *question) {
			t.Log(what)
			c.before(q)
			known := q.known()
			if what == "with both" {
				known[1].With = q.leg
			}
			q.restarts(known...)
			q.resumed(q.id, q.leg)
			q.resumed(q.ask, q.second)
			c.after(q)
			c.next(q)
			if what == "with the consulted party" {
				q.isWithCaller()
			} else {
				q.isWithOther()
			}
			q.toAll()
			q.isWithAll()
			q.handOn()
			q.isHandedOn()
			q.restarts(q.knownHandedOn())
			if up := q.carried(); up != map[bool]int{true: 1}[q.asked.transfer != ""] {
				t.Errorf("the trunk carries %d calls after a restart", up)
			}
			q.resumed(q.id, map[bool]string{true: call.AskDial(q.ask)}[q.asked.transfer == ""])
			q.isHandedOn()
			q.otherLeaves()
			q.ends()
		})
	}
	asksBoth(t, rig, func(q *question) { // the way back was ordered, and not carried out
		q.toAll()
		q.isWithAll()
		q.restarts(q.known()...)
		q.resumed(q.ask, q.second)
		q.toOther()
		q.isWithOther()
		q.restarts() // and nobody knows of any of it
		q.nothingLeft(q.ask)
		again := awaitEvent[call.Arrived](q.bench, "").Call
		q.legsAreGone(q.leg)
		q.endBy(true, again, q.who)
	})
}

// known is what the core knows.
func (q *question) known() []asterisk.Known {
	return []asterisk.Known{{Call: q.id, Channel: q.channel, Leg: q.leg}, {Call: q.ask, Channel: call.AskDial(q.ask), Leg: q.second}}
}

// knownHandedOn is that after the caller was handed on.
func (q *question) knownHandedOn() asterisk.Known {
	k := asterisk.Known{Call: q.id, Channel: q.channel, Transfer: q.asked.transfer}
	if k.Transfer == "" {
		k.Leg = call.AskDial(q.ask)
	}
	return k
}

// restarts has another controller in the place of this one.
func (q *question) restarts(known ...asterisk.Known) {
	q.t.Helper()
	q.stop()
	q.rig.Config.Carriers = &Carriers{} // it counts anew
	q.bench = begin(q.t, q.rig, known...)
}
