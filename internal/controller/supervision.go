package controller

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"presszero/call"
	"presszero/callqueue"
	"presszero/recordings"
	"presszero/web"
)

// supervision carries out what supervisors order on the floor.
type supervision struct {
	runner *call.Runner
	line   *callqueue.Machine
	flows  *flows
}

// longestDoor is how long a door without an end holds at most.
const longestDoor = 24 * time.Hour

// longestTalk is for how long after midnight an agent who is to leave is still signed out.
// One whose page never comes back after a restart would else be at her next sign-in,
// whenever that is.
const longestTalk = 6 * time.Hour

// Direct implements web.Supervision.
func (p supervision) Direct(ctx context.Context, d call.Directive) error {
	var err error
	switch d.What {
	case call.DoorDirective:
		d, err = p.door(ctx, d)
	case call.AwayDirective, call.LeavingDirective:
		err = p.signedIn(ctx, d)
	}
	if d.What == call.EmergencyDirective && d.Text != "" {
		if err := p.flows.canSpeak(ctx, d.Text); err != nil {
			return err
		}
	}
	switch midnight := today(p.flows.current().flow, time.Now()).AddDate(0, 0, 1); d.What {
	case call.AwayDirective, call.TodayDirective:
		d.Until = midnight
	case call.LeavingDirective:
		d.Until = midnight.Add(longestTalk)
	}
	if err != nil {
		return err
	}
	return p.post(ctx, call.DirectiveSet{ID: newID(), Directive: d})
}

// DirectSound implements web.Supervision.
func (p supervision) DirectSound(ctx context.Context, d call.Directive, sound io.Reader) error {
	kept, err := p.flows.keepRecording(ctx, string(d.What), sound)
	var unfit recordings.Unusable
	if errors.As(err, &unfit) {
		return web.Unfit(unfit)
	}
	if err != nil {
		return err
	}
	d.Sound, d.Length = kept.Key(), kept.Length.Seconds()
	return p.Direct(ctx, d)
}

// Lift implements web.Supervision.
func (p supervision) Lift(ctx context.Context, d call.Directive) error {
	return p.post(ctx, call.DirectiveLifted{What: d.What, Queue: d.Queue, Agent: d.Agent, By: d.By})
}

// Place implements web.Supervision.
func (p supervision) Place(ctx context.Context, caller call.ID, next bool, by string) error {
	err := p.waits(ctx, caller, func(_ *callqueue.Machine, c call.CallerNow, _ time.Time) error {
		switch c.State {
		case string(call.Connecting), "dialing":
			return web.Unfit("An agent is about to have this caller.")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return p.post(ctx, call.WaitPlaced{Call: caller, Next: next, By: by})
}

// Move implements web.Supervision.
func (p supervision) Move(ctx context.Context, caller call.ID, queue, by string) error {
	err := p.waits(ctx, caller, func(line *callqueue.Machine, c call.CallerNow, now time.Time) error {
		switch {
		case c.Callback != nil:
			return web.Unfit("This caller waits to be called back, and a callback cannot be moved.")
		case c.State != "waiting":
			return web.Unfit("An agent's page rings for this caller.")
		case !line.IsOpen(queue, now):
			return web.Unfit(fmt.Sprintf("The queue %s is closed now.", queue))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return p.post(ctx, call.WaitMoved{Call: caller, Queue: queue, By: by})
}

// waits asks about a caller who waits, at one moment.
func (p supervision) waits(ctx context.Context, caller call.ID, about func(*callqueue.Machine, call.CallerNow, time.Time) error) error {
	answer := web.ErrNotFound
	err := p.runner.Ask(ctx, func(now time.Time) {
		for _, q := range p.line.Snapshot(now).Queues {
			for _, c := range q.Waiting {
				if c.Call == caller {
					answer = about(p.line, c, now)
				}
			}
		}
	})
	return cmp.Or(err, answer)
}

// AnswerHelp implements web.Supervision.
func (p supervision) AnswerHelp(ctx context.Context, agent call.AgentID, by string) error {
	return p.post(ctx, call.HelpAsked{Agent: agent, By: by})
}

// signedIn refuses an order about an agent who is not there, or is away by her own choice.
func (p supervision) signedIn(ctx context.Context, d call.Directive) error {
	var snap callqueue.Snapshot
	if err := p.runner.Ask(ctx, func(now time.Time) { snap = p.line.Snapshot(now) }); err != nil {
		return err
	}
	i := slices.IndexFunc(snap.Agents, func(a call.AgentNow) bool { return a.Agent == d.Agent })
	switch {
	case i < 0:
		return web.Unfit(fmt.Sprintf("%s is not signed in.", d.Agent))
	case d.What == call.AwayDirective && snap.Agents[i].Presence == call.Away && snap.Agents[i].SetBy == "":
		return web.Unfit(fmt.Sprintf("%s is away already.", d.Agent))
	}
	return nil
}

// post has the loop decide about an event, and waits until it has: the page that asks
// for the floor at once sees what has come of it.
func (p supervision) post(ctx context.Context, ev call.Event) error {
	p.runner.Post(ev)
	return p.runner.Ask(ctx, func(time.Time) {})
}

// door says until when a door holds, and refuses one that would lead callers nowhere.
func (p supervision) door(ctx context.Context, d call.Directive) (call.Directive, error) {
	for _, q := range p.flows.current().flow.Queues {
		if q.Name == d.Queue && !d.Open && q.Closed == (call.Exit{}) {
			return d, web.Unfit("The flow does not say where callers of this queue go when it is closed; write closed: into its queue, as docs/flow.md has it.")
		}
	}
	if !d.Until.IsZero() {
		return d, nil
	}
	var now time.Time
	err := p.runner.Ask(ctx, func(at time.Time) { now, d.Until = at, p.line.HoursChange(d.Queue, at) })
	switch {
	case err != nil:
		return d, err
	case d.Until.IsZero():
		return d, web.Unfit("This queue has no hours that would change; say until when.")
	}
	if last := now.Add(longestDoor); d.Until.After(last) {
		d.Until = last
	}
	return d, nil
}
