package sql

import (
	"context"
	stdsql "database/sql"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// Content is what a database has at one moment, for a backup to be compared with.
type Content struct {
	Postgres int               `json:"postgres"` // major version of the server
	Schema   int64             `json:"schema"`   // the newest migration that it has; 0: none
	Journals map[string]string `json:"journals"` // how far the facts of each journal have come, by its id
	Rows     map[string]int64  `json:"rows"`     // of each table, by its name; a month of facts is a table
}

// Snapshot is the content at the moment at which it was taken, which pg_dump can see
// for as long as the Snapshot is not closed.
type Snapshot struct {
	Content
	id   string // as pg_export_snapshot tells it
	url  string
	pool *sqlx.DB
	tx   *sqlx.Tx
}

// TakeSnapshot holds the database at url as it is now. Nothing is locked; but rows that
// are deleted meanwhile take their place until Close.
func TakeSnapshot(ctx context.Context, url string) (_ *Snapshot, err error) {
	defer wrapError(&err, "TakeSnapshot")
	s := &Snapshot{url: url}
	if s.pool, err = openPool(url, 1, 0, 0, "idle_in_transaction_session_timeout=0"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if s.tx, err = s.pool.BeginTxx(ctx, &stdsql.TxOptions{Isolation: stdsql.LevelRepeatableRead, ReadOnly: true}); err != nil {
		return nil, err
	}
	if s.Content, err = readContent(ctx, s.tx); err != nil {
		return nil, err
	}
	return s, s.tx.GetContext(ctx, &s.id, `SELECT pg_export_snapshot()`)
}

// Close lets the snapshot go.
func (s *Snapshot) Close() {
	if s.tx != nil {
		_ = s.tx.Rollback()
	}
	_ = s.pool.Close()
}

// ReadContent tells what a database has now.
func ReadContent(ctx context.Context, url string) (Content, error) {
	s, err := TakeSnapshot(ctx, url)
	if err != nil {
		return Content{}, err
	}
	defer s.Close()
	return s.Content, nil
}

func readContent(ctx context.Context, tx *sqlx.Tx) (c Content, err error) {
	c = Content{Journals: map[string]string{}, Rows: map[string]int64{}}
	if err := tx.GetContext(ctx, &c.Postgres, `SELECT current_setting('server_version_num')::int / 10000`); err != nil {
		return c, err
	}
	var tables []string
	if err := tx.SelectContext(ctx, &tables, `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1`); err != nil {
		return c, err
	}
	for _, t := range tables {
		var n int64
		if err := tx.GetContext(ctx, &n, `SELECT count(*) FROM public.`+pq.QuoteIdentifier(t)); err != nil {
			return c, err
		}
		c.Rows[t] = n
	}
	if slices.Contains(tables, "goose_db_version") {
		if err := tx.GetContext(ctx, &c.Schema, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`); err != nil {
			return c, err
		}
	}
	if !slices.Contains(tables, "journal_offset") {
		return c, nil
	}
	var stands []struct{ Journal, Position string }
	if err := tx.SelectContext(ctx, &stands, `SELECT journal, position FROM journal_offset`); err != nil {
		return c, err
	}
	for _, s := range stands {
		c.Journals[s.Journal] = s.Position
	}
	return c, nil
}

// Differences tells, a sentence each, where another content has other numbers of rows.
func (c Content) Differences(other Content) (list []string) {
	names := map[string]bool{}
	for _, rows := range []map[string]int64{c.Rows, other.Rows} {
		for t := range rows {
			names[t] = true
		}
	}
	for t := range names {
		if c.Rows[t] != other.Rows[t] {
			list = append(list, fmt.Sprintf("The table %s has %d rows instead of %d.", t, other.Rows[t], c.Rows[t]))
		}
	}
	slices.Sort(list)
	return list
}

// NewestSchema is the newest migration that this program knows.
func NewestSchema() int64 {
	names, _ := fs.Glob(migrations, "migrations/*.sql")
	newest := int64(0)
	for _, name := range names {
		number, _, _ := strings.Cut(strings.TrimPrefix(name, "migrations/"), "_")
		n, _ := strconv.ParseInt(number, 10, 64) // embedded, and read by goose at every start
		newest = max(newest, n)
	}
	return newest
}
