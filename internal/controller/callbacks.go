package controller

import (
	"cmp"
	"context"
	"slices"
	"time"

	"presszero/call"
	"presszero/callqueue"
	"presszero/web"
)

// callbacks shows the pages the people who wait to be called, and takes such a promise
// back for them.
type callbacks struct {
	runner *call.Runner
	line   *callqueue.Machine
}

// List implements web.Callbacks.
func (p callbacks) List(ctx context.Context) ([]web.Callback, error) {
	var snap callqueue.Snapshot
	if err := p.runner.Ask(ctx, func(now time.Time) { snap = p.line.Snapshot(now) }); err != nil {
		return nil, err
	}
	var list []web.Callback
	for _, q := range snap.Queues {
		for _, c := range slices.Concat(q.Waiting, q.Talking) {
			if c.Callback != nil {
				list = append(list, openCallback(q.Name, c))
			}
		}
	}
	slices.SortStableFunc(list, func(a, b web.Callback) int { return cmp.Compare(parked(a), parked(b)) })
	return list, nil
}

func parked(c web.Callback) int {
	if c.Due != nil {
		return 1
	}
	return 0
}

func openCallback(queue string, c call.CallerNow) web.Callback {
	b := web.Callback{ID: string(c.Call), Queue: queue, Number: c.Number, Name: c.Name, State: c.State,
		Entered: c.Since, Begin: c.Callback.Begin, Until: c.Callback.Until, Expires: c.Callback.Expires,
		Attempts: c.Callback.Attempts, OnPhone: c.Callback.OnPhone, Agent: string(c.Agent)}
	if !c.Callback.Due.IsZero() {
		b.Due = &c.Callback.Due
	}
	return b
}

// Cancel implements web.Callbacks.
func (p callbacks) Cancel(ctx context.Context, id, by string) error {
	list, err := p.List(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(c web.Callback) bool { return c.ID == id })
	switch {
	case i < 0:
		return web.ErrNotFound
	case list[i].OnPhone:
		return web.ErrChanged
	}
	p.runner.Post(call.CallbackCancelled{Callback: call.ID(id), By: by})
	// What is asked after it is answered after it: the page that asks for the
	// list at once must not see the callback again.
	return p.runner.Ask(ctx, func(time.Time) {})
}

// CallBack implements web.Messages: the person who left the message is called, at the
// place in line that the message has had since it was left.
func (m messages) CallBack(ctx context.Context, id, by, from string) error {
	if m.controller.outgoing == nil {
		return web.Unfit("No calls leave this site; PRESSZERO_TRUNK is not set.")
	}
	msg, err := m.db.Message(ctx, id)
	if err != nil {
		return messageError(err)
	}
	if _, err := m.controller.outgoing.Check(msg.Number); err != nil {
		return web.Unfit(err.Error())
	}
	if err := m.Take(ctx, id, by, from); err != nil {
		return err
	}
	m.controller.runner.Post(call.CallbackOrdered{Callback: newID(), From: call.ID(msg.Call), Queue: msg.Queue,
		Number: msg.Number, Name: msg.Name, Since: msg.LeftAt, By: call.AgentID(by)})
	return nil
}

// learn tells the line what the books know of its queues, now and every hour.
func (c *Controller) learn(ctx context.Context) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		for _, q := range c.flows.current().flow.Queues {
			known, err := c.db.Learned(ctx, q.Name, time.Now())
			if err != nil {
				c.log.Warn("a queue's past waiting times cannot be read from the database; its estimates do without them; tried again in an hour", "queue", q.Name, "err", err)
				known = call.Learned{Queue: q.Name}
			}
			c.runner.Post(known)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
