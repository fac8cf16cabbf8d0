package callqueue

import (
	"slices"
	"time"

	"presszero/callqueue/estimate"
)

// queues is all queues and the visits in them: who comes in with which place,
// who is served next, what a queue does that is full, closed or without agents,
// and how long a wait will take.
//
// A visit changes only in apply, by applyEntered and applyVisit, and its state
// follows visitMoves. So a decision and the replay of its facts lead to the same
// places in line.
//
// Within a step it is noted who has begun to wait, has come in, or has lost the
// last agent; match and finish look at them and at nobody else, because before
// the step nobody waited whom a free agent could serve.
type queues struct {
	*shared

	lines  map[string]*line
	names  []string // of lines, sorted, so that decisions have one order
	groups []*group

	lost   memory // who was lost from the line, to be known again
	served memory // who served whom

	fresh      []*visit        // began to wait in this step…
	unmatched  []*visit        // …and those of them that are not looked at yet
	entered    []*visit        // entered a queue in this step
	unattended []*group        // lost their last agent in this step
	missed     map[*visit]bool // who wait and have been missed or refused by an agent
}

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
func (qs *queues) group(l *line, skill string, level int) *group {
	if level <= 0 {
		skill, level = "", 0
	}
	ask := ask{skill, level}
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

func (qs *queues) add(q Settings) *line {
	l := &line{Settings: inForce(q), asked: map[ask]*group{}}
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

// line returns the queue of that name. One that nobody configured works with
// the defaults: a caller in it is still a caller.
func (qs *queues) line(name string) *line {
	if l := qs.lines[name]; l != nil {
		return l
	}
	return qs.add(Settings{Name: name})
}
