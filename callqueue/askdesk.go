package callqueue

import (
	"cmp"

	"presszero/call"
)

// What the pages of both show while somebody is asked: see ask.go.

// deskAsked is what the colleague who is asked sees of it.
func (tk *talks) deskAsked(k *visit) *call.DeskAsked {
	asks := k.ticket.asks
	d := &call.DeskAsked{By: k.agent, Note: asks.note, With: asks.with, Left: k.state == Talking && tk.talkAbout(k) == nil}
	if a := tk.floor.agents[k.agent]; a != nil {
		d.Name = a.name
	}
	return d
}

// deskOther is what the agent who asks sees of it.
func (tk *talks) deskOther(k *visit) *call.DeskOther {
	asks := k.ticket.asks
	d := &call.DeskOther{Ask: k.caller.id, Agent: asks.to, Number: k.ticket.number, With: asks.with, Keys: k.keys}
	if b := tk.floor.agents[asks.to]; b != nil {
		d.Name = b.name
	}
	switch {
	case k.state == Talking:
		d.State, d.Since = string(call.Talking), k.joined
	case k.state == Connecting || asks.accepted:
		d.State, d.Since = string(call.Connecting), k.offered
	default:
		d.State, d.Since = string(call.Ringing), k.offered
	}
	return d
}

// noteAsking tells whom the agent consults, or who consults her.
func (tk *talks) noteAsking(a *agent, n *call.AgentNow) {
	switch v := a.visit; {
	case v == nil:
	case v.isAsked(a):
		n.AskedBy = v.agent
	case tk.asks[v.caller.id] != nil:
		k := tk.asks[v.caller.id]
		n.Asks = cmp.Or(string(k.ticket.asks.to), k.ticket.number)
	}
}

// askVerbs are what the agent who asks may do now.
func (tk *talks) askVerbs(v, k *visit) (all []call.DeskVerb) {
	if k.state == Talking {
		with := k.ticket.asks.with
		for _, turn := range []struct {
			with call.With
			verb call.DeskVerb
		}{{call.WithCaller, call.CanCaller}, {call.WithOther, call.CanOther}, {call.WithAll, call.CanAll}} {
			if turn.with != with && (turn.with != call.WithAll || !v.isJoined()) {
				all = append(all, turn.verb)
			}
		}
		if with != call.WithOther || k.ticket.number != "" {
			all = append(all, call.CanKeys)
		}
		if v.handed < mostHandovers {
			all = append(all, call.CanLeave)
		}
	}
	return append(all, call.CanCancel, call.CanEnd)
}
