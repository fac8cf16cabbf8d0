package callqueue

import (
	"container/heap"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"
)

// profile is what agents can do. Agents of the same profile are
// interchangeable, so whom they serve next is looked for once for all of them:
// not a walk over queues, but the top of a heap of groups.
type profile struct {
	name       string
	queueNames []string // empty: all
	skills     map[string]int
	head       map[string]time.Duration

	members []*agent // signed in
	ready   []*agent // who may be offered a caller, longest idle first
	present int      // Available with audio, whatever they are doing
	groups  slotHeap
	slots   map[*group]*slot
}

func (p *profile) servesQueue(queue string) bool {
	return len(p.queueNames) == 0 || slices.Contains(p.queueNames, queue)
}

func (p *profile) serves(g *group) bool {
	return p.servesQueue(g.line.Name) && (g.level == 0 || p.skills[g.skill] >= g.level)
}

// group is the visits of one queue that ask for the same skill at the same
// level: an agent who serves one of them serves all.
type group struct {
	line        *line
	skill       string
	level       int
	number      int // in the order of making, so that decisions have one order
	waiting     visitHeap
	profiles    []*profile // whose agents serve it
	timing      bool       // callers wait without an agent at work, and the timer for that runs
	unstaffedAt int        // floor.staffing+1 when that had lasted too long; 0 never
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

// slot says that a group may have a visit for the agents of a profile. key,
// in nanoseconds, is never above the true one, so the group with the smallest
// is looked at in time, and is put right when it is.
type slot struct {
	group *group
	key   int64
	place int
}

type slotHeap []*slot

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
