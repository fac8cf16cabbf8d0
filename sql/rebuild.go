package sql

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
)

// projected are the tables that hold nothing but what the facts amount to. The rows of a
// call are those of its facts, which have its day; those of the tables in acrossDays hang
// together over all days.
var (
	projected = []string{"call_fact", "queue_visit", "offer_fact", "agent_span", "caller", "message",
		"callback_fact", "callback_attempt", "ewt_shadow", "outgoing_call", "talk", "handover", "trunk_call", "disposition", "talk_quality", "listening", "recording"}
	acrossDays = []string{"agent_span", "caller", "disposition", "talk_quality"}
)

// ofDays reports whether a table has its rows by the day of their call.
func ofDays(table string) bool { return !slices.Contains(acrossDays, table) }

var written = regexp.MustCompile(`(?:INSERT INTO|UPDATE) (\w+)`)

// table is the one that a projection changes.
func (p projection) table() string { return written.FindStringSubmatch(p.change)[1] }

// Rebuild computes every projection anew from call_event, month by month, and what hangs
// together over all days at the end. Each piece is a transaction: readers see the old rows
// until the new ones are there, and shipping waits for a piece, not for all. The rollups
// of what has changed follow in the background. The caller key of DB's Config is used for
// all rows. When it fails, it may be begun again at any time.
func (db *DB) Rebuild(ctx context.Context) (err error) {
	defer wrapError(&err, "Rebuild")
	own, err := db.openOwn()
	if err != nil {
		return err
	}
	defer own.Close()
	var known struct{ First, Last *time.Time }
	if err := own.GetContext(ctx, &known, `SELECT min(call_day) AS first, max(call_day) AS last FROM call_event`); err != nil {
		return err
	}
	if known.First == nil {
		return transact(ctx, own, func(tx *sqlx.Tx) error { return db.rebuild(ctx, tx) })
	}
	for month := monthOf(*known.First); !month.After(*known.Last); month = month.AddDate(0, 1, 0) {
		began := time.Now()
		if err := transact(ctx, own, func(tx *sqlx.Tx) error {
			if err := begin(ctx, tx); err != nil {
				return err
			}
			until := month.AddDate(0, 1, 0)
			if err := forget(ctx, tx, ofDays, `call_day >= $1 AND call_day < $2`, month, until); err != nil {
				return err
			}
			return db.replayDays(ctx, tx, ofDays, month, until)
		}); err != nil {
			return fmt.Errorf("%s: %w", month.Format("2006-01"), err)
		}
		db.cfg.Log.Info("a month was computed anew", "month", month.Format("2006-01"), "took", time.Since(began))
	}
	if err := transact(ctx, own, func(tx *sqlx.Tx) error {
		if err := begin(ctx, tx); err != nil {
			return err
		}
		if err := tx.GetContext(ctx, &known, `SELECT min(call_day) AS first, max(call_day) AS last FROM call_event`); err != nil {
			return err
		}
		if err := forget(ctx, tx, ofDays, `NOT call_day BETWEEN $1 AND $2`, *known.First, *known.Last); err != nil {
			return err
		}
		across := func(table string) bool { return !ofDays(table) }
		if err := forget(ctx, tx, across, `true`); err != nil {
			return err
		}
		if err := db.replayDays(ctx, tx, across, *known.First, known.Last.AddDate(0, 0, 1)); err != nil {
			return err
		}
		return db.replay(ctx, tx, across, `type = 'agent.state'`)
	}); err != nil {
		return err
	}
	return analyze(ctx, own)
}

// Analyze has Postgres count what is in the tables, after many rows were written at once.
// Until it does so by itself, minutes later, it plans queries badly: an audit of 22,000
// calls took seven times as long.
func (db *DB) Analyze(ctx context.Context) (err error) {
	defer wrapError(&err, "Analyze")
	own, err := db.openOwn()
	if err != nil {
		return err
	}
	defer own.Close()
	return analyze(ctx, own)
}

func analyze(ctx context.Context, own *sqlx.DB) error {
	_, err := own.ExecContext(ctx, `SET client_min_messages = error; ANALYZE`) // it warns of tables of Postgres' own
	return err
}

func monthOf(day time.Time) time.Time {
	return time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// rebuild is Rebuild within one transaction.
func (db *DB) rebuild(ctx context.Context, tx *sqlx.Tx) error {
	if err := begin(ctx, tx); err != nil {
		return err
	}
	if err := forget(ctx, tx, everyTable, `true`); err != nil {
		return err
	}
	return db.replayAll(ctx, tx)
}

// begin keeps shipping out until the transaction ends.
func begin(ctx context.Context, tx *sqlx.Tx) error {
	for _, q := range []string{`LOCK TABLE call_event IN SHARE MODE`, fresh} {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

func everyTable(string) bool { return true }

// forget deletes the rows for which where holds from some tables: not TRUNCATE, which would
// keep readers out. Those of recordings without facts stay.
func forget(ctx context.Context, tx *sqlx.Tx, of func(table string) bool, where string, args ...any) error {
	for _, table := range projected {
		if !of(table) {
			continue
		}
		condition := where
		if table == "recording" { // that of a call whose facts were dropped could not be computed anew
			condition = `NOT alone AND (` + where + `)`
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE `+condition, args...); err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	return nil
}

// replayAll projects all facts into all tables. A call is whole within its day; an agent's
// spans hang together over all.
func (db *DB) replayAll(ctx context.Context, tx *sqlx.Tx) error {
	if err := db.replayDays(ctx, tx, everyTable, time.Unix(0, 0).UTC(), time.Now().AddDate(100, 0, 0)); err != nil {
		return err
	}
	return db.replay(ctx, tx, everyTable, `type = 'agent.state'`)
}

// replayDays projects the facts of calls of some days into some tables, day by day.
func (db *DB) replayDays(ctx context.Context, tx *sqlx.Tx, of func(table string) bool, from, until time.Time) error {
	// The planner knows the tables as they were before, or not at all. Guessing
	// that a row or two will match, it would go through a day of facts for each
	// row of a table: 100,000 calls then take hours.
	if _, err := tx.ExecContext(ctx, `SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '128MB'`); err != nil {
		return err
	}
	var days []time.Time
	if err := tx.SelectContext(ctx, &days, `SELECT DISTINCT call_day FROM call_event WHERE call_day >= $1 AND call_day < $2 ORDER BY 1`, from, until); err != nil {
		return err
	}
	for _, d := range days {
		if err := db.replay(ctx, tx, of, `type <> 'agent.state' AND call_day = $1`, d); err != nil {
			return err
		}
	}
	return nil
}

// replay projects the facts for which where holds into some tables.
func (db *DB) replay(ctx context.Context, tx *sqlx.Tx, of func(table string) bool, where string, args ...any) error {
	if _, err := tx.ExecContext(ctx, `TRUNCATE fresh`); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO fresh SELECT `+freshColumns+` FROM call_event WHERE `+where, args...); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `ANALYZE fresh`); err != nil { // it may hold a day of a million facts
		return err
	}
	var kinds []string
	if err := tx.SelectContext(ctx, &kinds, `SELECT DISTINCT type FROM fresh`); err != nil {
		return err
	}
	return db.project(ctx, tx, of, func(kind string) bool { return slices.Contains(kinds, kind) })
}
