package sql

import (
	"context"
	stdsql "database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"presszero/report"
)

// Config says where the database is.
type Config struct {
	URL       string       // postgres://… ; a Unix socket as ?host=/folder; several servers as postgres://a,b/name?port=5432,5433
	CallerKey []byte       // secret key of caller_key; none: the column stays NULL
	Log       *slog.Logger // default: slog.Default
}

// DB is the database. All methods may be used from any goroutine, and fail
// with an error while Postgres is away.
type DB struct {
	cfg     Config
	writer  *sqlx.DB
	reports *sqlx.DB
	lookups *sqlx.DB // of calls that are up; no report keeps these waiting
	notices *sqlx.DB // what leaves the page; it keeps nobody waiting
	rollups *sqlx.DB // counts them in the background

	fewHits int
}

// Longest that a statement, and a single read or write on the wire, may take.
const (
	writeTimeout     = 3 * time.Second
	reportTimeout    = 10 * time.Second
	lookupTimeout    = 2 * time.Second
	rollupTimeout    = 30 * time.Second
	operationTimeout = 15 * time.Second
	// lockTimeout bounds the wait for what another transaction has locked; idleTimeout
	// ends a transaction whose client is gone, so that its locks end.
	lockTimeout = time.Second
	idleTimeout = 10 * time.Second
	// connectTimeout is the longest time in which a connection is made. For work that takes as
	// long as it takes it is patientConnect: on a busy machine Postgres may need seconds.
	connectTimeout = 3 * time.Second
	patientConnect = 20 * time.Second
	// connLifetime is the longest life of a connection: after a failover that
	// left the old server running as a standby, all are with the new one by then.
	connLifetime = 5 * time.Minute
)

// Open prepares the connections; they are made when first needed, so it does
// not fail because Postgres is down. It fails when the URL is wrong.
func Open(_ context.Context, cfg Config) (*DB, error) {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	db := &DB{cfg: cfg, fewHits: fewHits}
	var err error
	if db.writer, err = openPool(cfg.URL, 2, writeTimeout, operationTimeout); err != nil {
		return nil, err
	}
	// A report has one process of Postgres, and no more than four are computed at once: what is
	// looked up for a caller needs a core at that moment.
	if db.reports, err = openPool(cfg.URL, 4, reportTimeout, operationTimeout, "work_mem=32MB"); err != nil {
		return nil, err
	}
	if db.lookups, err = openPool(cfg.URL, 4, lookupTimeout, lookupTimeout); err != nil {
		return nil, err
	}
	if db.notices, err = openPool(cfg.URL, 2, writeTimeout, operationTimeout); err != nil {
		return nil, err
	}
	if db.rollups, err = openPool(cfg.URL, 1, rollupTimeout, 2*rollupTimeout, "work_mem=16MB"); err != nil {
		return nil, err
	}
	return db, nil
}

// openOwn makes one connection for work that takes as long as it takes; see openPool.
func (db *DB) openOwn(settings ...string) (*sqlx.DB, error) {
	return openPoolWithin(patientConnect, db.cfg.URL, 1, 0, 0, settings...)
}

// openPool makes up to n connections, which are kept. A statement that may take as
// long as it takes (0) may wait as long for locks. settings are name=value of Postgres.
func openPool(url string, n int, statement, operation time.Duration, settings ...string) (*sqlx.DB, error) {
	return openPoolWithin(connectTimeout, url, n, statement, operation, settings...)
}

func openPoolWithin(connect time.Duration, url string, n int, statement, operation time.Duration, settings ...string) (*sqlx.DB, error) {
	cfg, err := pq.NewConfig(url)
	if err != nil {
		return nil, fmt.Errorf("sql: the database URL cannot be read; expected postgres://user:password@host/name: %w", err)
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connect
	}
	if cfg.ApplicationName == "" {
		cfg.ApplicationName = "presszero"
	}
	if len(cfg.Multi) > 0 && cfg.TargetSessionAttrs == "" {
		cfg.TargetSessionAttrs = pq.TargetSessionAttrsReadWrite // of several servers, the one that is no standby
	}
	cfg.Options = strings.TrimSpace(fmt.Sprintf("%s -c timezone=UTC -c jit=off -c statement_timeout=%d", cfg.Options, statement.Milliseconds()))
	if statement > 0 {
		cfg.Options += fmt.Sprintf(" -c lock_timeout=%d -c idle_in_transaction_session_timeout=%d", lockTimeout.Milliseconds(), idleTimeout.Milliseconds())
	}
	for _, s := range settings {
		cfg.Options += " -c " + s
	}
	connector, err := pq.NewConnectorConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("sql: the database URL cannot be used: %w", err)
	}
	connector.Dialer(newDialer(operation))
	db := stdsql.OpenDB(connector)
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	db.SetConnMaxLifetime(connLifetime)
	return sqlx.NewDb(db, "postgres"), nil
}

// Close closes the connections.
func (db *DB) Close() error {
	return errors.Join(db.writer.Close(), db.reports.Close(), db.lookups.Close(), db.notices.Close(), db.rollups.Close())
}

// Ping reports whether Postgres answers.
func (db *DB) Ping(ctx context.Context) (err error) {
	defer wrapError(&err, "Ping")
	return db.reports.PingContext(ctx)
}

// Transact runs f in a transaction of the writer and commits, or rolls back
// when f fails. When Postgres asks for it (deadlock, serialization) f is run
// again, so it must not keep anything from a first run.
func (db *DB) Transact(ctx context.Context, f func(*sqlx.Tx) error) error {
	for try := 1; ; try++ {
		err := transact(ctx, db.writer, f)
		if code := codeOf(err); try < 3 && (code == "40001" || code == "40P01") {
			continue
		}
		return err
	}
}

func transact(ctx context.Context, db *sqlx.DB, f func(*sqlx.Tx) error) (err error) {
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // nothing after a commit; also when f panics
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// codeOf returns the SQLSTATE of an error that came from Postgres, or "".
func codeOf(err error) string {
	var p *pq.Error
	if errors.As(err, &p) {
		return string(p.Code)
	}
	return ""
}

// wrapError names the method in an error, so that errors read as a path. A statement that
// was stopped since it took too long is report.ErrTooMuch, too.
func wrapError(err *error, format string, args ...any) {
	if codeOf(*err) == tooSlow && !errors.Is(*err, report.ErrTooMuch) {
		*err = fmt.Errorf("%w: %w", report.ErrTooMuch, *err)
	}
	if *err != nil {
		*err = fmt.Errorf("sql: "+format+": %w", append(args, *err)...)
	}
}
