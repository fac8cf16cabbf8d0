package callqueue

import (
	"slices"
	"time"

	"presszero/call"
)

// desk is all that an agent's page shows.
func (m *Machine) desk(a *agent) call.Desk {
	d := call.Desk{Presence: a.presence, Reason: a.reason, State: a.state, Since: a.since,
		Media: a.address != "", Queues: a.queues, Notice: a.notice}
	if v := a.visit; v != nil {
		switch a.state {
		case call.Ringing, call.Connecting:
			d.Offer = &call.DeskOffer{Offer: v.offer, Caller: v.who, Queue: v.queue,
				Waiting: v.entered, Expires: v.offered.Add(m.line(v.queue).Ring), Returned: v.returned}
		case call.Talking:
			d.Talk = &call.DeskTalk{Call: v.caller.id, Caller: v.who, Queue: v.queue,
				Since: v.joined, Waited: seconds(v.joined.Sub(v.entered))}
		}
	}
	if a.state == call.WrapUp {
		until := a.wrapUp
		d.WrapUp = &until
	}
	return d
}

// Snapshot is the floor at one moment, for those who watch it.
type Snapshot struct {
	Queues []QueueNow
	Agents []AgentNow
}

// QueueNow is one queue at one moment. Waiting is in the order of service and
// holds all who have not been answered yet.
type QueueNow struct {
	Name    string
	Waiting []CallerNow
	Talking []CallerNow
}

// CallerNow is one caller at one moment.
type CallerNow struct {
	Call   call.ID
	Visit  string
	Number string
	Name   string
	State  State
	Since  time.Time // entered the line
	Agent  call.AgentID
}

// AgentNow is one agent at one moment.
type AgentNow struct {
	Agent    call.AgentID
	Name     string
	Queues   []string
	Presence call.Presence
	Reason   string
	State    call.AgentState
	Since    time.Time
	Media    bool
	Call     call.ID
}

// Snapshot returns the floor as it is now.
func (m *Machine) Snapshot() Snapshot {
	var snap Snapshot
	talking := map[string][]CallerNow{}
	for _, c := range m.callers {
		if v := c.visit; v != nil && v.state == Talking {
			talking[v.queue] = append(talking[v.queue], v.now())
		}
	}
	for _, name := range m.names {
		q := QueueNow{Name: name, Talking: talking[name]}
		open := make([]*visit, 0, len(m.lines[name].open))
		for _, v := range m.lines[name].open {
			open = append(open, v)
		}
		slices.SortFunc(open, func(v, w *visit) int {
			if v.before(w) {
				return -1
			}
			return 1
		})
		for _, v := range open {
			q.Waiting = append(q.Waiting, v.now())
		}
		slices.SortFunc(q.Talking, func(a, b CallerNow) int { return a.Since.Compare(b.Since) })
		snap.Queues = append(snap.Queues, q)
	}
	for _, a := range m.agents {
		n := AgentNow{Agent: a.id, Name: a.name, Queues: a.queues, Presence: a.presence,
			Reason: a.reason, State: a.state, Since: a.since, Media: a.address != ""}
		if a.visit != nil {
			n.Call = a.visit.caller.id
		}
		snap.Agents = append(snap.Agents, n)
	}
	slices.SortFunc(snap.Agents, func(a, b AgentNow) int {
		if a.Agent < b.Agent {
			return -1
		}
		return 1
	})
	return snap
}

func (v *visit) now() CallerNow {
	return CallerNow{Call: v.caller.id, Visit: v.id, Number: v.who.Number, Name: v.who.Name,
		State: v.state, Since: v.entered, Agent: v.agent}
}

// Talk is what a talk that is going on is made of.
type Talk struct {
	Leg   string
	Agent call.AgentID
}

// Talks returns the talks that are going on, by call. After a restart it is
// what the switch and the media are compared with.
func (m *Machine) Talks() map[call.ID]Talk {
	talks := map[call.ID]Talk{}
	for id, c := range m.callers {
		if v := c.visit; v != nil && v.state == Talking {
			talks[id] = Talk{v.leg, v.agent}
		}
	}
	return talks
}
