package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"presszero/internal/settings"
	"presszero/sql"
	"presszero/sql/cluster"
)

// claim makes sure that nothing is in the state folder that a restore would mix with, and
// marks it, so that no program starts on a half. What an interrupted restore has left is
// removed.
func claim(s settings.Settings) error {
	entries, err := os.ReadDir(s.StateDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the state folder cannot be read: %w", err)
	}
	if len(entries) > 0 && !s.Has(settings.Restoring) {
		return fmt.Errorf("%s is in use: it has %s; set PRESSZERO_STATE_DIR to a folder that is empty or not there, or move this one away", s.StateDir, entries[0].Name())
	}
	for _, e := range entries {
		if e.Name() != settings.Restoring {
			err = errors.Join(err, os.RemoveAll(s.Path(e.Name())))
		}
	}
	if len(entries) > 0 {
		return err
	}
	if err := os.MkdirAll(s.StateDir, 0o700); err != nil {
		return fmt.Errorf("the state folder cannot be made: %w", err)
	}
	return os.WriteFile(s.Path(settings.Restoring), nil, 0o600)
}

// database is where the dump is loaded: the operator's, which must be empty, or a private
// one, which is made. stop ends the private one.
func database(ctx context.Context, s settings.Settings) (url string, stop func() error, err error) {
	if s.DatabaseURL == "" {
		c, err := cluster.Start(ctx, cluster.Config{Dir: s.Path("postgres")})
		if err != nil {
			return "", nil, err
		}
		return c.URL(), c.Stop, nil
	}
	return s.DatabaseURL, func() error { return nil }, blank(ctx, s.DatabaseURL)
}

// blank refuses a database of the operator's that has tables.
func blank(ctx context.Context, url string) error {
	has, err := sql.ReadContent(ctx, url)
	if err != nil {
		return fmt.Errorf("the database (PRESSZERO_DATABASE_URL) cannot be read: %w", err)
	}
	for table := range has.Rows {
		return fmt.Errorf("the database (PRESSZERO_DATABASE_URL) is in use: it has the table %s; name an empty one", table)
	}
	return nil
}

// placeOutside puts the files that settings name elsewhere where they are named, if
// nothing is there; else into the folder restored of the state folder. It returns where
// these are.
func placeOutside(ctx context.Context, s settings.Settings, from string) (beside []string, err error) {
	kinds, err := os.ReadDir(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, kind := range kinds {
		to := map[string]string{"archive": s.Archive, "prompts": s.Prompts, "flow": folderOf(s.Flow), "trunks": folderOf(s.Trunks)}[kind.Name()]
		if to == "" || taken(to, filepath.Join(from, kind.Name())) {
			to = s.Path("restored", kind.Name())
			beside = append(beside, to)
		}
		c := &copier{to: to, sums: sums{}}
		err = errors.Join(err, c.tree(ctx, filepath.Join(from, kind.Name()), "", nil))
	}
	return beside, err
}

func folderOf(file string) string {
	if file == "" {
		return ""
	}
	return filepath.Dir(file)
}

// taken reports whether a folder has one of the files that from has.
func taken(folder, from string) bool {
	found := false
	_ = filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			rel, _ := filepath.Rel(from, path)
			_, missing := os.Lstat(filepath.Join(folder, rel))
			found = found || missing == nil
		}
		return nil
	})
	return found
}
