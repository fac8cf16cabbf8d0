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
func (qs *queues) match(s *call.Step) {
	qs.fresh, qs.unmatched = append(qs.fresh, qs.unmatched...), nil
	if len(qs.floor.freed) > 0 {
		for _, v := range qs.fresh {
			qs.noticeVisit(v)
		}
		for qs.serveFreed(s) {
		}
		qs.floor.freed = qs.floor.freed[:0]
	}
	if len(qs.fresh) == 0 {
		return
	}
	fresh := slices.Clone(qs.fresh)
	qs.fresh = qs.fresh[:0]
	slices.SortFunc(fresh, inOrder)
	for i, v := range fresh {
		qs.unmatched = fresh[i+1:]
		if v.place < 0 {
			continue // offered to an agent, or gone
		}
		s.About(v.caller.id)
		if free := qs.candidates(v, s.Now); len(free) > 0 {
			qs.talks.startOffer(s, v, free)
		} else {
			qs.noticeVisit(v)
			qs.startUnstaffedTimer(s, v.group)
		}
	}
}

// noticeVisit tells the agents who serve a visit that it is there.
func (qs *queues) noticeVisit(v *visit) {
	if v.place != 0 {
		return // another stands before it, and is known
	}
	for _, p := range v.group.profiles {
		p.noticeGroup(v.group)
	}
}

// serveFreed gives the agents who have become free one caller: of those whom
// they may serve, the one whose turn it is. It goes to whoever of all free
// agents is the best for it, who need not be one of these.
func (qs *queues) serveFreed(s *call.Step) bool {
	var best *visit
	var rank int64
	for i := 0; i < len(qs.floor.freed); i++ {
		a := qs.floor.freed[i]
		var v *visit
		if a.canTakeOffer() {
			v = a.profile.nextVisit(func(v *visit) bool { return qs.mayServe(v, a, s.Now) })
		}
		if v == nil {
			if from := qs.dialer.mayDialFrom(a, s.Now); a.canTakeOffer() && from.After(s.Now) {
				s.After(from.Sub(s.Now), call.Timer{Kind: mayDialTimer, Of: string(a.id), Agent: a.id})
			}
			qs.floor.freed = slices.Delete(qs.floor.freed, i, i+1)
			i--
			continue
		}
		if r := a.profile.rankOf(v, v.group.line); best == nil || r < rank || r == rank && v.before(best) {
			best, rank = v, r
		}
	}
	if best == nil {
		return false
	}
	s.About(best.caller.id)
	qs.talks.startOffer(s, best, qs.candidates(best, s.Now))
	return true
}

// candidates returns the free agents who may have the visit, the best first:
// at least the best few of them.
func (qs *queues) candidates(v *visit, now time.Time) []*agent {
	var free []*agent
	by := v.group.line.order(v.skill)
	for _, p := range v.group.profiles {
		n := len(free)
		for _, a := range p.ready {
			if qs.mayServe(v, a, now) {
				free = append(free, a)
			}
			if v.group.line.Strategy == call.LongestIdle && len(free)-n == traced {
				break // they are in this order already
			}
		}
	}
	if a := qs.floor.agents[v.sticky]; a != nil && a.canTakeOffer() && a.profile.serves(v.group) && qs.mayServe(v, a, now) {
		free = slices.DeleteFunc(free, func(b *agent) bool { return a == b })
		slices.SortFunc(free, by)
		return slices.Insert(free, 0, a)
	}
	slices.SortFunc(free, by)
	return free
}

// order orders agents as the queue's strategy has it, for a caller who asks for that
// skill.
func (l *line) order(skill string) func(a, b *agent) int {
	switch l.Strategy {
	case call.LeastRecent:
		return leastRecent
	case call.MostSkilled:
		return func(a, b *agent) int { return cmp.Or(b.skills[skill]-a.skills[skill], idlest(a, b)) }
	}
	return idlest
}

// widen lowers what is asked of an agent, as the queue's table says.
func (qs *queues) widen(s *call.Step, v *visit) {
	l := qs.lineNamed(v.queue)
	level, stays := l.levelAfter(v.level, s.Now.Sub(v.entered))
	if stays > 0 {
		s.After(stays, v.timer(widenTimer))
	}
	if v.state != Waiting {
		return // putInLine takes the level of that moment
	}
	qs.takeFromHeap(v)
	v.group = qs.group(l, v.skill, level)
	v.group.pushVisit(v)
	qs.markUnmatched(v)
}
