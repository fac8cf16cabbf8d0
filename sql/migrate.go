package sql

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the database at url to this version's schema. Several
// processes may do so at once: an advisory lock lets one go first.
func Migrate(ctx context.Context, url string) (err error) {
	defer wrap(&err, "Migrate")
	db, err := pool(url, 2, 0, 0)
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
	done, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("the database was not brought up to date: %w", err)
	}
	for _, d := range done {
		slog.Info("database brought up to date", "step", d.Source.Path, "took", d.Duration)
	}
	return nil
}
