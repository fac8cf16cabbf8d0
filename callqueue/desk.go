package callqueue

import (
	"cmp"
	"slices"
	"time"

	"presszero/call"
)

// desk is all that an agent's page shows.
func (fl *floor) desk(a *agent) call.Desk {
	d := call.Desk{Presence: a.presence, Reason: a.reason, State: a.state, Since: a.since,
		Media: a.address != "", Queues: a.told, Notice: a.notice}
	if v := a.visit; v != nil {
		switch a.state {
		case call.Ringing, call.Connecting:
			if v.outgoing() {
				d.Offer = ownOffer(v)
				break
			}
			d.Offer = &call.DeskOffer{Offer: v.offer, Caller: v.card(), Queue: v.queue,
				Waiting: v.first, Expires: v.offered.Add(fl.queues.line(v.queue).Ring), Returned: v.returned, Why: a.reasonFor}
			if t := v.ticket; t != nil && !t.up {
				d.Offer.Callback = &call.DeskCallback{Number: t.number, Attempt: t.attempts + 1, Until: t.until, Dialing: v.state == Dialing}
			}
		case call.Talking:
			d.Talk = &call.DeskTalk{Call: v.caller.id, Caller: v.card(), Queue: v.queue,
				Since: v.joined, Waited: seconds(v.joined.Sub(v.first)), Outgoing: v.outgoing()}
		}
	}
	if a.state == call.WrapUp {
		until := a.wrapUp
		d.WrapUp = &until
	}
	return d
}

// ownOffer is what an agent sees of the call that she is making.
func ownOffer(v *visit) *call.DeskOffer {
	o := &call.DeskOffer{Offer: v.offer, Caller: v.card(), Waiting: v.first, Expires: v.offered.Add(ownRing), Outgoing: true}
	if !v.ticket.up {
		o.Callback = &call.DeskCallback{Number: v.ticket.number, Attempt: 1, Until: o.Expires, Dialing: true}
	}
	return o
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
	VIP    bool
	State  State
	Since  time.Time // entered the line
	Agent  call.AgentID

	Key      time.Time    // the order key
	Callback *CallbackNow // not on the phone, or not before we called
}

// CallbackNow is what was promised to somebody, and where that stands.
type CallbackNow struct {
	Begin, Until time.Time // the window promised
	Due          time.Time // in line again, while parked
	Expires      time.Time
	Attempts     int
	OnPhone      bool
}

// AgentNow is one agent at one moment.
type AgentNow struct {
	Agent    call.AgentID
	Name     string
	Queues   []string
	Skills   map[string]int // not to be changed
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
	for _, v := range m.talks.byAgent {
		talking[v.queue] = append(talking[v.queue], v.now())
	}
	for _, name := range m.queues.names {
		q := QueueNow{Name: name, Talking: talking[name]}
		m.queues.lines[name].open.each(func(v *visit) bool {
			q.Waiting = append(q.Waiting, v.now())
			return true
		})
		slices.SortFunc(q.Talking, func(a, b CallerNow) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Visit, b.Visit)) })
		snap.Queues = append(snap.Queues, q)
	}
	for _, a := range m.floor.agents {
		n := AgentNow{Agent: a.id, Name: a.name, Queues: a.told, Skills: a.skills, Presence: a.presence,
			Reason: a.reason, State: a.state, Since: a.since, Media: a.address != ""}
		if a.visit != nil {
			n.Call = a.visit.caller.id
		}
		snap.Agents = append(snap.Agents, n)
	}
	slices.SortFunc(snap.Agents, func(a, b AgentNow) int { return cmp.Compare(a.Agent, b.Agent) })
	return snap
}

func (v *visit) now() CallerNow {
	who := v.card()
	n := CallerNow{Call: v.caller.id, Visit: v.id, Number: who.Number, Name: who.Name, VIP: who.VIP,
		State: v.state, Since: v.entered, Agent: v.agent, Key: v.key}
	if t := v.ticket; t != nil {
		n.Callback = &CallbackNow{Begin: t.begin, Until: t.until, Expires: t.expires, Attempts: t.attempts, OnPhone: t.up}
		if v.state == Parked {
			n.Callback.Due = t.parked
		}
	}
	return n
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
}

// Talks returns the talks that are going on, by call. After a restart it is
// what the switch and the media are compared with.
func (m *Machine) Talks() map[call.ID]Talk {
	talks := map[call.ID]Talk{}
	for _, v := range m.talks.byAgent {
		talks[v.caller.id] = Talk{v.leg, v.agent}
	}
	return talks
}
