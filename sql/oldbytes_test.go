package sql_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/jmoiron/sqlx"

	"presszero/internal/sqltest"
	"presszero/sql"
	"presszero/sql/cluster"
)

// TestEraseOldBytes: a number that rows had before they were changed or deleted is in no file of
// a private Postgres any more: in no table, in no samples of the planner, not in the write-ahead
// log. A table that is in use is named, and left. A Postgres whose files lie elsewhere is not
// rewritten.
func TestEraseOldBytes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c, err := cluster.Start(context.Background(), cluster.Config{Dir: filepath.Join(dir, "pg"), Volatile: true, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	if err := sql.Migrate(t.Context(), c.URL()); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open(t.Context(), sql.Config{URL: c.URL(), CallerKey: sqltest.CallerKey, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	raw := sqlx.MustOpen("postgres", c.URL())
	defer raw.Close()
	const number = "+493055509876"
	raw.MustExec(`INSERT INTO caller (caller_key, number, seen_at) SELECT md5(n::text), $1, now() FROM generate_series(1, 200) n`, number)
	raw.MustExec(`ANALYZE caller`) // the planner keeps the most common numbers
	raw.MustExec(`UPDATE caller SET number = '~gone' || caller_key WHERE caller_key < '8'`)
	raw.MustExec(`DELETE FROM caller WHERE number LIKE '+%'`)
	raw.MustExec(`CHECKPOINT`) // to the files
	in := func() (files []string) {
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return nil // no file, or one that Postgres has removed meanwhile
			}
			if text, err := os.ReadFile(path); err == nil && bytes.Contains(text, []byte(number)) {
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	if left, err := db.EraseOldBytes(soon(t), t.TempDir()); err != nil || len(left) > 0 || len(in()) < 3 {
		t.Fatalf("of a Postgres elsewhere %v are left, %v; the number is in %v", left, err, in())
	}
	reader := raw.MustBegin()
	reader.MustExec(`LOCK TABLE caller IN ACCESS SHARE MODE`)
	if left, err := db.EraseOldBytes(soon(t), dir); err != nil || !slices.Equal(left, []string{"caller"}) {
		t.Errorf("while caller is read, left are %v, %v", left, err)
	}
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	if left, err := db.EraseOldBytes(soon(t), dir); err != nil || len(left) > 0 {
		t.Fatalf("left are %v, %v", left, err)
	}
	if files := in(); len(files) > 0 {
		t.Errorf("the number is in %v", files)
	}
	var n int
	if err := raw.Get(&n, `SELECT count(*) FROM caller`); err != nil || n == 0 || n == 200 {
		t.Errorf("there are %d callers, %v", n, err)
	}
}
