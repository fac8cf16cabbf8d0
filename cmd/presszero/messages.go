package main

import (
	"context"
	"errors"

	"presszero/sql"
	"presszero/web"
)

// MenuNodes implements web.Reports.
func (r reports) MenuNodes(ctx context.Context, p web.Period) ([]web.MenuNode, error) {
	rows, err := r.db.MenuNodes(ctx, p.From, p.To)
	list := make([]web.MenuNode, len(rows))
	for i, row := range rows {
		list[i] = web.MenuNode(row)
	}
	return list, err
}

// callers shows and changes what is known of those who call.
type callers struct{ db *sql.DB }

// Callers implements web.Callers.
func (c callers) Callers(ctx context.Context, number string, limit int) ([]web.Caller, error) {
	rows, err := c.db.Callers(ctx, number, limit)
	list := make([]web.Caller, len(rows))
	for i, row := range rows {
		list[i] = shownCaller(row)
	}
	return list, err
}

// EditCaller implements web.Callers.
func (c callers) EditCaller(ctx context.Context, key string, e web.CallerEdit, by string) (web.Caller, error) {
	row, err := c.db.EditCaller(ctx, key, sql.CallerEdit(e), by)
	if errors.Is(err, sql.ErrNoCaller) {
		err = web.ErrNotFound
	}
	return shownCaller(row), err
}

func shownCaller(c sql.Caller) web.Caller {
	return web.Caller{Key: c.Key, Number: c.Number, Name: c.Name, Language: c.Language, VIP: c.VIP, Note: c.Note,
		LastAgent: c.LastAgent, LastCallAt: c.LastCallAt, LastOutcome: c.LastOutcome, Callback: c.Callback != "", UpdatedAt: c.UpdatedAt}
}

// messages are the tasks that mailboxes make. audio opens what was said; nil:
// no recordings are kept here.
type messages struct {
	db    *sql.DB
	p     *program // to call back
	audio func(ctx context.Context, id string) (web.Audio, error)
}

// Messages implements web.Messages.
func (m messages) Messages(ctx context.Context, done bool, limit int) ([]web.Message, error) {
	rows, err := m.db.Messages(ctx, done, limit)
	list := make([]web.Message, len(rows))
	for i, r := range rows {
		list[i] = web.Message{ID: r.ID, Call: r.Call, Queue: r.Queue, Node: r.Node, Number: r.Number, Name: r.Name, VIP: r.VIP,
			LeftAt: r.LeftAt, DueAt: r.DueAt, Length: r.Seconds, State: r.State, TakenBy: r.TakenBy, DoneBy: r.DoneBy, DoneAt: r.DoneAt,
			How: r.How, Overdue: r.Overdue, AgeS: r.AgeS}
	}
	return list, err
}

// Take implements web.Messages.
func (m messages) Take(ctx context.Context, id, by, from string) error {
	return messageError(m.db.TakeMessage(ctx, id, by, from))
}

// Done implements web.Messages.
func (m messages) Done(ctx context.Context, id, by, how string) error {
	return messageError(m.db.FinishMessage(ctx, id, by, how))
}

// Audio implements web.Messages.
func (m messages) Audio(ctx context.Context, id string) (web.Audio, error) {
	if m.audio == nil {
		return web.Audio{}, web.ErrNotFound
	}
	return m.audio(ctx, id)
}

func messageError(err error) error {
	switch {
	case errors.Is(err, sql.ErrNoMessage):
		return web.ErrNotFound
	case errors.Is(err, sql.ErrMessageTaken):
		return web.ErrChanged
	}
	return err
}
