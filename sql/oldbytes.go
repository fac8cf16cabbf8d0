package sql

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/jmoiron/sqlx"
)

// rewrittenUpTo is the size, in bytes, of the largest table that EraseOldBytes rewrites. While
// Postgres rewrites a table, reports of it wait, and facts for it wait in the journal; 64 MB
// take a disk a second or two.
const rewrittenUpTo = 64 << 20

// EraseOldBytes removes what the files of a Postgres whose data lie under dir still have of
// rows that were changed or deleted: their old versions, samples of columns that the planner
// keeps, and the write-ahead log. It returns the tables that are too large for it, or in use
// for long: their old bytes stay until Postgres reuses the space. Of a Postgres elsewhere it
// changes nothing.
func (db *DB) EraseOldBytes(ctx context.Context, dir string) (left []string, err error) {
	defer wrapError(&err, "EraseOldBytes")
	own, err := db.openOwn("lock_timeout=2s")
	if err != nil {
		return nil, err
	}
	defer own.Close()
	if within, err := dataWithin(ctx, own, dir); err != nil || !within {
		return nil, err
	}
	var tables []struct {
		Name  string `db:"name"`
		Bytes int64  `db:"bytes"`
	}
	// pg_statistic comes last, since rewriting a table takes new samples of it.
	if err := own.SelectContext(ctx, &tables, `
		SELECT c.oid::regclass::text AS name, pg_table_size(c.oid) AS bytes FROM pg_class c
		WHERE c.relkind IN ('r', 'm') AND (c.relnamespace = 'public'::regnamespace OR c.oid = 'pg_statistic'::regclass) AND pg_table_size(c.oid) > 0
		ORDER BY c.oid = 'pg_statistic'::regclass, c.oid`); err != nil {
		return nil, err
	}
	for _, t := range tables {
		if t.Bytes > rewrittenUpTo {
			left = append(left, t.Name)
			continue
		}
		_, err := own.ExecContext(ctx, `VACUUM (FULL, ANALYZE) `+t.Name)
		if codeOf(err) == lockedOut {
			left = append(left, t.Name)
		} else if err != nil {
			return left, fmt.Errorf("%s: %w", t.Name, err)
		}
	}
	// The segments before a checkpoint are removed (wal_recycle is off); the files of what was
	// rewritten, too.
	for _, query := range []string{`CHECKPOINT`, `SELECT pg_switch_wal()`, `CHECKPOINT`} {
		if _, err := own.ExecContext(ctx, query); err != nil {
			return left, err
		}
	}
	return left, nil
}

// dataWithin reports whether Postgres's files lie under dir. Postgres tells only a superuser,
// as our user of the private Postgres is, where its files are; any other user has a Postgres
// that is not ours.
func dataWithin(ctx context.Context, own *sqlx.DB, dir string) (bool, error) {
	var data []string
	if err := own.SelectContext(ctx, &data, `SELECT setting FROM pg_settings WHERE name = 'data_directory'`); err != nil || len(data) == 0 {
		return false, err
	}
	real, err := filepath.EvalSymlinks(data[0])
	if err != nil {
		return false, nil // on another machine
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return false, err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return false, err
	}
	return strings.HasPrefix(real, dir+string(filepath.Separator)), nil
}
