package sql

import (
	"context"
	stdsql "database/sql"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"

	"presszero/call"
	"presszero/journal"
)

// Demo is a simulated past that was put into the database.
type Demo struct {
	FilledAt time.Time `db:"filled_at"`
	First    time.Time `db:"first_day"` // of its days
	Days     int       `db:"days"`
}

// Demo returns the simulated past that the database holds; ok is false where there
// is none.
func (db *DB) Demo(ctx context.Context) (d Demo, ok bool, err error) {
	defer wrapError(&err, "Demo")
	err = db.reports.GetContext(ctx, &d, `SELECT filled_at, first_day, days FROM demo`)
	if errors.Is(err, stdsql.ErrNoRows) {
		return Demo{}, false, nil
	}
	return d, err == nil, err
}

// ErrHasCalls: the database holds calls, among which a simulated past would be lost.
var ErrHasCalls = errors.New("the database holds calls already")

// BeginDemo marks the database as one that holds a simulated past. It fails with
// ErrHasCalls where there are calls, simulated ones too.
func (db *DB) BeginDemo(ctx context.Context, first time.Time, days int) (err error) {
	defer wrapError(&err, "BeginDemo")
	return transact(ctx, db.writer, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, `
			INSERT INTO demo (filled_at, first_day, days)
			SELECT clock_timestamp(), $1::date, $2 WHERE NOT EXISTS (SELECT FROM call_event WHERE type = 'call.started')`, first.Format(time.DateOnly), days)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrHasCalls)
		}
		return nil
	})
}

// Fill takes facts into the database that are in no journal, with what they amount to:
// some 1,000 at a time. The facts of a call come in order. No notice tells of them.
func (db *DB) Fill(ctx context.Context, entries []call.Entry) (err error) {
	defer wrapError(&err, "Fill")
	s := NewShipper(db, nil)
	s.silent = true
	s.partitions(ctx, entries)
	return s.sendBatch(ctx, entries, journal.Offset{})
}
