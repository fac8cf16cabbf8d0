package web_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"presszero/report"
	"presszero/web"
)

// noticeBook is what leaves the page, to whom, and tokens, in memory.
type noticeBook struct {
	mu         sync.Mutex
	notices    []report.Notice
	list       []report.Subscription
	deliveries []report.Delivery
	tokens     []report.Token
	hashes     map[string]string // of tokens, to their ids
	did        []string
	noMail     bool
}

func (b *noticeBook) Notices(_ context.Context, after int64, types, queues []string, limit int) ([]report.Notice, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []report.Notice
	for _, n := range b.notices {
		if n.Seq > after && (len(types) == 0 || slices.Contains(types, n.Type)) && (len(queues) == 0 || slices.Contains(queues, n.Queue)) {
			list = append(list, n)
		}
	}
	return list[:min(len(list), limit)], nil
}

func (b *noticeBook) Subscriptions(context.Context) ([]report.Subscription, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.list), nil
}

func (b *noticeBook) Mail() bool { return !b.noMail }

func (b *noticeBook) AddSubscription(_ context.Context, s report.Subscription) (id, key string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !strings.ContainsAny(s.Address, ":@") {
		return "", "", web.Unfit("This is no address.")
	}
	s.ID, s.CreatedAt = "s"+string(rune('1'+len(b.list))), nine
	b.list = append(b.list, s)
	if s.Kind == report.Webhook {
		key = "whsec_" + s.ID
	}
	return s.ID, key, nil
}

// with changes the subscription of this id.
func (b *noticeBook) with(id, did string, change func(s *report.Subscription)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.list, func(s report.Subscription) bool { return s.ID == id })
	if i < 0 {
		return web.ErrNotFound
	}
	b.did = append(b.did, did+" "+id)
	change(&b.list[i])
	return nil
}

func (b *noticeBook) ChangeSubscription(_ context.Context, n report.Subscription) error {
	return b.with(n.ID, "change", func(s *report.Subscription) {
		s.Address, s.Types, s.Queues, s.Facts, s.Language = n.Address, n.Types, n.Queues, n.Facts, n.Language
	})
}

func (b *noticeBook) RemoveSubscription(_ context.Context, id string) error {
	err := b.with(id, "remove", func(*report.Subscription) {})
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list = slices.DeleteFunc(b.list, func(s report.Subscription) bool { return s.ID == id })
	return err
}

func (b *noticeBook) DisableSubscription(_ context.Context, id, why string) error {
	return b.with(id, "disable", func(s *report.Subscription) {
		if s.DisabledWhy, s.DisabledAt = why, nil; why != "" {
			s.DisabledAt = &nine
		}
	})
}

func (b *noticeBook) RotateKey(_ context.Context, id string, until time.Time) (string, error) {
	return "whsec_new", b.with(id, "key", func(s *report.Subscription) { s.OldKeyUntil = &until })
}

func (b *noticeBook) Deliveries(_ context.Context, _ string, failing bool, _ int) ([]report.Delivery, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(b.deliveries), func(d report.Delivery) bool { return failing && d.Error == "" }), nil
}

func (b *noticeBook) SendTest(_ context.Context, id, by string) error {
	return b.with(id, "test by "+by, func(*report.Subscription) {})
}

func (b *noticeBook) ResendOne(_ context.Context, id string, _ int64) error {
	return b.with(id, "again", func(*report.Subscription) {})
}

func (b *noticeBook) Resend(_ context.Context, id string, _ int64, _ time.Time) (int64, error) {
	return 3, b.with(id, "replay", func(*report.Subscription) {})
}

func (b *noticeBook) Tokens(_ context.Context, owner string) ([]report.Token, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(b.tokens), func(t report.Token) bool { return owner != "" && t.Owner != owner }), nil
}

func (b *noticeBook) AddToken(_ context.Context, t report.Token, hash []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hashes == nil {
		b.hashes = map[string]string{}
	}
	b.hashes[string(hash)] = t.ID
	b.tokens = append(b.tokens, t)
	return nil
}

func (b *noticeBook) RevokeToken(_ context.Context, id, owner string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, t := range b.tokens {
		if t.ID == id && (owner == "" || t.Owner == owner) && t.RevokedAt == nil {
			b.tokens[i].RevokedAt = &nine
			return nil
		}
	}
	return web.ErrNotFound
}

func (b *noticeBook) UseToken(_ context.Context, hash []byte) (report.Token, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, t := range b.tokens {
		if t.ID == b.hashes[string(hash)] && t.RevokedAt == nil && t.ExpiresAt.After(time.Now()) {
			return t, nil
		}
	}
	return report.Token{}, web.ErrNotFound
}
