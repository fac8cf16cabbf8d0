package sql_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"presszero/internal/sqltest"
	"presszero/sql"
)

// TestSnapshotIsOneMoment: what is committed after a snapshot is neither in its content
// nor in its dump, and a database that is loaded from it has the same rows.
func TestSnapshotIsOneMoment(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ctx := soon(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	f.one(t, `INSERT INTO audit (act, who, what) VALUES ('1', 'ann', 'before') RETURNING what`)
	shot, err := sql.TakeSnapshot(ctx, f.url)
	must(err)
	defer shot.Close()
	f.one(t, `INSERT INTO audit (act, who, what) VALUES ('2', 'ann', 'after') RETURNING what`)
	var dump bytes.Buffer
	must(shot.Dump(ctx, sqltest.Bin(t), &dump))
	dumped := dump.Bytes()

	url := sqltest.Blank(t)
	must(sql.Load(ctx, sqltest.Bin(t), url, bytes.NewReader(dumped)))
	loaded, err := sql.ReadContent(ctx, url)
	must(err)
	if differ := shot.Differences(loaded); len(differ) > 0 || loaded.Rows["audit"] != 1 || loaded.Schema != sql.NewestSchema() {
		t.Errorf("loaded: %v; %d rows of audit, schema %d", differ, loaded.Rows["audit"], loaded.Schema)
	}
	now, err := sql.ReadContent(ctx, f.url)
	must(err)
	if differ := shot.Differences(now); !slices.Equal(differ, []string{"The table audit has 2 rows instead of 1."}) {
		t.Errorf("the database has gone on, and the differences are %v", differ)
	}
	if err := sql.Load(ctx, sqltest.Bin(t), url, bytes.NewReader(dumped)); err == nil || !strings.Contains(err.Error(), "pg_restore") {
		t.Errorf("loaded twice: %v", err)
	}
	half := sqltest.Blank(t)
	if err := sql.Load(context.Background(), sqltest.Bin(t), half, bytes.NewReader(dumped[:len(dumped)/2])); err == nil {
		t.Error("half a dump was loaded")
	}
	if left, err := sql.ReadContent(ctx, half); err != nil || len(left.Rows) > 0 {
		t.Errorf("of half a dump there are %v (%v)", left.Rows, err)
	}
}
