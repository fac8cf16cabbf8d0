package web_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"presszero/internal/figures"
	"presszero/report"
	"presszero/web"
)

// wallBook is web.Walls and web.Limits in memory.
type wallBook struct {
	mu      sync.Mutex
	walls   []web.Wall
	hashes  [][32]byte
	crossed []figures.Crossing
	made    int
	acts    *actBook
}

func (b *wallBook) Walls(context.Context) ([]web.Wall, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]web.Wall{}, b.walls...), nil
}

func (b *wallBook) AddWall(_ context.Context, w web.Wall, hash [32]byte) (web.Wall, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.made++
	w.ID, w.Made = fmt.Sprint("w", b.made), nine
	b.walls, b.hashes = append(b.walls, w), append(b.hashes, hash)
	b.acts.Write(w.By, "wall.add", nil)
	return w, nil
}

func (b *wallBook) EndWall(_ context.Context, id, by string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, w := range b.walls {
		if w.ID == id {
			b.acts.Write(by, "wall.end", nil)
			b.walls, b.hashes = append(b.walls[:i:i], b.walls[i+1:]...), append(b.hashes[:i:i], b.hashes[i+1:]...)
			return nil
		}
	}
	return web.ErrNotFound
}

func (b *wallBook) WallOf(_ context.Context, hash [32]byte) (web.Wall, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, h := range b.hashes {
		if h == hash {
			return b.walls[i], nil
		}
	}
	return web.Wall{}, web.ErrNotFound
}

func (b *wallBook) Crossings(_ context.Context, _ report.Period, queues []string) (list []figures.Crossing, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	u := web.User{Role: web.RoleSupervisor, Queues: queues}
	for _, c := range b.crossed {
		if u.May(c.Queue) {
			list = append(list, c)
		}
	}
	return list, nil
}

// hang adds a screen that is signed in by a token.
func (b *wallBook) hang(token string, ends time.Time, queues ...string) {
	_, _ = b.AddWall(context.Background(), web.Wall{Name: "Hall", Queues: queues, By: "admin", Ends: ends}, sha256.Sum256([]byte(token)))
}
