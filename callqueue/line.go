package callqueue

import "slices"

// addVisit puts a visit into the line.
func (l *line) addVisit(v *visit) {
	l.open.insert(v)
	v.older = l.newest
	if l.newest != nil {
		l.newest.newer = v
	} else {
		l.oldest = v
	}
	l.newest = v
}

// removeFromLine takes a visit out, for good: it talks, or it is over.
func (l *line) removeFromLine(v *visit) {
	l.open.remove(v)
	if v.older != nil {
		v.older.newer = v.newer
	} else if l.oldest == v {
		l.oldest = v.newer
	}
	if v.newer != nil {
		v.newer.older = v.older
	} else if l.newest == v {
		l.newest = v.older
	}
	v.older, v.newer = nil, nil
}

// waitingCount is how many wait.
func (l *line) waitingCount() int { return countsBelow(l.open.root).waiting }

// group returns the visits that ask for the same.
func (qs *queues) group(l *line, skill string, level int) *group {
	if level <= 0 {
		skill, level = "", 0
	}
	ask := requirement{skill, level}
	if g := l.asked[ask]; g != nil {
		return g
	}
	g := &group{line: l, skill: skill, level: level, number: len(qs.groups)}
	qs.groups = append(qs.groups, g)
	l.groups = append(l.groups, g)
	l.asked[ask] = g
	for _, p := range qs.floor.profiles {
		if p.serves(g) {
			g.profiles = append(g.profiles, p)
		}
	}
	return g
}

func (qs *queues) addQueue(q Settings) *line {
	l := &line{Settings: inForce(q), asked: map[requirement]*group{}}
	l.dials.Half, l.abandoned.Half = predialMemory, predialMemory
	qs.lines[q.Name] = l
	at, _ := slices.BinarySearch(qs.names, q.Name)
	qs.names = slices.Insert(qs.names, at, q.Name)
	for _, p := range qs.floor.profiles {
		if p.servesQueue(q.Name) {
			l.profiles = append(l.profiles, p)
		}
	}
	return l
}

// lineNamed returns the queue of that name. One that is not configured works with
// the defaults: a caller in it is still a caller.
func (qs *queues) lineNamed(name string) *line {
	if l := qs.lines[name]; l != nil {
		return l
	}
	return qs.addQueue(Settings{Name: name})
}

// noteUnstaffed notes that a group has lost its last agent.
func (qs *queues) noteUnstaffed(g *group) { qs.unattended = append(qs.unattended, g) }
