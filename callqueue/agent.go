package callqueue

import (
	"slices"
	"sort"
	"time"

	"presszero/call"
)

// agent is one signed-in agent. Presence is hers; state is ours.
type agent struct {
	id     call.AgentID
	name   string
	queues []string // that she serves; empty: all
	shift  call.ID

	presence call.Presence
	reason   string
	state    call.AgentState
	since    time.Time // of state
	idle     time.Time // end of the last work; the longest idle is offered first
	address  string    // where her audio is reached; "" while the path is down
	joined   string    // the address that the leg of her talk leads to

	visit  *visit    // whom she is offered, or talks with
	wrapUp time.Time // when after-call work ends by itself
	gen    int       // counts changes of state, so that old timers are known
	notice *call.DeskNotice
}

// free reports whether she may be offered a caller now.
func (a *agent) free() bool {
	return a.presence == call.Available && a.state == call.Idle && a.address != ""
}

func (a *agent) serves(queue string) bool {
	return len(a.queues) == 0 || slices.Contains(a.queues, queue)
}

// become is the only way into a state.
func (m *Machine) become(s *call.Step, a *agent, state call.AgentState) {
	was := a.state
	a.state, a.since = state, s.Now
	a.gen++
	if state == call.Idle {
		a.visit = nil
		a.wrapUp = time.Time{}
		if was == call.Talking || was == call.WrapUp {
			a.idle = s.Now // an offer that came to nothing does not send her to the back
		}
	}
	m.note(s, a)
}

// choose changes her presence; why is her own word or the line's reason.
func (m *Machine) choose(s *call.Step, a *agent, p call.Presence, why string) {
	a.presence, a.reason = p, why
	m.note(s, a)
}

// note states what she now is, and has her page shown it.
func (m *Machine) note(s *call.Step, a *agent) {
	f := call.AgentChanged{Agent: a.id, Presence: a.presence, Reason: a.reason, State: a.state}
	if a.visit != nil {
		f.Call = a.visit.caller.id
	}
	s.State(a.shift, f)
	m.changed(a)
}

// changed keeps the list of free agents and remembers to show her page.
func (m *Machine) changed(a *agent) {
	i := slices.Index(m.free, a)
	if i >= 0 {
		m.free = slices.Delete(m.free, i, i+1)
	}
	if a.free() {
		at := sort.Search(len(m.free), func(i int) bool {
			b := m.free[i]
			return b.idle.After(a.idle) || b.idle.Equal(a.idle) && b.id > a.id
		})
		m.free = slices.Insert(m.free, at, a)
	}
	if !slices.Contains(m.toShow, a) {
		m.toShow = append(m.toShow, a)
	}
}

// tell leaves a notice for her page.
func (a *agent) tell(what string, at time.Time) {
	a.notice = &call.DeskNotice{What: what, At: at}
}

// wrap begins after-call work, or ends it where the queue has none.
func (m *Machine) wrap(s *call.Step, a *agent, queue string) {
	limit := m.line(queue).WrapUp
	if limit == 0 {
		m.become(s, a, call.Idle)
		return
	}
	a.visit = nil
	a.wrapUp = s.Now.Add(limit)
	m.become(s, a, call.WrapUp)
	s.After(limit, call.Timer{Kind: "wrap_up", Of: string(a.id), Gen: a.gen})
}

// signedIn takes an agent's page in. She is Away until she chooses, except
// that an agent whose talk outlived a restart of ours is given back to it.
func (m *Machine) signedIn(s *call.Step, ev call.SignedIn) {
	if old := m.agents[ev.Agent]; old != nil {
		m.left(s, old)
	}
	a := &agent{id: ev.Agent, name: ev.Name, queues: ev.Queues, shift: ev.Shift,
		presence: call.Away, reason: call.ReasonSignedIn, state: call.Idle,
		since: s.Now, idle: s.Now}
	m.agents[a.id] = a
	for _, c := range m.callers {
		if v := c.visit; v != nil && v.state == Talking && v.agent == a.id {
			a.visit = v
			a.state, a.since = call.Talking, v.joined
		}
	}
	m.note(s, a)
}

// left takes an agent away whose page is gone. Whom she had goes back in line.
func (m *Machine) left(s *call.Step, a *agent) {
	m.release(s, a, "agent_lost")
	a.state, a.visit, a.address = call.Idle, nil, ""
	a.presence, a.reason = call.SignedOut, ""
	m.note(s, a)
	s.Drop(a.shift)
	delete(m.agents, a.id)
}

// release gives whom she has back to the line, at the place the caller had.
func (m *Machine) release(s *call.Step, a *agent, why string) {
	v := a.visit
	if v == nil {
		return
	}
	switch a.state {
	case call.Ringing:
		m.endOffer(s, v, "cancelled", why)
	case call.Connecting:
		m.failBridge(s, v, why)
	case call.Talking:
		m.breakOff(s, v, call.SideAgent, why)
	}
}

// mediaUp: her audio is reached at this address. When that is another than the
// one her talk was joined through, as after the media process has died, the
// two are joined anew, without asking her again.
func (m *Machine) mediaUp(s *call.Step, a *agent, address string) {
	moved := a.state == call.Talking && a.joined != "" && a.joined != address
	a.address = address
	m.changed(a)
	if !moved {
		return
	}
	c := a.visit.caller
	m.breakOff(s, a.visit, call.SideSystem, "media_lost")
	m.become(s, a, call.Idle)
	m.offer(s, c.visit, a)
	m.accepted(s, call.Accepted{Agent: a.id, Offer: c.visit.offer})
}

// mediaDown: her audio is gone. What rings goes to somebody else at once; a
// talk is given a moment, since her page is already making the path anew.
func (m *Machine) mediaDown(s *call.Step, a *agent) {
	a.address = ""
	switch a.state {
	case call.Ringing, call.Connecting:
		m.release(s, a, "media_lost")
		m.become(s, a, call.Idle)
	case call.Talking:
		s.After(mediaLimit, call.Timer{Kind: "media", Of: string(a.id), Gen: a.gen})
	}
	m.changed(a)
}

// mediaLost: the moment is over and the path did not come back.
func (m *Machine) mediaLost(s *call.Step, a *agent) {
	if a.address != "" || a.state != call.Talking {
		return
	}
	queue := a.visit.queue
	m.release(s, a, "media_lost")
	a.tell("media_lost", s.Now)
	m.wrap(s, a, queue)
}
