package sql

import (
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
)

// Rebuild computes every projection anew from call_event, in one transaction:
// readers see the old rows until the new ones are there, and shipping waits.
// The caller key of DB's Config is used for all rows.
func (db *DB) Rebuild(ctx context.Context) (err error) {
	defer wrapError(&err, "Rebuild")
	own, err := openPool(db.cfg.URL, 1, 0, 0) // takes as long as it takes
	if err != nil {
		return err
	}
	defer own.Close()
	return transact(ctx, own, func(tx *sqlx.Tx) error { return db.rebuild(ctx, tx) })
}

// rebuild is Rebuild within a transaction.
func (db *DB) rebuild(ctx context.Context, tx *sqlx.Tx) error {
	queries := []string{
		`LOCK TABLE call_event IN SHARE MODE`, // no shipping from here on
		fresh,
	}
	for _, table := range projected {
		queries = append(queries, `DELETE FROM `+table) // not TRUNCATE, which would keep readers out
	}
	for _, q := range queries {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return db.replayAll(ctx, tx)
}

// projected are the tables that hold nothing but what the facts amount to.
var projected = []string{"call_fact", "queue_visit", "offer_fact", "agent_span", "caller", "message",
	"callback_fact", "callback_attempt", "ewt_shadow", "outgoing_call", "talk", "handover", "trunk_call", "disposition", "talk_quality", "listening"}

// replayAll projects all facts. A call is whole within its day; an agent's
// spans hang together over all.
func (db *DB) replayAll(ctx context.Context, tx *sqlx.Tx) error {
	// The planner knows the tables as they were before, or not at all. Guessing
	// that a row or two will match, it would go through a day of facts for each
	// row of a table: 100,000 calls then take hours.
	if _, err := tx.ExecContext(ctx, `SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '128MB'`); err != nil {
		return err
	}
	var days []time.Time
	if err := tx.SelectContext(ctx, &days, `SELECT DISTINCT call_day FROM call_event ORDER BY 1`); err != nil {
		return err
	}
	for _, d := range days {
		if err := db.replay(ctx, tx, `type <> 'agent.state' AND call_day = $1`, d); err != nil {
			return err
		}
	}
	return db.replay(ctx, tx, `type = 'agent.state'`)
}

// replay projects the facts for which where holds.
func (db *DB) replay(ctx context.Context, tx *sqlx.Tx, where string, args ...any) error {
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
	return db.project(ctx, tx, func(kind string) bool { return slices.Contains(kinds, kind) })
}
