package callqueue

import (
	"time"

	"presszero/callqueue/estimate"
)

// line is one queue: its settings, the visits in it and what has been measured.
type line struct {
	Settings
	open     tree // all visits not yet talking
	oldest   *visit
	newest   *visit
	groups   []*group
	asked    map[ask]*group
	profiles []*profile // whose agents serve the queue

	handling    estimate.Handling
	patience    estimate.Patience
	calibration estimate.Calibration
	shadow      estimate.Shadow
	p99         float64            // seconds; 0 unknown
	arrivals    [5]estimate.Fading // by credit, in steps of 30 s

	crew   float64   // agents at work for this queue, as counted…
	crewAt time.Time // …then…
	crewOf int       // …when this was m.staffing

	dials     estimate.Fading // customers called first within a day…
	abandoned estimate.Fading // …who hung up before an agent was there
	booked    int             // open callbacks
	predialed int             // customers called first and not yet with an agent
}

// enter puts a visit into the line.
func (l *line) enter(v *visit) {
	l.open.insert(v)
	v.older = l.newest
	if l.newest != nil {
		l.newest.newer = v
	} else {
		l.oldest = v
	}
	l.newest = v
}

// leave takes a visit out, for good: it talks, or it is over.
func (l *line) leave(v *visit) {
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

// waiting is how many wait.
func (l *line) waiting() int { return sum(l.open.root).waiting }

// ask is what a caller asks of an agent.
type ask struct {
	skill string
	level int
}

// group returns the visits that ask for the same.
func (m *Machine) group(l *line, skill string, level int) *group {
	if level <= 0 {
		skill, level = "", 0
	}
	ask := ask{skill, level}
	if g := l.asked[ask]; g != nil {
		return g
	}
	g := &group{line: l, skill: skill, level: level, number: len(m.groups)}
	m.groups = append(m.groups, g)
	l.groups = append(l.groups, g)
	l.asked[ask] = g
	for _, p := range m.profiles {
		if p.serves(g) {
			g.profiles = append(g.profiles, p)
		}
	}
	return g
}
