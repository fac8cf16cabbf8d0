package rehearsal

import (
	"fmt"
	"time"

	"presszero/call"
)

// staff lets the agents sign in: those of the whole day now, the others when
// their shifts begin.
func (d *day) staff() {
	able := Shift{Skills: d.defaultSkills()}
	for i := range d.Agents {
		p := &person{id: call.AgentID(fmt.Sprintf("a%04d", i+1)), shift: able}
		d.people[p.id] = p
		d.here = append(d.here, p)
		d.signIn(p)
	}
	for i, s := range d.Staff {
		for j := range max(s.Agents, 1) {
			p := &person{id: call.AgentID(fmt.Sprintf("s%d.%04d", i+1, j+1)), shift: s}
			d.people[p.id] = p
			d.here = append(d.here, p)
			d.schedule(s.From, func() { d.signIn(p) })
			if s.Until > s.From {
				d.schedule(s.Until, func() { d.choose(p, false) })
			}
		}
	}
	if d.Away != nil {
		d.schedule(0, d.roster)
	}
}

// defaultSkills are the skills of agents without a shift of their own: all that any queue
// asks for, since they serve all.
func (d *day) defaultSkills() map[string]int {
	var skills map[string]int
	can := func(skill string) {
		if skill == "" {
			return
		}
		if skills == nil {
			skills = map[string]int{}
		}
		skills[skill] = 10
	}
	for _, q := range d.Queues {
		can(q.Skill)
	}
	for _, ask := range d.Skills {
		can(ask.Skill)
	}
	return skills
}

func (d *day) signIn(p *person) {
	d.postEvent(call.SignedIn{Agent: p.id, Queues: p.shift.Queues, Skills: p.shift.Skills, Shift: call.ID("shift." + string(p.id))})
	d.postEvent(call.MediaUp{Agent: p.id, Address: "rehearsal"})
	d.choose(p, true)
}

// choose lets an agent be there or not. An agent who talks finishes first.
func (d *day) choose(p *person, present bool) {
	if p.present == present {
		return
	}
	d.tally(p)
	p.present, p.since = present, d.now
	presence := call.Available
	if !present {
		presence = call.Away
	}
	d.postEvent(call.Chose{Agent: p.id, Presence: presence, Reason: "shift"})
}

// tally adds up the time she was there.
func (d *day) tally(p *person) {
	if p.present {
		d.staffed += d.now.Sub(p.since)
		p.since = d.now
	}
}

// roster has as many of the agents away as the plan says, each minute anew.
func (d *day) roster() {
	away := d.Away(d.now.Sub(opening))
	for i, p := range d.here[:d.Agents] {
		d.choose(p, i >= away)
	}
	if d.ends.IsZero() {
		d.schedule(time.Minute, d.roster)
	}
}
