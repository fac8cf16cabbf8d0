package web_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"presszero/report"
	"presszero/web"
)

// userBook is web.Users in memory.
type userBook struct {
	mu    sync.Mutex
	users map[string]web.User
	told  func(name string) // of every change, before it returns
	fail  error             // of changes, after they were made
}

func (b *userBook) User(_ context.Context, name string) (web.User, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	u, ok := b.users[name]
	if !ok {
		return web.User{}, web.ErrNotFound
	}
	return u, nil
}

func (b *userBook) Users(context.Context) (list []web.User, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, u := range b.users {
		list = append(list, u)
	}
	slices.SortFunc(list, func(a, b web.User) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

func (b *userBook) CreateUser(_ context.Context, u web.User) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.users[u.Name]; ok {
		return web.ErrTaken
	}
	b.users[u.Name] = u
	return nil
}

func (b *userBook) change(name string, f func(*web.User)) error {
	err := b.write(name, f)
	if err == nil && b.fail != nil {
		return b.fail
	}
	if err == nil && b.told != nil {
		b.told(name)
	}
	return err
}

func (b *userBook) write(name string, f func(*web.User)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	u, ok := b.users[name]
	if !ok {
		return web.ErrNotFound
	}
	was := u
	f(&u)
	if u.Role != was.Role || u.Hash != was.Hash || u.Disabled != was.Disabled {
		u.Epoch++ // as the database does
	}
	b.users[name] = u
	return nil
}

func (b *userBook) SetUserHash(_ context.Context, name, hash string, first bool) error {
	return b.change(name, func(u *web.User) { u.Hash, u.FirstPassword = hash, first })
}

func (b *userBook) SetUserRole(_ context.Context, name string, role web.Role) error {
	return b.change(name, func(u *web.User) { u.Role = role })
}

func (b *userBook) SetUserWork(_ context.Context, u web.User) error {
	return b.change(u.Name, func(had *web.User) { had.Queues, had.Skills, had.Weights = u.Queues, u.Skills, u.Weights })
}

func (b *userBook) SetUserDisabled(_ context.Context, name string, disabled bool) error {
	return b.change(name, func(u *web.User) { u.Disabled = disabled })
}

// sessionBook is scs.Store in memory.
type sessionBook struct {
	sync.Map
	deleted atomic.Int64
}

func (b *sessionBook) Delete(token string) error {
	b.deleted.Add(1)
	b.Map.Delete(token)
	return nil
}

func (b *sessionBook) Find(token string) ([]byte, bool, error) {
	data, ok := b.Load(token)
	if !ok {
		return nil, false, nil
	}
	return data.([]byte), true, nil
}

func (b *sessionBook) Commit(token string, data []byte, _ time.Time) error {
	b.Store(token, data)
	return nil
}

// actBook is web.Audit in memory.
type actBook struct {
	mu   sync.Mutex
	acts []report.Act
}

func (b *actBook) Write(who, what string, detail map[string]any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.acts = append(b.acts, report.Act{ID: int64(len(b.acts) + 1), At: nine, Who: who, What: what, Detail: raw(detail)})
}

// all are the details of the acts of a kind.
func (b *actBook) all(what string) (details string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range b.acts {
		if a.What == what {
			details += string(a.Detail)
		}
	}
	return details
}

func (b *actBook) Acts(_ context.Context, f report.ActFilter) (list []report.Act, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range slices.Backward(b.acts) {
		if (f.Before == 0 || a.ID < f.Before) && (f.Who == "" || a.Who == f.Who) &&
			(f.What == "" || a.What == f.What || strings.HasPrefix(a.What, f.What+".")) && len(list) < f.Limit {
			list = append(list, a)
		}
	}
	return list, nil
}
