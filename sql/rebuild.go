package sql

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// Rebuild computes every projection anew from call_event, in one transaction:
// readers see the old rows until the new ones are there, and shipping waits.
// The caller key of DB's Config is used for all rows.
func (db *DB) Rebuild(ctx context.Context) (err error) {
	defer wrap(&err, "Rebuild")
	own, err := pool(db.cfg.URL, 1, 0, 0) // takes as long as it takes
	if err != nil {
		return err
	}
	defer own.Close()
	return transact(ctx, own, func(tx *sqlx.Tx) error {
		for _, q := range []string{
			`LOCK TABLE call_event IN SHARE MODE`, // no shipping from here on
			fresh,
			// Not TRUNCATE, which would keep readers out.
			`DELETE FROM call_fact`, `DELETE FROM queue_visit`, `DELETE FROM offer_fact`, `DELETE FROM agent_span`,
			`DELETE FROM caller`, `DELETE FROM message`, `DELETE FROM callback_fact`, `DELETE FROM callback_attempt`, `DELETE FROM ewt_shadow`, `DELETE FROM outgoing_call`,
		} {
			if _, err := tx.ExecContext(ctx, q); err != nil {
				return err
			}
		}
		var days []time.Time
		if err := tx.SelectContext(ctx, &days, `SELECT DISTINCT call_day FROM call_event ORDER BY 1`); err != nil {
			return err
		}
		// A call is whole within its day; an agent's spans hang together over all.
		for _, d := range days {
			if err := db.replay(ctx, tx, `type <> 'agent.state' AND call_day = $1`, d); err != nil {
				return err
			}
		}
		return db.replay(ctx, tx, `type = 'agent.state'`)
	})
}

// replay projects the facts for which where holds.
func (db *DB) replay(ctx context.Context, tx *sqlx.Tx, where string, args ...any) error {
	if _, err := tx.ExecContext(ctx, `TRUNCATE fresh`); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO fresh SELECT `+freshColumns+` FROM call_event WHERE `+where, args...); err != nil {
		return err
	}
	return db.project(ctx, tx, func(string) bool { return true })
}
