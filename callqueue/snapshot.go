package callqueue

import (
	"cmp"
	"slices"
	"time"

	"presszero/call"
)

// Snapshot is the floor at one moment.
type Snapshot struct {
	Queues []call.QueueNow
	Agents []call.AgentNow
}

// Snapshot returns the floor as it is now.
func (m *Machine) Snapshot(now time.Time) Snapshot {
	var snap Snapshot
	talking := map[string][]call.CallerNow{}
	for _, v := range m.talks.byAgent {
		talking[v.queue] = append(talking[v.queue], v.callerNow())
	}
	for _, name := range m.queues.names {
		l := m.queues.lines[name]
		q := call.QueueNow{Name: name, Open: l.isOpen(now), Talking: talking[name]}
		if d := l.door; d != nil {
			q.Switched = &call.SwitchedNow{Open: d.Open, Until: d.Until, By: d.By}
		}
		if d := l.peak; d != nil {
			q.Peak = &call.PeakNow{Until: d.Until, By: d.By}
		}
		l.open.eachOpen(func(v *visit) bool {
			q.Waiting = append(q.Waiting, v.callerNow())
			return true
		})
		slices.SortFunc(q.Talking, func(a, b call.CallerNow) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Visit, b.Visit)) })
		snap.Queues = append(snap.Queues, q)
	}
	for _, a := range m.floor.agents {
		n := call.AgentNow{Agent: a.id, Name: a.name, Queues: a.told, Skills: bestFirst(a.skills), Presence: a.presence,
			Reason: a.reason, State: a.state, Since: a.since, Media: a.address != ""}
		if v := a.visit; v != nil {
			n.Call, n.Gone, n.Listeners = v.caller.id, v.pauses.gap, v.listenersNow()
			if v.pauses.held {
				n.Hold = v.pauses.since.Add(-v.pauses.this)
			}
		}
		n.Help = a.help
		orders := m.floor.directedTo(a.id)
		n.Leaving, n.Today = orders.leaving != nil, orders.today != nil
		if a.presence == call.Away {
			n.SetBy = orders.away.by()
		}
		m.talks.noteAsking(a, &n)
		snap.Agents = append(snap.Agents, n)
	}
	slices.SortFunc(snap.Agents, func(a, b call.AgentNow) int { return cmp.Compare(a.Agent, b.Agent) })
	return snap
}

func (v *visit) callerNow() call.CallerNow {
	who := v.deskCard()
	n := call.CallerNow{Call: v.caller.id, Visit: v.id, Number: who.Number, Name: who.Name, VIP: who.VIP,
		State: v.state.shown(), Since: v.entered, Agent: v.agent, Next: v.front, Key: v.key}
	if t := v.ticket; t != nil {
		n.Callback = &call.CallbackNow{Begin: t.begin, Until: t.until, Expires: t.expires, Attempts: t.attempts, OnPhone: t.up}
		if v.state == Parked {
			n.Callback.Due = t.parked
		}
	}
	return n
}

// shown is the state in the words of the API.
func (s State) shown() string {
	if s == Offered {
		return string(call.Ringing)
	}
	return string(s)
}

// bestFirst lists skills by falling level.
func bestFirst(skills map[string]int) (list []call.SkillLevel) {
	for name, level := range skills {
		list = append(list, call.SkillLevel{Name: name, Level: level})
	}
	slices.SortFunc(list, func(a, b call.SkillLevel) int { return cmp.Or(b.Level-a.Level, cmp.Compare(a.Name, b.Name)) })
	return list
}

// Outgoing returns the channels of the calls that we have made and that may
// still be up, by callback. After a restart the switch is asked about them, as
// about the callers of Register.Open.
func (m *Machine) Outgoing() map[call.ID]string {
	out := map[call.ID]string{}
	for id, c := range m.callers {
		if c.ticket != nil && c.ticket.dial != "" {
			out[id] = c.ticket.dial
		}
	}
	return out
}

// Talk is what a talk that is going on is made of.
type Talk struct {
	Leg   string
	Agent call.AgentID
	Gap   bool   // the agent's page or audio is gone, and the talk waits for it
	With  string // the leg of the talk that this one's far end is united with; "": none
}

// Talks returns the talks that are going on, by call. After a restart it is
// what the switch and the media are compared with.
func (m *Machine) Talks() map[call.ID]Talk {
	talks := map[call.ID]Talk{}
	for _, v := range m.talks.byAgent {
		talks[v.caller.id] = Talk{Leg: v.leg, Agent: v.agent, Gap: !v.pauses.gap.IsZero()}
	}
	for id, k := range m.talks.asks {
		v := m.callers[id].visit
		if k.state != Talking || v == nil {
			continue
		}
		talk := Talk{Leg: k.leg, Agent: k.agent, Gap: !v.pauses.gap.IsZero()}
		if k.ticket.asks.with == call.WithAll {
			talk.With = v.leg
		}
		talks[k.caller.id] = talk
	}
	return talks
}

// Owes reports whether we owe a caller with this number a place: a callback is
// open, or the line was lost a moment ago and it was not the caller's doing.
func (m *Machine) Owes(number string, now time.Time) bool {
	if call.Withheld(number) {
		return false
	}
	e164 := m.dialer.normalized(number)
	for _, l := range m.callbacks.booked {
		if m.callbacks.owedTo(e164, l.Name) {
			return true
		}
	}
	for _, queue := range m.queues.names {
		if x, ok := m.queues.lost.lookup(number, queue, now); ok && x.ours && now.Sub(x.at) <= placeLimit {
			return true
		}
	}
	return false
}

// owedTo reports whether a callback is open for the number.
func (cbs *callbacks) owedTo(e164, queue string) bool {
	for i := range mostPersons {
		if cbs.tickets[ticketKey{e164, queue, i}] != nil {
			return true
		}
	}
	return false
}
