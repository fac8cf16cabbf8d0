package sql

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"presszero/call"
)

// Unify makes one caller of those whose number was kept in several writings, as
// earlier versions did, and a program that did not know its country. one returns
// a number as it is written in the country. It is done once for each country;
// joined is how many writings were found. What people wrote about a caller
// (name, language, VIP, note) stays; of several writings' the latest.
//
// The facts are not changed. The projections are computed anew, as Rebuild does.
func (db *DB) Unify(ctx context.Context, country string, one func(written string) string) (joined int, err error) {
	defer wrapError(&err, "Unify")
	var done bool
	if err := db.lookups.GetContext(ctx, &done, `SELECT EXISTS (SELECT FROM number_reading WHERE country = $1)`, country); err != nil || done {
		return 0, err
	}
	own, err := db.openOwn()
	if err != nil {
		return 0, err
	}
	defer own.Close()
	err = transact(ctx, own, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `LOCK TABLE call_event IN SHARE MODE`); err != nil { // no shipping from here on
			return err
		}
		if joined, err = db.joinNumbers(ctx, tx, one); err != nil {
			return err
		}
		if joined > 0 {
			if err := db.rebuild(ctx, tx); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO number_reading (country) VALUES ($1) ON CONFLICT DO NOTHING`, country)
		return err
	})
	return joined, err
}

// joinNumbers keeps the reading of every number that is written otherwise, and
// takes over what people wrote about it.
func (db *DB) joinNumbers(ctx context.Context, tx *sqlx.Tx, one func(string) string) (joined int, err error) {
	var kept []string
	if err := tx.SelectContext(ctx, &kept, `
		SELECT number FROM caller
		UNION SELECT caller_number(caller_number) FROM call_fact WHERE caller_number !~* $1
		UNION SELECT caller_number(number) FROM callback_fact
		UNION SELECT caller_number(number) FROM outgoing_call WHERE number IS NOT NULL`, call.WithheldPattern()); err != nil {
		return 0, err
	}
	var written, number, oldKey, newKey []string
	for _, w := range kept {
		if n := one(w); n != w {
			written, number = append(written, w), append(number, n)
			oldKey, newKey = append(oldKey, CallerKey(db.cfg.CallerKey, w)), append(newKey, CallerKey(db.cfg.CallerKey, n))
		}
	}
	if len(written) == 0 {
		return 0, nil
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO number_alias (written, number) SELECT * FROM unnest($1::text[], $2::text[])
		ON CONFLICT (written) DO NOTHING`, pq.Array(written), pq.Array(number)); err != nil {
		return 0, err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE recording SET caller_key = new_key FROM unnest($1::text[], $2::text[]) AS m (old_key, new_key)
		WHERE alone AND caller_key = old_key`, pq.Array(oldKey), pq.Array(newKey)); err != nil {
		return 0, err
	}
	// Of two edits of one caller the later holds.
	_, err = tx.ExecContext(ctx, `
		WITH moved AS (SELECT * FROM unnest($1::text[], $2::text[]) AS m (old_key, new_key)),
		     gone AS (DELETE FROM caller_edit e USING moved WHERE e.caller_key = old_key RETURNING new_key, e.*)
		INSERT INTO caller_edit AS e (caller_key, name, language, vip, note, edited_by, edited_at)
		SELECT DISTINCT ON (new_key) new_key, name, language, vip, note, edited_by, edited_at FROM gone ORDER BY new_key, edited_at DESC
		ON CONFLICT (caller_key) DO UPDATE SET name = EXCLUDED.name, language = EXCLUDED.language, vip = EXCLUDED.vip,
			note = EXCLUDED.note, edited_by = EXCLUDED.edited_by, edited_at = EXCLUDED.edited_at
		WHERE EXCLUDED.edited_at > e.edited_at`, pq.Array(oldKey), pq.Array(newKey))
	return len(written), err
}
