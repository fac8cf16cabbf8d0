package controller

import (
	"crypto/sha256"
	"errors"
	"log/slog"
	"testing"
	"time"

	"presszero/internal/sqltest"
	"presszero/web"
)

// TestWalls: a screen is known by its token from the moment at which it is added, also after
// a restart and while the database is away; and not once it is removed.
func TestWalls(t *testing.T) {
	t.Parallel()
	db, ctx := sqltest.Open(t), soon(t)
	token := sha256.Sum256([]byte("token"))
	s := &walls{db: db, log: slog.New(slog.DiscardHandler)}
	if _, err := s.WallOf(ctx, token); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("before it was added: %v", err)
	}
	made, err := s.AddWall(ctx, web.Wall{Name: "Hall", Queues: []string{"support"}, By: "sue", Ends: time.Now().Add(time.Hour)}, token)
	if err != nil {
		t.Fatal(err)
	}
	again := &walls{db: db, log: s.log}
	for what, s := range map[string]*walls{"at once": s, "after a restart": again} {
		if w, err := s.WallOf(ctx, token); err != nil || w.ID != made.ID || len(w.Queues) != 1 {
			t.Errorf("%s: %+v, %v", what, w, err)
		}
	}
	if err := s.EndWall(ctx, made.ID, "sue"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.WallOf(ctx, token); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("after it was removed: %v", err)
	}
	if err := s.EndWall(ctx, made.ID, "sue"); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("removed twice: %v", err)
	}
	db.Close()
	if _, err := again.WallOf(ctx, token); err != nil {
		t.Errorf("while the database is away: %v", err)
	}
}
