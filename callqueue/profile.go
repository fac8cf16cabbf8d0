package callqueue

import (
	"container/heap"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"
)

// group is the visits of one queue that ask for the same skill at the same
// level: whoever serves one of them serves all.
type group struct {
	line     *line
	skill    string
	level    int
	number   int // in the order of making, so that decisions have one order
	waiting  visitHeap
	profiles []*profile // whose agents serve it
	alone    bool       // somebody waits, nobody at work serves it, and it has been noticed…
	forsaken int        // one more than m.staffing was when it was found that this is no accident
}

// staffed reports whether any agent at work serves the group.
func (g *group) staffed() bool {
	for _, p := range g.profiles {
		if p.present > 0 {
			return true
		}
	}
	return false
}

// profile is what agents can do. Agents of the same profile are
// interchangeable, so whom they serve next is looked for once for all of them:
// not a walk over queues, but the top of a heap of groups.
type profile struct {
	name   string
	queues []string // empty: all
	skills map[string]int
	head   map[string]time.Duration

	members []*agent // signed in
	ready   []*agent // who may be offered a caller, longest idle first
	present int      // Available with audio, whatever they are doing
	groups  slotHeap
	slots   map[*group]*slot
}

func (p *profile) servesQueue(queue string) bool {
	return len(p.queues) == 0 || slices.Contains(p.queues, queue)
}

func (p *profile) serves(g *group) bool {
	return p.servesQueue(g.line.Name) && (g.level == 0 || p.skills[g.skill] >= g.level)
}

// rank is a visit's key as these agents see it: with the head start that its
// queue has with them.
func (p *profile) rank(v *visit, l *line) int64 {
	head, own := p.head[l.Name]
	if !own {
		head = HeadStart(l.Weight)
	}
	return v.key.Add(-head).UnixNano()
}

// profile returns the profile of agents who serve and can do this.
func (fl *floor) profile(served []string, skills map[string]int, head map[string]time.Duration) *profile {
	queues := slices.Sorted(slices.Values(served))
	name := fmt.Sprint(queues, skills, head) // maps are printed in order
	for _, p := range fl.profiles {
		if p.name == name {
			return p
		}
	}
	p := &profile{name: name, queues: queues, skills: maps.Clone(skills), head: maps.Clone(head), slots: map[*group]*slot{}}
	fl.profiles = append(fl.profiles, p)
	for _, name := range fl.queues.names {
		l := fl.queues.lines[name]
		if p.servesQueue(name) {
			l.profiles = append(l.profiles, p)
		}
		for _, g := range l.groups {
			if p.serves(g) {
				g.profiles = append(g.profiles, p)
				p.notice(g)
			}
		}
	}
	return p
}

// drop forgets a profile that nobody has any more.
func (fl *floor) drop(p *profile) {
	is := func(q *profile) bool { return q == p }
	fl.profiles = slices.DeleteFunc(fl.profiles, is)
	for _, l := range fl.queues.lines {
		l.profiles = slices.DeleteFunc(l.profiles, is)
		for _, g := range l.groups {
			g.profiles = slices.DeleteFunc(g.profiles, is)
		}
	}
}

// notice makes sure that the group is looked at when its head has its turn.
func (p *profile) notice(g *group) {
	if len(g.waiting) == 0 {
		return
	}
	key := p.rank(g.waiting[0], g.line)
	if s := p.slots[g]; s == nil {
		s = &slot{group: g, key: key}
		p.slots[g] = s
		heap.Push(&p.groups, s)
	} else if key < s.key {
		s.key = key
		heap.Fix(&p.groups, s.place)
	}
}

// top returns the group whose head is served next, nil when nobody waits. It
// puts right what has changed since it was looked at last.
func (p *profile) top() *slot {
	for len(p.groups) > 0 {
		s := p.groups[0]
		if len(s.group.waiting) == 0 {
			heap.Pop(&p.groups)
			delete(p.slots, s.group)
			continue
		}
		key := p.rank(s.group.waiting[0], s.group.line)
		if key == s.key {
			return s
		}
		s.key = key
		heap.Fix(&p.groups, 0)
	}
	return nil
}

// next returns whom this agent serves next, of all who wait for her profile.
func (p *profile) next(may func(*visit) bool) *visit {
	s := p.top()
	if s == nil {
		return nil
	}
	if v := s.group.waiting[0]; may(v) {
		return v
	}
	return p.search(may)
}

// search looks behind heads that this agent may not have: those who are kept
// for another agent, and those she has missed before.
func (p *profile) search(may func(*visit) bool) *visit {
	var aside []*slot
	var best *visit
	var rank int64
	for s := p.top(); s != nil && (best == nil || s.key < rank); s = p.top() {
		s.group.waiting.each(func(v *visit) bool {
			if !may(v) {
				return true
			}
			if r := p.rank(v, s.group.line); best == nil || r < rank {
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

// release and hold keep the free agents in the order of idleness.
func (p *profile) release(a *agent) {
	at := sort.Search(len(p.ready), func(i int) bool { return !p.ready[i].idler(a) })
	p.ready = slices.Insert(p.ready, at, a)
}

func (p *profile) hold(a *agent) {
	if i := slices.Index(p.ready, a); i >= 0 {
		p.ready = slices.Delete(p.ready, i, i+1)
	}
}
