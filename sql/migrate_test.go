package sql_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"presszero/call"
	"presszero/sql"
)

// released is the last migration that the first release has. Before it there
// was nobody to upgrade.
const released = 7

// contracts are statements after which a controller of the version before may
// fail. A DROP of what the same migration makes again, or of a constraint that
// is made wider, or of NOT NULL, is none.
var contracts = regexp.MustCompile(`(?is)\bDROP\s+(TABLE|COLUMN|SCHEMA|TYPE|DOMAIN|FUNCTION|SEQUENCE)\b` +
	`|\bALTER\s+TABLE\b[^;]*\bDROP\s+(COLUMN\s+)?[a-z]` +
	`|\bRENAME\b|\bTRUNCATE\b|\bALTER\s+(COLUMN\s+)?\w+\s+(SET\s+DATA\s+)?TYPE\b|\bSET\s+NOT\s+NULL\b` +
	`|\bDROP\s+(MATERIALIZED\s+)?VIEW\b`)

var (
	comment   = regexp.MustCompile(`--[^\n]*`)
	adds      = regexp.MustCompile(`(?i)\bADD\b[^,;]*`) // one column
	notNull   = regexp.MustCompile(`(?i)\bNOT\s+NULL\b`)
	table     = regexp.MustCompile(`(?i)\bALTER\s+TABLE\b`)
	byDefault = regexp.MustCompile(`(?i)\bDEFAULT\b|\bGENERATED\b`)
	keeps     = regexp.MustCompile(`(?i)\bDROP\s+(CONSTRAINT|NOT\s+NULL)\b`)
	dropView  = regexp.MustCompile(`(?i)\bDROP\s+VIEW\s+(?:IF\s+EXISTS\s+)?([\w., ]+)`)
)

// contracting returns the statement of a migration that takes something from
// the version before, or "".
func contracting(text string) string {
	up, _, _ := strings.Cut(text, "-- +goose Down")
	if strings.Contains(up, "-- contract: ") {
		return ""
	}
	up = comment.ReplaceAllString(up, "")
	for _, s := range strings.Split(up, ";") {
		bare := keeps.ReplaceAllString(s, "")
		if m := contracts.FindString(bare); m != "" && !madeAgain(bare, up) {
			return strings.TrimSpace(s)
		}
		if !table.MatchString(s) {
			continue
		}
		for _, add := range adds.FindAllString(s, -1) {
			if notNull.MatchString(add) && !byDefault.MatchString(add) {
				return strings.TrimSpace(s)
			}
		}
	}
	return ""
}

// madeAgain reports whether all that a statement drops are views that the same
// migration makes again. Columns may only be added to them.
func madeAgain(s, up string) bool {
	m := dropView.FindStringSubmatch(s)
	if m == nil {
		return false
	}
	for _, view := range strings.Split(m[1], ",") {
		made := `(?i)CREATE\s+(OR\s+REPLACE\s+)?VIEW\s+` + regexp.QuoteMeta(strings.TrimSpace(view)) + `\b`
		if !regexp.MustCompile(made).MatchString(up) {
			return false
		}
	}
	return true
}

// TestMigrationsOnlyExpand: while a new controller prepares itself, and after
// it has been taken back, the old one works with the new schema.
func TestMigrationsOnlyExpand(t *testing.T) {
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(files) < released {
		t.Fatal(files, err)
	}
	for _, file := range files {
		number, _, _ := strings.Cut(filepath.Base(file), "_")
		if n, err := strconv.Atoi(number); err != nil || n <= released {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if s := contracting(string(text)); s != "" {
			t.Errorf("%s takes something away that the version before may use; see the package's documentation:\n%s", file, s)
		}
	}
}

func TestWhatContracts(t *testing.T) {
	for text, want := range map[string]bool{
		"ALTER TABLE users ADD shoe int;":                                                           false,
		"ALTER TABLE users ADD shoe int NOT NULL;":                                                  true,
		"ALTER TABLE users ADD shoe int NOT NULL DEFAULT 42, ADD hat text;":                         false,
		"ALTER TABLE users DROP COLUMN role;":                                                       true,
		"ALTER TABLE users DROP role;":                                                              true,
		"ALTER TABLE users RENAME COLUMN role TO part;":                                             true,
		"ALTER TABLE users ALTER COLUMN role TYPE int;":                                             true,
		"ALTER TABLE users ALTER role DROP NOT NULL;":                                               false,
		"ALTER TABLE users ALTER role SET NOT NULL;":                                                true,
		"DROP TABLE users;":                                                                         true,
		"-- DROP TABLE users;\nSELECT 1;":                                                           false,
		"-- contract: nothing has used it since 1.2\nDROP TABLE users;":                             false,
		"CREATE TABLE hat (of text NOT NULL);":                                                      false,
		"SELECT 1;\n-- +goose Down\nDROP TABLE hat;":                                                false,
		"ALTER DOMAIN o DROP CONSTRAINT c; ALTER DOMAIN o ADD CONSTRAINT c CHECK (true);":           false,
		"DROP VIEW report.call;":                                                                    true,
		"DROP VIEW report.call, report.visit; CREATE VIEW report.call AS SELECT 1;":                 true,
		"DROP VIEW report.call; CREATE VIEW report.call AS SELECT 1 AS a;":                          false,
		"DROP INDEX users_role; CREATE INDEX users_part ON users (role);":                           false,
		"CREATE OR REPLACE VIEW report.call AS SELECT 1; TRUNCATE users;":                           true,
		"ALTER TABLE users ADD CONSTRAINT c CHECK (true), ADD IF NOT EXISTS shoe int DEFAULT NULL;": false,
	} {
		if got := contracting(text) != ""; got != want {
			t.Errorf("%q: taken for a contraction: %v", text, got)
		}
	}
}

// TestAnOldControllerOnANewSchema: a later version has migrated the database,
// as the rule allows. This one migrates (to nothing), ships and reports.
func TestAnOldControllerOnANewSchema(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	_, err := f.raw.Exec(`ALTER TABLE call_event ADD COLUMN hat text, ADD COLUMN size int NOT NULL DEFAULT 7;
		ALTER TABLE queue_visit ADD COLUMN hat text; ALTER TABLE users ADD COLUMN hat text NOT NULL DEFAULT 'bowler';
		CREATE TABLE hat (id uuid PRIMARY KEY);
		INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`)
	if err != nil {
		t.Fatal(err)
	}
	if err := sql.Migrate(soon(t), f.url); err != nil {
		t.Fatalf("the old version does not start on the new schema: %v", err)
	}
	s, _ := shipping(t, f.DB, j)
	c := arrive(1, noon, "+49 30 123456").after(2).enter("billing").after(5).offer("bob", 2, "accepted").
		after(0.3).talk("bob", 60).end(call.Answered, call.SideCaller)
	j.Append(c.list)
	arrived(t, s, j)
	f.holds(t, c.list)
	users := sql.NewUserStore(f.DB, "")
	if err := users.Create(soon(t), sql.User{Name: "ana", Role: "agent"}); err != nil {
		t.Error(err)
	}
	if list, err := users.List(soon(t)); err != nil || len(list) != 1 {
		t.Errorf("the users are %+v: %v", list, err)
	}
	if got := f.one(t, `SELECT outcome FROM report.call`); got != string(call.Answered) {
		t.Errorf("the report says %q", got)
	}
}
