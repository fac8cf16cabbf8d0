package sql

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// peopleAtOnce is how many callers are counted in one transaction.
const peopleAtOnce = 500

// rollupPeople counts anew what became of the waits that some callers gave up, as countStale
// does for buckets, and returns of how many callers. Which wait a change concerns is not
// known, but the caller is, and from when on; see migration 00044.
func (db *DB) rollupPeople(ctx context.Context, quiet time.Duration) (n int, err error) {
	err = transact(ctx, db.rollups, func(tx *sqlx.Tx) error {
		var mine bool
		if err := tx.GetContext(ctx, &mine, `SELECT pg_try_advisory_xact_lock(hashtext('presszero.rollup'))`); err != nil || !mine {
			return err
		}
		var stale []struct {
			Key   string    `db:"caller"`
			From  time.Time `db:"from_at"`
			Marks int64     `db:"marks"`
		}
		if err := tx.SelectContext(ctx, &stale, `SELECT caller, from_at, marks FROM rollup_people
			WHERE marked_at <= clock_timestamp() - $1 * interval '1 microsecond' ORDER BY caller LIMIT $2`, quiet.Microseconds(), peopleAtOnce); err != nil || len(stale) == 0 {
			return err
		}
		keys, from, marks := make([]string, len(stale)), make([]string, len(stale)), make([]int64, len(stale))
		for i, s := range stale {
			keys[i], from[i], marks[i] = s.Key, s.From.UTC().Format(time.RFC3339Nano), s.Marks
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM gave_up g USING unnest($1::text[], $2::timestamptz[]) AS m (caller_key, from_at)
			WHERE g.caller_key = m.caller_key AND g.entered_at >= m.from_at`, pq.Array(keys), pq.Array(from)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO gave_up SELECT c.* FROM unnest($1::text[], $2::timestamptz[]) AS m (caller_key, from_at)
			CROSS JOIN LATERAL (SELECT v FROM queue_visit v WHERE v.caller_key = m.caller_key AND v.entered_at >= m.from_at
				AND v.kind = 'live' AND v.outcome LIKE 'abandoned%' AND NOT v.after_talk OFFSET 0) g
			CROSS JOIN LATERAL count_gave_up(g.v) c`, pq.Array(keys), pq.Array(from)); err != nil {
			return err
		}
		n = len(stale)
		_, err := tx.ExecContext(ctx, `DELETE FROM rollup_people WHERE caller IN (
			SELECT caller FROM rollup_people s JOIN unnest($1::text[], $2::bigint[]) AS m (caller, marks) USING (caller)
			WHERE s.marks = m.marks FOR UPDATE OF s SKIP LOCKED)`, pq.Array(keys), pq.Array(marks))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("people who gave up: %w", err)
	}
	return n, nil
}

// wrongPeople is a query for the callers with a wait from $1 to $2 of which gave_up has
// something else than a recount, and who are not known to be stale.
const wrongPeople = `
	WITH whole AS (
		SELECT v FROM queue_visit v WHERE v.entered_at >= $1 AND v.entered_at < $2 AND v.kind = 'live' AND v.outcome LIKE 'abandoned%' AND NOT v.after_talk
		  AND v.caller_key IS NOT NULL AND NOT EXISTS (SELECT FROM rollup_people s WHERE s.caller = v.caller_key AND s.from_at <= v.entered_at)
	), has AS (
		SELECT g.* FROM gave_up g WHERE g.entered_at >= $1 AND g.entered_at < $2
		  AND NOT EXISTS (SELECT FROM rollup_people s WHERE s.caller = g.caller_key AND s.from_at <= g.entered_at)
	), should AS (
		SELECT c.* FROM whole CROSS JOIN LATERAL count_gave_up(whole.v) c
	)
	SELECT caller_key, min(entered_at) AS entered_at FROM ((TABLE has EXCEPT ALL TABLE should) UNION ALL (TABLE should EXCEPT ALL TABLE has)) d GROUP BY 1`
