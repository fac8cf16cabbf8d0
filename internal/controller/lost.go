package controller

import (
	"context"
	"errors"
	"slices"
	"time"

	"presszero/call"
	"presszero/callqueue"
	"presszero/report"
	"presszero/web"
)

// LostValues implements report.PeopleBooks: what the flow in force says.
func (r reports) LostValues() (list []report.LostValue) {
	for _, q := range r.flows.current().flow.Queues {
		list = append(list, report.LostValue{Queue: q.Name, Control: q.Lost.Control.Share(), Value: q.Lost.Value, Buy: q.Lost.Buy.Share()})
	}
	return list
}

// LostCounts implements report.PeopleBooks.
func (r reports) LostCounts(ctx context.Context, q report.Period, hours []float64) ([]report.LostCount, error) {
	return r.DB.LostCounts(ctx, q, hours, r.LostValues()...)
}

// lost has callers who gave up called back.
type lost struct{ controller *Controller }

// CallBackLost implements web.Lost.
func (l lost) CallBackLost(ctx context.Context, who report.LostCaller, queue, note, by string) (string, error) {
	c := l.controller
	if c.outgoing == nil {
		return "", web.Unfit("No calls leave this site; PRESSZERO_TRUNK is not set.")
	}
	var refused error
	if err := c.runner.Ask(ctx, func(time.Time) { refused = c.line.MayBook(call.ID(who.Call), who.Number, who.Name, queue, "") }); err != nil {
		return "", err
	}
	switch {
	case errors.Is(refused, callqueue.ErrBooked):
		return "", web.Unfit("A callback to this number is open already; it is kept as it was promised.")
	case refused != nil:
		return "", web.Unfit(refused.Error())
	}
	id := newID()
	if note != "" { // before the callback is there: an agent may have it at once
		if err := c.db.WriteCallbackNote(ctx, string(id), note, by); err != nil {
			return "", err
		}
	}
	c.runner.Post(call.CallbackOrdered{Callback: id, From: call.ID(who.Call), Queue: queue, Number: who.Number, Name: who.Name, Since: who.Entered, By: call.AgentID(by), Lost: true})
	list, err := callbacks{c.runner, c.line}.List(ctx)
	if err == nil && !slices.ContainsFunc(list, func(b web.Callback) bool { return b.ID == string(id) }) {
		err = web.Unfit("The line has not taken the callback: one to this number may be open already.")
	}
	return string(id), err
}
