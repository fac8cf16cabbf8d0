package web_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"presszero/web"
)

// talkBook is web.Talks with whatever the test writes in it. All calls are the
// agent's, but for "other" and what is no call (m9).
type talkBook struct {
	targets  web.Targets
	language string // last asked for
	card     web.Card
	refusal  error // of what is written…
	cardToo  bool  // …and of the card

	mu    sync.Mutex
	acts  *actBook
	said  web.Disposition
	notes []string
	at    time.Time
}

func (b *talkBook) Targets(_ context.Context, _ web.User, language string) (web.Targets, error) {
	b.mu.Lock()
	b.language = language
	b.mu.Unlock()
	list := b.targets
	list.Queues = append([]web.TargetQueue{}, list.Queues...)
	list.Colleagues = append([]web.Colleague{}, list.Colleagues...)
	list.Numbers = append([]web.TargetNumber{}, list.Numbers...)
	list.Breaks = append([]web.Break{}, list.Breaks...)
	return list, nil
}

// written takes what is written about a call.
func (b *talkBook) written(call string, take func()) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if call == "other" || call == "m9" {
		return web.ErrNotFound
	}
	if b.refusal == nil {
		take()
	}
	return b.refusal
}

func (b *talkBook) Card(_ context.Context, _ web.User, call, language string) (web.Card, error) {
	b.mu.Lock()
	b.language = language
	b.mu.Unlock()
	c := b.card
	c.Call, c.Codes = call, append([]web.Code{}, c.Codes...)
	err := b.written(call, func() { c.Said.Disposition = b.said })
	if b.cardToo || errors.Is(err, web.ErrNotFound) {
		return c, err
	}
	return c, nil
}

// refuse has all that is written refused from now on.
func (b *talkBook) refuse(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refusal = err
}

// note is the last that was kept.
func (b *talkBook) note() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.said.Note
}

func (b *talkBook) NoteCaller(_ context.Context, u web.User, call, name, note string) error {
	return b.written(call, func() {
		b.notes = append(b.notes, name+": "+note)
		b.acts.Write(u.Name, "caller.edit", nil) // in its transaction
	})
}

func (b *talkBook) Dispose(_ context.Context, _ web.User, call string, d web.Disposition) error {
	return b.written(call, func() { b.said = d })
}

func (b *talkBook) BookCallback(_ context.Context, _ web.User, call string, at time.Time) (web.Booked, error) {
	return web.Booked{ID: "b1", Begin: at, Until: at.Add(time.Hour)}, b.written(call, func() { b.at = at })
}

func (b *talkBook) Complain(_ context.Context, u web.User, call, text string) error {
	return b.written(call, func() {
		b.notes = append(b.notes, text)
		b.acts.Write(u.Name, "complaint.write", nil) // in its transaction
	})
}

func (b *talkBook) MoreTime(context.Context, web.User) error { return b.written("c1", func() {}) }
