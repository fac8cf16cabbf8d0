package controller

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"presszero/sql"
	"presszero/web"
)

// wallsEvery is how often the screens are read anew: one may be removed by another program.
const wallsEvery = time.Minute

// walls knows the screens on the wall. They are asked all day, so they are in memory, and
// go on while the database is away.
type walls struct {
	db  *sql.DB
	log *slog.Logger

	mu    sync.Mutex
	of    map[[32]byte]web.Wall // by the SHA-256 of its token
	known bool                  // they have been read
}

// run reads the screens until ctx ends.
func (s *walls) run(ctx context.Context) {
	tick := time.NewTicker(wallsEvery)
	defer tick.Stop()
	for {
		if _, err := s.Walls(ctx); err != nil && ctx.Err() == nil {
			s.log.Debug("the screens on the wall cannot be read; those that are known go on", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Walls implements web.Walls.
func (s *walls) Walls(ctx context.Context) ([]web.Wall, error) {
	rows, err := s.db.Walls(ctx)
	if err != nil {
		return nil, err
	}
	list, of := make([]web.Wall, len(rows)), map[[32]byte]web.Wall{}
	for i, w := range rows {
		list[i] = webWall(w)
		of[[32]byte(w.Hash)] = list[i]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of, s.known = of, true
	return list, nil
}

// AddWall implements web.Walls.
func (s *walls) AddWall(ctx context.Context, w web.Wall, hash [32]byte) (web.Wall, error) {
	made, err := s.db.AddWall(ctx, sql.Wall{Name: w.Name, Queues: append([]string{}, w.Queues...), Hash: hash[:], By: w.By, Ends: w.Ends})
	if err != nil {
		return web.Wall{}, err
	}
	_, err = s.Walls(ctx)
	return webWall(made), err
}

// EndWall implements web.Walls.
func (s *walls) EndWall(ctx context.Context, id, by string) error {
	err := s.db.EndWall(ctx, id, by)
	if errors.Is(err, sql.ErrNoWall) {
		return web.ErrNotFound
	}
	if err == nil {
		_, err = s.Walls(ctx)
	}
	return err
}

// WallOf implements web.Walls.
func (s *walls) WallOf(ctx context.Context, hash [32]byte) (web.Wall, error) {
	s.mu.Lock()
	w, is, known := s.of[hash], s.of[hash].ID != "", s.known
	s.mu.Unlock()
	if is {
		return w, nil
	}
	if !known {
		if _, err := s.Walls(ctx); err != nil {
			return web.Wall{}, err
		}
		return s.WallOf(ctx, hash)
	}
	return web.Wall{}, web.ErrNotFound
}

func webWall(w sql.Wall) web.Wall {
	return web.Wall{ID: w.ID, Name: w.Name, Queues: append([]string{}, w.Queues...), By: w.By, Made: w.Made.UTC(), Ends: w.Ends.UTC()}
}
