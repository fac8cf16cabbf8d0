package sql

import (
	"context"
	stdsql "database/sql"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// Wall is a screen that shows the wall, and how it is signed in.
type Wall struct {
	ID     string         `db:"wall_id"`
	Name   string         `db:"name"`
	Queues pq.StringArray `db:"queues"`     // none: all
	Hash   []byte         `db:"token_hash"` // SHA-256 of its token
	By     string         `db:"made_by"`
	Made   time.Time      `db:"made_at"`
	Ends   time.Time      `db:"ends_at"`
}

// ErrNoWall: there is no such screen.
var ErrNoWall = errors.New("there is no such screen")

// Walls lists the screens whose sign-in has not ended, by name.
func (db *DB) Walls(ctx context.Context) (list []Wall, err error) {
	defer wrapError(&err, "Walls")
	err = db.reports.SelectContext(ctx, &list, `
		SELECT wall_id, name, queues, token_hash, made_by, made_at, ends_at FROM wall WHERE ends_at > now() ORDER BY name, made_at`)
	return list, err
}

// AddWall keeps a new screen, and who has made it. It returns the screen with its id.
func (db *DB) AddWall(ctx context.Context, w Wall) (made Wall, err error) {
	defer wrapError(&err, "AddWall")
	err = db.Transact(ctx, func(tx *sqlx.Tx) error {
		if err := tx.GetContext(ctx, &made, `
			INSERT INTO wall (name, queues, token_hash, made_by, ends_at) VALUES ($1, $2, $3, $4, $5)
			RETURNING wall_id, name, queues, token_hash, made_by, made_at, ends_at`, w.Name, w.Queues, w.Hash, w.By, w.Ends); err != nil {
			return err
		}
		return audit(ctx, tx, w.By, "wall.add", map[string]any{"wall": made.ID, "name": w.Name, "queues": w.Queues, "ends": w.Ends})
	})
	return made, err
}

// EndWall ends the sign-in of a screen. ErrNoWall.
func (db *DB) EndWall(ctx context.Context, id, by string) (err error) {
	defer wrapError(&err, "EndWall(%q)", id)
	return db.Transact(ctx, func(tx *sqlx.Tx) error {
		var name string
		err := tx.GetContext(ctx, &name, `DELETE FROM wall WHERE wall_id::text = $1 RETURNING name`, id)
		if errors.Is(err, stdsql.ErrNoRows) {
			return ErrNoWall
		}
		if err != nil {
			return err
		}
		return audit(ctx, tx, by, "wall.end", map[string]any{"wall": id, "name": name})
	})
}
