package controller

import (
	"context"
	"slices"
	"time"

	"presszero/call"
	"presszero/callqueue"
	"presszero/ivr"
	"presszero/web"
)

// Targets implements web.Talks.
func (d talks) Targets(ctx context.Context, u web.User, language string) (web.Targets, error) {
	c := d.controller
	var snap callqueue.Snapshot
	if err := c.runner.Ask(ctx, func(now time.Time) { snap = c.line.Snapshot(now) }); err != nil {
		return web.Targets{}, err
	}
	return targets(c.flows.current().flow, snap, u, language), nil
}

// targets are those of a user at one moment.
func targets(flow *ivr.Flow, snap callqueue.Snapshot, u web.User, language string) web.Targets {
	list := web.Targets{Queues: []web.TargetQueue{}, Colleagues: []web.Colleague{}, Numbers: []web.TargetNumber{}, Breaks: []web.Break{}}
	for _, a := range snap.Agents {
		if string(a.Agent) != u.Name {
			list.Colleagues = append(list.Colleagues, web.Colleague{Agent: a.Agent, Name: a.Name, State: colleagueState(a)})
		}
	}
	for _, q := range flow.Queues {
		one := web.TargetQueue{Name: q.Name}
		if i := slices.IndexFunc(snap.Queues, func(n call.QueueNow) bool { return n.Name == q.Name }); i >= 0 {
			one.Open, one.Waiting = snap.Queues[i].Open, len(snap.Queues[i].Waiting)
		}
		for _, a := range snap.Agents {
			if serves(a.Queues, q.Name) && a.Presence == call.Available && a.State == call.Idle && a.Media {
				one.Free++
			}
		}
		list.Queues = append(list.Queues, one)
		if serves(u.Queues, q.Name) {
			for _, f := range q.Favourites {
				list.Numbers = append(list.Numbers, web.TargetNumber{Name: f.Name.In(language, flow.Language), Number: f.Number, Queue: q.Name})
			}
		}
	}
	for _, b := range flow.Breaks {
		list.Breaks = append(list.Breaks, web.Break{ID: b.ID, Title: b.Title.In(language, flow.Language)})
	}
	return list
}

// serves reports whether a queue is among an agent's; none named: all are.
func serves(queues []string, queue string) bool {
	return len(queues) == 0 || slices.Contains(queues, queue)
}

// colleagueState is what another agent does; one who does nothing may be away.
func colleagueState(a call.AgentNow) string {
	if a.State == call.Idle && a.Presence != call.Available {
		return string(call.Away)
	}
	return string(a.State)
}
