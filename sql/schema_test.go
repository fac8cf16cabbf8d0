package sql_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"presszero/internal/sqltest"
	"presszero/sql"
)

var update = flag.Bool("update", false, "rewrite schema.sql")

var noise = regexp.MustCompile(`(?m)^(--.*|SET [^c].*|SET cl.*|SELECT pg_catalog\.set_config.*|\\(un)?restrict.*|CREATE SCHEMA public;)\n`)

// dump is the schema of a database without what differs between versions of pg_dump.
func dump(t *testing.T, url string) string {
	t.Helper()
	out, err := exec.Command(filepath.Join(sqltest.Bin(t), "pg_dump"), "--schema-only", "--no-owner", "--no-privileges",
		"--exclude-table=goose_db_version*", url).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.TrimSpace(regexp.MustCompile(`\n{3,}`).ReplaceAllString(noise.ReplaceAllString(string(out), ""), "\n\n")) + "\n"
}

// TestSchemaFileIsCurrent: schema.sql makes the database that the migrations
// make. -update rewrites it.
func TestSchemaFileIsCurrent(t *testing.T) {
	t.Parallel()
	migrated := dump(t, sqltest.URL(t))
	const head = "-- The whole schema, for reading. Made from migrations/ by: go test ./sql -run TestSchemaFileIsCurrent -update\n\n"
	if *update {
		if err := os.WriteFile("schema.sql", []byte(head+migrated), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.ReadFile("schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	f := openAt(t, sqltest.Blank(t))
	if _, err := f.raw.Exec(string(file)); err != nil {
		t.Fatalf("schema.sql: %v", err)
	}
	if dump(t, f.url) != migrated {
		t.Fatal("schema.sql is not what the migrations make; run the test with -update")
	}
}

func TestMigratingTwiceAtOnce(t *testing.T) {
	t.Parallel()
	url := sqltest.Blank(t)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if err := sql.Migrate(soon(t), url); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := openAt(t, url).one(t, `SELECT count(*)::text FROM report.visit`); got != "0" {
		t.Fatalf("report.visit has %s rows", got)
	}
}
