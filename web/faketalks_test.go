package web_test

import (
	"context"

	"presszero/web"
)

// talkBook is web.Talks with whatever the test writes in it.
type talkBook struct {
	targets  web.Targets
	language string // last asked for
}

func (b *talkBook) Targets(_ context.Context, _ web.User, language string) (web.Targets, error) {
	b.language = language
	list := b.targets
	list.Queues = append([]web.TargetQueue{}, list.Queues...)
	list.Colleagues = append([]web.Colleague{}, list.Colleagues...)
	list.Numbers = append([]web.TargetNumber{}, list.Numbers...)
	list.Breaks = append([]web.Break{}, list.Breaks...)
	return list, nil
}
