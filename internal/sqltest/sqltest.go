// Package sqltest gives tests a real Postgres: one private server per test
// binary, one migrated template, and a database of its own for each test.
//
//	func TestMain(m *testing.M) { os.Exit(sqltest.Main(m)) }
//
//	func TestX(t *testing.T) {
//		db := sqltest.Open(t) // migrated, empty, dropped after the test
//	}
package sqltest

import (
	"context"
	stdsql "database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"presszero/sql"
	"presszero/sql/cluster"
)

// CallerKey is the key of caller_key in all test databases.
var CallerKey = []byte("a key for tests only")

var (
	server   *cluster.Cluster
	startErr error
	once     sync.Once
	folder   string
	counted  atomic.Int64
)

// Main runs the tests and stops the server that they have started. The exit
// code is returned.
func Main(m *testing.M) int {
	defer func() {
		if server != nil {
			if err := server.Stop(); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}
		if folder != "" {
			os.RemoveAll(folder)
		}
	}()
	return m.Run()
}

const template = "presszero_template"

// start starts the server and makes the template.
func start() error {
	var err error
	if folder, err = os.MkdirTemp("", "presszero-sqltest-"); err != nil {
		return err
	}
	server, err = cluster.Start(context.Background(), cluster.Config{Dir: folder, Volatile: true, Log: slog.New(slog.DiscardHandler),
		Settings: map[string]string{"max_connections": "200"}})
	if err != nil {
		return err
	}
	if err := execute(`CREATE DATABASE ` + template); err != nil {
		return err
	}
	return sql.Migrate(context.Background(), urlOf(template))
}

// urlOf is the server's URL with another database.
func urlOf(database string) string {
	u, err := url.Parse(server.URL())
	if err != nil {
		panic(err) // we made it ourselves
	}
	u.Path = "/" + database
	return u.String()
}

func execute(query string) error {
	db, err := stdsql.Open("postgres", server.URL())
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(query)
	return err
}

// URL makes a migrated, empty database for the test and returns its URL. It
// is dropped when the test is over.
func URL(tb testing.TB) string {
	tb.Helper()
	return database(tb, "TEMPLATE "+template)
}

// Blank is like URL, but nothing is in the database.
func Blank(tb testing.TB) string {
	tb.Helper()
	return database(tb, "")
}

func database(tb testing.TB, options string) string {
	tb.Helper()
	if once.Do(func() { startErr = start() }); startErr != nil {
		tb.Fatalf("no Postgres for the test: %v", startErr)
	}
	name := fmt.Sprintf("test_%d", counted.Add(1))
	if err := execute(`CREATE DATABASE ` + name + ` ` + options); err != nil {
		tb.Fatalf("no database for the test: %v", err)
	}
	tb.Cleanup(func() {
		if err := execute(`DROP DATABASE ` + name + ` WITH (FORCE)`); err != nil {
			tb.Errorf("the test's database is left: %v", err)
		}
	})
	return urlOf(name)
}

// Open makes a migrated, empty database for the test and opens it.
func Open(tb testing.TB) *sql.DB {
	tb.Helper()
	db, err := sql.Open(context.Background(), sql.Config{URL: URL(tb), CallerKey: CallerKey, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { db.Close() })
	return db
}

// Bin is the folder of Postgres's programs.
func Bin(tb testing.TB) string {
	tb.Helper()
	URL(tb)
	return server.Bin()
}
