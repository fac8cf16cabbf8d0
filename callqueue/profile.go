package callqueue

import (
	"container/heap"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"
)

// rankOf is a visit's key as these agents see it: with the head start that its
// queue has with them.
func (p *profile) rankOf(v *visit, l *line) int64 {
	head, own := p.head[l.Name]
	if !own {
		head = HeadStart(l.Weight)
	}
	return v.key.Add(-head).UnixNano()
}

// profileFor returns the profile of agents who serve and can do this.
func (fl *floor) profileFor(served []string, skills map[string]int, head map[string]time.Duration) *profile {
	queues := slices.Sorted(slices.Values(served))
	name := fmt.Sprint(queues, skills, head) // maps are printed in order
	for _, p := range fl.profiles {
		if p.name == name {
			return p
		}
	}
	p := &profile{name: name, queueNames: queues, skills: maps.Clone(skills), head: maps.Clone(head), slots: map[*group]*slot{}}
	fl.profiles = append(fl.profiles, p)
	for _, name := range fl.queues.names {
		l := fl.queues.lines[name]
		if p.servesQueue(name) {
			l.profiles = append(l.profiles, p)
		}
		for _, g := range l.groups {
			if p.serves(g) {
				g.profiles = append(g.profiles, p)
				p.noticeGroup(g)
			}
		}
	}
	return p
}

// removeProfile forgets a profile that no agent has any more.
func (fl *floor) removeProfile(p *profile) {
	is := func(q *profile) bool { return q == p }
	fl.profiles = slices.DeleteFunc(fl.profiles, is)
	for _, l := range fl.queues.lines {
		l.profiles = slices.DeleteFunc(l.profiles, is)
		for _, g := range l.groups {
			g.profiles = slices.DeleteFunc(g.profiles, is)
		}
	}
}

// noticeGroup makes sure that the group is looked at when its head has its turn.
func (p *profile) noticeGroup(g *group) {
	if len(g.waiting) == 0 {
		return
	}
	key := p.rankOf(g.waiting[0], g.line)
	if s := p.slots[g]; s == nil {
		s = &slot{group: g, key: key}
		p.slots[g] = s
		heap.Push(&p.groups, s)
	} else if key < s.key {
		s.key = key
		heap.Fix(&p.groups, s.place)
	}
}

// topGroup returns the group whose head is served next, nil when no visit waits. It
// puts right what has changed since it was looked at last.
func (p *profile) topGroup() *slot {
	for len(p.groups) > 0 {
		s := p.groups[0]
		if len(s.group.waiting) == 0 {
			heap.Pop(&p.groups)
			delete(p.slots, s.group)
			continue
		}
		key := p.rankOf(s.group.waiting[0], s.group.line)
		if key == s.key {
			return s
		}
		s.key = key
		heap.Fix(&p.groups, 0)
	}
	return nil
}

// nextVisit returns the visit that this agent serves next, of all that wait for her profile.
func (p *profile) nextVisit(may func(*visit) bool) *visit {
	s := p.topGroup()
	if s == nil {
		return nil
	}
	if v := s.group.waiting[0]; may(v) {
		return v
	}
	return p.searchBehindHeads(may)
}

// searchBehindHeads looks behind heads that this agent may not have: those kept
// for another agent, and those she has missed before.
func (p *profile) searchBehindHeads(may func(*visit) bool) *visit {
	var aside []*slot
	var best *visit
	var rank int64
	for s := p.topGroup(); s != nil && (best == nil || s.key < rank); s = p.topGroup() {
		s.group.waiting.eachInOrder(func(v *visit) bool {
			if !may(v) {
				return true
			}
			if r := p.rankOf(v, s.group.line); best == nil || r < rank {
				best, rank = v, r
			}
			return false
		})
		heap.Pop(&p.groups)
		aside = append(aside, s)
	}
	for _, s := range aside {
		heap.Push(&p.groups, s)
	}
	return best
}

// addReady and hold keep the free agents in the order of idleness.
func (p *profile) addReady(a *agent) {
	at := sort.Search(len(p.ready), func(i int) bool { return !p.ready[i].idler(a) })
	p.ready = slices.Insert(p.ready, at, a)
}

func (p *profile) removeReady(a *agent) {
	if i := slices.Index(p.ready, a); i >= 0 {
		p.ready = slices.Delete(p.ready, i, i+1)
	}
}
