package sql

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"presszero/call"
	"presszero/internal/backoff"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the database at url to this version's schema. Several
// processes may do so at once: an advisory lock lets one go first.
func Migrate(ctx context.Context, url string) (err error) {
	defer wrapError(&err, "Migrate")
	db, err := openPool(url, 2, 0, 0, fmt.Sprintf("lock_timeout=%d", migrationLock.Milliseconds()))
	if err != nil {
		return err
	}
	defer db.Close()
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	one, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db.DB, files, goose.WithSessionLocker(one))
	if err != nil {
		return err
	}
	done, err := up(ctx, p)
	if err != nil {
		return fmt.Errorf("the database was not brought up to date: %w", err)
	}
	for _, d := range done {
		if d.Source.Version == withheldVersion {
			if err := forgetWithheld(ctx, db); err != nil {
				return err
			}
		}
		slog.Info("database brought up to date", "step", d.Source.Path, "took", d.Duration)
	}
	return nil
}

// migrationLock is the longest wait for a table: whoever comes after waits behind the
// step that waits for a report to end.
const migrationLock = 2 * time.Second

// up applies what is missing. A step that had to wait too long for a table gives way, and
// is tried again.
func up(ctx context.Context, p *goose.Provider) (done []*goose.MigrationResult, err error) {
	pause := backoff.Backoff{First: minPause, Last: maxPause}
	for range 60 {
		var some []*goose.MigrationResult
		some, err = p.Up(ctx)
		var partial *goose.PartialError
		if errors.As(err, &partial) {
			some = partial.Applied
		}
		done = append(done, some...)
		if code := codeOf(err); code != lockedOut && code != deadlock || ctx.Err() != nil {
			return done, err
		}
		slog.Info("the database cannot be brought up to date while a table is in use; tried again", "err", err)
		pause.Wait(ctx)
	}
	return done, err
}

// SQLSTATEs after which a migration is tried again.
const (
	lockedOut = "55P03" // lock_not_available
	deadlock  = "40P01"
)

// withheldVersion is the step with which the rule for withheld numbers left
// the database.
const withheldVersion = 13

// forgetWithheld takes the caller key from what earlier versions kept of
// numbers that are withheld, in words that those versions did not know.
func forgetWithheld(ctx context.Context, db *sqlx.DB) error {
	_, err := db.ExecContext(ctx, `
		WITH nobody AS (DELETE FROM caller WHERE number ~* $1 RETURNING caller_key),
		     edits AS (DELETE FROM caller_edit e USING nobody n WHERE e.caller_key = n.caller_key),
		     calls AS (UPDATE call_fact c SET caller_key = NULL FROM nobody n WHERE c.caller_key = n.caller_key),
		     visits AS (UPDATE queue_visit v SET caller_key = NULL FROM nobody n WHERE v.caller_key = n.caller_key)
		UPDATE message m SET caller_key = NULL FROM nobody n WHERE m.caller_key = n.caller_key`, call.WithheldPattern())
	if err != nil {
		return fmt.Errorf("callers whose number is withheld were not taken out: %w", err)
	}
	return nil
}
