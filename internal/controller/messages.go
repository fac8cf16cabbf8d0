package controller

import (
	"context"
	"errors"
	"io/fs"

	"presszero/call/number"
	"presszero/recordings"
	"presszero/report"
	"presszero/sql"
	"presszero/web"
)

// callers shows and changes what is known of those who call.
type callers struct {
	db      *sql.DB
	numbers number.Reader
}

// Callers implements web.Callers. A whole number is found in every writing.
func (c callers) Callers(ctx context.Context, number string, queues []string, limit int) ([]report.Caller, error) {
	typed := []string{number}
	if e164, ok := c.numbers.E164(number); ok {
		typed = append(typed, e164)
	}
	return c.db.Callers(ctx, typed, queues, limit)
}

// EditCaller implements web.Callers.
func (c callers) EditCaller(ctx context.Context, key string, e report.CallerEdit, queues []string, by string) (report.Caller, error) {
	caller, err := c.db.EditCaller(ctx, key, e, queues, by)
	if errors.Is(err, sql.ErrNoCaller) {
		err = web.ErrNotFound
	}
	return caller, err
}

// messages are the tasks that mailboxes make. audio opens what was said; nil:
// no recordings are kept here.
type messages struct {
	db         *sql.DB
	controller *Controller // to call back
	kept       recordings.Messages
	audio      func(ctx context.Context, id string) (web.Audio, error)
}

// Messages implements web.Messages.
func (m messages) Messages(ctx context.Context, done bool, queues []string, limit int) ([]report.Message, error) {
	list, err := m.db.Messages(ctx, done, queues, limit)
	held, unread := m.kept.Held()
	if unread != nil {
		m.controller.log.Error("which messages are on hold cannot be read", "err", unread)
	}
	for i := range list {
		list[i].Held = held[list[i].ID]
	}
	return list, err
}

// QueueOf implements web.Messages.
func (m messages) QueueOf(ctx context.Context, id string) (string, error) {
	msg, err := m.db.Message(ctx, id)
	return msg.Queue, messageError(err)
}

// Take implements web.Messages.
func (m messages) Take(ctx context.Context, id, by, from string) error {
	return messageError(m.db.TakeMessage(ctx, id, by, from))
}

// Done implements web.Messages.
func (m messages) Done(ctx context.Context, id, by, how string) error {
	return messageError(m.db.FinishMessage(ctx, id, by, how))
}

// Hold implements web.Messages.
func (m messages) Hold(_ context.Context, id, why string) error {
	return noMessage(m.kept.Hold(id, why))
}

// Release implements web.Messages.
func (m messages) Release(_ context.Context, id string) error { return noMessage(m.kept.Release(id)) }

func noMessage(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.As(err, new(recordings.Unusable)) {
		return web.ErrNotFound
	}
	return err
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
