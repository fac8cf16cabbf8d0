package callqueue

import (
	"cmp"
	"slices"
	"time"

	"presszero/call"
)

// match offers callers to agents until nobody waits whom a free agent may
// serve. Before the step there was no such pair, so only agents who have just
// become free and callers who have just begun to wait can make one.
func (m *Machine) match(s *call.Step) {
	m.fresh, m.unmatched = append(m.fresh, m.unmatched...), nil
	if len(m.freed) > 0 {
		for _, v := range m.fresh {
			m.show(v)
		}
		for m.serveFreed(s) {
		}
		m.freed = m.freed[:0]
	}
	if len(m.fresh) == 0 {
		return
	}
	fresh := slices.Clone(m.fresh)
	m.fresh = m.fresh[:0]
	slices.SortFunc(fresh, inOrder)
	for i, v := range fresh {
		m.unmatched = fresh[i+1:]
		if v.place < 0 {
			continue // found somebody, or is gone
		}
		s.About(v.caller.id)
		if free := m.candidates(v, s.Now); len(free) > 0 {
			m.offer(s, v, free)
		} else {
			m.show(v)
			m.lonely(s, v.group)
		}
	}
}

// show tells the agents who serve a visit that it is there.
func (m *Machine) show(v *visit) {
	if v.place != 0 {
		return // another stands before it, and is known
	}
	for _, p := range v.group.profiles {
		p.notice(v.group)
	}
}

// serveFreed gives the agents who have become free one caller: of those whom
// they may serve, the one whose turn it is. It goes to whoever of all free
// agents is the best for it, who need not be one of these.
func (m *Machine) serveFreed(s *call.Step) bool {
	var best *visit
	var rank int64
	for i := 0; i < len(m.freed); i++ {
		a := m.freed[i]
		var v *visit
		if a.free() {
			v = a.profile.next(func(v *visit) bool { return m.may(v, a, s.Now) })
		}
		if v == nil {
			if from := m.mayDialFrom(a, s.Now); a.free() && from.After(s.Now) {
				s.After(from.Sub(s.Now), call.Timer{Kind: "may_dial", Of: string(a.id), Agent: a.id})
			}
			m.freed = slices.Delete(m.freed, i, i+1)
			i--
			continue
		}
		if r := a.profile.rank(v, v.group.line); best == nil || r < rank || r == rank && v.before(best) {
			best, rank = v, r
		}
	}
	if best == nil {
		return false
	}
	s.About(best.caller.id)
	m.offer(s, best, m.candidates(best, s.Now))
	return true
}

// may reports whether the agent, who serves the visit's group, may have it:
// the visit is not kept for another agent; if it is a callback, the agent may
// make a call now; and the agent has not missed the visit before, unless no
// other agent is left to try.
func (m *Machine) may(v *visit, a *agent, now time.Time) bool {
	if !v.onPhone() && m.mayDialFrom(a, now).After(now) {
		return false // serveFreed has set a timer
	}
	if v.sticky != "" && v.sticky != a.id && now.Before(v.reserved) {
		return false
	}
	return len(v.tried) == 0 || !v.hasTried(a.id) || !m.another(v)
}

// another reports whether an agent is at work who serves the visit and has not
// been tried for it. Without one those who were tried are asked again: better
// than nobody.
func (m *Machine) another(v *visit) bool {
	for _, p := range v.group.profiles {
		for _, a := range p.members {
			if a.atWork() && !v.hasTried(a.id) {
				return true
			}
		}
	}
	return false
}

// candidates returns the free agents who may have the visit, the best first:
// at least the best few of them.
func (m *Machine) candidates(v *visit, now time.Time) []*agent {
	var free []*agent
	by := idlest
	switch v.group.line.Strategy {
	case call.LeastRecent:
		by = leastRecent
	case call.MostSkilled:
		by = func(a, b *agent) int { return cmp.Or(b.skills[v.skill]-a.skills[v.skill], idlest(a, b)) }
	}
	for _, p := range v.group.profiles {
		n := len(free)
		for _, a := range p.ready {
			if m.may(v, a, now) {
				free = append(free, a)
			}
			if v.group.line.Strategy == call.LongestIdle && len(free)-n == traced {
				break // they are in this order already
			}
		}
	}
	if a := m.agents[v.sticky]; a != nil && a.free() && a.profile.serves(v.group) && m.may(v, a, now) {
		free = slices.DeleteFunc(free, func(b *agent) bool { return a == b })
		slices.SortFunc(free, by)
		return slices.Insert(free, 0, a)
	}
	slices.SortFunc(free, by)
	return free
}

// widen lowers what is asked of an agent, as the queue's table says.
func (m *Machine) widen(s *call.Step, v *visit) {
	l := m.line(v.queue)
	level, stays := l.levelAfter(v.level, s.Now.Sub(v.entered))
	if stays > 0 {
		s.After(stays, v.timer("widen"))
	}
	if v.state != Waiting {
		return // wait() will see to it
	}
	m.pull(v)
	v.group = m.group(l, v.skill, level)
	v.group.push(v)
	m.look(v)
}
